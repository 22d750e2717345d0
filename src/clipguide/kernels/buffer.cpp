#include "clipguide/kernels/buffer.h"

#include <cstdlib>
#include <cstring>

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "clipguide/base/error.h"

namespace clipguide::kernels {
namespace {

constexpr std::size_t kMargin = 4096, kLine = 64, kLargePage = 2 << 20;

}  // namespace

Buffer::Buffer(std::size_t bytes) : size_(bytes) {
  const std::size_t alignment = bytes >= kLargePage ? kLargePage : kLine;
  const std::size_t whole = (bytes + kMargin + alignment - 1) / alignment * alignment;
  data_.reset(static_cast<std::byte*>(std::aligned_alloc(alignment, whole)));
  if (!data_)
    base::throw_error<base::LimitError>("image tower: expected {} bytes of memory, got none",
                                        whole);
#if defined(__linux__)
  if (alignment == kLargePage) madvise(data_.get(), whole, MADV_HUGEPAGE);
#endif
  std::memset(data_.get(), 0, whole);
}

void Buffer::Free::operator()(std::byte* p) const { std::free(p); }

}  // namespace clipguide::kernels
