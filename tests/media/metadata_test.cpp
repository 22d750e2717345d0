#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "clipguide/base/error.h"
#include "clipguide/media/codec.h"
#include "clipguide/media/exif.h"
#include "clipguide/media/text_encoding.h"
#include "clipguide/media/xmp.h"
#include "media/picture_fixture.h"

namespace clipguide::media {
namespace {

using test::picture_path, test::smooth_picture;
using testing::HasSubstr, testing::Not;

constexpr PictureFormat kFormats[] = {PictureFormat::png, PictureFormat::jpeg, PictureFormat::webp};
constexpr const char* kSourceType =
    "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia";

std::string written(PictureFormat format, const Metadata& metadata) {
  return encode_picture(smooth_picture(20, 10), format, {90, metadata});
}

Metadata read_back(const std::string& file) { return decode_metadata({"file", file}); }

std::string long_json(std::size_t bytes) {
  std::string json = "{\"prompt\":\"<b>&amp; \\\"雨\\\" ]]></b>\",\"values\":[";
  for (int i = 0; json.size() < bytes; ++i) json += std::to_string(i * 7919) + ",\n\t ";
  return json + "0]}";
}

TEST(Metadata, ComesBackFromEveryFormat) {
  const Metadata cases[] = {
      {{"parameters", "a red apple\nSteps: 20"}},
      {{"parameters", "caf\u00e9 \u96e8 \U0001F34E \"quoted\" <tag> & &lt; \r\n\ttab \x1b[31m"},
       {"clipguide", "{\"a\": [1, 2]}"},
       {"other-key_2", "  space around \n"}},
      {{"clipguide", "{}"}},
      {{"parameters", "x"}, {"clipguide", long_json(200000)}},
      {{"parameters", long_json(100000)}, {"clipguide", long_json(1000000)}},
      {{"parameters", "\u96e8"}, {"clipguide", ""}},
  };
  for (const Metadata& metadata : cases)
    for (const PictureFormat format : kFormats)
      EXPECT_EQ(read_back(written(format, metadata)), metadata) << int(format);
}

TEST(Metadata, SaysThatAModelMadeThePicture) {
  for (const PictureFormat format : kFormats) {
    EXPECT_THAT(written(format, {{"clipguide", "{}"}}), HasSubstr(kSourceType));
    EXPECT_THAT(written(format, {{"clipguide", long_json(200000)}}), HasSubstr(kSourceType));
  }
}

TEST(Metadata, EmptyMeansNoneAtAll) {
  for (const PictureFormat format : kFormats) {
    const std::string file = written(format, {});
    for (const char* trace : {"Exif", "EXIF", "XMP", "xap/1.0", "tEXt", "iTXt", "eXIf", "tIME"})
      EXPECT_THAT(file, Not(HasSubstr(trace))) << int(format);
    EXPECT_TRUE(read_back(file).empty());
  }
}

TEST(Metadata, DoesNotTouchThePixels) {
  for (const PictureFormat format : kFormats)
    EXPECT_EQ(decode_picture({"with", written(format, {{"clipguide", long_json(200000)}})}).rgb,
              decode_picture({"without", written(format, {})}).rgb);
}

TEST(Metadata, RefusesKeysThatOthersWouldLoadOrThatFormatsCannotHold) {
  for (const char* key : {"prompt", "workflow", "", "a b", "1st", "<x>", "caf\u00e9"})
    for (const PictureFormat format : kFormats)
      EXPECT_THROW(written(format, {{key, "x"}}), base::UsageError) << key;
}

TEST(Metadata, BrokenTextIsWrittenWithReplacements) {
  const Metadata broken = {{"parameters", std::string("a\0b\xFF", 4)}, {"clipguide", "\xC3("}};
  for (const PictureFormat format : kFormats)
    EXPECT_EQ(read_back(written(format, broken)),
              (Metadata{{"parameters", "a\uFFFDb\uFFFD"}, {"clipguide", "\uFFFD("}}));
}

// Where AUTOMATIC1111 and its kin look: tEXt or iTXt `parameters`; UserComment, UNICODE, UTF-16
// with the big end first in a big-endian TIFF.
TEST(Metadata, StandsWhereTheFieldReadsIt) {
  const Metadata metadata = {{"parameters", "apple"}};
  EXPECT_THAT(written(PictureFormat::png, metadata),
              HasSubstr(std::string("tEXtparameters\0apple", 20)));
  EXPECT_THAT(written(PictureFormat::png, {{"parameters", "\u96e8"}}),
              HasSubstr(std::string("iTXtparameters\0\0\0\0\0\u96e8", 22)));
  const std::string comment("UNICODE\0\0a\0p\0p\0l\0e", 18);
  EXPECT_THAT(written(PictureFormat::jpeg, metadata), HasSubstr(comment));
  EXPECT_THAT(written(PictureFormat::jpeg, metadata), HasSubstr(std::string("Exif\0\0MM\0*", 10)));
  EXPECT_THAT(written(PictureFormat::webp, metadata), HasSubstr(comment));
}

TEST(Metadata, ReadsWhatOtherProgramsWrote) {
  const std::string card = "a caf\u00e9\nNegative prompt: \u96e8\nSteps: 20, Seed: 1, Size: 13x9";
  EXPECT_EQ(read_metadata(picture_path("foreign.jpg")), (Metadata{{"parameters", card}}));
  EXPECT_EQ(read_metadata(picture_path("foreign.webp")), (Metadata{{"parameters", "plain words"}}));
  std::string rain;
  for (int i = 0; i < 100; ++i) rain += "\u96e8";
  EXPECT_EQ(
      read_metadata(picture_path("foreign.png")),
      (Metadata{
          {"parameters", "caf\u00e9"}, {"Comment", std::string(1000, 'x')}, {"Title", rain}}));
}

TEST(Exif, ReadsBothByteOrdersOfTextAndTiff) {
  const std::string little("II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0", 26);
  EXPECT_EQ(parse_exif(little).orientation, 6);
  EXPECT_EQ(parse_exif(std::string("Exif\0\0", 6) + little).orientation, 6);
  std::string swapped = make_exif("ab");
  const std::size_t at = swapped.find(std::string("\0a\0b", 4));
  ASSERT_NE(at, swapped.npos);
  swapped.replace(at, 4, std::string("a\0b\0", 4));
  EXPECT_EQ(parse_exif(swapped).user_comment, "ab");
}

TEST(Exif, NonsenseIsNoError) {
  const std::string whole = make_exif("some words");
  for (std::size_t size = 0; size < whole.size(); ++size) parse_exif(whole.substr(0, size));
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (const char value : {'\0', '\x7F', '\xFF'}) {
      std::string broken = whole;
      broken[at] = value;
      const int orientation = parse_exif(broken).orientation;
      EXPECT_GE(orientation, 1);
      EXPECT_LE(orientation, 8);
    }
}

TEST(Xmp, ReadsItsPropertiesUnderAnyPrefixAndAsAttributes) {
  const std::string packet =
      "<rdf:Description xmlns:z='urn:clipguide:metadata#' z:one=\"a &amp; b\" other:z=\"no\" "
      "z:two='&#x96e8;&#x1F34E;&bogus;'><z:three>line&#10;next</z:three><y:z:four>no</y:z:four>";
  EXPECT_EQ(
      parse_xmp(packet),
      (Metadata{{"one", "a & b"}, {"two", "\u96e8\U0001F34E&bogus;"}, {"three", "line\nnext"}}));
  const std::string whole = make_xmp({{"clipguide", "<&>"}});
  for (std::size_t size = 0; size < whole.size(); ++size) parse_xmp(whole.substr(0, size));
}

TEST(TextEncoding, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(valid_utf8("plain \u96e8\U0001F34E"), "plain \u96e8\U0001F34E");
  EXPECT_EQ(valid_utf8("\xC0\x80"), "\uFFFD\uFFFD") << "overlong";
  EXPECT_EQ(valid_utf8("\xED\xA0\x80x"), "\uFFFD\uFFFD\uFFFDx") << "surrogate";
  EXPECT_EQ(valid_utf8("\xF4\x90\x80\x80"), "\uFFFD\uFFFD\uFFFD\uFFFD") << "past U+10FFFF";
  EXPECT_EQ(valid_utf8("\xE9\x9B"), "\uFFFD\uFFFD") << "cut short";
  EXPECT_EQ(utf8_from_utf16(utf16_big_endian("a\u96e8\U0001F34E"), true), "a\u96e8\U0001F34E");
  EXPECT_EQ(utf8_from_utf16(std::string("\xD8\x3C\0a", 4), true),
            "\uFFFD"
            "a");
}

}  // namespace
}  // namespace clipguide::media
