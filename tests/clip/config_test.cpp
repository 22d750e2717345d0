#include "clipguide/clip/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"
#include "clipguide/clip/towers.h"

namespace clipguide::clip {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;

std::string message_of(const std::string& text) {
  try {
    parse_config(text, "model.json");
  } catch (const base::FormatError& error) {
    return error.what();
  }
  return "no error";
}

json small() {
  return json::parse(R"({"embed_dim": 24,
    "vision_cfg": {"image_size": 32, "layers": 2, "width": 128, "patch_size": 8},
    "text_cfg": {"context_length": 24, "vocab_size": 600, "width": 64, "heads": 2, "layers": 3}})");
}

std::string with(const std::string& pointer, const json& value) {
  json config = small();
  config[json::json_pointer(pointer)] = value;
  return config.dump();
}

std::int64_t weight_count(const ClipConfig& config) {
  const Towers towers(config, Start::empty);
  std::int64_t count = 1;  // logit_scale
  for (const at::Tensor& parameter : towers.image->parameters()) count += parameter.numel();
  for (const at::Tensor& parameter : towers.text->parameters()) count += parameter.numel();
  return count;
}

TEST(OpenClipConfig, BuildsEveryPublishedModelOfItsOwnTowers) {
  const json published = json::parse(base::read_file(
      std::filesystem::path(CLIPGUIDE_FIXTURES) / "models/open_clip_published.json", 1 << 20));
  constexpr std::int64_t kTooLargeForATest = 1'500'000'000;
  int built = 0, refused = 0;
  for (const auto& [name, entry] : published.items()) {
    const std::string text = entry["config"].dump();
    const auto weights = entry["weights"].get<std::int64_t>();
    if (weights == 0) {
      const std::string message = message_of(text);
      EXPECT_THAT(message, HasSubstr("not supported: ")) << name;
      EXPECT_EQ(message.find('\n'), std::string::npos) << name;
      ++refused;
      continue;
    }
    const ClipConfig config = parse_config(text, name);
    if (weights > kTooLargeForATest) continue;
    EXPECT_EQ(weight_count(config), weights) << name;
    ++built;
  }
  EXPECT_GE(built, 35);
  EXPECT_GE(refused, 60);
}

TEST(OpenClipConfig, ReadsWhatTheModelConfigSays) {
  const ClipConfig config = parse_config(
      R"({"model_cfg": {"embed_dim": 1280, "quick_gelu": true,
          "vision_cfg": {"image_size": [378, 378], "layers": 48, "width": 1664, "head_width": 104,
                         "mlp_ratio": 4.9231, "patch_size": 14, "no_ln_pre": true,
                         "pool_type": "avg", "final_ln_after_pool": true, "ls_init_value": 0.001,
                         "pos_embed_type": "sin_cos_2d", "norm_kwargs": {"eps": 1e-6}},
          "text_cfg": {"context_length": 32, "vocab_size": 32000, "width": 1280, "heads": 20,
                       "layers": 32, "pool_type": "eos", "eos_id": 7, "no_causal_mask": true}},
          "preprocess_cfg": {"mean": [0.5, 0.4, 0.3], "std": [0.1, 0.2, 0.3],
                             "interpolation": "bilinear", "resize_mode": "squash"}})",
      "test");
  EXPECT_EQ(config.embedding, 1280);
  EXPECT_EQ(config.activation, Activation::quick_gelu);
  EXPECT_EQ(config.vision.image_size_px, 378);
  EXPECT_EQ(config.vision.heads, 16);
  EXPECT_EQ(config.vision.pool, TokenPool::average);
  EXPECT_FALSE(config.vision.pre_norm);
  EXPECT_TRUE(config.vision.norm_after_pool);
  EXPECT_TRUE(config.vision.layer_scale);
  EXPECT_TRUE(config.vision.fixed_positions);
  EXPECT_DOUBLE_EQ(config.vision.norm_epsilon, 1e-6);
  EXPECT_EQ(config.text.end_id, 7);
  EXPECT_FALSE(config.text.causal);
  EXPECT_DOUBLE_EQ(config.text.norm_epsilon, 1e-5);
  EXPECT_DOUBLE_EQ(config.preprocess.mean[1], 0.4);
  EXPECT_DOUBLE_EQ(config.preprocess.std[2], 0.3);
  EXPECT_EQ(config.preprocess.interpolation, Interpolation::bilinear);
  EXPECT_EQ(config.preprocess.resize, ResizeMode::squash);
}

