#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "clipguide/base/error.h"
#include "clipguide/base/torch.h"
#include "clipguide/weights/tensor_store.h"
#include "clipguide/weights/torch_tensor.h"
#include "support/temporary_folder.h"
#include "weights/hostile_files.h"

// The fixtures are PyTorch's own work: see tests/fixtures/make_weights.py.
namespace clipguide::weights {
namespace {

using testing::HasSubstr;

const std::filesystem::path kFolder = std::filesystem::path(CLIPGUIDE_FIXTURES) / "weights";

void expect_same(const std::string& file, const std::string& expected_file) {
  const auto got = to_tensors(open_weights(kFolder / file));
  const auto expected = to_tensors(open_weights(kFolder / expected_file));
  ASSERT_GT(expected.size(), 10u);
  for (const auto& [name, tensor] : expected) {
    ASSERT_TRUE(got.contains(name)) << name;
    EXPECT_EQ(got.at(name).dtype(), tensor.dtype()) << name;
    EXPECT_EQ(got.at(name).sizes(), tensor.sizes()) << name;
    EXPECT_TRUE(at::allclose(got.at(name).to(at::kDouble), tensor.to(at::kDouble), 0, 0, true))
        << name;
  }
  EXPECT_EQ(got.size(), expected.size());
}

TEST(OpenWeights, ReadsAStateDict) { expect_same("state_dict.pt", "state_dict.safetensors"); }

TEST(OpenWeights, ReadsAStateDictOfPickleProtocol5) {
  expect_same("state_dict_protocol5.pt", "state_dict.safetensors");
}

TEST(OpenWeights, ReadsTheStreamFromBeforePyTorch16) {
  expect_same("legacy.pt", "state_dict.safetensors");
}

TEST(OpenWeights, ReadsTorchScript) { expect_same("module.torchscript.pt", "module.safetensors"); }

TEST(OpenWeights, ReadsACheckpointWithoutItsPrefix) {
  expect_same("checkpoint.pt", "module.safetensors");
}

TEST(OpenWeights, GivesThoseNumbers) {
  const auto tensors = to_tensors(open_weights(kFolder / "state_dict.pt"));
  EXPECT_EQ(tensors.at("i64").item<std::int64_t>(), -(std::int64_t(1) << 40));
  const at::Tensor columns = tensors.at("shared.columns");  // pool[:, 1:5:2] of a ramp
  EXPECT_EQ(columns.sizes(), (std::vector<std::int64_t>{4, 2}));
  EXPECT_TRUE(columns.is_contiguous());
  EXPECT_FLOAT_EQ(columns[3][1].item<float>(), -3.0f + 0.75f * (3 * 6 + 3));
  EXPECT_TRUE(tensors.at("not_finite").isnan()[0].item<bool>());
}

TEST(OpenWeights, KeepsTheFileForTheViews) {
  TensorStore store;
  {
    const test::TemporaryFolder folder;
    std::filesystem::copy(kFolder / "state_dict.pt", folder / "a");
    store = open_weights(folder / "a");
  }
  EXPECT_EQ(to_tensor(store.tensors.at("shared.all")).numel(), 24);
}

TEST(OpenWeights, GoesByContentNotByName) {
  const test::TemporaryFolder folder;
  std::filesystem::copy(kFolder / "state_dict.pt", folder / "a.safetensors");
  std::filesystem::copy(kFolder / "state_dict.safetensors", folder / "a.pt");
  EXPECT_EQ(open_weights(folder / "a.safetensors").tensors.size(),
            open_weights(folder / "a.pt").tensors.size());
  // 640 = 0x280 as header length looks like a pickle, 0x4b50 like a zip archive
  for (const std::size_t length : {0x280, 0x4b50}) {
    const std::string file = test::safetensors("{}" + std::string(length - 2, ' '));
    EXPECT_TRUE(parse_weights(test::bytes_of(file), "s").tensors.empty());
  }
}

TEST(OpenWeights, NamesWhatItGotInstead) {
  const auto refusal = [](const std::string& file) -> base::FormatError {
    try {
      parse_weights(test::bytes_of(file), "some.bin");
    } catch (const base::FormatError& error) {
      return error;
    }
    return base::FormatError("accepted");
  };
  EXPECT_THAT(refusal("").what(), HasSubstr("got 0 bytes"));
  EXPECT_THAT(refusal("<!DOCTYPE html>").what(), HasSubstr("<!DOCTYPE html>"));
  EXPECT_THAT(refusal("version https://git-lfs.github.com/spec/v1\n").hint(), HasSubstr("LFS"));
  EXPECT_THROW(open_weights("/no/such/file"), base::IoError);
}

TEST(OpenWeights, RefusesEveryTruncation) {
  for (const char* name :
       {"state_dict.pt", "legacy.pt", "module.torchscript.pt", "state_dict.safetensors"}) {
    std::ifstream input(kFolder / name, std::ios::binary);
    const std::string file{std::istreambuf_iterator<char>(input), {}};
    ASSERT_GT(file.size(), 1000u);
    for (std::size_t size = 0; size < file.size(); ++size)
      EXPECT_THROW(parse_weights(test::bytes_of(file.substr(0, size)), name), base::Error)
          << name << " cut to " << size;
  }
}

}  // namespace
}  // namespace clipguide::weights
