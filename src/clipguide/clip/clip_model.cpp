#include "clipguide/clip/clip_model.h"

#include <fmt/ranges.h>
#include <torch/cuda.h>

#include <cmath>
#include <mutex>
#include <optional>
#include <utility>

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"
#include "clipguide/base/one_thread.h"
#include "clipguide/base/parallel.h"
#include "clipguide/clip/checkpoint.h"
#include "clipguide/clip/config_limits.h"
#include "clipguide/clip/fill_towers.h"
#include "clipguide/clip/frozen/compile_tower.h"
#include "clipguide/clip/gpu_tower.h"
#include "clipguide/clip/model_files.h"
#include "clipguide/clip/packed_place.h"
#include "clipguide/clip/towers.h"

namespace clipguide::clip {
namespace {

namespace fs = std::filesystem;
using base::throw_error;

constexpr std::size_t kConfigLimitBytes = 1 << 20;

// Broadcasts over [V, 3, S, S].
at::Tensor channel_values(const std::array<double, 3>& values, torch::Device device) {
  return torch::tensor({values[0], values[1], values[2]}, torch::dtype(torch::kFloat32))
      .view({1, 3, 1, 1})
      .to(device);
}

/// Up to the last end token: where tokens only look back, what follows it changes nothing.
at::Tensor without_padding(const TextConfig& text, const at::Tensor& token_ids) {
  if (!text.causal || text.pool != TokenPool::end_token || token_ids.numel() == 0) return token_ids;
  const at::Tensor ends =
      text.end_id < 0 ? token_ids.argmax(1) : token_ids.eq(text.end_id).to(torch::kInt32).argmax(1);
  return token_ids.narrow(1, 0, ends.max().item<std::int64_t>() + 1);
}

class FrozenClip : public ClipModel {
 public:
  FrozenClip(ClipConfig config, std::string name, Towers towers, fs::path vocabulary,
             torch::Device device)
      : config_(std::move(config)),
        name_(std::move(name)),
        towers_(std::move(towers)),
        vocabulary_(std::move(vocabulary)),
        logit_scale_(std::exp(towers_.logit_scale.item<double>())),
        logit_bias_(towers_.logit_bias.defined() ? towers_.logit_bias.item<double>() : 0.0),
        mean_(channel_values(config_.preprocess.mean, device)),
        std_(channel_values(config_.preprocess.std, device)),
        device_(device) {
    for (torch::nn::Module* tower : {static_cast<torch::nn::Module*>(towers_.image.get()),
                                     static_cast<torch::nn::Module*>(towers_.text.get())}) {
      tower->eval();
      tower->to(device);
      for (at::Tensor& parameter : tower->parameters()) parameter.requires_grad_(false);
    }
  }

  /// Computes pictures with kernels of our own from now on, where there are any for this tower.
  void compile_image_tower(const TowerOptions& options, const base::LogSink& log,
                           std::shared_ptr<frozen::WeightPacker> packer) {
    image_ = frozen::compile_tower(*towers_.image, config_, options, base::threads(), log,
                                   std::move(packer));
    if (image_)
      towers_.image.reset();  // its weights are packed
    else
      base::widen_libtorch();
  }

#ifdef CLIPGUIDE_CUDA
  /// The same on the GPU.
  void hand_over_to_gpu(Precision precision, const base::LogSink& log) {
    gpu_image_ = std::make_unique<GpuTower>(
        std::exchange(towers_.image, nullptr),
        config_.vision.kind == ImageTowerKind::vision_transformer, mean_, std_, precision, log);
  }
#endif

  const ClipConfig& config() const override { return config_; }
  const std::string& name() const override { return name_; }
  double logit_scale() const override { return logit_scale_; }
  double logit_bias() const override { return logit_bias_; }

  at::Tensor encode_image(const at::Tensor& picture_srgb) const override {
    const std::int64_t side = config_.vision.image_size_px;
    if (picture_srgb.dim() != 4 || picture_srgb.size(1) != 3 || picture_srgb.size(2) != side ||
        picture_srgb.size(3) != side) {
      throw_error<base::ShapeError>("{}: expected pictures [V, 3, {}, {}], got [{}]", name_, side,
                                    side, fmt::join(picture_srgb.sizes(), ", "));
    }
    if (image_) return image_->encode(picture_srgb.to(device_, torch::kFloat32));
#ifdef CLIPGUIDE_CUDA
    if (gpu_image_) return gpu_image_->encode(picture_srgb.to(device_, torch::kFloat32));
#endif
    return towers_.image->forward((picture_srgb.to(device_, torch::kFloat32) - mean_) / std_);
  }

