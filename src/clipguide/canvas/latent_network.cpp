#include "clipguide/canvas/latent_network.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <string>

#include "clipguide/base/error.h"
#include "clipguide/weights/printable.h"
#include "clipguide/weights/tensor_store.h"
#include "clipguide/weights/torch_tensor.h"

namespace clipguide::canvas {
namespace {

using base::FormatError;
using base::throw_error;

constexpr std::int64_t kNormGroups = 4;  // of a block's pool; no shape tells it
constexpr double kLatentBound = 3;

/// "3.conv.0.weight": layer 3 and what it calls the tensor.
struct LayerName {
  int layer;
  std::string rest;
};

std::optional<LayerName> split_name(std::string_view name) {
  int layer = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), layer);
  const std::size_t digits = std::size_t(end - name.data());
  if (error != std::errc() || layer < 0 || digits >= name.size() || name[digits] != '.') return {};
  return LayerName{layer, std::string(name.substr(digits + 1))};
}

using LayerTensors = std::map<std::string, at::Tensor>;

// By layer; a file that holds both directions gives only the one asked for.
std::map<int, LayerTensors> read_layers(const std::filesystem::path& path, Direction direction,
                                        torch::Device device) {
  const weights::TensorStore store = weights::open_weights(path);
  const char* name = direction == Direction::decode ? "decoder" : "encoder";
  const std::string prefix = fmt::format("{}.layers.", name);
  const bool prefixed = std::any_of(store.tensors.begin(), store.tensors.end(),
                                    [&](const auto& t) { return t.first.starts_with(prefix); });
  std::map<int, LayerTensors> layers;
  for (const auto& [key, view] : store.tensors) {
    if (prefixed && !key.starts_with(prefix)) continue;
    const std::string_view own = std::string_view(key).substr(prefixed ? prefix.size() : 0);
    const auto parts = split_name(own);
    if (!parts)
      throw_error<FormatError>("{}: expected a tiny autoencoder's {}, got the tensor '{}'",
                               path.string(), name, weights::printable(key));
    const at::Tensor tensor = weights::to_tensor(view).to(torch::kFloat32).to(device);
    if (!tensor.isfinite().all().item<bool>())
      throw_error<FormatError>("{}: tensor '{}': expected finite numbers", path.string(),
                               weights::printable(key));
    layers[parts->layer][parts->rest] = tensor;
  }
  return layers;
}

/// Takes tensors out by name, with the rank they must have.
class Taker {
 public:
  Taker(LayerTensors& tensors, std::string where) : tensors_(tensors), where_(std::move(where)) {}

  at::Tensor optional(const std::string& name, int rank) {
    const auto found = tensors_.find(name);
    if (found == tensors_.end()) return {};
    const at::Tensor tensor = found->second;
    if (tensor.dim() != rank)
      throw_error<FormatError>("{}.{}: expected {} dimensions, got {}", where_, name, rank,
                               tensor.dim());
    tensors_.erase(found);
    return tensor;
  }
  at::Tensor required(const std::string& name, int rank) {
    const at::Tensor tensor = optional(name, rank);
    if (!tensor.defined())
      throw_error<FormatError>("{}.{}: expected a tensor, found none", where_, name);
    return tensor;
  }
  void expect_nothing_left() const {
    if (!tensors_.empty())
      throw_error<FormatError>("{}: expected a convolution or a block, got '{}' too", where_,
                               weights::printable(tensors_.begin()->first));
  }

 private:
  LayerTensors& tensors_;
  std::string where_;
};

at::Tensor convolve(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias,
                    std::int64_t stride = 1) {
  return at::conv2d(input, weight, bias, stride, (weight.size(2) - 1) / 2);
}

}  // namespace

