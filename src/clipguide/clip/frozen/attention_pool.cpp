#include "clipguide/clip/frozen/attention_pool.h"

#include <cmath>

#include "clipguide/clip/frozen/weight_packer.h"

namespace clipguide::clip::frozen {
namespace {

constexpr int kWidening = 32;  // the tower's last channels, in widths

}  // namespace
AttentionPool::AttentionPool(const PlanSource& source, const Kernels& f32) : kernels_(&f32) {
  using Parts = WeightPacker::Parts;
  WeightPacker& packer = *source.packer;
  const auto weight = [&](const char* name) {
    return source.weights.at("attnpool." + std::string(name));
  };
  positions_ = packer.vector([&] { return weight("positional_embedding"); });
  heads_ = source.config.heads;
  embedding_ = source.embedding;

  const double scale = 1 / std::sqrt(double(source.config.width * kWidening / heads_));
  query_ = packer.matrix(f32, [&] {
    return Parts{weight("q_proj.weight").t() * scale, weight("q_proj.bias") * scale};
  });
  query_back_ = packer.matrix(f32, [&] { return Parts{weight("q_proj.weight") * scale, {}}; });
  out_ = packer.matrix(f32, [&] {
    return Parts{weight("c_proj.weight").t(), weight("c_proj.bias")};
  });
  out_back_ = packer.matrix(f32, [&] { return Parts{weight("c_proj.weight"), {}}; });
  channels_ = query_.panels().columns;
  head_width_ = channels_ / heads_;
  tokens_ = int(positions_.size()) / channels_, places_ = tokens_ - 1;
  token_stride_ = row_stride(tokens_);
  for (int h = 0; h < heads_; ++h) {
    const auto part = [&](const char* name) {  // [d, C], or [d]
      return weight(name).narrow(0, h * head_width_, head_width_);
    };
    Head head;
    head.key = packer.matrix(f32, [&] { return Parts{part("k_proj.weight"), {}}; });
    head.key_back = packer.matrix(f32, [&] { return Parts{part("k_proj.weight").t(), {}}; });
    head.value = packer.matrix(f32, [&] {
      return Parts{part("v_proj.weight").t(), part("v_proj.bias")};
    });
    head.value_back = packer.matrix(f32, [&] { return Parts{part("v_proj.weight"), {}}; });
    per_head_.push_back(std::move(head));
  }
}

AttentionPool::Kept AttentionPool::kept(int pictures, Carver& carver) const {
  const std::int64_t n = pictures, c = channels_;
  return {carver.take<float>(n * tokens_ * c), carver.take<float>(n * heads_ * c),
          carver.take<float>(n * heads_ * token_stride_)};
}

AttentionPool::Scratch AttentionPool::scratch(int pictures, Carver& carver) const {
  const std::int64_t n = pictures, c = channels_;
  Scratch s;
  s.query = carver.take<float>(n * c);
  s.answers = carver.take<float>(n * c);
  s.mixed = carver.take<float>(n * heads_ * c);
  s.d_asks = carver.take<float>(n * heads_ * c);
  s.scores = carver.take<float>(std::int64_t(heads_) * token_stride_);
  s.turned = carver.take<float>(std::int64_t(token_stride_) * heads_);
  s.largest = carver.take<float>(heads_);
  s.inverse_sum = carver.take<float>(heads_);
  s.d_tokens = carver.take<float>(n * tokens_ * c);
  s.packed_tokens = carver.take(std::int64_t(token_stride_) * c * 4);
  s.packed_heads = carver.take(std::int64_t(heads_) * c * 4);
  return s;
}

std::size_t AttentionPool::kept_bytes(int pictures) const {
  Carver carver(nullptr);
  kept(pictures, carver);
  return carver.taken();
}

std::size_t AttentionPool::scratch_bytes(int pictures) const {
  Carver carver(nullptr);
  scratch(pictures, carver);
  return carver.taken();
}

void AttentionPool::multiply(const float* a, std::int64_t stride, int rows, const Panels& b,
                             float* out, std::int64_t out_stride, const float* bias,
                             bool add) const {
  Product product;
  product.a = {a, stride};
  product.rows = rows;
  product.b = b;
  product.bias = bias;
  product.finish = add ? Finish::add_f32 : Finish::store_f32;
  product.out = out, product.out_stride = out_stride;
  kernels_->multiply(product);
}

void AttentionPool::read_tokens(int pictures, const float* map, float* tokens) const {
  const std::int64_t c_count = channels_;
  for (int n = 0; n < pictures; ++n, tokens += tokens_ * c_count) {
    for (std::int64_t c = 0; c < c_count; ++c) tokens[c] = 0;
    for (int p = 0; p < places_; ++p, map += c_count) {
      float* token = tokens + (p + 1) * c_count;
      const float* position = positions_.data() + (p + 1) * c_count;
      for (std::int64_t c = 0; c < c_count; ++c)
        tokens[c] += map[c], token[c] = map[c] + position[c];
    }
    const float share = 1.0f / float(places_);
    for (std::int64_t c = 0; c < c_count; ++c)
      tokens[c] = tokens[c] * share + positions_[std::size_t(c)];
  }
}

// Every head's shares of the tokens, and the tokens mixed by them.
void AttentionPool::score(const Kept& kept, int picture, const Scratch& s) const {
  const std::int64_t c = channels_;
  const float* tokens = kept.tokens + picture * tokens_ * c;
  float* shares = kept.shares + std::int64_t(picture) * heads_ * token_stride_;
  kernels_->pack_columns(tokens, c, tokens_, channels_, s.packed_tokens);
  Product scores;
  scores.a = {kept.asks + picture * heads_ * c, c};
  scores.rows = heads_;
  scores.b = {s.packed_tokens, 1, channels_, tokens_};
  scores.finish = Finish::store_f32;
  scores.out = s.scores, scores.out_stride = token_stride_;
  scores.out_columns = int(whole(tokens_, kernels_->panel));
  kernels_->multiply(scores);
  kernels_->softmax(
      {s.scores, token_stride_, heads_, tokens_, shares, token_stride_, s.largest, s.inverse_sum});
  kernels_->pack_rows(tokens, c, tokens_, channels_, s.packed_tokens);
  multiply(shares, token_stride_, heads_, {s.packed_tokens, 1, tokens_, channels_},
           s.mixed + picture * heads_ * c, c);
}

void AttentionPool::forward(int pictures, const float* map, float* features, std::byte* kept_block,
                            std::byte* scratch_block) const {
  Carver kept_carver(kept_block), scratch_carver(scratch_block);
  const Kept k = kept(pictures, kept_carver);
  const Scratch s = scratch(pictures, scratch_carver);
  const std::int64_t c = channels_;

  // What each head asks of a token, from the mean alone.
  read_tokens(pictures, map, k.tokens);
  multiply(k.tokens, tokens_ * c, pictures, query_.panels(), s.query, c, query_.bias());
  for (int h = 0; h < heads_; ++h)
    multiply(s.query + h * head_width_, c, pictures, per_head_[std::size_t(h)].key.panels(),
             k.asks + h * c, heads_ * c);

  // The answers, joined and projected.
  for (int n = 0; n < pictures; ++n) score(k, n, s);
  for (int h = 0; h < heads_; ++h) {
    const PackedMatrix& value = per_head_[std::size_t(h)].value;
    multiply(s.mixed + h * c, heads_ * c, pictures, value.panels(), s.answers + h * head_width_, c,
             value.bias());
  }
  multiply(s.answers, c, pictures, out_.panels(), features, embedding_, out_.bias());
}

// From d_mixed (in s.mixed) to the tokens and to what was asked.
void AttentionPool::score_backward(const Kept& kept, int picture, const Scratch& s) const {
  const std::int64_t c = channels_;
  const float* tokens = kept.tokens + picture * tokens_ * c;
  const float* shares = kept.shares + std::int64_t(picture) * heads_ * token_stride_;
  const float* d_mixed = s.mixed + picture * heads_ * c;
  float* d_tokens = s.d_tokens + picture * tokens_ * c;

  kernels_->pack_columns(tokens, c, tokens_, channels_, s.packed_tokens);
  multiply(d_mixed, c, heads_, {s.packed_tokens, 1, channels_, tokens_}, s.scores, token_stride_);
  for (int h = 0; h < heads_; ++h) {
    float* d = s.scores + h * token_stride_;
    const float* share = shares + h * token_stride_;
    float lean = 0;
    for (int t = 0; t < tokens_; ++t) lean += share[t] * d[t];
    for (int t = 0; t < tokens_; ++t) d[t] = share[t] * (d[t] - lean);
  }

  // Through the mixing, then through the scores.
  kernels_->transpose(shares, token_stride_, heads_, tokens_, s.turned, heads_);
  kernels_->pack_rows(d_mixed, c, heads_, channels_, s.packed_heads);
  const Panels by_head = {s.packed_heads, 1, heads_, channels_};
  multiply(s.turned, heads_, tokens_, by_head, d_tokens, c);
  kernels_->transpose(s.scores, token_stride_, heads_, tokens_, s.turned, heads_);
  kernels_->pack_rows(kept.asks + picture * heads_ * c, c, heads_, channels_, s.packed_heads);
  multiply(s.turned, heads_, tokens_, by_head, d_tokens, c, nullptr, /*add=*/true);
  kernels_->pack_rows(tokens, c, tokens_, channels_, s.packed_tokens);
  multiply(s.scores, token_stride_, heads_, {s.packed_tokens, 1, tokens_, channels_},
           s.d_asks + picture * heads_ * c, c);
}

void AttentionPool::backward(int pictures, const float* d_features, float* d_map,
                             const std::byte* kept_block, std::byte* scratch_block) const {
  Carver kept_carver(const_cast<std::byte*>(kept_block)), scratch_carver(scratch_block);
  const Kept k = kept(pictures, kept_carver);
  const Scratch s = scratch(pictures, scratch_carver);
  const std::int64_t c = channels_;

  multiply(d_features, embedding_, pictures, out_back_.panels(), s.answers, c);
  for (int h = 0; h < heads_; ++h)
    multiply(s.answers + h * head_width_, c, pictures,
             per_head_[std::size_t(h)].value_back.panels(), s.mixed + h * c, heads_ * c);
  for (int n = 0; n < pictures; ++n) score_backward(k, n, s);
  for (int h = 0; h < heads_; ++h)
    multiply(s.d_asks + h * c, heads_ * c, pictures, per_head_[std::size_t(h)].key_back.panels(),
             s.query + h * head_width_, c);
  multiply(s.query, c, pictures, query_back_.panels(), s.d_tokens, tokens_ * c, nullptr,
           /*add=*/true);

  // The mean's gradient is every place's.
  const float share = 1.0f / float(places_);
  for (int n = 0; n < pictures; ++n) {
    const float* d_mean = s.d_tokens + n * tokens_ * c;
    for (int p = 0; p < places_; ++p, d_map += c)
      for (std::int64_t i = 0; i < c; ++i) d_map[i] = d_mean[(p + 1) * c + i] + d_mean[i] * share;
  }
}

}  // namespace clipguide::clip::frozen
