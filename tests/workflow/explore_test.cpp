#include "clipguide/workflow/explore.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "clipguide/base/error.h"
#include "clipguide/workflow/explore_start.h"
#include "clipguide/workflow/grid_sheet.h"

namespace clipguide::workflow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string sweep_refusal(const std::string& sweep) {
  try {
    parse_sweep(sweep);
  } catch (const base::UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(Sweep, reads_lists_ranges_and_curves) {
  EXPECT_THAT(parse_sweep("tv=0, 50,200").values, ElementsAre("0", "50", "200"));
  EXPECT_THAT(parse_sweep("lr=0.01:0.04:4").values, ElementsAre("0.01", "0.02", "0.03", "0.04"));
  EXPECT_THAT(parse_sweep("steps=10:20:3").values, ElementsAre("10", "15", "20"));
  EXPECT_THAT(parse_sweep("lr=0:0.1, 1:0.01; 0.05").values, ElementsAre("0:0.1, 1:0.01", "0.05"));
  EXPECT_THAT(parse_sweep("tv=0,100:200:2").values, ElementsAre("0", "100", "200"));
  EXPECT_THAT(parse_sweep("prompt=a cat:1:0,a dog").values, ElementsAre("a cat:1:0", "a dog"));
  EXPECT_EQ(parse_sweep("coarse_to_fine=0,1").option->name, "coarse-to-fine");
  EXPECT_THAT(parse_sweep("tile=true,false").values, ElementsAre("true", "false"));
}

TEST(Sweep, refuses_in_one_line_what_it_does_not_understand) {
  EXPECT_THAT(sweep_refusal("tv"), HasSubstr("expected OPTION=VALUES, got 'tv'"));
  EXPECT_THAT(sweep_refusal("tw=1"), HasSubstr("expected the name of a run option, got 'tw'"));
  EXPECT_THAT(sweep_refusal("tv="), HasSubstr("expected a value, got none"));
  EXPECT_THAT(sweep_refusal("tv=1,,2"), HasSubstr("expected a value, got none"));
  EXPECT_THAT(sweep_refusal("tv=1,1"), HasSubstr("each value once"));
  EXPECT_THAT(sweep_refusal("tv=-1"), HasSubstr("sweep: tv: expected"));
  EXPECT_THAT(sweep_refusal("tv=a"), HasSubstr("sweep: tv, column 1: expected"));
  EXPECT_THAT(sweep_refusal("canvas=pixel,pixle"), HasSubstr("did you mean pixel?"));
  EXPECT_THAT(sweep_refusal("lr=0.1:0.2:1"), HasSubstr("expected from 2 to 1024 values, got 1"));
  EXPECT_THAT(sweep_refusal("steps=1:3:9"), HasSubstr("each value once"));
  EXPECT_THAT(sweep_refusal("seed=1,2"), HasSubstr("--seeds"));
  EXPECT_THAT(sweep_refusal("batch=1,2"), HasSubstr("got batch"));
}

TEST(SweepGrid, has_a_cell_for_each_seed_and_value) {
  guide::RunOptions base;
  base.prompt = "a cat";
  base.seed = 5;
  const ExploreGrid seeds = sweep_grid(base, {}, 3);
  EXPECT_TRUE(seeds.columns.empty());
  ASSERT_EQ(seeds.cells.size(), 3u);
  EXPECT_EQ(seeds.cells[2].options.seed, 7u);
  EXPECT_EQ(seeds.cells[2].label, "seed 7");
  EXPECT_EQ(seeds.cells[2].name, "seed-7.png");

  const ExploreGrid one = sweep_grid(base, {parse_sweep("tv=0,50,200")}, 2);
  EXPECT_THAT(one.columns, ElementsAre("tv 0", "tv 50", "tv 200"));
  EXPECT_THAT(one.rows, ElementsAre("seed 5", "seed 6"));
  ASSERT_EQ(one.cells.size(), 6u);
  EXPECT_EQ(one.cells[4].options.tv.at(0), 50);
  EXPECT_EQ(one.cells[4].options.seed, 6u);
  EXPECT_EQ(one.cells[4].name, "tv-50_seed-6.png");

  const ExploreGrid two =
      sweep_grid(base, {parse_sweep("tv=0,50"), parse_sweep("lr=0.1,0.2,0.3")}, 2);
  EXPECT_THAT(two.rows, ElementsAre("lr 0.1", "lr 0.2", "lr 0.3"));
  EXPECT_THAT(two.blocks, ElementsAre("seed 5", "seed 6"));
  ASSERT_EQ(two.cells.size(), 12u);
  EXPECT_EQ(two.cells[6 + 2 * 2 + 1].name, "tv-50_lr-0.3_seed-6.png");
  EXPECT_EQ(two.cells[6 + 2 * 2 + 1].options.lr.at(0), 0.3);
}

TEST(SweepGrid, has_limits) {
  const guide::RunOptions base;
  const Sweep many = parse_sweep("tv=1:1000:1000");
  EXPECT_THROW(sweep_grid(base, {many}, 2), base::UsageError);
  EXPECT_THROW(sweep_grid(base, {parse_sweep("tv=1"), parse_sweep("tv=2")}, 1), base::UsageError);
  EXPECT_THROW(
      sweep_grid(base, {parse_sweep("tv=1"), parse_sweep("lr=2"), parse_sweep("cuts=2")}, 1),
      base::UsageError);
}

TEST(FileWord, keeps_values_apart_that_look_alike) {
  EXPECT_EQ(file_word("0.05"), "0.05");
  EXPECT_NE(file_word("a cat"), file_word("a/cat"));
  EXPECT_EQ(file_word("../a").find('/'), std::string::npos);
  EXPECT_NE(file_word(std::string(100, 'a')), file_word(std::string(101, 'a')));
}

TEST(BetweenGrid, mixes_prompts_and_shows_both_ends) {
  guide::RunOptions a, b;
  a.prompt = "a cat";
  b.prompt = "a dog";
  b.seed = 9;
  const ExploreGrid grid = between_grid({"a.png", a}, {"b.png", b}, a, 3, 1,
                                        [](double t) { return fmt::format("start-{}", t); });
  EXPECT_THAT(grid.columns, ElementsAre("t 0", "t 0.25", "t 0.5", "t 0.75", "t 1"));
  ASSERT_EQ(grid.cells.size(), 5u);
  EXPECT_EQ(grid.cells[0].given, "a.png");
  EXPECT_EQ(grid.cells[4].given, "b.png");
  EXPECT_TRUE(grid.cells[1].given.empty());
  EXPECT_EQ(grid.cells[1].options.prompt, "a cat:0.75 | a dog:0.25");
  EXPECT_EQ(grid.cells[1].options.init, "start-0.25");
  EXPECT_EQ(grid.cells[1].options.seed, 0u);
}

TEST(BetweenGrid, collages_resemble_both_ends) {
  guide::RunOptions a, b;
  a.prompt = "a cat";
  b.prompt = "a dog";
  a.canvas = "collage";
  a.init = "search";
  guide::RunOptions asked = a;
  asked.strength = 0.5;
  const auto start = [](double t) { return fmt::format("start-{}.png", t); };
  ExploreGrid grid = between_grid({"a.png", a}, {"b.png", b}, asked, 3, 1, start);
  EXPECT_THAT(grid.cells[1].options.image_prompts,
              ElementsAre("start-0.png:0.75", "start-1.png:0.25"));
  EXPECT_EQ(grid.cells[1].options.init, "search");
  EXPECT_EQ(grid.cells[1].options.strength, 1);
  asked.image_prompts = {"c.png"};
  asked.strength = 1;
  grid = between_grid({"a.png", a}, {"b.png", b}, asked, 1, 1, start);
  EXPECT_THAT(grid.cells[1].options.image_prompts, ElementsAre("c.png")) << "no likeness at all";
}

TEST(DepartsByLikeness, only_who_looks_for_objects_of_its_own) {
  guide::RunOptions options;
  EXPECT_FALSE(departs_by_likeness(options));
  options.canvas = "collage";
  options.init = "search";
  EXPECT_TRUE(departs_by_likeness(options));
  guide::RunOptions exactly = options, laid_in = options, weighed = options;
  exactly.strength = 0;
  laid_in.init = "gone.png";
  weighed.image_weights = "t";
  for (const guide::RunOptions& other : {exactly, laid_in, weighed})
    EXPECT_FALSE(departs_by_likeness(other));
  laid_in.init = CLIPGUIDE_FIXTURES "/resize/input.png";
  EXPECT_TRUE(departs_by_likeness(laid_in)) << "into a picture that is still there";
}

TEST(BlendedStart, mixes_levels_in_the_size_of_the_first_and_is_named_by_its_content) {
  const media::Picture black{4, 2, std::vector<std::uint8_t>(24, 0)};
  const media::Picture white{8, 8, std::vector<std::uint8_t>(192, 200)};
  const BlendedStart half = blended(black, white, 0.5);
  EXPECT_EQ(half.picture.width_px, 4);
  EXPECT_THAT(half.picture.rgb, testing::Each(100));
  EXPECT_EQ(half.name, blended(black, white, 0.5).name);
  EXPECT_NE(half.name, blended(black, white, 0.25).name);
  EXPECT_EQ(blended(black, white, 0).picture.rgb, black.rgb);
}

// Whether any pixel of the box is not white.
bool has_ink(const media::Picture& page, int left, int top, int right, int bottom) {
  for (int y = top; y < bottom; ++y)
    for (int x = left; x < right; ++x)
      if (page.rgb[std::size_t(y * page.width_px + x) * 3] != 255) return true;
  return false;
}

TEST(GridSheet, has_labels_beside_and_above_and_a_caption_below) {
  const media::Picture red{60, 40, std::vector<std::uint8_t>(60 * 40 * 3, 10)};
  GridSheet sheet;
  sheet.columns = {"tv 0", "tv 50"};
  sheet.rows = {"seed 1", "seed 2"};
  for (int i = 0; i < 4; ++i) sheet.cells.push_back({red, {"0.83"}, false});
  const media::Picture plain = draw_sheet(sheet);
  int left = 0, top = 0;  // of the first picture: the first full line of its colour
  for (top = 0; top < plain.height_px && left == 0; ++top)
    for (int x = 0; x + 59 < plain.width_px && left == 0; ++x) {
      bool all = true;
      for (int i = 0; i < 60 && all; ++i)
        all = plain.rgb[std::size_t(top * plain.width_px + x + i) * 3] == 10;
      if (all) left = x;
    }
  --top;
  ASSERT_GT(left, 0);
  EXPECT_TRUE(has_ink(plain, left, 0, left + 60, top)) << "the column's name";
  EXPECT_TRUE(has_ink(plain, 0, top, left, top + 40)) << "the row's name";
  EXPECT_TRUE(has_ink(plain, left, top + 41, left + 60, top + 58)) << "the caption";

  sheet.title = "a long title that goes over more than one line of such a small sheet";
  sheet.cells[0].marked = true;
  const media::Picture more = draw_sheet(sheet);
  EXPECT_EQ(more.width_px, plain.width_px);
  sheet.cells[0].caption = {"#1  0.83  judge 0.81"};
  EXPECT_GT(draw_sheet(sheet).width_px, plain.width_px) << "cells hold their captions";
  sheet.cells[0].caption = {std::string(500, 'x')};
  EXPECT_LT(draw_sheet(sheet).width_px, 600) << "long ones are cut";
  EXPECT_GT(more.height_px, plain.height_px + 30);
}

TEST(GridSheet, lays_cells_without_columns_out_as_they_fit_and_refuses_odd_counts) {
  const media::Picture dot{10, 10, std::vector<std::uint8_t>(300, 0)};
  GridSheet sheet;
  for (int i = 0; i < 5; ++i) sheet.cells.push_back({dot, {}, false});
  EXPECT_EQ(draw_sheet(sheet).width_px, 10 + 3 * 20);
  sheet.columns = {"a", "b"};
  sheet.rows = {"c", "d"};
  EXPECT_THROW(draw_sheet(sheet), base::ShapeError);
  EXPECT_THROW(draw_sheet({}), base::ShapeError);
}

}  // namespace
}  // namespace clipguide::workflow
