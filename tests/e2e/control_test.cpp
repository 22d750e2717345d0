/// Control of the picture through the program: canvases, masks, symmetry, tiles, schedules.
#include <set>

#include "clipguide/media/picture.h"
#include "e2e/program.h"
#include "support/tiny_decoder.h"
#include "support/tiny_forms.h"

namespace clipguide::e2e {
namespace {

class Control : public Program {
 protected:
  media::Picture picture(const std::string& name) const {
    return media::read_picture(folder_ / name);
  }

  void write(const std::string& name, int width, int height,
             const std::function<std::array<std::uint8_t, 3>(int x, int y)>& colour) const {
    media::Picture made;
    made.width_px = width;
    made.height_px = height;
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x)
        for (const std::uint8_t level : colour(x, y)) made.rgb.push_back(level);
    media::write_picture(folder_ / name, made);
  }

  static std::array<int, 3> pixel(const media::Picture& picture, int x, int y) {
    const std::size_t at = std::size_t(y * picture.width_px + x) * 3;
    return {picture.rgb[at], picture.rgb[at + 1], picture.rgb[at + 2]};
  }

  static int difference(const media::Picture& a, const media::Picture& b) {
    int most = 0;
    for (std::size_t i = 0; i < a.rgb.size(); ++i)
      most = std::max(most, std::abs(int(a.rgb[i]) - int(b.rgb[i])));
    return most;
  }

