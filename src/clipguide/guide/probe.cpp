#include "clipguide/guide/probe.h"

#include "clipguide/guide/look.h"

namespace clipguide::guide {
namespace {

/// Of each view as if there were no other.
at::Tensor similarity_by_view(const objective::Objective& term,
                              const objective::Evidence& evidence) {
  std::vector<at::Tensor> columns;
  const std::int64_t views = evidence.embeddings.front().size(1);
  for (std::int64_t v = 0; v < views; ++v) {
    objective::Evidence alone = evidence;
    for (at::Tensor& embeddings : alone.embeddings)
      embeddings = embeddings.detach().narrow(1, v, 1).expand({-1, views, -1});
    columns.push_back(term.similarity(alone));
  }
  return torch::stack(columns, 1);
}

}  // namespace

Probe probe(const GuideOptions& options, const GuideParts& parts, const at::Tensor& picture,
            int step) {
  const double progress = double(step) / options.steps;
  Looker looker(options, parts, step, progress);
  const at::Tensor leaf = picture.detach().clone().requires_grad_();
  const at::Tensor seen = leaf.view_as(leaf);
  const canvas::Rendering rendering{seen, seen};
  const objective::Evidence evidence = looker.look(rendering);

  Probe result;
  at::Tensor loss;
  for (const auto& term : parts.objectives) {
    const at::Tensor watched = term->similarity(evidence);
    if (!watched.defined()) continue;
    const at::Tensor value = term->loss(evidence).sum();
    loss = loss.defined() ? loss + value : value;
    if (!result.similarity.defined()) result.similarity = similarity_by_view(*term, evidence);
  }
  result.gradient = loss.defined() ? looker.gradients(loss, rendering, {leaf})[0].detach()
                                   : torch::zeros_like(picture);
  result.views = looker.views(rendering.picture.detach());
  return result;
}

}  // namespace clipguide::guide
