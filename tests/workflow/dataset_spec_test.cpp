#include "clipguide/workflow/dataset_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <set>

#include "clipguide/base/error.h"
#include "clipguide/workflow/fingerprint.h"
#include "support/temporary_folder.h"
#include "workflow/pictures.h"

namespace clipguide::workflow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

DatasetSpec parsed(const std::string& text) {
  return dataset_spec_of(SpecTable::parse(text, "fruit.toml"));
}

std::string spec_refusal(const std::string& text) {
  try {
    parsed(text);
  } catch (const base::UsageError& error) {
    return std::string(error.what()) + " | " + error.hint();
  }
  return "none";
}

const std::string kFruit = R"(
seed = 7
preset = "fast"
format = "webdataset"
count = 12
prompts = ["a {colour} {class} on {ground}", "a {class}"]
[slots]
colour = ["red", "orange"]
ground = ["grass", "a table"]
[options]
width = 64
negative_prompt = "text"
[ranges]
steps = { from = 20, to = 22 }
tv = { from = 10.0, to = 300.0 }
views = ["das", "plain"]
[reject]
min_similarity = 0.2
attempts = 6
[duplicates]
measure = "judge"
cosine = 0.9
[[class]]
name = "apple"
words = ["apple", "apples"]
[[class]]
name = "pear"
count = 3
judge = "one pear"
slots.ground = ["snow"]
)";

TEST(DatasetSpec, is_read_with_what_classes_share_and_what_is_their_own) {
  const DatasetSpec spec = parsed(kFruit);
  EXPECT_EQ(spec.seed, 7u);
  EXPECT_EQ(spec.preset, "fast");
  EXPECT_EQ(spec.format, "webdataset");
  EXPECT_EQ(spec.picture_count(), 15);
  ASSERT_EQ(spec.classes.size(), 2u);
  const DatasetClass &apple = spec.classes[0], &pear = spec.classes[1];
  EXPECT_EQ(apple.judge, "a picture of an apple");
  EXPECT_EQ(pear.judge, "one pear");
  EXPECT_THAT(apple.slots.at("class"), ElementsAre("apple", "apples"));
  EXPECT_THAT(pear.slots.at("class"), ElementsAre("pear"));
  EXPECT_THAT(apple.slots.at("ground"), ElementsAre("grass", "a table"));
  EXPECT_THAT(pear.slots.at("ground"), ElementsAre("snow"));
  EXPECT_DOUBLE_EQ(*spec.rejection.min_similarity, 0.2);
  EXPECT_TRUE(spec.rejection.judge_first);
  EXPECT_EQ(spec.rejection.attempts, 6);
  EXPECT_EQ(spec.duplicates.measure, DuplicateRule::Measure::judge);
  guide::RunOptions run;
  spec.apply_options(run);
  EXPECT_EQ(run.width, 64);
  EXPECT_EQ(run.negative_prompt, "text");
}