  void write_start() const {
    write("start.png", 64, 64, [](int x, int y) {
      return std::array<std::uint8_t, 3>{std::uint8_t(4 * x), std::uint8_t(4 * y),
                                         std::uint8_t(128 + (x ^ y))};
    });
  }
};

TEST_F(Control, every_canvas_makes_a_picture_and_can_be_rerun) {
  const test::TinyAutoencoder files;
  const test::TinyForms forms;
  for (const char* canvas : {"wavelet", "palette", "siren", "latent", "collage"}) {
    SCOPED_TRACE(canvas);
    std::vector<std::string> arguments =
        tiny({"-o", "out.png", "--json", "--canvas", canvas, "--steps", "12"});
    if (canvas == std::string("latent"))
      arguments.insert(arguments.end(), {"--decoder", files.decoder().string()});
    if (canvas == std::string("collage"))
      arguments.insert(arguments.end(), {"--forms", forms.path().string(), "--init", "noise"});
    parsed(run(arguments));
    const media::Picture first = picture("out.png");
    const auto [low, high] = std::minmax_element(first.rgb.begin(), first.rgb.end());
    EXPECT_GT(*high - *low, 4) << "the run left its mark";
    parsed(run({"rerun", "out.png", "-o", "again.png", "--json", "--threads", "1"}));
    EXPECT_EQ(difference(first, picture("again.png")), 0);
  }
}

TEST_F(Control, a_palette_has_its_colours_and_no_others) {
  parsed(run(tiny({"-o", "out.png", "--json", "--canvas", "palette", "--cell", "4", "--colours",
                   "#000000,#ff0000,#ffffff", "--init", "noise", "--views", "das"})));
  const media::Picture made = picture("out.png");
  std::set<std::array<int, 3>> colours;
  for (int y = 0; y < 64; ++y)
    for (int x = 0; x < 64; ++x) {
      colours.insert(pixel(made, x, y));
      EXPECT_EQ(pixel(made, x, y), pixel(made, x / 4 * 4, y / 4 * 4)) << x << "," << y;
    }
  const std::set<std::array<int, 3>> given = {{0, 0, 0}, {255, 0, 0}, {255, 255, 255}};
  EXPECT_EQ(colours, given);
  expect_error(run(tiny({"--canvas", "palette", "--keep", "best"})), 2, "keep: expected last");
  expect_error(run(tiny({"--colours", "red"})), 2, "--colours: expected a number from 2 to 256");
}

TEST_F(Control, a_latent_canvas_wants_a_decoder) {
  expect_error(run(tiny({"--canvas", "latent"})), 2, "expected a decoder, got none");
  expect_error(run(tiny({"--canvas", "latent", "--decoder", "none.pth"})), 1, "none.pth");
  expect_error(
      run(tiny({"--canvas", "latent", "--decoder", kModel + "/open_clip_model.safetensors"})), 1,
      "expected a tiny autoencoder's decoder");
}

TEST_F(Control, a_collage_wants_a_generator) {
  expect_error(run(tiny({"--canvas", "collage"})), 2, "expected a generator of forms, got none");
  expect_error(run(tiny({"--canvas", "collage", "--forms", "none.safetensors"})), 1,
               "none.safetensors");
  expect_error(
      run(tiny({"--canvas", "collage", "--forms", kModel + "/open_clip_model.safetensors"})), 1,
      "expected a generator of forms");
}

TEST_F(Control, strength_bounds_how_far_the_picture_departs) {
  write_start();
  const auto departure = [&](const char* canvas, const char* strength) {
    parsed(run(tiny({"-o", "out.png", "--json", "-i", "start.png", "--strength", strength,
                     "--canvas", canvas, "--lr", "0.5"})));
    return difference(picture("out.png"), picture("start.png"));
  };
  for (const char* canvas : {"pixel", "pyramid", "wavelet", "palette"}) {
    SCOPED_TRACE(canvas);
    EXPECT_EQ(departure(canvas, "0"), 0);
    const int some = departure(canvas, "0.2");
    EXPECT_GT(some, 0);
    EXPECT_LE(some, 52);  // 0.2 of 255, and a level
  }
}

TEST_F(Control, a_mask_keeps_what_it_covers) {
  write_start();
  write("mask.png", 64, 64, [](int x, int) {
    const std::uint8_t level = x < 32 ? 0 : 255;
    return std::array<std::uint8_t, 3>{level, level, level};
  });
  const media::Picture start = picture("start.png");
  const auto kept = [&](const std::vector<std::string>& more, int x) {
    std::vector<std::string> arguments =
        tiny({"-o", "out.png", "--json", "-i", "start.png", "--mask", "mask.png", "--lr", "0.1"});
    arguments.insert(arguments.end(), more.begin(), more.end());
    parsed(run(arguments));
    const media::Picture made = picture("out.png");
    int same = 0;
    for (int y = 0; y < 64; ++y) same += pixel(made, x, y) == pixel(start, x, y);
    return same;
  };
  for (const char* canvas : {"pyramid", "fourier"}) {
    SCOPED_TRACE(canvas);
    EXPECT_EQ(kept({"--canvas", canvas}, 10), 64);
    EXPECT_LT(kept({"--canvas", canvas}, 50), 32);
    EXPECT_EQ(kept({"--canvas", canvas, "--mask-invert"}, 50), 64);
    EXPECT_LT(kept({"--canvas", canvas, "--mask-invert"}, 10), 32);
  }
  EXPECT_EQ(kept({"--mask-feather", "16"}, 10), 64) << "beyond the soft edge";
  EXPECT_LT(kept({"--mask-feather", "16"}, 27), 48) << "within it";
  expect_error(run(tiny({"--mask", "none.png"})), 1, "none.png");
}

TEST_F(Control, a_masked_run_resumes_to_the_same_bits) {
  write("mask.png", 64, 64, [](int x, int y) {
    const std::uint8_t level = std::uint8_t(x + y);
    return std::array<std::uint8_t, 3>{level, level, level};
  });
  const std::vector<std::string> how = {"--json",     "--init",   "noise",   "--mask", "mask.png",
                                        "--symmetry", "four",     "--steps", "40",     "--canvas",
                                        "palette",    "--frames", "frames"};
  std::vector<std::string> whole = tiny(how), part = tiny(how);
  whole.insert(whole.end(), {"-o", "whole.png"});
  part.insert(part.end(), {"-o", "part.png"});
  parsed(run(whole));
  const auto is_midway = [&] { return fs::exists(folder_ / "frames/000003.png"); };
  cut_off(part, "frames", is_midway, SIGINT);
  parsed(run({"resume", "part.png.snapshot", "--json", "--threads", "1"}));
  EXPECT_EQ(difference(picture("whole.png"), picture("part.png")), 0);
}

TEST_F(Control, a_style_image_gives_its_colours) {
  write("style.png", 80, 50, [](int x, int y) {
    return std::array<std::uint8_t, 3>{std::uint8_t(200 + (x + y) % 30), 40, 20};
  });
  const auto mean_red = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments =
        tiny({"-o", "out.png", "--json", "--canvas", "pixel", "--steps", "30", "--lr", "0.05"});
    arguments.insert(arguments.end(), more.begin(), more.end());
    parsed(run(arguments));
    const media::Picture made = picture("out.png");
    double sum = 0;
    for (std::size_t i = 0; i < made.rgb.size(); i += 3) sum += made.rgb[i] - made.rgb[i + 1];
    return sum * 3 / double(made.rgb.size());
  };
  EXPECT_GT(mean_red({"--style-image", "style.png:20"}), mean_red({}) + 40);
  expect_error(run(tiny({"--style-image", "none.png"})), 1, "none.png");
  expect_error(run(tiny({"--style-image", "style.png:-1"})), 2,
               "style-image: expected a weight of at least 0, got -1");
}

