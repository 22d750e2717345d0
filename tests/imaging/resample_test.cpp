#include "clipguide/imaging/resample.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "clipguide/base/error.h"
#include "clipguide/media/picture.h"

namespace clipguide::imaging {
namespace {

struct Size {
  int width, height;
};

// Both directions smaller, larger, mixed, one of them or none.
const std::vector<Size> kSizes = {{24, 18}, {61, 20}, {30, 47},  {61, 47},
                                  {1, 1},   {100, 3}, {130, 99}, {60, 46}};

at::Tensor read_levels(const std::string& name) {
  const media::Picture picture =
      media::read_picture(std::string(CLIPGUIDE_FIXTURES "/resize/") + name + ".png");
  return torch::tensor(at::ArrayRef<std::uint8_t>(picture.rgb), torch::kUInt8)
      .view({picture.height_px, picture.width_px, 3})
      .permute({2, 0, 1})
      .contiguous();
}

std::string name_of(Size size) {
  return "to_" + std::to_string(size.width) + "x" + std::to_string(size.height);
}

// Empty when equal, else the worst place and both values.
std::string difference(const at::Tensor& have, const at::Tensor& want) {
  if (have.sizes() != want.sizes()) return "another shape";
  const at::Tensor apart = (have.to(torch::kInt) - want.to(torch::kInt)).abs().flatten();
  const std::int64_t worst = apart.argmax().item<std::int64_t>();
  if (apart[worst].item<int>() == 0) return "";
  return "at " + std::to_string(worst) + ": " + std::to_string(have.flatten()[worst].item<int>()) +
         ", expected " + std::to_string(want.flatten()[worst].item<int>());
}

at::Tensor wavy(at::ScalarType type) {
  std::vector<double> values;
  for (int i = 0; i < 5; ++i)
    for (int j = 0; j < 7; ++j) values.push_back((7 * i + 3 * j) * 5 % 11 / 10.0);
  return torch::tensor(values, torch::kFloat64).view({1, 1, 5, 7}).to(type);
}

TEST(Resample, LevelsAreThoseOfPillowToTheBit) {
  const at::Tensor input = read_levels("input");
  for (const Size size : kSizes)
    EXPECT_EQ(
        difference(resize_bicubic_u8(input, size.height, size.width), read_levels(name_of(size))),
        "")
        << name_of(size);
}

TEST(Resample, ComparisonFindsOneWrongLevel) {
  const at::Tensor want = read_levels("to_24x18");
  const at::Tensor have = want.clone();
  have[1][7][5] += 1;
  EXPECT_NE(difference(have, want), "");
}

TEST(Resample, LevelsDoNotDependOnMemoryLayoutNorTouchTheInput) {
  const at::Tensor input = read_levels("input");
  const at::Tensor interleaved = input.permute({1, 2, 0}).contiguous().permute({2, 0, 1});
  EXPECT_TRUE(resize_bicubic_u8(interleaved, 18, 24).equal(resize_bicubic_u8(input, 18, 24)));
  const at::Tensor same = resize_bicubic_u8(input, 47, 61);
  same.zero_();
  EXPECT_GT(input.sum().item<std::int64_t>(), 0);
}

// Numbers of Pillow's resize in mode F.
TEST(Resample, FloatAgreesWithPillow) {
  const auto check = [](Size size, std::vector<float> want, at::ScalarType type) {
    const at::Tensor have = resize_bicubic(wavy(type), size.height, size.width);
    ASSERT_EQ(have.numel(), std::int64_t(want.size()));
    for (std::size_t i = 0; i < want.size(); ++i)
      EXPECT_NEAR(have.flatten()[std::int64_t(i)].item<double>(), want[i], 2e-6) << i;
  };
  for (const at::ScalarType type : {torch::kFloat32, torch::kFloat64}) {
    check({3, 2}, {0.460536f, 0.52232f, 0.416091f, 0.583909f, 0.47768f, 0.539464f}, type);
    check({4, 7}, {0.190415f, 0.515828f, 0.465428f, 0.551338f, 0.302713f, 0.682402f, 0.434761f,
                   0.349575f, 0.451809f, 0.664856f, 0.50094f,  0.249733f, 0.571489f, 0.343102f,
                   0.656898f, 0.428511f, 0.750267f, 0.49906f,  0.335144f, 0.548191f, 0.650425f,
                   0.565239f, 0.317598f, 0.697287f, 0.448662f, 0.534572f, 0.484172f, 0.809585f},
          type);
    check({1, 1}, {0.5f}, type);
  }
}

TEST(Resample, FloatStaysWithinALevelOfTheRoundedForm) {
  // Levels well inside 0 to 255, where rounding between the passes never clips.
  const at::Tensor input = read_levels("input").div(4, "floor") + 96;
  for (const Size size : kSizes) {
    const at::Tensor have =
        resize_bicubic(input.unsqueeze(0).to(torch::kFloat32), size.height, size.width)[0];
    const at::Tensor want = resize_bicubic_u8(input, size.height, size.width);
    EXPECT_LT((have - want).abs().max().item<double>(), 1.25) << name_of(size);
  }
}

// <R x, y> = <x, R' y>: the backward pass is the exact transpose of the forward one.
TEST(Resample, GradientIsTheAdjoint) {
  torch::manual_seed(1);
  for (const Size size : {Size{4, 3}, Size{30, 20}, Size{9, 25}, Size{1, 1}, Size{13, 11}}) {
    const at::Tensor x = torch::randn({2, 3, 11, 13}, torch::kFloat64).requires_grad_();
    const at::Tensor other = torch::randn_like(x);
    const at::Tensor out = resize_bicubic(x, size.height, size.width);
    const at::Tensor y = torch::randn_like(out);
    (out * y).sum().backward();
    const double left = (resize_bicubic(other, size.height, size.width) * y).sum().item<double>();
    const double right = (other * x.grad()).sum().item<double>();
    EXPECT_NEAR(left, right, 1e-10) << name_of(size);
  }
}

TEST(Resample, FlatPicturesStayFlat) {
  const at::Tensor flat = torch::full({1, 2, 50, 31}, 0.3);
  for (const Size size : kSizes)
    EXPECT_LT((resize_bicubic(flat, size.height, size.width) - 0.3).abs().max().item<double>(),
              1e-6);
}

TEST(Resample, RefusesOtherShapesAndSizes) {
  const at::Tensor levels = torch::zeros({3, 4, 4}, torch::kUInt8);
  EXPECT_THROW(resize_bicubic_u8(levels, 0, 4), base::ShapeError);
  EXPECT_THROW(resize_bicubic_u8(levels.unsqueeze(0), 4, 4), base::ShapeError);
  EXPECT_THROW(resize_bicubic_u8(torch::zeros({3, 0, 4}, torch::kUInt8), 4, 4), base::ShapeError);
  EXPECT_THROW(resize_bicubic(levels.unsqueeze(0), 4, 4), base::ShapeError);
  EXPECT_THROW(resize_bicubic(torch::zeros({1, 3, 4, 4}), 4, -1), base::ShapeError);
}

}  // namespace
}  // namespace clipguide::imaging
