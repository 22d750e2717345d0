#include "clipguide/view/look.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "clipguide/base/parallel.h"
#include "clipguide/view/appearance.h"
#include "clipguide/view/band.h"
#include "clipguide/view/look_by_pixels.h"
#include "clipguide/view/placement.h"
#include "clipguide/view/sampler.h"
#include "clipguide/view/taps.h"
#include "clipguide/view/view_options.h"
#include "view/compare.h"

namespace clipguide::view {
namespace {

constexpr int kSide = 31;

ViewOptions with(std::initializer_list<const char*> strengths) {
  ViewOptions options{.count = 10};
  for (const char* name : strengths) set_strength(options, name, 1);
  return options;
}

struct Case {
  std::string name;
  ViewOptions options;
};

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const std::string& preset : view_preset_names())
    all.push_back({preset, view_preset(preset)});
  all.push_back({"colour", with({"colour", "affine"})});
  all.back().options.colour = {
      .strength = 1, .chance = 0.5, .brightness = 0.9, .contrast = 0.9, .saturation = 0.9};
  all.push_back({"grey", with({"grey", "crop"})});
  all.push_back({"erase", with({"erase", "perspective"})});
  all.back().options.erase.fill = 0.3;
  all.push_back({"noise", with({"noise"})});
  all.back().options.noise.uniform = true;
  all.back().options.clip = true;
  all.push_back({"clip", with({"roll"})});
  all.back().options.clip = true;
  all.push_back({"all", with({"crop", "roll", "flip", "affine", "perspective", "colour", "noise",
                              "grey", "erase"})});
  all.back().options.noise.amplitude = 0.5;
  all.back().options.clip = true;
  for (Case& one : all)
    for (char& sign : one.name)
      if (sign == '-') sign = '_';
  return all;
}

// Two pictures' warps and what disturbs them.
struct Drawn {
  std::vector<Warp> warps;
  Disturbance what;
};

Drawn draw(const ViewOptions& options, const at::Tensor& picture) {
  const Frame frame{int(picture.size(3)), int(picture.size(2)), 3};
  std::vector<base::RandomStream> streams;
  Drawn drawn;
  for (std::uint64_t n = 0; n < 2; ++n)
    for (int index = 0; index < 6; ++index) {
      streams.push_back(base::RandomStream(n, "views").at(std::uint64_t(index)));
      drawn.warps.push_back(place_view(options, frame, index, streams.back(), 0.2));
    }
  drawn.what = draw_disturbance(options, kSide, streams, 0.2);
  return drawn;
}

// Beyond [0, 1] on both sides, so that clipping has something to do.
at::Tensor random_picture() {
  torch::manual_seed(5);
  return at::rand({2, 3, 61, 74}, at::kDouble) * 1.2 - 0.1;
}

class Look : public testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(All, Look, testing::ValuesIn(cases()),
                         [](const auto& info) { return info.param.name; });

TEST_P(Look, AgreesWithTheOperatorsInViewsAndGradient) {
  const at::Tensor picture = random_picture().requires_grad_();
  const Drawn drawn = draw(GetParam().options, picture);
  const at::Tensor ours = look_at(picture, drawn.warps, kSide, drawn.what);
  const at::Tensor oracle =
      disturb(drawn.what, sample_views_by_operators(picture, drawn.warps, kSide));
  expect_close(ours, oracle, 1e-12);
  const at::Tensor weights = at::randn_like(ours);
  const at::Tensor gradient = gradient_of(oracle, picture, weights);
  EXPECT_GT(gradient.abs().max().item<double>(), 0);
  expect_close(gradient_of(ours, picture, weights), gradient,
               1e-11 * gradient.abs().max().item<double>());
}

TEST_P(Look, OfFloatAgreesWithThatOfDouble) {
  const at::Tensor picture = random_picture().requires_grad_();
  const at::Tensor narrow = picture.detach().to(at::kFloat).requires_grad_();
  const Drawn drawn = draw(GetParam().options, picture);
  const at::Tensor wide_views = look_at(picture, drawn.warps, kSide, drawn.what);
  const at::Tensor views = look_at(narrow, drawn.warps, kSide, drawn.what);
  EXPECT_EQ(views.scalar_type(), at::kFloat);
  expect_close(views.to(at::kDouble), wide_views, 5e-6);
  const at::Tensor weights = at::randn_like(wide_views);
  const at::Tensor gradient = gradient_of(wide_views, picture, weights);
  // A value that rounds across the edge of clipping takes a single weight with it.
  const at::Tensor difference =
      gradient_of(views, narrow, weights.to(at::kFloat)).to(at::kDouble) - gradient;
  EXPECT_LE(difference.norm().item<double>(), 1e-4 * gradient.norm().item<double>());
}

// Every rule for what lies beyond the canvas, whatever the preset's.
void mix_borders(std::vector<Warp>& warps) {
  for (std::size_t i = 0; i < warps.size(); ++i)
    warps[i].border = std::array{Border::wrap, Border::reflect, Border::clamp, Border::grey}[i % 4];
}