  at::Tensor encode_text(const at::Tensor& token_ids) const override {
    const std::int64_t length = config_.text.context_length, ids = config_.text.vocabulary;
    if (token_ids.dim() != 2 || token_ids.size(1) != length ||
        token_ids.scalar_type() != torch::kInt64) {
      throw_error<base::ShapeError>(
          "{}: expected token ids [P, {}] of 64-bit integers, got [{}] {}", name_, length,
          fmt::join(token_ids.sizes(), ", "), c10::toString(token_ids.scalar_type()));
    }
    if (token_ids.numel() > 0 &&
        (token_ids.min().item<std::int64_t>() < 0 || token_ids.max().item<std::int64_t>() >= ids)) {
      throw_error<base::ShapeError>("{}: expected token ids from 0 to {}, got {} to {}", name_,
                                    ids - 1, token_ids.min().item<std::int64_t>(),
                                    token_ids.max().item<std::int64_t>());
    }
    const base::OneThread one_thread;  // a text's last bits decide over a whole run
    return TextTransformer(towers_.text)
        ->forward(without_padding(config_.text, token_ids).to(device_));
  }

  const Tokenizer& tokenizer() const override {
    const std::lock_guard lock(tokenizer_mutex_);
    if (!tokenizer_) read_tokenizer();
    return *tokenizer_;
  }

 private:
  void read_tokenizer() const {
    if (vocabulary_.empty()) {
      throw base::UsageError(
          name_ + ": expected a vocabulary beside the model, found none",
          "give one with --vocab; OpenAI's bpe_simple_vocab_16e6.txt.gz lies in the clip folder of "
          "https://github.com/openai/CLIP and serves nearly all CLIP models");
    }
    auto tokenizer = std::make_unique<const Tokenizer>(vocabulary_);
    if (tokenizer->size() > config_.text.vocabulary) {
      throw_error<base::FormatError>("{}: expected a vocabulary of at most {}'s {} ids, got {}",
                                     vocabulary_.string(), name_, config_.text.vocabulary,
                                     tokenizer->size());
    }
    tokenizer_ = std::move(tokenizer);
  }

