#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <numbers>

#include "clipguide/base/both.h"
#include "clipguide/base/random_fill.h"
#include "clipguide/base/target.h"

/// The arithmetic of random_fill.h, inlined into loops that become vectors and into kernels.
namespace clipguide::base::philox_numbers {

// Philox4x32-10: multipliers and Weyl increments from Salmon et al. 2011, table 2.
constexpr std::uint32_t kMultiplier0 = 0xD2511F53, kMultiplier1 = 0xCD9E8D57;
constexpr std::uint32_t kWeyl0 = 0x9E3779B9, kWeyl1 = 0xBB67AE85;

struct Block {
  std::uint32_t words[4];
};

CLIPGUIDE_BOTH CLIPGUIDE_INLINE Block philox_block(std::uint64_t counter, std::uint64_t key) {
  std::uint32_t c0 = std::uint32_t(counter), c1 = std::uint32_t(counter >> 32), c2 = 0, c3 = 0;
  std::uint32_t k0 = std::uint32_t(key), k1 = std::uint32_t(key >> 32);
#ifndef __CUDACC__
#pragma GCC unroll 10
#endif
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t(kMultiplier0) * c0;
    const std::uint64_t p1 = std::uint64_t(kMultiplier1) * c2;
    c0 = std::uint32_t(p1 >> 32) ^ c1 ^ k0;
    c1 = std::uint32_t(p1);
    c2 = std::uint32_t(p0 >> 32) ^ c3 ^ k1;
    c3 = std::uint32_t(p0);
    k0 += kWeyl0;
    k1 += kWeyl1;
  }
  return {{c0, c1, c2, c3}};
}

constexpr int kBits = 24;  // of a word that are used: as many as a float holds
constexpr float kInverse24 = 1.0f / (1 << kBits);

CLIPGUIDE_BOTH CLIPGUIDE_INLINE float uniform_of(std::uint32_t word) {
  return float(std::int32_t(word >> 8)) * kInverse24;  // signed: what vectors convert quickly
}

// ln(n / 2^24), n in 1 .. 2^24. The mantissa m is brought into [sqrt(1/2), sqrt(2)); then
// ln m = 2 artanh(s), s = (m - 1) / (m + 1), whose series ends after s^9: |s| < 0.172, so the rest
// is below 1e-9.
CLIPGUIDE_BOTH CLIPGUIDE_INLINE float log_of_share(std::int32_t n) {
  constexpr std::uint32_t kRootHalf =
      std::bit_cast<std::uint32_t>(0.5f * std::numbers::sqrt2_v<float>);
  const std::uint32_t beyond = std::bit_cast<std::uint32_t>(float(n)) - kRootHalf;
  const std::int32_t exponent = std::int32_t(beyond) >> 23;
  const float m = std::bit_cast<float>((beyond & 0x7FFFFF) + kRootHalf);
  const float s = (m - 1) / (m + 1), s2 = s * s;
  const float series = 1 + s2 * (1.0f / 3 + s2 * (1.0f / 5 + s2 * (1.0f / 7 + s2 * (1.0f / 9))));
  return float(exponent - kBits) * std::numbers::ln2_v<float> + 2 * s * series;
}

CLIPGUIDE_BOTH CLIPGUIDE_INLINE float with_sign(std::uint32_t bits, std::uint32_t sign) {
  return std::bit_cast<float>(bits ^ sign);
}

// Box-Muller, the angle n / 2^24 of a turn. Its part beyond whole quarters lies within pi/4 of 0,
// where Taylor's series to a^9 and a^10 err by less than 2e-9.
CLIPGUIDE_BOTH CLIPGUIDE_INLINE NormalPair normals_of(std::uint32_t radius_word,
                                                      std::uint32_t angle_word) {
  constexpr std::int32_t kTurn = 1 << kBits, kQuarter = kTurn / 4;
  constexpr float kAngle = 2 * std::numbers::pi_v<float> * kInverse24;
  const float log = log_of_share(kTurn - std::int32_t(radius_word >> 8));
  const float radius = std::sqrt(-2 * log);

  const std::int32_t turn = std::int32_t(angle_word >> 8);
  const std::int32_t quarter = (turn + kQuarter / 2) / kQuarter;
  const float a = float(turn - quarter * kQuarter) * kAngle, a2 = a * a;
  const float sine =
      a * (1 + a2 * (-1.0f / 6 + a2 * (1.0f / 120 + a2 * (-1.0f / 5040 + a2 * (1.0f / 362880)))));
  const float cosine =
      1 + a2 * (-1.0f / 2 + a2 * (1.0f / 24 + a2 * (-1.0f / 720 +
                                                    a2 * (1.0f / 40320 + a2 * (-1.0f / 3628800)))));

  // Turn by the quarters: odd ones exchange the two, and signs follow. Masks, as vectors do it.
  const std::uint32_t s = std::bit_cast<std::uint32_t>(sine);
  const std::uint32_t c = std::bit_cast<std::uint32_t>(cosine);
  const std::uint32_t odd = 0u - std::uint32_t(quarter & 1);
  const std::uint32_t x_sign = std::uint32_t((quarter + 1) & 2) << 30;
  const std::uint32_t y_sign = std::uint32_t(quarter & 2) << 30;
  return {radius * with_sign((c & ~odd) | (s & odd), x_sign),
          radius * with_sign((s & ~odd) | (c & odd), y_sign)};
}

}  // namespace clipguide::base::philox_numbers
