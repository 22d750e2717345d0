/// The benchmark's program on a tiny model: what it says, not how fast anything is.
#include "e2e/program.h"

namespace clipguide::e2e {
namespace {

class Bench : public Program {
 protected:
  CommandResult bench(std::vector<std::string> more) const {
    std::vector<std::string> all = {
        CLIPGUIDE_BENCH, "--model",          kModel,      "--views", "2",         "--canvas", "32",
        "--work",        folder_ / "models", "--threads", "1",       "--repeats", "2"};
    all.insert(all.end(), more.begin(), more.end());
    return test::run_command(all, options());
  }

  // An "interpreter" that has torch and makes every step in half a second and 1.5 GiB.
  std::string rival() const {
    const fs::path script = folder_ / "rival";
    std::ofstream(script) << "#!/bin/sh\n"
                             "[ \"$1\" = -c ] && exit 0\n"
                             "echo ready\n"
                             "while read -r line; do echo 0.5; done\n"
                             "echo 1.5\n";
    fs::permissions(script, fs::perms::owner_all);
    return script;
  }

  static void expect_row(const json& row) {
    for (const char* key : {"s_per_step", "tflops", "peak_share", "rss_gib", "startup_s"})
      EXPECT_GT(row.at(key).get<double>(), 0) << key;
    EXPECT_LT(row["peak_share"].get<double>(), 1);
    EXPECT_EQ(row["model"], "vit");
    EXPECT_EQ(row["threads"], 1);
  }
};

TEST_F(Bench, json_has_a_row_with_ratios_to_the_rivals) {
  const json result = parsed(bench({"--json", "--no-scaling", "--peer-python", rival()}));
  EXPECT_GT(result["peaks"][0]["tflops"].get<double>(), 0);
  EXPECT_EQ(result["peaks"][0]["name"], "fp32 FMA");
  ASSERT_EQ(result["rows"].size(), 1u);
  const json& row = result["rows"][0];
  expect_row(row);
  EXPECT_EQ(row["views"], 2);
  EXPECT_EQ(row["canvas"], 32);
  for (const char* key : {"ratio_python_fp32", "ratio_bf16"})
    EXPECT_NEAR(row[key].get<double>() * row["s_per_step"].get<double>(), 0.5, 1e-6) << key;
  EXPECT_GT(row["ratio_reference"].get<double>(), 0);
  EXPECT_EQ(row["python_fp32"]["rss_gib"], 1.5);
  EXPECT_EQ(result["scaling"]["views"], json::array());
}

TEST_F(Bench, without_rivals_it_says_so_and_scales_ours) {
  const json result = parsed(bench({"--json", "--quick", "--peer-python", "none"}));
  ASSERT_EQ(result["rows"].size(), 1u);
  EXPECT_TRUE(result["rows"][0]["ratio_python_fp32"].is_null());
  EXPECT_TRUE(result["rows"][0]["ratio_bf16"].is_null());
  EXPECT_NE(result["remarks"].dump().find("Python rivals are left out"), std::string::npos);
  std::vector<int> views, canvases, threads;
  for (const json& row : result["scaling"]["views"]) views.push_back(row["views"]);
  for (const json& row : result["scaling"]["canvas"]) canvases.push_back(row["canvas"]);
  for (const json& row : result["scaling"]["threads"]) threads.push_back(row["threads"]);
  EXPECT_EQ(views, (std::vector<int>{2, 4, 8, 16}));
  EXPECT_EQ(canvases, (std::vector<int>{32, 64}));
  EXPECT_EQ(threads, (std::vector<int>{1, 2}));
}

TEST_F(Bench, a_rival_that_fails_is_left_out_and_named) {
  const fs::path script = rival();
  std::ofstream(script) << "#!/bin/sh\n[ \"$1\" = -c ] && exit 0\nexit 3\n";
  const CommandResult result = bench({"--no-scaling", "--peer-python", script});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.out.find("Python fp32: ended before its time"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("s/step"), std::string::npos);
  EXPECT_NE(result.out.find("vit "), std::string::npos);
}

TEST_F(Bench, the_profile_names_every_part_of_a_step) {
  const json result = parsed(bench({"--json", "--profile"}));
  double share = 0;
  std::string parts;
  for (const json& row : result["profile"]) {
    EXPECT_GT(row["ms"].get<double>(), 0);
    share += row["share"].get<double>();
    parts += row["part"].get<std::string>() + "\n";
  }
  EXPECT_NEAR(share, 1, 1e-9);
  for (const char* part : {"canvas: render", "views: sample", "tower: forward", "tower: gradient",
                           "views: gradient", "canvas: gradient", "optimizer"})
    EXPECT_NE(parts.find(part), std::string::npos) << part;
}

TEST_F(Bench, unknown_models_are_refused) {
  const CommandResult result = test::run_command(
      {CLIPGUIDE_BENCH, "--model", "ViT-Z/9", "--peer-python", "none"}, options());
  EXPECT_EQ(result.exit_code, 2) << result.err;
  EXPECT_NE(result.err.find("ViT-Z/9"), std::string::npos) << result.err;
}

}  // namespace
}  // namespace clipguide::e2e