  ClipConfig config_;
  std::string name_;
  Towers towers_;  // image: null where one of the next two stands for it
  std::unique_ptr<const frozen::FrozenTower> image_;
#ifdef CLIPGUIDE_CUDA
  std::unique_ptr<const GpuTower> gpu_image_;
#endif
  fs::path vocabulary_;
  double logit_scale_, logit_bias_;
  at::Tensor mean_, std_;
  torch::Device device_;
  mutable std::mutex tokenizer_mutex_;
  mutable std::unique_ptr<const Tokenizer> tokenizer_;
};

ClipConfig choose_config(const ModelFiles& files, const Checkpoint& checkpoint,
                         const LoadOptions& options) {
  if (files.config.empty()) {
    base::log(options.log, base::LogLevel::info,
              checkpoint.source + ": no config beside it: read as an OpenAI model, quick GELU");
  }
  ClipConfig config =
      files.config.empty()
          ? infer_config(checkpoint)
          : parse_config(base::read_file(files.config, kConfigLimitBytes), files.config.string());
  if (!files.preprocessor.empty()) {
    apply_preprocessor_config(base::read_file(files.preprocessor, kConfigLimitBytes),
                              files.preprocessor.string(), config);
  }
  if (options.image_size_px == 0) return config;
  if (options.image_size_px < 1 || options.image_size_px > kMaxImageSidePx) {
    throw_error<base::UsageError>("image size: expected 1 to {} px, got {}", kMaxImageSidePx,
                                  options.image_size_px);
  }
  config.vision.image_size_px = options.image_size_px;
  check_config(config, checkpoint.source);
  return config;
}

void check_device(torch::Device device) {
  if (device.is_cuda() && !torch::cuda::is_available()) {
    throw_error<base::UsageError>("device: expected one this machine has, got {}", device.str());
  }
}

Towers make_towers(const ClipConfig& config, const std::string& source) {
  try {
    return Towers(config, Start::empty);
  } catch (const c10::Error&) {
    throw_error<base::LimitError>(
        "{}: expected a model that fits into memory, got one that does not", source);
  }
}

/// Nowhere unless kernels of our own are asked for and the tower is large enough. Packed weights
/// are finite: who allows others reads them anew.
PackedPlace place_of(const LoadOptions& options, const ModelFiles& files, const ClipConfig& config,
                     const Towers& towers) {
  if (!options.tower || !options.device.is_cpu() || options.packed.folder.empty() ||
      options.allow_non_finite)
    return {};
  std::int64_t weights = 0;
  for (const at::Tensor& parameter : towers.image->parameters()) weights += parameter.numel();
  if (weights < options.packed.smallest) return {};
  return packed_place(options.packed.folder, files, config, frozen::choose(*options.tower));
}

/// Packed weights that are ready, or the means to pack them.
frozen::WeightPacker open_place(const PackedPlace& place, const base::LogSink& log) {
  if (place.file.empty()) return {};
  auto entries = frozen::open_packed(place.file, place.key, base::threads());
  if (entries.empty()) return {};
  base::log(log, base::LogLevel::debug, "image tower: packed weights from " + place.file.string());
  return frozen::WeightPacker(std::move(entries));
}

/// For the next run; where that cannot be, this one goes on all the same.
void keep_packed(const PackedPlace& place, const frozen::WeightPacker& packer,
                 const base::LogSink& log) {
  if (place.file.empty() || packer.entries().empty()) return;
  try {
    frozen::write_packed(place.file, place.key, packer.entries(), base::threads());
    base::log(log, base::LogLevel::debug, "image tower: packed weights to " + place.file.string());
  } catch (const base::IoError& error) {
    base::log(log, base::LogLevel::info, error.what());
  }
}

}  // namespace

at::Tensor unit_length(const at::Tensor& features) {
  constexpr double kSmallest = 1e-12;
  return features / features.norm(2, -1, /*keepdim=*/true).clamp_min(kSmallest);
}

at::Tensor ClipModel::encode_texts(const std::vector<std::string>& texts, bool truncate) const {
  const TokenizeOptions options{config().text.context_length, truncate};
  at::Tensor ids = torch::empty({static_cast<std::int64_t>(texts.size()), options.context_length},
                                torch::kInt64);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::vector<std::int64_t> row = tokenizer().encode_padded(texts[i], options);
    std::copy(row.begin(), row.end(), ids[static_cast<std::int64_t>(i)].data_ptr<std::int64_t>());
  }
  return encode_text(ids);
}

std::shared_ptr<const ClipModel> load_clip(const fs::path& path, const LoadOptions& options) {
  check_device(options.device);

  // Find the files, and read what they say without reading the weights.
  const ModelFiles files = find_model_files(path);
  const Checkpoint checkpoint = read_checkpoint(open_all(files, path.string()));
  ClipConfig config = choose_config(files, checkpoint, options);

  // Build the towers that were described and fill them.
  Towers towers = make_towers(config, checkpoint.source);
  const PackedPlace place = place_of(options, files, config, towers);
  const auto packer = std::make_shared<frozen::WeightPacker>(open_place(place, options.log));
  fill_towers(checkpoint, {options.allow_non_finite, options.log, packer->is_ready()}, towers);

  const fs::path vocabulary =
      options.vocabulary.empty() ? Tokenizer::find_beside(path) : options.vocabulary;
  auto clip = std::make_shared<FrozenClip>(std::move(config), files.name, std::move(towers),
                                           vocabulary, options.device);
  if (options.tower && options.device.is_cpu()) {
    clip->compile_image_tower(*options.tower, options.log, packer);
    if (!packer->is_ready()) keep_packed(place, *packer, options.log);
  } else if (options.tower) {
#ifdef CLIPGUIDE_CUDA
    clip->hand_over_to_gpu(options.tower->precision, options.log);
#else
    if (options.tower->precision == Precision::bf16)
      throw base::UsageError("precision: expected auto or fp32 on a GPU by this build, got bf16");
#endif
  }
  return clip;
}

}  // namespace clipguide::clip
