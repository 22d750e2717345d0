#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"
#include "clipguide/base/utf8.h"
#include "clipguide/clip/tokenizer.h"
#include "clipguide/clip/vocabulary.h"
#include "support/temporary_folder.h"

namespace clipguide::clip {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

// A vocabulary of a few words; "model" is one of them, as it is in CLIP's.
const std::vector<std::pair<std::string, std::string>> kMerges = {
    {"h", "e"},  {"l", "l"},     {"he", "ll"}, {"hell", "o</w>"}, {"m", "o"},
    {"mo", "d"}, {"e", "l</w>"}, {"e", "l"},   {"mod", "el</w>"}, {"mod", "el"}};

std::vector<std::string> byte_characters() {
  std::vector<std::string> visible, hidden;
  for (int b = 0; b < 256; ++b) {
    const bool is_visible = (b > 32 && b < 127) || (b > 160 && b != 173);
    const std::u32string c(1, is_visible ? char32_t(b) : char32_t(256 + hidden.size()));
    (is_visible ? visible : hidden).push_back(base::to_utf8(c));
  }
  visible.insert(visible.end(), hidden.begin(), hidden.end());
  return visible;
}

std::vector<std::string> tokens() {
  std::vector<std::string> all = byte_characters();
  for (int i = 0; i < 256; ++i) all.push_back(all[std::size_t(i)] + "</w>");
  for (const auto& [left, right] : kMerges) all.push_back(left + right);
  all.insert(all.end(), {kStartToken, kEndToken});
  return all;
}

json vocab_json() {
  json vocab;
  int id = 0;
  for (const std::string& token : tokens()) vocab[token] = id++;
  return vocab;
}

std::string merge_list() {
  std::string text = "#version: 0.2\n";
  for (const auto& [left, right] : kMerges) text += left + " " + right + "\n";
  return text;
}

json tokenizer_json(bool pairs) {
  json vocab = vocab_json(), merges = json::array();
  json added = json::array();
  for (const char* token : {kStartToken, kEndToken}) {
    added.push_back({{"content", token}, {"id", vocab[token]}});
    vocab.erase(token);
  }
  for (const auto& [left, right] : kMerges)
    merges.push_back(pairs ? json{left, right} : json(left + " " + right));
  return {
      {"added_tokens", added},
      {"model",
       {{"type", "BPE"}, {"end_of_word_suffix", "</w>"}, {"vocab", vocab}, {"merges", merges}}}};
}

void write(const fs::path& path, const std::string& content) { base::write_file(path, content); }

std::string gzip(const std::string& text) {
  const test::TemporaryFolder folder;
  const std::string path = (folder / "packed").string();
  gzFile file = gzopen(path.c_str(), "wb1");
  gzwrite(file, text.data(), unsigned(text.size()));
  gzclose(file);
  return base::read_file(path, std::size_t(1) << 20);
}

/// The message with which a file of this content is refused.
template <class Error = base::FormatError>
std::string refusal(const std::string& content, const char* name = "vocabulary",
                    const std::string& merges = "") {
  const test::TemporaryFolder folder;
  write(folder / name, content);
  if (!merges.empty()) write(folder / "merges.txt", merges);
  try {
    read_vocabulary(folder / name);
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

TEST(Vocabulary, SmallOnesOfTheSameLayoutWork) {
  const test::TemporaryFolder folder;
  write(folder / "v.txt.gz", gzip(merge_list()));
  const Tokenizer tokenizer(folder / "v.txt.gz");
  EXPECT_EQ(tokenizer.size(), 512 + 10 + 2);
  EXPECT_EQ(tokenizer.start_id(), 522);
  EXPECT_EQ(tokenizer.end_id(), 523);
  EXPECT_THAT(tokenizer.encode("Hello model"), ElementsAre(515, 520));
  EXPECT_THAT(tokenizer.encode("models"), ElementsAre(521, 256 + 's' - '!'));
  EXPECT_THAT(tokenizer.split_words("hello models"), ElementsAre("models"));
}

TEST(Vocabulary, AllFormsOfOneAreEqual) {
  const test::TemporaryFolder folder;
  const fs::path hugging_face = folder / "hf";
  fs::create_directory(hugging_face);
  write(folder / "v.txt", merge_list());
  write(folder / "v.txt.gz", gzip(merge_list()));
  write(folder / "crlf.txt", [] {
    std::string text;
    for (const char c : merge_list()) text += c == '\n' ? std::string("\r\n") : std::string(1, c);
    return text;
  }());
  write(folder / "strings.json", tokenizer_json(false).dump());
  write(folder / "pairs.json", tokenizer_json(true).dump(2));
  write(hugging_face / "vocab.json", vocab_json().dump());
  write(hugging_face / "merges.txt", merge_list());
  const Tokenizer expected(folder / "v.txt");
  for (const fs::path& path : {folder / "v.txt.gz", folder / "crlf.txt", folder / "strings.json",
                               folder / "pairs.json", hugging_face / "vocab.json"}) {
    const Tokenizer tokenizer(path);
    EXPECT_EQ(tokenizer.size(), expected.size()) << path;
    EXPECT_EQ(tokenizer.start_id(), expected.start_id()) << path;
    EXPECT_EQ(tokenizer.end_id(), expected.end_id()) << path;
    for (const char* text : {"hello", "hellomodel models", "<|endoftext|>", "\u00e9\u65e5", "!?"})
      EXPECT_EQ(tokenizer.encode(text), expected.encode(text)) << path << text;
  }
}

TEST(Vocabulary, MergesOverlappingPairsFromTheLeft) {
  const test::TemporaryFolder folder;
  write(folder / "v", "#version\na a\na a</w>\naa aa\n");
  const Tokenizer tokenizer(folder / "v");
  EXPECT_EQ(tokenizer.decode(tokenizer.encode("aaaaaaa")), "aaaaaaa");
  EXPECT_THAT(tokenizer.encode("aaa"), ElementsAre(512, 256 + 'a' - '!'));
  EXPECT_THAT(tokenizer.encode("aaaaaa"), ElementsAre(514, 513));
}

TEST(Vocabulary, NamesTheLineOfABadMerge) {
  EXPECT_THAT(refusal(replaced(merge_list(), "he ll\n", "he\n")),
              HasSubstr("line 4: expected a merge of two tokens, got 'he'"));
  EXPECT_THAT(refusal(replaced(merge_list(), "he ll\n", "he ll x\n")), HasSubstr("line 4: "));
  EXPECT_THAT(refusal(replaced(merge_list(), "he ll\n", "\n")), HasSubstr("line 4: "));
  EXPECT_THAT(refusal(replaced(merge_list(), "he ll\n", "he lx\n")),
              HasSubstr("line 4: expected parts that are made before, got 'lx'"));
  EXPECT_THAT(refusal(replaced(merge_list(), "he ll\n", "h e\n")),
              HasSubstr("line 4: expected a new token, got 'he' again"));
  EXPECT_THAT(refusal(replaced(merge_list(), "he ll\n", "he \xff\n")), HasSubstr("line 4: "));
  EXPECT_THAT(refusal("\x7f"
                      "ELF\x01\x02 \n"),
              HasSubstr("line 1: "));
}

TEST(Vocabulary, NoticesAListThatWasCut) {
  EXPECT_THAT(refusal(merge_list().substr(0, merge_list().size() - 3)), HasSubstr("line 11: "));
  EXPECT_THAT(refusal("\"bpe_simple_vocab_16e6.txt#version: 0.2\nh e\nl l\n"),
              HasSubstr("line 3: the file ends here: expected 48894 merges, got 2"));
  EXPECT_THAT(refusal(vocab_json().dump(), "vocab.json", "#version: 0.2\nh e\nl l\n"),
              HasSubstr("line 3: the merges end here: expected one that makes 'hell' (id 514)"));
}

TEST(Vocabulary, NoticesDamagedGzip) {
  const std::string packed = gzip(merge_list());
  EXPECT_THAT(refusal(packed.substr(0, packed.size() - 9)), HasSubstr("its end early"));
  EXPECT_THAT(refusal(packed.substr(0, packed.size() - 2)),
              HasSubstr("line 12: expected whole gzip data, got its end early"));
  std::string changed = packed;
  changed[changed.size() - 6] = char(changed[changed.size() - 6] ^ 1);  // the check sum
  EXPECT_THAT(refusal(changed), HasSubstr("damaged data"));
  EXPECT_THAT(refusal(packed + "more"), HasSubstr("damaged data"));
}

TEST(Vocabulary, UnpacksNoBomb) {
  EXPECT_THAT(refusal<base::LimitError>(gzip(std::string(std::size_t(65) << 20, '\n'))),
              HasSubstr("at most 67108864 bytes unpacked"));
}

TEST(Vocabulary, NoticesMergesThatDoNotFitTheirTokens) {
  json vocab = vocab_json();
  vocab.erase("hell");
  EXPECT_THAT(refusal(vocab.dump(), "vocab.json", merge_list()),
              HasSubstr("merges.txt: line 4: expected a token of the vocabulary, got 'hell'"));
  vocab = vocab_json();
  vocab["stray"] = 9000;
  EXPECT_THAT(refusal(vocab.dump(), "vocab.json", merge_list()), HasSubstr("'stray' (id 9000)"));
  EXPECT_THAT(refusal<base::IoError>(vocab.dump(), "vocab.json"), HasSubstr("merges.txt"));
}

TEST(Vocabulary, AllowsTokensAddedForOnePurpose) {
  const test::TemporaryFolder folder;
  json vocab = vocab_json();
  vocab["<my-style>"] = 600;
  write(folder / "vocab.json", vocab.dump());
  write(folder / "merges.txt", merge_list());
  EXPECT_EQ(Tokenizer(folder / "vocab.json").size(), 601);
}

TEST(Vocabulary, NoticesBadIds) {
  const auto refused = [](const char* token, const json& id) {
    json vocab = vocab_json();
    vocab[token] = id;
    return refusal(vocab.dump(), "vocab.json", merge_list());
  };
  EXPECT_THAT(refused("hell", 513), HasSubstr("got 513 for two"));
  EXPECT_THAT(refused("hell", -1), HasSubstr("got -1"));
  EXPECT_THAT(refused("hell", 1000000000000), HasSubstr("got 1000000000000"));
  EXPECT_THAT(refused("hell", "514"), HasSubstr("expected an id, got string"));
  EXPECT_THAT(refused("hell", 514.5), HasSubstr("expected an id, got number"));
}

TEST(Vocabulary, NoticesMissingTokens) {
  for (const char* token : {"a", "a</w>", kStartToken, kEndToken}) {
    json vocab = vocab_json();
    vocab.erase(token);
    EXPECT_THAT(refusal(vocab.dump(), "vocab.json", merge_list()),
                HasSubstr(std::string("found no token '") + token + "'"));
  }
}

TEST(Vocabulary, NamesTheLineOfBadJson) {
  const std::string text = vocab_json().dump(1);
  const std::size_t cut = text.size() / 2;
  const auto line = std::count(text.begin(), text.begin() + std::ptrdiff_t(cut), '\n') + 1;
  EXPECT_THAT(refusal(text.substr(0, cut), "vocab.json", merge_list()),
              HasSubstr("line " + std::to_string(line) + ": expected JSON"));
  EXPECT_THAT(refusal(std::string(100000, '{')), HasSubstr("line 1: expected JSON"));
}

TEST(Vocabulary, NoticesABadTokenizerJson) {
  const auto refused = [](const std::function<void(json&)>& change) {
    json file = tokenizer_json(true);
    change(file);
    return refusal(file.dump(), "tokenizer.json");
  };
  EXPECT_THAT(refused([](json& f) { f["model"]["type"] = "Unigram"; }), HasSubstr("'Unigram'"));
  EXPECT_THAT(refused([](json& f) { f["model"].erase("end_of_word_suffix"); }),
              HasSubstr("expected a model of type BPE with end_of_word_suffix </w>"));
  EXPECT_THAT(refused([](json& f) { f["model"] = "BPE"; }), HasSubstr("expected a model"));
  EXPECT_THAT(refused([](json& f) { f["model"].erase("merges"); }), HasSubstr("merges"));
  EXPECT_THAT(refused([](json& f) { f["model"]["vocab"] = 1; }), HasSubstr("table of tokens"));
  EXPECT_THAT(refused([](json& f) { f["model"]["merges"][2] = {"he"}; }),
              HasSubstr("merge 3: expected two tokens, got [\"he\"]"));
  EXPECT_THAT(refused([](json& f) {
                f["model"]["merges"][2] = {"he", "lx"};
              }),
              HasSubstr("merge 3: expected parts that are made before, got 'lx'"));
  EXPECT_THAT(refused([](json& f) { f["added_tokens"][0] = 7; }), HasSubstr("added_tokens"));
  EXPECT_THAT(refused([](json& f) { f["added_tokens"][0]["content"] = "hello</w>"; }),
              HasSubstr("expected one id, got 515 and 522"));
}

TEST(Vocabulary, RefusesAnEmptyFile) {
  EXPECT_THAT(refusal(""), HasSubstr("empty file"));
  EXPECT_THAT(refusal(" \n"), HasSubstr("empty file"));
  EXPECT_THAT(refusal(gzip("")), HasSubstr("empty file"));
}

}  // namespace
}  // namespace clipguide::clip