TEST(DatasetSpec, what_cannot_be_is_refused_with_its_line) {
  const std::string one = "count = 2\n[[class]]\nname = \"apple\"\n";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"count = 2\n", "class: expected a [[class]] for each class, got none"},
      {"count = 0\n[[class]]\nname = \"apple\"\n", "line 1: count: expected an integer from 1"},
      {"[[class]]\nname = \"apple\"\n", "count: expected a number of pictures"},
      {"count = 2\n[[class]]\n", "name: expected a text, got nothing"},
      {one + "words = []\n", "words: expected at least one text, got an empty list"},
      {one + "prompts = [\"\"]\n", "prompts: expected texts with words"},
      {one + "[[class]]\nname = \"Apple\"\n",
       "line 5: name: expected each class once, got 'Apple', which stands in line 3"},
      {one + "[[class]]\nname = \"pear\"\nwords = [\"apple\"]\n",
       "judge: expected a text of its own"},
      {"count = 2\n[[class]]\nname = \"../apple\"\n", "name: expected letters, digits"},
      {"count = 2\n[[class]]\nname = \"a/b\"\n", "'/' in 'a/b'"},
      {"count = 2\n[[class]]\nname = \"nul\"\n", "name: expected letters"},
      {"count = 2\n[[class]]\nname = \" apple\"\n", "space around"},
      {"prompts = [\"a {colour} {class}\"]\n" + one,
       "expected a list for the slot {colour} of 'a {colour} {class}' in [slots], got none"},
      {"prompts = [\"a {colour {class}\"]\n" + one, "line 1: prompt: expected slots as {name}"},
      {"prompts = [\"a {} class\"]\n" + one, "expected a slot's name"},
      {"prompts = [\"a {class}:x y:nan\"]\n" + one, "prompt"},
      {"cuont = 2\n" + one, "unknown key 'cuont' | did you mean count?"},
      {one + "nmae = \"x\"\n", "unknown key 'nmae' | did you mean name?"},
      {"format = \"zip\"\n" + one,
       "format: expected one of imagefolder, webdataset, coco, got 'zip'"},
      {one + "[slots]\nclass = [\"x\"]\n", "a slot with another name"},
      {one + "[slots]\ncolour = []\n", "colour: expected at least one text"},
      {one + "[options]\nstpes = 3\n", "unknown key 'stpes' | did you mean steps?"},
      {one + "[options]\nsteps = 0\n", "line 5: steps: expected a whole number from 1"},
      {one + "[options]\nprompt = \"x\"\n", "prompt: expected an option that all pictures share"},
      {one + "[ranges]\nseed = [1, 2]\n", "seed: expected an option"},
      {one + "[ranges]\nsteps = { from = 30, to = 20 }\n",
       "line 5: steps: expected a range from low to high, got from 30 to 20"},
      {one + "[ranges]\nsteps = { from = 0, to = 20 }\n", "steps: expected a whole number from 1"},
      {one + "[ranges]\nsteps = { from = 1.5, to = 20 }\n", "from: expected an integer"},
      {one + "[ranges]\nsteps = { form = 1, to = 20 }\n", "unknown key 'form'"},
      {one + "[ranges]\nsteps = 20\n",
       "steps: expected { from = .., to = .. } or a list of choices"},
      {one + "[ranges]\nviews = { from = 1, to = 2 }\n", "views: expected a list of choices"},
      {one + "[ranges]\nviews = [\"dsa\"]\n", "views: expected"},
      {one + "[ranges]\nviews = []\n", "views: expected a list of choices, got an empty list"},
      {one + "[options]\nsteps = 4\n[ranges]\nsteps = [2, 3]\n",
       "steps: expected an option in [options] or in [ranges], got one in both"},
      {one + "[reject]\nattempts = 0\n", "attempts: expected an integer from 1"},
      {one + "[reject]\nmin_similarity = 2\n", "min_similarity: expected a number from -1 to 1"},
      {one + "[duplicates]\nmeasure = \"hash\"\ncosine = 0.9\n", "unknown key 'cosine'"},
  };
  for (const auto& [text, says] : cases) {
    EXPECT_THAT(spec_refusal(text), HasSubstr(says)) << text;
    EXPECT_THAT(spec_refusal(text), HasSubstr("fruit.toml: line ")) << text;
  }
  EXPECT_EQ(spec_refusal(one), "none");
}

TEST(DatasetSpec, its_files_lie_beside_it_and_are_looked_for_when_it_is_read) {
  const test::TemporaryFolder folder;
  test::write_grey(folder / "a.png");
  test::write_truncated(folder / "cut.png");
  const std::string head = "count = 2\n[[class]]\nname = \"apple\"\n",
                    path = (folder / "a.png").string();
  const auto read = [&](const std::string& more) {
    return dataset_spec_of(SpecTable::parse(head + more, (folder / "fruit.toml").string()));
  };
  const DatasetSpec spec = read(
      "[options]\nstyle_image = [\"a.png:0.5\"]\n"
      "[ranges]\ninit = [\"a.png\", \"noise\"]\nimage_prompt = [[\"a.png\"]]\n");
  EXPECT_EQ(spec.options["style-image"], nlohmann::json({path + ":0.5"}));
  std::set<std::string> starts;
  for (int index = 0; index < 40; ++index) {
    const Candidate candidate = draw_candidate(spec, {}, spec.classes[0], index, 0);
    starts.insert(candidate.options.init);
    EXPECT_THAT(candidate.options.image_prompts, ElementsAre(path));
  }
  EXPECT_EQ(starts, (std::set<std::string>{path, "noise"}));

  for (const std::string more :
       {"[options]\ninit = \"no.png\"\n", "[ranges]\nmask = [\"a.png\", \"no.png\"]\n"}) {
    try {
      read(more);
      ADD_FAILURE() << "expected a UsageError for " << more;
    } catch (const base::UsageError& error) {
      EXPECT_THAT(error.what(), HasSubstr("fruit.toml: line 5: "));
      EXPECT_THAT(error.what(), HasSubstr("expected a file, got 'no.png', which is not there"));
    }
  }
  EXPECT_THROW(read("[ranges]\ninit = [\"a.png\", \"cut.png\"]\n"), base::UsageError);
}

TEST(PromptTemplate, fills_slots_and_lets_articles_follow) {
  const auto fill = [](const char* text, std::map<std::string, std::string> words) {
    return PromptTemplate::parse(text).fill(words);
  };
  EXPECT_EQ(fill("a {x} on a {y}", {{"x", "apple"}, {"y", "table"}}), "an apple on a table");
  EXPECT_EQ(fill("An {x}, {x}", {{"x", "pear"}}), "A pear, pear");
  EXPECT_EQ(fill("a {x}", {{"x", "unicorn"}}), "a unicorn");
  EXPECT_EQ(fill("a {x}", {{"x", "hourglass"}}), "an hourglass");
  EXPECT_EQ(fill("pizza {x}", {{"x", "oven"}}), "pizza oven") << "no article of its own";
  EXPECT_THAT(PromptTemplate::parse("{b} {a} {b}").slots(), ElementsAre("b", "a"));
}

