#include "clipguide/view/view_options.h"

#include <gtest/gtest.h>

#include <cmath>

#include "clipguide/base/error.h"
#include "clipguide/view/placement.h"

namespace clipguide::view {
namespace {

TEST(ViewOptions, EveryPresetMakesAView) {
  ASSERT_EQ(view_preset_names().size(), 5u);
  for (const std::string& name : view_preset_names()) {
    const ViewOptions options = view_preset(name);
    EXPECT_EQ(make_view(options)->count(0.5), options.count) << name;
  }
  EXPECT_THROW(view_preset("dass"), base::UsageError);
}

TEST(ViewOptions, PresetsLookAsOftenAsTheirMethods) {
  EXPECT_EQ(view_preset("plain").count, 1);
  EXPECT_EQ(view_preset("das").count, 32);
  EXPECT_EQ(view_preset("aphantasia").count, 200);
  EXPECT_EQ(view_preset("vqgan-clip").count, 32);
  EXPECT_EQ(view_preset("disco").count, 16);
}

TEST(ViewOptions, StrengthReplacesThePresetsAndReadsBack) {
  for (const std::string& name : view_strength_names()) {
    ViewOptions options = view_preset("plain");
    EXPECT_EQ(view_strength(options, name), 0) << name;
    set_strength(options, name, 0.25);
    set_strength(options, name, 0.5);
    EXPECT_EQ(view_strength(options, name), 0.5) << name;
    for (const std::string& other : view_strength_names()) {
      EXPECT_EQ(view_strength(options, other), other == name ? 0.5 : 0) << name << ", " << other;
    }
  }
}

TEST(ViewOptions, RefusesStrengthsThatAreNone) {
  ViewOptions options;
  EXPECT_THROW(set_strength(options, "blur", 1), base::UsageError);
  EXPECT_THROW(set_strength(options, "crop", -0.1), base::UsageError);
  EXPECT_THROW(set_strength(options, "crop", 10.1), base::UsageError);
  EXPECT_THROW(set_strength(options, "crop", std::nan("")), base::UsageError);
  options.noise.strength = INFINITY;
  EXPECT_THROW(make_view(options), base::UsageError);
}

TEST(ViewOptions, RefusesAmountsOutOfRange) {
  EXPECT_THROW(make_view({.count = 0}), base::UsageError);
  EXPECT_THROW(make_view({}, -1), base::UsageError);
  ViewOptions options;
  options.crop.min_share = 1.5;
  EXPECT_THROW(make_view(options), base::UsageError);
}

TEST(ViewOptions, MarginIsAQuarterOfDasPicture) {
  ViewOptions das = view_preset("das");
  EXPECT_EQ(margin_px(das, 224, 224), 56);
  EXPECT_EQ(margin_px(das, 512, 384), 96);
  set_strength(das, "roll", 0.5);
  EXPECT_EQ(margin_px(das, 224, 224), 28);
  set_strength(das, "roll", 0);
  EXPECT_EQ(margin_px(das, 224, 224), 0);
  for (const char* name : {"plain", "aphantasia", "vqgan-clip", "disco"})
    EXPECT_EQ(margin_px(view_preset(name), 512, 512), 0) << name;
}

// A square window's centre and side, whatever was turned in it.
double side_of(const Warp& warp) {
  const Point a = apply(warp.to_canvas, {0, 0}), b = apply(warp.to_canvas, {1, 0});
  return std::hypot(b.x - a.x, b.y - a.y);
}

base::RandomStream view_stream(int index) {
  return base::RandomStream(3, "views").at(0).at(std::uint64_t(index));
}

TEST(Placement, DasRollsTheWholePictureByWholePixelsWithinTheMargin) {
  const ViewOptions options = view_preset("das");
  int smallest = 0, largest = 0;
  for (int i = 0; i < 2000; ++i) {
    const Warp warp = place_view(options, {336, 336, 56}, i, view_stream(i), 0);
    const Point corner = apply(warp.to_canvas, {0, 0});
    ASSERT_EQ(corner.x, std::round(corner.x));
    ASSERT_EQ(corner.y, std::round(corner.y));
    ASSERT_EQ(side_of(warp), 224);
    smallest = std::min(smallest, int(corner.x) - 56);
    largest = std::max(largest, int(corner.y) - 56);
  }
  EXPECT_EQ(smallest, -56);
  EXPECT_EQ(largest, 56);
}

TEST(Placement, DiscoTurnsFromOverviewsToInnerCuts) {
  ViewOptions options = view_preset("disco");
  set_strength(options, "affine", 0);
  const auto overviews = [&](int count, double progress) {
    options.count = count;
    int wide = 0;
    for (int i = 0; i < count; ++i) {
      const Warp warp = place_view(options, {640, 480, 0}, i, view_stream(i), progress);
      if (std::abs(side_of(warp) - 640) < 1e-9) ++wide;
    }
    return wide;
  };
  EXPECT_EQ(overviews(16, 0.0), 12);
  EXPECT_EQ(overviews(16, 0.39), 12);
  EXPECT_EQ(overviews(16, 0.4), 4);
  EXPECT_EQ(overviews(32, 0.1), 24);
}

TEST(Placement, AphantasiaCropsBetweenItsFloorAndTheShortSide) {
  ViewOptions options = view_preset("aphantasia");
  set_strength(options, "affine", 0);
  set_strength(options, "perspective", 0);
  constexpr int kViews = 4000;
  double wide = 0, smallest = 1e9, largest = 0;
  for (int i = 0; i < kViews; ++i) {
    const Warp warp = place_view(options, {1280, 720, 0}, i, view_stream(i), 0);
    const double side = side_of(warp);
    const Point a = apply(warp.to_canvas, {0, 0}), b = apply(warp.to_canvas, {1, 1});
    ASSERT_GE(std::min(a.x, a.y), -1e-9);
    ASSERT_LE(b.x, 1280 + 1e-9);
    ASSERT_LE(b.y, 720 + 1e-9);
    smallest = std::min(smallest, side), largest = std::max(largest, side);
    if (side >= 0.9 * 720) ++wide;
  }
  EXPECT_NEAR(smallest, 224, 3);
  EXPECT_NEAR(largest, 720, 3);
  const double by_chance = 0.1 * 720 / (720 - 224);
  EXPECT_NEAR(wide / kViews, 0.4 + 0.6 * by_chance, 0.03);
}

TEST(Placement, EveryPlacementKeepsItsPromise) {
  ViewOptions options;
  options.crop = {.strength = 1, .min_share = 0.5, .max_share = 0.5};
  const auto mean_and_spread = [&](Placement placement) {
    options.crop.placement = placement;
    double sum = 0, square = 0;
    for (int i = 0; i < 4000; ++i) {
      const Warp warp = place_view(options, {200, 100, 0}, i, view_stream(i), 0);
      EXPECT_EQ(warp.border, placement == Placement::overscan ? Border::wrap : Border::clamp);
      const double x = apply(warp.to_canvas, {0.5, 0.5}).x;
      sum += x, square += x * x;
    }
    return Point{sum / 4000, std::sqrt(square / 4000 - sum * sum / 16e6)};
  };
  const Point uniform = mean_and_spread(Placement::uniform);
  EXPECT_NEAR(uniform.x, 100, 3);
  EXPECT_NEAR(uniform.y, 150 / std::sqrt(12), 2);
  const Point central = mean_and_spread(Placement::central);
  EXPECT_NEAR(central.x, 100, 3);
  EXPECT_NEAR(central.y, 150 * 0.2, 2);
  const Point overscan = mean_and_spread(Placement::overscan);
  EXPECT_NEAR(overscan.x, 100, 3);
  EXPECT_NEAR(overscan.y, 200 / std::sqrt(12), 2);
}

TEST(Placement, StrongestPerspectiveKeepsItsHorizonOutside) {
  ViewOptions options;
  options.perspective = {.strength = 10, .chance = 1, .distortion = 1};
  for (int i = 0; i < 5000; ++i) {
    const auto m = place_view(options, {100, 100, 0}, i, view_stream(i), 0).to_canvas.m;
    for (const double w : {m[8], m[6] + m[8], m[7] + m[8], m[6] + m[7] + m[8]}) ASSERT_GT(w, 0);
  }
}

TEST(Placement, AnAugmentationShiftsNoOther) {
  // Each alone, then all together: the same draws, composed.
  const auto with = [](std::initializer_list<const char*> names) {
    ViewOptions options;
    for (const char* name : names) set_strength(options, name, 1);
    return options;
  };
  constexpr Frame kFrame{200, 100, 0}, kUnit{1, 1, 0};
  int flipped = 0;
  for (int i = 0; i < 40; ++i) {
    const auto place = [&](const ViewOptions& options, const Frame& frame) {
      return place_view(options, frame, i, view_stream(i), 0).to_canvas;
    };
    const Homography crop = place(with({"crop"}), kFrame);
    const Homography affine = place(with({"affine"}), kUnit);
    const Homography perspective = place(with({"perspective"}), kUnit);
    const Homography roll = place(with({"roll"}), kFrame) * scaling(1 / 200., 1 / 100.);
    const bool flips = place(with({"flip"}), kUnit).m[0] < 0;
    flipped += flips;
    const Homography all = place(with({"crop", "affine", "perspective", "roll", "flip"}), kFrame);
    const Homography expected =
        roll * crop * (flips ? mirror() : Homography{}) * affine * perspective;
    for (std::size_t k = 0; k < 9; ++k)
      EXPECT_NEAR(all.m[k], expected.m[k], 1e-9) << i << ", " << k;
  }
  EXPECT_GT(flipped, 10);
  EXPECT_LT(flipped, 30);
}

}  // namespace
}  // namespace clipguide::view
