#include "training/evaluate.h"

#include <algorithm>
#include <cstring>

namespace clipguide::training {
namespace {

constexpr std::uint64_t kFirstScene = 1'000'000;

at::Tensor as_tensor(const std::vector<world::Sample>& samples, torch::Device device) {
  const int side = samples[0].side_px;
  at::Tensor rows = torch::empty({std::int64_t(samples.size()), side, side, 3}, torch::kUInt8);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    std::memcpy(rows.data_ptr<std::uint8_t>() + i * samples[i].rgb.size(), samples[i].rgb.data(),
                samples[i].rgb.size());
  }
  return rows.to(device).permute({0, 3, 1, 2}).to(torch::kFloat32).div(255);
}

/// Texts -> [P, D] in portions.
at::Tensor text_features(Model& model, const clip::Tokenizer& tokenizer,
                         const std::vector<std::string>& texts) {
  constexpr std::size_t kPortion = 512;
  std::vector<at::Tensor> features;
  for (std::size_t at = 0; at < texts.size(); at += kPortion) {
    const auto first = texts.begin() + std::ptrdiff_t(at);
    const std::vector<std::string> portion(
        first, first + std::ptrdiff_t(std::min(kPortion, texts.size() - at)));
    features.push_back(
        model.text_features(token_ids_of(tokenizer, portion, model.config().text.context_length)));
  }
  return torch::cat(features);
}

/// One direction a thing: the mean over a few plain sentences.
at::Tensor thing_features(Model& model, const clip::Tokenizer& tokenizer,
                          const world::World& world) {
  at::Tensor sum;
  for (const at::Tensor& ids :
       name_token_ids(tokenizer, world, model.config().text.context_length)) {
    const at::Tensor features = model.text_features(ids);
    sum = sum.defined() ? sum + features : features;
  }
  return torch::nn::functional::normalize(sum,
                                          torch::nn::functional::NormalizeFuncOptions().dim(1));
}

void evaluate_things(Model& model, const clip::Tokenizer& tokenizer, const world::World& world,
                     const EvaluateOptions& options, Evaluation& result) {
  const at::Tensor texts = thing_features(model, tokenizer, world);
  const int side = model.config().vision.image_size_px, things = int(world.things().size());
  std::vector<int> hits(std::size_t(things), 0), mistaken(std::size_t(things), 0);
  std::int64_t right = 0, among_five = 0, robust = 0, seen = 0;
  const int total = things * options.pictures_per_thing;
  for (int first = 0; first < total; first += options.batch) {
    std::vector<world::Sample> samples;
    for (int i = first; i < std::min(total, first + options.batch); ++i) {
      samples.push_back(world.single(i % things, std::uint64_t(i / things), side));
    }
    const at::Tensor picture = as_tensor(samples, model.device());
    std::vector<std::int64_t> labels;
    for (const world::Sample& sample : samples) labels.push_back(sample.thing);
    const at::Tensor label = torch::tensor(labels).to(model.device());
    const auto scores = [&](const at::Tensor& x) {
      return model.image_features(x).matmul(texts.t());
    };
    {
      const torch::NoGradGuard no_grad;
      const at::Tensor best = std::get<1>(scores(picture).topk(5, 1));
      const at::Tensor hit = best.eq(label.unsqueeze(1));
      right += hit.select(1, 0).sum().item<std::int64_t>();
      among_five += hit.any(1).sum().item<std::int64_t>();
      const at::Tensor first_choice = best.select(1, 0).contiguous().cpu();
      for (std::size_t i = 0; i < labels.size(); ++i) {
        const std::int64_t choice = first_choice.data_ptr<std::int64_t>()[i];
        if (choice == labels[i])
          ++hits[std::size_t(choice)];
        else
          mistaken[std::size_t(labels[i])] = int(choice);
      }
    }
    if (options.attack.radius > 0) {
      const double scale = std::exp(model.towers().logit_scale.item<double>());
      const at::Tensor moved =
          attacked(picture, options.attack, std::uint64_t(first), [&](const at::Tensor& x) {
            return torch::nn::functional::cross_entropy(scale * scores(x), label);
          });
      const torch::NoGradGuard no_grad;
      robust += scores(moved).argmax(1).eq(label).sum().item<std::int64_t>();
    }
    seen += std::int64_t(samples.size());
  }
  result.things = things;
  result.pictures = int(seen);
  result.things_1 = double(right) / double(seen);
  result.things_5 = double(among_five) / double(seen);
  result.robust_things_1 = double(robust) / double(seen);
  for (int i = 0; i < things; ++i) {
    if (hits[std::size_t(i)] > 0) continue;
    result.worst.push_back(world.things()[std::size_t(i)].name + " -> " +
                           world.things()[std::size_t(mistaken[std::size_t(i)])].name);
  }
}

void evaluate_captions(Model& model, const clip::Tokenizer& tokenizer, const world::World& world,
                       const EvaluateOptions& options, Evaluation& result) {
  const torch::NoGradGuard no_grad;
  const int side = model.config().vision.image_size_px, length = model.config().text.context_length;
  double sum = 0;
  int batches = 0;
  for (int first = 0; first + options.batch <= options.scenes; first += options.batch, ++batches) {
    const Batch batch = make_batch(world, tokenizer, kFirstScene + std::uint64_t(first),
                                   options.batch, side, length, world::Split::held_out);
    const at::Tensor picture = batch.picture.to(model.device()).to(torch::kFloat32).div(255);
    sum += batch_accuracy(model.image_features(picture), model.text_features(batch.token_ids),
                          shared_targets(batch.caption_ids).to(model.device()));
  }
  result.captions_1 = sum / std::max(1, batches);
}

/// "a cat at night" among "a cat at sunset", "a cat in the sea", ... for the kinds that are places.
void evaluate_backdrops(Model& model, const clip::Tokenizer& tokenizer, const world::World& world,
                        const EvaluateOptions& options, Evaluation& result) {
  const torch::NoGradGuard no_grad;
  std::vector<world::BackdropKind> kinds;
  for (int i = 0; i < world::kBackdropCount; ++i) {
    world::Backdrop backdrop;
    backdrop.kind = world::BackdropKind(i);
    if (!backdrop.is_pattern()) kinds.push_back(backdrop.kind);
  }
  const int side = model.config().vision.image_size_px;
  std::int64_t right = 0, seen = 0;
  for (int i = 0; i < options.scenes; ++i) {
    const world::Scene scene = world.scene(kFirstScene + std::uint64_t(i), world::Split::held_out);
    if (scene.items.size() != 1 || !scene.say_backdrop || scene.backdrop.is_pattern()) continue;
    const world::Sample sample =
        world.sample(kFirstScene + std::uint64_t(i), side, world::Split::held_out);
    std::vector<std::string> texts;
    std::int64_t label = 0;
    for (std::size_t k = 0; k < kinds.size(); ++k) {
      if (kinds[k] == sample.backdrop) label = std::int64_t(k);
      texts.push_back(world::phrase_of(world.things()[std::size_t(sample.thing)]) + " " +
                      std::string(world::phrases_for(kinds[k]).front()));
    }
    const at::Tensor scores = model.image_features(as_tensor({sample}, model.device()))
                                  .matmul(text_features(model, tokenizer, texts).t());
    right += scores.argmax(1).item<std::int64_t>() == label;
    ++seen;
  }
  result.backdrops_1 = double(right) / double(std::max<std::int64_t>(1, seen));
}

}  // namespace

Evaluation evaluate(Model& model, const clip::Tokenizer& tokenizer, const world::World& world,
                    const EvaluateOptions& options) {
  model.train(false);
  Evaluation result;
  evaluate_things(model, tokenizer, world, options, result);
  evaluate_captions(model, tokenizer, world, options, result);
  evaluate_backdrops(model, tokenizer, world, options, result);
  return result;
}

}  // namespace clipguide::training
