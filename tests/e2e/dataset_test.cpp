/// clipguide dataset: from a spec file to labelled pictures.
#include "e2e/program.h"

namespace clipguide::e2e {
namespace {

class Dataset : public Program {
 protected:
  Dataset() { write_spec("count = 3\n" + kRest); }

  void write_spec(const std::string& text) const { std::ofstream(folder_ / "fruit.toml") << text; }

  static std::vector<std::string> dataset(std::vector<std::string> more) {
    std::vector<std::string> all = {"dataset", "fruit.toml", "-m",        kModel,
                                    "--judge", kJudge,       "--threads", "1"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  using Tree = std::map<std::string, std::string>;
  Tree tree(const std::string& name) const {
    Tree found;
    const fs::path folder = folder_ / name;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      const std::string file = fs::relative(entry.path(), folder);
      if (entry.is_regular_file() && !file.starts_with("work/"))
        found[file] = file_content(entry.path());
    }
    return found;
  }

  int candidates(const std::string& name) const {
    int found = 0;
    std::error_code ignored;
    for (const auto& entry : fs::recursive_directory_iterator(folder_ / name / "work", ignored))
      found += entry.path().extension() == ".json";
    return found;
  }

  // The tiny judge knows nothing: it must not be asked to rank.
  const std::string kRest = R"(
seed = 5
prompts = ["a {colour} {class}"]
[slots]
colour = ["red", "green"]
[options]
width = 48
height = 48
[ranges]
steps = { from = 2, to = 4 }
cuts = [2, 3]
[reject]
judge_first = false
[duplicates]
measure = "none"
[[class]]
name = "apple"
[[class]]
name = "pear"
)";
};

TEST_F(Dataset, writes_folders_and_a_manifest_and_a_second_run_adds_nothing) {
  const json result = parsed(run(dataset({"-o", "set", "--json"})));
  EXPECT_TRUE(result["complete"].get<bool>());
  EXPECT_EQ(result["pictures"], 6);
  EXPECT_GE(result["made"], 6);
  const Tree before = tree("set");
  std::istringstream lines(before.at("manifest.jsonl"));
  int count = 0;
  for (std::string text; std::getline(lines, text); ++count) {
    const json line = json::parse(text);
    const std::string file = "set/" + line["file"].get<std::string>();
    // The picture tells the same as the manifest, and can be made again from either.
    const json inside = parsed(run({"inspect", file, "--json"}));
    EXPECT_EQ(inside["clipguide"]["options"]["prompt"], line["prompt"]);
    EXPECT_EQ(inside["clipguide"]["options"]["seed"], line["seed"]);
    EXPECT_EQ(inside["clipguide"]["options"]["steps"], line["options"]["steps"]);
    EXPECT_EQ(line["sha256"].get<std::string>().size(), 64u);
    EXPECT_EQ(line["width"], 48);
  }
  EXPECT_EQ(count, 6);
  const CommandResult again = run(dataset({"-o", "set"}));
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_NE(again.err.find("nothing to do"), std::string::npos) << again.err;
  EXPECT_NE(again.out.find("6 pictures as imagefolder in set"), std::string::npos) << again.out;
  EXPECT_EQ(tree("set"), before);
}

TEST_F(Dataset, shards_give_the_same_pictures_by_flag_and_by_slurm) {
  ASSERT_EQ(run(dataset({"-o", "whole"})).exit_code, 0);
  const json first = parsed(run(dataset({"-o", "parts", "--shard", "1/2", "--json"})));
  EXPECT_FALSE(first["complete"].get<bool>());
  EXPECT_EQ(first["missing"], 3);
  EXPECT_FALSE(fs::exists(folder_ / "parts/manifest.jsonl"));
  CommandOptions task = options();
  task.environment["SLURM_ARRAY_TASK_ID"] = "4";
  task.environment["SLURM_ARRAY_TASK_MIN"] = "4";
  task.environment["SLURM_ARRAY_TASK_COUNT"] = "2";
  EXPECT_TRUE(parsed(run(dataset({"-o", "parts", "--json"}), task))["complete"].get<bool>());
  EXPECT_EQ(tree("parts"), tree("whole"));
}

TEST_F(Dataset, killed_or_interrupted_goes_on_to_the_same_bytes) {
  write_spec("count = 4\nformat = \"webdataset\"\n" + kRest);
  const auto with = [&](const std::string& folder) {
    return dataset({"-o", folder, "--steps", "40", "--json"});
  };
  ASSERT_EQ(run(with("whole")).exit_code, 0);
  for (const int signal : {SIGKILL, SIGINT}) {
    const std::string name = signal == SIGKILL ? "killed" : "stopped";
    cut_off(
        with(name), name, [&] { return candidates(name) >= 2; }, signal);
    const int there = candidates(name);
    EXPECT_LT(there, 8) << "it was to be cut off before its end";
    const json rest = parsed(run(with(name)));
    EXPECT_LE(rest["made"].get<int>(), 8 - 2);
    EXPECT_EQ(tree(name), tree("whole")) << name;
  }
}

TEST_F(Dataset, a_full_disk_loses_no_finished_picture) {
  write_spec("count = 3\nformat = \"webdataset\"\n" + kRest);
  CommandOptions full = options();
  full.file_limit_bytes = 30000;  // enough for a picture of 48 x 48, too little for a tar of six
  expect_error(run(dataset({"-o", "set"}), full), 1, "data-000000.tar: cannot write");
  EXPECT_EQ(candidates("set"), 6);
  EXPECT_FALSE(fs::exists(folder_ / "set/shards/data-000000.tar"));
  EXPECT_EQ(parsed(run(dataset({"-o", "set", "--json"})))["made"], 0);
  full.file_limit_bytes = 1000;  // not even for a picture
  expect_error(run(dataset({"-o", "other"}), full), 1, "cannot write");
  EXPECT_EQ(run(dataset({"-o", "other"})).exit_code, 0);
  EXPECT_EQ(tree("other"), tree("set"));
}

TEST_F(Dataset, draws_on_where_a_run_is_not_finite) {
  std::string text = "count = 3\n" + kRest;
  text.insert(text.find("steps = {"), "tv = [0.0, 1e38]\n");
  text.insert(text.find("[duplicates]"), "attempts = 20\n");
  write_spec(text);
  const std::vector<std::string> wild =
      dataset({"-o", "set", "--json", "--canvas", "pixel", "--optimizer", "sgd", "--lr", "1000000",
               "--init", "noise", "--steps", "6"});
  const json result = parsed(run(wild));
  EXPECT_EQ(result["pictures"], 6);
  int not_finite = 0;
  for (const json& of : result["classes"]) not_finite += of["not_finite"].get<int>();
  EXPECT_GT(not_finite, 0);
  EXPECT_EQ(result["made"].get<int>(), 6 + not_finite);
  EXPECT_EQ(parsed(run(wild))["made"], 0);
}

TEST_F(Dataset, another_background_under_the_same_name_makes_its_pictures_anew) {
  write_grey("light.png", 200);
  write_grey("dark.png", 40);
  std::string text = "count = 3\n" + kRest;
  text.insert(text.find("steps = {"), "init = [\"light.png\", \"dark.png\"]\n");
  write_spec(text);
  ASSERT_EQ(run(dataset({"-o", "set"})).exit_code, 0);
  EXPECT_EQ(parsed(run(dataset({"-o", "set", "--json"})))["made"], 0);
  const Tree before = tree("set");
  write_grey("dark.png", 80);
  EXPECT_EQ(parsed(run(dataset({"-o", "set", "--json"})))["made"], 6);
  ASSERT_EQ(run(dataset({"-o", "fresh"})).exit_code, 0);
  EXPECT_EQ(tree("set"), tree("fresh"));
  EXPECT_NE(tree("set"), before);
}

TEST_F(Dataset, a_dry_run_tells_the_plan_and_makes_nothing) {
  const json plan = parsed(run(dataset({"-o", "set", "--dry-run", "--json"})));
  EXPECT_EQ(plan["pictures"], 6);
  EXPECT_EQ(plan["missing"], 6);
  EXPECT_GT(plan["seconds"].get<double>(), 0);
  EXPECT_GT(plan["memory_bytes"].get<double>(), 1e6);
  EXPECT_EQ(plan["classes"][1]["name"], "pear");
  EXPECT_NE(plan["classes"][1]["example"].get<std::string>().find("pear"), std::string::npos);
  EXPECT_EQ(files(), std::vector<std::string>{"fruit.toml"});
  const CommandResult words = run(dataset({"--dry-run"}));
  EXPECT_NE(words.out.find("2 classes, 6 pictures as imagefolder in fruit"), std::string::npos)
      << words.out;
}

TEST_F(Dataset, refuses_what_cannot_be_before_any_work) {
  expect_error(run({"dataset"}), 2, "expected a spec file");
  expect_error(run({"dataset", "none.toml"}), 1, "none.toml");
  expect_error(run(dataset({"--shard", "2/2"})), 2, "--shard: expected i/n");
  expect_error(run(dataset({"--preset", "fast"})), 2, "unknown flag --preset");
  std::vector<std::string> same = dataset({});
  same[5] = kModel;
  const auto with = [&](const std::string& table, const std::string& line) {
    std::string text = "count = 3\n" + kRest;
    return text.insert(text.find(table) + table.size(), line);
  };
  expect_error(run(same), 2, "judge: expected a model that is not optimised");
  for (const auto& [text, says] : std::vector<std::pair<std::string, std::string>>{
           {"count = 0\n" + kRest, "fruit.toml: line 1: count: expected"},
           {"count = 3\ncolor = 1\n" + kRest, "line 2: unknown key 'color'"},
           {"count = 3\npreset = \"fsat\"\n" + kRest, "preset: expected"},
           {"count = 3\n" + kRest + "[[class]]\nname = \"pear\"\n", "each class once"},
           {"count = 3\n" + kRest + "[[class]]\nname = \"..\"\n", "names a folder"},
           {with("[options]\n", "init = \"no.png\"\n"), "line 8: init: expected a file"},
           {with("[ranges]\n", "mask = [\"no.png\"]\n"), "line 11: mask: expected a file"},
           {"count = [\n", "fruit.toml: line"}}) {
    write_spec(text);
    expect_error(run(dataset({"-o", "set"})), 2, says);
  }
  EXPECT_EQ(files(), std::vector<std::string>{"fruit.toml"});
}

}  // namespace
}  // namespace clipguide::e2e
