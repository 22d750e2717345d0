#include "clipguide/workflow/scene.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "clipguide/base/error.h"
#include "clipguide/media/picture.h"
#include "support/temporary_folder.h"
#include "workflow/pictures.h"

namespace clipguide::workflow {
namespace {

using testing::HasSubstr;

guide::RunOptions applied(const std::string& text, const std::string& source = "scene.toml") {
  guide::RunOptions options;
  options.negative_prompt = "text:0.5";
  apply_scene(SpecTable::parse(text, source), options);
  return options;
}

std::string complaint(const std::string& text, const std::string& source = "scene.toml") {
  try {
    applied(text, source);
  } catch (const base::UsageError& error) {
    return std::string(error.what()) + " " + error.hint();
  }
  return "nothing";
}

std::string part(const std::string& prompt, const std::string& place,
                 const std::string& more = "") {
  return "[[part]]\nprompt = \"" + prompt + "\"\n" + place + "\n" + more + "\n";
}

TEST(Scene, is_a_prompt_and_regions) {
  const guide::RunOptions options = applied(
      "background = \"night | stars:0.5\"\nweight = 2\nnegative = \"fog\"\n"
      "[options]\nsteps = 7\n" +
      part("an owl", "box = [0, 0, 0.5, 1]", "weight = 3\nnegative = \"a bat:2\"") +
      part("a cat", "box = [0.5, 0.25, 0.5, 0.5]"));
  EXPECT_EQ(options.prompt, "night:2 | stars");
  EXPECT_EQ(options.negative_prompt, "text:0.5 | fog");
  EXPECT_EQ(options.steps, 7);
  EXPECT_EQ(options.regions, (std::vector<std::string>{"0,0,0.5,1: an owl:3", "0,0,0.5,1: a bat:-6",
                                                       "0.5,0.25,0.5,0.5: a cat"}));
}

TEST(Scene, boxes_may_touch_and_overlap_only_where_it_is_said) {
  const std::string head = "background = \"sea\"\n";
  const std::string left = part("a", "box = [0, 0, 0.5, 1]");
  EXPECT_NO_THROW(applied(head + left + part("b", "box = [0.5, 0, 0.5, 1]")));
  EXPECT_THAT(complaint(head + left + part("b", "box = [0.4, 0, 0.5, 1]")),
              HasSubstr("line 8: box: expected parts beside one another, or overlap = true in one "
                        "of them, got 'b' over 'a' of line 2"));
  EXPECT_NO_THROW(applied(head + left + part("b", "box = [0.4, 0, 0.5, 1]", "overlap = true")));
}

TEST(Scene, a_mask_conflicts_by_what_is_white) {
  // White below the diagonal; black above it.
  const test::TemporaryFolder folder;
  media::Picture mask{64, 64, std::vector<std::uint8_t>(64 * 64 * 3)};
  for (int y = 0; y < 64; ++y)
    for (int x = 0; x < y; ++x)
      for (int c = 0; c < 3; ++c) mask.rgb[std::size_t((y * 64 + x) * 3 + c)] = 255;
  media::write_picture(folder / "low.png", mask);
  const std::string source = (folder / "scene.toml").string();
  const std::string head = "background = \"sea\"\n" + part("a", "mask = \"low.png\"");
  const guide::RunOptions options = applied(head + part("b", "box = [0.6, 0.1, 0.4, 0.4]"), source);
  EXPECT_EQ(options.regions[0], "mask=" + (folder / "low.png").string() + ": a");
  EXPECT_THAT(complaint(head + part("b", "box = [0.1, 0.6, 0.4, 0.4]"), source),
              HasSubstr("'b' over 'a'"));
  EXPECT_THAT(complaint(head + part("b", "mask = \"low.png\""), source), HasSubstr("'b' over 'a'"));
}

TEST(Scene, refuses_in_one_line_with_its_number) {
  const std::string head = "background = \"sea\"\n";
  EXPECT_THAT(complaint(head), HasSubstr("at least one [[part]]"));
  EXPECT_THAT(complaint(part("a", "box = [0, 0, 1, 1]")), HasSubstr("background"));
  EXPECT_THAT(complaint(head + part("a", "")), HasSubstr("[x, y, width, height]"));
  EXPECT_THAT(complaint(head + part("a", "box = [0, 0, 1]")), HasSubstr("line 4"));
  EXPECT_THAT(complaint(head + part("a", "box = [0, 0, 1, 2]")), HasSubstr("from 0 to 1"));
  EXPECT_THAT(complaint(head + part("a", "box = [0.5, 0, 0.6, 1]")), HasSubstr("inside"));
  EXPECT_THAT(complaint(head + part("a", "box = [0, 0, 0, 1]")), HasSubstr("inside"));
  EXPECT_THAT(complaint(head + part("a", "box = [0,0,1,1]", "mask = \"m.png\"")),
              HasSubstr("either box or mask"));
  EXPECT_THAT(complaint(head + part("a", "bxo = [0,0,1,1]")), HasSubstr("box"));
  EXPECT_THAT(complaint(head + part("a | b", "box = [0,0,1,1]")), HasSubstr("one prompt a part"));
  EXPECT_THAT(complaint(head + part("a", "box = [0,0,1,1]", "weight = 0")), HasSubstr("weight"));
  EXPECT_THAT(
      complaint(head + "[options]\nregion = [\"0,0,1,1:a\"]\n" + part("a", "box = [0,0,1,1]")),
      HasSubstr("[[part]]"));
  const test::TemporaryFolder folder;
  test::write_truncated(folder / "cut.png");
  EXPECT_THAT(complaint(head + part("a", "mask = \"cut.png\""), (folder / "s.toml").string()),
              HasSubstr("line 4: mask: expected a picture, got "));
  EXPECT_THAT(complaint(head + part("a", "mask = \"none.png\"")),
              HasSubstr("line 4: mask: expected a file, got 'none.png', which is not there"));
}

}  // namespace
}  // namespace clipguide::workflow
