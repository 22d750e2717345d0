#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "clipguide/base/error.h"
#include "clipguide/guide/option_table.h"
#include "clipguide/workflow/explanation_page.h"
#include "clipguide/workflow/explanation_words.h"
#include "clipguide/workflow/run_trace.h"

namespace clipguide::workflow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

RunTrace trace_of(std::vector<double> similarity, std::vector<double> judge, double slope = -2) {
  RunTrace trace;
  trace.options.prompt = "a <red> apple";
  trace.options.steps = int(similarity.size()) - 1;
  for (std::size_t i = 0; i < similarity.size(); ++i) {
    Moment moment;
    moment.step = int(i);
    moment.similarity = similarity[i];
    if (!judge.empty()) moment.judge = judge[i];
    moment.picture = "step-" + std::to_string(i) + "-picture.png";
    moment.views = {{"v1.png", 0.1}, {"v2.png", 0.3}};
    moment.view_count = 3;
    moment.view_similarity = 0.2;
    moment.gradient = "g.png";
    moment.gradient_size = "s.png";
    moment.gradient_full = 0.25;
    if (i + 1 < similarity.size()) moment.update = "u.png";
    moment.largest_update = 12.5;
    moment.frequency = {0.01, 0.1};
    moment.power = {100, 1};
    moment.spectral_slope = slope;
    trace.moments.push_back(moment);
    trace.curve.step.push_back(double(i));
  }
  trace.curve.similarity = similarity;
  trace.curve.judge = judge;
  return trace;
}

TEST(Moments, AreReadSortedAndKeptWithinTheRun) {
  EXPECT_THAT(parse_moments("0,1,2,5,10,20,50,last", 30), ElementsAre(0, 1, 2, 5, 10, 20, 30));
  EXPECT_THAT(parse_moments("5, 3 ,5", 8), ElementsAre(3, 5, 8));
  EXPECT_THAT(parse_moments("400", 8), ElementsAre(8));
  for (const char* bad : {"", "1,,2", "-1", "first", "1;2", "1,2,", "2.5"})
    EXPECT_THROW(parse_moments(bad, 10), base::UsageError) << bad;
}

TEST(Words, TellARiseAFallAndNeither) {
  EXPECT_EQ(told({0.1, 0.25}), "rose from 0.100 to 0.250");
  EXPECT_EQ(told({0.25, 0.1}), "fell from 0.250 to 0.100");
  EXPECT_EQ(told({0.25, 0.2501}), "stayed at 0.250");
  EXPECT_EQ(after_steps(0), "before the first step");
  EXPECT_EQ(after_steps(1), "after 1 step");
  EXPECT_EQ(after_steps(20), "after 20 steps");
}

TEST(Words, TheLessonFollowsTheNumbers) {
  const RunTrace guided = trace_of({0.1, 0.8}, {0.1, 0.7});
  const auto lesson = [&](const RunTrace& a, double judge_of_pure) {
    return lesson_of(a, trace_of({0.1, 0.9}, {0.1, judge_of_pure}));
  };
  EXPECT_THAT(lesson(guided, 0.1), HasSubstr("only the guided one convinced"));
  EXPECT_THAT(lesson(guided, 0.1), HasSubstr("rose from 0.100 to 0.800"));
  EXPECT_THAT(lesson(guided, 0.4), HasSubstr("50% of the guided one's gain"));
  EXPECT_THAT(lesson(guided, 0.58), HasSubstr("a little less (80%"));
  EXPECT_THAT(lesson(guided, 0.76), HasSubstr("as much as by the guided one (110%"));
  // A head start is no loss: what counts is where both end.
  EXPECT_THAT(lesson(trace_of({0.7, 0.8}, {0.6, 0.7}), 0.7), HasSubstr("(100% of its gain)"));
  const RunTrace failed = trace_of({0.1, 0.8}, {0.1, 0.1});
  EXPECT_THAT(lesson(failed, 0.1), HasSubstr("In neither run"));
  EXPECT_THAT(lesson(failed, 0.6), HasSubstr("the other way"));
  EXPECT_THAT(lesson_of(trace_of({0.1, 0.8}, {}), trace_of({0.1, 0.9}, {})),
              HasSubstr("No judge looked on"));
}

