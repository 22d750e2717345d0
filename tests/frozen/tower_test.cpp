#include <gtest/gtest.h>
#include <torch/nn.h>

#include <string>
#include <thread>
#include <vector>

#include "clipguide/base/error.h"
#include "clipguide/clip/frozen/compile_tower.h"
#include "clipguide/clip/frozen/weight_packer.h"
#include "clipguide/clip/image_tower.h"
#include "kernels/kernel_tables.h"
#include "support/compare.h"

// Plans against the libtorch modules that they were compiled from: features, and the gradient to
// the pixels. With every instruction set that this machine has.
namespace clipguide::clip::frozen {
namespace {

using base::InstructionSet;
using clipguide::test::close_to;

constexpr double kTolerance = 1e-4;  // f32, relative
constexpr double kBf16Cosine = 0.9995;

struct Case {
  std::string name;
  ClipConfig config;
  int pictures = 3;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

Case transformer(const std::string& name, void (*change)(ClipConfig&), int pictures = 3) {
  ClipConfig config;
  config.embedding = 20;
  config.activation = Activation::quick_gelu;
  config.vision.image_size_px = 32;
  config.vision.patch_px = 8;
  config.vision.width = 64;
  config.vision.heads = 2;
  config.vision.layers = 2;
  change(config);
  return {name, config, pictures};
}

Case resnet(const std::string& name, int width, std::array<int, 4> stages, int side, int pictures) {
  ClipConfig config;
  config.embedding = 24;
  config.vision.kind = ImageTowerKind::modified_resnet;
  config.vision.image_size_px = side;
  config.vision.width = width;
  config.vision.heads = width * 32 / 64;
  config.vision.stages = stages;
  return {name, config, pictures};
}

std::vector<Case> cases() {
  return {
      transformer("openai", [](ClipConfig&) {}),
      transformer("gelu_odd_hidden_layer",
                  [](ClipConfig& c) {
                    c.activation = Activation::gelu;
                    c.vision.mlp_ratio = 1.7;
                    c.vision.norm_epsilon = 1e-3;
                  }),
      transformer("average", [](ClipConfig& c) { c.vision.pool = TokenPool::average; }),
      transformer("clipa",
                  [](ClipConfig& c) {
                    c.vision.pool = TokenPool::average;
                    c.vision.norm_after_pool = true;
                    c.vision.pre_norm = false;
                    c.vision.fixed_positions = true;
                    c.vision.image_size_px = 37;  // pixels beyond the last patch
                  }),
      transformer("layer_scale",
                  [](ClipConfig& c) {
                    c.vision.layer_scale = true;
                    c.vision.layer_scale_start = 0.3;
                  }),
      transformer("odd_widths",
                  [](ClipConfig& c) {
                    c.vision.width = 60;
                    c.vision.heads = 3;
                    c.vision.patch_px = 7;
                    c.embedding = 13;
                  }),
      transformer(
          "many_tokens", [](ClipConfig& c) { c.vision.image_size_px = 104; }, 2),
      transformer(
          "average_of_many",
          [](ClipConfig& c) {
            c.vision.image_size_px = 80;
            c.vision.pool = TokenPool::average;
          },
          1),
      transformer(
          "one_layer_one_picture", [](ClipConfig& c) { c.vision.layers = 1; }, 1),
      transformer(
          "like_b32",
          [](ClipConfig& c) {
            c.vision = {};
            c.vision.layers = 3;
            c.embedding = 512;
          },
          2),
      resnet("small", 8, {1, 2, 1, 1}, 64, 3),
      resnet("narrowest", 2, {1, 1, 1, 1}, 32, 2),
      resnet("at_96px", 16, {2, 1, 2, 1}, 96, 5),
      resnet("like_the_default_model", 32, {2, 2, 2, 2}, 64, 9),
  };
}

/// With batch norms that have seen something, and blocks that are more than the identity.
std::shared_ptr<ImageTower> make_module(const ClipConfig& config) {
  torch::manual_seed(11);
  const torch::NoGradGuard no_grad;
  auto module = make_image_tower(config.vision, config.embedding, config.activation);
  for (const auto& item : module->named_parameters()) {
    const std::string& key = item.key();
    const bool norm = key.find("bn") != std::string::npos || key.find("ln_") != std::string::npos ||
                      key.find("downsample.1") != std::string::npos;
    if (norm && key.ends_with("weight")) item.value().uniform_(0.5, 1.5);
    if (key.ends_with("bias")) item.value().normal_(0, 0.1);
  }
  for (const auto& item : module->named_buffers()) {
    if (item.key().ends_with("running_mean")) item.value().normal_(0, 0.1);
    if (item.key().ends_with("running_var")) item.value().uniform_(0.5, 1.5);
  }
  module->eval();
  for (at::Tensor& parameter : module->parameters()) parameter.requires_grad_(false);
  return module;
}

struct Look {
  at::Tensor features, gradient;
};

at::Tensor pictures(const Case& c) {
  torch::manual_seed(12);
  const std::int64_t side = c.config.vision.image_size_px;
  // Smooth and rough at once, as views are.
  const at::Tensor coarse = torch::rand({c.pictures, 3, 4, 4});
  const at::Tensor smooth = at::upsample_bilinear2d(coarse, {side, side}, /*align_corners=*/false);
  return 0.7 * smooth + 0.3 * torch::rand({c.pictures, 3, side, side});
}

template <class Encode>
Look look(const Case& c, const Encode& encode) {
  const at::Tensor picture = pictures(c).requires_grad_();
  const at::Tensor features = encode(picture);
  torch::manual_seed(13);
  const at::Tensor weights = torch::randn_like(features);
  const at::Tensor unit = features / features.norm(2, 1, true);
  return {features.detach(), torch::autograd::grad({(unit * weights).sum()}, {picture})[0]};
}

Look look_with_module(const Case& c, ImageTower& module) {
  const auto channels = [](const std::array<double, 3>& v) {
    return torch::tensor({v[0], v[1], v[2]}, torch::kFloat32).view({1, 3, 1, 1});
  };
  return look(c, [&](const at::Tensor& picture) {
    return module.forward((picture - channels(c.config.preprocess.mean)) /
                          channels(c.config.preprocess.std));
  });
}

Look look_with(const FrozenTower& tower, const Case& c) {
  return look(c, [&](const at::Tensor& picture) { return tower.encode(picture); });
}

double cosine(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor x = a.flatten().to(torch::kFloat64), y = b.flatten().to(torch::kFloat64);
  return (x.dot(y) / (x.norm() * y.norm())).item<double>();
}

#if defined(__x86_64__)
/// As compile_tower would for amx in bf16, on emulated tiles.
std::unique_ptr<FrozenTower> compile_emulated(const ImageTower& module, const ClipConfig& config,
                                              int threads) {
  const torch::NoGradGuard no_grad;
  PlanSource source{config.vision,
                    config.embedding,
                    config.activation,
                    config.preprocess.mean,
                    config.preprocess.std,
                    {},
                    std::make_shared<WeightPacker>()};
  for (const auto& item : module.named_parameters()) source.weights[item.key()] = item.value();
  for (const auto& item : module.named_buffers()) source.weights[item.key()] = item.value();
  const PlanKernels kernels{&kernels_for(InstructionSet::portable), &kEmulatedAmxSplitKernels,
                            &kEmulatedAmxKernels};
  std::unique_ptr<const Plan> plan = config.vision.kind == ImageTowerKind::modified_resnet
                                         ? make_resnet_plan(source, kernels)
                                         : make_transformer_plan(source, *kernels.backward);
  return std::make_unique<FrozenTower>(std::move(plan), threads);
}
#endif

class Towers : public testing::TestWithParam<Case> {};

TEST_P(Towers, AgreeWithTheModuleInF32) {
  const auto module = make_module(GetParam().config);
  const Look expected = look_with_module(GetParam(), *module);
  for (const InstructionSet set : base::supported_instruction_sets()) {
    if (set > InstructionSet::avx512) break;  // f32 is the same from there on
    SCOPED_TRACE(base::name(set));
    const auto tower = compile_tower(*module, GetParam().config, {Precision::f32, set}, 1);
    const Look got = look_with(*tower, GetParam());
    EXPECT_TRUE(close_to(got.features, expected.features, kTolerance));
    if (GetParam().config.vision.kind == ImageTowerKind::vision_transformer) {
      EXPECT_TRUE(close_to(got.gradient, expected.gradient, kTolerance));
    } else {  // a ReLU's input next to 0 may round to the other side
      EXPECT_GT(cosine(got.gradient, expected.gradient), 1 - 1e-6);
    }
  }
}

TEST_P(Towers, AgreeWithTheModuleInBf16) {
  if (!base::is_supported(InstructionSet::avx512_bf16)) GTEST_SKIP() << "no bf16 here";
  const auto module = make_module(GetParam().config);
  const Look expected = look_with_module(GetParam(), *module);
  for (const InstructionSet set : {InstructionSet::avx512_bf16, InstructionSet::amx}) {
    if (!base::is_supported(set)) break;
    SCOPED_TRACE(base::name(set));
    const auto tower = compile_tower(*module, GetParam().config, {Precision::bf16, set}, 1);
    const Look got = look_with(*tower, GetParam());
    RecordProperty("gradient_cosine", std::to_string(cosine(got.gradient, expected.gradient)));
    EXPECT_GE(cosine(got.features, expected.features), kBf16Cosine);
    EXPECT_GE(cosine(got.gradient, expected.gradient), kBf16Cosine);
  }
}

/// compile(threads) -> a tower
template <class Compile>
void expect_the_same_bits(const Case& c, const std::vector<int>& numbers, const Compile& compile) {
  const auto one = compile(1);
  const Look expected = look_with(*one, c);
  for (const int threads : numbers) {
    const Look got = look_with(*compile(threads), c);
    EXPECT_TRUE(got.features.equal(expected.features)) << threads;
    EXPECT_TRUE(got.gradient.equal(expected.gradient)) << threads;
  }
  const at::Tensor last = pictures(c).slice(0, -1);
  EXPECT_TRUE(one->encode(last).equal(expected.features.slice(0, -1)));
}

TEST_P(Towers, GiveTheSameBitsForAnyNumberOfThreadsAndPictures) {
  const auto module = make_module(GetParam().config);
  expect_the_same_bits(GetParam(), {2, 3, 16}, [&](int threads) {
    return compile_tower(*module, GetParam().config, {}, threads);
  });
}

#if defined(__x86_64__)
TEST_P(Towers, AgreeWithTheModuleOnEmulatedTilesForAnyNumberOfThreads) {
  const auto module = make_module(GetParam().config);
  const Look expected = look_with_module(GetParam(), *module);
  const Look got = look_with(*compile_emulated(*module, GetParam().config, 1), GetParam());
  RecordProperty("gradient_cosine", std::to_string(cosine(got.gradient, expected.gradient)));
  EXPECT_GE(cosine(got.features, expected.features), kBf16Cosine);
  EXPECT_GE(cosine(got.gradient, expected.gradient), kBf16Cosine);
  expect_the_same_bits(GetParam(), {3}, [&](int threads) {
    return compile_emulated(*module, GetParam().config, threads);
  });
}
#endif

INSTANTIATE_TEST_SUITE_P(Kinds, Towers, testing::ValuesIn(cases()),
                         [](const auto& info) { return info.param.name; });

class OneTower : public testing::Test {
 protected:
  const Case case_ = cases().front();
  const std::shared_ptr<ImageTower> module_ = make_module(case_.config);
  const std::unique_ptr<FrozenTower> tower_ = compile_tower(*module_, case_.config, {}, 1);
};

TEST_F(OneTower, WouldNoticeOneWrongPixel) {
  at::Tensor wrong = pictures(case_);
  wrong[1][2][17][5] += 0.05;
  EXPECT_FALSE(close_to(tower_->encode(wrong), tower_->encode(pictures(case_)), kTolerance));
}

TEST_F(OneTower, LeavesNothingBehindFromCallToCall) {
  const Look first = look_with(*tower_, case_);
  tower_->encode(torch::full({7, 3, 32, 32}, NAN));
  const at::Tensor poisoned = torch::full({2, 3, 32, 32}, INFINITY).requires_grad_();
  tower_->encode(poisoned).sum().backward();
  const Look again = look_with(*tower_, case_);
  EXPECT_TRUE(again.features.equal(first.features));
  EXPECT_TRUE(again.gradient.equal(first.gradient));
}

TEST_F(OneTower, PassesOnWhatIsNotANumber) {
  at::Tensor picture = pictures(case_);
  picture[1][0][3][3] = NAN;
  const at::Tensor features = tower_->encode(picture);
  EXPECT_TRUE(features[1].isnan().all().item<bool>());
  EXPECT_TRUE(features[0].isfinite().all().item<bool>());
}

TEST_F(OneTower, GoesBackTwiceThroughARetainedGraph) {
  const at::Tensor picture = pictures(case_).requires_grad_();
  const at::Tensor features = tower_->encode(picture);
  const at::Tensor other = tower_->encode(torch::zeros_like(picture));  // may not disturb
  const auto grad = [&](bool retain) {
    return torch::autograd::grad({features.sum()}, {picture}, {}, retain)[0];
  };
  const at::Tensor first = grad(true), second = grad(false);
  EXPECT_TRUE(first.equal(second));
  EXPECT_GT(first.abs().max().item<double>(), 0);
  EXPECT_ANY_THROW(grad(false));
}

TEST_F(OneTower, ServesSeveralThreadsAtOnce) {
  const at::Tensor picture = pictures(case_), expected = tower_->encode(picture);
  std::vector<at::Tensor> features(4);
  {
    std::vector<std::jthread> callers;
    for (at::Tensor& result : features)
      callers.emplace_back([&, this] { result = tower_->encode(picture); });
  }
  for (const at::Tensor& result : features) EXPECT_TRUE(result.equal(expected));
}

TEST_F(OneTower, EncodesNoPictures) {
  const at::Tensor none = torch::zeros({0, 3, 32, 32}).requires_grad_();
  const at::Tensor features = tower_->encode(none);
  EXPECT_EQ(features.sizes(), (at::IntArrayRef{0, 20}));
  EXPECT_EQ(torch::autograd::grad({features.sum()}, {none})[0].numel(), 0);
}

TEST_F(OneTower, RefusesOtherShapes) {
  EXPECT_THROW(tower_->encode(torch::zeros({1, 3, 31, 32})), base::ShapeError);
  EXPECT_THROW(tower_->encode(torch::zeros({1, 3, 32, 32}, torch::kFloat64)), base::ShapeError);
}

TEST_F(OneTower, RefusesBf16WithoutTheKernelsForIt) {
  EXPECT_THROW(
      compile_tower(*module_, case_.config, {Precision::bf16, InstructionSet::portable}, 1),
      base::UsageError);
}

}  // namespace
}  // namespace clipguide::clip::frozen
