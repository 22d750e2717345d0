#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "clipguide/base/error.h"
#include "clipguide/base/torch.h"
#include "clipguide/clip/clip_model.h"
#include "clipguide/weights/tensor_store.h"
#include "clipguide/weights/torch_tensor.h"

namespace clipguide::clip {
namespace {

namespace fs = std::filesystem;

media::Picture picture_of(const at::Tensor& levels) {  // [H, W, 3] u8
  const at::Tensor bytes = levels.contiguous();
  const auto* data = bytes.data_ptr<std::uint8_t>();
  return {static_cast<int>(levels.size(1)),
          static_cast<int>(levels.size(0)),
          {data, data + bytes.numel()}};
}

ClipConfig config_for(int side_px) {
  ClipConfig config;
  config.vision.image_size_px = side_px;
  return config;
}

// Share of the values that are more than one level of 255 off.
double share_off(const at::Tensor& got, const at::Tensor& expected) {
  return ((got - expected).abs() * 255 > 1.01).to(torch::kFloat64).mean().item<double>();
}

TEST(Preprocess, AgreesWithPillowInEveryMode) {
  const auto tensors = weights::to_tensors(
      weights::open_weights(fs::path(CLIPGUIDE_FIXTURES) / "models/preprocess.safetensors"));
  int cases = 0;
  for (const auto& [name, levels] : tensors) {
    if (!name.ends_with(".in")) continue;
    const at::Tensor expected =
        tensors.at(name.substr(0, name.size() - 2) + "out").to(torch::kFloat32) / 255;
    ClipConfig config = config_for(static_cast<int>(expected.size(2)));
    config.preprocess.fill_level = 77;
    if (name.find("squash") != name.npos) config.preprocess.resize = ResizeMode::squash;
    if (name.find("longest") != name.npos) config.preprocess.resize = ResizeMode::longest;
    if (name.find("bilinear") != name.npos) {
      config.preprocess.interpolation = Interpolation::bilinear;
    }
    const at::Tensor got = preprocess(picture_of(levels), config);
    ASSERT_EQ(got.sizes(), expected.unsqueeze(0).sizes()) << name;
    EXPECT_EQ(share_off(got[0], expected), 0) << name;
    EXPECT_GE(got[0].isclose(expected).to(torch::kFloat64).mean().item<double>(), 0.999) << name;
    ++cases;
  }
  EXPECT_GE(cases, 12);
}

TEST(Preprocess, AgreesWithTheGoldenPictures) {
  const char* root = std::getenv("CLIPGUIDE_GOLDEN");
  if (!root) GTEST_SKIP() << "CLIPGUIDE_GOLDEN is not set";
  const auto tensors =
      weights::to_tensors(weights::open_weights(fs::path(root) / "preprocess.safetensors"));
  for (const auto& [name, normalised] : tensors) {  // "picture4.to224"
    const ClipConfig config = config_for(std::stoi(name.substr(name.find(".to") + 3)));
    const auto picture =
        media::read_picture(fs::path(root) / (name.substr(0, name.find('.')) + ".png"));
    const auto channels = [](const std::array<double, 3>& values) {
      return torch::tensor({values[0], values[1], values[2]}, torch::kFloat32).view({3, 1, 1});
    };
    const at::Tensor expected =
        normalised * channels(config.preprocess.std) + channels(config.preprocess.mean);
    const at::Tensor got = preprocess(picture, config)[0];
    EXPECT_LE(share_off(got, expected), 0.001) << name;
    RecordProperty(name, fmt::format("{:.4f}%", 100 * share_off(got, expected)));
  }
}

TEST(Preprocess, KeepsAPictureOfTheRightSizeAsItIs) {
  const at::Tensor levels = torch::randint(0, 256, {24, 24, 3}, torch::kUInt8);
  const at::Tensor got = preprocess(picture_of(levels), config_for(24));
  EXPECT_TRUE((got * 255).round().to(torch::kUInt8)[0].equal(levels.permute({2, 0, 1})));
}

TEST(Preprocess, TakesTheMiddleOfALongBand) {
  // Resized whole, 1 x 10000 would be a band of 1.5 GB; what is kept is the same without it.
  at::Tensor levels = torch::full({1, 10000, 3}, 50, torch::kUInt8);
  levels.narrow(1, 4990, 20).fill_(200);
  const at::Tensor expected = torch::full({1, 3, 224, 224}, 200 / 255.0);
  EXPECT_TRUE(preprocess(picture_of(levels), config_for(224)).allclose(expected));
  EXPECT_TRUE(preprocess(picture_of(levels.transpose(0, 1)), config_for(224)).allclose(expected));
}

TEST(Preprocess, RefusesAPictureWhoseBytesDoNotMatchItsSize) {
  EXPECT_THROW(preprocess({4, 4, std::vector<std::uint8_t>(47)}, config_for(8)), base::ShapeError);
  EXPECT_THROW(preprocess({0, 0, {}}, config_for(8)), base::ShapeError);
}

}  // namespace
}  // namespace clipguide::clip
