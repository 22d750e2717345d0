/// clipguide explain: a run or a picture as an illustrated page.
#include <regex>

#include "clipguide/media/picture.h"
#include "e2e/program.h"

namespace clipguide::e2e {
namespace {

class Explain : public Program {
 protected:
  static std::vector<std::string> explain(std::vector<std::string> more,
                                          const std::string& output = "page") {
    std::vector<std::string> all = {"explain",   "a red <apple>",
                                    "-m",        kModel,
                                    "--judge",   kJudge,
                                    "-W",        "64",
                                    "-H",        "64",
                                    "--steps",   "6",
                                    "--cuts",    "3",
                                    "--threads", "1",
                                    "-o",        output,
                                    "--seed",    "5"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  std::string page() const { return file_content(folder_ / "page/index.html"); }

  /// Every picture that the page shows lies there and is one.
  int pictures_shown() const {
    const std::string html = page();
    static const std::regex source("src=\"([^\"]+)\"");
    int count = 0;
    for (std::sregex_iterator at(html.begin(), html.end(), source), end; at != end; ++at, ++count)
      EXPECT_GT(media::read_picture(folder_ / "page" / (*at)[1].str()).width_px, 0);
    return count;
  }

  /// Names and bytes of all that was written.
  std::map<std::string, std::string> everything() const {
    std::map<std::string, std::string> all;
    for (const auto& entry : fs::recursive_directory_iterator(folder_ / "page"))
      if (entry.is_regular_file())
        all[fs::relative(entry.path(), folder_.path())] = file_content(entry.path());
    return all;
  }
};

TEST_F(Explain, shows_both_runs_step_by_step) {
  const json result = parsed(run(explain({"--json"})));
  EXPECT_EQ(result["output"], "page/index.html");
  EXPECT_EQ(result["moments"], (json{0, 1, 2, 5, 6}));
  for (const char* name : {"guided", "pure"}) {
    const json& similarity = result[name]["similarity"];
    EXPECT_GT(similarity["to"].get<double>(), similarity["from"].get<double>()) << name;
    EXPECT_TRUE(result[name]["judge_similarity"]["to"].is_number());
    const json trace = json::parse(file_content(folder_ / "page" / name / "trace.json"));
    EXPECT_EQ(trace["curve"]["step"].size(), 7u);
    EXPECT_EQ(trace["moments"][0]["views"].size(), name == std::string("pure") ? 1u : 3u);
    EXPECT_GT(trace["moments"][0]["largest_update"].get<double>(), 0);
    EXPECT_EQ(trace["moments"][4]["update"], "") << "no step follows the last picture";
  }
  // 2 results; in each run 5 moments of picture, two maps and views, and 4 updates.
  EXPECT_EQ(pictures_shown(), 2 + 5 * (3 + 3) + 4 + 5 * (3 + 1) + 4);
  const std::string html = page();
  EXPECT_NE(html.find("red &lt;apple&gt;"), std::string::npos);
  EXPECT_EQ(html.find("<apple>"), std::string::npos);
  EXPECT_NE(html.find("<svg"), std::string::npos);
}

TEST_F(Explain, what_it_shows_is_the_run_itself) {
  std::vector<std::string> made = {"generate", "-p", "a red <apple>", "-o", "whole.png", "--json"};
  const std::vector<std::string> all = explain({});
  made.insert(made.end(), all.begin() + 2, all.begin() + 16);
  made.insert(made.end(), {"--seed", "5"});
  parsed(run(made));
  parsed(run(explain({"--json", "--show", "last"})));
  EXPECT_EQ(media::read_picture(folder_ / "page/guided/step-00006-picture.png").rgb,
            media::read_picture(folder_ / "whole.png").rgb);
  // And the picture tells the same run again.
  const std::map<std::string, std::string> of_prompt = everything();
  fs::remove_all(folder_ / "page");
  parsed(run({"explain", "whole.png", "-o", "page", "--show", "last", "--json", "--threads", "1"}));
  EXPECT_EQ(everything(), of_prompt);
}

TEST_F(Explain, goes_on_after_an_interrupt_and_a_kill_to_the_same_bytes) {
  parsed(run(explain({"--json", "--steps", "60"})));
  const std::map<std::string, std::string> whole = everything();
  for (const int signal : {SIGINT, SIGKILL}) {
    SCOPED_TRACE(signal);
    const auto is_midway = [&] { return fs::exists(folder_ / "page/pure/step-00005-picture.png"); };
    cut_off(explain({"--steps", "60"}), "page", is_midway, signal);
    EXPECT_FALSE(fs::exists(folder_ / "page/index.html"));
    const auto guided = fs::last_write_time(folder_ / "page/guided/trace.json");
    parsed(run(explain({"--json", "--steps", "60"})));
    EXPECT_EQ(fs::last_write_time(folder_ / "page/guided/trace.json"), guided) << "kept";
    EXPECT_EQ(everything(), whole);
  }
}

TEST_F(Explain, a_full_disk_loses_no_finished_run) {
  parsed(run(explain({"--json"})));
  const std::map<std::string, std::string> whole = everything();
  std::size_t largest = 0;  // of what the guided run writes
  for (const auto& [name, bytes] : whole)
    if (name.starts_with("page/guided/")) largest = std::max(largest, bytes.size());
  ASSERT_GT(whole.at("page/index.html").size(), largest) << "the page is what does not fit";
  fs::remove_all(folder_ / "page");
  CommandOptions full = options();
  full.file_limit_bytes = 1000;  // not even for a picture
  expect_error(run(explain({}), full), 1, "cannot write");
  full.file_limit_bytes = largest + 500;
  expect_error(run(explain({}), full), 1, "page/index.html: cannot write");
  EXPECT_FALSE(fs::exists(folder_ / "page/index.html"));
  const auto guided = fs::last_write_time(folder_ / "page/guided/trace.json");
  parsed(run(explain({"--json"})));
  EXPECT_EQ(fs::last_write_time(folder_ / "page/guided/trace.json"), guided) << "kept";
  EXPECT_EQ(everything(), whole);
}

TEST_F(Explain, another_picture_under_the_same_name_is_noticed) {
  write_grey("like.png", 100);
  const std::vector<std::string> like = explain({"--json", "--image-prompt", "like.png"});
  parsed(run(like));
  const auto before = everything();
  write_grey("like.png", 240);
  parsed(run(like));
  EXPECT_NE(everything(), before);
}

TEST_F(Explain, looks_at_a_picture_that_has_no_run) {
  media::Picture photo{90, 70, std::vector<std::uint8_t>(90 * 70 * 3)};
  for (std::size_t i = 0; i < photo.rgb.size(); ++i) photo.rgb[i] = std::uint8_t(i * 7 % 251);
  media::write_picture(folder_ / "photo.jpg", photo);
  const std::vector<std::string> look = {"explain",   "photo.jpg", "-m",    kModel,
                                         "--judge",   kJudge,      "-o",    "page",
                                         "--threads", "1",         "--json"};
  expect_error(run(look), 2, "expected --prompt");
  std::vector<std::string> with_prompt = look;
  with_prompt.insert(with_prompt.end(), {"--prompt", "a red apple"});
  const json result = parsed(run(with_prompt));
  const json score = parsed(
      run({"score", "-m", kModel, "--json", "--image", "photo.jpg", "--text", "a red apple"}));
  EXPECT_NEAR(result["similarity"].get<double>(), score["cosine"][0][0].get<double>(), 5e-3);
  EXPECT_GT(result["views"].size(), 0u);
  EXPECT_EQ(pictures_shown(), 3 + int(result["views"].size()));
}

TEST_F(Explain, plans_without_making_anything) {
  const json plan = parsed(run(explain({"--dry-run", "--json"})));
  EXPECT_EQ(plan["runs"], 2);
  EXPECT_EQ(plan["steps"], 6);
  EXPECT_GT(plan["expected_s"].get<double>(), 0);
  EXPECT_GT(plan["memory_mb"].get<double>(), 10);
  EXPECT_FALSE(fs::exists(folder_ / "page"));
  parsed(run(explain({"--json"})));
  int files = 0;
  for (const auto& [name, bytes] : everything()) files += name.ends_with(".png");
  EXPECT_EQ(plan["pictures"], files);
}

TEST_F(Explain, refuses_bad_input_before_any_work) {
  expect_error(run({"explain"}), 2, "expected a prompt or a picture");
  expect_error(run({"explain", "none.png", "-m", kModel}), 1, "none.png");
  expect_error(run(explain({"--show", "first"})), 2, "show: expected");
  expect_error(run(explain({"--prompt", "a cat"})), 2, "got both");
  expect_error(run(explain({}, "no/such/folder")), 1, "no/such");
  std::ofstream(folder_ / "file") << "x";
  expect_error(run(explain({}, "file/page")), 1, "file");
  std::ofstream(folder_ / "broken.png") << "no picture";
  expect_error(run({"explain", "broken.png", "-m", kModel, "--prompt", "a cat"}), 1, "broken.png");
  EXPECT_FALSE(fs::exists(folder_ / "page"));
}

}  // namespace
}  // namespace clipguide::e2e
