/// The command line before any work: help, mistakes, exit codes, what it says of itself.
#include "clipguide/guide/option_table.h"
#include "e2e/program.h"

namespace clipguide::e2e {
namespace {

using Usage = Program;

TEST_F(Usage, help_and_version_go_to_standard_output_and_succeed) {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"--help"},
                                                    {"generate", "--help"},
                                                    {"help", "score"},
                                                    {"--version"},
                                                    {"version"}}) {
    const CommandResult result = run(arguments);
    EXPECT_EQ(result.exit_code, 0) << arguments[0];
    EXPECT_NE(result.out.find("clipguide"), std::string::npos);
    EXPECT_EQ(result.err, "");
  }
  const std::string help = run({"help", "generate"}).out;
  for (const guide::OptionSpec& option : guide::option_table())
    EXPECT_NE(help.find("--" + option.name), std::string::npos) << option.name;
}

TEST_F(Usage, nothing_at_all_is_a_mistake) {
  expect_error(run({}), 2, "expected a prompt or a verb");
}

TEST_F(Usage, an_unknown_flag_is_refused_with_the_nearest_one) {
  expect_error(run({"a red apple", "--stpes", "5"}), 2, "unknown flag --stpes");
  EXPECT_NE(run({"a red apple", "--stpes", "5"}).err.find("did you mean --steps?"),
            std::string::npos);
  expect_error(run({"score", "--imgae", "x.png"}), 2, "unknown flag --imgae");
  expect_error(run({"models", "list", "--jsn"}), 2, "unknown flag --jsn");
  expect_error(run({"-p", "x", "--Z"}), 2, "unknown flag --Z");
}

TEST_F(Usage, words_without_quotes_are_explained) {
  const CommandResult result = run({"a", "red", "apple"});
  expect_error(result, 2, "expected one prompt, got the further word 'red'");
  EXPECT_NE(result.err.find("in quotes"), std::string::npos);
  EXPECT_NE(run({"scoer", "x.png"}).err.find("did you mean score?"), std::string::npos);
}

TEST_F(Usage, flags_may_stand_before_the_prompt) {
  for (const std::vector<std::string>& before :
       {std::vector<std::string>{"-W", "64", "an owl"}, {"explore", "--tv", "1", "an owl"}}) {
    std::vector<std::string> all = before;
    all.insert(all.end(), {"--model", kModel, "--judge", kJudge, "--dry-run"});
    const CommandResult result = run(all);
    EXPECT_EQ(result.exit_code, 0) << result.err;
  }
}

TEST_F(Usage, values_out_of_range_are_mistakes) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{"-W", "0"}, "--width: expected a whole number from 8 to 16384, got 0"},
      {{"-H", "-1"}, "--height: expected a whole number from 8 to 16384, got -1"},
      {{"-W", "1000000"}, "--width: expected"},
      {{"--steps", "0"}, "--steps: expected"},
      {{"--steps", "ten"}, "--steps: expected a whole number from 1 to 1000000, got \"ten\""},
      {{"--lr", "nan"}, "--lr: expected"},
      {{"--lr", "-1"}, "--lr: expected"},
      {{"--batch", "0"}, "--batch: expected"},
      {{"--tv", "inf"}, "--tv: expected a finite number"},
      {{"--canvas", "pixle"}, "did you mean pixel?"},
      {{"--quality", "101"}, "--quality: expected a whole number from 1 to 100"},
      {{"--device", "tpu"}, "--device: expected"},
      {{"--steps"}, "--steps"},
      {{"-o", "x.gif"}, "x.gif"},
  };
  for (const auto& [flags, says] : cases) expect_error(run(tiny(flags)), 2, says);
  EXPECT_TRUE(files().empty()) << "nothing may be written";
}

