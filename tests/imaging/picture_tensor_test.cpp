#include "clipguide/imaging/picture_tensor.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "clipguide/base/error.h"

namespace clipguide::imaging {
namespace {

TEST(PictureTensor, PlacesChannelsRowsAndColumns) {
  std::vector<std::uint8_t> rgb(2 * 3 * 3, 0);
  rgb[(1 * 3 + 2) * 3 + 0] = 255;  // y 1, x 2, red
  rgb[(0 * 3 + 1) * 3 + 2] = 51;   // y 0, x 1, blue
  const at::Tensor picture = from_rgb_bytes(rgb, 2, 3);
  EXPECT_EQ(picture.sizes(), (std::vector<std::int64_t>{1, 3, 2, 3}));
  EXPECT_FLOAT_EQ(picture[0][0][1][2].item<float>(), 1);
  EXPECT_FLOAT_EQ(picture[0][2][0][1].item<float>(), 0.2f);
  EXPECT_NEAR(picture.sum().item<float>(), 1.2f, 1e-6);
}

TEST(PictureTensor, EveryLevelComesBack) {
  std::vector<std::uint8_t> rgb;
  for (int i = 0; i < 256 * 3; ++i) rgb.push_back(std::uint8_t(i * 7));
  EXPECT_EQ(to_rgb_bytes(from_rgb_bytes(rgb, 16, 16)), rgb);
  EXPECT_EQ(to_rgb_bytes(from_rgb_bytes(rgb, 16, 16)[0].to(torch::kFloat64)), rgb);
}

TEST(PictureTensor, RoundsToNearestAndClamps) {
  const float infinity = std::numeric_limits<float>::infinity();
  const at::Tensor picture =
      torch::tensor({-1.f, 2.f, infinity, -infinity, 0.49f / 255, 0.51f / 255}).view({3, 1, 2});
  const std::vector<std::uint8_t> expected = {0, 255, 0, 255, 0, 1};  // pixel by pixel
  EXPECT_EQ(to_rgb_bytes(picture), expected);
}

TEST(PictureTensor, RefusesNanAndOtherShapes) {
  at::Tensor picture = torch::zeros({3, 2, 2});
  picture[1][1][0] = std::nanf("");
  EXPECT_THROW(to_rgb_bytes(picture), base::NumericError);
  EXPECT_THROW(to_rgb_bytes(torch::zeros({2, 3, 2, 2})), base::ShapeError);
  EXPECT_THROW(to_rgb_bytes(torch::zeros({3, 2, 2}, torch::kByte)), base::ShapeError);
  EXPECT_THROW(from_rgb_bytes(std::vector<std::uint8_t>(11), 2, 2), base::ShapeError);
}

}  // namespace
}  // namespace clipguide::imaging