TEST(Words, TheSpectraAreComparedAsTheyAre) {
  const auto lesson = [](double guided, double pure) {
    return spectrum_lesson_of(trace_of({0, 1}, {}, guided), trace_of({0, 1}, {}, pure));
  };
  EXPECT_THAT(lesson(-2.5, -1), HasSubstr("The pure picture has the flatter line"));
  EXPECT_THAT(lesson(-1, -2.5), HasSubstr("The guided picture has the flatter line"));
  EXPECT_THAT(lesson(-2, -2.1), HasSubstr("alike"));
}

TEST(Words, ViewsAreToldWithTheirSpread) {
  EXPECT_EQ(views_told(trace_of({0, 1}, {}).moments[0]),
            "3 views were looked at, similarity 0.200 on average. The first 2 are shown. The "
            "coolest of these has 0.100, the warmest 0.300.");
}

TEST(RunTrace, ComesBackFromItsJson) {
  const RunTrace trace = trace_of({0.1, 0.123456789012345678, 0.9}, {0.2, 0.3, 0.4});
  const nlohmann::json once = to_json(trace);
  const RunTrace back = trace_from_json(nlohmann::json::parse(once.dump()));
  EXPECT_EQ(to_json(back), once);
  EXPECT_EQ(back.curve.similarity[1], trace.curve.similarity[1]);
  EXPECT_EQ(back.moments[1].judge, 0.3);
  nlohmann::json broken = once;
  broken["moments"][0].erase("picture");
  EXPECT_THROW(trace_from_json(broken), nlohmann::json::exception);
}

TEST(PureRun, KeepsTheWishAndDropsTheBrakes) {
  guide::RunOptions options;
  options.prompt = "a cat";
  options.negative_prompt = "text";
  options.seed = 9;
  options.steps = 33;
  options.width = 80;
  options.models = {"m"};
  options.judge = "j";
  options.tv = 200;
  options.coarse_to_fine = 1;
  options.keep = "best";
  const guide::RunOptions pure = pure_run_of(options);
  EXPECT_EQ(pure.prompt, "a cat");
  EXPECT_EQ(pure.seed, 9u);
  EXPECT_EQ(pure.steps, 33);
  EXPECT_EQ(pure.width, 80);
  EXPECT_EQ(pure.models, options.models);
  EXPECT_EQ(pure.judge, "j");
  EXPECT_EQ(pure.canvas, "pixel");
  EXPECT_EQ(pure.views, "plain");
  EXPECT_EQ(pure.negative_prompt, "");
  EXPECT_EQ(pure.tv.at(0), 0);
  EXPECT_EQ(pure.coarse_to_fine, 0);
}

Explanation explanation_of_run() {
  Explanation e;
  e.guided = trace_of({0.1, 0.4, 0.8}, {0.1, 0.4, 0.7});
  e.pure = trace_of({0.1, 0.5, 0.9}, {0.1, 0.2, 0.2}, -0.5);
  e.options = e.guided->options;
  e.options.judge = "the-judge";
  e.prompts = {{"a <red> apple", 1, {{320, "a"}, {736, "<red>"}}, {"xyzzy"}}};
  e.model = "pictogram";
  e.model_side_px = 64;
  e.embedding = 256;
  return e;
}

TEST(ExplanationPage, TellsTheRunWithItsNumbersAndFigures) {
  const std::string html = explanation_page(explanation_of_run());
  for (const char* part :
       {"&lt;red&gt; (736)", "xyzzy", "guided/step-0-picture.png", "pure/step-2-picture.png",
        "guided/v1.png", "12.5 levels", "64 &times; 64", "the-judge", "After 1 step", "<svg",
        "rose from 0.100 to 0.800", "slope of -2.0", "256 numbers"})
    EXPECT_THAT(html, HasSubstr(part));
  EXPECT_THAT(html, Not(HasSubstr("<red>"))) << "foreign text is escaped";
  EXPECT_THAT(html, Not(HasSubstr("http"))) << "nothing comes from elsewhere";
  EXPECT_EQ(html, explanation_page(explanation_of_run()));
}

TEST(ExplanationPage, TellsAPictureWithoutARun) {
  Explanation e = explanation_of_run();
  e.seen = e.guided->moments.back();
  e.guided.reset();
  e.pure.reset();
  e.picture = "photo & more.jpg";
  const std::string html = explanation_page(e);
  EXPECT_THAT(html, HasSubstr("What CLIP sees in photo &amp; more.jpg"));
  EXPECT_THAT(html, HasSubstr("seen/g.png"));
  EXPECT_THAT(html, Not(HasSubstr("guided/")));
}

}  // namespace
}  // namespace clipguide::workflow
