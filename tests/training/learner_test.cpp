#include "training/learner.h"

#include <gtest/gtest.h>

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"
#include "support/temporary_folder.h"
#include "training/bpe_trainer.h"
#include "training/model_folder.h"

namespace clipguide::training {
namespace {

RunConfig small_run() {
  RunConfig config = read_run_config(R"({
    "model": {"embed_dim": 32,
              "vision_cfg": {"image_size": 32, "layers": [1, 1, 1, 1], "width": 8, "head_width": 32},
              "text_cfg": {"context_length": 16, "vocab_size": 520, "width": 32, "heads": 2, "layers": 1}},
    "seed": 3, "batch": 8, "steps": 40, "learning_rate": 0.003, "warm_up_steps": 3,
    "radius": 0.5, "radius_warm_up_steps": 4, "average_decay": 0.9})",
                                     "small run");
  return config;
}

/// Four colours and their names in made-up tokens, each twice in a batch.
Batch colour_batch(std::int64_t index) {
  torch::manual_seed(std::uint64_t(index));
  Batch batch;
  batch.picture = torch::randint(0, 60, {8, 3, 32, 32}).to(torch::kUInt8);
  batch.token_ids = torch::zeros({8, 4}, torch::kInt64);
  batch.caption_ids = torch::arange(8, torch::kInt64).remainder(4);
  for (std::int64_t i = 0; i < 8; ++i) {
    const std::int64_t colour = i % 4;
    if (colour < 3) batch.picture[i][colour] += 180;
    batch.token_ids[i] =
        torch::tensor({std::int64_t(518), 10 + colour, std::int64_t(519), std::int64_t(0)});
  }
  return batch;
}

/// Captions say a colour alone. The names are other texts, in two kinds of sentence.
std::vector<at::Tensor> colour_names() {
  at::Tensor names = torch::zeros({4, 4}, torch::kInt64);
  for (std::int64_t i = 0; i < 4; ++i)
    names[i] = torch::tensor({std::int64_t(518), 100 + i, std::int64_t(519), std::int64_t(0)});
  return {names, names + torch::tensor({0, 50, 0, 0}, torch::kInt64)};
}

void expect_same(const std::map<std::string, at::Tensor>& one,
                 const std::map<std::string, at::Tensor>& other) {
  ASSERT_EQ(one.size(), other.size());
  for (const auto& [name, tensor] : one) EXPECT_TRUE(tensor.equal(other.at(name))) << name;
}

TEST(Learner, LearnsToTellColoursApart) {
  torch::set_num_threads(1);
  Learner learner(small_run(), torch::kCPU);
  double first = 0, last = 0;
  for (std::int64_t i = 0; i < 40; ++i) {
    const StepReport report = learner.step(colour_batch(i));
    if (i == 0) first = report.loss;
    last = report.loss;
  }
  EXPECT_LT(last, first);
  EXPECT_EQ(learner.clean_accuracy(colour_batch(99)), 1);
}

TEST(Learner, LearnsTheNamesOfLoneThings) {
  torch::set_num_threads(1);
  RunConfig config = small_run();
  config.names_weight = 1;
  Learner learner(config, torch::kCPU);
  learner.set_names(colour_names());
  const auto named = [&](const at::Tensor& token_ids) {
    const torch::NoGradGuard no_grad;
    const Batch batch = colour_batch(99);
    learner.model().train(false);
    const at::Tensor image =
        learner.model().image_features(batch.picture.to(torch::kFloat32).div(255));
    return image.matmul(learner.model().text_features(token_ids).t())
        .argmax(1)
        .eq(batch.caption_ids)
        .to(torch::kFloat32)
        .mean()
        .item<double>();
  };
  for (std::int64_t i = 0; i < 60; ++i) {
    Batch batch = colour_batch(i);
    batch.lone_things = batch.caption_ids.clone();
    batch.lone_things[i % 8] = -1;
    learner.step(batch);
  }
  for (const at::Tensor& names : colour_names()) EXPECT_EQ(named(names), 1);
}

TEST(Learner, GoesOnBetweenTwoRoundsOfNames) {
  torch::set_num_threads(1);
  const test::TemporaryFolder folder;
  RunConfig config = small_run();
  config.names_weight = 1;
  config.names_every = 4;
  const auto go = [&](Learner& learner, std::int64_t from, std::int64_t to) {
    learner.set_names(colour_names());
    for (std::int64_t i = from; i < to; ++i) {
      Batch batch = colour_batch(i);
      batch.lone_things = batch.caption_ids;
      learner.step(batch);
    }
  };
  Learner whole(config, torch::kCPU), first(config, torch::kCPU), second(config, torch::kCPU);
  go(whole, 0, 6);
  go(first, 0, 2);
  first.save(folder / "checkpoint.pt");
  second.load(folder / "checkpoint.pt");
  go(second, 2, 6);
  expect_same(whole.model().towers().tensors(), second.model().towers().tensors());

  config.names_every = 1;
  Learner always(config, torch::kCPU);
  go(always, 0, 6);
  EXPECT_FALSE(always.model()
                   .towers()
                   .tensors()
                   .at("text_projection")
                   .equal(whole.model().towers().tensors().at("text_projection")));
}

TEST(Learner, GoesOnFromACheckpointWithTheSameBits) {
  torch::set_num_threads(1);
  const test::TemporaryFolder folder;
  Learner whole(small_run(), torch::kCPU);
  for (std::int64_t i = 0; i < 6; ++i) whole.step(colour_batch(i));

  Learner first(small_run(), torch::kCPU);
  for (std::int64_t i = 0; i < 3; ++i) first.step(colour_batch(i));
  first.save(folder / "checkpoint.pt");
  Learner second(small_run(), torch::kCPU);
  second.load(folder / "checkpoint.pt");
  EXPECT_EQ(second.steps_done(), 3);
  for (std::int64_t i = 3; i < 6; ++i) second.step(colour_batch(i));

  expect_same(whole.model().towers().tensors(), second.model().towers().tensors());
  expect_same(whole.shipped_tensors(), second.shipped_tensors());
}

