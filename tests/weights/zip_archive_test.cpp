#include "clipguide/weights/zip_archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "clipguide/base/error.h"
#include "weights/hostile_files.h"

namespace clipguide::weights {
namespace {

using test::packed;
using test::ZipItem;
using testing::HasSubstr;

std::string read(const std::string& file, const std::string& name) {
  ZipArchive archive(test::bytes_of(file), "some.zip");
  const auto content = archive.read(name);
  return {reinterpret_cast<const char*>(content.data()), content.size()};
}

/// The message that opening the archive, or reading its entry `name`, fails with.
std::string zip_refusal(const std::string& file, const std::string& name = "") {
  try {
    ZipArchive archive(test::bytes_of(file), "some.zip");
    if (!name.empty()) archive.read(name);
    return "";
  } catch (const base::Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("some.zip"));
    return error.what();
  }
}

TEST(ZipArchive, ReadsStoredAndDeflatedEntries) {
  const std::string long_text(100'000, 'x');
  const std::string file =
      test::zip({{"a/one", "first"}, {"a/two", long_text, true}, {"a/", ""}}, "a comment");
  EXPECT_EQ(read(file, "a/one"), "first");
  EXPECT_EQ(read(file, "a/two"), long_text);
  EXPECT_EQ(read(file, "a/"), "");
  EXPECT_THAT(zip_refusal(file, "a/three"), HasSubstr("'a/three', got none"));
  EXPECT_EQ(zip_refusal(test::zip({})), "");
}

TEST(ZipArchive, KeepsAStoredEntryWhereItLies) {
  const std::string file = test::zip({{"a", "content"}});
  ZipArchive archive(test::bytes_of(file), "z");
  const auto* begin = reinterpret_cast<const char*>(archive.read("a").data());
  EXPECT_TRUE(begin > file.data() && begin < file.data() + file.size());
}

TEST(ZipArchive, ReadsZip64) {
  const std::string all = "\xff\xff\xff\xff";
  const std::string content = "wide", local = packed(std::uint32_t(0x04034b50)) +
                                              std::string(22, '\0') + packed(std::uint16_t(1)) +
                                              packed(std::uint16_t(0)) + "a" + content;
  const std::string extra = packed(std::uint16_t(9)) + packed(std::uint16_t(2)) + "??" +
                            packed(std::uint16_t(1)) + packed(std::uint16_t(24)) +
                            packed(std::uint64_t(4)) + packed(std::uint64_t(4)) +
                            packed(std::uint64_t(0));
  const std::string entry = packed(std::uint32_t(0x02014b50)) + std::string(16, '\0') + all + all +
                            packed(std::uint16_t(1)) + packed(std::uint16_t(extra.size())) +
                            std::string(10, '\0') + all + "a" + extra;
  const auto with_directory_at = [&](std::uint64_t offset) {
    return local + entry + packed(std::uint32_t(0x06064b50)) + packed(std::uint64_t(44)) +
           std::string(12, '\0') + packed(std::uint64_t(1)) + packed(std::uint64_t(1)) +
           packed(std::uint64_t(entry.size())) + packed(offset) +
           packed(std::uint32_t(0x07064b50)) + packed(std::uint32_t(0)) +
           packed(std::uint64_t(local.size() + entry.size())) + packed(std::uint32_t(1)) +
           packed(std::uint32_t(0x06054b50)) + packed(std::uint32_t(0)) + "\xff\xff\xff\xff" + all +
           all + packed(std::uint16_t(0));
  };
  EXPECT_EQ(read(with_directory_at(local.size()), "a"), content);
  EXPECT_THAT(zip_refusal(with_directory_at(~std::uint64_t(0))), HasSubstr("zip directory"));
  EXPECT_NE(zip_refusal(with_directory_at(local.size() + 1)), "");
}

TEST(ZipArchive, RefusesNamesThatLeadOut) {
  for (const char* name :
       {"../a", "a/../../b", "a/..", "..", "/etc/passwd", "a\\..\\b", "c:/a", ""})
    EXPECT_THAT(zip_refusal(test::zip({{name, "x"}})), HasSubstr("relative path")) << name;
  EXPECT_THAT(zip_refusal(test::zip({{std::string("a\0b", 3), "x"}})), HasSubstr("a\\x00b"));
  EXPECT_EQ(zip_refusal(test::zip({{"..a/b..", "x"}})), "");
}

TEST(ZipArchive, RefusesTruncationAtEveryByte) {
  const std::string file = test::zip({{"r/data.pkl", "pickle"}, {"r/data/0", "storage", true}});
  for (std::size_t size = 0; size < file.size(); ++size)
    EXPECT_NE(zip_refusal(file.substr(0, size)), "") << size;
  EXPECT_NE(zip_refusal(file + "x"), "") << "bytes behind the end";
}

TEST(ZipArchive, RefusesAnyDamageToItsStructureOrReadsOn) {
  const std::string file = test::zip({{"r/data.pkl", "pickle"}, {"r/data/0", "storage", true}});
  for (std::size_t at = 0; at < file.size(); ++at)
    for (const char damage : {'\x00', '\x01', '\x7f', '\xff'}) {
      std::string damaged = file;
      damaged[at] = damage;
      zip_refusal(damaged, "r/data/0");  // no crash, no other exception
    }
}

TEST(ZipArchive, RefusesEntriesThatLie) {
  const ZipItem good{"a", "content", true};
  const auto with = [&](auto change) {
    ZipItem item = good;
    change(item);
    return zip_refusal(test::zip({item}), "a");
  };
  EXPECT_EQ(with([](ZipItem&) {}), "");
  EXPECT_THAT(with([](ZipItem& i) { i.crc = 1; }), HasSubstr("checksum"));
  EXPECT_THAT(with([](ZipItem& i) { i.size = 8; }), HasSubstr("fewer"));
  EXPECT_THAT(with([](ZipItem& i) { i.size = 6; }), HasSubstr("more"));
  EXPECT_THAT(with([](ZipItem& i) { i.size = 0; }), HasSubstr("more"));
  EXPECT_THAT(with([](ZipItem& i) { i.packed_size = 2; }), HasSubstr("broken stream"));
  EXPECT_THAT(with([](ZipItem& i) { i.packed_size = 10'000; }), HasSubstr("expected 10000 bytes"));
  EXPECT_THAT(with([](ZipItem& i) { i.offset = 1; }), HasSubstr("local header"));
  EXPECT_THAT(with([](ZipItem& i) { i.offset = 0xfffffffe; }), HasSubstr("local header"));
  EXPECT_THAT(with([](ZipItem& i) { i.offset = 0xffffffff; }), HasSubstr("zip64"));
  EXPECT_THAT(with([](ZipItem& i) { i.flags = 1; }), HasSubstr("encrypt"));
  EXPECT_THAT(with([](ZipItem& i) { i.method = 12; }), HasSubstr("method"));
  EXPECT_THAT(with([](ZipItem& i) { i.method = 0; }), HasSubstr("equal sizes"));
  EXPECT_THAT(with([](ZipItem& i) { i.local_name = "b"; }), HasSubstr("same name"));
  EXPECT_THAT(zip_refusal(test::zip({{"a", "1"}, {"a", "2"}})), HasSubstr("once"));
}

TEST(ZipArchive, RefusesOverlappingEntries) {
  const std::string inner = test::zip({{"b", "x"}}).substr(0, 32);  // header, name and content
  const std::string file =
      test::zip({{"a", inner}, {.name = "b", .content = "x", .offset = 30 + 1}});
  EXPECT_THAT(zip_refusal(file), HasSubstr("overlap"));
}

TEST(ZipArchive, RefusesBombsBeforeInflatingThem) {
  const std::string bomb = test::zip({{"a", std::string(80 << 20, '\0'), true}});
  ASSERT_LT(bomb.size(), 100'000u);
  EXPECT_THROW(
      {
        ZipArchive archive(test::bytes_of(bomb), "z");
        archive.read("a");
      },
      base::LimitError);
  const std::string lie =
      test::zip({{.name = "a", .content = "x", .deflate = true, .size = 60 << 20}});
  EXPECT_THAT(zip_refusal(lie, "a"), HasSubstr("too few"));
}

TEST(ZipArchive, CountsAllEntriesAgainstTheLimit) {
  const std::string part(40 << 20, '\0');
  const std::string file = test::zip({{"a", part, true}, {"b", part, true}});
  ZipArchive archive(test::bytes_of(file), "z");
  EXPECT_EQ(archive.read("a").size(), part.size());
  EXPECT_EQ(archive.read("a").size(), part.size()) << "inflated once";
  EXPECT_THROW(archive.read("b"), base::LimitError);
}

}  // namespace
}  // namespace clipguide::weights
