#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "clipguide/clip/frozen/attention_pool.h"
#include "clipguide/clip/frozen/plan.h"
#include "clipguide/clip/frozen/resnet_weights.h"
#include "clipguide/clip/frozen/stem_columns.h"

/// CLIP's ModifiedResNet. Pictures are rows of channels, batch norms are folded into the
/// convolutions, and of the activations nothing is kept but a bit each: whether the ReLU let it
/// through. So forward may be f32 or nearly, where a wrong sign would cost the gradient dearly,
/// while backward, linear given the signs, is bf16.
namespace clipguide::clip::frozen {
namespace {

constexpr int kSubsampling = 32;  // of the whole tower

class ResNetPlan final : public Plan {
 public:
  ResNetPlan(const PlanSource& source, const PlanKernels& kernels);

  int side_px() const override { return side_; }
  int embedding() const override { return embedding_; }
  int pictures_at_once() const override { return 8; }
  std::size_t kept_bytes(int pictures) const override;
  std::size_t scratch_bytes(int pictures) const override;
  void forward(const Batch& batch) const override;
  void backward(const Batch& batch) const override;

 private:
  using Signs = std::uint8_t*;
  struct Kept {
    Signs stem[3];
    std::vector<std::array<Signs, 3>> blocks;
    std::byte* pool;
  };
  struct Scratch {
    std::array<std::byte*, 5> work;
    std::byte* pool;
  };

  Kept kept(int pictures, Carver& carver) const;
  Scratch scratch(int pictures, Carver& carver) const;

  Product product(const Kernels& kernels, const PackedMatrix& weight, const Convolution& conv,
                  int pictures, int side, const std::byte* in, std::byte* out, int out_channels,
                  int in_channels) const;
  void convolve(const Convolution& conv, int pictures, int side, const std::byte* in,
                std::byte* out, Signs signs, const std::byte* add = nullptr) const;
  void convolve_back(const Convolution& conv, int pictures, int side, const std::byte* d_out,
                     std::byte* d_in, Signs signs, const std::byte* add = nullptr) const;
  void forward_block(const Bottleneck& block, int pictures, const std::array<Signs, 3>& signs,
                     std::array<std::byte*, 5>& work) const;
  void backward_block(const Bottleneck& block, int pictures, const std::array<Signs, 3>& signs,
                      Signs signs_before, std::array<std::byte*, 5>& work) const;
  void narrow_masked(const float* d_map, int rows, int channels, Signs signs, std::byte* out) const;

