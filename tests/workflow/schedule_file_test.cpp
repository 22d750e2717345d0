#include "clipguide/workflow/schedule_file.h"

#include <gtest/gtest.h>

#include <fstream>

#include "clipguide/base/error.h"
#include "clipguide/workflow/film_script.h"
#include "clipguide/workflow/option_range.h"
#include "support/temporary_folder.h"

namespace clipguide::workflow {
namespace {

guide::RunOptions scheduled(const std::string& text) {
  guide::RunOptions options;
  parse_schedule(text, "s.toml").apply_run_options(options);
  return options;
}

std::string refusal_of(const std::string& text) {
  try {
    scheduled(text);
  } catch (const base::UsageError& error) {
    return std::string(error.what()) + "|" + error.hint();
  }
  return "none";
}

TEST(ScheduleFile, writes_curves_as_numbers_texts_or_keyframes) {
  const guide::RunOptions options = scheduled(
      "tv = 3\nlr = \"0.1*(1 - t)\"\nsaturation = [[0, 1.5], [0.5, 0.25], [1, 0]]\n"
      "cuts = [[0, 32], [0.5, 8]]\ncoarse_to_fine = [[0, 0.1], [0.5, 1]]\n");
  EXPECT_EQ(options.tv, guide::Curve(3));
  EXPECT_EQ(options.lr, guide::Curve::parse("0.1*(1 - t)", "lr"));
  EXPECT_EQ(options.saturation, guide::Curve::parse("0:1.5, 0.5:0.25, 1:0", "saturation"));
  EXPECT_EQ(options.cuts, guide::Curve::parse("0:32, 0.5:8", "cuts"));
  EXPECT_EQ(options.coarse_to_fine, guide::Curve::parse("0:0.1, 0.5:1", "coarse-to-fine"));
}

TEST(ScheduleFile, several_curves_are_a_list) {
  const guide::RunOptions options = scheduled(
      "prompt-weights = [\"1 - t\", 0.5, [[0, 1], [1, 2]]]\nnegative_weights = 2\n"
      "image-weights = [[0, 1], [1, 0]]\nregion-weights = \"t | 1\"\n");
  EXPECT_EQ(options.prompt_weights, "1 - t | 0.5 | 0:1, 1:2");
  EXPECT_EQ(options.negative_weights, "2");
  EXPECT_EQ(options.image_weights, "0:1, 1:0") << "keyframes of one curve";
  EXPECT_EQ(options.region_weights, "t | 1");
}

TEST(ScheduleFile, view_is_a_table_of_strengths) {
  const guide::RunOptions options =
      scheduled("tv = 1\n[view]\nnoise = [[0, 2], [1, 0]]\nflip = 0\nroll = \"1 - t\"\n");
  EXPECT_EQ(options.view_strengths,
            (std::vector<std::string>{"flip=0", "noise=0:2, 1:0", "roll=1 - t"}));
  EXPECT_EQ(scheduled("view = [\"noise=t\"]").view_strengths, std::vector<std::string>{"noise=t"});
}

TEST(ScheduleFile, refuses_in_one_line_with_its_number) {
  EXPECT_EQ(refusal_of("tv = 1\nsaturatoin = 2\n"),
            "s.toml: line 2: unknown key 'saturatoin'|did you mean saturation?");
  EXPECT_EQ(refusal_of("imge_weights = 1"),
            "s.toml: line 1: unknown key 'imge_weights'|did you mean image-weights?");
  EXPECT_EQ(refusal_of("tv = 1\n\nsteps = 7\n"),
            "s.toml: line 3: steps: expected an option that can change over the run, got one that "
            "cannot|");
  EXPECT_EQ(refusal_of("[view]\nflip = 1\nnois = 1\n"),
            "s.toml: line 3: unknown key 'nois'|did you mean noise?");
  EXPECT_EQ(refusal_of("tv = [[0, 1], [0, 2]]"),
            "s.toml: line 1: tv: expected keyframes [t, value] with t from 0 to 1, each later than "
            "the one before, got [0,2]|");
  EXPECT_EQ(refusal_of("tv = [[0, 1], [2, 2]]"),
            "s.toml: line 1: tv: expected keyframes [t, value] with t from 0 to 1, each later than "
            "the one before, got [2,2]|");
  EXPECT_EQ(refusal_of("tv = [0, 1]"),
            "s.toml: line 1: tv: expected a number, a text or keyframes [[t, value], ..], got "
            "[0,1]|");
  EXPECT_EQ(refusal_of("tv = [[0, 1], [1, -2]]"),
            "s.toml: line 1: tv: expected a finite number, 0 or more, got -2.0|");
  EXPECT_EQ(refusal_of("style-weights = [[[0, 1]], true]"),
            "s.toml: line 1: style-weights: expected a number, a text or keyframes [[t, value], "
            "..], got true|");
  EXPECT_EQ(refusal_of("image-weights = [-1]"),
            "s.toml: line 1: image-weights: expected finite factors, 0 or more, got -1 from '-1'|");
  EXPECT_EQ(refusal_of("lr = \"fast\""),
            "s.toml: line 1: lr, column 1: expected t, pi, sin, cos, exp, log, sqrt, abs, min or "
            "max, got 'fast'|");
  EXPECT_THROW(read_schedule("/no/such/schedule.toml"), base::IoError);
}

TEST(ScheduleFile, other_files_write_curves_in_the_same_way) {
  const SpecTable script = SpecTable::parse(
      "zoom = [[0, 1.1], [1, 1]]\ntv = [[0, 1], [1, 0]]\n[ranges]\n"
      "saturation = [0, [[0, 1], [1, 0]]]\ncuts = { from = 2, to = 4 }\n",
      "film.toml");
  FilmScript film;
  read_film(script, film);
  EXPECT_DOUBLE_EQ(film.zoom.at(0.5), 1.05);
  guide::RunOptions options;
  script.apply_run_options(options, {"zoom", "ranges"});
  EXPECT_DOUBLE_EQ(options.tv.at(0.25), 0.75);

  const SpecTable ranges = *script.table("ranges");
  const OptionRange saturation = OptionRange::read(ranges, "saturation");
  const OptionRange cuts = OptionRange::read(ranges, "cuts");
  bool curved = false;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    saturation.apply(options, saturation.draw(base::RandomStream(seed, "draw")));
    curved = curved || !options.saturation.constant();
    const nlohmann::json drawn = cuts.draw(base::RandomStream(seed, "draw"));
    EXPECT_TRUE(drawn.is_number_integer()) << drawn;
    cuts.apply(options, drawn);
  }
  EXPECT_TRUE(curved);
}

TEST(ScheduleFile, the_example_is_one) {
  guide::RunOptions options;
  read_schedule(CLIPGUIDE_SOURCE_DIR "/examples/schedule/bold_start.toml")
      .apply_run_options(options);
  EXPECT_DOUBLE_EQ(options.lr.at(0), 0.024);
  EXPECT_FALSE(options.cuts.constant());
  EXPECT_EQ(options.view_strengths,
            (std::vector<std::string>{"affine=1", "noise=0.8 - 0.5*t", "roll=0.25"}));
}

}  // namespace
}  // namespace clipguide::workflow