TEST(OpenClipConfig, TakesOpenClipsDefaults) {
  const ClipConfig config = parse_config(
      R"({"embed_dim": 512, "vision_cfg": {"patch_size": null}, "text_cfg": {}})", "test");
  EXPECT_EQ(config.activation, Activation::gelu);
  EXPECT_EQ(config.vision.patch_px, 16);
  EXPECT_EQ(config.vision.width, 768);
  EXPECT_EQ(config.vision.heads, 12);
  EXPECT_EQ(config.text.vocabulary, 49408);
  EXPECT_EQ(config.text.end_id, -1);
  EXPECT_TRUE(config.text.causal);
}

TEST(HuggingFaceConfig, ReadsBothTowersAndTheEndToken) {
  const std::string text = R"({"model_type": "clip", "projection_dim": 768,
      "text_config": {"hidden_size": 768, "intermediate_size": 3072, "num_attention_heads": 12,
                      "eos_token_id": 2},
      "vision_config": {"hidden_size": 1024, "intermediate_size": 4097, "patch_size": 14,
                        "num_attention_heads": 16, "num_hidden_layers": 24, "image_size": 336},
      "text_config_dict": {"num_hidden_layers": 11}, "vision_config_dict": null})";
  const ClipConfig config = parse_config(text, "config.json");
  EXPECT_EQ(config.activation, Activation::quick_gelu);
  EXPECT_EQ(config.vision.image_size_px, 336);
  EXPECT_EQ(mlp_width(config.vision.width, config.vision.mlp_ratio), 4097);
  EXPECT_EQ(config.text.layers, 11);
  EXPECT_EQ(config.text.vocabulary, 49408);
  EXPECT_EQ(config.text.end_id, -1) << "2 stands for the largest id";
  EXPECT_EQ(parse_config(R"({"model_type": "clip"})", "config.json").text.end_id, 49407);
}

TEST(HuggingFaceConfig, TakesThePreprocessorsRule) {
  ClipConfig config = parse_config(R"({"model_type": "clip"})", "config.json");
  apply_preprocessor_config(R"({"image_mean": [0.5, 0.5, 0.5], "resample": 2,
                               "do_center_crop": false, "size": {"height": 224, "width": 224}})",
                            "preprocessor_config.json", config);
  EXPECT_DOUBLE_EQ(config.preprocess.mean[0], 0.5);
  EXPECT_EQ(config.preprocess.interpolation, Interpolation::bilinear);
  EXPECT_EQ(config.preprocess.resize, ResizeMode::squash);
  EXPECT_THROW(apply_preprocessor_config(R"({"resample": 0})", "p", config), base::FormatError);
}

TEST(Config, RefusesOtherTowersInOneClearLine) {
  EXPECT_THAT(message_of(with("/vision_cfg/timm_model_name", "vit_base_patch16_siglip_224")),
              AllOf(HasSubstr("model.json: not supported: vision_cfg.timm_model_name"),
                    HasSubstr("(timm tower)")));
  EXPECT_THAT(message_of(with("/text_cfg/hf_model_name", "roberta-base")),
              HasSubstr("(Hugging Face text tower)"));
  EXPECT_THAT(message_of(with("/vision_cfg/attentional_pool", true)), HasSubstr("CoCa"));
  EXPECT_THAT(message_of(with("/vision_cfg/qk_norm", true)), HasSubstr("custom attention block"));
  EXPECT_THAT(message_of(with("/text_cfg/novelty", 3)), HasSubstr("unknown key \"novelty\""));
  EXPECT_THAT(message_of(R"({"model_type": "siglip"})"), HasSubstr("model_type = \"siglip\""));
}

