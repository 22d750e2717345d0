#pragma once

#include <array>
#include <span>
#include <string_view>

/// Which files make a model folder, in order of preference. Sources: open_clip's factory,
/// transformers' CLIPModel, diffusers' AutoencoderTiny.
namespace clipguide::weights {

struct ModelForm {
  std::string_view config;
  std::span<const std::string_view> weights;  ///< the first that exists
};

inline constexpr std::array<std::string_view, 3> kOpenClipWeights = {
    "open_clip_model.safetensors", "open_clip_pytorch_model.safetensors",
    "open_clip_pytorch_model.bin"};
/// What diffusers calls the weights of an autoencoder, both halves in one file.
inline constexpr std::string_view kAutoencoderWeights = "diffusion_pytorch_model.safetensors";
inline constexpr std::array<std::string_view, 3> kTransformersWeights = {
    "model.safetensors", "pytorch_model.bin", kAutoencoderWeights};
inline constexpr std::array<ModelForm, 2> kModelForms = {
    {{"open_clip_config.json", kOpenClipWeights}, {"config.json", kTransformersWeights}}};

/// Taken along where they exist.
inline constexpr std::array<std::string_view, 4> kTokenizerFiles = {
    "vocab.json", "merges.txt", "tokenizer.json", "preprocessor_config.json"};

}  // namespace clipguide::weights
