#include "clipguide/workflow/film_script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "clipguide/base/error.h"
#include "clipguide/workflow/film.h"
#include "clipguide/workflow/prompt_mix.h"

namespace clipguide::workflow {
namespace {

using testing::HasSubstr;

FilmScript read(const std::string& text, int frames = 0) {
  FilmScript film;
  read_film(SpecTable::parse(text, "a.toml"), film);
  if (frames > 0) film.frames = frames;
  settle_story(film);
  return film;
}

std::string film_refusal(const std::string& text, int frames = 0) {
  try {
    read(text, frames);
  } catch (const base::UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(MixedPrompts, go_from_one_to_the_other_and_keep_what_both_have) {
  EXPECT_EQ(mixed_prompts("a cat", "a dog", 0), "a cat");
  EXPECT_EQ(mixed_prompts("a cat", "a dog", 1), "a dog");
  EXPECT_EQ(mixed_prompts("a cat", "a dog", 0.25), "a cat:0.75 | a dog:0.25");
  EXPECT_EQ(mixed_prompts("a cat | fog:0.5", "a dog | fog:0.5", 0.4),
            "a cat:0.6 | fog:0.5 | a dog:0.4");
  EXPECT_EQ(mixed_prompts("", "text", 0.5), "text:0.5");
  EXPECT_EQ(mixed_prompts("a cat", "a cat", 0.3), "a cat");
  EXPECT_EQ(mixed_prompts("\"ratio 16:9\":2", "a dog", 0.5), "\"ratio 16:9\" | a dog:0.5");
}

TEST(FilmScript, reads_numbers_curves_and_a_story) {
  const FilmScript film = read(R"(
frames = 11
fps = 24.5
zoom = "1 + 0.1*t"
rotate = -2
border = "wrap"
resample = "bilinear"
[[story]]
prompt = "a cat"
frame = 1
hold = 2
[[story]]
prompt = "a dog"
frame = 7
)");
  EXPECT_EQ(film.fps, 24.5);
  EXPECT_EQ(film.border, imaging::Border::wrap);
  EXPECT_EQ(film.resample, imaging::Kernel::bilinear);
  EXPECT_EQ(frame_of(film, 1).motion, imaging::Motion()) << "nothing is before the first frame";
  EXPECT_DOUBLE_EQ(frame_of(film, 6).motion.zoom, 1.05);
  EXPECT_DOUBLE_EQ(frame_of(film, 11).motion.zoom, 1.1);
  EXPECT_DOUBLE_EQ(frame_of(film, 2).motion.rotate_deg, -2);
  EXPECT_EQ(frame_of(film, 3).options.prompt, "a cat");
  EXPECT_EQ(frame_of(film, 4).options.prompt, "a cat:0.75 | a dog:0.25");
  EXPECT_EQ(frame_of(film, 7).options.prompt, "a dog");
  EXPECT_EQ(frame_of(film, 11).options.prompt, "a dog");
}

TEST(FilmScript, spreads_a_story_without_frames_evenly) {
  const FilmScript film =
      read("frames = 9\n[[story]]\nprompt='a'\n[[story]]\nprompt='b'\n[[story]]\nprompt='c'\n");
  EXPECT_EQ(film.story[0].frame, 1);
  EXPECT_EQ(film.story[1].frame, 5);
  EXPECT_EQ(film.story[2].frame, 9);
  EXPECT_EQ(prompt_at(film.story, 3), "a:0.5 | b:0.5");
}

TEST(FilmScript, a_morph_runs_over_the_film_and_not_over_each_frame) {
  FilmScript film;
  film.frames = 5;
  film.first.prompt = film.later.prompt = "a cat | a dog:2";
  film.first.morph = film.later.morph = true;
  settle_story(film);
  EXPECT_EQ(frame_of(film, 1).options.prompt, "a cat");
  EXPECT_EQ(frame_of(film, 3).options.prompt, "a cat:0.5 | a dog");
  EXPECT_FALSE(frame_of(film, 3).options.morph);
  film.story.clear();
  film.first.morph = true;
  film.first.prompt = "a cat";
  EXPECT_THROW(settle_story(film), base::UsageError);
}

TEST(FilmScript, later_frames_are_gentler_unless_the_user_chose) {
  guide::RunOptions options;
  options.lr = 0.04;
  options.coarse_to_fine = 1;
  options.strength = 0.5;
  options.steps = 33;
  FilmScript film;
  share_options(film, options, 80, [](const std::string&) { return false; });
  EXPECT_EQ(film.first.steps, 80);
  EXPECT_EQ(film.later.steps, kLaterSteps);
  EXPECT_EQ(film.first.strength, 1) << "there is nothing to keep yet";
  EXPECT_EQ(film.later.strength, 0.5);
  EXPECT_DOUBLE_EQ(film.later.lr.at(0), 0.02);
  EXPECT_EQ(film.later.coarse_to_fine, 0);
  share_options(film, options, 80, [](const std::string&) { return true; });
  EXPECT_EQ(film.later.steps, 33);
  EXPECT_DOUBLE_EQ(film.later.lr.at(0), 0.04);
  EXPECT_EQ(film.later.coarse_to_fine, 1);
}

TEST(FilmScript, each_frame_has_a_seed_of_its_own_and_starts_with_the_one_before) {
  FilmScript film;
  film.frames = 3;
  film.first.seed = film.later.seed = 7;
  film.first.init = film.later.init = "start.png";
  EXPECT_EQ(frame_of(film, 1).options.init, "start.png");
  EXPECT_EQ(frame_of(film, 3).options.init, "grey");
  EXPECT_EQ(frame_of(film, 3).options.seed, 9u);
}

TEST(FilmScript, refuses_what_cannot_be_with_its_line) {
  EXPECT_THAT(film_refusal("frames = 0"), HasSubstr("a.toml: line 1: frames: expected"));
  EXPECT_THAT(film_refusal("\nzoom = 0"), HasSubstr("a.toml: line 2: zoom: expected"));
  EXPECT_THAT(film_refusal("zoom = '1+'"), HasSubstr("a.toml: line 1: zoom, column 3"));
  EXPECT_THAT(film_refusal("pan_x = '2*t'"),
              HasSubstr("pan-x: expected a number or curve from -1 to 1"));
  EXPECT_THAT(film_refusal("border = 'black'"), HasSubstr("border: expected one of reflect, wrap"));
  EXPECT_THAT(film_refusal("[[story]]\nprompt = 'a'\nfram = 2"),
              HasSubstr("line 3: unknown key 'fram'"));
  EXPECT_THAT(film_refusal("[[story]]\nframe = 2"),
              HasSubstr("prompt: expected a text, got nothing"));
  EXPECT_THAT(film_refusal("[[story]]\nprompt = ''"), HasSubstr("line 2: prompt, column 1"));
  EXPECT_THAT(film_refusal("prompt = 'x'\n[[story]]\nprompt = 'a'"), HasSubstr("got both"));
  const std::string two = "[[story]]\nprompt='a'\nframe=3\nhold=4\n[[story]]\nprompt='b'\n";
  EXPECT_THAT(film_refusal(two),
              HasSubstr("expected a frame for each of its 2 prompts or for none"));
  EXPECT_THAT(film_refusal(two + "frame=7"), HasSubstr("expected \"b\" at a frame after 7"));
  EXPECT_THAT(film_refusal(two + "frame=9", 8), HasSubstr("expected frames from 1 to 8, got 9"));
  EXPECT_EQ(film_refusal(two + "frame=8"), "");
  EXPECT_THROW(parse_fps("0"), base::UsageError);
  EXPECT_THROW(parse_fps("many"), base::UsageError);
}

}  // namespace
}  // namespace clipguide::workflow
