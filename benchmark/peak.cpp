#include "benchmark/peak.h"

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "clipguide/base/instruction_set.h"
#include "clipguide/base/parallel.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace clipguide::bench {
namespace {

using Clock = std::chrono::steady_clock;

// Runs `rounds` rounds and returns the operations of them.
using Kernel = double (*)(std::int64_t rounds);

volatile float sink;  // keeps results alive

// Independent sums, enough to hide the latency of an operation behind its fellows.
constexpr int kSums = 12;

double scalar_fma(std::int64_t rounds) {
  constexpr int kLanes = 48;
  float sums[kLanes] = {};
  for (std::int64_t i = 0; i < rounds; ++i)
    for (float& sum : sums) sum = sum * 0.999f + 0.001f;
  for (float sum : sums) sink = sum;
  return double(rounds) * kLanes * 2;
}

#ifdef __x86_64__
__attribute__((target("avx2,fma"))) double avx2_fma(std::int64_t rounds) {
  __m256 sums[kSums];
  for (__m256& sum : sums) sum = _mm256_setzero_ps();
  const __m256 a = _mm256_set1_ps(0.999f), b = _mm256_set1_ps(0.001f);
  for (std::int64_t i = 0; i < rounds; ++i) {
#pragma GCC unroll 12
    for (int k = 0; k < kSums; ++k) sums[k] = _mm256_fmadd_ps(sums[k], a, b);
  }
  for (const __m256& sum : sums) sink = _mm256_cvtss_f32(sum);
  return double(rounds) * kSums * 8 * 2;
}

__attribute__((target("avx512f"))) double avx512_fma(std::int64_t rounds) {
  __m512 sums[kSums];
  for (__m512& sum : sums) sum = _mm512_setzero_ps();
  const __m512 a = _mm512_set1_ps(0.999f), b = _mm512_set1_ps(0.001f);
  for (std::int64_t i = 0; i < rounds; ++i) {
#pragma GCC unroll 12
    for (int k = 0; k < kSums; ++k) sums[k] = _mm512_fmadd_ps(sums[k], a, b);
  }
  for (const __m512& sum : sums) sink = _mm512_cvtss_f32(sum);
  return double(rounds) * kSums * 16 * 2;
}

__attribute__((target("avx512f,avx512bf16"))) double avx512_bf16(std::int64_t rounds) {
  __m512 sums[kSums];
  for (__m512& sum : sums) sum = _mm512_setzero_ps();
  const __m512bh a = (__m512bh)_mm512_set1_epi16(0x3F80), b = (__m512bh)_mm512_set1_epi16(0x3A80);
  for (std::int64_t i = 0; i < rounds; ++i) {
#pragma GCC unroll 12
    for (int k = 0; k < kSums; ++k) sums[k] = _mm512_dpbf16_ps(sums[k], a, b);
  }
  for (const __m512& sum : sums) sink = _mm512_cvtss_f32(sum);
  return double(rounds) * kSums * 16 * 2 * 2;
}

struct alignas(64) TileShape {
  std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
  std::uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
// Not a local one: GCC's intrinsic says that it reads the first 8 bytes, and the rest may be left
// out.
constexpr TileShape kEightWholeTiles;

__attribute__((target("amx-tile,amx-bf16"))) double amx_bf16(std::int64_t rounds) {
  _tile_loadconfig(&kEightWholeTiles);
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  _tile_zero(4);
  _tile_zero(5);
  _tile_zero(6);
  _tile_zero(7);
  for (std::int64_t i = 0; i < rounds; ++i) {
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
  _tile_release();
  return double(rounds) * 4 * 16 * 16 * 32 * 2;
}
#endif

double tflops(Kernel kernel, int threads) {
  constexpr double kLong_s = 0.03;
  const auto seconds = [&](std::int64_t rounds, double& operations) {
    std::vector<double> each(static_cast<std::size_t>(threads));
    const Clock::time_point start = Clock::now();
    base::run_parallel(threads, threads,
                       [&](std::int64_t i) { each[std::size_t(i)] = kernel(rounds); });
    operations = 0;
    for (double one : each) operations += one;
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  // Find how many rounds are long enough, then take the best of several runs.
  std::int64_t rounds = 1 << 12;
  double operations = 0, best = 0;
  while (seconds(rounds, operations) < kLong_s) rounds *= 2;
  for (int run = 0; run < 7; ++run) {
    const double elapsed_s = seconds(rounds, operations);
    best = std::max(best, operations / elapsed_s);
  }
  return best * 1e-12;
}

}  // namespace

std::vector<Peak> measure_peaks(int threads) {
  std::vector<Peak> peaks;
  Kernel fma = scalar_fma;
#ifdef __x86_64__
  const base::InstructionSet best = base::best_instruction_set();
  if (best >= base::InstructionSet::avx2) fma = avx2_fma;
  if (best >= base::InstructionSet::avx512) fma = avx512_fma;
#endif
  peaks.push_back({"fp32 FMA", tflops(fma, threads)});
#ifdef __x86_64__
  if (best >= base::InstructionSet::avx512_bf16)
    peaks.push_back({"bf16 dot", tflops(avx512_bf16, threads)});
  if (best >= base::InstructionSet::amx) peaks.push_back({"bf16 tiles", tflops(amx_bf16, threads)});
#endif
  return peaks;
}

double highest(const std::vector<Peak>& peaks) {
  double most = 0;
  for (const Peak& peak : peaks) most = std::max(most, peak.tflops);
  return most;
}

}  // namespace clipguide::bench
