#include "training/model_folder.h"

#include <gtest/gtest.h>

#include "clipguide/base/error.h"

namespace clipguide::training {
namespace {

TEST(MixedWeights, LieBetweenTheTwo) {
  const std::map<std::string, at::Tensor> one = {{"w", torch::zeros({2}, torch::kHalf)}},
                                          other = {{"w", torch::full({2}, 4.0f)}};
  const at::Tensor mixed = mixed_weights(one, other, 0.25).at("w");
  EXPECT_EQ(mixed.scalar_type(), torch::kFloat);
  EXPECT_TRUE(mixed.eq(1).all().item<bool>());
  EXPECT_TRUE(mixed_weights(one, other, 1).at("w").equal(other.at("w")));
}

TEST(MixedWeights, RefuseModelsOfTwoKinds) {
  const std::map<std::string, at::Tensor> one = {{"w", torch::zeros({2})}};
  EXPECT_THROW(mixed_weights(one, {{"w", torch::zeros({3})}}, 0.5), base::UsageError);
  EXPECT_THROW(mixed_weights(one, {{"v", torch::zeros({2})}}, 0.5), base::UsageError);
}

}  // namespace
}  // namespace clipguide::training
