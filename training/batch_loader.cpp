#include "training/batch_loader.h"

#include <algorithm>
#include <cstring>
#include <set>
#include <unordered_map>

namespace clipguide::training {

at::Tensor token_ids_of(const clip::Tokenizer& tokenizer, const std::vector<std::string>& texts,
                        int context_length) {
  clip::TokenizeOptions options;
  options.context_length = context_length;
  options.truncate = true;
  at::Tensor ids = torch::zeros({std::int64_t(texts.size()), context_length}, torch::kInt64);
  std::int64_t longest = 1;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::vector<std::int64_t> row = tokenizer.encode_padded(texts[i], options);
    std::copy(row.begin(), row.end(),
              ids.data_ptr<std::int64_t>() + std::ptrdiff_t(i) * context_length);
    const auto end = std::find(row.begin(), row.end(), tokenizer.end_id());
    longest = std::max<std::int64_t>(longest, end - row.begin() + 1);
  }
  return ids.slice(1, 0, std::min<std::int64_t>(longest, context_length)).contiguous();
}

std::vector<at::Tensor> name_token_ids(const clip::Tokenizer& tokenizer, const world::World& world,
                                       int context_length) {
  std::vector<at::Tensor> sentences;
  for (const std::string before : {"", "a picture of ", "a drawing of "}) {
    std::vector<std::string> texts;
    for (const world::Thing& thing : world.things())
      texts.push_back(before + world::phrase_of(thing));
    sentences.push_back(token_ids_of(tokenizer, texts, context_length));
  }
  return sentences;
}

namespace {

constexpr float kLeastSoftSide = 0.4f;  // of the side that a soft picture is enlarged to

/// "an owl" for up to `count` things that are not among those shown, drawn from the stream.
std::vector<std::string> names_not_shown(const world::World& world, const std::set<int>& shown,
                                         int count, base::RandomStream stream) {
  const auto& things = world.things();
  std::set<int> drawn;
  std::vector<std::string> names;
  // A bounded search: shown ones are passed over.
  for (int attempt = 0; attempt < 4 * count && int(names.size()) < count; ++attempt) {
    const int index = stream.below(int(things.size()));
    if (shown.contains(index) || !drawn.insert(index).second) continue;
    names.push_back(world::phrase_of(things[std::size_t(index)]));
  }
  return names;
}

/// "an owl in the sea" for an owl at night: what tells the two apart is the place alone.
std::vector<std::string> same_thing_elsewhere(const world::World& world,
                                              const world::Sample& sample, int count,
                                              base::RandomStream stream) {
  const world::Backdrop backdrop = {sample.backdrop, {}, {}, {}, {}};
  if (sample.shown.size() != 1 || backdrop.is_pattern()) return {};
  std::vector<std::string> texts;
  while (int(texts.size()) < count) {
    world::Backdrop other;
    other.kind = world::BackdropKind(stream.below(world::kBackdropCount));
    // A pair that is held out is never right in training, and is not to be learned as wrong.
    if (other.kind == sample.backdrop || other.is_pattern() ||
        world.scenes().is_held_out(sample.thing, other))
      continue;
    const auto phrases = world::phrases_for(other.kind);
    texts.push_back(world::phrase_of(world.things()[std::size_t(sample.thing)]) + " " +
                    std::string(phrases[std::size_t(stream.below(int(phrases.size())))]));
  }
  return texts;
}

/// The last of every eight samples, so that twins, an even one and the odd one after it, stay
/// together and a clean_share of the batch has both kinds.
bool is_single(std::uint64_t index, double share) {
  return double(index % 8) >= 8 * (1 - share) - 0.5;
}

/// RGB rows of a square, enlarged bilinearly.
std::vector<std::uint8_t> enlarged(std::vector<std::uint8_t> rgb, int from_px, int to_px) {
  const at::Tensor small = torch::from_blob(rgb.data(), {1, from_px, from_px, 3}, torch::kUInt8)
                               .permute({0, 3, 1, 2})
                               .to(torch::kFloat32);
  const at::Tensor large =
      torch::nn::functional::interpolate(small, torch::nn::functional::InterpolateFuncOptions()
                                                    .size(std::vector<std::int64_t>{to_px, to_px})
                                                    .mode(torch::kBilinear)
                                                    .align_corners(false))
          .round()
          .to(torch::kUInt8)
          .permute({0, 2, 3, 1})
          .contiguous();
  const auto* bytes = large.data_ptr<std::uint8_t>();
  return {bytes, bytes + large.numel()};
}

world::Sample sharp_sample(const world::World& world, std::uint64_t index, int side_px,
                           world::Split split, const BatchMix& mix) {
  if (!is_single(index, mix.single_share)) return world.sample(index, side_px, split);
  base::RandomStream stream = base::RandomStream(0, "single").at(index);
  const bool written = mix.written_share > 0 && stream.chance(float(mix.written_share));
  int thing = 0;
  do thing = stream.below(int(world.things().size()));
  while (written && world.things()[std::size_t(thing)].kind == world::ThingKind::pictogram);
  return world.single(thing, index, side_px, split);
}

world::Sample sample_of(const world::World& world, std::uint64_t index, int side_px,
                        world::Split split, const BatchMix& mix) {
  base::RandomStream stream = base::RandomStream(0, "soft").at(index);
  if (!stream.chance(float(mix.soft_share))) return sharp_sample(world, index, side_px, split, mix);
  const int rendered_px = int(float(side_px) * stream.uniform(kLeastSoftSide, 1));
  world::Sample sample = sharp_sample(world, index, rendered_px, split, mix);
  sample.rgb = enlarged(std::move(sample.rgb), rendered_px, side_px);
  sample.side_px = side_px;
  return sample;
}

}  // namespace

