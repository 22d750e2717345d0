#include "training/learner.h"

#include <torch/serialize.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <sstream>

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"
#include "clipguide/clip/autocast.h"
#include "training/attention_start.h"

namespace clipguide::training {
namespace {

constexpr double kMaxLogitScale = 4.6052;  // ln 100, CLIP's own bound

at::Tensor channel_constants(const std::array<double, 3>& values, torch::Device device) {
  return torch::tensor({float(values[0]), float(values[1]), float(values[2])})
      .view({1, 3, 1, 1})
      .to(device);
}

at::Tensor as_unit(const at::Tensor& features) {
  return torch::nn::functional::normalize(features.to(torch::kFloat32),
                                          torch::nn::functional::NormalizeFuncOptions().dim(1));
}

}  // namespace

Model::Model(const clip::ClipConfig& config, torch::Device device, bool channels_last)
    : config_(config),
      device_(device),
      channels_last_(channels_last && config.vision.kind == clip::ImageTowerKind::modified_resnet),
      towers_(config),
      mean_(channel_constants(config.preprocess.mean, device)),
      inverse_std_(1 / channel_constants(config.preprocess.std, device)) {
  towers_.image->to(device);
  towers_.text->to(device);
  towers_.logit_scale = towers_.logit_scale.detach().to(device).requires_grad_();
  if (!channels_last_) return;
  const torch::NoGradGuard no_grad;
  for (at::Tensor& parameter : towers_.image->parameters()) {
    if (parameter.dim() == 4)
      parameter.set_data(parameter.contiguous(at::MemoryFormat::ChannelsLast));
  }
}

at::Tensor Model::image_features(const at::Tensor& picture) {
  at::Tensor normalised = (picture - mean_) * inverse_std_;
  if (channels_last_) normalised = normalised.contiguous(at::MemoryFormat::ChannelsLast);
  return as_unit(towers_.image->forward(normalised));
}

at::Tensor Model::text_features(const at::Tensor& token_ids) {
  return as_unit(towers_.text->forward(token_ids.to(device_)));
}

void Model::train(bool on) {
  towers_.image->train(on);
  towers_.text->train(on);
  for (const auto& part : frozen_) part->eval();
}

void Model::freeze_stages(int count) {
  const auto belongs = [count](const std::string& name) {
    if (name.starts_with("layer")) return name[5] - '0' <= count;
    return name.starts_with("conv") || name.starts_with("bn");
  };
  frozen_.clear();
  for (const auto& child : towers_.image->named_children()) {
    if (count == 0 || !belongs(child.key())) continue;
    frozen_.push_back(child.value());
    for (at::Tensor& parameter : child.value()->parameters()) parameter.requires_grad_(false);
  }
}

FrozenStatistics::FrozenStatistics(torch::nn::Module& module) {
  for (const auto& part : module.modules()) {
    if (auto* norm = part->as<torch::nn::BatchNorm2dImpl>()) {
      momenta_.emplace_back(norm, norm->options.momentum());
      norm->options.momentum(0.0);
    }
  }
}

FrozenStatistics::~FrozenStatistics() {
  for (const auto& [norm, momentum] : momenta_) norm->options.momentum(momentum);
}

Learner::Learner(const RunConfig& config, torch::Device device)
    : config_(config),
      model_((torch::manual_seed(config.seed), config.model), device, config.channels_last) {
  model_.freeze_stages(config.frozen_stages);
  // Gains, biases and single numbers are not pulled toward zero.
  std::vector<at::Tensor> pulled, free = {model_.towers().logit_scale};
  for (torch::nn::Module* tower :
       {static_cast<torch::nn::Module*>(model_.towers().image.get()),
        static_cast<torch::nn::Module*>(model_.towers().text.ptr().get())}) {
    for (const at::Tensor& parameter : tower->parameters()) {
      if (parameter.requires_grad()) (parameter.dim() >= 2 ? pulled : free).push_back(parameter);
    }
  }
  const auto group = [&](std::vector<at::Tensor> parameters, double decay) {
    auto options = std::make_unique<torch::optim::AdamWOptions>(config.learning_rate);
    options->betas({0.9, 0.98}).eps(1e-6).weight_decay(decay);
    return torch::optim::OptimizerParamGroup(std::move(parameters), std::move(options));
  };
  optimizer_ = std::make_unique<torch::optim::AdamW>(
      std::vector<torch::optim::OptimizerParamGroup>{group(pulled, config.weight_decay),
                                                     group(free, 0)},
      torch::optim::AdamWOptions(config.learning_rate));
  if (config.average_decay > 0) {
    for (const auto& [name, tensor] : model_.towers().tensors())
      average_[name] = tensor.detach().clone();
  }
}

double Learner::learning_rate_at(std::int64_t step) const {
  if (step < config_.warm_up_steps)
    return config_.learning_rate * double(step + 1) / config_.warm_up_steps;
  const double done =
      double(step - config_.warm_up_steps) / std::max(1, config_.steps - config_.warm_up_steps);
  const double fade = 0.5 * (1 + std::cos(std::numbers::pi * std::min(1.0, done)));
  return config_.last_learning_rate + (config_.learning_rate - config_.last_learning_rate) * fade;
}

double Learner::radius_at(std::int64_t step) const {
  const double grown = std::min(1.0, double(step) / std::max(1, config_.radius_warm_up_steps));
  return config_.first_radius + (config_.radius - config_.first_radius) * grown;
}

void Learner::aim_attention() {
  training::aim_attention(*model_.towers().image, config_.model.vision.heads, config_.seed);
  restart_average();
}

Learner::Texts Learner::Texts::fixed(std::int64_t first) const {
  const auto constant = [](const at::Tensor& x) { return x.defined() ? x.detach() : x; };
  return {constant(features), constant(others), targets.slice(0, first), constant(names),
          classes.defined() ? classes.slice(0, first) : classes};
}

Learner::Texts Learner::read(const Batch& batch) {
  Texts texts;
  texts.targets = shared_targets(batch.caption_ids).to(model_.device());
  texts.features = model_.text_features(batch.token_ids);
  if (batch.other_token_ids.defined()) texts.others = model_.text_features(batch.other_token_ids);
  if (config_.names_weight > 0) {
    texts.classes = batch.lone_things.to(model_.device());
    const std::int64_t round = steps_done_ / config_.names_every;
    if (!names_.defined() || steps_done_ % config_.names_every == 0) {
      texts.names =
          model_.text_features(name_token_ids_.at(std::size_t(round) % name_token_ids_.size()));
      names_ = texts.names.detach();
    } else {
      texts.names = names_;
    }
  }
  return texts;
}

at::Tensor Learner::names_term(const at::Tensor& image, const Texts& texts,
                               const at::Tensor& logit_scale) {
  if (!texts.names.defined()) return torch::zeros({}, image.options());
  return config_.names_weight * names_loss(image, texts.names, logit_scale, texts.classes);
}

at::Tensor Learner::attack(const at::Tensor& picture, const Texts& texts, double radius) {
  const FrozenStatistics frozen(*model_.towers().image);
  const std::int64_t clean =
      std::int64_t(std::lround(config_.clean_share * double(picture.size(0))));
  if (radius <= 0 || clean == picture.size(0)) return picture;
  const Texts fixed = texts.fixed(clean);
  const at::Tensor scale = model_.towers().logit_scale.detach();
  const std::uint64_t seed = config_.seed * 0x9E3779B97F4A7C15 + std::uint64_t(steps_done_);
  const at::Tensor moved = attacked(
      picture.slice(0, clean), {radius, config_.attack_steps}, seed, [&](const at::Tensor& x) {
        const at::Tensor image = model_.image_features(x);
        return picture_loss(image, fixed.features, scale, fixed.targets, fixed.others) +
               names_term(image, fixed, scale);
      });
  return torch::cat({picture.slice(0, 0, clean), moved});
}

StepReport Learner::step(const Batch& batch) {
  StepReport report;
  report.learning_rate = learning_rate_at(steps_done_);
  report.radius = radius_at(steps_done_);
  for (auto& group : optimizer_->param_groups()) {
    static_cast<torch::optim::AdamWOptions&>(group.options()).lr(report.learning_rate);
  }
  model_.train(true);
  const at::Tensor picture = batch.picture.to(model_.device()).to(torch::kFloat32).div(255);

  // Attack the pictures against the texts as they stand, then learn from what came out.
  at::Tensor loss;
  {
    const clip::Autocast autocast(config_.bf16, model_.device());
    const Texts texts = read(batch);
    const at::Tensor moved = attack(picture, texts, report.radius);
    const at::Tensor image = model_.image_features(moved);
    const at::Tensor& scale = model_.towers().logit_scale;
    loss = contrastive_loss(image, texts.features, scale, texts.targets, texts.others) +
           names_term(image, texts, scale);
    report.robust_accuracy = batch_accuracy(image.detach(), texts.features.detach(), texts.targets);
  }
  report.loss = loss.item<double>();
  if (!std::isfinite(report.loss)) {
    base::throw_error<base::NumericError>("training step {}: expected a finite loss, got {}",
                                          steps_done_, report.loss);
  }
  optimizer_->zero_grad();
  loss.backward();
  std::vector<at::Tensor> parameters;
  for (const auto& group : optimizer_->param_groups()) {
    parameters.insert(parameters.end(), group.params().begin(), group.params().end());
  }
  const double bound = config_.gradient_clip > 0 ? config_.gradient_clip : 1e9;
  report.gradient_norm = torch::nn::utils::clip_grad_norm_(parameters, bound);
  optimizer_->step();
  {
    const torch::NoGradGuard no_grad;
    model_.towers().logit_scale.clamp_(0, kMaxLogitScale);
  }
  ++steps_done_;
  update_average();
  return report;
}

void Learner::update_average() {
  if (average_.empty()) return;
  const torch::NoGradGuard no_grad;
  // Short at first, so that the random start is soon forgotten.
  const double decay =
      std::min(config_.average_decay, (1.0 + double(steps_done_)) / (10.0 + double(steps_done_)));
  for (const auto& [name, tensor] : model_.towers().tensors())
    average_.at(name).lerp_(tensor, 1 - decay);
}

void Learner::restart_average() {
  const torch::NoGradGuard no_grad;
  if (average_.empty()) return;
  for (const auto& [name, tensor] : model_.towers().tensors()) average_.at(name).copy_(tensor);
}

double Learner::clean_accuracy(const Batch& batch) {
  const torch::NoGradGuard no_grad;
  model_.train(false);
  const at::Tensor picture = batch.picture.to(model_.device()).to(torch::kFloat32).div(255);
  return batch_accuracy(model_.image_features(picture), model_.text_features(batch.token_ids),
                        shared_targets(batch.caption_ids).to(model_.device()));
}

std::map<std::string, at::Tensor> Learner::shipped_tensors() {
  std::map<std::string, at::Tensor> tensors =
      average_.empty() ? model_.towers().tensors() : average_;
  for (auto& [name, tensor] : tensors) tensor = tensor.detach().cpu().contiguous();
  return tensors;
}

namespace {

constexpr std::size_t kLargestCheckpoint = std::size_t(8) << 30;

}  // namespace

void Learner::save(const std::filesystem::path& path) {
  torch::serialize::OutputArchive archive, weights, average, optimizer;
  for (const auto& [name, tensor] : model_.towers().tensors()) {
    std::string key = name;
    std::replace(key.begin(), key.end(), '.', '/');  // a dot would nest archives
    weights.write(key, tensor.detach().contiguous());
    if (!average_.empty()) average.write(key, average_.at(name));
  }
  optimizer_->save(optimizer);
  archive.write("weights", weights);
  archive.write("average", average);
  archive.write("optimizer", optimizer);
  archive.write("steps_done", torch::tensor(steps_done_));
  if (names_.defined()) archive.write("names", names_);
  std::ostringstream bytes;
  archive.save_to(bytes);
  base::write_file(path, std::string_view(bytes.str()));
}

void Learner::load(const std::filesystem::path& path) {
  const std::string bytes = base::read_file(path, kLargestCheckpoint);
  try {
    torch::serialize::InputArchive archive, weights, average, optimizer;
    archive.load_from(bytes.data(), bytes.size(), model_.device());
    archive.read("weights", weights);
    archive.read("average", average);
    archive.read("optimizer", optimizer);
    const torch::NoGradGuard no_grad;
    for (auto& [name, tensor] : model_.towers().tensors()) {
      std::string key = name;
      std::replace(key.begin(), key.end(), '.', '/');
      at::Tensor stored;
      weights.read(key, stored);
      at::Tensor target = tensor;
      target.copy_(stored);
      if (!average_.empty()) average.read(key, average_.at(name));
    }
    optimizer_->load(optimizer);
    at::Tensor steps;
    archive.read("steps_done", steps);
    steps_done_ = steps.item<std::int64_t>();
    archive.try_read("names", names_);
  } catch (const c10::Error& error) {
    base::throw_error<base::FormatError>("{}: expected a checkpoint of this run, got {}",
                                         path.string(), error.what_without_backtrace());
  }
}

namespace {

/// Position embedding [1 + G*G, C] of one grid for another; the first row belongs to no place.
at::Tensor resampled_positions(const at::Tensor& from, std::int64_t rows) {
  const auto side_of = [](std::int64_t count) {
    return std::int64_t(std::lround(std::sqrt(double(count - 1))));
  };
  const std::int64_t old_side = side_of(from.size(0)), side = side_of(rows), width = from.size(1);
  const at::Tensor grid =
      from.slice(0, 1).view({1, old_side, old_side, width}).permute({0, 3, 1, 2});
  const at::Tensor resized =
      torch::nn::functional::interpolate(grid, torch::nn::functional::InterpolateFuncOptions()
                                                   .size(std::vector<std::int64_t>{side, side})
                                                   .mode(torch::kBilinear)
                                                   .align_corners(false));
  return torch::cat(
      {from.slice(0, 0, 1), resized.permute({0, 2, 3, 1}).reshape({side * side, width})});
}

}  // namespace

void Learner::start_with(const std::filesystem::path& path) {
  const std::string bytes = base::read_file(path, kLargestCheckpoint);
  std::map<std::string, at::Tensor> tensors;
  try {
    torch::serialize::InputArchive archive, weights, average;
    archive.load_from(bytes.data(), bytes.size(), model_.device());
    archive.read("weights", weights);
    archive.read("average", average);
    for (const auto& [name, tensor] : model_.towers().tensors()) {
      std::string key = name;
      std::replace(key.begin(), key.end(), '.', '/');
      at::Tensor stored;
      if (!average.try_read(key, stored)) weights.read(key, stored);
      tensors[name] = stored;
    }
  } catch (const c10::Error& error) {
    base::throw_error<base::FormatError>("{}: expected a checkpoint of such a model, got {}",
                                         path.string(), error.what_without_backtrace());
  }
  start_with(tensors);
}

void Learner::start_with(const std::map<std::string, at::Tensor>& tensors) {
  const torch::NoGradGuard no_grad;
  std::map<std::string, at::Tensor> fitting = tensors;
  for (auto& [name, tensor] : model_.towers().tensors()) {
    const auto stored = fitting.find(name);
    if (stored == fitting.end()) continue;
    stored->second = stored->second.to(model_.device(), tensor.scalar_type());
    if (name.ends_with("attnpool.positional_embedding") && stored->second.dim() == 2 &&
        stored->second.sizes() != tensor.sizes())
      stored->second = resampled_positions(stored->second, tensor.size(0));
  }
  fill(model_.towers(), fitting);
  restart_average();
}

void fill(clip::Towers& towers, const std::map<std::string, at::Tensor>& tensors) {
  const torch::NoGradGuard no_grad;
  for (auto& [name, tensor] : towers.tensors()) {
    const auto stored = tensors.find(name);
    if (stored == tensors.end() || stored->second.sizes() != tensor.sizes()) {
      base::throw_error<base::FormatError>("expected a tensor {} of the configured shape, got {}",
                                           name,
                                           stored == tensors.end() ? "none" : "another shape");
    }
    at::Tensor target = tensor;
    target.copy_(stored->second);
  }
}

}  // namespace clipguide::training
