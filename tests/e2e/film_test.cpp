/// clipguide film: frames that begin with the one before, and a film of them.
#include <fmt/format.h>

#include "clipguide/canvas/saved_collage.h"
#include "clipguide/media/picture.h"
#include "e2e/program.h"

namespace clipguide::e2e {
namespace {

class Film : public Program {
 protected:
  Film() { write_script("pan_x = 0.05"); }

  void write_script(const std::string& more) const {
    std::ofstream(folder_ / "a.toml") << R"(frames = 6
fps = 10
size = 48
seed = 5
first_steps = 3
steps = 2
cuts = 2
init = "noise"
canvas = "pixel"
)" << more << R"(
[[story]]
prompt = "a cat"
[[story]]
prompt = "a dog"
)";
  }

  static std::vector<std::string> film(std::vector<std::string> more) {
    std::vector<std::string> all = {"film", "a.toml", "-m", kModel, "--threads", "1"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  /// All frames, by name.
  std::map<std::string, std::string> frames(const std::string& folder) const {
    std::map<std::string, std::string> found;
    for (const auto& entry : fs::directory_iterator(folder_ / folder))
      if (entry.path().extension() == ".png")
        found[entry.path().filename()] = file_content(entry.path());
    return found;
  }

  static bool has_ffmpeg() {
    return test::run_command({"sh", "-c", "command -v ffmpeg"}).exit_code == 0;
  }
};

TEST_F(Film, writes_frames_a_manifest_and_the_film) {
  if (!has_ffmpeg()) GTEST_SKIP() << "no ffmpeg here";
  const json result = parsed(run(film({"--json", "-o", "a.gif", "--zoom", "1.1"})));
  EXPECT_EQ(result["film"], "a.gif");
  EXPECT_EQ(result["folder"], "a-frames");
  EXPECT_EQ(result["made"], 6);
  EXPECT_EQ(file_content(folder_ / "a.gif").substr(0, 3), "GIF");
  const auto made = frames("a-frames");
  EXPECT_EQ(made.size(), 6u) << "and nothing that was only needed on the way";
  EXPECT_EQ(media::read_picture(folder_ / "a-frames/000006.png").width_px, 48);
  const json manifest = json::parse(file_content(folder_ / "a-frames/film.json"));
  EXPECT_EQ(manifest["complete"], true);
  ASSERT_EQ(manifest["frames"].size(), 6u);
  EXPECT_EQ(manifest["frames"][0]["prompt"], "a cat");
  EXPECT_EQ(manifest["frames"][1]["prompt"], "a cat:0.8 | a dog:0.2");
  EXPECT_EQ(manifest["frames"][0]["steps"], 3);
  EXPECT_EQ(manifest["frames"][5]["steps"], 2);
  EXPECT_EQ(manifest["frames"][5]["motion"]["zoom"], 1.1);
}

TEST_F(Film, a_frame_begins_with_the_one_before_as_the_camera_sees_it) {
  ASSERT_EQ(run(film({"-o", "still", "--frames", "2", "--lr", "1e-7", "--pan-x", "0.25", "--border",
                      "wrap", "--margin", "0"}))
                .exit_code,
            0);
  const media::Picture first = media::read_picture(folder_ / "still/000001.png");
  const media::Picture second = media::read_picture(folder_ / "still/000002.png");
  int most = 0;
  for (int y = 0; y < 48; ++y)
    for (int x = 0; x < 48; ++x)
      for (int c = 0; c < 3; ++c)
        most =
            std::max(most, std::abs(int(second.rgb[std::size_t(y * 48 + x) * 3 + c]) -
                                    int(first.rgb[std::size_t(y * 48 + (x + 12) % 48) * 3 + c])));
  EXPECT_LE(most, 2) << "a quarter of the width to the left";
}

TEST_F(Film, makes_no_frame_twice_and_anew_from_the_first_that_changes) {
  ASSERT_EQ(run(film({"-o", "f"})).exit_code, 0);
  const auto whole = frames("f");
  fs::remove(folder_ / "f/000003.png");
  const json again = parsed(run(film({"-o", "f", "--json"})));
  EXPECT_EQ(again["made"], 1) << "it came out the same, so those after it still hold";
  EXPECT_EQ(frames("f"), whole);

  // From the fourth frame on the camera does something else.
  write_script("pan_x = '0:0.05, 0.4:0.05, 0.41:0.1'");
  const json changed = parsed(run(film({"-o", "f", "--json"})));
  EXPECT_EQ(changed["made"], 3);
  const auto after = frames("f");
  for (const char* kept : {"000001.png", "000002.png", "000003.png"})
    EXPECT_EQ(after.at(kept), whole.at(kept)) << kept;
  EXPECT_NE(after.at("000004.png"), whole.at("000004.png"));
}

TEST_F(Film, killed_in_the_middle_goes_on_to_the_same_bytes) {
  const std::vector<std::string> more = {"--steps", "6", "--frames", "12"};
  std::vector<std::string> whole = film({"-o", "whole"}), cut = film({"-o", "cut"});
  whole.insert(whole.end(), more.begin(), more.end());
  cut.insert(cut.end(), more.begin(), more.end());
  ASSERT_EQ(run(whole).exit_code, 0);
  const auto is_midway = [&] { return fs::exists(folder_ / "cut/000003.png"); };
  cut_off(cut, "cut", is_midway, SIGKILL);
  ASSERT_EQ(run(cut).exit_code, 0);
  EXPECT_EQ(frames("cut"), frames("whole"));
}

TEST_F(Film, a_collage_keeps_its_objects_and_changes_them_with_the_story) {
  std::ofstream(folder_ / "c.toml") << R"(frames = 5
size = 64
first_steps = 3
steps = 2
candidates = 16
zoom = 1.1
[[story]]
prompt = "an owl on grass"
[[story]]
prompt = "a cat on grass"
)";
  const std::vector<std::string> command = {"film", "c.toml", "--threads", "1", "--json"};
  const auto with_folder = [&](const std::string& folder) {
    std::vector<std::string> all = command;
    all.insert(all.end(), {"-o", folder});
    return all;
  };
  ASSERT_EQ(parsed(run(with_folder("c")))["made"], 5);
  const auto collage = [&](int number) {
    return canvas::read_collage(folder_ / "c/collages" /
                                fmt::format("{:06}.collage.safetensors", number));
  };
  const auto things = [&](int number) {
    std::vector<std::string> all;
    for (const auto& object : collage(number).objects) all.push_back(object.thing);
    return all;
  };
  using Things = std::vector<std::string>;
  EXPECT_EQ(things(1), (Things{"an owl"}));
  EXPECT_EQ(things(2), (Things{"an owl", "a cat"}));
  EXPECT_EQ(things(4), (Things{"an owl", "a cat"}));
  EXPECT_EQ(things(5), (Things{"a cat"}));
  EXPECT_LT(collage(2).objects[1].placement.opacity, 0.5);
  EXPECT_LT(collage(4).objects[0].placement.opacity, 0.5);
  EXPECT_GT(collage(4).objects[1].placement.opacity, 0.9);
  EXPECT_NEAR(collage(2).objects[0].placement.size / collage(1).objects[0].placement.size, 1.1,
              0.05);

  // A frame without its collage is none; made again it is the same.
  const auto whole = frames("c");
  fs::remove(folder_ / "c/collages/000003.collage.safetensors");
  EXPECT_EQ(parsed(run(with_folder("c")))["made"], 1);
  EXPECT_EQ(frames("c"), whole);
}

TEST_F(Film, interrupted_it_says_so_and_the_same_command_goes_on) {
  const std::vector<std::string> long_film = film({"-o", "f", "--steps", "20", "--frames", "40"});
  const auto is_midway = [&] { return fs::exists(folder_ / "f/000002.png"); };
  const CommandResult result = cut_off(long_film, "f", is_midway, SIGINT);
  EXPECT_NE(result.err.find("the same command goes on"), std::string::npos);
  const json manifest = json::parse(file_content(folder_ / "f/film.json"));
  EXPECT_EQ(manifest["complete"], false);
  EXPECT_EQ(frames("f").size(), manifest["frames"].size());
}

TEST_F(Film, a_dry_run_says_what_it_costs_and_writes_nothing) {
  const auto before = files();
  const json plan = parsed(run(film({"--dry-run", "--json", "-o", "f"})));
  EXPECT_EQ(plan["pictures"], 6);
  EXPECT_EQ(plan["there"], 0);
  EXPECT_GT(plan["expected_s"].get<double>(), 0);
  EXPECT_GT(plan["memory_bytes"].get<double>(), 1e7);
  EXPECT_EQ(plan["story"][1]["frame"], 6);
  EXPECT_EQ(files(), before);
  ASSERT_EQ(run(film({"-o", "f"})).exit_code, 0);
  const json done = parsed(run(film({"--dry-run", "--json", "-o", "f"})));
  EXPECT_EQ(done["there"], 6);
  EXPECT_EQ(done["expected_s"], 0);
  EXPECT_NE(run(film({"--dry-run"})).out.find("6 frames of 48x48, 10 a second"), std::string::npos);
}

TEST_F(Film, without_ffmpeg_keeps_the_frames_and_gives_a_hint) {
  CommandOptions how = options();
  how.environment["PATH"] = (folder_ / "empty").string();
  const CommandResult result = run(film({"-o", "a.mp4"}), how);
  expect_error(result, 1, "a.mp4: expected the program ffmpeg");
  EXPECT_NE(result.err.find("install ffmpeg"), std::string::npos);
  EXPECT_EQ(frames("a-frames").size(), 6u);
  EXPECT_FALSE(fs::exists(folder_ / "a.mp4"));
}

TEST_F(Film, a_full_disk_loses_no_finished_frame) {
  const auto scroll = [](const char* count, const char* folder) {
    return std::vector<std::string>{"film",
                                    "a cat",
                                    "-m",
                                    kModel,
                                    "-W",
                                    "48",
                                    "-H",
                                    "48",
                                    "--cuts",
                                    "2",
                                    "--steps",
                                    "2",
                                    "--first-steps",
                                    "3",
                                    "--pan-x",
                                    "0.1",
                                    "--seed",
                                    "5",
                                    "--threads",
                                    "1",
                                    "--frames",
                                    count,
                                    "-o",
                                    folder};
  };
  ASSERT_EQ(run(scroll("4", "whole")).exit_code, 0);
  ASSERT_EQ(run(scroll("2", "f")).exit_code, 0);
  const auto before = frames("f");
  CommandOptions full = options();
  full.file_limit_bytes = 1000;  // too little for a frame
  expect_error(run(scroll("4", "f"), full), 1, "cannot write");
  fs::remove(folder_ / "f/start.png");
  EXPECT_EQ(frames("f"), before);
  std::vector<std::string> rest = scroll("4", "f");
  rest.push_back("--json");
  EXPECT_EQ(parsed(run(rest))["made"], 2);
  EXPECT_EQ(frames("f"), frames("whole"));
}

TEST_F(Film, names_the_frame_whose_run_is_not_finite) {
  expect_error(run(diverging(film({"-o", "f"}))), 1, "f/000001.png: ");
}

TEST_F(Film, its_files_lie_beside_the_script_and_count_by_what_they_hold) {
  fs::create_directory(folder_ / "sub");
  write_grey("sub/like.png", 100);
  std::ofstream(folder_ / "sub/network") << "one";
  std::ofstream(folder_ / "sub/f.toml")
      << "prompt = \"a cat\"\nframes = 2\nsize = 48\nsteps = 2\nfirst_steps = 2\ncuts = 2\n"
         "canvas = \"pixel\"\nimage_prompt = [\"like.png\"]\ndecoder = \"network\"\n";
  const std::vector<std::string> command = {"film",      "sub/f.toml", "-m", kModel, "--seed", "5",
                                            "--threads", "1",          "-o", "f",    "--json"};
  EXPECT_EQ(parsed(run(command))["made"], 2);
  EXPECT_EQ(parsed(run(command))["made"], 0);
  std::ofstream(folder_ / "sub/network") << "two";
  EXPECT_EQ(parsed(run(command))["made"], 2);
  fs::remove(folder_ / "sub/like.png");
  fs::remove_all(folder_ / "f");
  expect_error(run(command), 2, "sub/f.toml: line 8: image_prompt: expected a file");
  std::ofstream(folder_ / "sub/like.png") << "no picture";
  expect_error(run(command), 2, "sub/f.toml: line 8: image_prompt: expected a picture, got");
  expect_error(run({"film", "a cat", "-m", kModel, "--init", "sub/like.png", "-o", "f"}), 1,
               "sub/like.png");
  EXPECT_FALSE(fs::exists(folder_ / "f"));
}

TEST_F(Film, refuses_bad_input_before_any_work) {
  const auto before = files();
  expect_error(run({"film"}), 2, "expected a script or a prompt");
  expect_error(run({"film", "none.toml"}), 1, "none.toml");
  expect_error(run(film({"-o", "a.avi"})), 2, "a.avi: expected a film as .mp4, .webm or .gif");
  expect_error(run(film({"-o", "no/such/a.mp4"})), 1, "no/such");
  expect_error(run(film({"--frames", "0"})), 2, "--frames: expected a whole number from 1");
  expect_error(run(film({"--zoom", "0"})), 2, "--zoom: expected a number or curve from 0.25 to 4");
  expect_error(run(film({"--fps", "x"})), 2, "--fps: expected a number");
  expect_error(run(film({"--border", "black"})), 2, "--border: expected reflect or wrap");
  expect_error(run({"film", "a cat", "--morph", "-m", kModel}), 2, "morph: expected at least two");
  expect_error(run(film({"--negative-weights", "t"})), 2,
               "negative-weights: expected negative prompts to weigh, got none");
  write_script("zom = 2");
  const CommandResult result = run(film({}));
  expect_error(result, 2, "a.toml: line 10: unknown key 'zom'");
  EXPECT_NE(result.err.find("did you mean zoom?"), std::string::npos);
  write_script("judge = 'x'");
  expect_error(run(film({})), 2, "line 10: judge");
  EXPECT_EQ(files(), before);
}

}  // namespace
}  // namespace clipguide::e2e
