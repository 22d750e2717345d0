#include "clipguide/cli/hub_environment.h"

#include <map>

#include "hub/hub_fixture.h"

namespace clipguide::cli {
namespace {

weights::HubSettings from(std::map<std::string, std::string> variables) {
  return hub_settings_from([&](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  });
}

TEST(HubEnvironment, TheFirstFolderThatIsSetWins) {
  std::map<std::string, std::string> set = {{"HOME", "/home/me"}};
  EXPECT_EQ(from(set).hub_cache, "/home/me/.cache/huggingface/hub");
  EXPECT_EQ(from(set).own_cache, "/home/me/.cache/clipguide");
  set["XDG_CACHE_HOME"] = "/xdg";
  EXPECT_EQ(from(set).hub_cache, "/xdg/huggingface/hub");
  EXPECT_EQ(from(set).own_cache, "/xdg/clipguide");
  set["HF_HOME"] = "~/hf";
  EXPECT_EQ(from(set).hub_cache, "/home/me/hf/hub");
  set["HUGGINGFACE_HUB_CACHE"] = "/old";
  EXPECT_EQ(from(set).hub_cache, "/old");
  set["HF_HUB_CACHE"] = "/new";
  EXPECT_EQ(from(set).hub_cache, "/new");
  set["HF_HUB_CACHE"] = "";
  EXPECT_EQ(from(set).hub_cache, "/old") << "empty is not set";
}

TEST(HubEnvironment, WithoutAHomeNoFolderIsMadeUp) {
  EXPECT_TRUE(from({}).hub_cache.empty());
  EXPECT_TRUE(from({}).own_cache.empty());
}

TEST(HubEnvironment, TheTokenComesFromVariablesOrFiles) {
  const test::TemporaryFolder folder;
  base::write_file(folder / "token", std::string_view("from-home\n"));
  base::write_file(folder / "other", std::string_view(" from-path \n"));
  std::map<std::string, std::string> set = {{"HF_HOME", folder.path().string()}};
  EXPECT_EQ(from(set).token, "from-home");
  set["HF_TOKEN_PATH"] = (folder / "other").string();
  EXPECT_EQ(from(set).token, "from-path");
  set["HUGGING_FACE_HUB_TOKEN"] = "older";
  EXPECT_EQ(from(set).token, "older");
  set["HF_TOKEN"] = "newer";
  EXPECT_EQ(from(set).token, "newer");
  EXPECT_EQ(from({{"HF_TOKEN_PATH", "/no/such/file"}}).token, "");
}

TEST(HubEnvironment, EndpointAndOffline) {
  EXPECT_EQ(from({}).endpoint, "https://huggingface.co");
  EXPECT_EQ(from({{"HF_ENDPOINT", "https://mirror.example"}}).endpoint, "https://mirror.example");
  for (const char* yes : {"1", "true", "YES", "on"})
    EXPECT_TRUE(from({{"HF_HUB_OFFLINE", yes}}).offline) << yes;
  for (const char* no : {"0", "", "false", "no"})
    EXPECT_FALSE(from({{"HF_HUB_OFFLINE", no}}).offline) << no;
}

}  // namespace
}  // namespace clipguide::cli
