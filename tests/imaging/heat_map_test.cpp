#include "clipguide/imaging/heat_map.h"

#include <gtest/gtest.h>

#include "clipguide/base/error.h"
#include "clipguide/imaging/colour.h"

namespace clipguide::imaging {
namespace {

at::Tensor pixel(const at::Tensor& picture, int x) { return picture.select(2, x).select(1, 0); }

TEST(HeatMap, SignsHaveTheirColours) {
  const at::Tensor map = signed_heat(torch::tensor({{-2.0, 0.0, 2.0, 9.0}}), 2);
  ASSERT_EQ(map.sizes().vec(), (std::vector<std::int64_t>{3, 1, 4}));
  EXPECT_TRUE(torch::allclose(pixel(map, 1), torch::ones({3}))) << "white at 0";
  EXPECT_GT(pixel(map, 0)[2].item<double>(), pixel(map, 0)[0].item<double>()) << "blue below";
  EXPECT_GT(pixel(map, 2)[0].item<double>(), pixel(map, 2)[2].item<double>()) << "red above";
  EXPECT_TRUE(torch::equal(pixel(map, 2), pixel(map, 3))) << "full colour beyond the scale";
}

TEST(HeatMap, SizesGetSteadilyLighter) {
  const at::Tensor light =
      luma(heat(torch::linspace(0, 3, 64).unsqueeze(0), 3).unsqueeze(0)).flatten();
  EXPECT_GT(light.diff().min().item<double>(), 0);
  EXPECT_LT(light[0].item<double>(), 0.05);
  EXPECT_GT(light[63].item<double>(), 0.9);
}

TEST(HeatMap, FewExtremesDoNotDecideTheScale) {
  at::Tensor values = torch::linspace(-1, 1, 1000);
  values[0] = -500;
  EXPECT_NEAR(full_scale(values), 0.99, 0.01);
  EXPECT_EQ(full_scale(torch::zeros({4})), 1);
  EXPECT_EQ(full_scale(torch::tensor({0.0, 0.0, -3.0})), 3);
}

TEST(HeatMap, RefusesOtherShapesAndScales) {
  EXPECT_THROW(heat(torch::zeros({3, 4, 4}), 1), base::ShapeError);
  EXPECT_THROW(signed_heat(torch::zeros({4, 4}), 0), base::UsageError);
}

}  // namespace
}  // namespace clipguide::imaging
