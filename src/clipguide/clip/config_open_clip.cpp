#include <algorithm>
#include <string>
#include <string_view>

#include "clipguide/clip/config_limits.h"
#include "clipguide/clip/config_sources.h"

namespace clipguide::clip {
namespace {

// Switches of open_clip's experimental blocks; no published weights use them.
void refuse_custom_blocks(const JsonSection& tower) {
  for (const std::string_view key : {"qk_norm", "scaled_cosine_attn", "scale_heads",
                                     "scale_attn_inner", "scale_attn", "scale_fc"}) {
    if (tower.flag(key, false)) tower.refuse(key, "custom attention block");
  }
  if (tower.text("block_type", "default") != "default") tower.refuse("block_type", "custom block");
  if (tower.section("act_kwargs").has("approximate") &&
      tower.section("act_kwargs").text("approximate", "none") != "none") {
    tower.section("act_kwargs").refuse("approximate", "approximate gelu");
  }
  tower.section("act_kwargs").allow_only({"approximate"});
}

double norm_epsilon(const JsonSection& tower) {
  const JsonSection norm = tower.section("norm_kwargs");
  norm.allow_only({"eps"});
  return norm.number("eps", 1e-5, 1e-12, 0.1);
}

TokenPool vision_pool(const JsonSection& vision) {
  if (vision.flag("global_average_pool", false)) return TokenPool::average;
  const std::string pool = vision.text("pool_type", "tok");
  if (pool == "tok") return TokenPool::class_token;
  if (pool == "avg") return TokenPool::average;
  vision.refuse("pool_type", "known: tok, avg");
}

void read_resnet(const JsonSection& vision, VisionConfig& config) {
  config.kind = ImageTowerKind::modified_resnet;
  const auto stages = vision.whole_list("layers", 4, 1, kMaxLayers);
  std::copy(stages.begin(), stages.end(), config.stages.begin());
  config.width = static_cast<int>(vision.whole("width", 768, 2, kMaxWidth));
  const auto head_width = vision.whole("head_width", 64, 1, kMaxWidth);
  config.heads = static_cast<int>(config.width * 32 / head_width);
}

void read_transformer(const JsonSection& vision, VisionConfig& config) {
  config.width = static_cast<int>(vision.whole("width", 768, 1, kMaxWidth));
  config.layers = static_cast<int>(vision.whole("layers", 12, 1, kMaxLayers));
  config.heads = config.width / static_cast<int>(vision.whole("head_width", 64, 1, kMaxWidth));
  config.mlp_ratio = vision.number("mlp_ratio", 4.0, 1e-4, kMaxMlpRatio);
  config.patch_px = static_cast<int>(vision.side("patch_size", 16, 1, kMaxImageSidePx));
  config.pool = vision_pool(vision);
  config.pre_norm = !vision.flag("no_ln_pre", false);
  config.norm_after_pool = vision.flag("final_ln_after_pool", false);
  config.layer_scale = vision.has("ls_init_value");
  config.layer_scale_start = vision.number("ls_init_value", 1e-4, 0, 1e3);
  config.norm_epsilon = norm_epsilon(vision);

  const std::string positions = vision.text("pos_embed_type", "learnable");
  if (positions != "learnable" && positions != "sin_cos_2d") {
    vision.refuse("pos_embed_type", "known: learnable, sin_cos_2d");
  }
  config.fixed_positions = positions == "sin_cos_2d";
}

VisionConfig read_open_clip_vision(const JsonSection& vision) {
  if (vision.has("timm_model_name")) vision.refuse("timm_model_name", "timm tower");
  if (vision.flag("attentional_pool", false)) {
    vision.refuse("attentional_pool", "CoCa's attentional pool");
  }
  vision.allow_only({"layers",
                     "width",
                     "head_width",
                     "mlp_ratio",
                     "patch_size",
                     "image_size",
                     "ls_init_value",
                     "patch_dropout",
                     "input_patchnorm",
                     "global_average_pool",
                     "attentional_pool",
                     "n_queries",
                     "attn_pooler_queries",
                     "attn_pooler_heads",
                     "no_ln_pre",
                     "pos_embed_type",
                     "final_ln_after_pool",
                     "pool_type",
                     "output_tokens",
                     "act_kwargs",
                     "norm_kwargs",
                     "block_type",
                     "qk_norm",
                     "scaled_cosine_attn",
                     "scale_heads",
                     "scale_attn_inner",
                     "scale_attn",
                     "scale_fc",
                     "timm_model_name",
                     "timm_model_pretrained",
                     "timm_pool",
                     "timm_proj",
                     "timm_proj_bias",
                     "timm_drop",
                     "timm_drop_path"});
  if (vision.flag("input_patchnorm", false)) vision.refuse("input_patchnorm", "patch norm");
  refuse_custom_blocks(vision);

  VisionConfig config;
  config.image_size_px = static_cast<int>(vision.side("image_size", 224, 1, kMaxImageSidePx));
  if (vision.is_list("layers")) {
    read_resnet(vision, config);
  } else {
    read_transformer(vision, config);
  }
  return config;
}

TokenPool text_pool(const JsonSection& text) {
  const std::string pool = text.text("pool_type", "argmax");
  if (pool == "argmax" || pool == "eos") return TokenPool::end_token;
  if (pool == "first") return TokenPool::first;
  if (pool == "last") return TokenPool::last;
  text.refuse("pool_type", "known: argmax, eos, first, last");
}

TextConfig read_open_clip_text(const JsonSection& text) {
  if (text.has("hf_model_name")) text.refuse("hf_model_name", "Hugging Face text tower");
  if (text.flag("embed_cls", false)) text.refuse("embed_cls", "CoCa's class token");
  if (text.flag("proj_bias", false)) text.refuse("proj_bias", "projection with a bias");
  if (text.text("proj_type", "linear") != "linear") text.refuse("proj_type", "known: linear");
  text.allow_only({"context_length", "vocab_size",       "hf_tokenizer_name",
                   "tokenizer_mode", "tokenizer_kwargs", "width",
                   "heads",          "layers",           "mlp_ratio",
                   "ls_init_value",  "embed_cls",        "pad_id",
                   "eos_id",         "no_causal_mask",   "final_ln_after_pool",
                   "pool_type",      "proj_bias",        "proj_type",
                   "output_tokens",  "act_kwargs",       "norm_kwargs",
                   "block_type",     "qk_norm",          "scaled_cosine_attn",
                   "scale_heads",    "scale_attn_inner", "scale_attn",
                   "scale_fc",       "hf_model_name",    "hf_model_pretrained",
                   "hf_proj_type",   "hf_pooler_type"});
  refuse_custom_blocks(text);

  TextConfig config;
  config.context_length = static_cast<int>(text.whole("context_length", 77, 2, kMaxContextLength));
  config.vocabulary = static_cast<int>(text.whole("vocab_size", 49408, 2, kMaxVocabulary));
  config.width = static_cast<int>(text.whole("width", 512, 1, kMaxWidth));
  config.heads = static_cast<int>(text.whole("heads", 8, 1, kMaxHeads));
  config.layers = static_cast<int>(text.whole("layers", 12, 1, kMaxLayers));
  config.mlp_ratio = text.number("mlp_ratio", 4.0, 1e-4, kMaxMlpRatio);
  config.layer_scale = text.has("ls_init_value");
  config.layer_scale_start = text.number("ls_init_value", 1e-4, 0, 1e3);
  config.pool = text_pool(text);
  if (text.text("pool_type", "argmax") == "eos") {
    config.end_id = static_cast<int>(text.whole("eos_id", 2, 0, kMaxVocabulary));
  }
  config.causal = !text.flag("no_causal_mask", false);
  config.norm_epsilon = norm_epsilon(text);
  return config;
}

void read_preprocess(const JsonSection& section, PreprocessConfig& config) {
  if (section.has("mean")) {
    const auto mean = section.number_list("mean", 3, -10, 10);
    std::copy(mean.begin(), mean.end(), config.mean.begin());
  }
  if (section.has("std")) {
    const auto std = section.number_list("std", 3, 1e-3, 10);
    std::copy(std.begin(), std.end(), config.std.begin());
  }
  const std::string interpolation = section.text("interpolation", "bicubic");
  if (interpolation == "bilinear") {
    config.interpolation = Interpolation::bilinear;
  } else if (interpolation != "bicubic" && interpolation != "random") {  // random: training only
    section.refuse("interpolation", "known: bicubic, bilinear");
  }
  const std::string resize = section.text("resize_mode", "shortest");
  if (resize == "squash") {
    config.resize = ResizeMode::squash;
  } else if (resize == "longest") {
    config.resize = ResizeMode::longest;
  } else if (resize != "shortest") {
    section.refuse("resize_mode", "known: shortest, squash, longest");
  }
  config.fill_level = static_cast<int>(section.whole("fill_color", 0, 0, 255));
}

}  // namespace

ClipConfig read_open_clip(const JsonSection& file) {
  const JsonSection model = file.has("model_cfg") ? file.section("model_cfg") : file;
  if (model.has("multimodal_cfg")) {
    model.refuse("multimodal_cfg", "CoCa");
  }
  for (const std::string_view key : {"embed_dim", "vision_cfg", "text_cfg"}) model.demand(key);

  ClipConfig config;
  config.embedding = static_cast<int>(model.whole("embed_dim", 512, 1, kMaxEmbedding));
  config.activation = model.flag("quick_gelu", false) ? Activation::quick_gelu : Activation::gelu;
  config.vision = read_open_clip_vision(model.section("vision_cfg"));
  config.text = read_open_clip_text(model.section("text_cfg"));
  read_preprocess(file.section("preprocess_cfg"), config.preprocess);
  return config;
}

}  // namespace clipguide::clip
