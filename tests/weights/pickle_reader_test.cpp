#include "clipguide/weights/pickle_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "clipguide/base/error.h"
#include "weights/hostile_files.h"

namespace clipguide::weights {
namespace {

using namespace test::pickle;
using Kind = PickleValue::Kind;
using testing::HasSubstr;

bool only_safe(std::string_view module, std::string_view name) {
  return module == "safe" && name == "call";
}

PickleDocument parse(const std::string& pickle) {
  return read_pickle(test::bytes_of(pickle), "some.pkl", only_safe);
}

std::string pickle_refusal(const std::string& pickle) {
  try {
    parse(pickle);
    return "";
  } catch (const base::Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("some.pkl"));
    return error.what();
  }
}

TEST(PickleReader, ReadsScalars) {
  const auto root = [](const std::string& value) {
    const std::string pickle = file(value);
    PickleDocument document = parse(pickle);
    PickleValue copy = document[document.root];
    copy.text = {};
    return copy;
  };
  EXPECT_EQ(root("N").kind, Kind::none);
  EXPECT_EQ(root("\x88").integer, 1);
  EXPECT_EQ(root("\x89").integer, 0);
  EXPECT_EQ(root("K\xff").integer, 255);
  EXPECT_EQ(root("M\xff\xff").integer, 65535);
  EXPECT_EQ(root("J\xfe\xff\xff\xff").integer, -2);
  EXPECT_EQ(root(std::string("\x8a\x00", 2)).integer, 0);
  EXPECT_EQ(root("\x8a\x01\xff").integer, -1);
  EXPECT_EQ(root(std::string("\x8a\x03\x00\x00\x01", 5)).integer, 65536);
  EXPECT_EQ(root(std::string("\x8a\x09", 2) + std::string(9, '\1')).kind, Kind::large_integer);
  EXPECT_EQ(root(std::string("G\x3f\xf8\0\0\0\0\0\0", 9)).real, 1.5);
}

TEST(PickleReader, ReadsContainersMemoAndFrames) {
  // protocol 4, a frame, {"k": [1, 1], "t": (set, None)} with the 1 memorised
  const std::string pickle = std::string("\x80\x04\x95\x01\0\0\0\0\0\0\0", 11) + "}(" +
                             "\x8c\x01k" + "](K\x01\x94h" + std::string(1, '\0') + "e" + text("t") +
                             "\x8f" + "N\x86" + "u.";
  const PickleDocument document = parse(pickle);
  EXPECT_EQ(document.size_bytes, pickle.size());
  const auto& entries = document[document.root].entries;
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(document[entries[0].first].text, "k");
  const auto& list = document[entries[0].second].items;
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0], list[1]);
  EXPECT_EQ(document[entries[1].second].items.size(), 2u);
}

TEST(PickleReader, RecordsCallsWithoutMakingThem) {
  const std::string pickle = file(call(global("safe", "call"), {integer(7)}) + text("state") + "b");
  const PickleDocument document = parse(pickle);
  const PickleValue& root = document[document.root];
  EXPECT_EQ(root.kind, Kind::call);
  EXPECT_EQ(document[root.items[0]].text, "safe.call");
  EXPECT_EQ(document[document[root.items[1]].items[0]].integer, 7);
  EXPECT_EQ(document[*root.state].text, "state");
}

TEST(PickleReader, RefusesOtherGlobalsByName) {
  EXPECT_THAT(pickle_refusal(file(call(global("os", "system"), {text("touch /tmp/x")}))),
              HasSubstr("'os.system'"));
  EXPECT_THAT(pickle_refusal(file(text("builtins") + text("eval") + "\x93")),
              HasSubstr("'builtins.eval'"));
  EXPECT_THAT(pickle_refusal(file(global("safe", "other"))), HasSubstr("'safe.other'"));
  EXPECT_THAT(pickle_refusal(file(global("safe", "call.__globals__"))), HasSubstr("__globals__"));
  EXPECT_THAT(pickle_refusal(file(global("ev\x1b[2Jil", "call"))), HasSubstr("ev\\x1b[2Jil"));
}

TEST(PickleReader, RefusesOpcodesThatTorchNeverWrites) {
  // INST, OBJ, EXT1, PERSID, BYTEARRAY8, NEXT_BUFFER, and the text forms of protocol 0
  for (const char* code : {"(ios\nsystem\n", "(cos\nsystem\no", "\x82\x01", "Pid\n", "\x97", "I1\n",
                           "S'a'\n", "V1\n", "p0\n", "g0\n", "\xff"})
    EXPECT_NE(pickle_refusal(file(code)), "") << code;
  EXPECT_THAT(pickle_refusal(file("\x97")), HasSubstr("0x97"));
  EXPECT_THAT(pickle_refusal("\x80\x01N."), HasSubstr("protocol"));
  EXPECT_THAT(pickle_refusal("\x80\x06N."), HasSubstr("protocol"));
}

TEST(PickleReader, RefusesAStackThatDoesNotAddUp) {
  for (const char* code : {"",     "0",   "NN",   "(", "t",    "N\x86", "e",       "(Ne",  "N(Ne",
                           "}(Nu", "}Ns", "NNNs", "b", "Nb",   "Q",     "q\1",     "h\1",  "1",
                           "2",    "NNR", "N)R",  "R", "\x81", "\x92",  "]]N\x93", "\x93", "(]N0a"})
    EXPECT_NE(pickle_refusal(file(code)), "") << code;
  EXPECT_NE(pickle_refusal(file(global("safe", "call") + "NR")), "")
      << "arguments that are no tuple";
}

TEST(PickleReader, RefusesTruncationAtEveryByte) {
  const std::string pickle = file(dict({{"a", tensor({.type = "x"})}, {"b", integers({1, 2, 3})}}));
  const auto any = [](std::string_view, std::string_view) { return true; };
  EXPECT_NO_THROW(read_pickle(test::bytes_of(pickle), "p", any));
  for (std::size_t size = 0; size < pickle.size(); ++size)
    EXPECT_THROW(read_pickle(test::bytes_of(pickle.substr(0, size)), "p", any), base::FormatError)
        << size;
}

TEST(PickleReader, RefusesLengthsBeyondTheInputBeforeAllocating) {
  for (const std::string& code :
       {std::string("X\xff\xff\xff\xff"), std::string("T\xff\xff\xff\xff"),
        std::string("\x8b\xff\xff\xff\x7f"), "\x8d" + test::packed(~std::uint64_t(0)),
        "\x8e" + test::packed(std::uint64_t(1) << 62)})
    EXPECT_NE(pickle_refusal(file(code)), "");
}

TEST(PickleReader, BoundsItsMemory) {
  EXPECT_THROW(parse("\x80\x02" + std::string(1'000'001, 'N')), base::LimitError);
  std::string long_text =
      "\x80\x02X" + test::packed(std::uint32_t(17 << 20)) + std::string(17 << 20, 'a') + ".";
  EXPECT_THROW(parse(long_text), base::LimitError);
}

}  // namespace
}  // namespace clipguide::weights
