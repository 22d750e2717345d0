#include "clipguide/cli/models_command.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "clipguide/weights/registry.h"
#include "hub/hub_fixture.h"

namespace clipguide::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

class ModelsCommandTest : public test::HubTest {
 protected:
  ModelsCommandTest() {
    for (const char* name : {"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_TOKEN_PATH", "HF_HUB_CACHE",
                             "HUGGINGFACE_HUB_CACHE", "HF_HUB_OFFLINE"})
      ::unsetenv(name);
    ::setenv("HF_HOME", (folder / "hf").c_str(), 1);
    ::setenv("XDG_CACHE_HOME", (folder / "xdg").c_str(), 1);
    ::setenv("HF_ENDPOINT", server.endpoint().c_str(), 1);
  }

  struct Outcome {
    int code = -1;
    std::string out;
  };
  /// `clipguide models ..` as main does it.
  static Outcome run(const std::string& line) {
    CLI::App app;
    std::function<int()> action;
    add_models_command(app, [&](std::function<int()> chosen) { action = std::move(chosen); });
    app.parse("models " + line);
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    Outcome outcome;
    try {
      outcome.code = action();
    } catch (...) {
      testing::internal::GetCapturedStdout();
      testing::internal::GetCapturedStderr();
      throw;
    }
    std::fflush(stdout);
    outcome.out = testing::internal::GetCapturedStdout();
    testing::internal::GetCapturedStderr();
    return outcome;
  }
  static json run_json(const std::string& line) { return json::parse(run(line + " --json").out); }
};

TEST_F(ModelsCommandTest, PullPrintsWhereTheModelLies) {
  const Outcome outcome = run("pull laion/tiny-clip");
  EXPECT_EQ(outcome.code, 0);
  const std::string path = outcome.out.substr(0, outcome.out.find('\n'));
  EXPECT_EQ(outcome.out, path + "\n") << "nothing else on stdout";
  EXPECT_EQ(content(fs::path(path) / "open_clip_model.safetensors"), weights_bytes);
  const json result = run_json("pull laion/tiny-clip");
  EXPECT_EQ(result["path"], path);
  EXPECT_EQ(result["vocabulary"], path);
}

TEST_F(ModelsCommandTest, PullsATinyAutoencoderWithoutAVocabulary) {
  server.add("madebyollin/taesd", "config.json", "{\"_class_name\": \"AutoencoderTiny\"}", false);
  server.add("madebyollin/taesd", "diffusion_pytorch_model.safetensors", weights_bytes, true);
  const json result = run_json("pull taesd");
  const fs::path path = result["path"].get<std::string>();
  EXPECT_EQ(content(path / "diffusion_pytorch_model.safetensors"), weights_bytes);
  EXPECT_TRUE(result["vocabulary"].is_null());
}

TEST_F(ModelsCommandTest, ListTellsWhatIsCached) {
  const json cold = run_json("list");
  EXPECT_EQ(cold.size(), weights::known_models().size());
  for (const json& model : cold) EXPECT_FALSE(model["cached"].get<bool>()) << model;
  run("pull laion/tiny-clip");
  const json warm = run_json("list");
  ASSERT_EQ(warm.size(), cold.size() + 1);
  EXPECT_EQ(warm.back()["name"], "laion/tiny-clip");
  EXPECT_TRUE(warm.back()["cached"].get<bool>());
  const std::string table = run("list").out;
  EXPECT_THAT(table, HasSubstr("ViT-L/14@336px"));
  EXPECT_THAT(table, HasSubstr("laion/tiny-clip"));
}

TEST_F(ModelsCommandTest, ShowTellsSourceAndFiles) {
  const json known = run_json("show ViT-B/32");
  EXPECT_THAT(known["source"].get<std::string>(), HasSubstr("openaipublic"));
  EXPECT_FALSE(known["cached"].get<bool>());
  EXPECT_THAT(run("show ViT-B/32").out, HasSubstr("models pull ViT-B/32"));
  run("pull laion/tiny-clip");
  const json pulled = run_json("show laion/tiny-clip");
  EXPECT_TRUE(pulled["files"].dump().find("open_clip_model.safetensors") != std::string::npos);
  EXPECT_THAT(run("show laion/tiny-clip").out, HasSubstr("(300000 bytes)"));
}

TEST_F(ModelsCommandTest, VerifyFindsBadBlobsAndPullRepairsThem) {
  run("pull laion/tiny-clip");
  EXPECT_EQ(run("verify").code, 0);
  EXPECT_EQ(run("verify laion/tiny-clip").code, 0);
  const fs::path blob =
      folder / "hf" / "hub" / "models--laion--tiny-clip" / "blobs" / test::sha256_of(weights_bytes);
  base::write_file(blob, std::string_view(test::some_bytes(300'000, 9)));
  const json bad = run_json("verify laion/tiny-clip");
  ASSERT_EQ(bad["bad"].size(), 1u);
  EXPECT_EQ(bad["bad"][0]["path"], blob.string());
  const Outcome outcome = run("verify");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.out, HasSubstr(blob.string()));
  run("pull laion/tiny-clip");
  EXPECT_EQ(run("verify").code, 0);
}

TEST_F(ModelsCommandTest, ErrorsAreThrownForMainToTell) {
  EXPECT_THROW(run("pull RN5O"), base::UsageError);
  EXPECT_THROW(run("pull /tmp"), base::UsageError);
  EXPECT_THROW(run("verify RN50"), base::IoError);
  EXPECT_THROW(run("pull"), CLI::ParseError);
  EXPECT_THROW(run(""), CLI::ParseError);
  ::setenv("HF_HUB_OFFLINE", "1", 1);
  EXPECT_THROW(run("pull laion/tiny-clip"), base::NetworkError);
  EXPECT_THAT(test::failure_of<base::NetworkError>([] { run("pull RN50"); }), HasSubstr("RN50.pt"));
}

}  // namespace
}  // namespace clipguide::cli
