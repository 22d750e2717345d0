#include "training/bpe_trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "clipguide/base/file.h"
#include "clipguide/clip/tokenizer.h"
#include "support/temporary_folder.h"

namespace clipguide::training {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

TEST(BpeWords, AreCutAsClipsTokenizerCuts) {
  EXPECT_THAT(bpe_words("A cat's face, 12 o'clock"),
              ElementsAre("a", "cat", "'s", "face", ",", "1", "2", "o", "'", "clock"));
  EXPECT_THAT(bpe_words("  "), SizeIs(0));
}

TEST(LearnMerges, TakesTheCommonestPairFirst) {
  const auto merges = learn_merges({{"aab", 10}, {"ab", 5}, {"cd", 1}}, 100);
  ASSERT_FALSE(merges.empty());
  EXPECT_EQ(merges[0], "a b</w>");
  EXPECT_EQ(merges.back(), "c d</w>");
}

TEST(LearnMerges, StopsAtTheLimitAndWhenEveryWordIsOneToken) {
  EXPECT_THAT(learn_merges({{"abcdef", 1}}, 3), SizeIs(3));
  EXPECT_THAT(learn_merges({{"abcdef", 1}}, 100), SizeIs(5));
}

TEST(Vocabulary, IsReadByTheTokenizerAndGoesRound) {
  const std::map<std::string, std::uint64_t> words = {
      {"apple", 9}, {"red", 7}, {"a", 30}, {"banana", 3}};
  const auto merges = learn_merges(words, 1000);
  const test::TemporaryFolder folder;
  const auto path = folder / "bpe_simple_vocab_16e6.txt.gz";
  base::write_file(path, std::string_view(format_vocabulary(merges)));
  const clip::Tokenizer tokenizer(path);
  EXPECT_EQ(tokenizer.size(), vocabulary_size(merges.size()));
  EXPECT_THAT(tokenizer.encode("a red apple"), SizeIs(3));
  EXPECT_EQ(tokenizer.decode(tokenizer.encode("a red banana")), "a red banana");
  // A word that was never learned falls back to its letters.
  EXPECT_THAT(tokenizer.encode("xyz"), SizeIs(3));
  EXPECT_EQ(tokenizer.decode(tokenizer.encode("xyz")), "xyz");
}

TEST(Vocabulary, SameMergesGiveTheSameBytes) {
  const auto merges = learn_merges({{"apple", 2}}, 10);
  EXPECT_EQ(format_vocabulary(merges), format_vocabulary(merges));
}

}  // namespace
}  // namespace clipguide::training
