#include "clipguide/workflow/storyboard_script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "clipguide/base/error.h"
#include "support/temporary_folder.h"
#include "workflow/pictures.h"

namespace clipguide::workflow {
namespace {

using testing::HasSubstr;

ScriptOptions plain() {
  ScriptOptions start;
  start.preset = [](const std::string& preset, const std::vector<std::string>&) {
    guide::RunOptions options;
    options.steps = preset == "fast" ? 30 : 80;
    return options;
  };
  return start;
}

Storyboard read(const std::string& text, const ScriptOptions& start = plain()) {
  return read_storyboard(SpecTable::parse(text, "board.toml"), start);
}

std::string board_complaint(const std::string& text) {
  try {
    read(text);
  } catch (const base::UsageError& error) {
    return std::string(error.what()) + " " + error.hint();
  }
  return "nothing";
}

TEST(StoryboardScript, words_of_camera_and_style_dress_what_is_wanted) {
  EXPECT_EQ(dressed_prompt("an owl", "", ""), "an owl");
  EXPECT_EQ(dressed_prompt("an owl", "from above", "in ink"), "an owl, from above, in ink");
  EXPECT_EQ(dressed_prompt("an owl", "a close-up of {}", "pixel art of {}"),
            "pixel art of a close-up of an owl");
  EXPECT_EQ(dressed_prompt("an owl:2 | fog:-0.5", "", "in ink"), "an owl, in ink:2 | fog:-0.5");
  EXPECT_EQ(dressed_prompt("\"16:9\"", "", "{} | x"), "\"16:9 | x\"") << "words, not syntax";
}

TEST(StoryboardScript, a_panel_is_the_preset_the_shared_and_its_own) {
  const Storyboard board = read(R"(
title = "Night"
style = "at night"
camera = "far"
negative = "text"
preset = "fast"
[options]
seed = 5
width = 64
tv = 2
[[panel]]
prompt = "an owl"
[[panel]]
name = "sea"
prompt = "the sea"
camera = ""
caption = ""
negative = "a boat:2"
from = "previous"
strength = 0.4
width = 32
negative_prompt = "noise"
[[panel]]
prompt = "a cat"
from = "SEA"
)");
  ASSERT_EQ(board.panels.size(), 3u);
  const Panel &owl = board.panels[0], &sea = board.panels[1], &cat = board.panels[2];
  EXPECT_EQ(board.title, "Night");
  EXPECT_EQ(owl.name, "panel-01");
  EXPECT_EQ(owl.caption, "an owl") << "its prompt, where it has none";
  EXPECT_EQ(owl.options.prompt, "an owl, far, at night");
  EXPECT_EQ(owl.options.negative_prompt, "text");
  EXPECT_EQ(owl.options.steps, 30);
  EXPECT_EQ(owl.options.width, 64);
  EXPECT_EQ(owl.options.seed, 5u);
  EXPECT_EQ(owl.from, -1);
  EXPECT_EQ(sea.caption, "");
  EXPECT_EQ(sea.options.prompt, "the sea, at night");
  EXPECT_EQ(sea.options.negative_prompt, "noise | text | a boat:2");
  EXPECT_EQ(sea.options.width, 32);
  EXPECT_EQ(sea.options.strength, 0.4);
  EXPECT_EQ(sea.from, 0);
  EXPECT_EQ(cat.from, 1);
  EXPECT_EQ(cat.options.strength, 1);
}

TEST(StoryboardScript, the_caller_has_the_last_word_but_not_on_a_panels_own_seed) {
  ScriptOptions start = plain();
  start.last_word = [](guide::RunOptions& options) { options.steps = 3, options.seed = 9; };
  const Storyboard board = read(R"(
seeds = "increment"
[[panel]]
prompt = "a"
steps = 50
[[panel]]
prompt = "b"
[[panel]]
prompt = "c"
seed = 77
)",
                                start);
  EXPECT_EQ(board.panels[0].options.steps, 3);
  EXPECT_EQ(board.panels[0].options.seed, 9u);
  EXPECT_EQ(board.panels[1].options.seed, 10u);
  EXPECT_EQ(board.panels[2].options.seed, 77u);
}

TEST(StoryboardScript, a_seed_per_panel_stays_when_others_come_go_or_change_their_names) {
  const std::string head = "seeds = \"per-panel\"\n";
  const Storyboard two = read(head + "[[panel]]\nprompt=\"a\"\n[[panel]]\nprompt=\"b\"\n");
  const Storyboard one = read(head + "[[panel]]\nname=\"n\"\nprompt=\"b\"\n");
  EXPECT_EQ(two.panels[1].options.seed, one.panels[0].options.seed);
  EXPECT_NE(two.panels[0].options.seed, two.panels[1].options.seed);
  const Storyboard other = read(head + "[options]\nseed=1\n[[panel]]\nprompt=\"b\"\n");
  EXPECT_NE(other.panels[0].options.seed, one.panels[0].options.seed);
}

TEST(StoryboardScript, paths_are_meant_from_the_scripts_folder) {
  const test::TemporaryFolder folder;
  for (const char* name : {"a.png", "b.png"}) test::write_grey(folder / name);
  const auto of = [&](const char* name) { return (folder / name).string(); };
  const Storyboard board =
      read_storyboard(SpecTable::parse("[options]\nimage_prompt = [\"b.png:0.5\"]\n"
                                       "[[panel]]\nprompt = \"a\"\ninit = \"a.png\"\n"
                                       "[[panel]]\nprompt = \"a\"\ninit = \"noise\"\n",
                                       of("board.toml")),
                      plain());
  EXPECT_EQ(board.panels[0].options.init, of("a.png"));
  EXPECT_EQ(board.panels[0].options.image_prompts, std::vector<std::string>{of("b.png") + ":0.5"});
  EXPECT_EQ(board.panels[1].options.init, "noise");
}

TEST(StoryboardScript, refuses_in_one_line_with_its_number) {
  const std::string panel = "[[panel]]\nprompt = \"a\"\n";
  EXPECT_THAT(board_complaint("title = \"t\"\n"), HasSubstr("at least one [[panel]]"));
  EXPECT_THAT(board_complaint("stile = \"x\"\n" + panel), HasSubstr("style"));
  EXPECT_THAT(board_complaint(panel + "captoin = \"x\"\n"), HasSubstr("line 3"));
  EXPECT_THAT(board_complaint(panel + "captoin = \"x\"\n"), HasSubstr("caption"));
  EXPECT_THAT(board_complaint("seeds = \"random\"\n" + panel), HasSubstr("per-panel"));
  EXPECT_THAT(board_complaint("preset = \"fsat\"\n" + panel), HasSubstr("fast"));
  EXPECT_THAT(board_complaint("[[panel]]\ncaption = \"a\"\n"), HasSubstr("prompt"));
  EXPECT_THAT(board_complaint("[[panel]]\nprompt = \"a:nan\"\n"), HasSubstr("line 2"));
  EXPECT_THAT(board_complaint(panel + "from = \"previous\"\n"), HasSubstr("a panel above"));
  EXPECT_THAT(
      board_complaint("[[panel]]\nname = \"owl\"\nprompt = \"a\"\n" + panel + "from = \"owk\"\n"),
      HasSubstr("did you mean 'owl'"));
  EXPECT_THAT(board_complaint(panel + panel + "from = \"previous\"\ninit = \"noise\"\n"),
              HasSubstr("either from or init"));
  EXPECT_THAT(board_complaint(panel + "name = \"../x\"\n"), HasSubstr("letters, digits"));
  EXPECT_THAT(board_complaint(panel + "name = \"a\"\n" + panel + "name = \"A\"\n"),
              HasSubstr("a name of its own"));
  EXPECT_THAT(board_complaint(panel + "batch = 2\n"), HasSubstr("one picture a panel"));
  EXPECT_THAT(board_complaint("[options]\nprompt = \"x\"\n" + panel), HasSubstr("[[panel]] only"));
  EXPECT_THAT(board_complaint("[options]\nsteps = 0\n" + panel), HasSubstr("steps"));
  EXPECT_THAT(board_complaint("font = \"none.ttf\"\n" + panel), HasSubstr("not there"));
  EXPECT_THAT(board_complaint(panel + "mask = \"none.png\"\n"),
              HasSubstr("board.toml: line 3: mask: expected a file, got 'none.png'"));
}

}  // namespace
}  // namespace clipguide::workflow