TEST_F(Control, symmetry_is_exact) {
  parsed(run(tiny({"-o", "out.png", "--json", "--symmetry", "left-right", "--init", "noise"})));
  const media::Picture made = picture("out.png");
  for (int y = 0; y < 64; ++y)
    for (int x = 0; x < 32; ++x) EXPECT_EQ(pixel(made, x, y), pixel(made, 63 - x, y));
  expect_error(run(tiny({"--symmetry", "radial"})), 2, "--symmetry: expected none, left-right");
}

TEST_F(Control, a_tile_has_no_margin_and_other_views) {
  for (const char* views : {"das", "plain", "aphantasia", "disco"}) {
    SCOPED_TRACE(views);
    parsed(run(tiny({"-o", "tile.png", "--json", "--tile", "--views", views})));
    parsed(run(tiny({"-o", "plain.png", "--json", "--views", views})));
    EXPECT_GT(difference(picture("tile.png"), picture("plain.png")), 0);
  }
  expect_error(run(tiny({"--tile", "--margin", "8"})), 2, "margin: expected none around a tile");
}

TEST_F(Control, the_picture_can_be_written_larger) {
  for (const char* canvas : {"siren", "palette", "pyramid"}) {
    SCOPED_TRACE(canvas);
    const json result =
        parsed(run(tiny({"-o", "out.png", "--json", "--canvas", canvas, "--export-scale", "3"})));
    EXPECT_EQ(picture("out.png").width_px, 192);
    EXPECT_TRUE(result["similarity"].is_number());
  }
  parsed(run(tiny({"-o", "odd.png", "--json", "--canvas", "siren", "--export-scale", "2.3"})));
  EXPECT_EQ(picture("odd.png").width_px, 147);
  expect_error(run(tiny({"-W", "16384", "--export-scale", "16"})), 2, "export-scale: expected");
}

TEST_F(Control, numbers_may_change_over_the_run) {
  const auto made = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments = tiny({"-o", "out.png", "--json"});
    arguments.insert(arguments.end(), more.begin(), more.end());
    parsed(run(arguments));
    return picture("out.png");
  };
  // The same number written as a curve gives the same picture, another curve another.
  EXPECT_EQ(difference(made({"--lr", "0.05"}), made({"--lr", "0:0.05, 1:0.05"})), 0);
  EXPECT_GT(difference(made({"--lr", "0.05"}), made({"--lr", "0.05*(1 - t)"})), 0);
  EXPECT_GT(difference(made({"--tv", "50"}), made({"--tv", "0:50, 0.5:0"})), 0);
  EXPECT_GT(difference(made({}), made({"--view", "noise=0:5, 1:0"})), 0);
  // It survives in the picture.
  made({"--lr", "0.05*(1 - t)", "--tv", "t"});
  parsed(run({"rerun", "out.png", "-o", "again.png", "--json", "--threads", "1"}));
  EXPECT_EQ(difference(picture("out.png"), picture("again.png")), 0);
  expect_error(run(tiny({"--lr", "0:1, 2:1"})), 2, "--lr, column 6: expected a time from 0 to 1");
  expect_error(run(tiny({"--tv", "0.5 - t"})), 2, "--tv: expected a finite number, 0 or more");
}

TEST_F(Control, a_schedule_file_is_as_the_flags_that_it_stands_for) {
  const auto made = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments =
        tiny({"-o", "out.png", "--json", "-n", "a pear | a cat", "--steps", "8"});
    const auto cuts = std::find(arguments.begin(), arguments.end(), "--cuts");
    arguments.erase(cuts, cuts + 2);  // a flag has the last word
    arguments.insert(arguments.end(), more.begin(), more.end());
    parsed(run(arguments));
    return picture("out.png");
  };
  const auto write_schedule = [&](const std::string& text) {
    std::ofstream(folder_ / "s.toml") << text;
  };
  write_schedule(
      "lr = [[0, 0.1], [1, 0.02]]\ntv = \"t\"\ncuts = \"0:6, 0.5:2\"\n"
      "negative-weights = [[[0, 1], [1, 0]], 0.5]\n[view]\nnoise = \"1 - t\"\n");
  const media::Picture by_file = made({"--schedule", "s.toml"});
  const std::vector<std::string> flags = {
      "--lr",        "0:0.1, 1:0.02",      "--tv",          "t", "--cuts", "0:6, 0.5:2", "--view",
      "noise=1 - t", "--negative-weights", "0:1, 1:0 | 0.5"};
  const media::Picture by_flags = made(flags);
  EXPECT_EQ(difference(by_file, by_flags), 0);
  EXPECT_GT(difference(by_file, made({})), 0);
  // The picture holds all of it, and a flag has the last word.
  made({"--schedule", "s.toml"});
  fs::remove(folder_ / "s.toml");
  parsed(run({"rerun", "out.png", "-o", "again.png", "--json", "--threads", "1"}));
  EXPECT_EQ(difference(by_file, picture("again.png")), 0);
  write_schedule("tv = \"1000*t\"\n");
  EXPECT_EQ(difference(made({"--schedule", "s.toml", "--tv", "0"}), made({})), 0);

  expect_error(run(tiny({"--schedule", "none.toml"})), 1, "none.toml");
  write_schedule("tv = 1\nsaturatoin = 1\n");
  expect_error(run(tiny({"--schedule", "s.toml"})), 2, "s.toml: line 2: unknown key 'saturatoin'");
  write_schedule("steps = 3\n");
  expect_error(run(tiny({"--schedule", "s.toml"})), 2,
               "s.toml: line 1: steps: expected an option that can change over the run");
  write_schedule("prompt-weights = 1\n");
  expect_error(run({"film", "a cat", "--schedule", "s.toml"}), 2,
               "s.toml: line 1: prompt-weights: expected an option that this command takes");
}

