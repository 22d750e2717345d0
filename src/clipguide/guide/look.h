#pragma once

#include "clipguide/guide/guide.h"

namespace clipguide::guide {

/// One step's looking: views and embeddings of the picture, and the way back for the gradient.
///
/// Views that fit in memory at once take the plain way: one autograd graph from the loss to the
/// canvas. Otherwise the picture is looked at twice: once without a graph, to have all embeddings
/// and with them the loss's gradient to each; then batch by batch with a graph, to carry those
/// gradients on to the picture. Any objective, also one that couples views, so gets the same
/// result.
class Looker {
 public:
  Looker(const GuideOptions& options, const GuideParts& parts, int step, double progress);

  objective::Evidence look(const canvas::Rendering& rendering);

  /// d loss / d parameters.
  std::vector<at::Tensor> gradients(const at::Tensor& loss, const canvas::Rendering& rendering,
                                    const std::vector<at::Tensor>& parameters);

  /// The views of the step as the first model sees them, [N, V, 3, S, S].
  at::Tensor views(const at::Tensor& picture) const;

 private:
  at::Tensor embed(std::size_t model, const at::Tensor& picture, view::ViewRange range) const;
  bool in_batches() const { return batch_ < count_; }

  const GuideParts& parts_;
  std::vector<base::RandomStream> streams_;
  double progress_;
  int count_, batch_;             // views a picture
  objective::Evidence evidence_;  // what the objectives see
};

}  // namespace clipguide::guide
