#include "clipguide/cli/flag_table.h"

#include <gtest/gtest.h>

#include <fstream>

#include "clipguide/base/error.h"
#include "support/temporary_folder.h"

namespace clipguide::cli {
namespace {

guide::RunOptions applied(std::vector<std::string> arguments, guide::RunOptions options = {}) {
  CLI::App verb;
  const RunFlags flags(verb);
  std::reverse(arguments.begin(), arguments.end());
  verb.parse(arguments);
  flags.apply(options);
  return options;
}

std::string refusal(const std::vector<std::string>& arguments) {
  try {
    applied(arguments);
  } catch (const base::UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(RunFlags, set_what_was_given_and_leave_the_rest) {
  guide::RunOptions stored;
  stored.steps = 7;
  stored.prompt = "a pear";
  const guide::RunOptions run =
      applied({"-p", "an apple", "-W", "64", "-m", "a", "-m", "b:0.5", "--truncate"}, stored);
  EXPECT_EQ(run.prompt, "an apple");
  EXPECT_EQ(run.width, 64);
  EXPECT_EQ(run.models, (std::vector<std::string>{"a", "b:0.5"}));
  EXPECT_TRUE(run.truncate);
  EXPECT_EQ(run.steps, 7);
}

TEST(RunFlags, a_schedule_comes_before_the_flags) {
  const test::TemporaryFolder folder;
  const std::string path = (folder / "s.toml").string();
  std::ofstream(path) << "tv = [[0, 1], [1, 0]]\nlr = 0.5\n[view]\nnoise = 0\n";
  guide::RunOptions stored;
  stored.steps = 7;
  const guide::RunOptions run = applied({"--schedule", path, "--lr", "0.25"}, stored);
  EXPECT_DOUBLE_EQ(run.tv.at(0.5), 0.5);
  EXPECT_EQ(run.lr, guide::Curve(0.25));
  EXPECT_EQ(run.view_strengths, std::vector<std::string>{"noise=0"});
  EXPECT_EQ(run.steps, 7);

  CLI::App verb;
  const RunFlags flags(verb, {"view"});
  std::vector<std::string> arguments = {path, "--schedule"};
  verb.parse(arguments);
  EXPECT_TRUE(flags.given("tv"));
  EXPECT_FALSE(flags.given("steps"));
  try {
    flags.apply(stored);
    FAIL() << "this command takes no --view";
  } catch (const base::UsageError& error) {
    EXPECT_EQ(error.what(),
              path + ": line 3: view: expected an option that this command takes, got another");
  }
  EXPECT_THROW(applied({"--schedule", (folder / "none.toml").string()}), base::IoError);
}

TEST(RunFlags, a_stored_switch_can_be_turned_off_again) {
  guide::RunOptions stored;
  stored.truncate = true;
  EXPECT_FALSE(applied({"--truncate=false"}, stored).truncate);
}

TEST(RunFlags, the_last_of_a_single_value_counts) {
  EXPECT_EQ(applied({"--steps", "3", "--steps=5"}).steps, 5);
}

TEST(RunFlags, take_values_that_begin_with_a_dash) {
  EXPECT_EQ(applied({"-p", "-- an apple"}).prompt, "-- an apple");
  EXPECT_EQ(refusal({"--width", "-1"}), "--width: expected a whole number from 8 to 16384, got -1");
}

TEST(RunFlags, refuse_bad_values_by_the_flags_name) {
  EXPECT_EQ(refusal({"-H", "0"}), "--height: expected a whole number from 8 to 16384, got 0");
  EXPECT_EQ(refusal({"--steps", "0"}), "--steps: expected a whole number from 1 to 1000000, got 0");
  EXPECT_EQ(refusal({"--lr", "nan"}), "--lr: expected a number from 0 to 1000000, got \"nan\"");
  EXPECT_EQ(refusal({"--views", "dass"}),
            "--views: expected plain, das, aphantasia, vqgan-clip, disco (did you mean das?), got "
            "\"dass\"");
}

TEST(FlagTable, every_flag_is_written_down_in_one_place) {
  EXPECT_EQ(flag_spec("output").short_name, 'o');
  EXPECT_EQ(flag_spec("prompt").short_name, 'p');
  EXPECT_THROW(flag_spec("no-such-flag"), std::logic_error);
}

TEST(FlagTable, whole_numbers_have_their_range) {
  CLI::App verb;
  int quality = 95;
  add_integer(verb, "quality", quality);
  EXPECT_THROW(verb.parse("--quality 0"), base::UsageError);
  EXPECT_THROW(verb.parse("--quality 101"), base::UsageError);
  EXPECT_THROW(verb.parse("--quality 9x"), base::UsageError);
  EXPECT_EQ(quality, 95);
  verb.parse("--quality 80");
  EXPECT_EQ(quality, 80);
}

TEST(FlagTable, value_names_show_choices) {
  EXPECT_EQ(value_name(flag_spec("distance")), "{cosine,spherical}");
  EXPECT_EQ(value_name(flag_spec("init")), "{grey,noise,search,FILE}");
  EXPECT_EQ(value_name(flag_spec("steps")), "N");
}

}  // namespace
}  // namespace clipguide::cli
