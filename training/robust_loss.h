#pragma once

#include <cstdint>
#include <functional>

#include "clipguide/base/torch.h"

/// Losses and attacks of robust contrastive training.   N batch, D embedding, S side.
namespace clipguide::training {

/// Which texts belong to which pictures: row-normalised [N, N], pictures with the same caption
/// share it.   caption_ids [N] i64
at::Tensor shared_targets(const at::Tensor& caption_ids);

/// Cross entropy of each picture among the texts, over cosines times exp(logit_scale).
///   image    [R, D], normalised
///   text     [N, D], normalised
///   targets  [R, N]
///   others   [E, D], texts that belong to none of the pictures; or undefined
at::Tensor picture_loss(const at::Tensor& image, const at::Tensor& text,
                        const at::Tensor& logit_scale, const at::Tensor& targets,
                        const at::Tensor& others = {});

/// The mean of picture_loss and of each text among the pictures times exp(logit_scale).   Source:
/// Radford et al. 2021
///   image, text  [N, D], normalised
at::Tensor contrastive_loss(const at::Tensor& image, const at::Tensor& text,
                            const at::Tensor& logit_scale, const at::Tensor& targets,
                            const at::Tensor& others = {});

/// Cross entropy of each picture of a known class among the names of all, over cosines times
/// exp(logit_scale); 0 where no class is known.
///   image    [R, D], normalised
///   names    [T, D], normalised
///   classes  [R] i64, -1: not known
at::Tensor names_loss(const at::Tensor& image, const at::Tensor& names,
                      const at::Tensor& logit_scale, const at::Tensor& classes);

/// Part of the pictures whose nearest text is one of their own.
double batch_accuracy(const at::Tensor& image, const at::Tensor& text, const at::Tensor& targets);

struct Attack {
  double radius = 0;  ///< L2 over a whole picture in [0, 1]
  int steps = 1;
};

/// The pictures moved by at most the radius, so that the loss grows: a random start in the ball,
/// then steps along the normalised gradient, kept in the ball and in [0, 1].
///   picture_srgb  [N, 3, S, S]
///   loss          of pictures of that shape, to be made worse
///   cost          a forward and a backward pass to the picture for each step.
///   source        Madry et al. 2018 (arXiv 1706.06083), in L2
at::Tensor attacked(const at::Tensor& picture_srgb, const Attack& attack, std::uint64_t seed,
                    const std::function<at::Tensor(const at::Tensor&)>& loss);

}  // namespace clipguide::training
