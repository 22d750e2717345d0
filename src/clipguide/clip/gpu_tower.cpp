#include "clipguide/clip/gpu_tower.h"

#include <ATen/cuda/CUDAContext.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAGuard.h>
#include <torch/cuda.h>

#include <exception>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "clipguide/clip/autocast.h"
#include "clipguide/imaging/autograd_plan.h"

namespace clipguide::clip {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr int kFirstWithBf16 = 8;  // compute capability

/// Matrices and their biases; norms, positions and tokens stay as they are.
void narrow_matrices(torch::nn::Module& module) {
  const auto parameters = module.named_parameters();
  const auto is_matrix = [&](const std::string& key) {
    const at::Tensor* value = parameters.find(key);
    return value && value->dim() >= 2;
  };
  for (const auto& item : parameters) {
    const std::string& key = item.key();
    const std::size_t bias = key.rfind("bias");
    const bool with_matrix = bias != std::string::npos && is_matrix(key.substr(0, bias) + "weight");
    if ((key.ends_with("weight") && is_matrix(key)) || with_matrix)
      item.value().set_data(item.value().to(torch::kBFloat16));
  }
}

/// Both ways for one number of pictures. The tensors are the graphs' own: they read and write
/// there.
struct Captured {
  at::Tensor picture, features, d_features, d_picture;
  at::cuda::CUDAGraph forward, backward;
  std::uint64_t looks = 0;  // how often forward has run: whose activations lie in its memory
};

}  // namespace

class GpuTower::Engine {
 public:
  Engine(std::shared_ptr<ImageTower> module, at::Tensor mean, at::Tensor std, bool bf16,
         base::LogSink log)
      : module_(std::move(module)),
        mean_(std::move(mean)),
        std_(std::move(std)),
        bf16_(bf16),
        log_(std::move(log)) {
    if (bf16_) narrow_matrices(*module_);
  }

  /// By the module, operator by operator.
  at::Tensor compute(const at::Tensor& picture) const {
    const Autocast autocast(bf16_, picture.device());
    return module_->forward((picture - mean_) / std_).to(torch::kFloat32);
  }

  /// Null where this number of pictures has no graph.
  std::shared_ptr<Captured> captured(const at::Tensor& picture) {
    constexpr std::size_t kMostGraphs = 8;
    const std::lock_guard lock(mutex_);
    if (const auto known = captured_.find(picture.size(0)); known != captured_.end())
      return known->second;
    if (!may_capture_ || picture.size(0) == 0 || captured_.size() == kMostGraphs) return nullptr;
    try {
      std::shared_ptr<Captured> graphs = capture(picture);
      if (agrees(*graphs, picture)) return captured_[picture.size(0)] = std::move(graphs);
      warn("gives other features than the module");
    } catch (const std::exception& error) {
      warn(error.what());
    }
    may_capture_ = false;
    return nullptr;
  }

  at::Tensor forward(Captured& graphs, const at::Tensor& picture, std::uint64_t& look) {
    const std::lock_guard lock(mutex_);
    return forward_locked(graphs, picture, look);
  }

  /// `look` is what forward said of this picture: if others have been looked at since, it is looked
  /// at once more.
  at::Tensor backward(Captured& graphs, const at::Tensor& picture, std::uint64_t look,
                      const at::Tensor& d_features) {
    const std::lock_guard lock(mutex_);
    if (graphs.looks != look) forward_locked(graphs, picture, look);
    graphs.d_features.copy_(d_features);
    graphs.backward.replay();
    return graphs.d_picture.clone();
  }

 private:
  static at::Tensor forward_locked(Captured& graphs, const at::Tensor& picture,
                                   std::uint64_t& look) {
    const torch::NoGradGuard no_grad;
    graphs.picture.detach().copy_(picture);
    graphs.forward.replay();
    look = ++graphs.looks;
    return graphs.features.detach().clone();
  }

