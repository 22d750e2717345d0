#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "clipguide/base/random.h"
#include "clipguide/kernels/buffer.h"
#include "clipguide/kernels/kernels.h"
#include "clipguide/kernels/rows.h"

/// Matrices in a kernel set's own elements, and the same numbers in f64 to reckon with.
namespace clipguide::kernels::test {

/// rows x columns, a row padded with zeros to whole lines of 32 elements.
class ElementMatrix {
 public:
  ElementMatrix(const Kernels& kernels, int rows, int columns, std::uint64_t seed = 0)
      : kernels_(&kernels),
        rows_(rows),
        columns_(columns),
        stride_(whole(columns, 32)),
        bytes_(std::size_t(rows * stride_) * kernels.element_bytes()) {
    if (seed == 0) return;
    std::vector<float> row(static_cast<std::size_t>(columns));
    base::RandomStream stream(seed, "matrix");
    for (int r = 0; r < rows; ++r) {
      for (int c = 0; c < columns; ++c) row[std::size_t(c)] = stream.uniform(-1, 1);
      kernels.narrow(row.data(), columns, at(r));
    }
  }

  std::byte* at(int row) const {
    return bytes_.data() + std::size_t(row * stride_) * kernels_->element_bytes();
  }
  void* data() const { return bytes_.data(); }
  std::int64_t stride() const { return stride_; }
  int rows() const { return rows_; }
  int columns() const { return columns_; }

  double value(int row, int column) const {
    float x = 0;
    kernels_->widen(at(row) + std::size_t(column) * kernels_->element_bytes(), 1, &x);
    return double(x);
  }

 private:
  const Kernels* kernels_;
  int rows_, columns_;
  std::int64_t stride_;
  Buffer bytes_;
};

/// How far a sum may be off, however its terms were rounded.
inline double sums_tolerance(const Kernels& kernels) {
  const bool split = kernels.set == base::InstructionSet::amx && kernels.element == Element::f32;
  return split ? 2e-4 : 2e-5;
}

/// How far an output may be off: the rounding of the element, and of the sums behind it.
inline double tolerance(const Kernels& kernels, double value) {
  constexpr double kBf16 = 1.0 / 256;
  return sums_tolerance(kernels) +
         (kernels.element == Element::bf16 ? kBf16 : 1e-6) * std::abs(value);
}

}  // namespace clipguide::kernels::test