Batch make_batch(const world::World& world, const clip::Tokenizer& tokenizer, std::uint64_t first,
                 int count, int side_px, int context_length, world::Split split,
                 const BatchMix& mix) {
  at::Tensor rows = torch::empty({count, side_px, side_px, 3}, torch::kUInt8);
  at::Tensor caption_ids = torch::empty({count}, torch::kInt64);
  at::Tensor lone_things = torch::full({count}, -1, torch::kInt64);
  std::vector<std::string> captions, elsewhere;
  std::unordered_map<std::string, std::int64_t> known;
  std::set<int> shown;
  for (int i = 0; i < count; ++i) {
    world::Sample sample = sample_of(world, first + std::uint64_t(i), side_px, split, mix);
    std::memcpy(
        rows.data_ptr<std::uint8_t>() + std::ptrdiff_t(i) * std::ptrdiff_t(sample.rgb.size()),
        sample.rgb.data(), sample.rgb.size());
    caption_ids.data_ptr<std::int64_t>()[i] =
        known.try_emplace(sample.caption, std::int64_t(known.size())).first->second;
    captions.push_back(std::move(sample.caption));
    for (std::string& text :
         same_thing_elsewhere(world, sample, mix.elsewhere,
                              base::RandomStream(first, "elsewhere").at(std::uint64_t(i))))
      elsewhere.push_back(std::move(text));
    if (sample.shown.size() == 1) lone_things.data_ptr<std::int64_t>()[i] = sample.shown[0];
    shown.insert(sample.shown.begin(), sample.shown.end());
  }
  Batch batch{rows.permute({0, 3, 1, 2}),
              token_ids_of(tokenizer, captions, context_length),
              caption_ids,
              {},
              lone_things};
  std::vector<std::string> others =
      names_not_shown(world, shown, mix.catalogue, base::RandomStream(first, "catalogue"));
  others.insert(others.end(), elsewhere.begin(), elsewhere.end());
  if (!others.empty()) batch.other_token_ids = token_ids_of(tokenizer, others, context_length);
  return batch;
}

BatchLoader::BatchLoader(const world::World& world, const clip::Tokenizer& tokenizer,
                         const Options& options)
    : world_(world),
      tokenizer_(tokenizer),
      options_(options),
      next_made_(options.first),
      next_used_(options.first) {
  for (int i = 0; i < options.threads; ++i) threads_.emplace_back([this] { work(); });
}

BatchLoader::~BatchLoader() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void BatchLoader::work() {
  const std::int64_t ahead = 2 * options_.threads;
  for (;;) {
    std::int64_t index;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return stop_ || next_made_ < next_used_ + ahead; });
      if (stop_) return;
      index = next_made_++;
    }
    try {
      Batch batch = make_batch(
          world_, tokenizer_, std::uint64_t(index) * std::uint64_t(options_.batch), options_.batch,
          options_.side_px, options_.context_length, world::Split::train, options_.mix);
      const std::lock_guard lock(mutex_);
      ready_.emplace(index, std::move(batch));
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!failure_) failure_ = std::current_exception();
    }
    changed_.notify_all();
  }
}

Batch BatchLoader::next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return failure_ || ready_.contains(next_used_); });
  if (failure_) std::rethrow_exception(failure_);
  Batch batch = std::move(ready_.extract(next_used_).mapped());
  ++next_used_;
  lock.unlock();
  changed_.notify_all();
  return batch;
}

}  // namespace clipguide::training