  std::shared_ptr<Captured> capture(const at::Tensor& like) const {
    const torch::AutoGradMode grad(true);
    const auto graphs = std::make_shared<Captured>();
    torch::cuda::synchronize(like.device().index());
    const c10::cuda::CUDAStreamGuard guard(
        c10::cuda::getStreamFromPool(/*isHighPriority=*/false, like.device().index()));
    graphs->picture = like.detach().clone().requires_grad_();
    const auto back = [&](const at::Tensor& features) {
      return torch::autograd::grad({features}, {graphs->picture}, {graphs->d_features})[0];
    };
    // Libraries make handles and workspaces at their first calls, which a capture does not allow.
    constexpr int kWarmUps = 3;
    for (int i = 0; i < kWarmUps; ++i) {
      const at::Tensor features = compute(graphs->picture);
      if (!graphs->d_features.defined()) graphs->d_features = torch::zeros_like(features);
      back(features);
    }
    torch::cuda::synchronize(like.device().index());
    graphs->forward.capture_begin();
    graphs->features = compute(graphs->picture);
    graphs->forward.capture_end();
    graphs->backward.capture_begin(graphs->forward.pool());
    graphs->d_picture = back(graphs->features);
    graphs->backward.capture_end();
    torch::cuda::synchronize(like.device().index());
    return graphs;
  }

  /// A look at the picture by graph and by module.
  bool agrees(Captured& graphs, const at::Tensor& picture) const {
    constexpr double kTolerance = 0.01;
    const torch::NoGradGuard no_grad;
    std::uint64_t look = 0;
    const at::Tensor got = forward_locked(graphs, picture.detach(), look);
    const at::Tensor expected = compute(picture.detach());
    const double off = (got - expected).norm().item<double>();
    return off <= kTolerance * expected.norm().item<double>();
  }

  void warn(const std::string& why) const {
    base::log(log_, base::LogLevel::warning,
              "image tower: goes on without a CUDA graph, which " + why);
  }

  std::shared_ptr<ImageTower> module_;
  at::Tensor mean_, std_;
  bool bf16_;
  base::LogSink log_;
  std::mutex mutex_;
  bool may_capture_ = true;
  std::map<std::int64_t, std::shared_ptr<Captured>> captured_;  // by number of pictures

 public:
  /// What autograd carries from one way to the other.
  struct Carried {
    std::shared_ptr<Engine> engine;
    std::shared_ptr<Captured> graphs;
    std::uint64_t look = 0;
  };
  using Kept = imaging::PlanPointer<Carried>;

  struct Encode : torch::autograd::Function<Encode> {
    static at::Tensor forward(AutogradContext* context, const at::Tensor& picture, Kept kept) {
      context->save_for_backward({picture});
      imaging::keep_plan(context, kept);
      auto& [engine, graphs, look] = kept->plan;
      return engine->forward(*graphs, picture, look);
    }
    static variable_list backward(AutogradContext* context, const variable_list& gradients) {
      const Kept kept = imaging::kept_plan<Carried>(context);
      const auto& [engine, graphs, look] = kept->plan;
      return {engine->backward(*graphs, context->get_saved_variables()[0], look, gradients[0]),
              at::Tensor()};
    }
  };
};

GpuTower::GpuTower(std::shared_ptr<ImageTower> module, bool is_transformer, at::Tensor mean,
                   at::Tensor std, Precision precision, base::LogSink log) {
  const c10::cuda::CUDAGuard guard(mean.device());
  const bool multiplies_bf16 = at::cuda::getCurrentDeviceProperties()->major >= kFirstWithBf16;
  const bool wanted =
      precision == Precision::automatic ? multiplies_bf16 : precision == Precision::bf16;
  const bool bf16 = wanted && is_transformer;
  base::log(log, base::LogLevel::debug,
            std::string("image tower: CUDA, ") + (bf16 ? "bf16" : "f32"));
  engine_ = std::make_shared<Engine>(std::move(module), std::move(mean), std::move(std), bf16,
                                     std::move(log));
}

GpuTower::~GpuTower() = default;

at::Tensor GpuTower::encode(const at::Tensor& picture_srgb) const {
  const c10::cuda::CUDAGuard guard(picture_srgb.device());
  const std::shared_ptr<Captured> graphs = engine_->captured(picture_srgb);
  if (!graphs) return engine_->compute(picture_srgb);
  return Engine::Encode::apply(
      picture_srgb,
      c10::make_intrusive<imaging::PlanHolder<Engine::Carried>>(Engine::Carried{engine_, graphs}));
}

}  // namespace clipguide::clip
