#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "clipguide/base/torch.h"
#include "clipguide/clip/modified_resnet.h"
#include "clipguide/clip/text_transformer.h"
#include "clipguide/clip/vision_transformer.h"

namespace clipguide::clip {
namespace {

using ::testing::IsSupersetOf;

VisionConfig tiny_transformer() {
  VisionConfig config;
  config.image_size_px = 32;
  config.patch_px = 8;
  config.width = 32;
  config.heads = 2;
  config.layers = 2;
  return config;
}

VisionConfig tiny_resnet() {
  VisionConfig config;
  config.kind = ImageTowerKind::modified_resnet;
  config.image_size_px = 64;
  config.width = 8;
  config.heads = 4;
  config.stages = {1, 2, 1, 1};
  return config;
}

TextConfig tiny_text() {
  TextConfig config;
  config.context_length = 10;
  config.vocabulary = 50;
  config.width = 16;
  config.heads = 2;
  config.layers = 2;
  return config;
}

std::set<std::string> keys(const torch::nn::Module& module) {
  std::set<std::string> names;
  for (const auto& item : module.named_parameters()) names.insert(item.key());
  for (const auto& item : module.named_buffers()) names.insert(item.key());
  return names;
}

void expect_gradients_everywhere(torch::nn::Module& module, const at::Tensor& output) {
  torch::manual_seed(5);
  (output * torch::randn_like(output)).sum().backward();
  for (const auto& item : module.named_parameters()) {
    ASSERT_TRUE(item.value().grad().defined()) << item.key();
    EXPECT_TRUE(item.value().grad().isfinite().all().item<bool>()) << item.key();
  }
}

TEST(VisionTransformer, CarriesTheKeysOfACheckpoint) {
  VisionConfig config = tiny_transformer();
  config.layers = 1;
  config.layer_scale = true;
  EXPECT_EQ(keys(*VisionTransformer(config, 12, Activation::gelu)),
            (std::set<std::string>{"class_embedding",
                                   "conv1.weight",
                                   "ln_post.bias",
                                   "ln_post.weight",
                                   "ln_pre.bias",
                                   "ln_pre.weight",
                                   "positional_embedding",
                                   "proj",
                                   "transformer.resblocks.0.attn.in_proj_bias",
                                   "transformer.resblocks.0.attn.in_proj_weight",
                                   "transformer.resblocks.0.attn.out_proj.bias",
                                   "transformer.resblocks.0.attn.out_proj.weight",
                                   "transformer.resblocks.0.ln_1.bias",
                                   "transformer.resblocks.0.ln_1.weight",
                                   "transformer.resblocks.0.ln_2.bias",
                                   "transformer.resblocks.0.ln_2.weight",
                                   "transformer.resblocks.0.ls_1.gamma",
                                   "transformer.resblocks.0.ls_2.gamma",
                                   "transformer.resblocks.0.mlp.c_fc.bias",
                                   "transformer.resblocks.0.mlp.c_fc.weight",
                                   "transformer.resblocks.0.mlp.c_proj.bias",
                                   "transformer.resblocks.0.mlp.c_proj.weight"}));
}

TEST(VisionTransformer, GivesAnEmbeddingAPictureAndGradientsToEveryWeight) {
  for (const bool average : {false, true}) {
    VisionConfig config = tiny_transformer();
    config.pool = average ? TokenPool::average : TokenPool::class_token;
    config.norm_after_pool = average;
    VisionTransformer tower(config, 12, Activation::quick_gelu);
    const at::Tensor features = tower->forward(torch::randn({3, 3, 32, 32}));
    EXPECT_EQ(features.sizes(), (at::IntArrayRef{3, 12}));
    expect_gradients_everywhere(*tower, features);
  }
}

// What a GPU takes instead of a convolution.
TEST(VisionTransformer, PatchesAsRowsAndAProductAreItsConvolution) {
  const at::Tensor image = torch::randn({2, 3, 23, 23}), weight = torch::randn({5, 3, 7, 7});
  const at::Tensor expected = torch::conv2d(image, weight, {}, 7).flatten(2).transpose(1, 2);
  EXPECT_TRUE(torch::allclose(torch::linear(patch_rows(image, 7), weight.flatten(1)), expected,
                              1e-4, 1e-4));
}

TEST(VisionTransformer, FixedPositionsAreNotTrained) {
  VisionConfig config = tiny_transformer();
  config.fixed_positions = true;
  VisionTransformer tower(config, 12, Activation::gelu);
  const at::Tensor positions = tower->named_parameters()["positional_embedding"];
  EXPECT_FALSE(positions.requires_grad());
  EXPECT_EQ(positions[0].abs().max().item<float>(), 0.0f);
  // Patch 5 of a 4 x 4 grid stands in row 1, column 1; patch 6 in row 1, column 2.
  EXPECT_FLOAT_EQ(positions[6][0].item<float>(), std::sin(1.0f));
  EXPECT_FLOAT_EQ(positions[7][0].item<float>(), std::sin(2.0f));
  EXPECT_FLOAT_EQ(positions[7][16].item<float>(), std::sin(1.0f));
}

TEST(ModifiedResNet, CarriesTheKeysOfACheckpoint) {
  const std::set<std::string> names = keys(*ModifiedResNet(tiny_resnet(), 12));
  EXPECT_THAT(names,
              IsSupersetOf({"conv1.weight", "bn3.running_var", "layer1.0.downsample.0.weight",
                            "layer1.0.downsample.1.running_mean", "layer2.1.conv3.weight",
                            "layer4.0.bn3.num_batches_tracked", "attnpool.c_proj.bias",
                            "attnpool.positional_embedding"}));
  EXPECT_EQ(names.count("layer2.1.downsample.0.weight"), 0u);
  EXPECT_EQ(names.count("layer1.0.downsample.-1.weight"), 0u);
}

TEST(ModifiedResNet, TrainsAndThenStandsStill) {
  ModifiedResNet tower(tiny_resnet(), 12);
  const at::Tensor picture = torch::randn({4, 3, 64, 64});
  const at::Tensor mean_before = tower->named_buffers()["bn1.running_mean"].clone();
  const at::Tensor features = tower->forward(picture);
  EXPECT_EQ(features.sizes(), (at::IntArrayRef{4, 12}));
  expect_gradients_everywhere(*tower, features);
  EXPECT_FALSE(tower->named_buffers()["bn1.running_mean"].equal(mean_before));

  tower->eval();
  const at::Tensor alone = tower->forward(picture.slice(0, 0, 1));
  EXPECT_TRUE(alone.allclose(tower->forward(picture).slice(0, 0, 1), 1e-4, 1e-5));
}

TEST(ModifiedResNet, EveryBlockStartsAsTheIdentity) {
  ModifiedResNet tower(tiny_resnet(), 12);
  EXPECT_EQ(tower->named_parameters()["layer2.1.bn3.weight"].abs().max().item<float>(), 0.0f);
  EXPECT_EQ(tower->named_parameters()["layer2.1.bn2.weight"].min().item<float>(), 1.0f);
}

TEST(TextTransformer, CarriesTheKeysOfACheckpoint) {
  EXPECT_THAT(keys(*TextTransformer(tiny_text(), 12, Activation::gelu)),
              IsSupersetOf({"token_embedding.weight", "positional_embedding", "ln_final.weight",
                            "text_projection", "transformer.resblocks.1.mlp.c_fc.weight"}));
}

TEST(TextTransformer, GivesAnEmbeddingATextAndGradientsToEveryWeight) {
  TextTransformer tower(tiny_text(), 12, Activation::gelu);
  const at::Tensor features = tower->forward(torch::randint(0, 50, {3, 10}, torch::kInt64));
  EXPECT_EQ(features.sizes(), (at::IntArrayRef{3, 12}));
  expect_gradients_everywhere(*tower, features);
}

TEST(TextTransformer, LooksOnlyBackWhenCausal) {
  const at::Tensor text = torch::tensor({{48, 7, 8, 49, 0, 0, 0, 0, 0, 0}}, torch::kInt64);
  at::Tensor other = text.clone();
  other[0][6] = 3;
  for (const bool causal : {true, false}) {
    TextConfig config = tiny_text();
    config.causal = causal;
    TextTransformer tower(config, 12, Activation::gelu);
    EXPECT_EQ(tower->forward(text).allclose(tower->forward(other)), causal);
  }
}

TEST(TextTransformer, PoolsWhereItsConfigSays) {
  const at::Tensor text = torch::tensor({{48, 7, 8, 49, 5, 0, 0, 0, 0, 0}}, torch::kInt64);
  const auto features = [&](TokenPool pool, int end_id) {
    torch::manual_seed(3);
    TextConfig config = tiny_text();
    config.pool = pool;
    config.end_id = end_id;
    return TextTransformer(config, 12, Activation::gelu)->forward(text);
  };
  const at::Tensor largest = features(TokenPool::end_token, -1);
  EXPECT_TRUE(largest.equal(features(TokenPool::end_token, 49)));
  EXPECT_FALSE(largest.allclose(features(TokenPool::end_token, 5)));
  EXPECT_TRUE(features(TokenPool::first, -1).equal(features(TokenPool::end_token, 48)));
  EXPECT_FALSE(features(TokenPool::last, -1).allclose(largest));
}

}  // namespace
}  // namespace clipguide::clip
