#include "clipguide/objective/likeness_cpu.h"

#include <algorithm>

#include "clipguide/base/parallel.h"
#include "clipguide/base/target.h"

namespace clipguide::objective {
namespace {

using base::InstructionSet;

constexpr std::int64_t kLanes = 8;   // partial sums of an inner product
constexpr std::int64_t kTexts = 4;   // inner products at once
constexpr std::int64_t kPart = 128;  // texts, or columns, of a task

template <std::int64_t texts_at_once>
CLIPGUIDE_INLINE void inner_products_at_once(const float* __restrict row,
                                             const float* __restrict texts, std::int64_t length,
                                             float* __restrict out) {
  float sums[texts_at_once][kLanes] = {};
  std::int64_t d = 0;
  for (; d + kLanes <= length; d += kLanes) {
    for (std::int64_t k = 0; k < texts_at_once; ++k) {
      for (std::int64_t lane = 0; lane < kLanes; ++lane)
        sums[k][lane] += row[d + lane] * texts[k * length + d + lane];
    }
  }
  for (std::int64_t k = 0; k < texts_at_once; ++k) {
    for (std::int64_t rest = d; rest < length; ++rest)
      sums[k][rest - d] += row[rest] * texts[k * length + rest];
    float sum = 0;
    for (const float part : sums[k]) sum += part;
    out[k] = sum;
  }
}

CLIPGUIDE_INLINE void inner_products(const float* row, const float* texts, std::int64_t count,
                                     std::int64_t length, float* out) {
  std::int64_t k = 0;
  for (; k + kTexts <= count; k += kTexts)
    inner_products_at_once<kTexts>(row, texts + k * length, length, out + k);
  for (; k < count; ++k) inner_products_at_once<1>(row, texts + k * length, length, out + k);
}

// Of the columns that `out` holds; a text's row is `length` apart from the next.
CLIPGUIDE_INLINE void weighted_sums(const float* __restrict weights, const float* __restrict texts,
                                    std::int64_t count, std::int64_t length, std::int64_t columns,
                                    float* __restrict out) {
  std::fill_n(out, columns, 0.0f);
  for (std::int64_t k = 0; k < count; ++k) {
    for (std::int64_t d = 0; d < columns; ++d) out[d] += weights[k] * texts[k * length + d];
  }
}

void inner_products_portable(const float* row, const float* texts, std::int64_t count,
                             std::int64_t length, float* out) {
  inner_products(row, texts, count, length, out);
}
CLIPGUIDE_TARGET_AVX2 void inner_products_avx2(const float* row, const float* texts,
                                               std::int64_t count, std::int64_t length,
                                               float* out) {
  inner_products(row, texts, count, length, out);
}
void weighted_sums_portable(const float* weights, const float* texts, std::int64_t count,
                            std::int64_t length, std::int64_t columns, float* out) {
  weighted_sums(weights, texts, count, length, columns, out);
}
CLIPGUIDE_TARGET_AVX2 void weighted_sums_avx2(const float* weights, const float* texts,
                                              std::int64_t count, std::int64_t length,
                                              std::int64_t columns, float* out) {
  weighted_sums(weights, texts, count, length, columns, out);
}

/// task(row, first, count) for every row and every part of 0 .. total - 1.
template <class Body>
void for_parts_of_rows(std::int64_t row_count, std::int64_t total, int threads, const Body& body) {
  const std::int64_t parts = (total + kPart - 1) / kPart;
  base::run_parallel(row_count * parts, threads, [&](std::int64_t index) {
    const std::int64_t first = index % parts * kPart;
    body(index / parts, first, std::min(kPart, total - first));
  });
}

}  // namespace

void inner_products_cpu(const float* rows, std::int64_t row_count, const float* texts,
                        std::int64_t text_count, std::int64_t length, float* out, int threads,
                        InstructionSet set) {
  const auto multiply = set >= InstructionSet::avx2 ? inner_products_avx2 : inner_products_portable;
  for_parts_of_rows(row_count, text_count, threads,
                    [&](std::int64_t row, std::int64_t first, std::int64_t count) {
                      multiply(rows + row * length, texts + first * length, count, length,
                               out + row * text_count + first);
                    });
}

void weighted_sums_cpu(const float* weights, std::int64_t row_count, const float* texts,
                       std::int64_t text_count, std::int64_t length, float* out, int threads,
                       InstructionSet set) {
  const auto add_up = set >= InstructionSet::avx2 ? weighted_sums_avx2 : weighted_sums_portable;
  for_parts_of_rows(row_count, length, threads,
                    [&](std::int64_t row, std::int64_t first, std::int64_t count) {
                      add_up(weights + row * text_count, texts + first, text_count, length, count,
                             out + row * length + first);
                    });
}

}  // namespace clipguide::objective
