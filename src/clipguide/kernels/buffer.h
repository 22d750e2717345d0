#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>

namespace clipguide::kernels {

/// Zeroed memory on large pages where the system grants them, with a readable margin behind it:
/// kernels may read a row beyond its end.
///   throws  LimitError when there is not so much
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(std::size_t bytes);

  std::byte* data() const { return data_.get(); }
  std::size_t size() const { return size_; }

 private:
  struct Free {
    void operator()(std::byte* p) const;
  };
  std::unique_ptr<std::byte, Free> data_;
  std::size_t size_ = 0;
};

/// Deals a block of memory out, or with a null block only counts what it would take.
class Carver {
 public:
  explicit Carver(std::byte* block) : block_(block) {}

  template <class T = std::byte>
  T* take(std::int64_t count) {
    static_assert(std::is_trivial_v<T>);
    constexpr std::size_t kLine = 64;
    const std::size_t at = taken_;
    taken_ += (std::size_t(count) * sizeof(T) + kLine - 1) / kLine * kLine;
    return block_ ? reinterpret_cast<T*>(block_ + at) : nullptr;
  }
  std::size_t taken() const { return taken_; }

 private:
  std::byte* block_;
  std::size_t taken_ = 0;
};

}  // namespace clipguide::kernels
