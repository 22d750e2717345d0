#include "training/form_trainer.h"

#include <ATen/CPUGeneratorImpl.h>
#include <fmt/format.h>
#include <torch/optim.h>
#include <torch/serialize.h>

#include <cmath>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <numbers>
#include <sstream>

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"
#include "clipguide/base/random.h"
#include "clipguide/canvas/form_generator.h"
#include "clipguide/imaging/picture_tensor.h"
#include "clipguide/media/picture.h"
#include "clipguide/weights/safetensors.h"
#include "clipguide/weights/torch_tensor.h"
#include "training/model_folder.h"
#include "training/run_folder.h"
#include "training/sheet.h"
#include "training/trainer.h"
#include "training/world/catalogue.h"

namespace clipguide::training {
namespace {

namespace fs = std::filesystem;
using canvas::premultiplied;

constexpr std::size_t kLargestFormCheckpoint = std::size_t(1) << 30;
constexpr int kSide = 96;           // px, of what the generator draws
constexpr float kMaskGrey = 0.75f;  // shapes and letters take their colour when painted

/// Every way in which a thing of the world can look: [M, 4, S, S] premultiplied, 8 bits.
at::Tensor catalogue_forms() {
  constexpr int kSub = 2;  // samples a pixel and side
  std::vector<at::Tensor> forms;
  for (const world::Thing& thing : world::load_catalogue()) {
    for (const world::Variant& variant : thing.variants) {
      at::Tensor form = torch::empty({4, kSide, kSide}, torch::kUInt8);
      auto pixels = form.accessor<std::uint8_t, 3>();
      const float tint = variant.sprite->is_mask() ? kMaskGrey : 1;
      for (int y = 0; y < kSide; ++y) {
        for (int x = 0; x < kSide; ++x) {
          float sum[4] = {0, 0, 0, 0};
          for (int s = 0; s < kSub * kSub; ++s) {
            const auto p =
                variant.sprite->sample((float(x) + (float(s % kSub) + 0.5f) / kSub) / kSide,
                                       (float(y) + (float(s / kSub) + 0.5f) / kSub) / kSide, 0);
            const float values[4] = {p.r * tint, p.g * tint, p.b * tint, p.a};
            for (int c = 0; c < 4; ++c) sum[c] += values[c] / (kSub * kSub);
          }
          for (int c = 0; c < 4; ++c)
            pixels[c][y][x] = std::uint8_t(std::lround(255 * std::min(1.0f, sum[c])));
        }
      }
      forms.push_back(form);
    }
  }
  return torch::stack(forms);
}

/// Where the codes begin: principal components of the small forms, whitened, so that what looks
/// alike lies together from the start.   [M, 4, S, S] -> [M, C]
at::Tensor principal_codes(const at::Tensor& forms, int length) {
  const at::Tensor small =
      at::avg_pool2d(forms.to(torch::kFloat32).div(255), 4).flatten(1).to(torch::kFloat64);
  const at::Tensor centred = small - small.mean(0, /*keepdim=*/true);
  const auto [values, vectors] = at::linalg_eigh(centred.matmul(centred.t()), "L");
  return (vectors.narrow(1, vectors.size(1) - length, length) * std::sqrt(double(forms.size(0))))
      .to(torch::kFloat32)
      .contiguous();
}

/// Mean absolute differences of the values and of the steps between neighbours: edges count twice.
at::Tensor form_loss(const at::Tensor& drawn, const at::Tensor& wanted) {
  const at::Tensor gap = drawn - wanted;
  return gap.abs().mean() + gap.diff(1, 3).abs().mean() + gap.diff(1, 2).abs().mean();
}

/// The state of a run.
class FormLearner {
 public:
  FormLearner(const FormConfig& config, torch::Device device)
      : config_(config), device_(device), forms_(catalogue_forms().to(device)) {
    weights_ = canvas::random_form_weights({}, config.seed);
    codes_ = principal_codes(forms_.cpu(), int(weights_.stem.weight.size(1)));
    std::vector<at::Tensor> trained;
    for (canvas::FormWeights::Layer* layer : layers()) {
      for (at::Tensor* tensor : {&layer->weight, &layer->bias}) {
        *tensor = tensor->detach().to(device).requires_grad_();
        trained.push_back(*tensor);
      }
    }
    codes_ = codes_.to(device).requires_grad_();
    std::vector<torch::optim::OptimizerParamGroup> groups;
    groups.emplace_back(std::move(trained),
                        std::make_unique<torch::optim::AdamOptions>(config.learning_rate));
    groups.emplace_back(std::vector<at::Tensor>{codes_},
                        std::make_unique<torch::optim::AdamOptions>(config.code_learning_rate));
    optimizer_ = std::make_unique<torch::optim::Adam>(
        std::move(groups), torch::optim::AdamOptions(config.learning_rate));
  }

