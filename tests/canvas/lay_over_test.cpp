#include "clipguide/canvas/lay_over.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>

#include "clipguide/base/parallel.h"

namespace clipguide::canvas {
namespace {

struct Inputs {
  at::Tensor backdrop, drawn, place, opacity, held;
};

Inputs some_inputs(std::int64_t pictures, std::int64_t objects, std::uint64_t seed) {
  torch::manual_seed(seed);
  Inputs made;
  made.backdrop = torch::rand({pictures, 3, 45, 61});
  made.drawn = torch::rand({pictures, objects, 4, 12, 12});
  // Centres inside and outside, sizes from a few pixels to more than the picture, turned any way.
  const at::Tensor random = torch::rand({pictures, objects, 4});
  made.place = torch::stack({random.select(2, 0) * 1.4 - 0.2, random.select(2, 1) * 1.4 - 0.2,
                             random.select(2, 2) * 3 - 2.4, random.select(2, 3) * 6.3},
                            2);
  made.opacity = torch::rand({pictures, objects});
  made.held = torch::rand({pictures, 1, 45, 61});
  return made;
}

using Lay = at::Tensor (*)(const at::Tensor&, const at::Tensor&, const at::Tensor&,
                           const at::Tensor&, int, const at::Tensor&);

// The picture, and its gradients along fixed weights to backdrop, forms, places and opacities.
std::array<at::Tensor, 5> picture_and_gradients(Lay lay, const Inputs& inputs,
                                                at::ScalarType type) {
  const auto leaf = [&](const at::Tensor& of) { return of.to(type).clone().requires_grad_(); };
  const at::Tensor backdrop = leaf(inputs.backdrop), drawn = leaf(inputs.drawn),
                   place = leaf(inputs.place), opacity = leaf(inputs.opacity);
  const at::Tensor picture = lay(backdrop, drawn, place, opacity, 4, inputs.held.to(type));
  torch::manual_seed(9);
  const at::Tensor weights = torch::randn(picture.sizes()).to(type);
  const auto gradients =
      torch::autograd::grad({(picture * weights).sum()}, {backdrop, drawn, place, opacity});
  return {picture.detach(), gradients[0], gradients[1], gradients[2], gradients[3]};
}

TEST(LayOverKernels, AgreeWithOperatorsInFloat64ThereAndBack) {
  for (const std::uint64_t seed : {1, 2, 3, 4}) {
    const Inputs inputs = some_inputs(2, 3, seed);
    const auto got = picture_and_gradients(lay_over, inputs, torch::kFloat32);
    const auto want = picture_and_gradients(lay_over_by_operators, inputs, torch::kFloat64);
    const std::array names = {"picture", "backdrop", "drawn", "place", "opacity"};
    for (std::size_t i = 0; i < got.size(); ++i) {
      const double most = want[i].abs().max().item<double>();
      EXPECT_LT((got[i] - want[i]).abs().max().item<double>(), 2e-4 * std::max(1.0, most))
          << names[i] << " of seed " << seed;
    }
  }
}

TEST(LayOverKernels, HaveTheSameBitsForAnyThreads) {
  const Inputs inputs = some_inputs(2, 3, 5);
  const int before = base::threads();
  base::set_threads(1);
  const auto alone = picture_and_gradients(lay_over, inputs, torch::kFloat32);
  base::set_threads(3);
  const auto together = picture_and_gradients(lay_over, inputs, torch::kFloat32);
  base::set_threads(before);
  for (std::size_t i = 0; i < alone.size(); ++i) EXPECT_TRUE(alone[i].equal(together[i])) << i;
}

TEST(LayOverKernels, LayTheSameFormsOverSeveralPictures) {
  const Inputs inputs = some_inputs(3, 2, 6);
  const at::Tensor shared = inputs.drawn.narrow(0, 0, 1).expand_as(inputs.drawn);
  EXPECT_TRUE(
      lay_over(inputs.backdrop, shared, inputs.place, inputs.opacity, 0)
          .equal(lay_over(inputs.backdrop, shared.contiguous(), inputs.place, inputs.opacity, 0)));
}

TEST(LayOverKernels, AnObjectThatIsNowhereIsNotSeen) {
  Inputs inputs = some_inputs(1, 1, 8);
  inputs.place.fill_(std::numeric_limits<float>::quiet_NaN());
  EXPECT_TRUE(lay_over(inputs.backdrop, inputs.drawn, inputs.place, inputs.opacity, 0)
                  .equal(inputs.backdrop));
}

// A tile moved round its edges, with all that lies in it, is the same tile moved.
TEST(LayOverTile, AnObjectThatCrossesAnEdgeComesInOnTheOtherSide) {
  Inputs inputs = some_inputs(2, 3, 3);
  inputs.place.select(2, 2).fill_(-0.9);
  at::Tensor moved = inputs.place.clone();
  moved.select(2, 0).add_(20 / 61.0);
  moved.select(2, 1).add_(-30 / 45.0);
  const at::Tensor backdrop = inputs.backdrop.roll({-30, 20}, {2, 3});
  const at::Tensor still =
      lay_over_tile(inputs.backdrop, inputs.drawn, inputs.place, inputs.opacity);
  EXPECT_TRUE(torch::allclose(lay_over_tile(backdrop, inputs.drawn, moved, inputs.opacity),
                              still.roll({-30, 20}, {2, 3}), 0, 2e-3));
  EXPECT_FALSE(torch::allclose(lay_over(backdrop, inputs.drawn, moved, inputs.opacity, 0),
                               still.roll({-30, 20}, {2, 3}), 0, 0.1));
}

TEST(LayOverTile, IsTheUsualWhereNothingCrossesAnEdge) {
  Inputs inputs = some_inputs(2, 3, 4);
  inputs.place.fill_(0.5).select(2, 2).fill_(-1.2);
  EXPECT_TRUE(lay_over_tile(inputs.backdrop, inputs.drawn, inputs.place, inputs.opacity)
                  .equal(lay_over(inputs.backdrop, inputs.drawn, inputs.place, inputs.opacity, 0)));
}

TEST(LayOverTile, AgreesWithOperatorsInFloat64ThereAndBack) {
  const Lay tile = [](const at::Tensor& backdrop, const at::Tensor& drawn, const at::Tensor& place,
                      const at::Tensor& opacity, int, const at::Tensor& held) {
    return lay_over_tile(backdrop, drawn, place, opacity, held);
  };
  const Inputs inputs = some_inputs(2, 3, 2);  // one of them larger than the picture
  const auto got = picture_and_gradients(tile, inputs, torch::kFloat32);
  const auto want = picture_and_gradients(tile, inputs, torch::kFloat64);
  for (std::size_t i = 0; i < got.size(); ++i)
    EXPECT_LT((got[i] - want[i]).abs().max().item<double>(),
              4e-4 * std::max(1.0, want[i].abs().max().item<double>()))
        << i;
}

TEST(LayOverTile, FollowsNoObjectThatIsNowhere) {
  Inputs inputs = some_inputs(1, 2, 8);
  inputs.place[0][0].fill_(std::numeric_limits<float>::quiet_NaN());
  inputs.place[0][1][2] = 80;  // e^80 sides large
  EXPECT_NO_THROW(lay_over_tile(inputs.backdrop, inputs.drawn, inputs.place, inputs.opacity));
}

TEST(LayOverKernels, HeldGroundIsSeenAndHasNoGradient) {
  Inputs inputs = some_inputs(1, 1, 7);
  inputs.held.zero_().narrow(3, 0, 30).fill_(1);
  const auto all = picture_and_gradients(lay_over, inputs, torch::kFloat32);
  EXPECT_EQ(all[1].narrow(3, 0, 30).abs().max().item<float>(), 0);
  EXPECT_GT(all[1].narrow(3, 30, 31).abs().max().item<float>(), 0);
  inputs.held.zero_();
  EXPECT_TRUE(picture_and_gradients(lay_over, inputs, torch::kFloat32)[0].equal(all[0]));
}

}  // namespace
}  // namespace clipguide::canvas
