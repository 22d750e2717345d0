/// clipguide eval: a list of prompts, run and judged.
#include "e2e/program.h"

namespace clipguide::e2e {
namespace {

class Eval : public Program {
 protected:
  Eval() { std::ofstream(folder_ / "list.txt") << "# prompts\na cat\na red apple\na dog\n"; }

  static std::vector<std::string> eval(std::vector<std::string> more) {
    std::vector<std::string> all = {"eval",   "list.txt", "-m",        kModel, "--judge", kJudge,
                                    "-W",     "64",       "-H",        "64",   "--steps", "3",
                                    "--cuts", "2",        "--threads", "1",    "--seed",  "5"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
};

TEST_F(Eval, gives_the_figures_and_each_picture) {
  const json result = parsed(run(eval({"--json", "--seeds", "2"})));
  for (const char* key : {"r_precision_1", "r_precision_5", "similarity", "judge_similarity",
                          "ratio", "spectral_slope", "repetition", "seconds_per_picture"})
    EXPECT_TRUE(result[key].is_number()) << key;
  EXPECT_EQ(result["count"], 6);
  EXPECT_EQ(result["prompts"], 3);
  EXPECT_EQ(result["r_precision_5"], 1.0) << "of three prompts, each is among the first five";
  const json& pictures = result["runs"][0]["pictures"];
  ASSERT_EQ(pictures.size(), 6u);
  EXPECT_EQ(pictures[1]["seed"], 6);
  double right = 0;
  for (const json& picture : pictures) {
    right += picture["rank"] == 1;
    EXPECT_EQ(picture["rank"] == 1, picture["judged_as"] == picture["prompt"]);
  }
  EXPECT_DOUBLE_EQ(result["r_precision_1"].get<double>(), right / 6);
}

TEST_F(Eval, agrees_with_score_about_a_picture_it_kept) {
  const json result = parsed(run(eval({"--json", "--limit", "1", "--pictures", "kept"})));
  const json& picture = result["runs"][0]["pictures"][0];
  const std::string file = "kept/" + picture["file"].get<std::string>();
  const json score =
      parsed(run({"score", "-m", kJudge, "--json", "--image", file, "--text", "a cat"}));
  EXPECT_NEAR(score["cosine"][0][0].get<double>(), picture["judge_similarity"].get<double>(), 1e-5);
  const json again =
      parsed(run({"score", "-m", kModel, "--json", "--image", file, "--text", "a cat"}));
  // The optimised tower may compute in bf16; score computes in f32.
  EXPECT_NEAR(again["cosine"][0][0].get<double>(), picture["similarity"].get<double>(), 5e-3);
}

TEST_F(Eval, makes_no_picture_twice_and_other_options_anew) {
  const json first = parsed(run(eval({"--json", "--pictures", "kept"})));
  const std::string bytes = file_content(folder_ / "kept/0002-5.png");
  std::filesystem::remove(folder_ / "kept/0001-5.png");
  const json second = parsed(run(eval({"--json", "--pictures", "kept"})));
  const json &before = first["runs"][0]["pictures"], &after = second["runs"][0]["pictures"];
  EXPECT_TRUE(after[0].contains("elapsed_s"));
  EXPECT_FALSE(after[1].contains("elapsed_s")) << "it lay there";
  for (int i = 0; i < 3; ++i)
    for (const char* key : {"similarity", "judge_similarity", "rank", "repetition"})
      EXPECT_EQ(before[std::size_t(i)][key], after[std::size_t(i)][key]) << i << key;
  EXPECT_EQ(file_content(folder_ / "kept/0002-5.png"), bytes);
  const json third = parsed(run(eval({"--json", "--pictures", "kept", "--tv", "0.5"})));
  EXPECT_TRUE(third["runs"][0]["pictures"][1].contains("elapsed_s")) << "made with other options";
}

TEST_F(Eval, killed_or_interrupted_goes_on_to_the_same_figures) {
  const auto with = [](const std::string& folder) {
    return eval({"--steps", "60", "--pictures", folder, "--json"});
  };
  const json whole = parsed(run(with("whole")));
  for (const int signal : {SIGKILL, SIGINT}) {
    const std::string folder = "cut-" + std::to_string(signal);
    const auto is_midway = [&] { return fs::exists(folder_ / folder / "0001-5.png"); };
    const CommandResult cut = cut_off(with(folder), folder, is_midway, signal);
    if (signal == SIGINT) {
      EXPECT_NE(cut.err.find("the same command goes on where it was"), std::string::npos)
          << cut.err;
      EXPECT_FALSE(json::parse(cut.out)["complete"].get<bool>());
    }
    EXPECT_FALSE(fs::exists(folder_ / folder / "0003-5.png"));
    const json rest = parsed(run(with(folder)));
    EXPECT_TRUE(rest["complete"].get<bool>());
    for (const char* figure : {"r_precision_1", "similarity", "judge_similarity", "repetition"})
      EXPECT_EQ(rest[figure], whole[figure]) << figure;
    EXPECT_FALSE(rest["runs"][0]["pictures"][0].contains("elapsed_s")) << "it lay there";
    for (const char* name : {"0001-5.png", "0002-5.png", "0003-5.png"})
      EXPECT_EQ(file_content(folder_ / folder / name), file_content(folder_ / "whole" / name));
  }
}

TEST_F(Eval, another_picture_under_the_same_name_is_noticed) {
  write_grey("start.png", 100);
  const std::vector<std::string> from = eval({"--json", "--pictures", "kept", "-i", "start.png"});
  parsed(run(from));
  EXPECT_TRUE(parsed(run(from))["seconds_per_picture"].is_null()) << "all lie there";
  write_grey("start.png", 200);
  EXPECT_TRUE(parsed(run(from))["seconds_per_picture"].is_number());
  EXPECT_TRUE(parsed(run(from))["seconds_per_picture"].is_null());
}

TEST_F(Eval, names_the_picture_whose_run_is_not_finite) {
  expect_error(run(diverging(eval({"--pictures", "kept"}))), 1, "kept/0001-5.png: ");
  expect_error(run(diverging(eval({}))), 1, "\"a cat\" (seed 5): ");
}

TEST_F(Eval, the_files_of_variants_lie_beside_them) {
  fs::create_directory(folder_ / "sub");
  write_grey("sub/start.png", 100);
  std::ofstream(folder_ / "sub/variants.toml")
      << "[a]\ninit = \"start.png\"\n[b]\nstyle_image = [\"start.png\"]\n";
  const std::vector<std::string> compared =
      eval({"--limit", "1", "--variants", "sub/variants.toml", "--pictures", "kept"});
  ASSERT_EQ(run(compared).exit_code, 0) << run(compared).err;
  const json a = parsed(run({"inspect", "--json", "kept/a/0001-5.png"}));
  EXPECT_EQ(a["clipguide"]["options"]["init"], "sub/start.png");
  fs::remove(folder_ / "sub/start.png");
  expect_error(run(compared), 2, "sub/variants.toml: line 2: init: expected a file");
}

TEST_F(Eval, compares_presets_in_one_table_and_writes_a_sheet) {
  const CommandResult result = run(eval(
      {"--preset", "default", "--preset", "pure", "--pictures", "kept", "--sheet", "sheet.png"}));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.out.find("\ndefault"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("\npure"), std::string::npos) << result.out;
  EXPECT_TRUE(std::filesystem::exists(folder_ / "kept/pure/0003-5.png"));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "sheet.png"));
}

TEST_F(Eval, compares_the_variants_of_a_file) {
  std::ofstream(folder_ / "variants.toml")
      << "[pure]\npreset = \"pure\"\n[waves]\ncanvas = \"fourier\"\nsteps = 9\n";
  const json result = parsed(
      run(eval({"--json", "--variants", "variants.toml", "--pictures", "kept", "--limit", "1"})));
  ASSERT_EQ(result["runs"].size(), 2u);
  EXPECT_EQ(result["runs"][0]["preset"], "pure");
  EXPECT_EQ(result["runs"][1]["preset"], "waves");
  const json waves = parsed(run({"inspect", "--json", "kept/waves/0001-5.png"}));
  EXPECT_EQ(waves["clipguide"]["options"]["canvas"], "fourier");
  EXPECT_EQ(waves["clipguide"]["options"]["steps"], 3) << "the command line has the last word";
}

TEST_F(Eval, the_examples_of_variants_are_understood) {
  std::ofstream(folder_ / "rivals.txt") << "a pear\n";
  for (const auto& file : fs::directory_iterator(CLIPGUIDE_SOURCE_DIR "/examples/compare")) {
    SCOPED_TRACE(file.path());
    const json plan = parsed(run(eval({"--json", "--dry-run", "--limit", "1", "--rivals",
                                       "rivals.txt", "--variants", file.path().string()})));
    EXPECT_GT(plan["runs"].size(), 2u);
  }
}

TEST_F(Eval, refuses_bad_variants) {
  const auto refused = [&](const std::string& toml, const std::string& why) {
    std::ofstream(folder_ / "variants.toml") << toml;
    expect_error(run(eval({"--variants", "variants.toml"})), 2, why);
  };
  refused("[a]\ncanvass = \"pixel\"\n", "variants.toml: line 2: unknown key 'canvass'");
  refused("[\"a/b\"]\n", "line 1: a/b: expected a name of letters, digits, - and _");
  refused("a = 1\n", "line 1: a: expected a table [a]");
  refused("", "variants.toml: expected a table for each variant, got none");
}

TEST_F(Eval, refuses_bad_lists_judges_and_presets) {
  expect_error(run({"eval"}), 2, "a prompt a line");
  expect_error(run(eval({"--preset", "fsat"})), 2, "preset: expected");
  expect_error(run(eval({"--sheet", "sheet.png"})), 2, "--pictures");
  std::ofstream(folder_ / "list.txt") << "a cat\na cat\n";
  expect_error(run(eval({})), 2, "list.txt: line 2");
  std::ofstream(folder_ / "list.txt") << "a cat\n";
  std::vector<std::string> same = eval({});
  same[5] = kModel;
  expect_error(run(same), 2, "judge: expected a model that is not optimised");
  expect_error(run({"eval", "none.txt"}), 1, "none.txt");
  expect_error(run(eval({"--prompt-weights", "1 | t", "--dry-run"})), 2,
               "prompt-weights: expected 1 of them, one for each prompt, got 2");
}

TEST_F(Eval, a_start_may_be_searched_for_and_is_the_same_each_time) {
  const auto make = [&](const std::string& output, const std::vector<std::string>& more) {
    std::vector<std::string> all = {"-o", output, "--no-metadata", "--steps", "1", "--lr", "1e-6"};
    all.insert(all.end(), more.begin(), more.end());
    EXPECT_EQ(run(tiny(all)).exit_code, 0);
    return file_content(folder_ / output);
  };
  const std::vector<std::string> search = {"-i", "search", "--candidates", "20"};
  EXPECT_EQ(make("a.png", search), make("b.png", search));
  EXPECT_NE(make("a.png", search), make("c.png", {"-i", "grey"}));
  // The best of many is no worse than the first one alone.
  const auto similarity = [&](const std::string& file) {
    const json score =
        parsed(run({"score", "-m", kModel, "--json", "--image", file, "--text", "a red apple"}));
    return score["cosine"][0][0].get<double>();
  };
  make("one.png", {"-i", "search", "--candidates", "1"});
  EXPECT_GE(similarity("a.png"), similarity("one.png"));
}

}  // namespace
}  // namespace clipguide::e2e
