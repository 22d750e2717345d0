#include "clipguide/workflow/svg_chart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <regex>

#include "clipguide/base/error.h"
#include "workflow/count_of.h"

namespace clipguide::workflow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Chart two_lines() {
  Chart chart;
  chart.title = "a chart";
  chart.x_label = "steps";
  chart.y_label = "similarity";
  chart.series = {{"first", {0, 1, 2}, {0, 1, 0}}, {"second", {0, 1, 2}, {1, 0, 1}}};
  return chart;
}

TEST(Ticks, AreRoundAndInside) {
  EXPECT_THAT(ticks(0, 1, 5, false),
              ElementsAre(0, 0.2, testing::DoubleEq(0.4), testing::DoubleNear(0.6, 1e-9), 0.8, 1));
  EXPECT_THAT(ticks(0, 80, 8, false), ElementsAre(0, 10, 20, 30, 40, 50, 60, 70, 80));
  for (const double value : ticks(-0.37, 0.62, 6, false)) {
    EXPECT_GE(value, -0.37);
    EXPECT_LE(value, 0.62);
  }
  EXPECT_THAT(ticks(1e-6, 2e6, 6, true).front(), testing::DoubleNear(1e-6, 1e-12));
  EXPECT_LE(ticks(1e-6, 2e6, 6, true).size(), 8u);
  EXPECT_THAT(ticks(0.01, 0.5, 6, true), ElementsAre(0.01, 0.02, 0.05, 0.1, 0.2, 0.5));
  EXPECT_TRUE(ticks(1, 1, 5, false).empty());
}

TEST(SvgChart, HasALineALabelAndALegendForEach) {
  const std::string svg = svg_of(two_lines());
  EXPECT_THAT(svg, testing::StartsWith("<svg"));
  for (const char* word : {"<title>a chart</title>", ">steps<", ">similarity<", ">first<",
                           ">second<", "currentColor", "role=\"img\""})
    EXPECT_THAT(svg, HasSubstr(word));
  EXPECT_EQ(count_of(svg, "<path"), 4) << "two lines, two legend strokes";
  EXPECT_EQ(count_of(svg, "<svg"), count_of(svg, "</svg>"));
}

TEST(SvgChart, PointsLieWhereTheirValuesAre) {
  const std::string svg = svg_of(two_lines());
  std::smatch match;
  ASSERT_TRUE(std::regex_search(
      svg, match, std::regex(R"(M([\d.]+) ([\d.]+) L([\d.]+) ([\d.]+) L([\d.]+) ([\d.]+))")));
  const auto value = [&](std::size_t i) { return std::stod(match[i].str()); };
  EXPECT_NEAR(value(3) - value(1), value(5) - value(3), 0.2) << "even in x";
  EXPECT_GT(value(2), value(4)) << "a larger value lies higher";
  EXPECT_EQ(value(2), value(6));
}

TEST(SvgChart, LogarithmsSpaceDecadesEvenlyAndLeaveOutWhatHasNone) {
  Chart chart = two_lines();
  chart.log_x = chart.log_y = true;
  chart.series = {{"fall", {0.01, 0.1, 1, 10}, {100, 10, 1, 0}}};
  const std::string svg = svg_of(chart);
  std::smatch match;
  ASSERT_TRUE(std::regex_search(
      svg, match, std::regex(R"(M([\d.]+) ([\d.]+) L([\d.]+) ([\d.]+) L([\d.]+) ([\d.]+)\")")));
  const auto value = [&](std::size_t i) { return std::stod(match[i].str()); };
  EXPECT_NEAR(value(3) - value(1), value(5) - value(3), 0.2);
  EXPECT_NEAR(value(4) - value(2), value(6) - value(4), 0.2);
}

TEST(SvgChart, GapsAndSinglePointsAreKept) {
  Chart chart = two_lines();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  chart.series = {{"broken", {0, 1, 2, 3, 4}, {1, 2, nan, 4, nan}}};
  const std::string svg = svg_of(chart);
  EXPECT_EQ(count_of(svg, "<circle"), 1);
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  chart.series = {{"level", {0, 1}, {0.5, 0.5}}};
  EXPECT_THAT(svg_of(chart), Not(HasSubstr("nan")));
  chart.series = {};
  EXPECT_THAT(svg_of(chart), Not(HasSubstr("inf")));
}

TEST(SvgChart, EscapesWordsAndRefusesCountsThatDiffer) {
  Chart chart = two_lines();
  chart.title = "<script>";
  chart.series[0].name = "a & b";
  const std::string svg = svg_of(chart);
  EXPECT_THAT(svg, Not(HasSubstr("<script>")));
  EXPECT_THAT(svg, HasSubstr("a &amp; b"));
  chart.series[0].y.pop_back();
  EXPECT_THROW(svg_of(chart), base::ShapeError);
}

}  // namespace
}  // namespace clipguide::workflow
