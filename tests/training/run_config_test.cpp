#include "training/run_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"

namespace clipguide::training {
namespace {

constexpr const char* kSmall = R"({
  "model": {"embed_dim": 32,
            "vision_cfg": {"image_size": 32, "layers": [1, 1, 1, 1], "width": 8, "head_width": 32},
            "text_cfg": {"context_length": 16, "vocab_size": 600, "width": 32, "heads": 2, "layers": 1}},
  "batch": 8, "radius": 0.5})";

TEST(RunConfig, ReadsWhatIsGivenAndKeepsDefaults) {
  const RunConfig config = read_run_config(kSmall, "small.json");
  EXPECT_EQ(config.batch, 8);
  EXPECT_DOUBLE_EQ(config.radius, 0.5);
  EXPECT_EQ(config.attack_steps, 1);
  EXPECT_EQ(config.model.vision.kind, clip::ImageTowerKind::modified_resnet);
}

TEST(RunConfig, AnUnknownKeyIsNamed) {
  try {
    read_run_config(R"({"model": {}, "radios": 1})", "run.json");
    FAIL() << "expected an error";
  } catch (const base::FormatError& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("radios"));
  }
}

TEST(RunConfig, RefusesWhatCannotBeTrained) {
  EXPECT_THROW(read_run_config("{}", "run.json"), base::FormatError);
  EXPECT_THROW(read_run_config("{", "run.json"), base::FormatError);
  std::string none = kSmall;
  none.replace(none.find("\"batch\": 8"), 10, "\"batch\": 1");
  EXPECT_THROW(read_run_config(none, "run.json"), base::FormatError);
}

TEST(RunConfig, WritesAConfigThatTheLoaderReads) {
  const RunConfig config = read_run_config(kSmall, "small.json");
  const clip::ClipConfig read = clip::parse_config(open_clip_config_json(config, 777), "written");
  EXPECT_EQ(read.text.vocabulary, 777);
  EXPECT_EQ(read.vision.image_size_px, 32);
  EXPECT_EQ(read.vision.heads, config.model.vision.heads);
}

TEST(RunConfig, EveryCommittedRunIsReadable) {
  int seen = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(CLIPGUIDE_SOURCE_DIR "/training/configs")) {
    EXPECT_NO_THROW(read_run_config(base::read_file(entry.path(), 1 << 20), entry.path().string()));
    ++seen;
  }
  EXPECT_GT(seen, 0);
}

}  // namespace
}  // namespace clipguide::training
