#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "clipguide/media/picture.h"
#include "support/subprocess.h"
#include "support/temporary_folder.h"

namespace clipguide::e2e {

namespace fs = std::filesystem;
using nlohmann::json;
using test::CommandOptions;
using test::CommandResult;

inline const std::string kFixtures = CLIPGUIDE_FIXTURES;
inline const std::string kModel = kFixtures + "/models/vit";
inline const std::string kJudge = kFixtures + "/models/gelu";

inline std::string file_content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream content;
  content << file.rdbuf();
  return content.str();
}

/// Runs the program in a folder of its own, away from the machine's caches and the network.
class Program : public testing::Test {
 protected:
  CommandOptions options(std::string input = {}) const {
    CommandOptions made;
    made.input = std::move(input);
    made.folder = folder_.path();
    made.environment = {{"HF_HUB_CACHE", (folder_ / "cache").string()},
                        {"XDG_CACHE_HOME", (folder_ / "cache").string()},
                        {"HF_HUB_OFFLINE", "1"},
                        {"OMP_NUM_THREADS", "1"}};
    return made;
  }

  static std::vector<std::string> command(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), CLIPGUIDE_BINARY);
    return arguments;
  }

  CommandResult run(const std::vector<std::string>& arguments) const {
    return run(arguments, options());
  }
  static CommandResult run(const std::vector<std::string>& arguments, const CommandOptions& how) {
    return test::run_command(command(arguments), how);
  }

  /// Runs until `sign` holds, sends the signal and waits for the end. On a busy machine a short run
  /// may end before it is looked at: then `output` is removed and it runs again.
  template <class Sign>
  CommandResult cut_off(const std::vector<std::string>& arguments, const std::string& output,
                        Sign sign, int signal) const {
    constexpr int kTries = 10;
    CommandResult result;
    for (int attempt = 0; attempt < kTries; ++attempt) {
      fs::remove_all(folder_ / output);
      test::Command running(command(arguments), options());
      EXPECT_TRUE(test::wait_until(sign)) << "the program never came to where it is cut off";
      running.send(signal);
      result = running.wait();
      if (result.exit_code != 0) break;
    }
    EXPECT_TRUE(signal == SIGKILL ? result.signal == SIGKILL : result.exit_code == 130)
        << "exit code " << result.exit_code << ", signal " << result.signal << ": " << result.err;
    return result;
  }

  /// A short run of the tiny model, with more arguments after it.
  static std::vector<std::string> tiny(std::vector<std::string> more) {
    std::vector<std::string> all = {
        "generate", "-p", "a red apple", "-m", kModel,   "-W", "64",        "-H", "64",
        "--steps",  "6",  "--cuts",      "4",  "--seed", "7",  "--threads", "1"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  /// Standard output must be one JSON document and nothing else.
  static json parsed(const CommandResult& result) {
    EXPECT_EQ(result.exit_code, 0) << result.err;
    const json value = json::parse(result.out, nullptr, false);
    EXPECT_FALSE(value.is_discarded()) << "not JSON: " << result.out;
    return value;
  }

  /// One line `clipguide: error: ..`, at most one hint, nothing on standard output.
  static void expect_error(const CommandResult& result, int exit_code, const std::string& says) {
    EXPECT_EQ(result.exit_code, exit_code) << result.err;
    EXPECT_EQ(result.out, "");
    const std::size_t at = result.err.find("clipguide: error: ");
    ASSERT_NE(at, std::string::npos) << result.err;
    EXPECT_NE(result.err.find(says, at), std::string::npos) << result.err;
    const std::string report = result.err.substr(at);
    const auto lines = std::count(report.begin(), report.end(), '\n');
    EXPECT_LE(lines, report.find("clipguide: hint: ") == std::string::npos ? 1 : 2) << result.err;
  }

  /// Options with which a run leaves the finite numbers after its first step.
  static std::vector<std::string> diverging(std::vector<std::string> arguments) {
    for (const char* more : {"--canvas", "pixel", "--optimizer", "sgd", "--lr", "1000000", "--tv",
                             "1e38", "--init", "noise", "--strength", "1", "--steps", "20"})
      arguments.push_back(more);
    return arguments;
  }

  /// A grey picture of 48 x 48.
  void write_grey(const std::string& name, int level) const {
    media::write_picture(folder_ / name,
                         {48, 48, std::vector<std::uint8_t>(48 * 48 * 3, std::uint8_t(level))});
  }

  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_.path()))
      names.push_back(entry.path().filename());
    std::sort(names.begin(), names.end());
    return names;
  }

  test::TemporaryFolder folder_;
};

}  // namespace clipguide::e2e