  double step() {
    set_learning_rates();
    // Which forms and what noise: from the step alone.
    base::RandomStream stream = base::RandomStream(config_.seed, "forms").at(std::uint64_t(done_));
    at::Tensor rows = torch::empty({config_.batch}, torch::kInt64);
    for (int i = 0; i < config_.batch; ++i) rows[i] = stream.below(int(forms_.size(0)));
    rows = rows.to(device_);
    at::Generator generator =
        at::detail::createCPUGenerator(config_.seed * 0x9E3779B97F4A7C15 + std::uint64_t(done_));
    const at::Tensor noise =
        torch::randn({config_.batch, codes_.size(1)}, generator).to(device_) * config_.code_noise;

    const at::Tensor drawn = draw_forms(weights_, codes_.index_select(0, rows) + noise);
    const at::Tensor wanted = forms_.index_select(0, rows).to(torch::kFloat32).div(255);
    const at::Tensor loss = form_loss(premultiplied(drawn), wanted);
    optimizer_->zero_grad();
    loss.backward();
    optimizer_->step();
    ++done_;
    const double value = loss.item<double>();
    if (!std::isfinite(value))
      base::throw_error<base::NumericError>("forms, step {}: expected a finite loss, got {}", done_,
                                            value);
    return value;
  }

  std::int64_t done() const { return done_; }
  const at::Tensor& forms() const { return forms_; }
  const at::Tensor& codes() const { return codes_; }
  const canvas::FormWeights& weights() const { return weights_; }

  void save(const fs::path& path) {
    torch::serialize::OutputArchive archive, optimizer;
    const std::vector<canvas::FormWeights::Layer*> all = layers();
    for (std::size_t i = 0; i < all.size(); ++i) {
      archive.write(fmt::format("weight_{}", i), all[i]->weight.detach());
      archive.write(fmt::format("bias_{}", i), all[i]->bias.detach());
    }
    archive.write("codes", codes_.detach());
    archive.write("done", torch::tensor(done_));
    optimizer_->save(optimizer);
    archive.write("optimizer", optimizer);
    std::ostringstream bytes;
    archive.save_to(bytes);
    base::write_file(path, std::string_view(bytes.str()));
  }

  void load(const fs::path& path) {
    const std::string bytes = base::read_file(path, kLargestFormCheckpoint);
    try {
      torch::serialize::InputArchive archive, optimizer;
      archive.load_from(bytes.data(), bytes.size(), device_);
      const torch::NoGradGuard no_grad;
      const auto read = [&](const std::string& name, at::Tensor into) {
        at::Tensor stored;
        archive.read(name, stored);
        into.copy_(stored);
      };
      const std::vector<canvas::FormWeights::Layer*> all = layers();
      for (std::size_t i = 0; i < all.size(); ++i) {
        read(fmt::format("weight_{}", i), all[i]->weight);
        read(fmt::format("bias_{}", i), all[i]->bias);
      }
      read("codes", codes_);
      at::Tensor done;
      archive.read("done", done);
      done_ = done.item<std::int64_t>();
      archive.read("optimizer", optimizer);
      optimizer_->load(optimizer);
    } catch (const c10::Error& error) {
      base::throw_error<base::FormatError>("{}: expected a checkpoint of forms, got {}",
                                           path.string(), error.what_without_backtrace());
    }
  }