LatentNetwork::LatentNetwork(const std::filesystem::path& path, Direction direction,
                             torch::Device device)
    : direction_(direction) {
  for (auto& [number, tensors] : read_layers(path, direction, device)) {
    Taker take(tensors, fmt::format("{}: layer {}", path.string(), number));
    Layer layer;
    if (tensors.count("weight")) {
      layer.convolutions.push_back({take.required("weight", 4), take.optional("bias", 1)});
    } else {
      for (const char* at : {"0", "2", "4"})
        layer.convolutions.push_back({take.required(fmt::format("conv.{}.weight", at), 4),
                                      take.required(fmt::format("conv.{}.bias", at), 1)});
      layer.skip = take.optional("skip.weight", 4);
      if (tensors.count("pool.0.weight")) {
        layer.pool_in = take.required("pool.0.weight", 4);
        layer.pool_gain = take.required("pool.1.weight", 1);
        layer.pool_shift = take.required("pool.1.bias", 1);
        layer.pool_out = take.required("pool.3.weight", 4);
      }
    }
    take.expect_nothing_left();
    layers_.push_back(std::move(layer));
  }
  check(path.string());
}

// Runs it once on a speck of latents or picture: shapes that do not fit together show here, not in
// the middle of a run.
void LatentNetwork::check(const std::string& source) {
  const char* name = direction_ == Direction::decode ? "decoder" : "encoder";
  if (layers_.size() < 2 || layers_.front().is_block() || layers_.back().is_block())
    throw_error<FormatError>(
        "{}: expected a tiny autoencoder's {}, from convolution to "
        "convolution, got {} layers",
        source, name, layers_.size());
  for (const Layer& layer : layers_)
    if (!layer.is_block() && !layer.convolutions[0].bias.defined()) scale_ *= 2;
  const at::Tensor first = layers_.front().convolutions[0].weight;
  const at::Tensor last = layers_.back().convolutions[0].weight;
  const std::int64_t in = first.size(1), out = last.size(0);
  const bool decodes = direction_ == Direction::decode;
  latent_channels_ = int(decodes ? in : out);
  if ((decodes ? out : in) != 3)
    throw_error<FormatError>("{}: expected a {} with 3 colours, got {}", source, name,
                             decodes ? out : in);
  constexpr int kLargestScale = 64;
  if (scale_ > kLargestScale)
    throw_error<FormatError>("{}: expected a scale of at most {}, got {}", source, kLargestScale,
                             scale_);
  const std::int64_t side = decodes ? 2 : 2 * scale_, expected = decodes ? 2 * scale_ : 2;
  const torch::NoGradGuard no_grad;
  at::Tensor made;
  try {
    made = (*this)(torch::zeros({1, in, side, side}, first.options()));
  } catch (const c10::Error& error) {
    throw_error<FormatError>("{}: expected layers that fit together, got: {}", source,
                             error.what_without_backtrace());
  }
  if (made.size(2) != expected || made.size(3) != expected)
    throw_error<FormatError>("{}: expected {} px from {}, got {}", source, expected, side,
                             made.size(2));
}

at::Tensor LatentNetwork::run_block(const Layer& block, const at::Tensor& input) const {
  at::Tensor x = input;
  if (block.pool_in.defined()) {
    const at::Tensor normed = at::group_norm(convolve(x, block.pool_in, {}), kNormGroups,
                                             block.pool_gain, block.pool_shift);
    x = x + convolve(normed.relu(), block.pool_out, {});
  }
  at::Tensor y = x;
  for (std::size_t i = 0; i < block.convolutions.size(); ++i) {
    y = convolve(y, block.convolutions[i].weight, block.convolutions[i].bias);
    if (i + 1 < block.convolutions.size()) y = y.relu();
  }
  return (y + (block.skip.defined() ? convolve(x, block.skip, {}) : x)).relu();
}

at::Tensor LatentNetwork::operator()(const at::Tensor& input) const {
  const bool decodes = direction_ == Direction::decode;
  at::Tensor x = decodes ? (input / kLatentBound).tanh() * kLatentBound : input;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const Layer& layer = layers_[i];
    if (layer.is_block()) {
      x = run_block(layer, x);
      continue;
    }
    const Convolution& own = layer.convolutions[0];
    const bool resizes = !own.bias.defined();
    if (resizes && decodes) x = at::upsample_nearest2d(x, {2 * x.size(2), 2 * x.size(3)});
    x = convolve(x, own.weight, own.bias, resizes && !decodes ? 2 : 1);
    if (decodes && i == 0) x = x.relu();
  }
  return x;
}

}  // namespace clipguide::canvas
