#pragma once

// AMX and AVX-512 with bf16 in plain C++, as Intel's manual defines them, so that kernels_amx.cpp
// can be tested on machines that have neither: included before it, instead of the intrinsics.
// Only what the kernels use. Denormal results are not flushed.

#include <immintrin.h>

#include <cmath>
#include <cstdint>
#include <cstring>

namespace emulated {
namespace {

inline __m512 set1(float value) {
  __m512 v;
  for (int i = 0; i < 16; ++i) v[i] = value;
  return v;
}
inline __m512i set1(std::int32_t value) {
  std::int32_t all[16];
  for (std::int32_t& one : all) one = value;
  __m512i v;
  std::memcpy(&v, all, sizeof v);
  return v;
}

inline float widened(std::uint16_t bf16) {
  const std::uint32_t bits = std::uint32_t(bf16) << 16;
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

// To the nearest, halfway to the even one.
inline std::uint16_t narrowed(float value) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  if (std::isnan(value)) return std::uint16_t(bits >> 16 | 0x40);
  return std::uint16_t((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

struct Half {
  std::uint16_t bits[16];
};
inline Half narrow(__m512 v) {
  Half half;
  for (int i = 0; i < 16; ++i) half.bits[i] = narrowed(v[i]);
  return half;
}
inline Half load_half(const void* from) {
  Half half;
  std::memcpy(&half, from, sizeof half);
  return half;
}
inline __m512i shifted(const Half& half) {  // cvtepu16_epi32, slli_epi32 by 16
  std::uint32_t to[16];
  for (int i = 0; i < 16; ++i) to[i] = std::uint32_t(half.bits[i]) << 16;
  __m512i v;
  std::memcpy(&v, to, sizeof v);
  return v;
}

inline unsigned not_below_or_zero(__m512 v) {
  unsigned bits = 0;
  for (int i = 0; i < 16; ++i) bits |= unsigned(!(v[i] <= 0)) << i;
  return bits;
}
inline __m512 keep(unsigned bits, __m512 v) {
  for (int i = 0; i < 16; ++i)
    if (!(bits >> i & 1)) v[i] = 0;
  return v;
}

struct Tile {
  std::uint8_t bytes[16][64];
};
struct Tiles {
  int rows[8] = {}, row_bytes[8] = {};
  Tile tile[8];
};
inline Tiles& tiles() {
  thread_local Tiles all;
  return all;
}

inline void load_config(const void* config) {
  const auto* bytes = static_cast<const std::uint8_t*>(config);
  for (int t = 0; t < 8; ++t) {
    tiles().rows[t] = bytes[48 + t];
    tiles().row_bytes[t] = bytes[16 + 2 * t] | bytes[17 + 2 * t] << 8;
  }
}
inline void release() { tiles() = Tiles(); }
inline void zero(int t) { tiles().tile[t] = Tile(); }
inline void load(int t, const void* base, std::int64_t stride) {
  Tiles& all = tiles();
  all.tile[t] = Tile();
  for (int r = 0; r < all.rows[t]; ++r)
    std::memcpy(all.tile[t].bytes[r], static_cast<const std::uint8_t*>(base) + r * stride,
                std::size_t(all.row_bytes[t]));
}
inline void store(int t, void* base, std::int64_t stride) {
  const Tiles& all = tiles();
  for (int r = 0; r < all.rows[t]; ++r)
    std::memcpy(static_cast<std::uint8_t*>(base) + r * stride, all.tile[t].bytes[r],
                std::size_t(all.row_bytes[t]));
}
// Products of bf16 are exact in f32, so that these are fused multiply-adds.
inline void add_products(int sums, int left, int right) {
  Tiles& all = tiles();
  for (int m = 0; m < all.rows[sums]; ++m) {
    float first[16] = {}, second[16] = {}, total[16];
    std::uint16_t a[32], b[32];
    std::memcpy(a, all.tile[left].bytes[m], sizeof a);
    for (int k = 0; k < all.row_bytes[left] / 4; ++k) {
      std::memcpy(b, all.tile[right].bytes[k], sizeof b);
      for (int n = 0; n < 16; ++n) {
        first[n] += widened(a[2 * k]) * widened(b[2 * n]);
        second[n] += widened(a[2 * k + 1]) * widened(b[2 * n + 1]);
      }
    }
    std::memcpy(total, all.tile[sums].bytes[m], sizeof total);
    for (int n = 0; n < 16; ++n) total[n] += first[n] + second[n];
    std::memcpy(all.tile[sums].bytes[m], total, sizeof total);
  }
}

inline __m512 dot(__m512 sums, __m512bh left, __m512bh right) {
  std::uint16_t a[32], b[32];
  std::memcpy(a, &left, sizeof a);
  std::memcpy(b, &right, sizeof b);
  for (int i = 0; i < 16; ++i) {
    const float some = sums[i] + widened(a[2 * i + 1]) * widened(b[2 * i + 1]);
    sums[i] = some + widened(a[2 * i]) * widened(b[2 * i]);
  }
  return sums;
}

}  // namespace
}  // namespace emulated

#undef __AVX512F__
#undef __AVX512BF16__
#define __AVX512F__ 1
#define __AVX512BF16__ 1

#define _mm512_set1_ps(value) emulated::set1(float(value))
#define _mm512_set1_epi32(value) emulated::set1(std::int32_t(value))
#define _mm256_loadu_si256(p) emulated::load_half(p)
#define _mm512_cvtepu16_epi32(half) half
#define _mm512_slli_epi32(half, bits) emulated::shifted(half)
#define _mm512_cvtneps_pbh(v) emulated::narrow(v)
#define _mm512_setzero_ps() 0
#undef _mm512_cmp_ps_mask
#define _mm512_cmp_ps_mask(v, zero, how) emulated::not_below_or_zero(v)
#define _mm512_maskz_mov_ps(bits, v) emulated::keep(bits, v)
#define _mm512_dpbf16_ps(sums, a, b) emulated::dot(sums, a, b)

#undef _tile_loadd
#undef _tile_stored
#undef _tile_zero
#undef _tile_dpbf16ps
#define _tile_loadconfig(config) emulated::load_config(config)
#define _tile_release() emulated::release()
#define _tile_zero(t) emulated::zero(t)
#define _tile_loadd(t, base, stride) emulated::load(t, base, stride)
#define _tile_stored(t, base, stride) emulated::store(t, base, stride)
#define _tile_dpbf16ps(sums, a, b) emulated::add_products(sums, a, b)

// Beside the ones of the library.
#define kAmxKernels kEmulatedAmxKernels
#define kAmxSplitKernels kEmulatedAmxSplitKernels
