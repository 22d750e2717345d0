/// Runs of a small model whose wishes and views change on the way.
#include <gtest/gtest.h>

#include "clipguide/base/error.h"
#include "clipguide/guide/option_table.h"
#include "clipguide/guide/run.h"
#include "clipguide/media/picture.h"
#include "support/temporary_folder.h"

namespace clipguide::guide {
namespace {

using nlohmann::json;

constexpr std::size_t kSteps = 8, kHalf = 4;

/// What each step looked at: the first is the start, so a change in step n shows in n + 1.
std::vector<at::Tensor> pictures_of(const json& more, RunContext context = {}) {
  json options = {{"model", {CLIPGUIDE_FIXTURES "/models/vit"}},
                  {"prompt", "a red apple"},
                  {"canvas", "pixel"},
                  {"width", 48},
                  {"height", 48},
                  {"cuts", 4},
                  {"steps", kSteps},
                  {"seed", 7}};
  options.update(more);
  Run run(from_json(options), std::move(context));
  std::vector<at::Tensor> pictures;
  run.go([&](const StepEvent& event) {
    pictures.push_back(event.picture.clone());
    return Verdict::go_on;
  });
  pictures.push_back(run.pictures());
  return pictures;
}

/// Alike to the bit up to the middle of the run, different from there on.
void expect_to_part_at_half(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
  for (std::size_t i = 0; i <= kHalf; ++i) EXPECT_TRUE(torch::equal(a[i], b[i])) << "step " << i;
  for (std::size_t i = kHalf + 1; i <= kSteps; ++i)
    EXPECT_FALSE(torch::equal(a[i], b[i])) << "step " << i;
}

const std::string kFromHalf = "0:0, 0.49:0, 0.5:1";

class RunSchedule : public testing::Test {
 protected:
  RunSchedule() {
    media::Picture picture{16, 16, std::vector<std::uint8_t>(16 * 16 * 3, 200)};
    for (std::size_t i = 0; i < picture.rgb.size(); i += 7) picture.rgb[i] = 10;
    media::write_picture(folder_ / "p.png", picture);
    path_ = (folder_ / "p.png").string();
  }
  test::TemporaryFolder folder_;
  std::string path_;
};

TEST_F(RunSchedule, a_wish_of_factor_0_is_as_if_it_were_not_there) {
  const std::vector<at::Tensor> plain = pictures_of(json::object());
  const std::vector<json> wishes = {
      {{"negative_prompt", "a pear:0.5"}, {"negative_weights", kFromHalf}},
      {{"image_prompt", {path_}}, {"image_weights", kFromHalf}},
      {{"style_image", {path_}}, {"style_weights", kFromHalf}}};
  for (const json& wish : wishes) {
    SCOPED_TRACE(wish.dump());
    expect_to_part_at_half(plain, pictures_of(wish));
  }
}

TEST_F(RunSchedule, a_regions_factor_is_that_of_its_views) {
  const json region = {{"region", {"0.5,0,0.5,1: a pear:2"}}};
  const auto with = [&](const std::string& factor) {
    json wish = region;
    wish["region_weights"] = factor;
    return pictures_of(wish);
  };
  expect_to_part_at_half(with("0"), with(kFromHalf));
  EXPECT_TRUE(torch::equal(with("1").back(), pictures_of(region).back()));
  // The whole picture's views are the same; their mean is taken in another order.
  EXPECT_TRUE(torch::allclose(with("0").back(), pictures_of(json::object()).back(), 0, 2e-2));
}

TEST_F(RunSchedule, one_factor_counts_for_all_and_each_for_its_own) {
  const json both = {{"negative_prompt", "a pear | a cat:2"}};
  const auto with = [&](const std::string& factors) {
    json wish = both;
    wish["negative_weights"] = factors;
    return pictures_of(wish).back();
  };
  EXPECT_TRUE(torch::equal(with("1 - t"), with("1 - t | 1 - t")));
  EXPECT_FALSE(torch::equal(with("1 - t | 1"), with("1 | 1 - t")));
  EXPECT_TRUE(torch::equal(with("0 | 1"), with("0*t | 1")));
  EXPECT_THROW(with("1 | 1 | 1"), base::UsageError);
}

TEST_F(RunSchedule, words_to_avoid_are_none_of_the_negative_prompts) {
  const json avoid = {{"avoid", "letters"}};
  const at::Tensor avoided = pictures_of(avoid).back();
  json wish = avoid;
  wish["negative_prompt"] = "a pear";
  wish["negative_weights"] = "0";
  EXPECT_TRUE(torch::allclose(pictures_of(wish).back(), avoided, 0, 2e-2));
  wish["negative_weights"] = "0 | 0";
  EXPECT_THROW(pictures_of(wish), base::UsageError);
  wish = avoid;
  wish["negative_weights"] = "0";
  EXPECT_THROW(pictures_of(wish), base::UsageError);
}

TEST_F(RunSchedule, who_is_shown_pictures_alone_needs_no_vocabulary) {
  const std::filesystem::path model = folder_ / "wordless";
  std::filesystem::create_directory(model);
  for (const char* file : {"open_clip_config.json", "open_clip_model.safetensors"})
    std::filesystem::copy(std::filesystem::path(CLIPGUIDE_FIXTURES "/models/vit") / file, model);
  json wish = {{"model", {model.string()}}, {"prompt", ""}, {"image_prompt", {path_}}};
  const at::Tensor plain = pictures_of(wish).back();
  wish["avoid"] = "letters";
  std::string warned;
  RunContext context;
  context.log = [&](base::LogLevel level, std::string_view message) {
    if (level == base::LogLevel::warning) warned = message;
  };
  EXPECT_TRUE(torch::equal(pictures_of(wish, context).back(), plain));
  EXPECT_EQ(warned, "without a vocabulary letters are not avoided");
  wish["prompt"] = "a red apple";
  EXPECT_THROW(pictures_of(wish), base::UsageError);
}

TEST_F(RunSchedule, the_similarity_of_the_end_counts_what_is_wanted_then) {
  const auto score = [&](const json& more) {
    json options = {{"model", {CLIPGUIDE_FIXTURES "/models/vit"}},
                    {"prompt", "a red apple"},
                    {"width", 48},
                    {"height", 48},
                    {"steps", 1}};
    options.update(more);
    const guide::Run run(from_json(options), {});
    return run.score_of(torch::full({1, 3, 48, 48}, 0.3)).similarity[0];
  };
  const json picture = {{"image_prompt", {path_}}};
  const double text = score(json::object()), both = score(picture);
  EXPECT_GT(std::abs(text - both), 1e-3);
  json fades = picture, comes = picture;
  fades["image_weights"] = "1 - t";
  comes["image_weights"] = "t";
  EXPECT_NEAR(score(fades), text, 1e-6);
  EXPECT_NEAR(score(comes), both, 1e-6);
  EXPECT_NEAR(score({{"negative_prompt", "a pear"}, {"negative_weights", "t"}}), text, 1e-6);
}

TEST_F(RunSchedule, cuts_change_from_step_to_step_and_not_their_bits) {
  const std::vector<at::Tensor> four = pictures_of({{"cuts", 4}});
  EXPECT_TRUE(torch::equal(four.back(), pictures_of({{"cuts", "4 + 0*t"}}).back()));
  const std::string fewer = "0:4, 0.49:4, 0.5:2";
  expect_to_part_at_half(four, pictures_of({{"cuts", fewer}}));
  const json regions = {{"region", {"0,0,0.5,1: a pear", "0.5,0,0.5,1: a cat"}}};
  json changing = regions, batched = regions;
  changing["cuts"] = "0:4, 0.5:12";
  batched["cuts"] = "0:4, 0.5:12";
  batched["view_batch"] = 3;
  EXPECT_TRUE(torch::allclose(pictures_of(changing).back(), pictures_of(batched).back(), 0, 2e-2));
}

TEST_F(RunSchedule, memory_is_planned_for_the_most_views_and_leaves_no_trace) {
  RunContext context;
  context.most_memory_bytes = std::int64_t(64) << 30;
  std::string said;
  context.log = [&](base::LogLevel, std::string_view text) { said += std::string(text) + "\n"; };
  for (const char* canvas : {"pixel", "palette"}) {
    const json changing = {{"cuts", "0:2, 0.5:6"}, {"canvas", canvas}};
    const std::vector<at::Tensor> planned = pictures_of(changing, context);
    EXPECT_NE(said.find("6 of 6 views in memory at once"), std::string::npos) << said;
    EXPECT_TRUE(torch::equal(planned.back(), pictures_of(changing).back())) << canvas;
  }
}

TEST_F(RunSchedule, goes_on_from_a_snapshot_to_the_same_bits) {
  const json changing = {{"cuts", "0:4, 0.5:2"},
                         {"negative_prompt", "a pear"},
                         {"negative_weights", "t"},
                         {"coarse_to_fine", "0:0.1, 1:1"},
                         {"model", {CLIPGUIDE_FIXTURES "/models/vit"}},
                         {"prompt", "a red apple"},
                         {"width", 48},
                         {"height", 48},
                         {"steps", kSteps}};
  guide::Run whole(from_json(changing), {}), part(from_json(changing), {});
  whole.go({});
  part.go([](const StepEvent& event) { return event.step == 3 ? Verdict::stop : Verdict::go_on; });
  save(part.snapshot(), folder_ / "part.snapshot");
  guide::Run later(load_snapshot(folder_ / "part.snapshot"), {});
  later.go({});
  EXPECT_TRUE(torch::equal(whole.pictures(), later.pictures()));
}

}  // namespace
}  // namespace clipguide::guide
