/// Where the default canvas, with the default model, lays what it is told to draw.
#include <gtest/gtest.h>

#include "clipguide/guide/model_card.h"
#include "clipguide/guide/run.h"
#include "clipguide/media/picture.h"
#include "support/temporary_folder.h"

namespace clipguide::e2e {
namespace {

const std::filesystem::path kPictogram =
    std::filesystem::path(CLIPGUIDE_SOURCE_DIR) / "models/pictogram";

guide::RunOptions quick_options(const std::string& prompt) {
  guide::RunOptions options = guide::preset_options(guide::read_model_card(kPictogram), "fast");
  options.models = {kPictogram.string()};
  options.prompt = prompt;
  options.width = 256, options.height = 144;
  options.steps = 20, options.candidates = 64;
  return options;
}

std::vector<canvas::SavedCollage::Object> objects_of(const guide::RunOptions& options) {
  guide::Run run(options, {});
  run.go({});
  run.pictures();
  return run.collage(0).objects;
}

void expect_inside(const canvas::SavedCollage::Object& object, const canvas::Area& area) {
  EXPECT_GT(object.placement.x, area.x) << object.thing;
  EXPECT_LT(object.placement.x, area.x + area.width) << object.thing;
  EXPECT_GT(object.placement.y, area.y) << object.thing;
  EXPECT_LT(object.placement.y, area.y + area.height) << object.thing;
  EXPECT_LT(object.placement.size, canvas::shorter_side(area, 256.0 / 144) + 1e-3) << object.thing;
}

TEST(DefaultCollage, lays_things_of_regions_into_their_boxes) {
  for (const std::uint64_t seed : {1, 2, 3}) {
    guide::RunOptions options = quick_options("the sea at sunset");
    options.seed = seed;
    options.regions = {"0.05,0.3,0.4,0.65: a sailboat", "0.6,0.2,0.38,0.75: a palm tree"};
    const auto objects = objects_of(options);
    ASSERT_EQ(objects.size(), 2u);
    EXPECT_EQ(objects[0].thing, "a sailboat");
    EXPECT_EQ(objects[1].thing, "a palm tree");
    expect_inside(objects[0], {0.05, 0.3, 0.4, 0.65});
    expect_inside(objects[1], {0.6, 0.2, 0.38, 0.75});
  }
}

void write_grey(const std::filesystem::path& path, int white_columns) {
  media::Picture picture{256, 144, {}};
  for (int y = 0; y < 144; ++y)
    for (int x = 0; x < 256; ++x)
      for (int c = 0; c < 3; ++c)
        picture.rgb.push_back(white_columns < 0 ? 128 : x < white_columns ? 255 : 0);
  media::write_picture(path, picture);
}

TEST(DefaultCollage, lays_things_where_the_mask_lets_them_be_painted) {
  const test::TemporaryFolder folder;
  write_grey(folder / "grey.png", -1);
  write_grey(folder / "left.png", 85);
  for (const std::uint64_t seed : {1, 2, 3}) {
    guide::RunOptions options = quick_options("a red apple");
    options.init = (folder / "grey.png").string();
    options.mask = (folder / "left.png").string();
    options.seed = seed;
    guide::Run run(options, {});
    run.go({});
    const at::Tensor picture = run.pictures()[0];
    const auto objects = run.collage(0).objects;
    ASSERT_EQ(objects.size(), 1u);
    const canvas::Placement& apple = objects[0].placement;
    EXPECT_LE(apple.x * 256 + apple.size * 72, 86) << "not cut off at the mask's edge";
    EXPECT_GE(apple.x * 256 - apple.size * 72, -1);
    const at::Tensor red = (picture[0] > 0.55).logical_and(picture[1] < 0.45);
    EXPECT_GT(red.sum().item<std::int64_t>(), 300) << "it is there";
    EXPECT_TRUE(picture.slice(2, 86).sub(128 / 255.0).abs().max().item<float>() < 1e-3);
  }
}

TEST(DefaultCollage, lays_things_into_the_half_that_is_mirrored) {
  guide::RunOptions options = quick_options("a beach");
  options.symmetry = "left-right";
  options.regions = {"0.6,0.5,0.4,0.5: a duck"};
  const auto objects = objects_of(options);
  ASSERT_EQ(objects.size(), 1u);
  expect_inside(objects[0], {0, 0.5, 0.4, 0.5});
}

TEST(DefaultCollage, draws_a_tile_without_a_seam) {
  for (const std::uint64_t seed : {1, 2}) {
    guide::RunOptions options = quick_options("the sea at sunset");
    options.tile = true;
    options.seed = seed;
    guide::Run run(options, {});
    run.go({});
    const at::Tensor picture = run.pictures();
    for (const int axis : {2, 3}) {
      const at::Tensor steps = torch::cat({picture, picture.narrow(axis, 0, 1)}, axis)
                                   .diff(1, axis)
                                   .abs()
                                   .mean({0, 1, 5 - axis});
      const std::int64_t last = steps.size(0) - 1;
      EXPECT_LE(steps[last].item<double>(), 1.05 * steps.narrow(0, 0, last).max().item<double>())
          << axis << " of seed " << seed;
    }
  }
}

TEST(DefaultCollage, goes_on_from_a_snapshot_with_its_regions) {
  guide::RunOptions options = quick_options("a beach");
  options.regions = {"0.5,0,0.5,1: an owl"};
  options.steps = 12;
  guide::Run whole(options, {});
  whole.go({});
  guide::Run first(options, {});
  first.go([](const guide::StepEvent& event) {
    return event.step == 5 ? guide::Verdict::stop : guide::Verdict::go_on;
  });
  guide::Run second(first.snapshot(), {});
  second.go({});
  EXPECT_TRUE(second.pictures().equal(whole.pictures()));
}

}  // namespace
}  // namespace clipguide::e2e