  PlanKernels kernels_;
  int side_, embedding_;
  PixelScale pixels_;
  ResNetWeights weights_;
  AttentionPool pool_;
  Buffer zeros_;
  std::int64_t largest_ = 0;  // elements of the largest activation of one picture
};

ResNetPlan::ResNetPlan(const PlanSource& source, const PlanKernels& kernels)
    : kernels_(kernels),
      side_(source.config.image_size_px),
      embedding_(source.embedding),
      pixels_(source.mean, source.std),
      weights_(source, kernels),
      pool_(source, *kernels.f32) {
  int widest = 0;
  const auto note = [&](int side, const Convolution& conv) {
    const int channels = std::max(conv.in, conv.out);
    largest_ = std::max(largest_, std::int64_t(side) * side * row_stride(channels));
    widest = std::max(widest, channels);
  };
  for (const Convolution& conv : weights_.stem) note(side_ / 2, conv);
  for (const Bottleneck& block : weights_.blocks) {
    note(block.side, block.one);
    note(block.side, block.two);
    note(block.halves ? block.side / 2 : block.side, block.three);
    if (block.shortcut) note(block.halves ? block.side / 2 : block.side, *block.shortcut);
  }
  zeros_ = Buffer(std::size_t(row_stride(widest)) * sizeof(float));
}

ResNetPlan::Kept ResNetPlan::kept(int pictures, Carver& carver) const {
  const auto signs = [&](int side, int channels) {
    return carver.take<std::uint8_t>(std::int64_t(pictures) * side * side * row_stride(channels) /
                                     8);
  };
  Kept kept;
  for (int i = 0; i < 3; ++i) kept.stem[i] = signs(side_ / 2, weights_.stem[i].out);
  for (const Bottleneck& block : weights_.blocks) {
    const int side_out = block.halves ? block.side / 2 : block.side;
    kept.blocks.push_back({signs(block.side, block.one.out), signs(block.side, block.two.out),
                           signs(side_out, block.three.out)});
  }
  kept.pool = carver.take(std::int64_t(pool_.kept_bytes(pictures)));
  return kept;
}

ResNetPlan::Scratch ResNetPlan::scratch(int pictures, Carver& carver) const {
  Scratch scratch;
  for (std::byte*& work : scratch.work)
    work = carver.take(pictures * largest_ * std::int64_t(sizeof(float)));
  scratch.pool = carver.take(std::int64_t(pool_.scratch_bytes(pictures)));
  return scratch;
}

std::size_t ResNetPlan::kept_bytes(int pictures) const {
  Carver carver(nullptr);
  kept(pictures, carver);
  return carver.taken();
}

std::size_t ResNetPlan::scratch_bytes(int pictures) const {
  Carver carver(nullptr);
  scratch(pictures, carver);
  return carver.taken();
}

Product ResNetPlan::product(const Kernels& kernels, const PackedMatrix& weight,
                            const Convolution& conv, int pictures, int side, const std::byte* in,
                            std::byte* out, int out_channels, int in_channels) const {
  Product product;
  product.a = {in, row_stride(in_channels)};
  if (conv.wide) product.a.height = product.a.width = side, product.a.zeros = zeros_.data();
  product.rows = std::int64_t(pictures) * side * side;
  product.b = weight.panels();
  product.bias = weight.bias();
  product.out = out, product.out_stride = row_stride(out_channels);
  // Padding too, as zeros: the next product may read it.
  product.out_columns = int(whole(out_channels, kernels.panel));
  return product;
}

/// With signs: through a ReLU.
void ResNetPlan::convolve(const Convolution& conv, int pictures, int side, const std::byte* in,
                          std::byte* out, Signs signs, const std::byte* add) const {
  Product call =
      product(*kernels_.forward, conv.forward, conv, pictures, side, in, out, conv.out, conv.in);
  call.finish = signs ? Finish::relu : Finish::store;
  call.signs = signs, call.signs_stride = row_stride(conv.out) / 8;
  call.add = add, call.add_stride = row_stride(conv.out);
  kernels_.forward->multiply(call);
}

/// With signs: on through the ReLU before the convolution.
void ResNetPlan::convolve_back(const Convolution& conv, int pictures, int side,
                               const std::byte* d_out, std::byte* d_in, Signs signs,
                               const std::byte* add) const {
  Product call = product(*kernels_.backward, conv.backward, conv, pictures, side, d_out, d_in,
                         conv.in, conv.out);
  call.finish = signs ? Finish::mask : Finish::store;
  call.signs = signs, call.signs_stride = row_stride(conv.in) / 8;
  call.add = add, call.add_stride = row_stride(conv.in);
  kernels_.backward->multiply(call);
}

/// work[0] holds the block's input and then its output.
void ResNetPlan::forward_block(const Bottleneck& block, int pictures,
                               const std::array<Signs, 3>& signs,
                               std::array<std::byte*, 5>& work) const {
  auto& [x, a, b, c, d] = work;
  const auto halve = [&](const std::byte* in, std::byte* out, int channels) {
    kernels_.forward->pool(in, pictures, block.side, block.side, row_stride(channels), out);
  };
  convolve(block.one, pictures, block.side, x, a, signs[0]);
  convolve(block.two, pictures, block.side, a, b, signs[1]);
  if (block.halves) {
    halve(b, a, block.two.out);
    std::swap(a, b);
  }
  const int side = block.halves ? block.side / 2 : block.side;
  if (block.shortcut) {
    if (block.halves) {
      halve(x, c, block.one.in);
      std::swap(x, c);
    }
    convolve(*block.shortcut, pictures, side, x, d, nullptr);
    std::swap(x, d);
  }
  convolve(block.three, pictures, side, b, c, signs[2], x);
  std::swap(x, c);
}

/// work[0] holds the gradient to the block's output before its ReLU, and then the one to its input
/// before the ReLU that it came through.
void ResNetPlan::backward_block(const Bottleneck& block, int pictures,
                                const std::array<Signs, 3>& signs, Signs signs_before,
                                std::array<std::byte*, 5>& work) const {
  auto& [x, a, b, c, d] = work;
  const int side = block.halves ? block.side / 2 : block.side;
  const auto spread = [&](const std::byte* in, std::byte* out, int channels, Signs kept) {
    kernels_.backward->unpool(in, pictures, block.side, block.side, row_stride(channels), kept,
                              out);
  };
  convolve_back(block.three, pictures, side, x, a, block.halves ? nullptr : signs[1]);
  if (block.halves) {
    spread(a, b, block.two.out, signs[1]);
    std::swap(a, b);
  }
  convolve_back(block.two, pictures, block.side, a, b, signs[0]);
  if (block.shortcut) {
    convolve_back(*block.shortcut, pictures, side, x, c, nullptr);
    std::swap(x, c);
    if (block.halves) {
      spread(x, c, block.one.in, nullptr);
      std::swap(x, c);
    }
  }
  convolve_back(block.one, pictures, block.side, b, d, signs_before, x);
  std::swap(x, d);
}

void ResNetPlan::forward(const Batch& batch) const {
  Carver kept_carver(batch.kept), scratch_carver(batch.scratch);
  const Kept k = kept(batch.pictures, kept_carver);
  Scratch s = scratch(batch.pictures, scratch_carver);
  auto& [x, a, b, c, d] = s.work;
  const int n = batch.pictures, half = side_ / 2;

  // The stem: three convolutions, of which the first takes every second pixel.
  gather_columns(batch.picture_srgb, n, side_, pixels_, reinterpret_cast<float*>(a));
  convolve(weights_.stem[0], n, half, a, b, k.stem[0]);
  convolve(weights_.stem[1], n, half, b, a, k.stem[1]);
  convolve(weights_.stem[2], n, half, a, b, k.stem[2]);
  kernels_.forward->pool(b, n, half, half, row_stride(weights_.stem[2].out), x);

  for (std::size_t i = 0; i < weights_.blocks.size(); ++i)
    forward_block(weights_.blocks[i], n, k.blocks[i], s.work);
  pool_.forward(n, reinterpret_cast<const float*>(x), batch.features, k.pool, s.pool);
}

void ResNetPlan::backward(const Batch& batch) const {
  Carver kept_carver(batch.kept), scratch_carver(batch.scratch);
  const Kept k = kept(batch.pictures, kept_carver);
  Scratch s = scratch(batch.pictures, scratch_carver);
  auto& [x, a, b, c, d] = s.work;
  const int n = batch.pictures, half = side_ / 2;

  float* d_map = reinterpret_cast<float*>(a);
  pool_.backward(n, batch.d_features, d_map, k.pool, s.pool);
  const int places = (side_ / kSubsampling) * (side_ / kSubsampling);
  narrow_masked(d_map, n * places, weights_.blocks.back().three.out, k.blocks.back()[2], x);

  for (std::size_t i = weights_.blocks.size(); i-- > 0;)
    backward_block(weights_.blocks[i], n, k.blocks[i], i > 0 ? k.blocks[i - 1][2] : nullptr,
                   s.work);

  kernels_.backward->unpool(x, n, half, half, row_stride(weights_.stem[2].out), k.stem[2], a);
  convolve_back(weights_.stem[2], n, half, a, b, k.stem[1]);
  convolve_back(weights_.stem[1], n, half, b, a, k.stem[0]);
  Product columns = product(*kernels_.backward, weights_.stem[0].backward, weights_.stem[0], n,
                            half, a, b, weights_.stem[0].in, weights_.stem[0].out);
  columns.finish = Finish::store_f32;
  kernels_.backward->multiply(columns);
  spread_columns(reinterpret_cast<const float*>(b), n, side_, pixels_, batch.d_picture);
}

void ResNetPlan::narrow_masked(const float* d_map, int rows, int channels, Signs signs,
                               std::byte* out) const {
  std::vector<float> row(std::size_t(channels), 0.0f);
  const std::size_t stride = std::size_t(row_stride(channels));
  for (int r = 0; r < rows; ++r, d_map += channels, signs += stride / 8) {
    for (int c = 0; c < channels; ++c)
      row[std::size_t(c)] = (signs[c / 8] >> c % 8 & 1) ? d_map[c] : 0.0f;
    kernels_.backward->narrow(row.data(), channels,
                              out + std::size_t(r) * stride * kernels_.backward->element_bytes());
  }
}

}  // namespace

std::unique_ptr<Plan> make_resnet_plan(const PlanSource& source, const PlanKernels& kernels) {
  return std::make_unique<ResNetPlan>(source, kernels);
}

}  // namespace clipguide::clip::frozen
