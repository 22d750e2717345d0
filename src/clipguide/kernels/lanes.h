#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/// Vectors of f32 as GCC and Clang know them, as wide as the instruction set of the including file.
/// Only for kernels_*.cpp, each of which is compiled for one instruction set: everything is in an
/// anonymous namespace and nothing else is included, so that no code of one set is ever linked
/// where another was meant.
namespace clipguide::kernels {
namespace {

#if defined(__AVX512F__)
constexpr int kLanes = 16;
#else
constexpr int kLanes = 8;
#endif

typedef float F __attribute__((vector_size(kLanes * 4)));
typedef std::int32_t I __attribute__((vector_size(kLanes * 4)));

constexpr std::int64_t whole(std::int64_t count, std::int64_t of) {
  return (count + of - 1) / of * of;
}

/// Not F{} + value: that is a sum, which the compiler must not leave out.
inline F splat(float value) {
#if defined(__AVX512F__)
  return F(_mm512_set1_ps(value));
#elif defined(__AVX2__)
  return F(_mm256_set1_ps(value));
#else
  return F{value, value, value, value, value, value, value, value};
#endif
}

inline F load(const float* p) {
  F v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
inline void store(float* p, F v) { std::memcpy(p, &v, sizeof v); }

#if defined(__AVX512BF16__)
struct Bf16 {
  std::uint16_t bits;
};
inline F load(const Bf16* p) {
  const auto half = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
  return F(_mm512_slli_epi32(_mm512_cvtepu16_epi32(half), 16));
}
inline void store(Bf16* p, F v) {
  const auto half = _mm512_cvtneps_pbh(__m512(v));
  std::memcpy(p, &half, sizeof half);
}
inline float to_float(Bf16 x) {
  const std::uint32_t bits = std::uint32_t(x.bits) << 16;
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}
#endif
inline float to_float(float x) { return x; }

/// The first `count` lanes; the others are 0, or left alone.
template <class T>
F load_part(const T* p, int count) {
  T some[kLanes] = {};
  for (int i = 0; i < count; ++i) some[i] = p[i];
  return load(some);
}
template <class T>
void store_part(T* p, F v, int count) {
  T all[kLanes];
  store(all, v);
  for (int i = 0; i < count; ++i) p[i] = all[i];
}

inline float sum(F v) {
  float total = 0;
  for (int i = 0; i < kLanes; ++i) total += v[i];
  return total;
}

inline F max(F a, F b) {
  const I take = a > b;
  return F((I(a) & take) | (I(b) & ~take));
}

/// A bit a lane: not (v <= 0), so that what is not a number passes through a ReLU.
inline unsigned positive_bits(F v) {
#if defined(__AVX512F__)
  return _mm512_cmp_ps_mask(__m512(v), _mm512_setzero_ps(), _CMP_NLE_UQ);
#elif defined(__AVX2__)
  return unsigned(_mm256_movemask_ps(_mm256_cmp_ps(__m256(v), _mm256_setzero_ps(), _CMP_NLE_UQ)));
#else
  const I below = v <= F{};
  unsigned bits = 0;
  for (int i = 0; i < kLanes; ++i) bits |= unsigned(below[i] == 0) << i;
  return bits;
#endif
}

inline F keep(F v, unsigned bits) {
#if defined(__AVX512F__)
  return F(_mm512_maskz_mov_ps(__mmask16(bits), __m512(v)));
#else
  const I lane = {1, 2, 4, 8, 16, 32, 64, 128};
  const I kept = ((I{} + int(bits)) & lane) == lane;
  return F(I(v) & kept);
#endif
}

inline unsigned load_bits(const std::uint8_t* p) {
  if constexpr (kLanes == 16) return unsigned(p[0]) | unsigned(p[1]) << 8;
  return p[0];
}
inline void store_bits(std::uint8_t* p, unsigned bits) {
  p[0] = std::uint8_t(bits);
  if constexpr (kLanes == 16) p[1] = std::uint8_t(bits >> 8);
}

/// e^x to a relative 2e-7; below -87 it stays at e^-87, above 88 at e^88.
inline F exp(F x) {
  x = max(x, splat(-87.0f));
  x = -max(-x, splat(-88.0f));
  constexpr float kRound = 12582912.0f;  // 1.5 * 2^23: adding it rounds to a whole number
  const F n = (x * 1.44269504f + kRound) - kRound;
  // x - n ln 2, ln 2 in two parts of which the first is exact when multiplied.
  const F r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  F p = splat(1.0f / 5040);
  for (const float next : {1.0f / 720, 1.0f / 120, 1.0f / 24, 1.0f / 6, 0.5f, 1.0f, 1.0f})
    p = p * r + next;
  const I exponent = (__builtin_convertvector(n, I) + 127) << 23;
  return p * F(exponent);
}

struct Activated {
  F value, slope;
};

inline Activated quick_gelu(F x) {
  const F gate = 1.0f / (1.0f + exp(x * -1.702f));
  return {x * gate, gate * (1.0f + 1.702f * x * (1.0f - gate))};
}

/// x * Phi(x), Phi by Abramowitz and Stegun 7.1.26: to 1.5e-7.
inline Activated gelu(F x) {
  const I sign = I(x) & int(0x80000000);
  const F size = F(I(x) & 0x7fffffff) * 0.70710678f;
  const F t = 1.0f / (1.0f + 0.3275911f * size);
  const F bell = exp(-size * size);  // e^(-x^2 / 2)
  const F tail =
      t *
      (0.254829592f +
       t * (-0.284496736f + t * (1.421413741f + t * (-1.453152027f + t * 1.061405429f)))) *
      bell;
  const F error = F(I(1.0f - tail) | sign);
  const F phi = 0.5f + 0.5f * error;
  return {x * phi, phi + x * bell * 0.39894228f};
}

}  // namespace
}  // namespace clipguide::kernels
