#include "clipguide/clip/frozen/frozen_tower.h"

#include <fmt/ranges.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <utility>
#include <vector>

#include "clipguide/base/error.h"
#include "clipguide/base/parallel.h"
#include "clipguide/kernels/buffer_pool.h"

namespace clipguide::clip::frozen {
namespace {

using base::InstructionSet;

}  // namespace

class FrozenTower::Engine {
 public:
  Engine(std::unique_ptr<const Plan> plan, int threads)
      : plan_(std::move(plan)), threads_(std::max(1, threads)) {}

  const Plan& plan() const { return *plan_; }

  /// `kept` is given back by the caller, or dropped with him.
  at::Tensor forward(const at::Tensor& picture, Buffer& kept) {
    const at::Tensor features =
        torch::empty({picture.size(0), plan_->embedding()}, picture.options());
    kept = kept_.take(split(picture.size(0)).kept_bytes);
    each_batch(picture.size(0), kept, [&](Batch& batch, std::int64_t first) {
      batch.picture_srgb = picture.data_ptr<float>() + first * picture_size();
      batch.features = features.data_ptr<float>() + first * plan_->embedding();
      plan_->forward(batch);
    });
    return features;
  }

  at::Tensor backward(const at::Tensor& d_features, const Buffer& kept) {
    const std::int64_t side = plan_->side_px(), count = d_features.size(0);
    const at::Tensor d_picture = torch::empty({count, 3, side, side}, d_features.options());
    each_batch(count, kept, [&](Batch& batch, std::int64_t first) {
      batch.d_features = d_features.data_ptr<float>() + first * plan_->embedding();
      batch.d_picture = d_picture.data_ptr<float>() + first * picture_size();
      plan_->backward(batch);
    });
    return d_picture;
  }

  void give_back(Buffer kept) { kept_.give_back(std::move(kept)); }

 private:
  std::int64_t picture_size() const {
    return std::int64_t(3) * plan_->side_px() * plan_->side_px();
  }

  struct Split {
    std::int64_t batches = 0;
    int largest = 0;
    std::size_t kept_each = 0, kept_bytes = 0, scratch_each = 0;
  };

  /// Equal batches, of about as many pictures as suit the plan, a whole number for each thread.
  Split split(std::int64_t count) const {
    Split s;
    const std::int64_t at_once = plan_->pictures_at_once();
    s.batches = std::min(whole((count + at_once - 1) / at_once, threads_), count);
    if (count == 0) return s;
    s.largest = int((count + s.batches - 1) / s.batches);
    s.kept_each = plan_->kept_bytes(s.largest);
    s.kept_bytes = s.kept_each * std::size_t(s.batches);
    s.scratch_each = plan_->scratch_bytes(s.largest);
    return s;
  }

  void each_batch(std::int64_t count, const Buffer& kept,
                  const std::function<void(Batch&, std::int64_t first)>& work) {
    const Split s = split(count);
    const std::int64_t workers = std::min<std::int64_t>(threads_, s.batches);
    Buffer scratch = scratch_.take(s.scratch_each * std::size_t(workers));
    std::atomic<std::int64_t> next = 0;
    base::run_parallel(workers, threads_, [&](std::int64_t worker) {
      for (std::int64_t i; (i = next++) < s.batches;) {
        const std::int64_t first = count * i / s.batches;
        Batch batch;
        batch.pictures = int(count * (i + 1) / s.batches - first);
        batch.kept = kept.data() + std::size_t(i) * s.kept_each;
        batch.scratch = scratch.data() + std::size_t(worker) * s.scratch_each;
        work(batch, first);
      }
    });
    scratch_.give_back(std::move(scratch));
  }

  std::unique_ptr<const Plan> plan_;
  int threads_;
  BufferPool kept_, scratch_;
};

namespace {

/// The way back in autograd's graph.
template <class Engine>
class EncodeBackward final : public torch::autograd::Node {
 public:
  EncodeBackward(std::shared_ptr<Engine> engine, Buffer kept)
      : engine_(std::move(engine)), kept_(std::move(kept)) {}
  ~EncodeBackward() override { engine_->give_back(std::move(kept_)); }

  torch::autograd::variable_list apply(torch::autograd::variable_list&& grads) override {
    if (released_)
      throw base::UsageError("image tower: expected a graph that was retained, got one used up");
    if (!grads[0].defined()) return {at::Tensor()};
    return {engine_->backward(grads[0].to(torch::kFloat32).contiguous(), kept_)};
  }
  std::string name() const override { return "ImageTowerBackward"; }
  void release_variables() override {
    released_ = true;
    engine_->give_back(std::exchange(kept_, Buffer()));
  }

 private:
  std::shared_ptr<Engine> engine_;
  Buffer kept_;
  bool released_ = false;
};

/// A node as this libtorch holds them: in a shared pointer up to 2.14, an intrusive one since.
template <class Node, class... Arguments>
auto make_node(Arguments&&... arguments) {
  using Pointer = decltype(torch::autograd::Edge::function);
  if constexpr (std::is_same_v<Pointer, std::shared_ptr<torch::autograd::Node>>)
    return std::make_shared<Node>(std::forward<Arguments>(arguments)...);
  else
    return c10::make_intrusive<Node>(std::forward<Arguments>(arguments)...);
}

}  // namespace

FrozenTower::FrozenTower(std::unique_ptr<const Plan> plan, int threads)
    : engine_(std::make_shared<Engine>(std::move(plan), threads)) {}

FrozenTower::~FrozenTower() = default;

at::Tensor FrozenTower::encode(const at::Tensor& picture_srgb) const {
  const std::int64_t side = engine_->plan().side_px();
  if (picture_srgb.dim() != 4 || picture_srgb.size(1) != 3 || picture_srgb.size(2) != side ||
      picture_srgb.size(3) != side || picture_srgb.scalar_type() != torch::kFloat32 ||
      !picture_srgb.device().is_cpu())
    base::throw_error<base::ShapeError>(
        "image tower: expected pictures [N, 3, {}, {}] f32 on the CPU, got [{}]", side, side,
        fmt::join(picture_srgb.sizes(), ", "));
  Buffer kept;
  at::Tensor features;
  {
    const torch::NoGradGuard no_grad;
    features = engine_->forward(picture_srgb.detach().contiguous(), kept);
  }
  if (!picture_srgb.requires_grad() || !torch::GradMode::is_enabled()) {
    engine_->give_back(std::move(kept));
    return features;
  }
  using Backward = EncodeBackward<Engine>;
  const auto node = make_node<Backward>(engine_, std::move(kept));
  node->set_next_edges(torch::autograd::collect_next_edges(picture_srgb));
  torch::autograd::set_history(features, node);
  return features;
}

std::unique_ptr<const Plan> make_plan(const PlanSource& source, const TowerChoice& choice) {
  const Kernels& f32 = kernels_for(choice.set, Element::f32);
  const Kernels& fast = kernels_for(choice.set, choice.bf16 ? Element::bf16 : Element::f32);
  if (source.config.kind == ImageTowerKind::modified_resnet) {
    const Kernels& forward = choice.bf16 ? nearly_f32_kernels_for(choice.set) : f32;
    return make_resnet_plan(source, {&f32, &forward, &fast});
  }
  return make_transformer_plan(source, fast);
}

}  // namespace clipguide::clip::frozen
