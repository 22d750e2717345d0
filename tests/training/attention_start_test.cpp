#include "training/attention_start.h"

#include <gtest/gtest.h>

#include "clipguide/clip/modified_resnet.h"
#include "clipguide/clip/towers.h"
#include "training/run_config.h"

namespace clipguide::training {
namespace {

TEST(AimAttention, EachHeadLooksAtItsPlace) {
  clip::ClipConfig config = clip::parse_config(R"({
    "embed_dim": 32,
    "vision_cfg": {"image_size": 64, "layers": [1, 1, 1, 1], "width": 16, "head_width": 64},
    "text_cfg": {"context_length": 8, "vocab_size": 520, "width": 32, "heads": 2, "layers": 1}})",
                                               "a small model");
  torch::manual_seed(1);
  clip::Towers towers(config);
  const int heads = config.vision.heads;
  aim_attention(*towers.image, heads, 5);

  const torch::NoGradGuard no_grad;
  const auto all = towers.image->named_parameters();
  const auto parameter = [&](const std::string& name) { return all["attnpool." + name]; };
  const at::Tensor place = parameter("positional_embedding");  // [5, C]
  const std::int64_t width = place.size(1);
  const at::Tensor cells = torch::rand({4, width});
  const at::Tensor tokens = torch::cat({cells.mean(0, true), cells}) + place;
  const at::Tensor query = parameter("q_proj.weight").mv(tokens[0]) + parameter("q_proj.bias");
  const at::Tensor keys = tokens.matmul(parameter("k_proj.weight").t());
  for (int head = 0; head < heads; ++head) {
    const auto own = [&](const at::Tensor& x) {
      return x.slice(x.dim() - 1, head * width / heads, (head + 1) * width / heads);
    };
    const at::Tensor shares =
        (own(keys).mv(own(query)) / std::sqrt(double(width / heads))).softmax(0);
    EXPECT_EQ(shares.argmax().item<std::int64_t>(), head % 5) << head;
    EXPECT_GT(shares.max().item<double>(), 0.7) << head;
  }
}

}  // namespace
}  // namespace clipguide::training
