/// clipguide explore: pictures in rows and columns.
#include "clipguide/media/picture.h"
#include "e2e/program.h"
#include "support/tiny_forms.h"

namespace clipguide::e2e {
namespace {

class Explore : public Program {
 protected:
  static std::vector<std::string> explore(std::vector<std::string> more) {
    std::vector<std::string> all = {"explore",   "-m",     kModel,     "--judge", kJudge,
                                    "-W",        "48",     "-H",       "48",      "--steps",
                                    "2",         "--cuts", "2",        "--seed",  "5",
                                    "--threads", "1",      "--preset", "pure"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
};

TEST_F(Explore, draws_a_grid_and_reuses_what_lies_there) {
  const std::vector<std::string> grid = explore({"a cat", "--seeds", "2", "--sweep", "tv=0,50,200",
                                                 "--best", "2", "--json", "-o", "grid.png"});
  const json result = parsed(run(grid));
  ASSERT_EQ(result["pictures"].size(), 6u);
  EXPECT_EQ(result["sheet"], "grid.png");
  EXPECT_EQ(result["pictures"][4]["file"], "tv-50_seed-6.png");
  EXPECT_EQ(result["pictures"][4]["swept"]["tv"], 50);
  EXPECT_EQ(result["best"], json({"best-1.png", "best-2.png"}));
  const media::Picture sheet = media::read_picture(folder_ / "grid.png");
  EXPECT_GT(sheet.width_px, 3 * 48);
  EXPECT_GT(sheet.height_px, 2 * 48);

  // The best is the one with the highest judge similarity, with its record.
  json best;
  for (const json& picture : result["pictures"])
    if (picture["rank"] == 1) best = picture;
  for (const json& picture : result["pictures"])
    EXPECT_LE(picture["judge_similarity"], best["judge_similarity"]);
  EXPECT_EQ(file_content(folder_ / "grid-pictures/best-1.png"),
            file_content(folder_ / "grid-pictures" / best["file"].get<std::string>()));
  const json score = parsed(run(
      {"score", "-m", kJudge, "--json", "--image", "grid-pictures/best-1.png", "--text", "a cat"}));
  EXPECT_NEAR(score["cosine"][0][0].get<double>(), best["judge_similarity"].get<double>(), 1e-5);

  fs::remove(folder_ / "grid-pictures/tv-0_seed-5.png");
  const json again = parsed(run(grid));
  EXPECT_TRUE(again["pictures"][0].contains("elapsed_s"));
  EXPECT_FALSE(again["pictures"][1].contains("elapsed_s")) << "it lay there";
  EXPECT_EQ(again["pictures"][1]["similarity"], result["pictures"][1]["similarity"]);
}

TEST_F(Explore, two_sweeps_make_rows_and_columns_and_none_a_list_of_seeds) {
  const json two = parsed(run(
      explore({"a cat", "--sweep", "tv=0,50", "--sweep", "lr=0.1:0.3:3", "--json", "-o", "two"})));
  ASSERT_EQ(two["pictures"].size(), 6u);
  EXPECT_EQ(two["pictures"][5]["file"], "tv-50_lr-0.3_seed-5.png");
  EXPECT_TRUE(fs::exists(folder_ / "two/sheet.png"));
  const json none = parsed(run(explore({"a cat", "--json", "-o", "none"})));
  EXPECT_EQ(none["pictures"].size(), 4u);
  EXPECT_EQ(json::parse(file_content(folder_ / "none/explore.json"))["pictures"].size(), 4u);
}

TEST_F(Explore, varies_a_picture_from_its_record) {
  ASSERT_EQ(run(tiny({"-o", "a.png", "--tv", "3", "-W", "48"})).exit_code, 0);
  const json result = parsed(run({"explore", "--vary", "a.png", "--seeds", "2", "--judge", kJudge,
                                  "--threads", "1", "--steps", "2", "--json", "-o", "v"}));
  ASSERT_EQ(result["pictures"].size(), 2u);
  EXPECT_EQ(result["prompt"], "a red apple");
  EXPECT_EQ(result["pictures"][0]["seed"], 8) << "the next after the picture's own";
  const json record = parsed(run({"inspect", "--json", "v/seed-8.png"}));
  EXPECT_NE(record.dump().find("\"tv\":3"), std::string::npos) << record;
  EXPECT_NE(record.dump().find("v/start-48x64-"), std::string::npos) << record;
  // At strength 0 it is the picture.
  parsed(run({"explore", "--vary", "a.png", "--seeds", "1", "--strength", "0", "--judge", kJudge,
              "--threads", "1", "--steps", "1", "--json", "-o", "same"}));
  EXPECT_EQ(media::read_picture(folder_ / "same/seed-8.png").rgb,
            media::read_picture(folder_ / "a.png").rgb);
}

TEST_F(Explore, a_collage_is_varied_by_likeness) {
  const test::TinyForms forms;
  ASSERT_EQ(run(tiny({"-o", "a.png", "--canvas", "collage", "--forms", forms.path().string(),
                      "--init", "search", "--candidates", "4"}))
                .exit_code,
            0);
  const std::vector<std::string> vary = {
      "explore",   "--vary", "a.png",   "--seeds",        "2",      "--judge", kJudge,
      "--threads", "1",      "--sweep", "strength=0,0.2", "--json", "-o",      "v"};
  std::vector<std::string> dry = vary;
  dry.push_back("--dry-run");
  EXPECT_EQ(parsed(run(dry))["pictures"], 4);
  ASSERT_EQ(parsed(run(vary))["pictures"].size(), 4u);
  const json options =
      parsed(run({"inspect", "--json", "v/strength-0.2_seed-8.png"}))["clipguide"]["options"];
  EXPECT_EQ(options["init"], "search");
  EXPECT_EQ(options["strength"], 1);
  EXPECT_NE(options["image_prompt"].dump().find("start-"), std::string::npos) << options;
  EXPECT_NE(options["image_prompt"].dump().find(".png:4"), std::string::npos) << options;
  EXPECT_EQ(media::read_picture(folder_ / "v/strength-0_seed-8.png").rgb,
            media::read_picture(folder_ / "a.png").rgb);

  fs::copy(kFixtures + "/resize/input.png", folder_ / "photo.png");
  parsed(run(explore({"a cat", "--vary", "photo.png", "--seeds", "1", "--canvas", "collage",
                      "--forms", forms.path().string(), "--init", "search", "--candidates", "4",
                      "--json", "-o", "p"})));
  const json of_photo = parsed(run({"inspect", "--json", "p/seed-5.png"}))["clipguide"]["options"];
  EXPECT_NE(of_photo["init"].dump().find("start-"), std::string::npos) << of_photo;
  EXPECT_TRUE(of_photo["image_prompt"].empty());
}

TEST_F(Explore, goes_between_two_pictures) {
  ASSERT_EQ(run(tiny({"-o", "a.png"})).exit_code, 0);
  ASSERT_EQ(run(tiny({"-o", "b.png", "-p", "a dog", "-W", "48"})).exit_code, 0);
  const json result =
      parsed(run({"explore", "--between", "a.png", "b.png", "--count", "3", "--steps", "2",
                  "--judge", kJudge, "--threads", "1", "--json", "-o", "way.png"}));
  ASSERT_EQ(result["pictures"].size(), 3u) << "both ends are only shown";
  EXPECT_EQ(result["pictures"][0]["prompt"], "a red apple:0.75 | a dog:0.25");
  EXPECT_EQ(result["pictures"][1]["file"], "t-0.5000_seed-7.png");
  EXPECT_GT(media::read_picture(folder_ / "way.png").width_px, 5 * 64);
}

TEST_F(Explore, a_dry_run_says_what_it_costs_and_writes_nothing) {
  const json plan = parsed(run(explore({"a cat", "--sweep", "tv=0,50", "--dry-run", "--json"})));
  EXPECT_EQ(plan["pictures"], 2);
  EXPECT_GT(plan["expected_s"].get<double>(), 0);
  EXPECT_GT(plan["memory_bytes"].get<double>(), 1e7);
  EXPECT_TRUE(files().empty());
}

TEST_F(Explore, killed_or_interrupted_goes_on_to_the_same_bytes) {
  const auto grid = [](const std::string& folder) {
    return explore({"a cat", "--seeds", "6", "--steps", "30", "-o", folder});
  };
  ASSERT_EQ(run(grid("whole")).exit_code, 0);
  for (const int signal : {SIGKILL, SIGINT}) {
    const std::string folder = "cut-" + std::to_string(signal);
    const auto is_midway = [&] { return fs::exists(folder_ / folder / "seed-6.png"); };
    cut_off(grid(folder), folder, is_midway, signal);
    EXPECT_FALSE(fs::exists(folder_ / folder / "sheet.png"));
    ASSERT_EQ(run(grid(folder)).exit_code, 0);
    for (const auto& entry : fs::directory_iterator(folder_ / "whole"))
      if (entry.path().extension() == ".png") {
        EXPECT_EQ(file_content(folder_ / folder / entry.path().filename()),
                  file_content(entry.path()))
            << entry.path();
      }
  }
}

TEST_F(Explore, a_full_disk_loses_no_finished_picture) {
  const auto grid = [](const char* seeds) {
    return explore({"a cat", "--seeds", seeds, "-o", "grid"});
  };
  ASSERT_EQ(run(grid("2")).exit_code, 0);
  const std::string first = file_content(folder_ / "grid/seed-5.png");
  CommandOptions full = options();
  full.file_limit_bytes = 1000;  // too little for a picture
  expect_error(run(grid("4"), full), 1, "seed-7.png: cannot write");
  EXPECT_EQ(file_content(folder_ / "grid/seed-5.png"), first);
  EXPECT_FALSE(fs::exists(folder_ / "grid/seed-7.png"));
  std::vector<std::string> rest = grid("4");
  rest.push_back("--json");
  const json result = parsed(run(rest));
  EXPECT_FALSE(result["pictures"][1].contains("elapsed_s")) << "it lay there";
  EXPECT_TRUE(result["pictures"][2].contains("elapsed_s"));
}

TEST_F(Explore, names_the_picture_whose_run_is_not_finite) {
  expect_error(run(diverging(explore({"a cat", "--seeds", "2", "-o", "grid"}))), 1,
               "grid/seed-5.png: ");
}

TEST_F(Explore, refuses_bad_input_before_any_work) {
  expect_error(run({"explore"}), 2, "expected a prompt, got none");
  expect_error(run(explore({"a cat", "--sweep", "tw=1"})), 2, "expected the name of a run option");
  expect_error(run(explore({"a cat", "--sweep", "tv=-1"})), 2, "sweep: tv: expected");
  expect_error(run(explore({"a cat", "--best", "9"})), 2, "at most the 4 pictures");
  expect_error(run(explore({"a cat", "--seeds", "2000"})), 2, "at most 1024 pictures");
  expect_error(run(explore({"a cat", "-o", "a.gif"})), 2, "a.gif");
  expect_error(run(explore({"--vary", "none.png"})), 1, "none.png");
  expect_error(run(explore({"a cat", "--prompt-weights", "1 | t"})), 2,
               "prompt-weights: expected 1 of them, one for each prompt, got 2");
  write_grey("cut.png", 9);
  fs::resize_file(folder_ / "cut.png", 50);
  for (const char* flag : {"--init", "--mask", "--style-image"})
    for (const char* file : {"none.png", "cut.png"})
      for (const bool dry : {false, true}) {
        std::vector<std::string> all = explore({"an owl", flag, file, "-o", "made"});
        if (dry) all.push_back("--dry-run");
        expect_error(run(all), 1, file);
        EXPECT_FALSE(fs::exists(folder_ / "made")) << flag << file;
      }
  fs::remove(folder_ / "cut.png");
  expect_error(run(explore({"--between", "a.png"})), 2, "--between: expected two pictures, got 1");
  fs::copy(kFixtures + "/resize/input.png", folder_ / "plain.png");
  expect_error(run(explore({"--vary", "plain.png"})), 1, "expected the record of a clipguide run");
  std::vector<std::string> same = explore({"a cat", "-o", "same"});
  same[4] = kModel;
  expect_error(run(same), 2, "judge: expected a model that is not optimised");
  EXPECT_EQ(files(), std::vector<std::string>{"plain.png"});
}

}  // namespace
}  // namespace clipguide::e2e