TEST_F(Control, the_example_of_a_schedule_makes_a_picture) {
  parsed(run(tiny({"-o", "out.png", "--json", "--schedule",
                   CLIPGUIDE_SOURCE_DIR "/examples/schedule/bold_start.toml"})));
}

TEST_F(Control, factors_want_what_they_weigh) {
  expect_error(run(tiny({"--negative-weights", "t"})), 2,
               "negative-weights: expected negative prompts to weigh, got none");
  expect_error(run(tiny({"--negative-weights", "t", "--avoid", "letters"})), 2,
               "negative-weights: expected negative prompts to weigh, got none");
  expect_error(run(tiny({"--region-weights", "1 | t", "--region", "0,0,1,0.5: a pear"})), 2,
               "region-weights: expected 1 of them, one for each region, got 2");
  expect_error(run(tiny({"--style-weights", "t - 1"})), 2,
               "--style-weights: expected finite factors, 0 or more");
  expect_error(run(tiny({"--cuts", "0:4, 1:-1"})), 2,
               "--cuts: expected a number from 0 to 65536, got -1");
}

TEST_F(Control, prompts_can_take_turns) {
  const auto made = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments = {
        "generate", "-m", kModel,   "-W", "64",        "-H", "64",     "--steps", "12",
        "--cuts",   "4",  "--seed", "7",  "--threads", "1",  "--json", "-o",      "out.png"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    parsed(run(arguments));
    return picture("out.png");
  };
  const std::string both = "a red apple | a pear";
  const media::Picture morph = made({"-p", both, "--morph"});
  EXPECT_GT(difference(morph, made({"-p", both})), 0);
  EXPECT_EQ(difference(morph, made({"-p", both, "--prompt-weights", "1-t | t"})), 0);
  // With one of them switched off it is as if it were not there.
  EXPECT_LE(
      difference(made({"-p", both, "--prompt-weights", "1 | 0"}), made({"-p", "a red apple"})), 2);
  EXPECT_EQ(difference(made({"-p", both, "--prompt-weights", "1 - t"}),
                       made({"-p", both, "--prompt-weights", "1 - t | 1 - t"})),
            0);
  expect_error(run(tiny({"--morph"})), 2, "morph: expected at least two prompts, got 1");
  expect_error(run(tiny({"--prompt-weights", "1 | t"})), 2,
               "prompt-weights: expected 1 of them, one for each prompt, got 2");
  expect_error(run(tiny({"--prompt-weights", "t-1"})), 2, "expected finite factors");
}

TEST_F(Control, a_region_has_a_prompt_of_its_own) {
  const auto made = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments =
        tiny({"-o", "out.png", "--json", "--canvas", "pixel", "--views", "plain", "--steps", "1"});
    arguments.insert(arguments.end(), more.begin(), more.end());
    parsed(run(arguments));
    return picture("out.png");
  };
  const media::Picture plain = made({}), region = made({"--region", "0.5,0,0.5,1: a pear:5"});
  int left = 0, right = 0;
  for (int y = 0; y < 64; ++y)
    for (int x = 0; x < 64; ++x)
      (x < 30 ? left : right) += pixel(plain, x, y) != pixel(region, x, y);
  EXPECT_GT(right, 10 * std::max(left, 1)) << "its first pull ends at its box";
  parsed(run({"rerun", "out.png", "-o", "again.png", "--json", "--threads", "1"}));
  EXPECT_EQ(difference(region, picture("again.png")), 0);
  expect_error(run(tiny({"--region", "0.5,0,0.6,1: a pear"})), 2, "a box inside the picture");
  expect_error(run(tiny({"--region", "a pear"})), 2, "--region: expected X,Y,WIDTH,HEIGHT:TEXT");
}

}  // namespace
}  // namespace clipguide::e2e
