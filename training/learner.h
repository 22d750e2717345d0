#pragma once

#include <torch/nn.h>
#include <torch/optim.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "clipguide/base/torch.h"
#include "clipguide/clip/towers.h"
#include "training/batch_loader.h"
#include "training/robust_loss.h"
#include "training/run_config.h"

namespace clipguide::training {

/// A pair of towers as the training sees them: pictures in [0, 1], features of length one.
class Model {
 public:
  Model(const clip::ClipConfig& config, torch::Device device, bool channels_last);

  /// picture_srgb [N, 3, S, S] in [0, 1] -> [N, D], normalised, f32
  at::Tensor image_features(const at::Tensor& picture_srgb);
  /// token_ids [P, L] -> [P, D], normalised, f32
  at::Tensor text_features(const at::Tensor& token_ids);

  /// Batch statistics, and running ones kept up, or the running ones alone.
  void train(bool on);

  /// The stem and the first `count` stages of a ModifiedResNet keep their weights and statistics;
  /// 0: none does.
  void freeze_stages(int count);

  clip::Towers& towers() { return towers_; }
  const clip::ClipConfig& config() const { return config_; }
  torch::Device device() const { return device_; }

 private:
  clip::ClipConfig config_;
  torch::Device device_;
  bool channels_last_;
  clip::Towers towers_;
  std::vector<std::shared_ptr<torch::nn::Module>> frozen_;
  at::Tensor mean_, inverse_std_;  // [1, 3, 1, 1]
};

/// While it lives, batch norms take batch statistics without adding them to the running ones: those
/// shall hold what the weights were trained on, not the attack's first steps.
class FrozenStatistics {
 public:
  explicit FrozenStatistics(torch::nn::Module& module);
  ~FrozenStatistics();

 private:
  std::vector<std::pair<torch::nn::BatchNorm2dImpl*, c10::optional<double>>> momenta_;
};

struct StepReport {
  double loss = 0, robust_accuracy = 0, gradient_norm = 0, learning_rate = 0, radius = 0;
};

/// One training run's state and what one step does to it.
class Learner {
 public:
  Learner(const RunConfig& config, torch::Device device);

  /// What names_weight needs: token ids [T, L] of the names of all things, in one or more kinds of
  /// sentence, which take turns.
  void set_names(std::vector<at::Tensor> token_ids) { name_token_ids_ = std::move(token_ids); }

  StepReport step(const Batch& batch);

  /// Batch accuracy on the unattacked pictures, with the running statistics.
  double clean_accuracy(const Batch& batch);

  std::int64_t steps_done() const { return steps_done_; }
  Model& model() { return model_; }

  /// attention_start.h, for the weights and their average
  void aim_attention();

  /// The weights to ship: their moving average where there is one.
  std::map<std::string, at::Tensor> shipped_tensors();

  /// Everything that the next step depends on.   throws IoError, FormatError
  void save(const std::filesystem::path& path);
  void load(const std::filesystem::path& path);

  /// Takes the averaged weights of another run's checkpoint, for a new run from step 0. A tower of
  /// another picture size takes the same weights with its position embedding resampled.
  ///   throws  IoError, FormatError
  void start_with(const std::filesystem::path& checkpoint);
  /// The same with the tensors of a model.
  void start_with(const std::map<std::string, at::Tensor>& tensors);

  double learning_rate_at(std::int64_t step) const;
  double radius_at(std::int64_t step) const;

 private:
  /// What the pictures are compared with, as the texts stand.
  struct Texts {
    at::Tensor features;  // [N, D]
    at::Tensor others;    // [E, D], or undefined
    at::Tensor targets;   // [N, N]
    at::Tensor names;     // [T, D], or undefined
    at::Tensor classes;   // [N], with them

    /// The same for the pictures from `first` on, as constants.
    Texts fixed(std::int64_t first) const;
  };
  Texts read(const Batch& batch);
  /// names_weight times names_loss, or 0
  at::Tensor names_term(const at::Tensor& image, const Texts& texts, const at::Tensor& logit_scale);
  at::Tensor attack(const at::Tensor& picture, const Texts& texts, double radius);
  void update_average();
  /// The average begins anew with the weights as they stand.
  void restart_average();

  RunConfig config_;
  Model model_;
  std::unique_ptr<torch::optim::AdamW> optimizer_;
  std::map<std::string, at::Tensor> average_;
  std::vector<at::Tensor> name_token_ids_;
  at::Tensor names_;  ///< [T, D], as they were embedded last; without a gradient
  std::int64_t steps_done_ = 0;
};

/// Fills towers with the tensors of the same names.   throws  FormatError
void fill(clip::Towers& towers, const std::map<std::string, at::Tensor>& tensors);

}  // namespace clipguide::training
