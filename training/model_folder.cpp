#include "training/model_folder.h"

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"
#include "clipguide/weights/safetensors.h"
#include "clipguide/weights/torch_tensor.h"

namespace clipguide::training {

std::map<std::string, at::Tensor> mixed_weights(const std::map<std::string, at::Tensor>& one,
                                                const std::map<std::string, at::Tensor>& other,
                                                double share) {
  std::map<std::string, at::Tensor> mixed;
  for (const auto& [name, tensor] : other) {
    const auto found = one.find(name);
    if (found == one.end() || found->second.sizes() != tensor.sizes())
      base::throw_error<base::UsageError>(
          "{}: expected both models to have it in one shape, got models of two kinds", name);
    mixed[name] = found->second.to(tensor.scalar_type()).lerp(tensor, share);
  }
  return mixed;
}

void export_model(const std::filesystem::path& folder, const RunConfig& config,
                  const std::map<std::string, at::Tensor>& tensors,
                  const std::filesystem::path& vocabulary, std::int64_t vocabulary_size,
                  const std::map<std::string, std::string>& metadata) {
  std::map<std::string, at::Tensor> halves;
  for (const auto& [name, tensor] : tensors) {
    halves[name] = tensor.to(torch::kFloat16).contiguous();
    if (!halves[name].isfinite().all().item<bool>()) {
      base::throw_error<base::NumericError>("{}: expected values that half precision can hold",
                                            name);
    }
  }
  std::filesystem::create_directories(folder);
  base::write_file(folder / kWeightsFile, weights::format_tensors(halves, metadata));
  base::write_file(folder / kConfigFile, open_clip_config_json(config, vocabulary_size));
  constexpr std::size_t kLargestVocabulary = std::size_t(64) << 20;
  base::write_file(folder / kVocabularyFile,
                   std::string_view(base::read_file(vocabulary, kLargestVocabulary)));
}

Model load_model(const std::filesystem::path& folder, torch::Device device) {
  const std::filesystem::path config_path = folder / kConfigFile;
  const clip::ClipConfig config =
      clip::parse_config(base::read_file(config_path, std::size_t(1) << 20), config_path.string());
  Model model(config, device, /*channels_last=*/true);
  fill(model.towers(), weights::to_tensors(weights::read_safetensors(folder / kWeightsFile)));
  model.train(false);
  return model;
}

}  // namespace clipguide::training
