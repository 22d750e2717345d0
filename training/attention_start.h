#pragma once

#include <torch/nn.h>

#include <cstdint>

namespace clipguide::training {

/// Makes each head of a ModifiedResNet's attention pool look at one place of the last grid, in turn
/// the mean and every cell. Drawn in the usual way, all heads begin as nearly the mean: letters,
/// which only the places of their strokes tell apart, then take many times as long to learn.
/// Values and output keep their weights, so a trained tower stays close to what it saw.
///   image_tower  has attnpool.{positional_embedding, q_proj, k_proj, v_proj}
///   heads        of the pool
void aim_attention(torch::nn::Module& image_tower, int heads, std::uint64_t seed);

}  // namespace clipguide::training
