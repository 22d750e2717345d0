#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <map>
#include <string>
#include <utility>

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"
#include "clipguide/base/torch.h"
#include "clipguide/clip/checkpoint.h"
#include "clipguide/clip/clip_model.h"
#include "clipguide/weights/tensor_store.h"
#include "clipguide/weights/torch_tensor.h"
#include "support/temporary_folder.h"

namespace clipguide::clip {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using Tensors = std::map<std::string, at::Tensor>;

const fs::path kModels = fs::path(CLIPGUIDE_FIXTURES) / "models";

/// A copy of a fixture's open_clip folder whose tensors a test has changed.
class ChangedModel {
 public:
  explicit ChangedModel(const std::string& name)
      : tensors(weights::to_tensors(
            weights::open_weights(kModels / name / "open_clip_model.safetensors"))) {
    fs::copy_file(kModels / name / "open_clip_config.json", folder_ / "open_clip_config.json");
  }
  const fs::path& path() const { return folder_.path(); }
  const fs::path& write() {
    write_as("open_clip_model.safetensors", tensors);
    return path();
  }
  void write_as(const std::string& name, const Tensors& some) {
    base::write_file(folder_ / name, weights::format_tensors(some));
  }
  void write_text(const std::string& name, const std::string& text) {
    base::write_file(folder_ / name, text);
  }

  Tensors tensors;