TEST(Candidates, follow_from_seed_class_index_and_attempt) {
  const DatasetSpec spec = parsed(kFruit);
  const guide::RunOptions shared;
  const auto drawn = [&](const DatasetSpec& of, std::size_t c, int index, int attempt) {
    const Candidate candidate = draw_candidate(of, shared, of.classes[c], index, attempt);
    return guide::to_json(candidate.options).dump();
  };
  std::set<std::string> all;
  for (std::size_t c : {0, 1})
    for (int index = 0; index < 3; ++index)
      for (int attempt = 0; attempt < 3; ++attempt) all.insert(drawn(spec, c, index, attempt));
  EXPECT_EQ(all.size(), 18u) << "no two alike";
  EXPECT_EQ(drawn(spec, 0, 2, 1), drawn(parsed(kFruit), 0, 2, 1));
  // Another class, another range and another count shift nothing.
  std::string more = kFruit + "[[class]]\nname = \"banana\"\n";
  EXPECT_EQ(drawn(spec, 1, 2, 1), drawn(parsed(more), 1, 2, 1));
  more = kFruit;
  more.replace(more.find("[ranges]"), 8, "[ranges]\ncuts = [2, 3]");
  const DatasetSpec wider = parsed(more);
  const Candidate a = draw_candidate(spec, shared, spec.classes[0], 5, 0),
                  b = draw_candidate(wider, shared, wider.classes[0], 5, 0);
  EXPECT_EQ(a.options.seed, b.options.seed);
  EXPECT_EQ(a.options.prompt, b.options.prompt);
  EXPECT_EQ(a.drawn["steps"], b.drawn["steps"]);
}

TEST(Candidates, options_stay_in_their_ranges_and_reach_their_ends) {
  const DatasetSpec spec = parsed(kFruit);
  std::set<int> steps;
  std::set<std::string> views, prompts;
  double least = 1e9, most = 0;
  for (int index = 0; index < 300; ++index) {
    const Candidate candidate = draw_candidate(spec, {}, spec.classes[0], index, 0);
    steps.insert(candidate.options.steps);
    views.insert(candidate.options.views);
    prompts.insert(candidate.options.prompt);
    const double tv = candidate.drawn["tv"].get<double>();
    EXPECT_DOUBLE_EQ(tv, candidate.options.tv.at(0));
    least = std::min(least, tv), most = std::max(most, tv);
  }
  EXPECT_THAT(steps, ElementsAre(20, 21, 22));
  EXPECT_THAT(views, ElementsAre("das", "plain"));
  EXPECT_EQ(prompts.size(), 2u * 2 * 2 + 2) << "all that the templates can say";
  EXPECT_GE(least, 10);
  EXPECT_LT(least, 20);
  EXPECT_LE(most, 300);
  EXPECT_GT(most, 290);
}

media::Picture disc(int side_px, double x, double y, int shade) {
  media::Picture picture{side_px, side_px, {}};
  for (int row = 0; row < side_px; ++row)
    for (int column = 0; column < side_px; ++column) {
      const double dx = (column + 0.5) / side_px - x, dy = (row + 0.5) / side_px - y;
      const int value = int(200 * std::exp(-8 * (dx * dx + dy * dy))) + shade;
      picture.rgb.insert(picture.rgb.end(), 3, std::uint8_t(value));
    }
  return picture;
}

TEST(Fingerprint, of_near_pictures_is_near) {
  const std::uint64_t one = difference_hash(disc(64, 0.4, 0.5, 20));
  EXPECT_LE(differing_bits(one, difference_hash(disc(128, 0.4, 0.5, 30))), 4) << "larger, lighter";
  EXPECT_GE(differing_bits(one, difference_hash(disc(64, 0.8, 0.5, 20))), 10) << "elsewhere";
  EXPECT_NO_THROW(difference_hash(disc(5, 0.5, 0.5, 0))) << "fewer pixels than cells";

  const std::vector<float> a = {0.6f, 0.8f, 0}, b = {0.8f, 0.6f, 0};
  EXPECT_NEAR(cosine(quantised(a), quantised(b)), 0.96, 1e-4);
  EXPECT_DOUBLE_EQ(cosine(quantised(a), quantised(a)), 1);
  Fingerprint print;
  print.direction = quantised(a);
  EXPECT_EQ(fingerprint_of(to_json(print)).direction, print.direction);
  print.direction.clear();
  print.hash = 0xFEDCBA9876543210;
  EXPECT_EQ(fingerprint_of(to_json(print)).hash, print.hash);
}

}  // namespace
}  // namespace clipguide::workflow
