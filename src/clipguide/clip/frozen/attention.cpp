#include "clipguide/clip/frozen/attention.h"

#include <algorithm>

#include "clipguide/kernels/packed_matrix.h"

namespace clipguide::clip::frozen {
namespace {

constexpr int kBlock = AttentionScratch::kBlock;

Rows from(const Rows& rows, int first, const Kernels& kernels) {
  return {rows.data + std::size_t(first * rows.stride) * kernels.element_bytes(), rows.stride};
}

/// A matrix [rows, columns] in panels; `turned`: its transpose.
Panels pack(const Kernels& kernels, const Rows& rows, int count, int columns, bool turned,
            std::byte* memory) {
  const auto pack = turned ? kernels.pack_columns : kernels.pack_rows;
  pack(rows.data, rows.stride, count, columns, memory);
  const int deep = turned ? columns : count, wide = turned ? count : columns;
  return {memory, 1, int(whole(deep, kernels.depth_multiple)), wide};
}

Product product(const Rows& a, int rows, const Panels& b) {
  Product product;
  product.a = {a.data, a.stride};
  product.rows = rows;
  product.b = b;
  return product;
}

void to_elements(const Kernels& kernels, const Rows& a, int rows, const Panels& b,
                 const Rows& out) {
  Product call = product(a, rows, b);
  call.out = out.data, call.out_stride = out.stride;
  kernels.multiply(call);
}

/// All of the row is written, so that the softmax reads whole lines.
void to_scores(const Kernels& kernels, const Rows& a, int rows, const Panels& b, float* out,
               std::int64_t stride) {
  Product call = product(a, rows, b);
  call.finish = Finish::store_f32;
  call.out = out, call.out_stride = stride;
  call.out_columns = int(whole(b.columns, kernels.panel));
  kernels.multiply(call);
}

void to_sums(const Kernels& kernels, const Rows& a, int rows, const Panels& b, bool first,
             float* out, std::int64_t stride) {
  Product call = product(a, rows, b);
  call.finish = first ? Finish::store_f32 : Finish::add_f32;
  call.out = out, call.out_stride = stride;
  kernels.multiply(call);
}

}  // namespace

AttentionScratch::AttentionScratch(const Kernels& kernels, int tokens, int head_width,
                                   Carver& carver) {
  constexpr std::int64_t kLine = 32;  // the widest panel and the deepest step
  const std::int64_t long_side = whole(tokens, kLine), head = whole(head_width, kLine);
  const std::int64_t bytes = std::int64_t(kernels.element_bytes());
  packed_a = carver.take(long_side * head * bytes);
  packed_b = carver.take(long_side * head * bytes);
  block_a = carver.take(kBlock * head * bytes);
  block_b = carver.take(kBlock * head * bytes);
  wide = carver.take(kBlock * long_side * bytes);
  tall_a = carver.take(long_side * kBlock * bytes);
  tall_b = carver.take(long_side * kBlock * bytes);
  scores = carver.take<float>(kBlock * long_side);
  d_shares = carver.take<float>(kBlock * long_side);
  d_keys = carver.take<float>(long_side * head);
  d_values = carver.take<float>(long_side * head);
  wide_stride = long_side, head_stride = head;
}

void attend(const Kernels& kernels, const HeadShape& shape, const Rows& q, const Rows& k,
            const Rows& v, const Rows& out, float* largest, float* inverse_sum,
            const AttentionScratch& scratch) {
  const auto [tokens, width, queries] = shape;
  const Panels keys = pack(kernels, k, tokens, width, true, scratch.packed_a);
  const Panels values = pack(kernels, v, tokens, width, false, scratch.packed_b);
  for (int first = 0; first < queries; first += kBlock) {
    const int count = std::min(kBlock, queries - first);
    to_scores(kernels, from(q, first, kernels), count, keys, scratch.scores, scratch.wide_stride);
    kernels.softmax({scratch.scores, scratch.wide_stride, count, tokens, scratch.wide,
                     scratch.wide_stride, largest + first, inverse_sum + first});
    to_elements(kernels, {scratch.wide, scratch.wide_stride}, count, values,
                from(out, first, kernels));
  }
}

void attend_backward(const Kernels& kernels, const HeadShape& shape, const Rows& q, const Rows& k,
                     const Rows& v, const Rows& d_out, const float* largest,
                     const float* inverse_sum, const Rows& d_q, const Rows& d_k, const Rows& d_v,
                     const AttentionScratch& scratch) {
  const auto [tokens, width, queries] = shape;
  const Panels keys = pack(kernels, k, tokens, width, false, scratch.packed_a);
  const Rows shares = {scratch.tall_a, kBlock}, d_scores = {scratch.tall_b, kBlock};
  for (int first = 0; first < queries; first += kBlock) {
    const int count = std::min(kBlock, queries - first);
    const Rows q_block = from(q, first, kernels), d_block = from(d_out, first, kernels);

    // Scores and the shares' gradients anew, a row a key: columns sum up without a shuffle.
    to_scores(kernels, k, tokens, pack(kernels, q_block, count, width, true, scratch.block_a),
              scratch.scores, kBlock);
    to_scores(kernels, v, tokens, pack(kernels, d_block, count, width, true, scratch.block_b),
              scratch.d_shares, kBlock);
    kernels.softmax_backward({scratch.scores, scratch.d_shares, kBlock, tokens, count,
                              largest + first, inverse_sum + first, shares.data, d_scores.data});

    // Onward to values, keys and queries.
    to_sums(kernels, shares, tokens, pack(kernels, d_block, count, width, false, scratch.block_b),
            first == 0, scratch.d_values, scratch.head_stride);
    to_sums(kernels, d_scores, tokens, pack(kernels, q_block, count, width, false, scratch.block_a),
            first == 0, scratch.d_keys, scratch.head_stride);
    kernels.transpose(d_scores.data, kBlock, tokens, count, scratch.wide, scratch.wide_stride);
    to_elements(kernels, {scratch.wide, scratch.wide_stride}, count, keys,
                from(d_q, first, kernels));
  }
  for (int t = 0; t < tokens; ++t) {
    kernels.narrow(scratch.d_keys + t * scratch.head_stride, width, from(d_k, t, kernels).data);
    kernels.narrow(scratch.d_values + t * scratch.head_stride, width, from(d_v, t, kernels).data);
  }
}

}  // namespace clipguide::clip::frozen
