/// README's commands are run as they stand, but for the models, which would have to be downloaded,
/// and for the length and size of the runs.
#include <regex>

#include "e2e/program.h"

namespace clipguide::e2e {
namespace {

const std::string kReadme = CLIPGUIDE_SOURCE_DIR "/README.md";

/// Lines within ```sh fences.
std::vector<std::string> shell_lines() {
  std::istringstream readme(file_content(kReadme));
  std::vector<std::string> lines;
  std::string line;
  bool inside = false;
  while (std::getline(readme, line)) {
    if (line.starts_with("```"))
      inside = line == "```sh";
    else if (inside)
      lines.push_back(line);
  }
  return lines;
}

std::string adapted(std::string line) {
  const auto replace = [&](const char* pattern, const std::string& with) {
    line = std::regex_replace(line, std::regex(pattern), with);
  };
  const bool makes_picture = line.find(" -o ") != std::string::npos ||
                             line.find(" -p ") != std::string::npos ||
                             line.find(" eval ") != std::string::npos;
  replace("^\\./clipguide", "\"" CLIPGUIDE_BINARY "\"");
  replace(" -m [^ ]+", " -m " + kModel);
  replace(" prompts/", " " CLIPGUIDE_SOURCE_DIR "/prompts/");
  replace(" examples/", " " CLIPGUIDE_SOURCE_DIR "/examples/");
  replace(" --judge [^ ]+", " --judge " + kFixtures + "/models/rn");
  replace(" --steps [0-9]+", "");
  replace(" -[WH] [0-9]+", "");
  if (makes_picture) line += " --steps 2 -W 72 -H 64 --cuts 2";
  return line;
}

using Readme = Program;

TEST_F(Readme, begins_with_the_two_commands) {
  const std::vector<std::string> lines = shell_lines();
  ASSERT_GE(lines.size(), 2u);
  EXPECT_TRUE(lines[0].starts_with("./clipguide \"a red apple "));
  EXPECT_EQ(lines[1], "./test");
}

TEST_F(Readme, its_commands_work) {
  int done = 0;
  for (const std::string& line : shell_lines()) {
    if (line == "./test") continue;
    SCOPED_TRACE(line);
    ASSERT_TRUE(line.starts_with("./clipguide ")) << "a command that this test does not know";
    const CommandResult result = test::run_command({"bash", "-c", adapted(line)}, options());
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_NE(result.out, "");
    ++done;
  }
  EXPECT_GE(done, 10);
  EXPECT_TRUE(fs::exists(folder_ / "apples-4.png"));
}

TEST_F(Readme, leads_only_to_files_that_are_there) {
  const std::string readme = file_content(kReadme);
  const std::regex link(R"re(\]\(([^)#]+)\))re");
  int links = 0;
  for (std::sregex_iterator at(readme.begin(), readme.end(), link), end; at != end; ++at) {
    const std::string target = (*at)[1];
    if (target.starts_with("http")) continue;
    EXPECT_TRUE(fs::exists(fs::path(CLIPGUIDE_SOURCE_DIR) / target)) << target;
    ++links;
  }
  EXPECT_GE(links, 4);
}

}  // namespace
}  // namespace clipguide::e2e
