#include "training/robust_loss.h"

#include <gtest/gtest.h>

#include <cmath>

namespace clipguide::training {
namespace {

at::Tensor unit(const at::Tensor& x) { return x / x.norm(2, 1, true); }

TEST(SharedTargets, EqualCaptionsShareTheirPictures) {
  const at::Tensor targets = shared_targets(torch::tensor({0, 1, 0}, torch::kInt64));
  const at::Tensor want =
      torch::tensor({{0.5, 0.0, 0.5}, {0.0, 1.0, 0.0}, {0.5, 0.0, 0.5}}, torch::kFloat32);
  EXPECT_TRUE(targets.equal(want)) << targets;
}

TEST(ContrastiveLoss, IsTheLogarithmOfTheBatchWhenNothingIsKnown) {
  const at::Tensor same = unit(torch::ones({4, 3}));
  const at::Tensor targets = shared_targets(torch::arange(4, torch::kInt64));
  EXPECT_NEAR(contrastive_loss(same, same, torch::tensor(2.0f), targets).item<double>(),
              std::log(4.0), 1e-5);
}

TEST(ContrastiveLoss, VanishesWhenPairsAgreeAndOthersDoNot) {
  const at::Tensor apart = torch::eye(4);
  const at::Tensor targets = shared_targets(torch::arange(4, torch::kInt64));
  EXPECT_LT(contrastive_loss(apart, apart, torch::tensor(4.6f), targets).item<double>(), 1e-6);
  EXPECT_DOUBLE_EQ(batch_accuracy(apart, apart, targets), 1);
  EXPECT_DOUBLE_EQ(batch_accuracy(apart, apart.flip(0), targets), 0);
}

TEST(ContrastiveLoss, OtherTextsAreWrongForEveryPicture) {
  const at::Tensor targets = shared_targets(torch::arange(4, torch::kInt64));
  const at::Tensor same = unit(torch::ones({4, 3}));
  // Nothing known: one of 4 + 6 texts for a picture, one of 4 pictures for a text.
  EXPECT_NEAR(contrastive_loss(same, same, torch::tensor(2.0f), targets, unit(torch::ones({6, 3})))
                  .item<double>(),
              0.5 * (std::log(10.0) + std::log(4.0)), 1e-5);
  const at::Tensor apart = torch::eye(5).slice(0, 0, 4), far = torch::eye(5).slice(0, 4);
  EXPECT_LT(contrastive_loss(apart, apart, torch::tensor(4.6f), targets, far).item<double>(), 1e-6);
  // A picture's own text among the others costs it log 2, which is half of a quarter of the loss.
  EXPECT_NEAR(contrastive_loss(apart, apart, torch::tensor(4.6f), targets, apart.slice(0, 0, 1))
                  .item<double>(),
              std::log(2.0) / 8, 1e-4);
}

TEST(NamesLoss, CountsOnlyPicturesOfAKnownThing) {
  const at::Tensor names = torch::eye(5);
  const at::Tensor image = names.index_select(0, torch::tensor({3, 1, 0}, torch::kInt64));
  const auto loss = [&](std::vector<std::int64_t> classes) {
    return names_loss(image, names, torch::tensor(2.0f), torch::tensor(classes)).item<double>();
  };
  const double scale = std::exp(2.0), rest = std::log(4 + std::exp(scale));
  EXPECT_NEAR(loss({3, 1, 0}), rest - scale, 1e-4);
  EXPECT_NEAR(loss({3, 2, -1}), (rest - scale + rest) / 2, 1e-4);
  EXPECT_EQ(loss({-1, -1, -1}), 0);
}

TEST(ContrastiveLoss, DoesNotPunishASharedCaption) {
  const at::Tensor image = torch::eye(2).index({torch::tensor({0, 0, 1})});
  const at::Tensor loss = contrastive_loss(image, image, torch::tensor(4.6f),
                                           shared_targets(torch::tensor({0, 0, 1}, torch::kInt64)));
  const at::Tensor strict = contrastive_loss(
      image, image, torch::tensor(4.6f), shared_targets(torch::tensor({0, 1, 2}, torch::kInt64)));
  // Two pictures of one caption look alike: each is either's. The least loss is their entropy.
  EXPECT_NEAR(loss.item<double>(), std::log(2.0) * 2 / 3, 1e-4);
  EXPECT_NEAR(strict.item<double>(), std::log(2.0) * 2 / 3, 1e-4);
  const at::Tensor apart = torch::eye(3);
  EXPECT_GT(contrastive_loss(apart, apart, torch::tensor(4.6f),
                             shared_targets(torch::tensor({0, 0, 1}, torch::kInt64)))
                .item<double>(),
            1.0);
}

TEST(Attack, StaysInTheBallAndInRangeAndMakesTheLossWorse) {
  torch::manual_seed(1);
  const at::Tensor picture = torch::rand({5, 3, 8, 8}), direction = torch::randn({3, 8, 8});
  const auto loss = [&](const at::Tensor& x) { return (x * direction).sum(); };
  for (int steps : {1, 4}) {
    const at::Tensor moved = attacked(picture, {0.7, steps}, 3, loss);
    EXPECT_LE((moved - picture).flatten(1).norm(2, 1).max().item<double>(), 0.7 + 1e-4);
    EXPECT_GE(moved.min().item<double>(), 0);
    EXPECT_LE(moved.max().item<double>(), 1);
    const at::Tensor gain = ((moved - picture) * direction).flatten(1).sum(1);
    EXPECT_GT(gain.min().item<double>(), 0.5 * 0.7) << steps;  // of a whole direction's own length
  }
}

TEST(Attack, FollowsFromItsSeed) {
  const at::Tensor picture = torch::full({2, 3, 4, 4}, 0.5);
  const auto loss = [](const at::Tensor& x) { return x.pow(3).sum(); };
  EXPECT_TRUE(attacked(picture, {0.5, 1}, 3, loss).equal(attacked(picture, {0.5, 1}, 3, loss)));
  EXPECT_FALSE(attacked(picture, {0.5, 1}, 3, loss).equal(attacked(picture, {0.5, 1}, 4, loss)));
}

TEST(Attack, OfNoRadiusIsNone) {
  const at::Tensor picture = torch::rand({2, 3, 4, 4});
  EXPECT_TRUE(
      attacked(picture, {0, 1}, 3, [](const at::Tensor& x) { return x.sum(); }).equal(picture));
}

}  // namespace
}  // namespace clipguide::training
