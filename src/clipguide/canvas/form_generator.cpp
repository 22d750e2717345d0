#include "clipguide/canvas/form_generator.h"

#include <ATen/CPUGeneratorImpl.h>
#include <fmt/ranges.h>

#include <cmath>

#include "clipguide/base/error.h"
#include "clipguide/canvas/frozen_forms.h"
#include "clipguide/imaging/autograd_plan.h"
#include "clipguide/weights/tensor_store.h"
#include "clipguide/weights/torch_tensor.h"

namespace clipguide::canvas {
namespace {

using base::FormatError;
using base::throw_error;

at::Tensor convolve(const at::Tensor& input, const FormWeights::Layer& layer) {
  return at::conv2d(input, layer.weight, layer.bias, 1, 1);
}

FormWeights::Layer random_layer(std::vector<std::int64_t> shape, double gain,
                                at::Generator generator) {
  std::int64_t fan_in = 1;
  for (std::size_t i = 1; i < shape.size(); ++i) fan_in *= shape[i];
  const at::Tensor weight = torch::randn(shape, generator) * (gain / std::sqrt(double(fan_in)));
  return {weight.requires_grad_(), torch::zeros({shape[0]}).requires_grad_()};
}

/// The tensors of a file by name, with the shapes they must have.
class FormFile {
 public:
  FormFile(const std::filesystem::path& path, torch::Device device)
      : path_(path), device_(device), tensors_(weights::to_tensors(weights::open_weights(path))) {}

  bool has(const std::string& name) const { return tensors_.contains(name); }

  at::Tensor take(const std::string& name, int rank) const {
    const auto found = tensors_.find(name);
    if (found == tensors_.end())
      throw_error<FormatError>("{}: expected a generator of forms, found no tensor '{}'",
                               path_.string(), name);
    const at::Tensor tensor = found->second.to(torch::kFloat32).to(device_);
    if (tensor.dim() != rank || tensor.numel() == 0)
      throw_error<FormatError>("{}: tensor '{}': expected {} dimensions, got [{}]", path_.string(),
                               name, rank, fmt::join(tensor.sizes(), ", "));
    if (!tensor.isfinite().all().item<bool>())
      throw_error<FormatError>("{}: tensor '{}': expected finite numbers", path_.string(), name);
    return tensor;
  }

  FormWeights::Layer layer(const std::string& name, int rank) const {
    return {take(name + ".weight", rank), take(name + ".bias", 1)};
  }

 private:
  std::filesystem::path path_;
  torch::Device device_;
  std::map<std::string, at::Tensor> tensors_;
};

}  // namespace

std::map<std::string, at::Tensor> FormWeights::named() const {
  std::map<std::string, at::Tensor> tensors;
  const auto add = [&](const std::string& name, const Layer& layer) {
    tensors[name + ".weight"] = layer.weight;
    tensors[name + ".bias"] = layer.bias;
  };
  add("stem", stem);
  for (std::size_t i = 0; i < levels.size(); ++i) {
    add(fmt::format("levels.{}.enter", i), levels[i].enter);
    add(fmt::format("levels.{}.stay", i), levels[i].stay);
  }
  add("out", out);
  return tensors;
}

FormWeights random_form_weights(const FormShape& shape, std::uint64_t seed) {
  constexpr double kHe = 1.4142135623730951;
  constexpr double kShortcut = 0.3, kLast = 0.3;  // small, so that the start is calm
  at::Generator generator = at::detail::createCPUGenerator(seed);
  FormWeights weights;
  const auto& channels = shape.channels;
  weights.stem = random_layer({kCoarsestCells * kCoarsestCells * channels[0], shape.code_length}, 1,
                              generator);
  for (std::size_t i = 1; i < channels.size(); ++i)
    weights.levels.push_back(
        {random_layer({channels[i], channels[i - 1], 3, 3}, kHe, generator),
         random_layer({channels[i], channels[i], 3, 3}, kShortcut, generator)});
  weights.out = random_layer({kFormPlanes * kCellPixels * kCellPixels, channels.back(), 3, 3},
                             kLast, generator);
  return weights;
}

at::Tensor draw_forms(const FormWeights& weights, const at::Tensor& code) {
  at::Tensor x = at::linear(code, weights.stem.weight, weights.stem.bias)
                     .view({code.size(0), -1, kCoarsestCells, kCoarsestCells});
  for (const FormWeights::Level& level : weights.levels) {
    x = at::upsample_nearest2d(at::silu(x), {2 * x.size(2), 2 * x.size(3)});
    x = convolve(x, level.enter);
    x = x + convolve(at::silu(x), level.stay);
  }
  return at::sigmoid(at::pixel_shuffle(convolve(at::silu(x), weights.out), kCellPixels));
}

at::Tensor premultiplied(const at::Tensor& drawn) {
  const at::Tensor opacity = drawn.narrow(1, 3, 1);
  return torch::cat({drawn.narrow(1, 0, 3) * opacity, opacity}, 1);
}

FormGenerator::FormGenerator(const std::filesystem::path& path, torch::Device device,
                             const kernels::Kernels* kernels) {
  const FormFile file(path, device);
  weights_.stem = file.layer("stem", 2);
  for (int i = 0; file.has(fmt::format("levels.{}.enter.weight", i)); ++i)
    weights_.levels.push_back({file.layer(fmt::format("levels.{}.enter", i), 4),
                               file.layer(fmt::format("levels.{}.stay", i), 4)});
  weights_.out = file.layer("out", 4);
  codes_ = file.take("codes", 2);
  if (file.has("features")) features_ = file.take("features", 2);
  if (features_.defined() && features_.size(0) != codes_.size(0))
    throw_error<FormatError>("{}: expected features of {} forms, got {}", path.string(),
                             codes_.size(0), features_.size(0));
  // Shapes that do not fit together show here, not in the middle of a run.
  const torch::NoGradGuard no_grad;
  at::Tensor drawn;
  try {
    drawn = draw_forms(weights_, codes_.narrow(0, 0, 1));
  } catch (const c10::Error& error) {
    throw_error<FormatError>("{}: expected layers that fit together, got: {}", path.string(),
                             error.what_without_backtrace());
  }
  if (drawn.size(1) != kFormPlanes)
    throw_error<FormatError>("{}: expected {} planes, got {}", path.string(), kFormPlanes,
                             drawn.size(1));
  side_px_ = int(drawn.size(2));
  if (kernels && device.is_cpu()) frozen_ = std::make_shared<FrozenForms>(weights_, *kernels);
}

at::Tensor FormGenerator::operator()(const at::Tensor& code) const {
  return frozen_ && imaging::is_cpu_float(code) ? frozen_->draw(code) : draw_forms(weights_, code);
}

}  // namespace clipguide::canvas
