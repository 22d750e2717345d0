#include <gtest/gtest.h>

#include <fstream>

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"
#include "clipguide/clip/frozen/compile_tower.h"
#include "clipguide/clip/image_tower.h"
#include "support/temporary_folder.h"

// Packed weights that are kept in a file: the same tower from them, and no tower from a file that
// is not as it was written.
namespace clipguide::clip::frozen {
namespace {

namespace fs = std::filesystem;

constexpr const char* kKey = "these weights, for these kernels";
constexpr std::size_t kLimitBytes = std::size_t(1) << 30;

ClipConfig small_config(ImageTowerKind kind) {
  ClipConfig config;
  config.embedding = 20;
  config.vision.kind = kind;
  if (kind == ImageTowerKind::modified_resnet) {
    config.vision.image_size_px = 64;
    config.vision.width = 8;
    config.vision.heads = 4;
    config.vision.stages = {1, 2, 1, 1};
  } else {
    config.vision.image_size_px = 32;
    config.vision.patch_px = 8;
    config.vision.width = 64;
    config.vision.heads = 2;
    config.vision.layers = 2;
  }
  return config;
}

struct Seen {
  at::Tensor features, gradient;
};

Seen look_with(const FrozenTower& tower, int side) {
  torch::manual_seed(12);
  const at::Tensor picture = torch::rand({3, 3, side, side}).requires_grad_();
  const at::Tensor features = tower.encode(picture);
  return {features.detach(), torch::autograd::grad({features.sum()}, {picture})[0]};
}

class PackedFile : public testing::TestWithParam<ImageTowerKind> {
 protected:
  std::unique_ptr<FrozenTower> compile(const TowerOptions& options,
                                       std::shared_ptr<WeightPacker> packer) {
    return compile_tower(*module_, config_, options, 2, {}, std::move(packer));
  }
  /// Packs and writes; what the tower gives.
  Seen write(const TowerOptions& options = {}) {
    const auto packer = std::make_shared<WeightPacker>();
    const auto tower = compile(options, packer);
    write_packed(file_, kKey, packer->entries(), 2);
    return look_with(*tower, config_.vision.image_size_px);
  }
  /// From now on the module's own weights are worth nothing.
  void forget() {
    const torch::NoGradGuard no_grad;
    for (at::Tensor& parameter : module_->parameters()) parameter.fill_(NAN);
  }
  std::string bytes() const { return base::read_file(file_, kLimitBytes); }

  test::TemporaryFolder folder_;
  const fs::path file_ = folder_ / "cache" / "tower.packed";
  const ClipConfig config_ = small_config(GetParam());
  const std::shared_ptr<ImageTower> module_ = [this] {
    torch::manual_seed(3);
    auto module = make_image_tower(config_.vision, config_.embedding, config_.activation);
    module->eval();
    return module;
  }();
};

TEST_P(PackedFile, GivesTheSameTowerForEveryInstructionSet) {
  for (const base::InstructionSet set : base::supported_instruction_sets()) {
    SCOPED_TRACE(base::name(set));
    const TowerOptions options{Precision::automatic, set};
    const Seen want = write(options);
    const auto packer = std::make_shared<WeightPacker>(open_packed(file_, kKey, 2));
    ASSERT_FALSE(packer->entries().empty());
    EXPECT_TRUE(packer->is_ready());
    const Seen got = look_with(*compile(options, packer), config_.vision.image_size_px);
    EXPECT_TRUE(got.features.equal(want.features));
    EXPECT_TRUE(got.gradient.equal(want.gradient));
  }
}

TEST_P(PackedFile, NeedsNothingOfTheWeightsItWasMadeFromAndOutlivesItsName) {
  const Seen want = write();
  forget();
  const auto tower = compile({}, std::make_shared<WeightPacker>(open_packed(file_, kKey, 1)));
  fs::remove(file_);
  EXPECT_TRUE(look_with(*tower, config_.vision.image_size_px).gradient.equal(want.gradient));
}

TEST_P(PackedFile, IsNotReadForAnotherKeyOrWhereThereIsNone) {
  EXPECT_TRUE(open_packed(file_, kKey, 1).empty());
  EXPECT_TRUE(open_packed(folder_.path(), kKey, 1).empty());
  write();
  EXPECT_TRUE(open_packed(file_, "other weights", 1).empty());
  EXPECT_FALSE(open_packed(file_, kKey, 1).empty());
}

TEST_P(PackedFile, IsNotReadWhereOneBitOfItIsWrong) {
  write();
  const std::string whole = bytes();
  // In the head, in the table, and all over the weights.
  std::vector<std::size_t> places = {0, 9, 17, 25, 40, 500};
  for (std::size_t place = whole.size() / 4; place + 8192 < whole.size(); place += 64 * 331)
    places.push_back(place);
  for (const std::size_t place : places) {
    if (whole[place] == 0) continue;  // perhaps beside a piece, where nobody reads
    std::string wrong = whole;
    wrong[place] = char(wrong[place] ^ 4);
    base::write_file(file_, wrong);
    EXPECT_TRUE(open_packed(file_, kKey, 2).empty()) << place << " of " << whole.size();
  }
  base::write_file(file_, whole);
  EXPECT_FALSE(open_packed(file_, kKey, 2).empty());
}

TEST_P(PackedFile, IsNotReadWhereItIsCutShort) {
  write();
  const std::string whole = bytes();
  for (const double share : {0.0, 1e-5, 0.01, 0.3, 0.999}) {
    base::write_file(file_, whole.substr(0, std::size_t(double(whole.size()) * share)));
    EXPECT_TRUE(open_packed(file_, kKey, 1).empty()) << share;
  }
}

TEST_P(PackedFile, OfAnotherTowerIsRefused) {
  write();
  const ClipConfig other = small_config(GetParam() == ImageTowerKind::modified_resnet
                                            ? ImageTowerKind::vision_transformer
                                            : ImageTowerKind::modified_resnet);
  const auto module = make_image_tower(other.vision, other.embedding, other.activation);
  const auto packer = std::make_shared<WeightPacker>(open_packed(file_, kKey, 1));
  EXPECT_THROW(compile_tower(*module, other, {}, 1, {}, packer), base::FormatError);
}

TEST_P(PackedFile, ThatCannotBeWrittenLeavesNothingBehind) {
  const auto packer = std::make_shared<WeightPacker>();
  compile({}, packer);
  std::ofstream(folder_ / "occupied") << "a file, not a folder";
  EXPECT_THROW(write_packed(folder_ / "occupied" / "x", kKey, packer->entries(), 1), base::IoError);
  fs::create_directories(file_ / "in the way");  // a folder that cannot be replaced
  EXPECT_THROW(write_packed(file_, kKey, packer->entries(), 1), base::IoError);
  int left = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator(file_.parent_path())) ++left;
  EXPECT_EQ(left, 1);
}

INSTANTIATE_TEST_SUITE_P(Kinds, PackedFile,
                         testing::Values(ImageTowerKind::vision_transformer,
                                         ImageTowerKind::modified_resnet),
                         [](const auto& info) {
                           return info.param == ImageTowerKind::modified_resnet ? "ResNet" : "ViT";
                         });

}  // namespace
}  // namespace clipguide::clip::frozen
