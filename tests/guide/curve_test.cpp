#include "clipguide/guide/curve.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "clipguide/base/error.h"
#include "clipguide/guide/prompt_schedule.h"

namespace clipguide::guide {
namespace {

double value(const std::string& text, double t) { return Curve::parse(text, "x").at(t); }

std::string refusal(const std::string& text) {
  try {
    Curve::parse(text, "lr");
  } catch (const base::UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(Curve, ANumberIsAConstant) {
  EXPECT_TRUE(Curve(0.3).constant());
  EXPECT_EQ(Curve(0.3).at(0.7), 0.3);
  EXPECT_TRUE(Curve::parse("1e-3", "x").constant());
  EXPECT_EQ(Curve::parse(" 1e-3 ", "x"), Curve(1e-3));
  EXPECT_FALSE(Curve::parse("0.1*t", "x").constant());
  EXPECT_EQ(Curve::parse("0.1*t", "x").text(), "0.1*t");
}

TEST(Curve, KeyframesAreStraightInBetweenAndLevelOutside) {
  const std::string keys = "0.25:1.0, 0.5:0.2,1:0.4";
  EXPECT_DOUBLE_EQ(value(keys, 0), 1);
  EXPECT_DOUBLE_EQ(value(keys, 0.25), 1);
  EXPECT_DOUBLE_EQ(value(keys, 0.375), 0.6);
  EXPECT_DOUBLE_EQ(value(keys, 0.5), 0.2);
  EXPECT_DOUBLE_EQ(value(keys, 0.75), 0.3);
  EXPECT_DOUBLE_EQ(value(keys, 1), 0.4);
  EXPECT_DOUBLE_EQ(value("0:1.0, 0.5:0.2", 0.9), 0.2);
  EXPECT_DOUBLE_EQ(value("0:t, 1:2*t", 0.5), 0.75) << "half of 0.5 and half of 1";
}

TEST(Curve, FormulasFollowTheRulesOfArithmetic) {
  EXPECT_DOUBLE_EQ(value("1 + 2 * 3 - 4 / 2", 0), 5);
  EXPECT_DOUBLE_EQ(value("10 - 2 - 3", 0), 5);
  EXPECT_DOUBLE_EQ(value("16 / 4 / 2", 0), 2);
  EXPECT_DOUBLE_EQ(value("-2^2", 0), -4);
  EXPECT_DOUBLE_EQ(value("2^3^2", 0), 512);
  EXPECT_DOUBLE_EQ(value("2^-1", 0), 0.5);
  EXPECT_DOUBLE_EQ(value("--2", 0), 2);
  EXPECT_DOUBLE_EQ(value("(1 + 2) * (3 - 4)", 0), -3);
  EXPECT_DOUBLE_EQ(value("1 - 0.8*t^2", 0.5), 0.8);
  EXPECT_DOUBLE_EQ(value("0.5 + 0.5*cos(pi*t)", 1), 0);
  EXPECT_DOUBLE_EQ(value("sin(pi/2) + exp(0) + log(1) + sqrt(9) + abs(-2)", 0), 7);
  EXPECT_DOUBLE_EQ(value("min(3, t) + max(3, t)", 0.5), 3.5);
  EXPECT_DOUBLE_EQ(value("0:min(1,2), 1:max(1,2)", 1), 2) << "commas within brackets";
}

TEST(Curve, RefusesNonsenseAndSaysWhere) {
  EXPECT_EQ(refusal("fast"),
            "lr, column 1: expected t, pi, sin, cos, exp, log, sqrt, abs, min or max, got 'fast'");
  EXPECT_EQ(refusal("0:1, 0.5"), "lr, column 9: expected ':' and a value, got the end");
  EXPECT_EQ(refusal("0:1, 2:3"), "lr, column 6: expected a time from 0 to 1, got '2:3'");
  EXPECT_EQ(refusal("0.5:1, 0.2:3"),
            "lr, column 8: expected a time later than the one before, got '0.2:3'");
  for (const char* text :
       {"",    " ",   "1 +", "(1", "1)",    "2 2", "t t",   "sin",  "sin 1", "min(1)",
        "1,2", "t:1", "0:",  ":1", "1 | 2", "x",   "1e999", "\xff", "+1",    "nan"})
    EXPECT_NE(refusal(text), "") << text;
  EXPECT_NE(refusal(std::string(100, '(')), "");
  EXPECT_NE(refusal("2" + std::string(3000, ' ')), "");
  std::string powers = "2";
  for (int i = 0; i < 500; ++i) powers += "^2";
  EXPECT_NE(refusal(powers), "");
}

TEST(Curve, FindsValuesOutOfRange) {
  EXPECT_EQ(Curve::parse("0:0.5, 0.123:2, 0.2:0.5", "x").worst(0, 1), 2);
  EXPECT_LT(Curve::parse("0.1 - t", "x").worst(0, 1), 0);
  EXPECT_FALSE(std::isfinite(Curve::parse("1/t", "x").worst(0, 1e9)));
  EXPECT_TRUE(std::isnan(Curve::parse("sqrt(t - 2)", "x").worst(0, 1)));
  EXPECT_EQ(Curve(0.5).worst(0, 1), 0.5);
}

TEST(PromptSchedule, OneFactorAPrompt) {
  const std::vector<Curve> factors = parse_factors("prompt-weights", "0:1, 1:0 | t | 0.5");
  ASSERT_EQ(factors.size(), 3u);
  EXPECT_DOUBLE_EQ(factors[0].at(0.25), 0.75);
  EXPECT_DOUBLE_EQ(factors[1].at(0.25), 0.25);
  EXPECT_DOUBLE_EQ(factors[2].at(0.25), 0.5);
  for (const char* text : {"", "1 |", "| 1", "t - 0.5", "-1", "1/t"})
    EXPECT_THROW(parse_factors("prompt-weights", text), base::UsageError) << text;
}

TEST(PromptSchedule, FactorsAreOneAnItemOrOneForAll) {
  const FactorItems three = {"image-weights", "image prompt", 3};
  const std::vector<Curve> same = factors_of(three, "1 - t");
  ASSERT_EQ(same.size(), 3u);
  EXPECT_DOUBLE_EQ(same[2].at(0.25), 0.75);
  EXPECT_DOUBLE_EQ(factors_of(three, "0 | t | 2")[1].at(0.25), 0.25);
  EXPECT_TRUE(factors_of(three, "").empty());
  const auto complaint = [](const FactorItems& items, const char* text) -> std::string {
    try {
      factors_of(items, text);
    } catch (const base::UsageError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(complaint(three, "1 | t"),
            "image-weights: expected 3 of them, one for each image prompt, or one for all, got 2");
  EXPECT_EQ(complaint({"style-weights", "style image", 1}, "1 | t"),
            "style-weights: expected 1 of them, one for each style image, got 2");
  EXPECT_EQ(complaint({"region-weights", "region", 0}, "t"),
            "region-weights: expected regions to weigh, got none");
  EXPECT_EQ(complaint({"region-weights", "region", 1}, "t - 1"),
            "region-weights: expected finite factors, 0 or more, got -1 from 't - 1'");
}

TEST(PromptSchedule, AMorphFadesFromEachPromptToTheNext) {
  const std::vector<Curve> factors = morph_weights(3);
  for (const double t : {0.0, 0.1, 0.5, 0.8, 1.0}) {
    double sum = 0;
    for (const Curve& factor : factors) sum += factor.at(t);
    EXPECT_NEAR(sum, 1, 1e-12) << t;
  }
  EXPECT_DOUBLE_EQ(factors[0].at(0), 1);
  EXPECT_DOUBLE_EQ(factors[1].at(0.5), 1);
  EXPECT_DOUBLE_EQ(factors[2].at(1), 1);
  EXPECT_DOUBLE_EQ(factors[1].at(0.25), 0.5);
  EXPECT_THROW(morph_weights(1), base::UsageError);
}

}  // namespace
}  // namespace clipguide::guide
