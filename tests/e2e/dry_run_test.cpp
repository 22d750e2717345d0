/// --dry-run: what would be made and what it costs, and a way out of it.
#include "e2e/program.h"

namespace clipguide::e2e {
namespace {

class DryRun : public Program {
 protected:
  DryRun() {
    write("list.txt", "a cat\na red apple\na dog\n");
    write("variants.toml", "[small]\nwidth = 48\n[long]\nsteps = 9\n");
    write("set.toml", "count = 2\n[[class]]\nname = \"apple\"\n");
    write("film.toml", "prompt = \"a cat\"\nframes = 4\n");
    write("board.toml", "[[panel]]\nprompt = \"a cat\"\n");
    write("scene.toml",
          "background = \"the sea\"\n[[part]]\nprompt = \"a pear\"\nbox = [0, 0, 0.5, 1]\n");
  }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
  }

  /// Of the tiny models, in 3 steps of 64 x 64.
  static std::vector<std::string> dry(std::vector<std::string> verb,
                                      const std::vector<std::string>& more = {}) {
    verb.insert(verb.end(), {"--dry-run", "-m", kModel, "-W", "64", "-H", "64", "--cuts", "2",
                             "--seed", "5", "--threads", "1"});
    verb.insert(verb.end(), more.begin(), more.end());
    return verb;
  }

  /// Interrupted as soon as it listens. On a busy machine it may end before that.
  CommandResult interrupted(const std::vector<std::string>& arguments, int signal) const {
    CommandResult result;
    for (int attempt = 0; attempt < 5 && result.exit_code != 130; ++attempt) {
      test::Command running(command(arguments), options());
      test::wait_until([&] { return running.catches(signal); }, std::chrono::seconds(10));
      running.send(signal);
      result = running.wait();
    }
    return result;
  }
};

TEST_F(DryRun, is_interrupted_like_any_work) {
  const auto before = files();
  const std::vector<std::vector<std::string>> verbs = {
      {"generate", "a cat"},     {"eval", "list.txt", "--judge", kJudge},
      {"explore", "a cat"},      {"dataset", "set.toml", "--judge", kJudge},
      {"film", "film.toml"},     {"storyboard", "board.toml"},
      {"explain", "a red apple"}};
  for (const std::vector<std::string>& verb : verbs) {
    SCOPED_TRACE(verb[0]);
    expect_error(interrupted(dry(verb), verb[0] == "film" ? SIGTERM : SIGINT), 130,
                 "interrupted while the cost was measured");
  }
  EXPECT_EQ(files(), before);
}

TEST_F(DryRun, of_a_picture_tells_what_it_costs) {
  const auto before = files();
  const std::vector<std::string> two = {"generate", "a cat", "-b", "2", "-o", "a.png"};
  const json plan = parsed(run(dry(two, {"--steps", "40", "--json"})));
  EXPECT_EQ(plan["dry_run"], true);
  EXPECT_EQ(plan["prompt"], "a cat");
  EXPECT_EQ(plan["pictures"], 2);
  EXPECT_EQ(plan["outputs"], json({"a-1.png", "a-2.png"}));
  EXPECT_EQ(plan["steps"], 40);
  EXPECT_GT(plan["expected_s"].get<double>(), 0);
  EXPECT_GT(plan["memory_bytes"].get<double>(), 1e7);
  const CommandResult words = run(dry({"a cat", "-o", "a.png", "--steps", "7"}));
  EXPECT_EQ(words.exit_code, 0) << words.err;
  EXPECT_NE(words.out.find("1 picture of 64x64 in 7 steps, seed 5: a cat\ninto a.png\nabout "),
            std::string::npos)
      << words.out;
  const json scene = parsed(run(dry({"generate", "--scene", "scene.toml"}, {"--json"})));
  EXPECT_EQ(scene["regions"], json({"0,0,0.5,1: a pear"}));

  expect_error(run(dry({"a cat", "-o", "none/a.png"})), 1, "none");
  expect_error(run(dry({"a cat", "-i", "none.png"})), 1, "none.png");
  expect_error(run(dry({"a cat", "--steps", "0"})), 2, "--steps: expected");
  EXPECT_EQ(files(), before);
}

TEST_F(DryRun, of_an_evaluation_counts_what_lies_there) {
  const std::vector<std::string> verb = {"eval",       "list.txt",      "--judge",    kJudge,
                                         "--variants", "variants.toml", "--pictures", "kept"};
  const auto before = files();
  const json plan = parsed(run(dry(verb, {"--seeds", "2", "--json"})));
  EXPECT_EQ(plan["pictures"], 12);
  EXPECT_EQ(plan["there"], 0);
  EXPECT_EQ(plan["runs"][1]["preset"], "long");
  EXPECT_EQ(plan["runs"][1]["steps"], 9);
  EXPECT_EQ(plan["runs"][1]["pictures"], 6);
  EXPECT_GT(plan["runs"][1]["expected_s"].get<double>(), 0);
  EXPECT_GT(plan["memory_bytes"].get<double>(), 1e7);
  EXPECT_EQ(files(), before);

  std::vector<std::string> made = dry(verb, {"--limit", "1", "--steps", "2"});
  std::erase(made, "--dry-run");
  ASSERT_EQ(run(made).exit_code, 0);
  const CommandResult words = run(dry(verb, {"--limit", "2", "--steps", "2"}));
  EXPECT_NE(words.out.find("2 of 4 pictures are to be made\nabout "), std::string::npos)
      << words.out;
  std::vector<std::string> same = verb;
  same[3] = kModel;
  expect_error(run(dry(same)), 2, "judge: expected a model that is not optimised");
}

}  // namespace
}  // namespace clipguide::e2e
