#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "clipguide/base/torch.h"
#include "clipguide/clip/clip_model.h"
#include "clipguide/weights/tensor_store.h"
#include "clipguide/weights/torch_tensor.h"
#include "support/compare.h"

// Features, logits and the gradient to the pixels, against numbers that the published Python
// implementations computed (tests/fixtures/make_models.py, and shared golden files where
// CLIPGUIDE_GOLDEN names their folder). docs/parity.md holds the figures.
namespace clipguide::clip {
namespace {

namespace fs = std::filesystem;
using test::close_to;

constexpr double kTolerance = 1e-4;  // relative, f32

struct Form {
  std::string name;      // of the case
  std::string model;     // path below the root
  std::string expected;  // path below the root
  int image_size_px = 0;
};

void PrintTo(const Form& form, std::ostream* out) { *out << form.name; }

std::string case_name(const testing::TestParamInfo<Form>& info) { return info.param.name; }

void record(const std::string& what, const at::Tensor& got, const at::Tensor& expected) {
  testing::Test::RecordProperty(what,
                                fmt::format("{:.1e}", test::difference(got, expected).relative));
  EXPECT_TRUE(close_to(got, expected, kTolerance)) << what;
}

at::Tensor unit(const at::Tensor& features) {
  return features / features.norm(2, /*dim=*/1, /*keepdim=*/true);
}

void expect_parity(const fs::path& root, const Form& form,
                   const std::optional<TowerOptions>& tower = {}) {
  const auto model =
      load_clip(root / form.model, {.image_size_px = form.image_size_px, .tower = tower});
  const auto expected = weights::to_tensors(weights::open_weights(root / form.expected));

  // Look at the pictures and the texts.
  at::Tensor image = expected.at("image").to(torch::kFloat32);
  if (expected.at("image").scalar_type() == torch::kUInt8) image = image / 255;
  image.requires_grad_();
  const at::Tensor image_features = model->encode_image(image);
  const at::Tensor text_features = model->encode_text(expected.at("tokens").to(torch::kInt64));
  record("image_features", image_features, expected.at("image_features"));
  record("text_features", text_features, expected.at("text_features"));

  // Compare each with each.
  const at::Tensor cosine = torch::matmul(unit(image_features), unit(text_features).t());
  record("logits", model->logit_scale() * cosine + model->logit_bias(),
         expected.at("logits_per_image"));

  // Ask which way the pixels should change.
  const at::Tensor loss = -(cosine[0][0] + 0.5 * cosine[1][1] - 0.3 * cosine[2][2]);
  // Absolute: the loss is a difference of cosines, and may be next to nothing itself.
  EXPECT_NEAR(loss.item<double>(), expected.at("loss").item<double>(), kTolerance);
  if (!expected.count("image_grad")) return;
  loss.backward();
  record("image_gradient", image.grad(), expected.at("image_grad"));
}

class OwnFixtures : public testing::TestWithParam<Form> {};

TEST_P(OwnFixtures, AgreeWithTheReference) {
  expect_parity(fs::path(CLIPGUIDE_FIXTURES) / "models", GetParam());
}

TEST_P(OwnFixtures, AgreeWithTheReferenceByOurKernels) {
  for (const base::InstructionSet set : base::supported_instruction_sets()) {
    SCOPED_TRACE(base::name(set));
    expect_parity(fs::path(CLIPGUIDE_FIXTURES) / "models", GetParam(),
                  TowerOptions{Precision::f32, set});
  }
}

INSTANTIATE_TEST_SUITE_P(Parity, OwnFixtures,
                         testing::ValuesIn(std::vector<Form>{
                             {"vit_open_clip", "vit", "vit/expected.safetensors"},
                             {"vit_hugging_face", "vit/hf", "vit/expected.safetensors"},
                             {"vit_torchscript", "vit/torchscript.pt", "vit/expected.safetensors"},
                             {"vit_state_dict", "vit/state_dict.pt", "vit/expected.safetensors"},
                             {"vit_at_48px", "vit", "vit/expected_48px.safetensors", 48},
                             {"vit_hugging_face_at_48px", "vit/hf", "vit/expected_48px.safetensors",
                              48},
                             {"rn_open_clip", "rn", "rn/expected.safetensors"},
                             {"rn_torchscript", "rn/torchscript.pt", "rn/expected.safetensors"},
                             {"rn_state_dict", "rn/state_dict.pt", "rn/expected.safetensors"},
                             {"rn_at_96px", "rn", "rn/expected_96px.safetensors", 96},
                             {"gelu", "gelu", "gelu/expected.safetensors"},
                             {"clipa", "clipa", "clipa/expected.safetensors"},
                             {"layer_scale", "layer_scale", "layer_scale/expected.safetensors"},
                         }),
                         case_name);

class GoldenFiles : public testing::TestWithParam<Form> {};

TEST_P(GoldenFiles, AgreeWithTheReference) {
  const char* root = std::getenv("CLIPGUIDE_GOLDEN");
  if (!root) GTEST_SKIP() << "CLIPGUIDE_GOLDEN is not set";
  expect_parity(root, GetParam());
}

INSTANTIATE_TEST_SUITE_P(Parity, GoldenFiles,
                         testing::ValuesIn(std::vector<Form>{
                             {"vit_open_clip", "vit", "vit/expected.safetensors"},
                             {"vit_hugging_face", "vit/hf", "vit/expected.safetensors"},
                             {"vit_torchscript", "vit/torchscript.pt", "vit/expected.safetensors"},
                             {"vit_state_dict", "vit/state_dict.pt", "vit/expected.safetensors"},
                             {"rn_open_clip", "rn", "rn/expected.safetensors"},
                             {"rn_torchscript", "rn/torchscript.pt", "rn/expected.safetensors"},
                             {"rn_state_dict", "rn/state_dict.pt", "rn/expected.safetensors"},
                         }),
                         case_name);

TEST(ModelParity, WouldNoticeOneWrongPixel) {
  const fs::path root = fs::path(CLIPGUIDE_FIXTURES) / "models";
  const auto model = load_clip(root / "vit");
  const auto expected =
      weights::to_tensors(weights::open_weights(root / "vit/expected.safetensors"));
  at::Tensor image = expected.at("image").to(torch::kFloat32) / 255;
  image[2][1][17][5] += 0.05;
  EXPECT_FALSE(close_to(model->encode_image(image), expected.at("image_features"), kTolerance));
}

TEST(ModelParity, TextsPassTheTokenizerToTheSameFeatures) {
  const fs::path root = fs::path(CLIPGUIDE_FIXTURES) / "models";
  const auto store = weights::open_weights(root / "vit/expected.safetensors");
  const auto expected = weights::to_tensors(store);
  for (const char* form : {"vit", "vit/hf"}) {
    const auto features = load_clip(root / form)
                              ->encode_texts({"a red apple", "a clock melting into a river",
                                              "it's 9 o'clock!", "a painting of the sea"});
    EXPECT_TRUE(close_to(features, expected.at("text_features"), kTolerance)) << form;
  }
}

}  // namespace
}  // namespace clipguide::clip
