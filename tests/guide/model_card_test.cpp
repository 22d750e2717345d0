#include "clipguide/guide/model_card.h"

#include <gtest/gtest.h>

#include <fstream>

#include "clipguide/base/error.h"
#include "clipguide/guide/evaluation.h"
#include "clipguide/guide/prompt_list.h"
#include "support/temporary_folder.h"

namespace clipguide::guide {
namespace {

class Card : public testing::Test {
 protected:
  ModelCard read(const std::string& text) {
    std::ofstream(folder_ / "guidance.json") << text;
    return read_model_card(folder_.path());
  }
  test::TemporaryFolder folder_;
};

TEST_F(Card, PresetsChangeTheDefaultOnes) {
  const ModelCard card = read(R"({"closed_vocabulary": true, "presets": {
      "default": {"canvas": "pixel", "steps": 70}, "fast": {"steps": 20}}})");
  EXPECT_TRUE(card.closed_vocabulary);
  EXPECT_EQ(preset_options(card, "default").steps, 70);
  EXPECT_EQ(preset_options(card, "fast").steps, 20);
  EXPECT_EQ(preset_options(card, "fast").canvas, "pixel");
  EXPECT_EQ(preset_options(card, "default").width, RunOptions{}.width);
}

TEST_F(Card, WithoutOneTheProgramsOwnOptionsHold) {
  const ModelCard card = read_model_card(folder_.path());
  EXPECT_FALSE(card.closed_vocabulary);
  EXPECT_EQ(preset_options(card, "default").steps, RunOptions{}.steps);
  EXPECT_LT(preset_options(card, "fast").steps, preset_options(card, "fine").steps);
  for (const std::string& name : preset_names())
    EXPECT_EQ(preset_options(card, name).avoid, name == "pure" ? "none" : "letters") << name;
}

TEST_F(Card, PureIsTheTextbookForEveryModel) {
  const ModelCard card = read(R"({"presets": {"default": {"init": "search", "tv": 0.5}}})");
  const RunOptions pure = preset_options(card, "pure");
  EXPECT_EQ(pure.canvas, "pixel");
  EXPECT_EQ(pure.views, "plain");
  EXPECT_EQ(pure.init, "grey");
  EXPECT_EQ(pure.tv.at(0), 0);
}

TEST_F(Card, NamesWhatIsToBeAvoided) {
  const ModelCard card = read(R"({"avoid": {"letters": "a letter:0.3"}})");
  RunOptions options;
  EXPECT_EQ(avoided_prompts(card, options), "") << "nothing, unless asked for";
  options.avoid = "letters";
  EXPECT_EQ(avoided_prompts(card, options), "a letter:0.3");
  EXPECT_NE(avoided_prompts(general_card(), options), "");
  EXPECT_EQ(preset_options(card, "default").avoid, "letters")
      << "unless the card has presets of its own";
  EXPECT_EQ(preset_options(card, "pure").avoid, "none");
  EXPECT_THROW(read(R"({"avoid": {"letters": "a letter:nan"}})"), base::UsageError);
  EXPECT_THROW(read(R"({"avoid": "letters"})"), base::FormatError);
}

TEST_F(Card, BadOnesAreRefusedByName) {
  EXPECT_THROW(read("{"), base::FormatError);
  EXPECT_THROW(read(R"({"preset": {}})"), base::FormatError);
  EXPECT_THROW(read(R"({"presets": {"fast": {"stepps": 3}}})"), base::UsageError);
  EXPECT_THROW(read(R"({"presets": {"fast": {"steps": 0}}})"), base::UsageError);
  EXPECT_THROW(preset_options(read("{}"), "fsat"), base::UsageError);
}

TEST(PromptList, TakesALineAPrompt) {
  EXPECT_EQ(parse_prompt_list("# list\n\n  a cat \r\na dog", "x"),
            (std::vector<std::string>{"a cat", "a dog"}));
}

TEST(PromptList, RefusesWhatCannotBeEvaluated) {
  EXPECT_THROW(parse_prompt_list("# nothing\n", "x"), base::UsageError);
  EXPECT_THROW(parse_prompt_list("a:0", "x"), base::UsageError);
  try {
    parse_prompt_list("a cat\na dog\na cat\n", "list.txt");
    FAIL() << "a repeated prompt was taken";
  } catch (const base::UsageError& error) {
    EXPECT_STREQ(error.what(),
                 "list.txt: line 3: expected each prompt once, got that of line 1 again");
  }
}

TEST(Evaluation, SummaryCountsRanks) {
  std::vector<EvaluatedPicture> pictures(4);
  const int ranks[] = {1, 3, 5, 6};
  for (int i = 0; i < 4; ++i) {
    pictures[std::size_t(i)].rank = ranks[i];
    pictures[std::size_t(i)].similarity = 0.5;
    pictures[std::size_t(i)].judge_similarity = 0.1 * i;
  }
  pictures[1].elapsed_s = 3;
  const Evaluation summary = summary_of(pictures);
  EXPECT_DOUBLE_EQ(summary.r_precision_1, 0.25);
  EXPECT_DOUBLE_EQ(summary.r_precision_5, 0.75);
  EXPECT_DOUBLE_EQ(summary.similarity, 0.5);
  EXPECT_NEAR(summary.judge_similarity, 0.15, 1e-12);
  EXPECT_DOUBLE_EQ(summary.seconds_per_picture.value(), 3);
  EXPECT_FALSE(summary_of({}).seconds_per_picture.has_value());
}

TEST(Evaluation, ALimitSpreadsOverTheList) {
  EXPECT_EQ(spread_evenly(10, 3), (std::vector<std::size_t>{0, 3, 6}));
  EXPECT_EQ(spread_evenly(3, 0).size(), 3u);
  EXPECT_EQ(spread_evenly(3, 9).size(), 3u);
}

}  // namespace
}  // namespace clipguide::guide
