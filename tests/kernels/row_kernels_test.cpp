#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "clipguide/kernels/kernels.h"
#include "kernels/element_matrix.h"
#include "kernels/kernel_tables.h"

// Norms, softmax, poolings and rearrangements, against the same in f64.
namespace clipguide::kernels::test {
namespace {

class RowKernels : public testing::TestWithParam<NamedKernels> {
 protected:
  const Kernels& kernels_ = *GetParam().kernels;
};

std::vector<float> random(std::size_t count, const char* name) {
  std::vector<float> values(count);
  base::RandomStream(3, name).fill_normal(values);
  return values;
}

TEST_P(RowKernels, NormAndItsWayBackAgreeWithF64) {
  for (const int width : {5, 32, 50}) {
    constexpr int kRows = 3, kStride = 64;
    const std::vector<float> x = random(kRows * kStride, "x"), gain = random(64, "gain"),
                             shift = random(64, "shift");
    std::vector<float> normed = x, deviation(kRows);
    const ElementMatrix hat(kernels_, kRows, width), dy(kernels_, kRows, width, 9);
    kernels_.norm({normed.data(), kStride, kRows, width, 1e-3f, hat.data(), hat.stride(),
                   deviation.data(), gain.data(), shift.data()});
    std::vector<float> dx(kRows * kStride, 0.5f);
    const ElementMatrix dx_element(kernels_, kRows, width);
    kernels_.norm_backward({.dy = dy.data(),
                            .dy_stride = dy.stride(),
                            .rows = kRows,
                            .width = width,
                            .hat = hat.data(),
                            .hat_stride = hat.stride(),
                            .inverse_deviation = deviation.data(),
                            .gain = gain.data(),
                            .dx = dx.data(),
                            .dx_stride = kStride,
                            .dx_element = dx_element.data(),
                            .dx_element_stride = dx_element.stride()});
    for (int r = 0; r < kRows; ++r) {
      double mean = 0, variance = 0, slope = 0, lean = 0;
      const auto at = [&](int c) { return double(x[std::size_t(r * kStride + c)]); };
      for (int c = 0; c < width; ++c) mean += at(c) / width;
      for (int c = 0; c < width; ++c) variance += (at(c) - mean) * (at(c) - mean) / width;
      const double scale = 1 / std::sqrt(variance + 1e-3f);
      const auto d = [&](int c) { return dy.value(r, c) * double(gain[std::size_t(c)]); };
      for (int c = 0; c < width; ++c) {
        const double expected = (at(c) - mean) * scale;
        EXPECT_NEAR(hat.value(r, c), expected, tolerance(kernels_, expected));
        EXPECT_NEAR(double(normed[std::size_t(r * kStride + c)]),
                    expected * double(gain[std::size_t(c)]) + double(shift[std::size_t(c)]), 2e-5);
        slope += d(c) / width;
        lean += d(c) * hat.value(r, c) / width;
      }
      for (int c = 0; c < width; ++c) {
        const double expected = 0.5 + scale * (d(c) - slope - hat.value(r, c) * lean);
        EXPECT_NEAR(double(dx[std::size_t(r * kStride + c)]), expected, 5e-5);
        EXPECT_NEAR(dx_element.value(r, c), expected, 3e-5 + tolerance(kernels_, expected));
      }
    }
  }
}

TEST_P(RowKernels, SoftmaxAndItsWayBackAgreeWithF64) {
  for (const int keys : {1, 7, 50}) {
    constexpr int kQueries = 5, kStride = 64;
    const std::vector<float> scores = random(kQueries * kStride, "scores");
    const std::vector<float> d_shares = random(kStride * kStride, "d");
    std::vector<float> worked = scores, largest(kStride), inverse(kStride);
    const ElementMatrix shares(kernels_, kQueries, kStride, 8);  // stale numbers to overwrite
    kernels_.softmax({worked.data(), kStride, kQueries, keys, shares.data(), shares.stride(),
                      largest.data(), inverse.data()});

    // The way back sees keys as rows and queries as columns.
    std::vector<float> turned(std::size_t(keys) * kStride), d_turned(std::size_t(keys) * kStride);
    for (int k = 0; k < keys; ++k)
      for (int q = 0; q < kQueries; ++q) {
        turned[std::size_t(k * kStride + q)] = scores[std::size_t(q * kStride + k)];
        d_turned[std::size_t(k * kStride + q)] = d_shares[std::size_t(q * kStride + k)];
      }
    const ElementMatrix again(kernels_, keys, kStride, 8), d_scores(kernels_, keys, kStride, 8);
    kernels_.softmax_backward({turned.data(), d_turned.data(), kStride, keys, kQueries,
                               largest.data(), inverse.data(), again.data(), d_scores.data()});
    for (int q = 0; q < kQueries; ++q) {
      double total = 0, lean = 0;
      const auto e = [&](int k) { return std::exp(double(scores[std::size_t(q * kStride + k)])); };
      const auto d = [&](int k) { return double(d_shares[std::size_t(q * kStride + k)]); };
      for (int k = 0; k < keys; ++k) total += e(k);
      for (int k = 0; k < keys; ++k) lean += e(k) / total * d(k);
      for (int k = 0; k < keys; ++k) {
        const double share = e(k) / total, expected = share * (d(k) - lean);
        EXPECT_NEAR(shares.value(q, k), share, tolerance(kernels_, share));
        EXPECT_NEAR(again.value(k, q), share, tolerance(kernels_, share));
        EXPECT_NEAR(d_scores.value(k, q), expected, tolerance(kernels_, expected));
      }
      for (int k = keys; k < kStride; ++k) EXPECT_EQ(shares.value(q, k), 0);
    }
    for (int q = kQueries; q < kStride; ++q) EXPECT_EQ(d_scores.value(0, q), 0);
  }
}

TEST_P(RowKernels, PackingColumnsIsPackingTheTransposesRows) {
  const ElementMatrix matrix(kernels_, 37, 21, 4), turned(kernels_, 21, 37);
  kernels_.transpose(matrix.data(), matrix.stride(), 37, 21, turned.data(), turned.stride());
  EXPECT_EQ(turned.value(20, 36), matrix.value(36, 20));
  const std::size_t bytes =
      std::size_t(whole(21, kernels_.depth_multiple) * whole(37, kernels_.panel)) *
      kernels_.element_bytes();
  const Buffer rows(bytes), columns(bytes);
  std::fill_n(columns.data(), bytes, std::byte(0x3f));  // padding must be cleared
  kernels_.pack_rows(turned.data(), turned.stride(), 21, 37, rows.data());
  kernels_.pack_columns(matrix.data(), matrix.stride(), 37, 21, columns.data());
  EXPECT_TRUE(std::equal(rows.data(), rows.data() + bytes, columns.data()));
}

TEST_P(RowKernels, PoolingAndItsWayBackKeepTheSum) {
  constexpr int kImages = 2, kHeight = 4, kWidth = 6, kChannels = 32;
  const ElementMatrix x(kernels_, kImages * kHeight * kWidth, kChannels, 6);
  const ElementMatrix pooled(kernels_, kImages * kHeight * kWidth / 4, kChannels);
  const ElementMatrix back(kernels_, kImages * kHeight * kWidth, kChannels);
  kernels_.pool(x.data(), kImages, kHeight, kWidth, kChannels, pooled.data());
  std::vector<std::uint8_t> signs(std::size_t(x.rows()) * 4, 0xf0);
  kernels_.unpool(pooled.data(), kImages, kHeight, kWidth, kChannels, signs.data(), back.data());
  for (int n = 0; n < kImages; ++n)
    for (int y = 0; y < kHeight; ++y)
      for (int u = 0; u < kWidth; ++u)
        for (int c = 0; c < kChannels; ++c) {
          const int corner = (n * kHeight + y / 2 * 2) * kWidth + u / 2 * 2;
          const double mean = (x.value(corner, c) + x.value(corner + 1, c) +
                               x.value(corner + kWidth, c) + x.value(corner + kWidth + 1, c)) /
                              4;
          const int small = (n * kHeight / 2 + y / 2) * kWidth / 2 + u / 2;
          ASSERT_NEAR(pooled.value(small, c), mean, tolerance(kernels_, mean));
          ASSERT_EQ(back.value((n * kHeight + y) * kWidth + u, c),
                    c % 8 < 4 ? 0 : pooled.value(small, c) / 4);
        }
}

TEST_P(RowKernels, SiluHasItsValueAndItsSlope) {
  constexpr int kCount = 37;
  std::vector<float> x = random(kCount, "x");
  for (float& value : x) value *= 4;
  x[0] = 100, x[1] = -100;  // where the gate is shut or open
  const ElementMatrix value(kernels_, 1, kCount), slope(kernels_, 1, kCount),
      alone(kernels_, 1, kCount), product(kernels_, 1, kCount);
  kernels_.silu(x.data(), kCount, value.data(), slope.data());
  kernels_.silu(x.data(), kCount, alone.data(), nullptr);
  kernels_.times(value.data(), slope.data(), kCount, product.data());
  for (int c = 0; c < kCount; ++c) {
    const double at = double(x[std::size_t(c)]), gate = 1 / (1 + std::exp(-at));
    EXPECT_NEAR(value.value(0, c), at * gate, tolerance(kernels_, at * gate));
    EXPECT_EQ(alone.value(0, c), value.value(0, c));
    const double expected = gate * (1 + at * (1 - gate));
    EXPECT_NEAR(slope.value(0, c), expected, tolerance(kernels_, expected));
    const double both = value.value(0, c) * slope.value(0, c);
    EXPECT_NEAR(product.value(0, c), both, tolerance(kernels_, both));
  }
}

INSTANTIATE_TEST_SUITE_P(Sets, RowKernels, testing::ValuesIn(kernel_tables()), table_name);

}  // namespace
}  // namespace clipguide::kernels::test
