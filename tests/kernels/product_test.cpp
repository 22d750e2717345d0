#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <functional>
#include <vector>

#include "clipguide/base/error.h"
#include "clipguide/kernels/kernels.h"
#include "kernels/element_matrix.h"
#include "kernels/kernel_tables.h"

// Products of every table of kernels, against sums in f64.
namespace clipguide::kernels::test {
namespace {

class Products : public testing::TestWithParam<NamedKernels> {
 protected:
  const Kernels& kernels_ = *GetParam().kernels;

  // The matrix in panels; `taps` of equal depth one under the other.
  Panels pack(const ElementMatrix& b, int taps, Buffer& memory) const {
    const int rows = b.rows() / taps;
    const int depth = int(whole(rows, kernels_.depth_multiple));
    const ElementMatrix padded(kernels_, taps * depth, b.columns());
    const std::size_t row_bytes = std::size_t(b.stride()) * kernels_.element_bytes();
    for (int r = 0; r < b.rows(); ++r)
      std::copy_n(b.at(r), row_bytes, padded.at(r / rows * depth + r % rows));
    memory = Buffer(std::size_t(taps * depth * whole(b.columns(), kernels_.panel)) *
                    kernels_.element_bytes());
    kernels_.pack_rows(padded.data(), padded.stride(), taps * depth, b.columns(), memory.data());
    return {memory.data(), taps, depth, b.columns()};
  }
};

double product(const ElementMatrix& a, const ElementMatrix& b, int row, int column) {
  double sum = 0;
  for (int k = 0; k < b.rows(); ++k) sum += a.value(row, k) * b.value(k, column);
  return sum;
}

struct Shape {
  int rows, depth, columns;
};
const std::vector<Shape> kShapes = {{1, 1, 1},    {2, 3, 5},      {13, 31, 17},  {14, 32, 32},
                                    {15, 33, 33}, {29, 64, 48},   {33, 27, 16},  {64, 96, 64},
                                    {67, 65, 97}, {70, 400, 160}, {35, 700, 450}};

TEST_P(Products, AgreeWithSumsInF64OverOddShapes) {
  for (const Shape& shape : kShapes) {
    const ElementMatrix a(kernels_, shape.rows, shape.depth, 1);
    const ElementMatrix b(kernels_, shape.depth, shape.columns, 2);
    const ElementMatrix out(kernels_, shape.rows, shape.columns);
    Buffer memory;
    kernels_.multiply({.a = {a.data(), a.stride()},
                       .rows = shape.rows,
                       .b = pack(b, 1, memory),
                       .out = out.data(),
                       .out_stride = out.stride()});
    for (int r = 0; r < shape.rows; ++r)
      for (int c = 0; c < shape.columns; ++c) {
        const double expected = product(a, b, r, c);
        ASSERT_NEAR(out.value(r, c), expected, tolerance(kernels_, expected))
            << shape.rows << " x " << shape.depth << " x " << shape.columns << " at " << r << ", "
            << c;
      }
  }
}

TEST_P(Products, WriteNothingBeyondTheirColumns) {
  const ElementMatrix a(kernels_, 3, 8, 1), b(kernels_, 8, 5, 2), out(kernels_, 3, 32, 7);
  const double before = out.value(1, 5);
  Buffer memory;
  kernels_.multiply({.a = {a.data(), a.stride()},
                     .rows = 3,
                     .b = pack(b, 1, memory),
                     .out = out.data(),
                     .out_stride = out.stride()});
  EXPECT_EQ(out.value(1, 5), before);
  EXPECT_NE(out.value(1, 4), 0);
}

TEST_P(Products, ConvolveWithZerosAroundEveryPicture) {
  constexpr int kPictures = 3, kHeight = 3, kWidth = 5, kIn = 6, kOut = 20;
  const int rows = kPictures * kHeight * kWidth;
  const ElementMatrix a(kernels_, rows, kIn, 1), b(kernels_, 9 * kIn, kOut, 2);
  const ElementMatrix zeros(kernels_, 1, kIn), out(kernels_, rows, kOut);
  Buffer memory;
  kernels_.multiply({.a = {a.data(), a.stride(), kHeight, kWidth, zeros.data()},
                     .rows = rows,
                     .b = pack(b, 9, memory),
                     .out = out.data(),
                     .out_stride = out.stride()});
  for (int n = 0; n < kPictures; ++n)
    for (int y = 0; y < kHeight; ++y)
      for (int x = 0; x < kWidth; ++x)
        for (int c = 0; c < kOut; ++c) {
          double expected = 0;
          for (int v = y - 1; v <= y + 1; ++v)
            for (int u = x - 1; u <= x + 1; ++u) {
              if (v < 0 || u < 0 || v >= kHeight || u >= kWidth) continue;
              const int tap = (v - y + 1) * 3 + u - x + 1;
              for (int k = 0; k < kIn; ++k)
                expected += a.value((n * kHeight + v) * kWidth + u, k) * b.value(tap * kIn + k, c);
            }
          ASSERT_NEAR(out.value((n * kHeight + y) * kWidth + x, c), expected,
                      tolerance(kernels_, expected));
        }
}

// Every finish over one product of 17 x 40 x 37, with everything that a finish can take.
class Finished {
 public:
  Finished(const Kernels& kernels, Finish finish, const Panels& b, const ElementMatrix& a)
      : out(kernels, a.rows(), b.columns), slope(kernels, a.rows(), b.columns, 5) {
    f32.assign(std::size_t(a.rows()) * 64, 0.25f);
    signs.assign(std::size_t(a.rows()) * 8, 0x5a);
    bias.assign(64, 0.0f);
    for (int c = 0; c < b.columns; ++c) bias[std::size_t(c)] = 0.01f * float(c) - 0.2f;
    const bool to_f32 = finish == Finish::store_f32 || finish == Finish::add_f32;
    kernels.multiply({.a = {a.data(), a.stride()},
                      .rows = a.rows(),
                      .b = b,
                      .finish = finish,
                      .bias = bias.data(),
                      .out = to_f32 ? static_cast<void*>(f32.data()) : out.data(),
                      .out_stride = to_f32 ? 64 : out.stride(),
                      .slope = slope.data(),
                      .slope_stride = slope.stride(),
                      .signs = signs.data(),
                      .signs_stride = 8});
  }
  bool sign(int r, int c) const { return (signs[std::size_t(r * 8 + c / 8)] >> c % 8 & 1) != 0; }

