/// clipguide dataset: from a spec file to labelled pictures.
#include "e2e/program.h"
#include "support/tiny_forms.h"

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

TEST_F(Dataset, knows_where_a_collage_has_its_objects_whoever_goes_on) {
  const test::TinyForms forms;
  write_spec("count = 3\nformat = \"coco\"\n" + kRest);
  const auto with = [&](const std::string& folder, std::vector<std::string> more = {}) {
    more.insert(more.end(), {"-o", folder, "--canvas", "collage", "--init", "noise", "--forms",
                             forms.path().string(), "--objects", "2", "--json"});
    return dataset(more);
  };
  ASSERT_EQ(run(with("whole")).exit_code, 0);
  const json coco = json::parse(file_content(folder_ / "whole/annotations.json"));
  int smaller = 0;
  for (const json& annotation : coco["annotations"]) {
    const json& box = annotation["bbox"];
    EXPECT_GE(box[0], 0.0);
    EXPECT_LE(box[0].get<double>() + box[2].get<double>(), 48.01);
    EXPECT_LE(box[1].get<double>() + box[3].get<double>(), 48.01);
    EXPECT_LE(annotation["area"].get<double>(), box[2].get<double>() * box[3].get<double>() + 0.01);
    smaller += annotation["area"] < 48 * 48;
  }
  EXPECT_GT(smaller, 0);
  ASSERT_EQ(run(with("parts", {"--shard", "1/2"})).exit_code, 0);
  ASSERT_EQ(run(with("parts")).exit_code, 0);
  EXPECT_EQ(tree("parts"), tree("whole"));
  // A picture without its record, as a kill between the two leaves it, tells its objects itself.
  fs::remove(folder_ / "parts/work/apple/000001.json");
  fs::remove(folder_ / "parts/dataset.json");
  const auto written = fs::last_write_time(folder_ / "parts/work/apple/000001.png");
  ASSERT_EQ(run(with("parts")).exit_code, 0);
  EXPECT_EQ(fs::last_write_time(folder_ / "parts/work/apple/000001.png"), written);
  EXPECT_EQ(tree("parts"), tree("whole"));
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

TEST_F(Dataset, another_model_under_the_same_name_makes_its_pictures_anew) {
  const fs::path model = folder_ / "model";
  fs::copy(kModel, model);
  std::vector<std::string> command = dataset({"-o", "set", "--json"});
  command[3] = "model";
  EXPECT_EQ(parsed(run(command))["made"], 6);
  const Tree before = tree("set");
  std::ofstream(model / "README.md") << "not of the model";
  EXPECT_EQ(parsed(run(command))["made"], 0);
  std::ofstream(model / "rivals.txt") << "a pear\n";
  EXPECT_EQ(parsed(run(command))["made"], 6);
  EXPECT_NE(tree("set"), before);  // at least its digests
  EXPECT_EQ(parsed(run(command))["made"], 0);
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

TEST_F(Dataset, a_dry_run_goes_on_where_candidates_are_not_finite) {
  std::string text = "count = 3\n" + kRest;
  text.insert(text.find("steps = {"), "tv = [0.0, 1e38]\n");
  write_spec(text);
  const std::vector<std::string> wild = {"--dry-run", "--json", "--canvas", "pixel",  "--optimizer",
                                         "sgd",       "--lr",   "1000000",  "--init", "noise"};
  std::vector<std::string> always = wild;
  always.insert(always.end(), {"--tv", "1e38"});
  const CommandResult none = run(dataset(always));
  const json plan = parsed(none);
  EXPECT_EQ(plan["missing"], 6);
  EXPECT_TRUE(plan["seconds"].is_null());
  EXPECT_TRUE(plan["memory_bytes"].is_null());
  EXPECT_NE(none.err.find("class apple: its first candidate is not finite"), std::string::npos)
      << none.err;
  EXPECT_NE(none.err.find("class pear: "), std::string::npos) << none.err;
  always.erase(always.begin() + 1);
  EXPECT_NE(run(dataset(always)).out.find("6 to make; how long that takes could not be measured"),
            std::string::npos);
  // What one seed cannot tell another may: 8 of them are not all of a kind.
  int measured = 0, warned = 0;
  for (int seed = 0; seed < 8; ++seed) {
    std::vector<std::string> some = wild;
    some.insert(some.end(), {"--seed", std::to_string(seed)});
    const CommandResult result = run(dataset(some));
    const bool has_warning = result.err.find("not finite") != std::string::npos;
    warned += has_warning;
    measured += has_warning && parsed(result)["seconds"].is_number();
  }
  EXPECT_GT(warned, 0);
  EXPECT_GT(measured, 0);
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
  write_grey("cut.png", 9);
  fs::resize_file(folder_ / "cut.png", 50);
  expect_error(run(same), 2, "judge: expected a model that is not optimised");
  for (const auto& [text, says] : std::vector<std::pair<std::string, std::string>>{
           {"count = 0\n" + kRest, "fruit.toml: line 1: count: expected"},
           {"count = 3\ncolor = 1\n" + kRest, "line 2: unknown key 'color'"},
           {"count = 3\npreset = \"fsat\"\n" + kRest, "preset: expected"},
           {"count = 3\n" + kRest + "[[class]]\nname = \"pear\"\n", "each class once"},
           {"count = 3\n" + kRest + "[[class]]\nname = \"..\"\n", "names a folder"},
           {with("[options]\n", "init = \"no.png\"\n"), "line 8: init: expected a file"},
           {with("[ranges]\n", "mask = [\"no.png\"]\n"), "line 11: mask: expected a file"},
           {with("[ranges]\n", "init = [\"cut.png\"]\n"), "line 11: init: expected a picture, got"},
           {with("[options]\n", "prompt-weights = \"1 | t\"\n"),
            "prompt-weights: expected 1 of them, one for each prompt, got 2"},
           {"count = [\n", "fruit.toml: line"}}) {
    write_spec(text);
    expect_error(run(dataset({"-o", "set"})), 2, says);
  }
  write_spec("count = 3\n" + kRest);
  expect_error(run(dataset({"-o", "set", "--init", "cut.png"})), 1, "cut.png: ");
  EXPECT_EQ(files(), (std::vector<std::string>{"cut.png", "fruit.toml"}));
}

}  // namespace
}  // namespace clipguide::e2e
