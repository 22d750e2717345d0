/// The main job through the program: pictures, batches, reruns, interruptions, full disks.
#include "clipguide/media/picture.h"
#include "e2e/program.h"

namespace clipguide::e2e {
namespace {

class Generate : public Program {
 protected:
  std::vector<std::uint8_t> pixels(const std::string& name) const {
    return media::read_picture(folder_ / name).rgb;
  }
};

TEST_F(Generate, writes_a_picture_and_reports_it_as_json) {
  const json result = parsed(run(tiny({"-o", "out.png", "--json"})));
  EXPECT_EQ(result["output"], "out.png");
  EXPECT_EQ(result["seed"], 7);
  EXPECT_EQ(result["steps"], 6);
  EXPECT_EQ(result["interrupted"], false);
  EXPECT_GT(result["elapsed_s"].get<double>(), 0);
  EXPECT_GT(result["steps_per_s"].get<double>(), 0);
  EXPECT_LE(std::abs(result["similarity"].get<double>()), 1);
  EXPECT_EQ(result.count("judge_similarity"), 0u);
  EXPECT_EQ(result["pictures"].size(), 1u);

  const media::Picture picture = media::read_picture(folder_ / "out.png");
  EXPECT_EQ(picture.width_px, 64);
  EXPECT_EQ(picture.height_px, 64);
  const auto [low, high] = std::minmax_element(picture.rgb.begin(), picture.rgb.end());
  EXPECT_GT(*high - *low, 4) << "the run left its mark";
  EXPECT_EQ(files(), std::vector<std::string>{"out.png"}) << "and nothing else";
}

TEST_F(Generate, climbs_in_the_textbook_form) {
  const auto similarity = [&](const char* steps, const char* name) {
    return parsed(
               run({"generate", "-p",     "a red apple", "-m",     kModel,    "-W",    "64",
                    "-H",       "64",     "--canvas",    "pixel",  "--views", "plain", "--steps",
                    steps,      "--seed", "3",           "--json", "-o",      name}))["similarity"]
        .get<double>();
  };
  EXPECT_GT(similarity("60", "b.png"), similarity("1", "a.png") + 0.3);
}

TEST_F(Generate, the_verb_may_be_left_out) {
  const CommandResult result = run({"a red apple", "-m", kModel, "-W", "64", "-H", "64", "--steps",
                                    "1", "--cuts", "2", "-o", "out.webp"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.out.find("out.webp  seed "), std::string::npos) << result.out;
  EXPECT_NE(result.err.find("seed "), std::string::npos);
  EXPECT_EQ(result.err.find('\x1b'), std::string::npos) << "no colours off a terminal";
  EXPECT_EQ(result.err.find('\r'), std::string::npos);
}

TEST_F(Generate, the_seed_is_told_even_when_quiet) {
  const CommandResult result = run(tiny({"-q", "-o", "out.png"}));
  EXPECT_EQ(result.err, "");
  EXPECT_NE(result.out.find("seed 7"), std::string::npos);
}

TEST_F(Generate, without_an_output_a_free_name_is_made_from_the_prompt) {
  parsed(run(tiny({"--json"})));
  const std::string first = file_content(folder_ / "clipguide-a-red-apple-7.png");
  EXPECT_EQ(parsed(run(tiny({"--json", "--steps", "2"})))["output"],
            "clipguide-a-red-apple-7-2.png");
  EXPECT_EQ(file_content(folder_ / "clipguide-a-red-apple-7.png"), first);
}

TEST_F(Generate, the_same_seed_gives_the_same_pixels_and_another_does_not) {
  parsed(run(tiny({"-o", "a.png", "--json"})));
  parsed(run(tiny({"-o", "b.png", "--json"})));
  parsed(run(tiny({"-o", "c.png", "--json", "--seed", "8"})));
  EXPECT_EQ(pixels("a.png"), pixels("b.png"));
  EXPECT_NE(pixels("a.png"), pixels("c.png"));
}

TEST_F(Generate, kernels_and_precision_are_chosen_and_remembered) {
  const auto similarity = [&](const std::string& kernels, const std::string& precision) {
    return parsed(run(tiny({"-o", kernels + ".png", "--json", "--kernels", kernels, "--precision",
                            precision})))["similarity"]
        .get<double>();
  };
  const double reference = similarity("libtorch", "fp32");
  EXPECT_NEAR(similarity("portable", "fp32"), reference, 2e-3);
  EXPECT_NEAR(similarity("auto", "auto"), reference, 5e-2);
  const std::string told = run({"inspect", "portable.png"}).out;
  EXPECT_NE(told.find("portable"), std::string::npos) << told;

  expect_error(run(tiny({"--kernels", "portable", "--precision", "bf16"})), 2,
               "precision: expected kernels with bf16 (avx512-bf16 or amx), got portable");
  expect_error(run(tiny({"--kernels", "libtorch", "--precision", "bf16"})), 2,
               "precision: expected auto or fp32 with libtorch's kernels, got bf16");
  expect_error(run(tiny({"--kernels", "avx51"})), 2, "did you mean avx512?");
}

TEST_F(Generate, a_batch_writes_one_numbered_file_a_seed) {
  const json result = parsed(
      run(tiny({"-b", "3", "-o", "out.png", "--json", "--judge", kFixtures + "/models/rn"})));
  EXPECT_EQ(files(), (std::vector<std::string>{"out-1.png", "out-2.png", "out-3.png"}));
  ASSERT_EQ(result["pictures"].size(), 3u);
  for (int n = 0; n < 3; ++n) {
    EXPECT_EQ(result["pictures"][n]["seed"], 7 + n);
    EXPECT_TRUE(result["pictures"][n]["judge_similarity"].is_number());
  }
  EXPECT_NE(pixels("out-1.png"), pixels("out-2.png"));
}

TEST_F(Generate, preview_and_frames_are_written_on_the_way) {
  parsed(run(tiny({"-o", "out.jpg", "--json", "--preview", "now.png", "--preview-every", "2",
                   "--frames", "frames", "--frame-every", "3"})));
  EXPECT_EQ(files(), (std::vector<std::string>{"frames", "now.png", "out.jpg"}));
  EXPECT_EQ(media::read_picture(folder_ / "now.png").width_px, 64);
  EXPECT_TRUE(fs::exists(folder_ / "frames/000003.png"));
  EXPECT_TRUE(fs::exists(folder_ / "frames/000006.png"));
  EXPECT_FALSE(fs::exists(folder_ / "frames/000004.png"));
}

TEST_F(Generate, rerun_repeats_the_pixels_and_takes_changes) {
  for (const char* name : {"out.png", "out.webp"}) {
    SCOPED_TRACE(name);
    parsed(run(
        tiny({"-o", name, "--json", "--quality", "100", "--views", "das", "--canvas", "fourier"})));
    const json again = parsed(run({"rerun", name, "-o", std::string("again-") + name, "--json",
                                   "--threads", "1", "--quality", "100"}));
    EXPECT_EQ(again["seed"], 7);
    EXPECT_EQ(pixels(name), pixels(std::string("again-") + name));
  }
  const json longer =
      parsed(run({"rerun", "out.png", "--steps", "9", "-o", "longer.png", "--json"}));
  EXPECT_EQ(longer["steps"], 9);
  EXPECT_NE(pixels("out.png"), pixels("longer.png"));
}

TEST_F(Generate, rerun_of_one_of_a_batch_makes_that_one_again) {
  parsed(run(tiny({"-b", "2", "-o", "out.png", "--json"})));
  const json again = parsed(run({"rerun", "out-2.png", "-o", "again.png", "--json"}));
  EXPECT_EQ(again["seed"], 8);
  // Sums may round otherwise in a batch; the pictures are the same to the eye.
  const auto first = pixels("out-2.png"), second = pixels("again.png");
  double difference = 0;
  for (std::size_t at = 0; at < first.size(); ++at)
    difference += std::abs(int(first[at]) - int(second[at]));
  EXPECT_LT(difference / double(first.size()), 1.0);
}

TEST_F(Generate, metadata_is_read_by_the_field_and_can_be_left_out) {
  parsed(run(tiny({"-n", "a pear", "-o", "out.png", "--json"})));
  const json told = parsed(run({"inspect", "out.png", "--json"}));
  const std::string parameters = told["parameters"];
  EXPECT_TRUE(parameters.starts_with("a red apple\nNegative prompt: a pear\nSteps: 6, "))
      << parameters;
  EXPECT_NE(parameters.find("Seed: 7, Size: 64x64, Model: "), std::string::npos);
  EXPECT_EQ(told["clipguide"]["options"]["seed"], 7);
  EXPECT_EQ(told.count("prompt") + told.count("workflow"), 0u);

  parsed(run(tiny({"-o", "bare.png", "--json", "--no-metadata"})));
  EXPECT_EQ(parsed(run({"inspect", "bare.png", "--json"})), json::object());
  expect_error(run({"rerun", "bare.png"}), 1, "expected the record of a clipguide run");
}

TEST_F(Generate, interrupted_it_saves_exits_130_and_resumes_to_the_same_bits) {
  const std::vector<std::string> how = {"--steps",     "60",     "--views", "das",
                                        "--optimizer", "adam",   "--json",  "--frames",
                                        "frames",      "--keep", "best"};
  std::vector<std::string> whole = tiny(how), part = tiny(how);
  whole.insert(whole.end(), {"-o", "whole.png"});
  part.insert(part.end(), {"-o", "part.png"});
  parsed(run(whole));
  for (const int signal : {SIGINT, SIGTERM}) {
    SCOPED_TRACE(signal);
    const auto is_midway = [&] { return fs::exists(folder_ / "frames/000003.png"); };
    const CommandResult stopped = cut_off(part, "frames", is_midway, signal);
    const json result = json::parse(stopped.out);
    EXPECT_EQ(result["interrupted"], true);
    EXPECT_LT(result["steps"].get<int>(), 60);
    EXPECT_EQ(result["snapshot"], "part.png.snapshot");
    EXPECT_TRUE(fs::exists(folder_ / "part.png"));

    const json resumed = parsed(run({"resume", "part.png.snapshot", "--json", "--threads", "1"}));
    EXPECT_EQ(resumed["output"], "part.png");
    EXPECT_EQ(resumed["steps"], 60);
    EXPECT_EQ(pixels("part.png"), pixels("whole.png"));
  }
}

TEST_F(Generate, plans_views_within_the_memory_it_may_use) {
  const auto many_views = [](const std::string& output, std::vector<std::string> more) {
    more.insert(more.end(), {"--steps", "2", "--cuts", "1000", "-o", output, "--json"});
    return tiny(more);
  };
  const CommandResult refused = run(many_views("none.png", {"--max-memory", "1M"}));
  expect_error(refused, 2, "max-memory: expected at least ");
  EXPECT_TRUE(files().empty());
  const int least_mib = std::stoi(
      refused.err.substr(refused.err.find("at least ") + std::string("at least ").size()));
  const auto view_batch = [&](const std::string& output, const std::string& most) {
    parsed(run(many_views(output, {"--max-memory", most})));
    return parsed(run({"inspect", output, "--json"}))["clipguide"]["options"].value("view_batch",
                                                                                    0);
  };
  const int some = view_batch("some.png", std::to_string(least_mib + 20) + "M");
  EXPECT_GT(some, 0);
  EXPECT_LT(some, 1000);
  EXPECT_EQ(view_batch("all.png", "64G"), 0) << "all fit: as without a bound";
  // Where their number changes, the step with most of them must fit.
  parsed(run(tiny({"--steps", "2", "--cuts", "0:1, 0.5:1000", "-o", "more.png", "--json",
                   "--max-memory", std::to_string(least_mib + 20) + "M"})));
  EXPECT_GT(parsed(run({"inspect", "more.png", "--json"}))["clipguide"]["options"]["view_batch"],
            0);
  parsed(run(many_views("plain.png", {})));
  EXPECT_EQ(pixels("all.png"), pixels("plain.png"));
  expect_error(run(many_views("none.png", {"--max-memory", "much"})), 2,
               "--max-memory: expected a size");
}

TEST_F(Generate, a_second_interrupt_ends_it_at_once) {
  // A huge step is under way: only the second signal can end it soon.
  test::Command command(Program::command(tiny({"-o", "out.png", "-W", "1024", "-H", "1024",
                                               "--cuts", "60000", "--view-batch", "500"})),
                        options());
  std::this_thread::sleep_for(std::chrono::seconds(2));
  command.send(SIGINT);
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  command.send(SIGINT);
  EXPECT_EQ(command.wait().exit_code, 130);
  EXPECT_TRUE(files().empty());
}

TEST_F(Generate, snapshots_survive_a_kill_at_any_moment) {
  const std::vector<std::string> arguments =
      tiny({"-o", "out.png", "--steps", "100000", "--snapshot-every", "1", "--cuts", "1"});
  for (int round = 0; round < 8; ++round) {
    test::Command command(Program::command(arguments), options());
    ASSERT_TRUE(test::wait_until([&] { return fs::exists(folder_ / "out.png.snapshot"); }));
    std::this_thread::sleep_for(std::chrono::microseconds(20000 + 3700 * round));
    command.send(SIGKILL);
    EXPECT_EQ(command.wait().signal, SIGKILL);
    // The last whole snapshot loads and the run goes on from it by one step.
    const CommandResult looked =
        run({"resume", "out.png.snapshot", "--steps", "1", "-o", "never.png"});
    EXPECT_EQ(looked.exit_code, 2) << "loaded, and all its steps are done: " << looked.err;
    EXPECT_NE(looked.err.find("all of its 1 steps are done"), std::string::npos) << looked.err;
  }
}

TEST_F(Generate, a_torn_or_foreign_snapshot_is_refused) {
  std::ofstream(folder_ / "torn.snapshot") << "{\"half\":";
  expect_error(run({"resume", "torn.snapshot"}), 1, "torn.snapshot");
  fs::copy_file(kModel + "/open_clip_model.safetensors", folder_ / "model.snapshot");
  expect_error(run({"resume", "model.snapshot"}), 1, "model.snapshot");
  expect_error(run({"resume", "none.snapshot"}), 1, "none.snapshot");
}

TEST_F(Generate, a_full_disk_is_an_error_and_earlier_files_stay) {
  std::ofstream(folder_ / "out.png") << "earlier";
  CommandOptions full = options();
  full.file_limit_bytes = 256;
  expect_error(run(tiny({"-o", "out.png"}), full), 1, "out.png");
  EXPECT_EQ(file_content(folder_ / "out.png"), "earlier");
  EXPECT_EQ(files(), std::vector<std::string>{"out.png"}) << "no half-written file is left";
}

TEST_F(Generate, a_preview_that_cannot_be_written_does_not_end_the_run) {
  fs::create_directory(folder_ / "shown");
  test::Command command(Program::command(tiny({"-o", "out.png", "--preview", "shown/now.png",
                                               "--preview-every", "1", "--steps", "30"})),
                        options());
  ASSERT_TRUE(test::wait_until([&] { return fs::exists(folder_ / "shown/now.png"); }));
  // Renamed, not removed: the program may be writing into it right now.
  fs::rename(folder_ / "shown", folder_ / "away");
  const CommandResult result = command.wait();
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_TRUE(fs::exists(folder_ / "out.png"));
}

TEST_F(Generate, an_output_folder_that_is_not_there_is_found_out_at_once) {
  expect_error(run(tiny({"-o", "gone/out.png"})), 1, "gone: expected an existing folder");
  expect_error(run(tiny({"-o", "out.png", "--preview", "gone/now.png"})), 1, "gone");
  expect_error(run(tiny({"-o", "out.png", "--snapshot", "gone/state"})), 1, "gone");
}

TEST_F(Generate, an_output_folder_that_goes_away_is_an_error) {
  fs::create_directory(folder_ / "out");
  test::Command command(
      Program::command(tiny({"-o", "out/out.png", "--steps", "30", "--frames", "frames"})),
      options());
  ASSERT_TRUE(test::wait_until([&] { return fs::exists(folder_ / "frames/000001.png"); }));
  fs::rename(folder_ / "out", folder_ / "away");
  expect_error(command.wait(), 1, "out/out.png");
}

TEST_F(Generate, a_run_that_is_not_finite_stops_and_keeps_the_last_good_picture) {
  const CommandResult result = run(tiny({"-o", "out.png", "--canvas", "pixel", "--optimizer", "sgd",
                                         "--lr", "1000000", "--tv", "1e38", "--steps", "50"}));
  ASSERT_EQ(result.exit_code, 1) << result.err;
  EXPECT_NE(result.err.find("finite"), std::string::npos) << result.err;
  if (fs::exists(folder_ / "out.png")) {
    EXPECT_EQ(media::read_picture(folder_ / "out.png").width_px, 64);
    EXPECT_TRUE(fs::exists(folder_ / "out.png.snapshot"));
  }
}

TEST_F(Generate, the_textbook_form_runs) {
  EXPECT_EQ(parsed(run(tiny(
                {"-o", "out.png", "--json", "--canvas", "pixel", "--views", "plain"})))["steps"],
            6);
}

}  // namespace
}  // namespace clipguide::e2e