TEST(Config, RefusesWhatIsOutOfRangeNamingTheKey) {
  EXPECT_THAT(message_of(with("/text_cfg/heads", 0)),
              HasSubstr("text_cfg.heads: expected a whole number from 1 to 1024, got 0"));
  EXPECT_THAT(message_of(with("/text_cfg/heads", 3)), HasSubstr("divide the text width 64, got 3"));
  EXPECT_THAT(message_of(with("/vision_cfg/head_width", 500)),
              HasSubstr("vision width 128, got 0"));
  EXPECT_THAT(message_of(with("/vision_cfg/width", 1000000000)),
              HasSubstr("vision_cfg.width: expected a whole number from 1 to 16384"));
  EXPECT_THAT(message_of(with("/vision_cfg/width", -1)), HasSubstr("got -1"));
  EXPECT_THAT(message_of(with("/vision_cfg/width", 1.5)), HasSubstr("got 1.5"));
  EXPECT_THAT(message_of(with("/vision_cfg/width", 18446744073709551615ull)), HasSubstr("got 184"));
  EXPECT_THAT(message_of(with("/vision_cfg/patch_size", 33)),
              HasSubstr("a patch of at most the image's 32 px, got 33"));
  EXPECT_THAT(message_of(with("/vision_cfg/image_size", json::array({32, 48}))),
              HasSubstr("expected a square"));
  EXPECT_THAT(message_of(with("/vision_cfg/layers", json::array({1, 2, 0, 1}))),
              HasSubstr("vision_cfg.layers"));
  EXPECT_THAT(message_of(with("/embed_dim", nullptr)), HasSubstr("embed_dim"));
  EXPECT_THAT(message_of(with("/vision_cfg/mlp_ratio", 1e308)), HasSubstr("from 0.0001 to 64"));
}

TEST(Config, RefusesAModelThatNoMachineHoldsBeforeAllocatingIt) {
  json config = small();
  config["vision_cfg"] = {{"width", 16384}, {"layers", 256}, {"head_width", 64}};
  EXPECT_THAT(message_of(config.dump()), HasSubstr("a model of at most 2e+10 weights, got about"));
  config["vision_cfg"] = {{"width", 16384}, {"layers", {256, 256, 256, 256}}, {"image_size", 224}};
  EXPECT_THAT(message_of(config.dump()), HasSubstr("weights, got about"));
}

TEST(Config, RefusesAResNetOfOddSizes) {
  json config = small();
  config["vision_cfg"] = {{"width", 64}, {"layers", {3, 4, 6, 3}}, {"image_size", 220}};
  EXPECT_THAT(message_of(config.dump()), HasSubstr("a multiple of 32, got 220 px"));
  config["vision_cfg"] = {
      {"width", 63}, {"layers", {3, 4, 6, 3}}, {"image_size", 224}, {"head_width", 32}};
  EXPECT_THAT(message_of(config.dump()), HasSubstr("even ResNet width, got 63"));
}

TEST(Config, SurvivesWhatIsNoConfig) {
  EXPECT_THAT(message_of(""), HasSubstr("expected JSON, got something else at byte"));
  EXPECT_THAT(message_of("[1, 2]"), HasSubstr("expected a JSON object, got a list of 2"));
  EXPECT_THAT(message_of("{}"), HasSubstr("expected open_clip's model_cfg"));
  EXPECT_THAT(message_of("{\"model_cfg\": 1e999}"), HasSubstr("model.json"));
  EXPECT_THAT(message_of("{\"model_cfg\": \"\xff\"}"), HasSubstr("expected JSON"));
  EXPECT_THAT(message_of(R"({"model_cfg": {"embed_dim": 4, "vision_cfg": 3, "text_cfg": {}}})"),
              HasSubstr("model_cfg.vision_cfg: expected an object, got 3"));
  EXPECT_NE(message_of(std::string(100000, '[')), "no error");
  EXPECT_NE(message_of(with("/vision_cfg/pool_type", "a\nb\x1b[31m")).find("\\n"),
            std::string::npos);
}

}  // namespace
}  // namespace clipguide::clip
