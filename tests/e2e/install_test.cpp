/// What `cmake --install` lays down is complete: the program runs from there, and a stranger's
/// project finds the library and builds the examples.
#include "e2e/program.h"

namespace clipguide::e2e {
namespace {

using Install = Program;

TEST_F(Install, gives_a_program_and_a_package_that_a_project_finds) {
  const std::string prefix = (folder_ / "prefix").string();
  const CommandResult installed =
      test::run_command({"cmake", "--install", CLIPGUIDE_BUILD_DIR, "--prefix", prefix}, options());
  ASSERT_EQ(installed.exit_code, 0) << installed.out << installed.err;
  for (const char* file :
       {"bin/clipguide", "include/clipguide/guide/guide.h", "share/man/man1/clipguide.1",
        "share/bash-completion/completions/clipguide", "share/zsh/site-functions/_clipguide",
        "share/fish/vendor_completions.d/clipguide.fish"})
    EXPECT_TRUE(fs::exists(folder_ / "prefix" / file)) << file;
  EXPECT_FALSE(fs::exists(folder_ / "prefix/include/clipguide/cli")) << "no part of the library";

  const CommandResult version =
      test::run_command({prefix + "/bin/clipguide", "version"}, options());
  EXPECT_EQ(version.exit_code, 0) << version.err;

  // Nothing of the source tree but the examples themselves is within reach of this build.
  fs::copy(CLIPGUIDE_SOURCE_DIR "/examples", folder_ / "examples", fs::copy_options::recursive);
  const CommandResult configured = test::run_command(
      {"cmake", "-G", "Ninja", "-S", "examples", "-B", "built", "-DCMAKE_BUILD_TYPE=Release",
       "-DCMAKE_PREFIX_PATH=" + prefix + ";" CLIPGUIDE_TORCH_PREFIX,
       "-DCMAKE_EXE_LINKER_FLAGS=" CLIPGUIDE_LINKER_FLAGS},
      options());
  ASSERT_EQ(configured.exit_code, 0) << configured.out << configured.err;
  const CommandResult built = test::run_command({"ninja", "-C", "built", "-j2"}, options());
  ASSERT_EQ(built.exit_code, 0) << built.out << built.err;

  for (const std::vector<std::string>& example :
       {std::vector<std::string>{"built/example_textbook", kModel, "a red apple", "a.png"},
        {"built/example_custom_objective", kModel, "a red apple", "b.png", "3"}}) {
    const CommandResult result = test::run_command(example, options());
    EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
    EXPECT_TRUE(fs::exists(folder_ / example[3]));
  }
}

}  // namespace
}  // namespace clipguide::e2e