  ElementMatrix out, slope;
  std::vector<float> f32, bias;
  std::vector<std::uint8_t> signs;
};

double phi(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }
double gate(double x) { return 1 / (1 + std::exp(-1.702 * x)); }

TEST_P(Products, FinishAsTheySay) {
  const ElementMatrix a(kernels_, 17, 40, 3), b(kernels_, 40, 37, 4), slope(kernels_, 17, 37, 5);
  Buffer memory;
  const Panels panels = pack(b, 1, memory);
  const auto finished = [&](Finish finish) { return Finished(kernels_, finish, panels, a); };
  const Finished stored = finished(Finish::store), relu = finished(Finish::relu),
                 mask = finished(Finish::mask), gelu = finished(Finish::gelu),
                 quick = finished(Finish::quick_gelu), multiplied = finished(Finish::multiply),
                 f32 = finished(Finish::store_f32), added = finished(Finish::add_f32);
  for (int r = 0; r < 17; ++r)
    for (int c = 0; c < 37; ++c) {
      const double s = product(a, b, r, c) + double(stored.bias[std::size_t(c)]);
      const auto expect = [&](double got, double expected, const char* what) {
        ASSERT_NEAR(got, expected, tolerance(kernels_, expected)) << what << r << ", " << c;
      };
      const std::size_t at = std::size_t(r * 64 + c);
      expect(stored.out.value(r, c), s, "store ");
      expect(relu.out.value(r, c), std::max(s, 0.0), "relu ");
      if (std::abs(s) > sums_tolerance(kernels_)) {
        EXPECT_EQ(relu.sign(r, c), s > 0);
      }
      expect(mask.out.value(r, c), (0x5a >> c % 8 & 1) ? s : 0, "mask ");
      expect(gelu.out.value(r, c), s * phi(s), "gelu ");
      expect(gelu.slope.value(r, c),
             phi(s) + s * std::exp(-s * s / 2) / std::sqrt(2 * 3.14159265358979), "gelu slope ");
      expect(quick.out.value(r, c), s * gate(s), "quick gelu ");
      expect(quick.slope.value(r, c), gate(s) * (1 + 1.702 * s * (1 - gate(s))), "quick slope ");
      expect(multiplied.out.value(r, c), s * slope.value(r, c), "multiply ");
      ASSERT_NEAR(double(f32.f32[at]), s, sums_tolerance(kernels_)) << "store_f32";
      ASSERT_NEAR(double(added.f32[at]), s + 0.25, sums_tolerance(kernels_)) << "add_f32";
    }
}

TEST_P(Products, AddBeforeTheyCutAndAfterTheyMultiply) {
  const ElementMatrix a(kernels_, 5, 16, 3), b(kernels_, 16, 20, 4), add(kernels_, 5, 20, 5),
      slope(kernels_, 5, 20, 6);
  const ElementMatrix cut(kernels_, 5, 20), multiplied(kernels_, 5, 20);
  std::vector<std::uint8_t> signs(5 * 4);
  Buffer memory;
  Product call = {.a = {a.data(), a.stride()},
                  .rows = 5,
                  .b = pack(b, 1, memory),
                  .finish = Finish::relu,
                  .out = cut.data(),
                  .out_stride = cut.stride(),
                  .add = add.data(),
                  .add_stride = add.stride(),
                  .slope = slope.data(),
                  .slope_stride = slope.stride(),
                  .signs = signs.data(),
                  .signs_stride = 4};
  kernels_.multiply(call);
  call.finish = Finish::multiply, call.out = multiplied.data();
  kernels_.multiply(call);
  for (int r = 0; r < 5; ++r)
    for (int c = 0; c < 20; ++c) {
      const double s = product(a, b, r, c);
      const double positive = std::max(s + add.value(r, c), 0.0);
      EXPECT_NEAR(cut.value(r, c), positive, tolerance(kernels_, positive));
      const double sloped = s * slope.value(r, c) + add.value(r, c);
      EXPECT_NEAR(multiplied.value(r, c), sloped, tolerance(kernels_, sloped));
    }
}

TEST_P(Products, PadAPanelWithZeros) {
  const ElementMatrix a(kernels_, 9, 24, 3), b(kernels_, 24, 5, 4), out(kernels_, 9, 32, 5);
  Buffer memory;
  kernels_.multiply({.a = {a.data(), a.stride()},
                     .rows = 9,
                     .b = pack(b, 1, memory),
                     .out = out.data(),
                     .out_stride = out.stride(),
                     .out_columns = kernels_.panel});
  for (int r = 0; r < 9; ++r)
    for (int c = 0; c < kernels_.panel; ++c) {
      const double expected = c < 5 ? product(a, b, r, c) : 0;
      ASSERT_NEAR(out.value(r, c), expected, c < 5 ? tolerance(kernels_, expected) : 0);
    }
}

TEST_P(Products, DoNotDependOnHowRowsAreSplit) {
  const ElementMatrix a(kernels_, 61, 600, 1), b(kernels_, 600, 70, 2);
  const ElementMatrix whole_out(kernels_, 61, 70), parts_out(kernels_, 61, 70);
  Buffer memory;
  const Panels panels = pack(b, 1, memory);
  const auto multiply = [&](int first, int rows, const ElementMatrix& out) {
    kernels_.multiply({.a = {a.at(first), a.stride()},
                       .rows = rows,
                       .b = panels,
                       .out = out.at(first),
                       .out_stride = out.stride()});
  };
  multiply(0, 61, whole_out);
  for (int first = 0; first < 61; first += 7) multiply(first, std::min(7, 61 - first), parts_out);
  for (int r = 0; r < 61; ++r)
    for (int c = 0; c < 70; ++c) ASSERT_EQ(whole_out.value(r, c), parts_out.value(r, c));
}

INSTANTIATE_TEST_SUITE_P(Sets, Products, testing::ValuesIn(kernel_tables()), table_name);

TEST(Kernels, RefuseASetThatTheMachineLacks) {
  if (base::is_supported(base::InstructionSet::amx)) GTEST_SKIP() << "this machine has them all";
  EXPECT_THROW(kernels_for(base::InstructionSet::amx), base::UsageError);
}

TEST(Kernels, AreOfTheSetThatWasAskedFor) {
  for (const base::InstructionSet set : base::supported_instruction_sets()) {
    EXPECT_EQ(kernels_for(set).set, set);
    EXPECT_EQ(kernels_for(set).element,
              set >= base::InstructionSet::avx512_bf16 ? Element::bf16 : Element::f32);
  }
}

}  // namespace
}  // namespace clipguide::kernels::test
