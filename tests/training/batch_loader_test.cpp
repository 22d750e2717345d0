#include "training/batch_loader.h"

#include <gtest/gtest.h>

namespace clipguide::training {
namespace {

constexpr int kSide = 32, kLength = 40;

const world::World& small_world() {
  static const world::World made(7);  // two seconds of rasterising: once
  return made;
}

const clip::Tokenizer& tokenizer() {
  static const clip::Tokenizer made(CLIPGUIDE_SOURCE_DIR "/models/pictogram");
  return made;
}

at::Tensor pictures(double single_share) {
  return make_batch(small_world(), tokenizer(), 16, 16, kSide, kLength, world::Split::train,
                    {0, single_share})
      .picture;
}

TEST(MakeBatch, SinglesTakeTheLastOfEveryEight) {
  const at::Tensor none = pictures(0), half = pictures(0.5), all = pictures(1);
  for (int i = 0; i < 16; ++i) {
    EXPECT_EQ(half[i].equal(none[i]), i % 8 < 4) << i;
    EXPECT_EQ(half[i].equal(all[i]), i % 8 >= 4) << i;
  }
}

TEST(MakeBatch, WrittenSinglesAreShapesLettersAndWords) {
  const auto captions = [](double written_share) {
    const at::Tensor ids = make_batch(small_world(), tokenizer(), 0, 32, kSide, kLength,
                                      world::Split::train, {0, 1, written_share})
                               .token_ids;
    std::vector<std::string> texts;
    for (std::int64_t i = 0; i < ids.size(0); ++i) {
      const auto* row = ids[i].data_ptr<std::int64_t>();
      texts.push_back(tokenizer().decode({row, row + ids.size(1)}));
    }
    return texts;
  };
  const auto is_written = [](const std::string& caption) {
    std::vector<std::string> words = {"letter", "number", "word", "text"};
    for (const world::Thing& thing : small_world().things())
      if (thing.kind == world::ThingKind::shape) words.push_back(thing.name);
    return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
      return caption.find(word) != std::string::npos;
    });
  };
  for (const std::string& caption : captions(1)) EXPECT_TRUE(is_written(caption)) << caption;
  EXPECT_NE(captions(0), captions(0.5));
}

TEST(MakeBatch, SoftPicturesAreTheSameOnesWithLessDetail) {
  const auto batch = [](double soft_share) {
    return make_batch(small_world(), tokenizer(), 0, 32, kSide, kLength, world::Split::train,
                      {0, 1, 0, soft_share});
  };
  const Batch sharp = batch(0), soft = batch(1), mixed = batch(0.5);
  EXPECT_TRUE(soft.token_ids.equal(sharp.token_ids));
  EXPECT_TRUE(soft.lone_things.equal(sharp.lone_things));
  const auto detail = [](const at::Tensor& picture) {
    const at::Tensor x = picture.to(torch::kFloat32);
    return (x.slice(3, 1) - x.slice(3, 0, -1)).abs().mean().item<double>();
  };
  EXPECT_LT(detail(soft.picture), 0.9 * detail(sharp.picture));
  const double apart = (soft.picture.to(torch::kFloat32) - sharp.picture.to(torch::kFloat32))
                           .abs()
                           .mean()
                           .item<double>();
  EXPECT_LT(apart, 25);  // of 255: still the same pictures
  int softened = 0;
  for (int i = 0; i < 32; ++i) {
    softened += !mixed.picture[i].equal(sharp.picture[i]);
    EXPECT_TRUE(mixed.picture[i].equal(sharp.picture[i]) || mixed.picture[i].equal(soft.picture[i]))
        << i;
  }
  EXPECT_GT(softened, 6);
  EXPECT_LT(softened, 26);
}

TEST(MakeBatch, TextsElsewhereNameAThingThatIsShownInAPlaceWhereItIsNot) {
  constexpr int kPictures = 32, kElsewhere = 2;
  BatchMix mix;
  EXPECT_FALSE(
      make_batch(small_world(), tokenizer(), 0, kPictures, kSide, kLength, world::Split::train, mix)
          .other_token_ids.defined());
  mix.elsewhere = kElsewhere;
  const at::Tensor ids =
      make_batch(small_world(), tokenizer(), 0, kPictures, kSide, kLength, world::Split::train, mix)
          .other_token_ids;
  std::int64_t row = 0;
  for (std::uint64_t i = 0; i < kPictures; ++i) {
    const world::Sample sample = small_world().sample(i, kSide);
    const world::Backdrop ground = {sample.backdrop, {}, {}, {}, {}};
    if (sample.shown.size() != 1 || ground.is_pattern()) continue;
    const world::Thing& thing = small_world().things()[std::size_t(sample.thing)];
    for (int k = 0; k < kElsewhere; ++k, ++row) {
      ASSERT_LT(row, ids.size(0));
      const auto* tokens = ids[row].data_ptr<std::int64_t>();
      const std::string text = tokenizer().decode({tokens, tokens + ids.size(1)});
      for (const std::string_view phrase : world::phrases_for(sample.backdrop))
        EXPECT_EQ(text.find(phrase), std::string::npos) << text;
      const std::string first_word = thing.name.substr(0, thing.name.find_first_of(" -'"));
      EXPECT_NE(text.find(first_word), std::string::npos) << text << ", for " << thing.name;
    }
  }
  EXPECT_EQ(row, ids.size(0));
  EXPECT_GT(row, 4);
}

TEST(MakeBatch, KnowsWhichPicturesShowOneThing) {
  const Batch batch =
      make_batch(small_world(), tokenizer(), 0, 64, kSide, kLength, world::Split::train);
  int lone = 0;
  for (std::uint64_t i = 0; i < 64; ++i) {
    const world::Sample sample = small_world().sample(i, kSide);
    const std::int64_t want = sample.shown.size() == 1 ? sample.shown[0] : -1;
    EXPECT_EQ(batch.lone_things[std::int64_t(i)].item<std::int64_t>(), want) << i;
    lone += want >= 0;
  }
  EXPECT_GT(lone, 16);
  EXPECT_LT(lone, 64);
}

TEST(NameTokenIds, HoldAllThingsInEachSentence) {
  const std::vector<at::Tensor> sentences = name_token_ids(tokenizer(), small_world(), kLength);
  ASSERT_EQ(sentences.size(), 3u);
  const auto text = [&](const at::Tensor& row) {
    const auto* ids = row.data_ptr<std::int64_t>();
    return tokenizer().decode({ids, ids + row.size(0)});
  };
  for (const at::Tensor& ids : sentences)
    EXPECT_EQ(ids.size(0), std::int64_t(small_world().things().size()));
  const std::string name = world::phrase_of(small_world().things()[7]);
  EXPECT_NE(text(sentences[0][7]).find(name), std::string::npos);
  EXPECT_NE(text(sentences[2][7]).find("a drawing of " + name), std::string::npos);
}

TEST(MakeBatch, NamesTheRestOfTheCatalogue) {
  const auto rows = [](int catalogue) {
    const Batch batch = make_batch(small_world(), tokenizer(), 0, 8, kSide, kLength,
                                   world::Split::train, {catalogue, 0.5});
    return batch.other_token_ids.defined() ? batch.other_token_ids.size(0) : 0;
  };
  const auto things = std::int64_t(small_world().things().size());
  EXPECT_EQ(rows(0), 0);
  EXPECT_EQ(rows(50), 50);
  EXPECT_LT(rows(2000), things);
  EXPECT_GT(rows(2000), things * 3 / 4);
}

}  // namespace
}  // namespace clipguide::training
