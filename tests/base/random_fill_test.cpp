#include "clipguide/base/random_fill.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "clipguide/base/random.h"

namespace clipguide::base {
namespace {

constexpr std::uint64_t kKey = 0x1234567890ABCDEF;
using Fill = void (*)(std::uint64_t, std::uint64_t, std::span<float>, InstructionSet);

std::vector<float> numbers(Fill fill, std::uint64_t first, std::size_t count,
                           InstructionSet set = best_instruction_set()) {
  std::vector<float> values(count);
  fill(kKey, first, values, set);
  return values;
}

// The words that the authors of Philox publish for counter and key 0 (Random123, kat_vectors).
TEST(RandomFill, PhiloxGivesItsPublishedNumbers) {
  EXPECT_EQ(philox(0, 0),
            (std::array<std::uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
}

TEST(RandomFill, EveryInstructionSetGivesTheSameBits) {
  EXPECT_EQ(supported_instruction_sets().front(), InstructionSet::portable);
  for (const Fill fill : {philox_uniform, philox_normal}) {
    const std::vector<float> want = numbers(fill, 0, 100003, InstructionSet::portable);
    for (const InstructionSet set : supported_instruction_sets())
      EXPECT_EQ(numbers(fill, 0, 100003, set), want) << name(set);
  }
}

TEST(RandomFill, ARangeIsTheSameHoweverItIsCut) {
  for (const Fill fill : {philox_uniform, philox_normal}) {
    const std::vector<float> whole = numbers(fill, 0, 600);
    for (const InstructionSet set : supported_instruction_sets())
      for (std::size_t first = 0; first < 9; ++first)
        for (const std::size_t count : {0, 1, 2, 3, 4, 5, 15, 16, 63, 64, 65, 500})
          EXPECT_TRUE(std::ranges::equal(numbers(fill, first, count, set),
                                         std::span(whole).subspan(first, count)))
              << first << ", " << count << ", " << name(set);
  }
}

TEST(RandomFill, IsWhatTheStreamDrawsOneByOne) {
  for (const int drawn_before : {0, 1, 2, 3, 4, 6}) {
    RandomStream one(3, "fill"), many(3, "fill");
    for (int i = 0; i < drawn_before; ++i) EXPECT_EQ(one.bits(), many.bits());
    std::vector<float> values(37);
    many.fill_uniform(values);
    for (const float value : values) ASSERT_EQ(value, one.uniform());
    EXPECT_EQ(one.bits(), many.bits()) << "and goes on behind them";
    many.fill_normal(values);
    for (std::size_t i = 0; i < values.size(); i += 2) ASSERT_EQ(values[i], one.normal());
    EXPECT_EQ(one.bits(), many.bits()) << "after " << drawn_before;
  }
  const RandomStream fresh(3, "fill");
  std::vector<float> all(50), part(20);
  RandomStream(fresh).fill_normal(all);
  fresh.normal_at(13, part);
  EXPECT_TRUE(std::ranges::equal(part, std::span(all).subspan(13, 20)));
}

TEST(RandomFill, NormalIsBoxMullerToTheLastBits) {
  const auto expect_pair = [](std::uint32_t radius_word, std::uint32_t angle_word) {
    const double v = 1 - (radius_word >> 8) / 16777216.0;
    const double angle = 2 * std::numbers::pi * ((angle_word >> 8) / 16777216.0);
    const double radius = std::sqrt(-2 * std::log(v)), bound = 2e-7 * std::max(1.0, radius);
    const NormalPair pair = to_normal(radius_word, angle_word);
    EXPECT_NEAR(pair.first, radius * std::cos(angle), bound) << radius_word << ", " << angle_word;
    EXPECT_NEAR(pair.second, radius * std::sin(angle), bound) << radius_word << ", " << angle_word;
  };
  // The ends of every range that the evaluation distinguishes, then the field.
  for (const std::uint32_t edge : {0x00000000u, 0x00000100u, 0x00000200u, 0x4AFB0C00u, 0x4AFB0D00u,
                                   0x7FFFFF00u, 0x80000000u, 0xFFFFFE00u, 0xFFFFFF00u})
    for (std::uint32_t eighth = 0; eighth < 8; ++eighth)
      for (const std::uint32_t beside : {0u, 0x100u, 0xFFFFFF00u})
        expect_pair(edge, (eighth << 29) + beside);
  RandomStream draws(9, "words");
  for (int i = 0; i < 100000; ++i) {
    const std::uint32_t radius = draws.bits();
    expect_pair(radius, draws.bits());
  }
}

// The largest distance of the empirical distribution from the wanted one (Kolmogorov, Smirnov).
template <class Distribution>
double ks_distance(std::vector<float> values, const Distribution& distribution) {
  std::ranges::sort(values);
  double worst = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double wanted = distribution(values[i]), n = double(values.size());
    worst = std::max({worst, wanted - double(i) / n, double(i + 1) / n - wanted});
  }
  return worst;
}

TEST(RandomFill, NumbersAreDistributedAsTheyShould) {
  constexpr std::size_t kCount = 400000;
  // 1.95 / sqrt(n) is passed by chance once in a thousand times.
  const double bound = 1.95 / std::sqrt(double(kCount));
  const std::vector<float> uniform = numbers(philox_uniform, 0, kCount);
  const std::vector<float> normal = numbers(philox_normal, 0, kCount);
  const auto gauss = [](double x) { return 0.5 * std::erfc(-x / std::numbers::sqrt2); };
  EXPECT_LT(ks_distance(uniform, [](double x) { return x; }), bound);
  EXPECT_LT(ks_distance(normal, gauss), bound);
  std::vector<float> shifted = normal;
  for (float& value : shifted) value += 0.01f;
  EXPECT_GT(ks_distance(shifted, gauss), bound) << "the bound can fail";

  // Moments, and no relation between neighbours or the halves of a pair.
  double mean = 0, variance = 0, skew = 0, kurtosis = 0, neighbours = 0, pairs = 0;
  for (std::size_t i = 0; i < kCount; ++i) {
    const double x = normal[i], next = normal[(i + 1) % kCount], other = normal[i ^ 1];
    mean += x, variance += x * x, skew += x * x * x, kurtosis += x * x * x * x;
    neighbours += x * next;
    pairs += x * x * other * other;
  }
  const double n = double(kCount), deviation = 1 / std::sqrt(n);
  EXPECT_NEAR(mean / n, 0, 4 * deviation);
  EXPECT_NEAR(variance / n, 1, 4 * std::sqrt(2.0) * deviation);
  EXPECT_NEAR(skew / n, 0, 4 * std::sqrt(15.0) * deviation);
  EXPECT_NEAR(kurtosis / n, 3, 4 * std::sqrt(96.0) * deviation);
  EXPECT_NEAR(neighbours / n, 0, 4 * deviation);
  EXPECT_NEAR(pairs / n, 1, 4 * std::sqrt(16.0) * deviation);
}

}  // namespace
}  // namespace clipguide::base
