/// Where the default canvas, with the default model, lays what it is told to draw.
#include <gtest/gtest.h>

#include "clipguide/guide/model_card.h"
#include "clipguide/guide/run.h"

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
