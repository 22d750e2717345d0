#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "clipguide/base/error.h"
#include "clipguide/imaging/colour.h"
#include "clipguide/view/view_options.h"

namespace clipguide::view {
namespace {

using base::RandomStream;

RandomStream stream_of(std::uint64_t seed) { return RandomStream(seed, "views").at(17); }

at::Tensor seeded_picture(std::int64_t pictures, std::int64_t height, std::int64_t width) {
  torch::manual_seed(5);
  return at::rand({pictures, 3, height, width});
}

// Broad shapes in every colour, no detail that a smaller view loses.
at::Tensor smooth_picture(std::int64_t height, std::int64_t width,
                          at::ScalarType type = at::kFloat) {
  const at::Tensor y = ((at::arange(height, type) + 0.5) / double(height)).view({-1, 1});
  const at::Tensor x = (at::arange(width, type) + 0.5) / double(width);
  return (0.5 + 0.35 * at::stack({(3 * x + 2 * y).sin(), (4 * y - x).cos(), (5 * x * y).sin()}))
      .unsqueeze(0);
}

at::Tensor look(const ViewOptions& options, const at::Tensor& picture, int side,
                std::vector<RandomStream> streams, ViewRange range, int margin = 0,
                double progress = 0.2) {
  return make_view(options, margin)->look(picture, side, range, streams, progress);
}

double difference(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

ViewOptions with_everything() {
  ViewOptions options{.count = 8, .border = Border::reflect};
  for (const std::string& name : view_strength_names()) set_strength(options, name, 1);
  return options;
}

ViewOptions without_anything(ViewOptions options) {
  for (const std::string& name : view_strength_names()) set_strength(options, name, 0);
  return options;
}

class ViewLaw : public testing::TestWithParam<std::string> {
 protected:
  static ViewOptions options() {
    return GetParam() == "everything" ? with_everything() : view_preset(GetParam());
  }
};

std::vector<std::string> implementations() {
  std::vector<std::string> names = view_preset_names();
  names.push_back("everything");
  return names;
}

INSTANTIATE_TEST_SUITE_P(Presets, ViewLaw, testing::ValuesIn(implementations()),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::erase(name, '-');
                           return name;
                         });

TEST_P(ViewLaw, SameStreamSameViewsHoweverTheRangeIsSplit) {
  const at::Tensor picture = seeded_picture(2, 72, 90);
  const std::vector<RandomStream> streams{stream_of(1), stream_of(2)};
  const at::Tensor whole = look(options(), picture, 33, streams, {0, 8}, 8);
  EXPECT_TRUE(at::equal(whole, look(options(), picture, 33, streams, {0, 8}, 8)));
  EXPECT_TRUE(at::equal(whole, at::cat({look(options(), picture, 33, streams, {0, 3}, 8),
                                        look(options(), picture, 33, streams, {3, 5}, 8)},
                                       1)));
  for (int i = 0; i < 8; ++i)
    EXPECT_TRUE(at::equal(whole.narrow(1, i, 1), look(options(), picture, 33, streams, {i, 1}, 8)));
}

TEST_P(ViewLaw, ViewsOfAPictureDependOnItsOwnStreamAlone) {
  const at::Tensor picture = seeded_picture(2, 64, 64);
  const at::Tensor both = look(options(), picture, 32, {stream_of(1), stream_of(2)}, {0, 4});
  EXPECT_TRUE(
      at::equal(both[0], look(options(), picture.narrow(0, 0, 1), 32, {stream_of(1)}, {0, 4})[0]));
  EXPECT_TRUE(
      at::equal(both[1], look(options(), picture.narrow(0, 1, 1), 32, {stream_of(2)}, {0, 4})[0]));
  const at::Tensor other = look(options(), picture, 32, {stream_of(1), stream_of(3)}, {0, 4});
  EXPECT_TRUE(at::equal(both[0], other[0]));
  if (GetParam() != "plain") {
    EXPECT_GT(difference(both[1], other[1]), 0.01);
  }
}

TEST_P(ViewLaw, AtStrengthZeroAViewIsThePlainPicture) {
  const ViewOptions off = without_anything(options());
  const at::Tensor picture = seeded_picture(1, 48, 48);
  const at::Tensor views = look(off, picture, 48, {stream_of(1)}, {0, 3});
  for (int i = 0; i < 3; ++i) EXPECT_LE(difference(views[0][i], picture[0]), 1e-5);
  // With a margin, the plain picture is the canvas's centre.
  const at::Tensor centre = look(off, picture, 40, {stream_of(1)}, {0, 1}, 4);
  EXPECT_LE(difference(centre[0][0], picture[0].narrow(1, 4, 40).narrow(2, 4, 40)), 1e-5);
}

TEST_P(ViewLaw, StaysInRangeButForUnclippedNoise) {
  ViewOptions quiet = options();
  if (!quiet.clip) set_strength(quiet, "noise", 0);
  for (const double progress : {0.0, 1.0}) {
    const at::Tensor views =
        look(quiet, seeded_picture(1, 80, 64), 24, {stream_of(4)}, {0, 16}, 0, progress);
    EXPECT_GE(views.min().item<double>(), -1e-6);
    EXPECT_LE(views.max().item<double>(), 1 + 1e-6);
  }
  EXPECT_TRUE(at::isfinite(look(options(), seeded_picture(1, 80, 64), 24, {stream_of(4)}, {0, 16}))
                  .all()
                  .item<bool>());
}

TEST_P(ViewLaw, GeometryDoesNotDependOnTheSide) {
  ViewOptions quiet = options();
  for (const char* name : {"noise", "erase", "roll"}) set_strength(quiet, name, 0);
  quiet.border = Border::clamp;
  const at::Tensor picture = smooth_picture(240, 240);
  const at::Tensor large = look(quiet, picture, 96, {stream_of(5)}, {0, 8});
  const at::Tensor small = look(quiet, picture, 24, {stream_of(5)}, {0, 8});
  EXPECT_LE(difference(at::avg_pool2d(large.flatten(0, 1), 4), small.flatten(0, 1)), 0.03);
}

TEST_P(ViewLaw, GradientAgreesWithFiniteDifferences) {
  // Values far from 0 and 1, where clipping has a kink, and noise too weak to get there.
  ViewOptions options = ViewLaw::options();
  set_strength(options, "noise", view_strength(options, "noise") * 0.1);
  at::Tensor picture = (smooth_picture(40, 44, at::kDouble) * 0.2 + 0.4).requires_grad_();
  const auto value = [&](const at::Tensor& p) {
    return look(options, p, 12, {stream_of(6)}, {0, 8}).square().sum();
  };
  const at::Tensor gradient = torch::autograd::grad({value(picture)}, {picture})[0];
  EXPECT_TRUE(at::isfinite(gradient).all().item<bool>());
  torch::manual_seed(1);
  const at::Tensor direction = at::randn_like(picture);
  constexpr double kStep = 1e-5;
  const at::Tensor difference =
      (value(picture.detach() + kStep * direction) - value(picture.detach() - kStep * direction)) /
      (2 * kStep);
  const double slope = (gradient * direction).sum().item<double>();
  EXPECT_NE(slope, 0);
  EXPECT_NEAR(difference.item<double>(), slope, 1e-6 * gradient.norm().item<double>());
}

class Augmentation : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(All, Augmentation, testing::ValuesIn(view_strength_names()),
                         [](const auto& info) { return info.param; });

TEST_P(Augmentation, ChangesViewsAtStrengthOne) {
  // Not square: the overview differs from the squeezed plain picture.
  const at::Tensor picture = seeded_picture(1, 64, 96);
  ViewOptions options{.count = 16};
  const at::Tensor plain = look(options, picture, 32, {stream_of(1)}, {0, 16});
  set_strength(options, GetParam(), 1);
  EXPECT_GT(difference(plain, look(options, picture, 32, {stream_of(1)}, {0, 16})), 0.05);
}

TEST_P(Augmentation, GrowsFromNothing) {
  // What scales amounts comes in gently; what scales chances is rare. Crops and overviews are
  // square windows, so the picture is too.
  ViewOptions options{.count = 1};
  set_strength(options, GetParam(), 1e-4);
  const at::Tensor picture = smooth_picture(64, 64);
  const at::Tensor view = look(options, picture, 64, {stream_of(1)}, {0, 1});
  EXPECT_LE(difference(view[0], picture), 0.01);
}

at::Tensor one_look(const ViewOptions& options, const at::Tensor& picture, int views = 12) {
  return look(options, picture, int(picture.size(3)), {stream_of(8)}, {0, views})[0];
}

ViewOptions colour_only(double brightness, double contrast, double saturation, double hue) {
  ViewOptions options;
  options.colour = {.strength = 1,
                    .brightness = brightness,
                    .contrast = contrast,
                    .saturation = saturation,
                    .hue = hue};
  return options;
}

TEST(Colour, BrightnessAndContrastAndSaturationAreTheAdjustmentsOfImaging) {
  const at::Tensor picture = smooth_picture(32, 32) * 0.5 + 0.25;
  const auto luma = [](const at::Tensor& p) { return imaging::luma(p); };
  // Find each view's factor from one number of it, then expect the whole view.
  const at::Tensor bright = one_look(colour_only(0.2, 0, 0, 0), picture);
  const at::Tensor gain = (bright / picture).mean({1, 2, 3});
  const at::Tensor pictures = picture.expand_as(bright);
  EXPECT_LE(difference(bright, imaging::adjust_brightness(pictures, gain)), 1e-5);
  EXPECT_GT(gain.std().item<double>(), 0.05);
  EXPECT_LE((gain - 1).abs().max().item<double>(), 0.2);

  const at::Tensor contrasty = one_look(colour_only(0, 0.2, 0, 0), picture);
  const at::Tensor spread = luma(contrasty).flatten(1).std(1) / luma(picture).std();
  EXPECT_LE(difference(contrasty, imaging::adjust_contrast(pictures, spread)), 1e-5);
  EXPECT_GT(spread.std().item<double>(), 0.05);

  const at::Tensor vivid = one_look(colour_only(0, 0, 0.2, 0), picture);
  const at::Tensor chroma =
      (vivid - luma(vivid)).flatten(1).norm(2, 1) / (picture - luma(picture)).norm();
  EXPECT_LE(difference(vivid, imaging::adjust_saturation(pictures, chroma)), 1e-5);
  EXPECT_GT(chroma.std().item<double>(), 0.05);
}

TEST(Colour, HueKeepsLumaAndGreysAndTurnsTheRest) {
  const at::Tensor picture = smooth_picture(32, 32) * 0.3 + 0.35;
  const at::Tensor turned = one_look(colour_only(0, 0, 0, 0.5), picture);
  EXPECT_LE(difference(imaging::luma(turned), imaging::luma(picture).expand({12, 1, 32, 32})),
            2e-3);
  EXPECT_GT(difference(turned, picture.expand_as(turned)), 0.1);
  const at::Tensor grey = imaging::luma(picture).expand({1, 3, 32, 32});
  EXPECT_LE(difference(one_look(colour_only(0, 0, 0, 0.5), grey), grey.expand({12, 3, 32, 32})),
            1e-3);
}

TEST(Grey, TakesColourFromItsShareOfTheViewsAndLeavesTheOthersToTheBit) {
  const at::Tensor picture = smooth_picture(24, 24);
  ViewOptions options;
  const at::Tensor plain = one_look(options, picture, 400);
  options.grey = {.strength = 1, .chance = {.early = 0.25, .late = 0}};
  const at::Tensor views = one_look(options, picture, 400);
  int grey = 0;
  for (int i = 0; i < 400; ++i) {
    if (at::equal(views[i], plain[i])) continue;
    ++grey;
    EXPECT_LE(difference(views[i], imaging::luma(plain.narrow(0, i, 1)).expand({1, 3, 24, 24})[0]),
              1e-5);
  }
  EXPECT_NEAR(grey, 100, 30);
  const at::Tensor later = look(options, picture, 24, {stream_of(8)}, {0, 400}, 0, 0.5)[0];
  EXPECT_TRUE(at::equal(later, plain));
}

TEST(Erase, CoversRectanglesOfTheAreaAsked) {
  ViewOptions options;
  options.erase = {.strength = 1, .chance = 0.5, .min_area = 0.1, .max_area = 0.4, .fill = -1};
  const at::Tensor views = one_look(options, smooth_picture(48, 48), 400);
  int erased = 0;
  for (int i = 0; i < 400; ++i) {
    const at::Tensor covered = views[i][0].eq(-1);
    const double area = covered.to(at::kFloat).mean().item<double>();
    if (area == 0) continue;
    ++erased;
    EXPECT_GE(area, 0.08);  // whole pixels
    EXPECT_LE(area, 0.43);
    const double rows = covered.any(1).sum().item<double>();
    const double columns = covered.any(0).sum().item<double>();
    EXPECT_DOUBLE_EQ(area, float(rows * columns / (48 * 48))) << "not a rectangle";
  }
  EXPECT_NEAR(erased, 200, 40);
}

TEST(Noise, HasTheAmplitudeAsked) {
  const at::Tensor picture = smooth_picture(64, 64);
  ViewOptions options;
  options.noise = {.strength = 0.5, .amplitude = 0.4, .random_amplitude = false};
  const at::Tensor fixed = one_look(options, picture, 32) - picture;
  EXPECT_NEAR(fixed.std().item<double>(), 0.2, 0.002);
  EXPECT_NEAR(fixed.mean().item<double>(), 0, 0.002);
  options.noise.random_amplitude = true;
  const at::Tensor each = (one_look(options, picture, 32) - picture).flatten(1).std(1);
  EXPECT_LT(each.max().item<double>(), 0.21);
  EXPECT_NEAR(each.mean().item<double>(), 0.1, 0.03);
  options.noise.random_amplitude = false;
  options.noise.uniform = true;
  const at::Tensor uniform = one_look(options, picture, 32) - picture;
  EXPECT_LE(uniform.abs().max().item<double>(), 0.2 + 1e-6);
  EXPECT_NEAR(uniform.std().item<double>(), 0.2 / std::sqrt(3), 0.002);
}

TEST(Flip, MirrorsHalfOfTheViews) {
  const at::Tensor picture = seeded_picture(1, 32, 32);
  ViewOptions options;
  set_strength(options, "flip", 1);
  const at::Tensor views = one_look(options, picture, 200);
  int flipped = 0;
  for (int i = 0; i < 200; ++i) {
    const bool same = difference(views[i], picture[0]) < 1e-5;
    const bool mirrored = difference(views[i], picture[0].flip(2)) < 1e-5;
    EXPECT_TRUE(same || mirrored);
    flipped += mirrored;
  }
  EXPECT_NEAR(flipped, 100, 30);
}

TEST(Das, SeesTheRolledCanvasExactlyAndClips) {
  ViewOptions options = view_preset("das");
  const at::Tensor canvas = seeded_picture(1, 48, 48);
  const at::Tensor noisy = look(options, canvas, 32, {stream_of(1)}, {0, 32}, 8)[0];
  EXPECT_GE(noisy.min().item<double>(), 0);
  EXPECT_LE(noisy.max().item<double>(), 1);
  set_strength(options, "noise", 0);
  const at::Tensor views = look(options, canvas, 32, {stream_of(1)}, {0, 32}, 8)[0];
  for (int i = 0; i < 32; ++i) {
    double best = 1;
    for (int y = 0; y <= 16; ++y)
      for (int x = 0; x <= 16; ++x)
        best = std::min(best, difference(views[i], canvas[0].narrow(1, y, 32).narrow(2, x, 32)));
    EXPECT_LE(best, 1e-6) << "view " << i;
  }
}

TEST(Plain, SqueezesThePictureAndTheOverviewDoesNot) {
  at::Tensor picture = smooth_picture(60, 120);
  const at::Tensor squeezed = look(view_preset("plain"), picture, 30, {stream_of(1)}, {0, 1})[0][0];
  EXPECT_LE(difference(squeezed, at::avg_pool2d(picture, {2, 4})[0]), 0.01);
  ViewOptions wide = without_anything(view_preset("disco"));
  wide.overview = {.strength = 1, .share = {.early = 1, .late = 1}};
  const at::Tensor overview = look(wide, picture, 40, {stream_of(1)}, {0, 1})[0][0];
  EXPECT_LE(difference(overview.narrow(1, 0, 9), at::full({3, 9, 40}, 0.5)), 1e-6);
  EXPECT_LE(difference(overview.narrow(1, 31, 9), at::full({3, 9, 40}, 0.5)), 1e-6);
  // Between them the picture; its outermost pixels see some of the grey.
  const at::Tensor inner = at::avg_pool2d(picture, {3, 3})[0].narrow(1, 1, 18).narrow(2, 1, 38);
  EXPECT_LE(difference(overview.narrow(1, 11, 18).narrow(2, 1, 38), inner), 0.01);
}

TEST(View, RefusesWhatDoesNotFit) {
  const std::vector<RandomStream> one{stream_of(1)};
  const at::Tensor picture = seeded_picture(1, 16, 16);
  EXPECT_THROW(look(view_preset("das"), seeded_picture(2, 16, 16), 8, one, {0, 1}),
               base::ShapeError);
  EXPECT_THROW(look(view_preset("das"), picture, 8, one, {0, 0}), base::ShapeError);
  EXPECT_THROW(look(view_preset("das"), picture, 8, one, {-1, 1}), base::ShapeError);
  EXPECT_THROW(look(view_preset("das"), picture, 8, one, {0, 1}, 8), base::ShapeError);
}

}  // namespace
}  // namespace clipguide::view
