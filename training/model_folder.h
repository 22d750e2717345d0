#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "clipguide/base/torch.h"
#include "training/learner.h"

/// What a run leaves behind: a model folder as the loader reads it, in open_clip's form.
namespace clipguide::training {

inline constexpr const char* kVocabularyFile = "bpe_simple_vocab_16e6.txt.gz";
inline constexpr const char* kConfigFile = "open_clip_config.json";
inline constexpr const char* kWeightsFile = "open_clip_model.safetensors";

/// The mean of two models' weights, with a share of the second's in it.
///   throws  UsageError naming a tensor that the first lacks or has in another shape
std::map<std::string, at::Tensor> mixed_weights(const std::map<std::string, at::Tensor>& one,
                                                const std::map<std::string, at::Tensor>& other,
                                                double share);

/// Writes weights in half precision, config and vocabulary.   throws  IoError, NumericError
void export_model(const std::filesystem::path& folder, const RunConfig& config,
                  const std::map<std::string, at::Tensor>& tensors,
                  const std::filesystem::path& vocabulary, std::int64_t vocabulary_size,
                  const std::map<std::string, std::string>& metadata);

/// A model from such a folder, for evaluation.   throws  IoError, FormatError
Model load_model(const std::filesystem::path& folder, torch::Device device);

}  // namespace clipguide::training
