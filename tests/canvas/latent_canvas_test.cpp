#include "clipguide/canvas/latent_canvas.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "clipguide/base/error.h"
#include "support/tiny_decoder.h"

namespace clipguide::canvas {
namespace {

namespace fs = std::filesystem;
using test::TinyAutoencoder;

CanvasOptions latent_options(const fs::path& decoder, const fs::path& encoder = {}) {
  CanvasOptions options;
  options.height_px = 36;
  options.width_px = 45;
  options.decoder = decoder;
  options.encoder = encoder;
  return options;
}

std::string refusal(const fs::path& decoder) {
  try {
    LatentNetwork(decoder, Direction::decode, torch::kCPU);
  } catch (const base::FormatError& error) {
    return error.what();
  }
  return "";
}

TEST(LatentNetwork, ReadsItsShapeFromTheFile) {
  const TinyAutoencoder files;
  const LatentNetwork decoder(files.decoder(), Direction::decode, torch::kCPU);
  EXPECT_EQ(decoder.latent_channels(), 4);
  EXPECT_EQ(decoder.scale(), 4);
  EXPECT_EQ(decoder(torch::zeros({2, 4, 3, 5})).sizes(), (std::vector<std::int64_t>{2, 3, 12, 20}));
  const LatentNetwork encoder(files.encoder(), Direction::encode, torch::kCPU);
  EXPECT_EQ(encoder.latent_channels(), 4);
  EXPECT_EQ(encoder(torch::zeros({1, 3, 12, 20})).sizes(), (std::vector<std::int64_t>{1, 4, 3, 5}));
}

// The network by hand, layer by layer, over the same tensors.
TEST(LatentNetwork, ComputesWhatItsLayersSay) {
  const TinyAutoencoder files;
  const auto t = TinyAutoencoder::decoder_tensors();
  const auto conv = [&](const at::Tensor& x, const std::string& name) {
    const auto bias = t.find(name + ".bias");
    const at::Tensor weight = t.at(name + ".weight");
    return at::conv2d(x, weight, bias == t.end() ? at::Tensor() : bias->second, 1,
                      weight.size(2) / 2);
  };
  const auto block = [&](const at::Tensor& x, const std::string& name) {
    at::Tensor y = conv(x, name + ".conv.0").relu();
    return conv(conv(y, name + ".conv.2").relu(), name + ".conv.4");
  };
  const auto doubled = [](const at::Tensor& x) {
    return x.repeat_interleave(2, 2).repeat_interleave(2, 3);
  };
  const at::Tensor latent = 2 * imaging::normal_tensor({1, 4, 5, 3}, base::RandomStream(1, "z"));
  at::Tensor x = conv(3 * (latent / 3).tanh(), "1").relu();
  x = (x + block(x, "3")).relu();
  x = conv(doubled(x), "7");
  const at::Tensor pooled = at::conv2d(x, t.at("8.pool.0.weight"));
  const at::Tensor groups = pooled.view({1, 4, -1});
  const at::Tensor normed =
      (groups - groups.mean(2, true)) / (groups.var(2, /*unbiased=*/false, true) + 1e-5).sqrt();
  x = x + at::conv2d(normed.view_as(pooled).relu(), t.at("8.pool.3.weight"));
  x = (x + block(x, "8")).relu();
  x = conv(doubled(x), "12");
  x = (at::conv2d(x, t.at("13.skip.weight")) + block(x, "13")).relu();
  const at::Tensor expected = conv(x, "19");
  const LatentNetwork decoder(files.decoder(), Direction::decode, torch::kCPU);
  EXPECT_TRUE(torch::allclose(decoder(latent), expected, 1e-4, 1e-4));
}

TEST(LatentNetwork, ReadsTheNamesOfDiffusersAndBothHalvesFromOneFile) {
  const TinyAutoencoder files;
  TinyAutoencoder::Tensors both;
  for (const auto& [name, tensor] : TinyAutoencoder::decoder_tensors())
    both["decoder.layers." + name] = tensor.to(torch::kHalf);
  for (const auto& [name, tensor] : TinyAutoencoder::encoder_tensors())
    both["encoder.layers." + name] = tensor;
  TinyAutoencoder::write(files.path("both.safetensors"), both);
  const LatentNetwork decoder(files.decoder(), Direction::decode, torch::kCPU);
  const LatentNetwork same(files.path("both.safetensors"), Direction::decode, torch::kCPU);
  const at::Tensor latent = torch::ones({1, 4, 2, 2});
  EXPECT_TRUE(torch::allclose(decoder(latent), same(latent), 1e-2, 1e-2));
  EXPECT_EQ(LatentNetwork(files.path("both.safetensors"), Direction::encode, torch::kCPU).scale(),
            4);
}

TEST(LatentNetwork, RefusesAFileThatIsNoDecoderAndNamesWhatIsWrong) {
  const TinyAutoencoder files;
  const auto with = [&](const std::function<void(TinyAutoencoder::Tensors&)>& change) {
    auto tensors = TinyAutoencoder::decoder_tensors();
    change(tensors);
    TinyAutoencoder::write(files.path("bad.safetensors"), tensors);
    return refusal(files.path("bad.safetensors"));
  };
  EXPECT_EQ(with([](auto&) {}), "");
  EXPECT_NE(with([](auto& t) { t.erase("3.conv.2.bias"); }).find("conv.2.bias"), std::string::npos);
  EXPECT_NE(with([](auto& t) { t["visual.proj"] = torch::ones({2}); }).find("visual.proj"),
            std::string::npos);
  EXPECT_NE(with([](auto& t) { t["3.conv.7.weight"] = torch::ones({2}); }).find("conv.7.weight"),
            std::string::npos);
  EXPECT_NE(with([](auto& t) { t["7.weight"] = torch::ones({8, 5, 3, 3}); }), "");
  EXPECT_NE(with([](auto& t) { t["7.weight"] = torch::ones({8}); }), "");
  EXPECT_NE(with([](auto& t) { t["19.weight"] = torch::ones({2, 8, 3, 3}); }), "");
  EXPECT_NE(with([](auto& t) { t["19.bias"].fill_(std::nan("")); }).find("19.bias"),
            std::string::npos);
  EXPECT_NE(with([](auto& t) { t.clear(); }), "");
  EXPECT_NE(refusal(files.encoder()), "") << "an encoder gives latents, not 3 colours";
}

TEST(LatentCanvas, FitsThroughTheEncoderWhereThereIsOne) {
  const TinyAutoencoder files;
  LatentCanvas canvas(latent_options(files.decoder(), files.encoder()));
  const at::Tensor picture = imaging::uniform_tensor({1, 3, 36, 45}, base::RandomStream(2, "p"));
  canvas.fit(picture);
  const LatentNetwork encoder(files.encoder(), Direction::encode, torch::kCPU);
  const at::Tensor whole = at::replication_pad2d(picture, {0, 3, 0, 0});
  EXPECT_TRUE(torch::allclose(canvas.parameters()[0].tensor, encoder(whole), 1e-4, 1e-4));
}

TEST(LatentCanvas, RefusesToBeWithoutADecoderOrWithAnEncoderToOtherLatents) {
  const TinyAutoencoder files;
  EXPECT_THROW(LatentCanvas{latent_options({})}, base::UsageError);
  auto other = TinyAutoencoder::encoder_tensors();
  other["14.weight"] = torch::ones({5, 8, 3, 3});
  other["14.bias"] = torch::ones({5});
  TinyAutoencoder::write(files.path("other.safetensors"), other);
  EXPECT_THROW(LatentCanvas{latent_options(files.decoder(), files.path("other.safetensors"))},
               base::FormatError);
}

// The published decoders, where they are at hand: in $CLIPGUIDE_DECODERS or beside the sources.
class PublishedDecoder : public testing::TestWithParam<std::array<const char*, 3>> {
 protected:
  void SetUp() override {
    const char* named = std::getenv("CLIPGUIDE_DECODERS");
    const fs::path folder = named ? named : CLIPGUIDE_SOURCE_DIR "/../shared/data";
    decoder_ = folder / GetParam()[0];
    if (*GetParam()[1]) encoder_ = folder / GetParam()[1];
    if (!fs::exists(decoder_)) GTEST_SKIP() << decoder_ << " is not there";
  }
  fs::path decoder_, encoder_;
};

// A disc on a slope: what every autoencoder of pictures gives back.
at::Tensor disc_on_slope(int side) {
  const at::Tensor y = torch::linspace(0, 1, side).view({side, 1});
  const at::Tensor x = torch::linspace(0, 1, side).view({1, side});
  const at::Tensor disc = (20 * (0.3 - ((x - 0.5).square() + (y - 0.5).square()).sqrt())).sigmoid();
  return torch::stack({0.2 + 0.6 * disc, 0.3 + 0.4 * x + 0 * y, 0.6 - 0.4 * disc}).unsqueeze(0);
}

TEST_P(PublishedDecoder, GivesBackAPicture) {
  CanvasOptions options = latent_options(decoder_, encoder_);
  options.height_px = options.width_px = 128;
  LatentCanvas canvas(options);
  EXPECT_EQ(canvas.parameters()[0].tensor.size(1), std::atoi(GetParam()[2]));
  EXPECT_LT((canvas.render().picture - 0.5).square().mean().sqrt().item<double>(), 0.03)
      << "grey at first";
  const at::Tensor picture = disc_on_slope(128);
  canvas.fit(picture);
  EXPECT_LT((canvas.render().picture - picture).square().mean().sqrt().item<double>(), 0.03);
}

INSTANTIATE_TEST_SUITE_P(All, PublishedDecoder,
                         testing::Values(std::array{"taesd_decoder_fp16.pth", "", "4"},
                                         std::array{"taef2_decoder.pth", "taef2_encoder.pth", "32"},
                                         std::array{"taef2_decoder.pth", "", "32"}));

}  // namespace
}  // namespace clipguide::canvas