TEST(Learner, StartsWithTheAveragedWeightsOfAnotherRunAtAnotherSize) {
  const test::TemporaryFolder folder;
  Learner first(small_run(), torch::kCPU);
  for (std::int64_t i = 0; i < 3; ++i) first.step(colour_batch(i));
  first.save(folder / "start.pt");
  RunConfig larger = small_run();
  larger.model.vision.image_size_px = 64;
  Learner from_run(larger, torch::kCPU), from_model(larger, torch::kCPU);
  from_run.start_with(folder / "start.pt");
  from_model.start_with(first.shipped_tensors());
  EXPECT_EQ(from_run.steps_done(), 0);
  expect_same(from_run.shipped_tensors(), from_model.shipped_tensors());
  const auto before = first.shipped_tensors(), after = from_run.shipped_tensors();
  const std::string positions = "visual.attnpool.positional_embedding";
  for (const auto& [name, tensor] : before)
    if (name != positions) {
      EXPECT_TRUE(tensor.equal(after.at(name))) << name;
    }
  // One place became four alike, each the mean's and the place's row.
  ASSERT_EQ(after.at(positions).size(0), 5);
  for (int row = 0; row < 5; ++row)
    EXPECT_TRUE(after.at(positions)[row].allclose(before.at(positions)[std::min(row, 1)]));
  EXPECT_EQ(from_run
                .step([] {
                  Batch batch = colour_batch(0);
                  batch.picture = batch.picture.repeat({1, 1, 2, 2});
                  return batch;
                }())
                .learning_rate,
            from_run.learning_rate_at(0));
}

TEST(Learner, ABrokenCheckpointIsRefused) {
  const test::TemporaryFolder folder;
  base::write_file(folder / "checkpoint.pt", std::string_view("not an archive"));
  Learner learner(small_run(), torch::kCPU);
  EXPECT_THROW(learner.load(folder / "checkpoint.pt"), base::FormatError);
}

TEST(Learner, TheAttackLeavesTheRunningStatisticsAlone) {
  torch::manual_seed(1);
  Model model(small_run().model, torch::kCPU, true);
  model.train(true);
  const auto mean = [&] { return model.towers().tensors().at("visual.bn1.running_mean").clone(); };
  const at::Tensor before = mean(), picture = torch::rand({4, 3, 32, 32});
  {
    const FrozenStatistics frozen(*model.towers().image);
    model.image_features(picture);
  }
  EXPECT_TRUE(mean().equal(before));
  model.image_features(picture);
  EXPECT_FALSE(mean().equal(before));
}

TEST(Learner, FrozenStagesKeepTheirWeightsAndStatistics) {
  torch::set_num_threads(1);
  RunConfig config = small_run();
  config.frozen_stages = 2;
  config.clean_share = 0.5;
  Learner learner(config, torch::kCPU);
  std::map<std::string, at::Tensor> before;
  for (const auto& [name, tensor] : learner.model().towers().tensors())
    before[name] = tensor.clone();
  for (std::int64_t i = 0; i < 3; ++i) learner.step(colour_batch(i));
  for (const auto& [name, tensor] : learner.model().towers().tensors()) {
    const bool frozen = name.starts_with("visual.conv") || name.starts_with("visual.bn") ||
                        name.starts_with("visual.layer1.") || name.starts_with("visual.layer2.");
    if (frozen) {
      EXPECT_TRUE(tensor.equal(before.at(name))) << name;
    }
  }
  for (const char* name : {"visual.layer3.0.conv1.weight", "visual.layer4.0.bn1.running_mean",
                           "visual.attnpool.q_proj.weight"})
    EXPECT_FALSE(learner.model().towers().tensors().at(name).equal(before.at(name))) << name;
}

TEST(Learner, SchedulesRiseAndFall) {
  const Learner learner(small_run(), torch::kCPU);
  EXPECT_LT(learner.learning_rate_at(0), learner.learning_rate_at(2));
  EXPECT_NEAR(learner.learning_rate_at(2), 0.003, 1e-9);
  EXPECT_NEAR(learner.learning_rate_at(40), small_run().last_learning_rate, 1e-9);
  EXPECT_DOUBLE_EQ(learner.radius_at(0), 0);
  EXPECT_DOUBLE_EQ(learner.radius_at(2), 0.25);
  EXPECT_DOUBLE_EQ(learner.radius_at(400), 0.5);
}

TEST(ModelFolder, HoldsWhatWasTrained) {
  const test::TemporaryFolder folder;
  const auto merges = learn_merges({{"red", 2}, {"blue", 2}}, 6);
  base::write_file(folder / "words.gz", std::string_view(format_vocabulary(merges)));
  RunConfig config = small_run();
  config.model.text.vocabulary = int(vocabulary_size(merges.size()));
  Learner learner(config, torch::kCPU);
  export_model(folder / "model", config, learner.shipped_tensors(), folder / "words.gz",
               config.model.text.vocabulary, {});
  Model loaded = load_model(folder / "model", torch::kCPU);
  const at::Tensor picture = torch::rand({2, 3, 32, 32});
  learner.model().train(false);
  const at::Tensor cosine =
      (loaded.image_features(picture) * learner.model().image_features(picture)).sum(1);
  EXPECT_GT(cosine.min().item<double>(), 0.999);  // half precision
}

}  // namespace
}  // namespace clipguide::training
