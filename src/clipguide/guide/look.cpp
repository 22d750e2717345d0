#include "clipguide/guide/look.h"

#include <algorithm>

#include "clipguide/base/error.h"

namespace clipguide::guide {

Looker::Looker(const GuideOptions& options, const GuideParts& parts, int step, double progress)
    : parts_(parts), progress_(progress), count_(parts.view.count(progress)) {
  for (std::uint64_t seed : options.seeds)
    streams_.push_back(base::RandomStream(seed, "views").at(std::uint64_t(step)));
  const int pictures = int(streams_.size());
  batch_ = options.view_batch > 0 ? std::max(1, options.view_batch / pictures) : count_;
}

at::Tensor Looker::embed(std::size_t model, const at::Tensor& picture,
                         view::ViewRange range) const {
  const clip::ClipModel& clip = *parts_.models[model];
  const at::Tensor views =
      parts_.view.look(picture, clip.input_side_px(), range, streams_, progress_);
  const at::Tensor features = clip.encode_image(views.flatten(0, 1));
  return clip::unit_length(features).view({picture.size(0), range.count, -1});
}

at::Tensor Looker::views(const at::Tensor& picture) const {
  const torch::NoGradGuard no_grad;
  const int side_px = parts_.models.front()->input_side_px();
  return parts_.view.look(picture, side_px, {0, count_}, streams_, progress_);
}

objective::Evidence Looker::look(const canvas::Rendering& rendering) {
  evidence_ = {rendering.picture, rendering.unbounded, {}, progress_, rendering.painted};
  for (std::size_t model = 0; model < parts_.models.size(); ++model) {
    if (!in_batches()) {
      evidence_.embeddings.push_back(embed(model, rendering.picture, {0, count_}));
      continue;
    }
    const torch::NoGradGuard no_grad;
    std::vector<at::Tensor> batches;
    for (int first = 0; first < count_; first += batch_)
      batches.push_back(embed(model, rendering.picture, {first, std::min(batch_, count_ - first)}));
    evidence_.embeddings.push_back(torch::cat(batches, 1).requires_grad_());
  }
  return evidence_;
}

std::vector<at::Tensor> Looker::gradients(const at::Tensor& loss,
                                          const canvas::Rendering& rendering,
                                          const std::vector<at::Tensor>& parameters) {
  const auto grad = [](const at::Tensor& of, const std::vector<at::Tensor>& with_respect_to,
                       bool retain) {
    return torch::autograd::grad({of}, with_respect_to, {}, retain, false, true);
  };
  if (!in_batches()) return grad(loss, parameters, false);

  // To the embeddings, and from terms on the picture itself straight to the parameters.
  const std::vector<at::Tensor> to_embeddings = grad(loss, evidence_.embeddings, true);
  std::vector<at::Tensor> total = grad(loss, parameters, true);

  // Batch by batch from the embeddings to the picture.
  const at::Tensor picture = rendering.picture.detach().requires_grad_();
  at::Tensor to_picture = torch::zeros_like(picture);
  for (std::size_t model = 0; model < parts_.models.size(); ++model) {
    if (!to_embeddings[model].defined()) continue;
    for (int first = 0; first < count_; first += batch_) {
      const view::ViewRange range{first, std::min(batch_, count_ - first)};
      const at::Tensor embeddings = embed(model, picture, range);
      const at::Tensor upstream = to_embeddings[model].narrow(1, first, range.count);
      to_picture += torch::autograd::grad({embeddings}, {picture}, {upstream})[0];
    }
  }

  // From the picture to the parameters.
  const std::vector<at::Tensor> from_views =
      torch::autograd::grad({rendering.picture}, parameters, {to_picture});
  for (std::size_t i = 0; i < total.size(); ++i)
    total[i] = total[i].defined() ? total[i] + from_views[i] : from_views[i];
  return total;
}

}  // namespace clipguide::guide