TEST_F(Usage, a_prompt_given_twice_or_not_at_all_is_a_mistake) {
  expect_error(run({"generate", "a pear", "-p", "an apple"}), 2, "got both");
  expect_error(run({"generate", "-m", kModel}), 2, "expected a prompt, got none");
  expect_error(run({"generate", "", "-m", kModel}), 2, "expected a prompt, got none");
}

TEST_F(Usage, bad_prompts_are_refused_before_anything_is_written) {
  const auto with_prompt = [&](const std::string& prompt) {
    return run({"generate", "-p", prompt, "-m", kModel, "--steps", "1", "-o", "out.png"});
  };
  expect_error(with_prompt("\"unbalanced"), 2, "");
  expect_error(with_prompt("an apple:nan"), 2, "");
  expect_error(with_prompt("an apple:1e999"), 2, "");
  expect_error(with_prompt("\xff\xfe"), 2, "");
  std::string novel;
  for (int n = 0; n < 200; ++n) novel += "word ";
  expect_error(with_prompt(novel), 2, "");
  EXPECT_TRUE(files().empty());
}

TEST_F(Usage, a_missing_model_is_named) {
  expect_error(run({"an apple", "-m", "./no-such-model"}), 1, "no-such-model");
  const CommandResult offline = run({"an apple", "-m", "nobody/no-such-repository"});
  EXPECT_EQ(offline.exit_code, 1);
  EXPECT_NE(offline.err.find("nobody/no-such-repository"), std::string::npos) << offline.err;
}

TEST_F(Usage, errors_hold_no_terminal_escapes) {
  const CommandResult result = run({"an apple", "-m", "./\x1b[31mred"});
  EXPECT_EQ(result.err.find('\x1b'), std::string::npos) << result.err;
}

TEST_F(Usage, completion_scripts_are_valid_shell) {
  const std::string script = run({"completion", "bash"}).out;
  std::ofstream(folder_ / "completion.bash") << script;
  const auto complete = [&](const std::string& words) {
    const std::string line = "source completion.bash; COMP_WORDS=(" + words +
                             "); COMP_CWORD=$((${#COMP_WORDS[@]}-1)); _clipguide; "
                             "echo \"${COMPREPLY[@]}\"";
    const CommandResult result = test::run_command({"bash", "-c", line}, options());
    EXPECT_EQ(result.err, "");
    return result.out;
  };
  EXPECT_EQ(complete("clipguide sco"), "score\n");
  EXPECT_EQ(complete("clipguide generate --canvas pi"), "pixel\n");
  EXPECT_EQ(complete("clipguide 'a_red_apple' --coa"), "--coarse-to-fine\n");
  EXPECT_EQ(complete("clipguide models pu"), "pull\n");
  EXPECT_EQ(complete("clipguide models pull --js"), "--json\n");
  EXPECT_EQ(complete("clipguide completion fi"), "fish\n");
  EXPECT_EQ(complete("clipguide inspect completion.b"), "completion.bash\n");
  expect_error(run({"completion", "powershell"}), 2, "expected bash, zsh or fish");
}

TEST_F(Usage, the_man_page_has_no_groff_warnings) {
  std::ofstream(folder_ / "clipguide.1") << run({"man"}).out;
  const CommandResult groff =
      test::run_command({"groff", "-man", "-Tutf8", "-ww", "-z", "clipguide.1"}, options());
  if (groff.exit_code == 127) GTEST_SKIP() << "groff is not installed";
  EXPECT_EQ(groff.exit_code, 0);
  EXPECT_EQ(groff.err, "");
}

TEST_F(Usage, the_schema_is_json_with_every_option) {
  EXPECT_EQ(parsed(run({"schema"})), guide::option_schema());
}

TEST_F(Usage, a_result_that_cannot_be_written_is_an_error) {
  CommandOptions full = options();
  full.out_path = "/dev/full";
  const CommandResult result = run({"schema"}, full);
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_NE(result.err.find("standard output: cannot write"), std::string::npos);
}

}  // namespace
}  // namespace clipguide::e2e
