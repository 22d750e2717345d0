#include "clipguide/base/memory.h"

#include <gtest/gtest.h>

#include <vector>

namespace clipguide::base {
namespace {

constexpr std::int64_t kBlock = 64 << 20;

void touch() {
  std::vector<char> block(kBlock, 1);
  volatile char* kept = block.data();  // not to be optimised away
  kept[0] = 2;
}

TEST(Memory, RemembersTheLargestAndForgets) {
  const std::int64_t before = largest_memory_bytes();
  touch();
  const std::int64_t with_block = largest_memory_bytes();
  EXPECT_GT(with_block, before + kBlock / 2);
  if (!forget_largest_memory()) GTEST_SKIP() << "this kernel does not forget";
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the address sanitizer keeps what was freed";
#endif
  EXPECT_LT(largest_memory_bytes(), with_block - kBlock / 2);
}

}  // namespace
}  // namespace clipguide::base