 private:
  test::TemporaryFolder folder_;
};

template <class Error>
std::string message_of(const fs::path& path, const LoadOptions& options = {}) {
  try {
    load_clip(path, options);
  } catch (const Error& error) {
    return error.what();
  }
  return "no such error";
}

at::Tensor some_image(const ClipModel& model) {
  torch::manual_seed(1);
  return torch::rand({2, 3, model.input_side_px(), model.input_side_px()});
}

TEST(Loader, ListsEveryTensorThatDoesNotFit) {
  ChangedModel model("vit");
  model.tensors.erase("ln_final.bias");
  model.tensors.erase("visual.transformer.resblocks.0.mlp.c_fc.weight");
  model.tensors["visual.extra"] = torch::ones({2});
  model.tensors["text_projection"] = torch::ones({5, 24});
  model.tensors["visual.positional_embedding"] = torch::ones({16, 128});
  const std::string message = message_of<base::FormatError>(model.write());
  EXPECT_THAT(message,
              AllOf(HasSubstr("2 missing: ln_final.bias, "
                              "visual.transformer.resblocks.0.mlp.c_fc.weight"),
                    HasSubstr("1 unexpected: visual.extra"), HasSubstr("2 of another shape: "),
                    HasSubstr("text_projection (expected [32, 24], got [5, 24])"),
                    HasSubstr("visual.positional_embedding (expected [17, 128], got [16, 128])")));
  EXPECT_THAT(message, Not(HasSubstr("\n")));
}

TEST(Loader, RefusesWeightsThatAreNotFiniteUnlessAllowed) {
  ChangedModel model("vit");
  model.tensors["ln_final.bias"] = torch::full({32}, std::nan(""));
  model.tensors["visual.ln_pre.bias"][3] = std::numeric_limits<float>::infinity();
  model.write();
  EXPECT_THAT(message_of<base::NumericError>(model.path()),
              HasSubstr("got NaN or Inf in 2: ln_final.bias, visual.ln_pre.bias"));

  std::string heard;
  LoadOptions options;
  options.allow_non_finite = true;
  options.log = [&heard](base::LogLevel, std::string_view line) { heard += line; };
  EXPECT_NO_THROW(load_clip(model.path(), options));
  EXPECT_THAT(heard, HasSubstr("NaN or Inf"));
}

TEST(Loader, InfersFromShapesWhatTheConfigSays) {
  for (const char* name : {"vit", "rn"}) {
    const auto described = load_clip(kModels / name)->config();
    const auto inferred = load_clip(kModels / name / "state_dict.pt")->config();
    EXPECT_EQ(inferred.embedding, described.embedding);
    EXPECT_EQ(inferred.activation, Activation::quick_gelu);
    EXPECT_EQ(inferred.vision.kind, described.vision.kind);
    EXPECT_EQ(inferred.vision.image_size_px, described.vision.image_size_px);
    EXPECT_EQ(inferred.vision.width, described.vision.width);
    EXPECT_EQ(inferred.vision.heads, described.vision.heads);
    EXPECT_EQ(inferred.vision.stages, described.vision.stages);
    EXPECT_EQ(inferred.text.context_length, described.text.context_length);
    EXPECT_EQ(inferred.text.vocabulary, described.text.vocabulary);
    EXPECT_EQ(inferred.text.layers, described.text.layers);
    EXPECT_DOUBLE_EQ(inferred.text.mlp_ratio, described.text.mlp_ratio);
  }
}

TEST(Loader, SaysWhatAnUnrelatedFileLacks) {
  ChangedModel model("vit");
  model.write_as("lonely.safetensors", {{"weight", torch::ones({3})}});
  EXPECT_THAT(message_of<base::FormatError>(model.path() / "lonely.safetensors"),
              AllOf(HasSubstr("expected the weights of a CLIP, but these are missing"),
                    HasSubstr("visual.conv1.weight"), HasSubstr("ln_final.weight")));
}

TEST(Loader, RefusesShapesThatNoModelHas) {
  ChangedModel model("vit");
  const at::Tensor conv = model.tensors["visual.conv1.weight"];
  model.tensors["visual.conv1.weight"] = torch::ones({128});
  model.write_as("flat.safetensors", model.tensors);
  EXPECT_THAT(message_of<base::FormatError>(model.path() / "flat.safetensors"),
              HasSubstr("visual.conv1.weight: expected 4 dimensions, got [128]"));
  model.tensors["visual.conv1.weight"] = conv;
  model.tensors["visual.positional_embedding"] = torch::ones({12, 128});
  model.write_as("grid.safetensors", model.tensors);
  EXPECT_THAT(message_of<base::FormatError>(model.path() / "grid.safetensors"),
              HasSubstr("expected 1 + n*n rows, got 12"));
}

TEST(Loader, TakesAnyStoredPrecisionAndTheWrappersOfTrainingRuns) {
  const auto original = load_clip(kModels / "rn");
  const at::Tensor image = some_image(*original);
  ChangedModel model("rn");
  Tensors wrapped;
  for (auto& [name, tensor] : model.tensors) {
    const bool counter = name.ends_with("num_batches_tracked");
    wrapped["module." + name] = counter ? tensor : tensor.to(torch::kFloat64);
  }
  model.tensors = wrapped;
  EXPECT_TRUE(load_clip(model.write())->encode_image(image).equal(original->encode_image(image)));
}

TEST(Loader, NeedsNoBuffersThatHoldNoWeights) {
  ChangedModel model("rn");
  std::erase_if(model.tensors,
                [](const auto& item) { return item.first.ends_with("num_batches_tracked"); });
  model.tensors["attn_mask"] = torch::zeros({24, 24});
  model.tensors["logit_scale"] = model.tensors["logit_scale"].view({1});
  EXPECT_NO_THROW(load_clip(model.write()));
}

TEST(Loader, JoinsTheShardsOfAnIndex) {
  ChangedModel model("vit");
  fs::copy_file(kModels / "vit/hf/config.json", model.path() / "config.json");
  const Tensors all =
      weights::to_tensors(weights::open_weights(kModels / "vit/hf/model.safetensors"));
  Tensors first, second;
  for (const auto& [name, tensor] : all) (first.size() < 20 ? first : second)[name] = tensor;
  model.write_as("one.safetensors", first);
  model.write_as("two.safetensors", second);
  model.write_text("model.safetensors.index.json",
                   R"({"weight_map": {"a": "one.safetensors", "b": "two.safetensors"}})");
  const auto whole = load_clip(kModels / "vit/hf");
  const at::Tensor image = some_image(*whole);
  EXPECT_TRUE(load_clip(model.path())->encode_image(image).equal(whole->encode_image(image)));

  model.write_text("model.safetensors.index.json",
                   R"({"weight_map": {"a": "../one.safetensors"}})");
  EXPECT_THAT(message_of<base::FormatError>(model.path()), HasSubstr("names of files in this"));
  model.write_text("model.safetensors.index.json",
                   R"({"weight_map": {"a": "one.safetensors", "b": "copy.safetensors"}})");
  model.write_as("copy.safetensors", first);
  EXPECT_THAT(message_of<base::FormatError>(model.path()), HasSubstr("expected each tensor once"));
}

TEST(Loader, ListsHuggingFaceTensorsItCannotPlace) {
  ChangedModel model("vit");
  fs::copy_file(kModels / "vit/hf/config.json", model.path() / "config.json");
  Tensors tensors =
      weights::to_tensors(weights::open_weights(kModels / "vit/hf/model.safetensors"));
  tensors.erase("text_model.encoder.layers.1.self_attn.k_proj.weight");
  model.write_as("model.safetensors", tensors);
  EXPECT_THAT(message_of<base::FormatError>(model.path()),
              AllOf(HasSubstr("1 missing: transformer.resblocks.1.attn.in_proj_weight"),
                    HasSubstr("text_model.encoder.layers.1.self_attn.q_proj.weight")));
}

TEST(Loader, NamesWhatAFolderLacks) {
  test::TemporaryFolder empty;
  EXPECT_THAT(message_of<base::IoError>(empty.path()),
              HasSubstr("expected open_clip_config.json or config.json, found neither"));
  ChangedModel model("vit");
  EXPECT_THAT(message_of<base::IoError>(model.path()),
              HasSubstr("expected open_clip_model.safetensors"));
  EXPECT_THAT(message_of<base::IoError>(empty / "nothing.pt"), HasSubstr("nothing.pt"));
}

TEST(Loader, TakesTheModelsNameFromTheHubsCache) {
  ChangedModel model("vit");
  const fs::path snapshot = model.path() / "models--timm--tiny-clip" / "snapshots" / "0123abcd";
  fs::create_directories(snapshot);
  for (const char* name : {"open_clip_config.json", "open_clip_model.safetensors"}) {
    fs::create_symlink(kModels / "vit" / name, snapshot / name);
  }
  EXPECT_EQ(load_clip(snapshot)->name(), "timm/tiny-clip");
  EXPECT_EQ(load_clip(kModels / "vit")->name(), "vit");
  EXPECT_EQ(load_clip(kModels / "vit/")->name(), "vit");
  EXPECT_EQ(load_clip(kModels / "vit/state_dict.pt")->name(), "state_dict");
}

TEST(Loader, RefusesImageSizesTheTowerCannotHave) {
  EXPECT_THROW(load_clip(kModels / "vit", {.image_size_px = -1}), base::UsageError);
  EXPECT_THROW(load_clip(kModels / "vit", {.image_size_px = 1 << 20}), base::UsageError);
  EXPECT_THAT(message_of<base::FormatError>(kModels / "vit", {.image_size_px = 5}),
              HasSubstr("a patch of at most the image's 5 px"));
  EXPECT_THAT(message_of<base::FormatError>(kModels / "rn", {.image_size_px = 70}),
              HasSubstr("a multiple of 32"));
}

TEST(ClipModel, IsFrozenButLetsTheGradientThroughToThePixels) {
  for (const char* name : {"vit", "rn"}) {
    const auto model = load_clip(kModels / name);
    at::Tensor image = some_image(*model).requires_grad_();
    const at::Tensor features = model->encode_image(image);
    features.sum().backward();
    EXPECT_GT(image.grad().abs().max().item<float>(), 0);
    EXPECT_FALSE(model->encode_image(image.detach()).requires_grad());
    EXPECT_FALSE(model->encode_texts({"a red apple"}).requires_grad());
    EXPECT_TRUE(model->encode_image(image).equal(features)) << "running statistics stand still";
  }
}

TEST(ClipModel, KnowsItsScaleAndBias) {
  const auto stored = weights::to_tensors(
      weights::open_weights(kModels / "layer_scale/open_clip_model.safetensors"));
  const auto model = load_clip(kModels / "layer_scale");
  EXPECT_NEAR(model->logit_scale(), std::exp(stored.at("logit_scale").item<double>()), 1e-6);
  EXPECT_NEAR(model->logit_bias(), stored.at("logit_bias").item<double>(), 1e-9);
  EXPECT_EQ(load_clip(kModels / "vit")->logit_bias(), 0);
}

TEST(ClipModel, RefusesPicturesAndTextsOfAnotherShape) {
  const auto model = load_clip(kModels / "vit");
  EXPECT_THROW(model->encode_image(torch::rand({1, 3, 64, 64})), base::ShapeError);
  EXPECT_THROW(model->encode_image(torch::rand({3, 32, 32})), base::ShapeError);
  EXPECT_THROW(model->encode_text(torch::zeros({1, 77}, torch::kInt64)), base::ShapeError);
  EXPECT_THROW(model->encode_text(torch::zeros({1, 24})), base::ShapeError);
  EXPECT_THROW(model->encode_text(torch::full({1, 24}, 600, torch::kInt64)), base::ShapeError);
  EXPECT_THROW(model->encode_text(torch::full({1, 24}, -1, torch::kInt64)), base::ShapeError);
}

TEST(ClipModel, SaysWhereToGetAVocabularyOnlyWhenItNeedsOne) {
  ChangedModel model("vit");
  const auto loaded = load_clip(model.write());
  EXPECT_NO_THROW(loaded->encode_image(some_image(*loaded)));
  try {
    loaded->encode_texts({"a red apple"});
    FAIL() << "expected a UsageError";
  } catch (const base::UsageError& error) {
    EXPECT_THAT(error.hint(), HasSubstr("--vocab"));
  }
  LoadOptions options;
  options.vocabulary = kModels / "vit/bpe_simple_vocab_16e6.txt.gz";
  EXPECT_NO_THROW(load_clip(model.path(), options)->encode_texts({"a red apple"}));
}

TEST(ClipModel, RefusesAVocabularyLargerThanItsTable) {
  ChangedModel model("vit");
  model.write_text(
      "bpe_simple_vocab_16e6.txt", "#version: 0.2\na b</w>\n" + [] {
        std::string merges;  // 512 + 61 + 2 ids, the table has 554
        for (char c = 'b'; c <= 'z'; ++c) merges += std::string("a ") + c + "\n";
        for (char c = 'b'; c <= 'z'; ++c) merges += std::string("z ") + c + "\n";
        for (char c = 'b'; c <= 'k'; ++c) merges += std::string("q ") + c + "\n";
        return merges;
      }());
  EXPECT_THROW(load_clip(model.write())->tokenizer(), base::FormatError);
}

TEST(Checkpoint, LeavesUnknownNamesAsTheyAre) {
  const at::Tensor tensor = torch::ones({2, 3});
  weights::TensorStore store;
  store.tensors["text.visual_projection.weight"] = weights::to_view(tensor);
  store.tensors["vision_model.encoder.layers.x"] = weights::to_view(tensor);
  store.tensors["odd"] = weights::to_view(tensor);
  const Checkpoint checkpoint = read_checkpoint(store);
  EXPECT_EQ(checkpoint.weights.count("odd"), 1u);
  EXPECT_EQ(checkpoint.weights.count("vision_model.encoder.layers.x"), 1u);
  EXPECT_EQ(checkpoint.weights.at("visual.proj").shape(), (std::vector<std::int64_t>{3, 2}));
}

/// Loads with packed weights kept in a folder; says what was remarked about them.
struct PackedLoad {
  at::Tensor features;
  std::string remarks;
};
PackedLoad load_packed(const fs::path& model, const fs::path& folder,
                       const TowerOptions& tower = {}) {
  PackedLoad load;
  LoadOptions options;
  options.tower = tower;
  options.packed = {folder, /*smallest=*/0};
  options.log = [&](base::LogLevel, std::string_view line) {
    load.remarks += std::string(line) + "\n";
  };
  const auto clip = load_clip(model, options);
  const int side = clip->input_side_px();
  torch::manual_seed(1);
  load.features = clip->encode_image(torch::rand({2, 3, side, side}));
  return load;
}

TEST(Loader, KeepsPackedWeightsFromRunToRun) {
  for (const std::string name : {"vit", "rn"}) {
    test::TemporaryFolder cache;
    ChangedModel model(name);
    model.write();
    const PackedLoad first = load_packed(model.path(), cache.path());
    EXPECT_THAT(first.remarks, HasSubstr("packed weights to"));
    const PackedLoad second = load_packed(model.path(), cache.path());
    EXPECT_THAT(second.remarks, HasSubstr("packed weights from"));
    EXPECT_TRUE(second.features.equal(first.features));

    // Other weights under the same name take their place.
    for (auto& [key, tensor] : model.tensors)
      if (key.find("conv1.weight") != std::string::npos) tensor = tensor * 1.5;
    model.write();
    const PackedLoad changed = load_packed(model.path(), cache.path());
    EXPECT_THAT(changed.remarks, HasSubstr("packed weights to"));
    EXPECT_FALSE(changed.features.equal(first.features));
    EXPECT_THAT(load_packed(model.path(), cache.path()).remarks, HasSubstr("packed weights from"));

    // Other kernels keep their own.
    load_packed(model.path(), cache.path(), {.set = base::InstructionSet::portable});
    EXPECT_THAT(load_packed(model.path(), cache.path()).remarks, HasSubstr("packed weights from"));

    // What is not as it was written is made anew.
    std::size_t files = 0;
    for (const auto& entry : fs::directory_iterator(cache.path())) {
      fs::resize_file(entry.path(), fs::file_size(entry.path()) / 2);
      ++files;
    }
    EXPECT_EQ(files, base::best_instruction_set() == base::InstructionSet::portable ? 1u : 2u);
    const PackedLoad mended = load_packed(model.path(), cache.path());
    EXPECT_THAT(mended.remarks, HasSubstr("packed weights to"));
    EXPECT_TRUE(mended.features.equal(changed.features));
  }
}

TEST(Loader, PacksWithoutAFolderToKeepItIn) {
  test::TemporaryFolder folder;
  base::write_file(folder / "occupied", "a file, not a folder");
  const PackedLoad load = load_packed(kModels / "vit", folder / "occupied" / "cache");
  EXPECT_THAT(load.remarks, HasSubstr("cannot write the packed weights"));
  EXPECT_TRUE(load.features.isfinite().all().item<bool>());
  EXPECT_THAT(load_packed(kModels / "vit", {}).remarks, Not(HasSubstr("packed weights")));
}

}  // namespace
}  // namespace clipguide::clip