TEST_P(Look, PixelByPixelAgreesWithTheFusedOne) {
  const at::Tensor picture = random_picture().to(at::kFloat).requires_grad_();
  Drawn drawn = draw(GetParam().options, picture);
  mix_borders(drawn.warps);
  const at::Tensor expected = look_at(picture, drawn.warps, kSide, drawn.what);
  const at::Tensor views = look_by_pixels(picture, drawn.warps, kSide, drawn.what);
  expect_close(views, expected, 5e-6);
  const at::Tensor weights = at::randn_like(expected) * 1e-3;
  const at::Tensor gradient = gradient_of(expected, picture, weights);
  const at::Tensor got = gradient_of(views, picture, weights);
  EXPECT_LE((got - gradient).norm().item<double>(), 1e-4 * gradient.norm().item<double>());
}

TEST(LookByPixels, SamplesAsTheSamplerDoes) {
  const at::Tensor picture = random_picture().to(at::kFloat).requires_grad_();
  Drawn drawn = draw(view_preset("disco"), picture);
  mix_borders(drawn.warps);
  const at::Tensor expected = sample_views(picture, drawn.warps, kSide);
  const at::Tensor views = look_by_pixels(picture, drawn.warps, kSide, {});
  expect_close(views, expected, 5e-6);
  const at::Tensor weights = at::randn_like(expected);
  expect_close(gradient_of(views, picture, weights), gradient_of(expected, picture, weights), 1e-4);
}

TEST(LookByPixels, PassesOnNoGradientAndOneThatIsNoNumber) {
  const at::Tensor picture = random_picture().to(at::kFloat).requires_grad_();
  const Drawn drawn = draw(view_preset("das"), picture);
  const auto gradient_for = [&](float value) {
    const at::Tensor views = look_by_pixels(picture, drawn.warps, kSide, drawn.what);
    return gradient_of(views, picture, at::full_like(views, value));
  };
  EXPECT_EQ(gradient_for(0).abs().max().item<float>(), 0);
  EXPECT_TRUE(gradient_for(NAN).isnan().all().item<bool>());
}

TEST_P(Look, DoesNotDependOnTheNumberOfThreads) {
  const at::Tensor picture = random_picture().to(at::kFloat).requires_grad_();
  const Drawn drawn = draw(GetParam().options, picture);
  const int threads = base::threads();
  std::vector<at::Tensor> views, gradients;
  for (const int count : {1, 2, 7}) {
    base::set_threads(count);
    views.push_back(look_at(picture, drawn.warps, kSide, drawn.what));
    torch::manual_seed(9);
    gradients.push_back(gradient_of(views.back(), picture, at::randn_like(views.back())));
    EXPECT_TRUE(at::equal(views.front(), views.back())) << count;
    EXPECT_TRUE(at::equal(gradients.front(), gradients.back())) << count;
  }
  base::set_threads(threads);
}

TEST(LookTwice, DifferentiatesTwiceAsTheOperatorsDo) {
  const at::Tensor picture = random_picture().requires_grad_();
  const Drawn drawn = draw(with({"colour", "affine", "noise", "erase"}), picture);
  const at::Tensor direction = at::randn_like(picture);
  const auto second = [&](const at::Tensor& views) {
    const at::Tensor first =
        torch::autograd::grad({views.pow(3).sum()}, {picture}, {}, true, true)[0];
    return torch::autograd::grad({(first * direction).sum()}, {picture})[0];
  };
  const at::Tensor want =
      second(disturb(drawn.what, sample_views_by_operators(picture, drawn.warps, kSide)));
  expect_close(second(look_at(picture, drawn.warps, kSide, drawn.what)), want,
               1e-10 * want.abs().max().item<double>());
}

// By brute force: a column that is left out has no texel in the band, and stretches do not overlap.
TEST(Band, HoldsAllColumnsThatTouchItOnceEach) {
  const at::Tensor picture = random_picture();
  std::size_t visited = 0, all = 0;
  for (const char* preset : {"das", "aphantasia", "vqgan-clip", "disco"}) {
    const Drawn drawn = draw(view_preset(preset), picture);
    std::vector<Warp> warps = drawn.warps;
    for (std::size_t i = 0; i < warps.size(); ++i)
      warps[i].to_canvas = warps[i].to_canvas * about_centre(rotation(double(i)));
    mix_borders(warps);
    const SamplePlan plan = make_sample_plan(picture, warps, kSide);
    constexpr int kBands = 5;
    for (std::size_t view = 0; view < warps.size(); ++view)
      for (int row = 0; row < kSide; ++row)
        for (int index = 0; index < kBands; ++index) {
          const Band band{index, kBands};
          TapFinder<double> finder(plan, view);
          std::vector<Columns> stretches;
          columns_in_band(plan, view, row, band, finder.texel_px(), stretches);
          std::vector<int> times(kSide);
          for (const Columns& columns : stretches)
            for (int column = columns.begin; column < columns.end; ++column)
              ++times[std::size_t(column)];
          finder.go_to_row(row);
          for (int column = 0; column < kSide; ++column) {
            finder.go_to_column(column);
            const Taps<double>& down = finder.down();
            bool touches = false;
            for (int i = 0; i < down.count; ++i) {
              const int y = down.index[std::size_t(i)];
              touches =
                  touches || (y >= band.begin(finder.level()) && y < band.end(finder.level()));
            }
            const int wanted = times[std::size_t(column)];
            ASSERT_LE(wanted, 1);
            ASSERT_TRUE(wanted == 1 || !touches) << preset << " view " << view << " row " << row
                                                 << " column " << column << " band " << index;
            visited += std::size_t(wanted), ++all;
          }
        }
  }
  EXPECT_LT(double(visited), 0.8 * double(all)) << "and leaves out what it can";
}

}  // namespace
}  // namespace clipguide::view
