#include "clipguide/clip/tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "clipguide/base/error.h"
#include "support/temporary_folder.h"

namespace clipguide::clip {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

const fs::path kFixtures = fs::path(CLIPGUIDE_FIXTURES) / "tokenizer";

const Tokenizer& tokenizer() {
  static const Tokenizer made(kFixtures / "vocab.json");
  return made;
}

struct Recorded {
  std::string text;
  std::vector<std::int64_t> ids;
};

std::vector<Recorded> recorded() {
  std::vector<Recorded> all;
  std::ifstream file(kFixtures / "tokenizer.jsonl");
  for (std::string line; std::getline(file, line);) {
    const auto row = nlohmann::json::parse(line);
    all.push_back({row.at("text"), row.at("ids")});
  }
  return all;
}

void expect_recorded_ids(const Tokenizer& tokenizer) {
  const std::vector<Recorded> rows = recorded();
  ASSERT_EQ(rows.size(), 254u);
  for (const Recorded& row : rows) EXPECT_EQ(tokenizer.encode(row.text), row.ids) << row.text;
}

/// What is thrown for a text, as its message and hint.
template <class Error>
std::string message_of(const std::string& text, TokenizeOptions options = {}) {
  try {
    tokenizer().encode_padded(text, options);
  } catch (const Error& error) {
    return std::string(error.what()) + " / " + error.hint();
  }
  return "nothing was thrown";
}

TEST(Tokenizer, AgreesWithTheRecordedIds) { expect_recorded_ids(tokenizer()); }

TEST(Tokenizer, WholeVocabularyAgreesWithTheRecordedIds) {
  const char* path = std::getenv("CLIPGUIDE_VOCAB");
  if (!path) GTEST_SKIP() << "CLIPGUIDE_VOCAB names no vocabulary";
  const Tokenizer whole{fs::path(path)};
  EXPECT_EQ(whole.size(), 49408);
  expect_recorded_ids(whole);
}

TEST(Tokenizer, KnowsStartEndAndSize) {
  EXPECT_EQ(tokenizer().start_id(), 49406);
  EXPECT_EQ(tokenizer().end_id(), 49407);
  EXPECT_EQ(tokenizer().size(), 49408);
}

TEST(Tokenizer, ReadsStartAndEndInTheText) {
  EXPECT_THAT(tokenizer().encode("<|STARTOFTEXT|>a<|endoftext|>"), ElementsAre(49406, 320, 49407));
}

TEST(Tokenizer, IgnoresCaseInContractionsAsTheReferenceDoes) {
  EXPECT_EQ(tokenizer().encode("it'S").size(), 2u);
  EXPECT_EQ(tokenizer().encode("a'\u017f").size(), tokenizer().encode("a \u017f").size() + 1)
      << "a long s after ' is a contraction, not punctuation and a word";
}

TEST(Tokenizer, PassesOverTheMarkThatIsALetterInAnotherCase) {
  EXPECT_EQ(tokenizer().encode("a\u0345a"), tokenizer().encode("a a"));
}

TEST(Tokenizer, PadsBetweenStartEndAndZeros) {
  EXPECT_THAT(tokenizer().encode_padded("a cat", {.context_length = 7}),
              ElementsAre(49406, 320, 2368, 49407, 0, 0, 0));
  EXPECT_EQ(tokenizer().encode_padded("a cat", {}).size(), 77u);
}

TEST(Tokenizer, FillsTheContextToTheLastToken) {
  EXPECT_THAT(tokenizer().encode_padded("a a a", {.context_length = 5}),
              ElementsAre(49406, 320, 320, 320, 49407));
}

TEST(Tokenizer, RefusesATextThatIsTooLongSayingHowLong) {
  EXPECT_THAT(message_of<base::UsageError>("a a a a", {.context_length = 5}),
              testing::AllOf(HasSubstr("at most 3 tokens, got 4"), HasSubstr("\"a a a a\""),
                             HasSubstr("truncated")));
}

TEST(Tokenizer, TruncatesOnRequestAndKeepsTheEnd) {
  EXPECT_THAT(tokenizer().encode_padded("a cat a cat", {.context_length = 5, .truncate = true}),
              ElementsAre(49406, 320, 2368, 320, 49407));
}

TEST(Tokenizer, RefusesAnEmptyText) {
  for (const char* text : {"", "  \n", "\u200a", "\x01"})
    EXPECT_THAT(message_of<base::UsageError>(text), HasSubstr("empty text"));
}

TEST(Tokenizer, RefusesNulAndIllFormedUtf8SayingWhere) {
  EXPECT_THAT(message_of<base::UsageError>(std::string("ab\0c", 4)), HasSubstr("offset 2"));
  EXPECT_THAT(message_of<base::UsageError>("caf\xe9"), HasSubstr("0xe9 at offset 3"));
  EXPECT_THROW(tokenizer().encode("\xed\xa0\x80"), base::UsageError);
  EXPECT_THROW(tokenizer().split_words("\xff"), base::UsageError);
}

TEST(Tokenizer, RefusesAContextWithoutRoom) {
  EXPECT_THAT(message_of<base::UsageError>("a", {.context_length = 2}), HasSubstr("at least 3"));
}

TEST(Tokenizer, AnswersAMegabyteWithOneShortLine) {
  const std::string text(1000000, 'a');
  const std::string message = message_of<base::UsageError>(text);
  EXPECT_THAT(message, HasSubstr("at most 75 tokens, got "));
  EXPECT_LT(message.size(), 200u);
  EXPECT_THAT(message, testing::Not(HasSubstr("\n")));
  EXPECT_THAT(message_of<base::UsageError>(std::string(2000000, 'a')),
              HasSubstr("at most 1048576 bytes, got 2000000"));
}

TEST(Tokenizer, SurvivesTextsMadeToBeSlow) {
  const auto repeated = [](std::string_view piece) {
    std::string text;
    while (text.size() < 100000) text += piece;
    return text;
  };
  for (const char* piece : {"amp;", "&amp;", "&", "&#9", "\x1b[", "\u0301\u0323", "\u00c3\u00a9",
                            "\u0080", "\u00e9\u0081\n", "!", "' "})
    EXPECT_NO_THROW(tokenizer().encode("&" + repeated(piece))) << piece;
  EXPECT_NO_THROW(tokenizer().encode(repeated("\u0301") + repeated("\u0323")));
}

TEST(Tokenizer, ShowsNoControlCharactersInMessages) {
  std::string text = "\x1b]0;title\x07";
  for (int i = 0; i < 100; ++i) text += "a ";
  EXPECT_THAT(message_of<base::UsageError>(text), testing::Not(HasSubstr("\x1b")));
}

TEST(Tokenizer, DecodesToCleanText) {
  const std::string text = "an astronaut riding a horse , oil on canvas !";
  EXPECT_EQ(tokenizer().decode(tokenizer().encode(text)), text);
  EXPECT_EQ(tokenizer().decode({49406, 320, 49407}), "<|startoftext|>a <|endoftext|>");
  EXPECT_EQ(tokenizer().decode({}), "");
  EXPECT_THROW(tokenizer().decode({49408}), base::UsageError);
  EXPECT_THROW(tokenizer().decode({-1}), base::UsageError);
}

TEST(Tokenizer, DecodesHalfACharacterAsReplacement) {
  const std::vector<std::int64_t> ids = tokenizer().encode("\U0001d509");
  ASSERT_GT(ids.size(), 1u);
  EXPECT_EQ(tokenizer().decode({ids[0]}), "\ufffd");
}

TEST(Tokenizer, NamesTheWordsItHasToSplit) {
  EXPECT_THAT(tokenizer().split_words("A clock and a Prisceil, 1234 !?! prisceil na\u00efve"),
              ElementsAre("prisceil", "na\u00efve"));
  EXPECT_THAT(tokenizer().split_words("a cat"), ElementsAre());
}

TEST(Tokenizer, FindsTheVocabularyBesideAModel) {
  const test::TemporaryFolder folder;
  const auto touch = [&](const char* name) { std::ofstream(folder / name) << "x"; };
  EXPECT_EQ(Tokenizer::find_beside(folder.path()), "");
  touch("vocab.json");
  EXPECT_EQ(Tokenizer::find_beside(folder.path()), "") << "without its merges it is of no use";
  touch("merges.txt");
  EXPECT_EQ(Tokenizer::find_beside(folder.path()), folder / "vocab.json");
  touch("tokenizer.json");
  EXPECT_EQ(Tokenizer::find_beside(folder.path()), folder / "tokenizer.json");
  touch("bpe_simple_vocab_16e6.txt.gz");
  touch("model.safetensors");
  EXPECT_EQ(Tokenizer::find_beside(folder / "model.safetensors"),
            folder / "bpe_simple_vocab_16e6.txt.gz");
}

TEST(Tokenizer, TakesAFolderForTheVocabularyInIt) {
  EXPECT_EQ(Tokenizer(kFixtures).encode("a cat"), tokenizer().encode("a cat"));
  const test::TemporaryFolder folder;
  EXPECT_THROW(Tokenizer{folder.path()}, base::IoError);
  EXPECT_THROW(Tokenizer{folder / "none.json"}, base::IoError);
}

}  // namespace
}  // namespace clipguide::clip