 private:
  std::vector<canvas::FormWeights::Layer*> layers() {
    std::vector<canvas::FormWeights::Layer*> all = {&weights_.stem};
    for (canvas::FormWeights::Level& level : weights_.levels) {
      all.push_back(&level.enter);
      all.push_back(&level.stay);
    }
    all.push_back(&weights_.out);
    return all;
  }

  void set_learning_rates() {
    const double fade =
        0.5 * (1 + std::cos(std::numbers::pi * double(done_) / std::max(1, config_.steps)));
    auto& groups = optimizer_->param_groups();
    const double rates[] = {config_.learning_rate, config_.code_learning_rate};
    for (std::size_t i = 0; i < groups.size(); ++i)
      static_cast<torch::optim::AdamOptions&>(groups[i].options()).lr(rates[i] * fade);
  }

  FormConfig config_;
  torch::Device device_;
  at::Tensor forms_, codes_;
  canvas::FormWeights weights_;
  std::unique_ptr<torch::optim::Adam> optimizer_;
  std::int64_t done_ = 0;
};

FormConfig load_form_run(const fs::path& folder) {
  const fs::path path = config_file(folder);
  return read_form_config(base::read_file(path, kLargestConfig), path.string());
}

}  // namespace

FormConfig read_form_config(const std::string& json, const std::string& source) {
  FormConfig config;
  try {
    const nlohmann::json root = nlohmann::json::parse(json);
    for (const auto& [key, value] : root.items()) {
      if (key == "seed")
        value.get_to(config.seed);
      else if (key == "steps")
        value.get_to(config.steps);
      else if (key == "batch")
        value.get_to(config.batch);
      else if (key == "learning_rate")
        value.get_to(config.learning_rate);
      else if (key == "code_learning_rate")
        value.get_to(config.code_learning_rate);
      else if (key == "code_noise")
        value.get_to(config.code_noise);
      else
        base::throw_error<base::FormatError>("{}: expected known keys, got '{}'", source, key);
    }
  } catch (const nlohmann::json::exception& error) {
    base::throw_error<base::FormatError>("{}: expected a run of forms in JSON, got {}", source,
                                         error.what());
  }
  if (config.steps < 1 || config.batch < 1)
    base::throw_error<base::FormatError>("{}: expected steps and batch of at least 1, got {}, {}",
                                         source, config.steps, config.batch);
  return config;
}

bool train_forms(const FormTrainOptions& options) {
  adopt_config(options.folder, options.config, read_form_config);
  const FormConfig config = load_form_run(options.folder);
  FormLearner learner(config, device_named(options.device));
  if (fs::exists(checkpoint_file(options.folder))) learner.load(checkpoint_file(options.folder));
  base::log(options.log, base::LogLevel::info,
            fmt::format("{} forms, from step {} of {}", learner.forms().size(0), learner.done(),
                        config.steps));
  constexpr int kLogEvery = 20, kSaveEvery = 100;
  std::ofstream curves(options.folder / "curves.csv", std::ios::app);
  const double started_s = now_s();
  double logged_s = started_s, sum = 0;
  while (learner.done() < config.steps) {
    const bool out_of_time = options.most_seconds > 0 && now_s() - started_s > options.most_seconds;
    if (out_of_time || (options.stop && options.stop())) break;
    sum += learner.step();
    if (learner.done() % kLogEvery == 0) {
      const double seconds = (now_s() - logged_s) / kLogEvery;
      curves << fmt::format("{},{:.5f},{:.3f}\n", learner.done(), sum / kLogEvery, seconds)
             << std::flush;
      base::log(options.log, base::LogLevel::info,
                fmt::format("step {}: loss {:.4f}, {:.2f} s a step", learner.done(),
                            sum / kLogEvery, seconds));
      sum = 0;
      logged_s = now_s();
    }
    if (learner.done() % kSaveEvery == 0) learner.save(checkpoint_file(options.folder));
  }
  learner.save(checkpoint_file(options.folder));
  return learner.done() >= config.steps;
}

namespace {

/// A form as a scene shows it, laid over a ground: [M, 4, S, S] -> [M, 3, side, side].
at::Tensor laid_over(const at::Tensor& drawn, double ground, int side) {
  constexpr double kShare = 0.8;  // of the picture's side
  const int inner = int(std::lround(kShare * side));
  const int before = (side - inner) / 2, after = side - inner - before;
  const at::Tensor own = premultiplied(drawn);
  const at::Tensor small = at::constant_pad_nd(
      at::_upsample_bilinear2d_aa(own, {inner, inner}, false), {before, after, before, after}, 0);
  return small.narrow(1, 0, 3) + (1 - small.narrow(1, 3, 1)) * ground;
}

/// What a model sees in each form: the mean over a few grounds, of unit length.
at::Tensor features_of(Model& model, const at::Tensor& drawn) {
  const int side = model.config().vision.image_size_px;
  at::Tensor sum;
  for (double ground : {0.15, 0.5, 0.9}) {
    const at::Tensor seen = model.image_features(laid_over(drawn, ground, side));
    sum = sum.defined() ? sum + seen : seen;
  }
  return sum / sum.norm(2, 1, /*keepdim=*/true);
}

FormLearner trained(const fs::path& run) {
  FormLearner learner(load_form_run(run), torch::kCPU);
  learner.load(checkpoint_file(run));
  return learner;
}

}  // namespace

void export_forms(const fs::path& from, const fs::path& model_folder, const fs::path& out) {
  const torch::NoGradGuard no_grad;
  std::map<std::string, at::Tensor> tensors;
  std::function<at::Tensor(const at::Tensor&)> draw;
  if (fs::is_directory(from)) {
    const FormLearner learner = trained(from);
    tensors = learner.weights().named();
    tensors["codes"] = learner.codes();
    draw = [weights = learner.weights()](const at::Tensor& codes) {
      return draw_forms(weights, codes);
    };
  } else {
    draw = canvas::FormGenerator(from, torch::kCPU);
    tensors = weights::to_tensors(weights::read_safetensors(from));
  }
  Model model = load_model(model_folder, torch::kCPU);
  std::vector<at::Tensor> features;
  for (const at::Tensor& codes : tensors.at("codes").to(torch::kFloat32).split(64))
    features.push_back(features_of(model, draw(codes)));
  tensors["features"] = torch::cat(features);
  for (auto& [name, tensor] : tensors) tensor = tensor.detach().to(torch::kFloat16).contiguous();
  base::write_file(out, weights::format_tensors(tensors, {{"format", "pt"}}));
}

void show_forms(const fs::path& run, int count, const fs::path& out) {
  const torch::NoGradGuard no_grad;
  const FormLearner learner = trained(run);
  constexpr int kColumns = 16;
  std::vector<SheetCell> cells;
  const auto add = [&](const at::Tensor& premultiplied_form) {  // [4, S, S] on white
    cells.push_back(
        {kSide,
         imaging::to_rgb_bytes(premultiplied_form.narrow(0, 0, 3) + 1 - premultiplied_form[3]),
         ""});
  };
  const std::int64_t forms = learner.forms().size(0);
  for (int first = 0; first < count; first += kColumns) {
    std::vector<std::int64_t> rows;
    for (int i = first; i < std::min(count, first + kColumns); ++i)
      rows.push_back(std::int64_t(i) * forms / count);
    for (std::int64_t row : rows) add(learner.forms()[row].to(torch::kFloat32).div(255));
    const at::Tensor drawn = premultiplied(
        draw_forms(learner.weights(), learner.codes().index_select(0, torch::tensor(rows))));
    for (std::size_t i = 0; i < rows.size(); ++i) add(drawn[std::int64_t(i)]);
  }
  media::write_picture(out, sheet_of(cells, kColumns, world::Font(world::CataloguePaths{}.sans)));
}

}  // namespace clipguide::training
