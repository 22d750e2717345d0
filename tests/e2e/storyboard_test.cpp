/// clipguide storyboard and generate --scene, through the program.
#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "clipguide/canvas/saved_collage.h"
#include "clipguide/media/codec.h"
#include "clipguide/media/picture.h"
#include "clipguide/weights/checksum.h"
#include "e2e/program.h"

namespace clipguide::e2e {
namespace {

const std::string kShared = "title = \"Night <1>\"\nstyle = \"at night\"\n[options]\nseed = 5\n";

std::string panel(const std::string& name, const std::string& prompt,
                  const std::string& more = "") {
  return "[[panel]]\nname = \"" + name + "\"\nprompt = \"" + prompt + "\"\n" + more + "\n";
}

const std::string kOwl = panel("owl", "an owl", "caption = \"Eine Eule – сова\"");
const std::string kSea = panel("sea", "the sea", "from = \"previous\"\nstrength = 0.5");
const std::string kCat = panel("cat", "a cat");

class StoryboardVerb : public Program {
 protected:
  void write(const std::string& panels, const std::string& head = kShared) const {
    std::ofstream(folder_ / "board.toml") << head << panels;
  }

  static std::vector<std::string> board(std::vector<std::string> more = {}) {
    std::vector<std::string> all = {"storyboard", "board.toml", "-m",        kModel,    "-W",
                                    "64",         "-H",         "64",        "--steps", "3",
                                    "--cuts",     "2",          "--threads", "1"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  /// Every file of the folder with its content.
  std::map<std::string, std::string> content(const std::string& name = "board") const {
    std::map<std::string, std::string> all;
    for (const auto& entry : fs::recursive_directory_iterator(folder_ / name))
      if (entry.is_regular_file())
        all[fs::relative(entry.path(), folder_ / name).string()] = file_content(entry.path());
    return all;
  }

  static std::set<std::string> made(const json& result) {
    std::set<std::string> names;
    for (const json& panel : result["panels"])
      if (panel.contains("elapsed_s")) names.insert(panel["name"]);
    return names;
  }
};

TEST_F(StoryboardVerb, makes_panels_sheets_a_page_and_a_manifest) {
  write(kOwl + kSea + kCat);
  const json result = parsed(run(board({"--json"})));
  EXPECT_EQ(result["made"], 3);
  EXPECT_EQ(result["complete"], true);
  const auto files = content();
  for (const char* name : {"index.html", "sheet.png", "sheet.pdf", "manifest.json",
                           "panels/owl.png", "panels/sea.png", "panels/cat.png"})
    EXPECT_TRUE(files.count(name)) << name;
  EXPECT_EQ(files.size(), 7u);
  EXPECT_TRUE(files.at("sheet.pdf").starts_with("%PDF-"));
  EXPECT_NE(files.at("index.html").find("Night &lt;1&gt;"), std::string::npos);

  const json manifest = json::parse(files.at("manifest.json"));
  const json& sea = manifest["panels"][1];
  EXPECT_EQ(sea["prompt"], "the sea, at night");
  EXPECT_EQ(sea["seed"], 5);
  EXPECT_TRUE(sea["similarity"].is_number());
  EXPECT_EQ(sea["from"]["name"], "owl");
  EXPECT_EQ(sea["from"]["pixels"], manifest["panels"][0]["pixels"]);
  EXPECT_EQ(sea["options"]["init"], "board/panels/owl.png");
  EXPECT_EQ(sea["sha256"], weights::digest_file(folder_ / "board/panels/sea.png",
                                                weights::Checksum::Kind::sha256));
  EXPECT_EQ(manifest["panels"][0]["caption"], "Eine Eule – сова");

  // A panel tells how it was made, like every other picture.
  parsed(run({"rerun", "board/panels/sea.png", "-o", "again.png", "--json", "--threads", "1"}));
  EXPECT_EQ(media::read_picture(folder_ / "again.png").rgb,
            media::read_picture(folder_ / "board/panels/sea.png").rgb);
}

TEST_F(StoryboardVerb, a_second_run_makes_nothing_and_changes_no_byte) {
  write(kOwl + kSea);
  parsed(run(board({"--json"})));
  const auto before = content();
  const auto written = fs::last_write_time(folder_ / "board/sheet.png");
  EXPECT_EQ(parsed(run(board({"--json"})))["made"], 0);
  EXPECT_EQ(content(), before);
  EXPECT_EQ(fs::last_write_time(folder_ / "board/sheet.png"), written);
}

TEST_F(StoryboardVerb, collages_go_on_with_their_objects) {
  const std::string head = "[options]\nseed = 3\ncandidates = 16\n";
  const std::string owl = panel("owl", "an owl at night");
  const std::string rest = panel("both", "an owl and a cat on grass", "from = \"owl\"") +
                           panel("cat", "a cat in the snow", "from = \"both\"");
  const std::vector<std::string> command = {"storyboard", "board.toml", "-W",      "64",
                                            "-H",         "64",         "--steps", "2",
                                            "--threads",  "1",          "--json"};
  const auto collages = [&] {
    std::map<std::size_t, fs::path> by_objects;
    for (const auto& file : fs::directory_iterator(folder_ / "board/panels/collages"))
      by_objects[canvas::read_collage(file.path()).objects.size()] = file.path();
    return by_objects;
  };
  write(owl + rest, head);
  EXPECT_EQ(parsed(run(command))["made"], 3);
  // Of the last, from which none goes on, none is kept.
  const auto kept = collages();
  ASSERT_EQ(kept.size(), 2u);
  const canvas::SavedCollage one = canvas::read_collage(kept.at(1)),
                             both = canvas::read_collage(kept.at(2));
  EXPECT_EQ(one.objects[0].thing, "an owl");
  EXPECT_EQ(both.objects[0].thing, "an owl");
  EXPECT_EQ(both.objects[1].thing, "a cat");
  // The same owl: two small steps from where it was.
  EXPECT_NEAR(both.objects[0].placement.x, one.objects[0].placement.x, 0.05);
  EXPECT_NEAR(both.objects[0].placement.size, one.objects[0].placement.size, 0.05);

  EXPECT_EQ(parsed(run(command))["made"], 0);
  const auto whole = content();
  fs::remove(kept.at(1));
  EXPECT_EQ(made(parsed(run(command))), std::set<std::string>{"owl"});
  EXPECT_EQ(content(), whole);

  write(panel("bird", "an owl at night") +
            panel("both", "an owl and a cat on grass", "from = \"bird\""),
        head);
  EXPECT_EQ(parsed(run(command))["made"], 0);
  write(panel("owl", "an owl in the snow") + rest, head);
  EXPECT_EQ(parsed(run(command))["made"], 3);
  EXPECT_EQ(collages().size(), 2u);
}

TEST_F(StoryboardVerb, a_panel_may_look_for_a_new_ground_under_its_objects) {
  write(panel("night", "an owl on a black background") +
            panel("kept", "an owl on a white background", "from = \"night\"") +
            panel("new", "an owl on a white background", "from = \"night\"\nground = \"new\""),
        "[options]\nseed = 3\ncandidates = 64\n");
  const std::vector<std::string> command = {"storyboard", "board.toml", "-W", "64",    "-H",
                                            "64",         "--steps",    "1",  "--json"};
  std::vector<std::string> rehearsal = command;
  rehearsal.push_back("--dry-run");
  EXPECT_EQ(parsed(run(rehearsal))["to_make"], 3);
  parsed(run(command));
  const auto brightness = [&](const std::string& name) {
    const auto pixels = media::read_picture(folder_ / ("board/panels/" + name + ".png")).rgb;
    return std::accumulate(pixels.begin(), pixels.end(), 0.0) / double(pixels.size());
  };
  EXPECT_GT(brightness("new"), brightness("kept") + 50);

  write(panel("owl", "an owl", "ground = \"new\""), "");
  expect_error(run({"storyboard", "board.toml", "--dry-run"}), 2,
               "ground: expected a panel that goes on from another");
}

TEST_F(StoryboardVerb, remakes_what_changed_and_what_starts_from_it) {
  write(kOwl + kSea + kCat);
  parsed(run(board({"--json"})));
  const auto before = content();
  write(panel("owl", "a grey owl") + kSea + kCat);
  EXPECT_EQ(made(parsed(run(board({"--json"})))), (std::set<std::string>{"owl", "sea"}));
  const auto after = content();
  EXPECT_EQ(after.at("panels/cat.png"), before.at("panels/cat.png"));
  EXPECT_NE(after.at("panels/sea.png"), before.at("panels/sea.png"));

  // Captions and titles are no reason to make a picture anew.
  write(panel("owl", "a grey owl", "caption = \"Another\"") + kSea + kCat,
        "title = \"Day\"\nstyle = \"at night\"\n[options]\nseed = 5\n");
  EXPECT_EQ(parsed(run(board({"--json"})))["made"], 0);
  EXPECT_NE(content().at("index.html"), after.at("index.html"));

  // A shared word concerns all.
  write(kOwl + kSea + kCat, "style = \"at dawn\"\n[options]\nseed = 5\n");
  EXPECT_EQ(parsed(run(board({"--json"})))["made"], 3);
}

TEST_F(StoryboardVerb, renaming_moving_and_removing_panels_makes_no_other_anew) {
  write(kOwl + kSea + kCat);
  parsed(run(board({"--json"})));
  const auto before = content();

  // Another name for the owl, from which the sea starts, and another order.
  write(kCat + panel("bird", "an owl") + kSea);
  EXPECT_EQ(parsed(run(board({"--json"})))["made"], 0);
  auto after = content();
  EXPECT_FALSE(after.count("panels/owl.png")) << "it has a new name";
  EXPECT_EQ(after.at("panels/bird.png"), before.at("panels/owl.png"));
  EXPECT_EQ(media::read_picture(folder_ / "board/panels/sea.png").rgb,
            media::decode_picture({"sea", before.at("panels/sea.png")}).rgb);
  EXPECT_EQ(json::parse(after.at("manifest.json"))["panels"][2]["options"]["init"],
            "board/panels/bird.png");

  // Without the cat; its picture stays, and is there when the cat comes back.
  write(panel("bird", "an owl") + kSea);
  const json without = parsed(run(board({"--json"})));
  EXPECT_EQ(without["made"], 0);
  EXPECT_EQ(without["unused"], json::array({"panels/cat.png"}));
  write(panel("bird", "an owl") + kSea + kCat);
  EXPECT_EQ(parsed(run(board({"--json"})))["made"], 0);

  // As if it had been made like this from the start.
  fs::rename(folder_ / "board", folder_ / "kept");
  parsed(run(board({"--json"})));
  EXPECT_EQ(content(), content("kept"));
}

TEST_F(StoryboardVerb, a_start_picture_counts_by_what_it_holds) {
  const media::Picture grey{8, 8, std::vector<std::uint8_t>(192, 100)};
  const media::Picture light{8, 8, std::vector<std::uint8_t>(192, 200)};
  media::write_picture(folder_ / "start.png", grey);
  write(panel("owl", "an owl", "init = \"start.png\"") + kCat);
  EXPECT_EQ(parsed(run(board({"--json"})))["made"], 2);
  EXPECT_EQ(parsed(run(board({"--json"})))["made"], 0);
  media::write_picture(folder_ / "start.png", light);
  EXPECT_EQ(made(parsed(run(board({"--json"})))), std::set<std::string>{"owl"});
}

TEST_F(StoryboardVerb, a_dry_run_says_what_it_would_do_and_writes_nothing) {
  write(kOwl + kSea + kCat);
  const json plan = parsed(run(board({"--dry-run", "--json"})));
  EXPECT_EQ(plan["pictures"], 3);
  EXPECT_EQ(plan["to_make"], 3);
  EXPECT_GT(plan["expected_s"].get<double>(), 0);
  EXPECT_GT(plan["expected_memory_bytes"].get<double>(), 1e6);
  EXPECT_EQ(plan["panels"][0]["prompt"], "an owl, at night");
  EXPECT_EQ(files(), std::vector<std::string>{"board.toml"});

  parsed(run(board({"--json"})));
  write(kOwl + panel("sea", "the deep sea", "from = \"previous\"\nstrength = 0.5") + kCat);
  const json later = parsed(run(board({"--dry-run", "--json"})));
  EXPECT_EQ(later["to_make"], 1);
  EXPECT_EQ(later["panels"][1]["make"], true);
  const CommandResult text = run(board({"--dry-run"}));
  EXPECT_EQ(text.exit_code, 0);
  EXPECT_NE(text.out.find("1 of 3 pictures to make"), std::string::npos) << text.out;
}

TEST_F(StoryboardVerb, refuses_before_any_work) {
  expect_error(run({"storyboard"}), 2, "expected a script");
  expect_error(run({"storyboard", "none.toml"}), 1, "none.toml");
  write(kOwl + "captoin = \"x\"\n");
  expect_error(run(board()), 2, "board.toml: line 9: unknown key 'captoin'");
  write("", "title = \"t\"\n");
  expect_error(run(board()), 2, "at least one [[panel]]");
  write(panel("owl", "an owl", "mask = \"none.png\""));
  expect_error(run(board()), 2,
               "board.toml: line 8: mask: expected a file, got 'none.png', which is not there");
  write(panel("owl", "an owl", "mask = \"board.toml\""));
  expect_error(run(board()), 2, "board.toml: line 8: mask: expected a picture, got");
  write(panel("owl", "an owl", "from = \"sea\"") + kSea);
  expect_error(run(board()), 2, "the name of a panel above");
  write(kOwl + panel("sea", "the sea", "prompt-weights = \"1 | t\""));
  expect_error(run(board()), 2, "prompt-weights: expected 1 of them, one for each prompt, got 2");
  EXPECT_EQ(files(), std::vector<std::string>{"board.toml"}) << "nothing was made";

  write(kOwl);
  fs::create_directory(folder_ / "board");
  std::ofstream(folder_ / "board/index.html") << "mine";
  expect_error(run(board()), 2, "index.html of something else");
  EXPECT_EQ(file_content(folder_ / "board/index.html"), "mine");
  fs::create_directories(folder_ / "other/panels");
  std::ofstream(folder_ / "other/panels/owl.png") << "mine";
  expect_error(run(board({"-o", "other"})), 2, "owl.png: expected a free place");
}

TEST_F(StoryboardVerb, names_the_panel_whose_run_is_not_finite) {
  write(kOwl + kCat);
  std::vector<std::string> wild = diverging(board());
  wild.erase(std::find(wild.begin(), wild.end(), "--init"),
             std::find(wild.begin(), wild.end(), "--strength"));
  expect_error(run(wild), 1, "panels/owl.png: ");
}

TEST_F(StoryboardVerb, goes_on_after_a_kill_and_an_interrupt_to_the_same_bytes) {
  write(kOwl + kSea + kCat);
  const std::vector<std::string> slow = board({"--json", "--steps", "150"});
  parsed(run(slow));
  const auto whole = content();
  const std::string owl = file_content(folder_ / "board/panels/owl.png");
  for (const int signal : {SIGKILL, SIGINT}) {
    SCOPED_TRACE(signal);
    const auto is_midway = [&] { return fs::exists(folder_ / "board/panels/owl.png"); };
    cut_off(slow, "board", is_midway, signal);
    EXPECT_EQ(file_content(folder_ / "board/panels/owl.png"), owl);
    EXPECT_FALSE(fs::exists(folder_ / "board/sheet.png"));
    const json rest = parsed(run(slow));
    EXPECT_FALSE(made(rest).count("owl"));
    for (const auto& [name, bytes] : whole)
      EXPECT_EQ(file_content(folder_ / "board" / name), bytes) << name;
  }
}

TEST_F(StoryboardVerb, a_full_disk_loses_no_finished_picture) {
  write(kOwl);
  parsed(run(board({"--json"})));
  const std::string owl = file_content(folder_ / "board/panels/owl.png");
  write(kOwl + panel("big", "a cat", "width = 640\nheight = 640"));
  CommandOptions full = options();
  full.file_limit_bytes = owl.size() + 1000;
  std::vector<std::string> sized = board();  // the script's sizes
  sized.erase(std::find(sized.begin(), sized.end(), "-W"),
              std::find(sized.begin(), sized.end(), "--steps"));
  write(panel("owl", "an owl", "width = 64\nheight = 64") +
        panel("big", "a cat", "width = 640\nheight = 640"));
  expect_error(run(sized, full), 1, "big.png");
  EXPECT_EQ(file_content(folder_ / "board/panels/owl.png"), owl);
  sized.push_back("--json");
  EXPECT_EQ(parsed(run(sized))["made"], 1);
}

class Scene : public Program {
 protected:
  void write(const std::string& text) const { std::ofstream(folder_ / "scene.toml") << text; }
  static std::vector<std::string> scene(std::vector<std::string> more = {}) {
    std::vector<std::string> all = {"generate", "--scene", "scene.toml", "-m",     kModel,
                                    "-W",       "64",      "-H",         "64",     "--steps",
                                    "3",        "--cuts",  "4",          "--seed", "7",
                                    "-o",       "out.png", "--threads",  "1"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
};

TEST_F(Scene, makes_the_picture_of_the_options_that_it_stands_for) {
  write(
      "background = \"the sea\"\n"
      "[[part]]\nprompt = \"a pear\"\nbox = [0, 0, 0.5, 1]\nweight = 2\n"
      "[[part]]\nprompt = \"an owl\"\nbox = [0.5, 0, 0.5, 1]\nnegative = \"a cat\"\n");
  parsed(run(scene({"--json"})));
  std::vector<std::string> by_hand = {"-p",       "the sea",
                                      "--region", "0,0,0.5,1: a pear:2",
                                      "--region", "0.5,0,0.5,1: an owl",
                                      "--region", "0.5,0,0.5,1: a cat:-1",
                                      "--json"};
  std::vector<std::string> all = scene(by_hand);
  all.erase(all.begin() + 1, all.begin() + 3);  // the scene
  *std::find(all.begin(), all.end(), "out.png") = "hand.png";
  parsed(run(all));
  EXPECT_EQ(media::read_picture(folder_ / "out.png").rgb,
            media::read_picture(folder_ / "hand.png").rgb);
  parsed(run({"rerun", "out.png", "-o", "again.png", "--json", "--threads", "1"}));
  EXPECT_EQ(media::read_picture(folder_ / "again.png").rgb,
            media::read_picture(folder_ / "out.png").rgb);
}

TEST_F(Scene, a_mask_is_a_place_too) {
  media::Picture mask{64, 64, std::vector<std::uint8_t>(64 * 64 * 3)};
  std::fill_n(mask.rgb.begin(), 64 * 32 * 3, std::uint8_t(255));
  media::write_picture(folder_ / "up.png", mask);
  write("background = \"the sea\"\n[[part]]\nprompt = \"a pear\"\nmask = \"up.png\"\n");
  parsed(run(scene({"--json"})));
  parsed(run({"rerun", "out.png", "-o", "again.png", "--json", "--threads", "1"}));
  EXPECT_EQ(media::read_picture(folder_ / "again.png").rgb,
            media::read_picture(folder_ / "out.png").rgb);
}

TEST_F(Scene, refuses_before_any_work) {
  expect_error(run(scene()), 1, "scene.toml");
  write(
      "background = \"the sea\"\n[[part]]\nprompt = \"a\"\nbox = [0, 0, 0.6, 1]\n"
      "[[part]]\nprompt = \"b\"\nbox = [0.5, 0, 0.5, 1]\n");
  expect_error(run(scene()), 2, "scene.toml: line 7: box: expected parts beside one another");
  write("background = \"the sea\"\n[[part]]\nprompt = \"a\"\nbox = [0, 0, 1, 1]\n");
  expect_error(run(scene({"-p", "a pear"})), 2, "--scene: expected its prompts alone");
  EXPECT_FALSE(fs::exists(folder_ / "out.png"));
}

}  // namespace
}  // namespace clipguide::e2e
