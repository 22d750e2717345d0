#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <random>

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"
#include "clipguide/media/codec.h"
#include "clipguide/media/jpeg_segments.h"
#include "media/picture_fixture.h"
#include "support/temporary_folder.h"

namespace clipguide::media {
namespace {

using test::bytes_of, test::picture_path, test::smooth_picture;
using testing::HasSubstr;

std::string big_endian_32(std::size_t value) {
  return {char(value >> 24 & 0xFF), char(value >> 16 & 0xFF), char(value >> 8 & 0xFF),
          char(value & 0xFF)};
}

std::string png_chunk(const std::string& type, const std::string& content) {
  const std::string body = type + content;
  const uLong crc = ::crc32_z(0, reinterpret_cast<const Bytef*>(body.data()), body.size());
  return big_endian_32(content.size()) + body + big_endian_32(crc);
}

std::string png_of(std::size_t width, std::size_t height, const std::string& chunks) {
  return "\x89PNG\r\n\x1a\n" +
         png_chunk("IHDR", big_endian_32(width) + big_endian_32(height) +
                               std::string("\x08\x02\0\0\0", 5)) +
         chunks + png_chunk("IEND", "");
}

std::string deflated(const std::string& content) {
  uLongf size = ::compressBound(content.size());
  std::string out(size, '\0');
  ::compress(reinterpret_cast<Bytef*>(out.data()), &size,
             reinterpret_cast<const Bytef*>(content.data()), content.size());
  out.resize(size);
  return out;
}

// What decoding throws, checked to be one line that names the file; empty when it does not throw.
template <class Decode>
std::string error_of(Decode decode) {
  try {
    decode();
    return "";
  } catch (const base::Error& error) {
    const std::string message = error.what();
    EXPECT_EQ(message.find('\n'), message.npos) << message;
    EXPECT_THAT(message, HasSubstr("file: "));
    return message;
  }
}

std::string decode_error(const std::string& bytes, const ReadLimits& limits = {}) {
  return error_of([&] { decode_picture({"file", bytes, limits}); });
}

std::string metadata_error(const std::string& bytes) {
  return error_of([&] { decode_metadata({"file", bytes}); });
}

TEST(PictureFault, BombIsRefusedByItsHeader) {
  const std::string bomb = png_of(65535, 65535, png_chunk("IDAT", deflated("x")));
  EXPECT_THROW(decode_picture({"file", bomb}), base::LimitError);
  EXPECT_THAT(decode_error(bomb), HasSubstr("got 65535x65535"));
  const std::string wide = png_of(30000, 30000, png_chunk("IDAT", deflated("x")));
  EXPECT_THROW(decode_picture({"file", wide}), base::LimitError);
  EXPECT_THAT(decode_error(wide), HasSubstr("900000000"));
  EXPECT_NE(decode_error(png_of(0xFFFFFFFF, 0xFFFFFFFF, "")), "");
  EXPECT_NE(decode_error(png_of(0, 5, "")), "");
}

TEST(PictureFault, LimitsHoldForEveryFormat) {
  for (const char* name : {"turned1.png", "turned1.jpg", "turned1.webp"}) {  // 24x16
    const std::string bytes = bytes_of(picture_path(name));
    EXPECT_EQ(decode_error(bytes, {1000000, 24, 384}), "") << name;
    EXPECT_THROW(decode_picture({"file", bytes, {1000000, 23, 384}}), base::LimitError) << name;
    EXPECT_THROW(decode_picture({"file", bytes, {1000000, 24, 383}}), base::LimitError) << name;
    EXPECT_THROW(read_picture(picture_path(name), {100, 24, 384}), base::LimitError) << name;
  }
}

TEST(PictureFault, JpegAndWebpBombsAreRefusedByTheirHeaders) {
  std::string jpeg = encode_picture(smooth_picture(8, 8), PictureFormat::jpeg);
  const std::size_t frame = jpeg.find("\xFF\xC0");
  ASSERT_NE(frame, jpeg.npos);
  jpeg.replace(frame + 5, 4, "\xFF\xDC\xFF\xDC");  // 65500x65500
  EXPECT_THROW(decode_picture({"file", jpeg}), base::LimitError);
  EXPECT_THAT(decode_error(jpeg), HasSubstr("65500"));
}

TEST(PictureFault, CompressedTextUnfoldsNoFurtherThanTheLimit) {
  const std::string packed = deflated(std::string(std::size_t(64) << 20, 'a'));
  const std::string pixels = png_chunk("IDAT", deflated(std::string("\0abc", 4)));
  const std::string z_text = png_chunk("zTXt", std::string("parameters\0\0", 12) + packed);
  const std::string i_text = png_chunk("iTXt", std::string("parameters\0\1\0\0\0", 15) + packed);
  for (const std::string& text : {z_text, i_text}) {
    const std::string bomb = png_of(1, 1, text + pixels);
    EXPECT_THROW(decode_metadata({"file", bomb}), base::LimitError);
    EXPECT_EQ(decode_error(bomb), "") << "the pixels are sound, and text is not unfolded for them";
  }
  // Many small ones count together.
  const std::string part = deflated(std::string(std::size_t(4) << 20, 'a'));
  std::string many;
  for (char key = 'a'; key < 'f'; ++key)
    many += png_chunk("zTXt", std::string(1, key) + std::string("\0\0", 2) + part);
  EXPECT_THROW(decode_metadata({"file", png_of(1, 1, many + pixels)}), base::LimitError);
}

TEST(PictureFault, BrokenTextChunksAreNamed) {
  const auto error = [](const char* type, const std::string& content) {
    return metadata_error(png_of(1, 1, png_chunk(type, content)));
  };
  EXPECT_THAT(error("tEXt", "no end"), HasSubstr("NUL"));
  EXPECT_THAT(error("zTXt", std::string("a\0", 2)), HasSubstr("compression method"));
  EXPECT_THAT(error("zTXt", std::string("a\0\7xxxx", 7)), HasSubstr("got 7"));
  EXPECT_THAT(error("zTXt", std::string("a\0\0xxxx", 7)), HasSubstr("broken"));
  EXPECT_THAT(error("zTXt", std::string("a\0\0", 3) + deflated("some text").substr(0, 8)),
              HasSubstr("part"));
  EXPECT_THAT(error("iTXt", std::string("a\0\0\0en", 6)), HasSubstr("NUL"));
}

TEST(PictureFault, CrcErrorNamesTheChunk) {
  std::string png = bytes_of(picture_path("rgb8.png"));
  const std::size_t data = png.find("IDAT");
  png[data + 10] = char(png[data + 10] ^ 1);
  EXPECT_THROW(decode_picture({"file", png}), base::FormatError);
  EXPECT_THAT(decode_error(png), HasSubstr("PNG chunk IDAT"));
  EXPECT_THAT(decode_error(png), HasSubstr("CRC"));
}

TEST(PictureFault, EveryFlippedByteOfAPngIsFound) {
  const std::string png = bytes_of(picture_path("rgb16.png"));
  for (std::size_t at = 0; at < png.size(); ++at) {
    std::string broken = png;
    broken[at] = char(broken[at] ^ 0x20);
    EXPECT_NE(decode_error(broken), "") << at;
  }
}

TEST(PictureFault, SoundChunksAroundBrokenPixelsAreFound) {
  const std::string short_data = png_chunk("IDAT", deflated(std::string(5, '\0')));
  EXPECT_THAT(decode_error(png_of(9, 9, short_data)), HasSubstr("expected PNG pixels"));
  EXPECT_NE(decode_error(png_of(9, 9, "")), "");
  EXPECT_NE(decode_error(png_of(9, 9, png_chunk("IDAT", "not deflated"))), "");
  EXPECT_NE(decode_error(png_of(9, 9, png_chunk("IHDR", std::string(13, '\1')))), "");
}

TEST(PictureFault, EveryTruncationIsAnErrorNotAGreyHalf) {
  for (const char* name : {"rgba8.png", "interlaced.png", "baseline.jpg", "progressive.jpg",
                           "turned6.jpg", "lossy.webp", "lossless_alpha.webp", "animated.webp"}) {
    const std::string bytes = bytes_of(picture_path(name));
    for (std::size_t size = 0; size < bytes.size(); ++size)
      EXPECT_NE(decode_error(bytes.substr(0, size)), "") << name << " cut to " << size;
  }
}

TEST(PictureFault, DamageNeitherCrashesNorPrints) {
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  std::mt19937 random(1);
  for (const char* name : {"palette_clear.png", "cmyk.jpg", "progressive.jpg", "foreign.jpg",
                           "turned5.webp", "lossy.webp", "animated.webp"}) {
    const std::string bytes = bytes_of(picture_path(name));
    for (int attempt = 0; attempt < 400; ++attempt) {
      std::string broken = bytes;
      for (unsigned flips = 1 + random() % 4; flips > 0; --flips)
        broken[random() % broken.size()] = char(random());
      const ReadLimits limits{1 << 20, 4096, 1 << 20};
      decode_error(broken, limits);
      metadata_error(broken);
    }
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
}

TEST(PictureFault, OtherFilesAreCalledByTheirName) {
  EXPECT_THAT(decode_error(""), HasSubstr("an empty file"));
  EXPECT_THAT(decode_error("GIF89a..."), HasSubstr("a GIF"));
  EXPECT_THAT(decode_error("<html>"), HasSubstr("a web page"));
  EXPECT_THAT(decode_error("version https://git-lfs.github.com"), HasSubstr("Git LFS"));
  EXPECT_THAT(decode_error("hello"), HasSubstr("something else"));
  EXPECT_THAT(metadata_error("RIFF____WAVE"), HasSubstr("something else"));
  EXPECT_THROW(read_picture("/no/such/picture.png"), base::IoError);
  EXPECT_THROW(read_picture("/"), base::IoError);
}

TEST(PictureFault, ExtendedXmpIsHeldToItsBounds) {
  const std::string guid(32, 'A');
  const auto jpeg_with = [&](std::size_t length, std::size_t offset, const std::string& part) {
    const std::string main = std::string("http://ns.adobe.com/xap/1.0/\0", 29) +
                             "<d xmlns:n=\"http://ns.adobe.com/xmp/note/\" n:HasExtendedXMP=\"" +
                             guid + "\"/>";
    const std::string more = std::string("http://ns.adobe.com/xmp/extension/\0", 35) + guid +
                             big_endian_32(length) + big_endian_32(offset) + part;
    std::string file = "\xFF\xD8";
    for (const std::string& content : {main, more})
      file += "\xFF\xE1" + big_endian_32(content.size() + 2).substr(2) + content;
    return file + "\xFF\xD9";
  };
  EXPECT_EQ(metadata_error(jpeg_with(3, 0, "abc")), "");
  EXPECT_NE(metadata_error(jpeg_with(3, 1, "abc")), "");
  EXPECT_NE(metadata_error(jpeg_with(3, 0xFFFFFFFF, "abc")), "");
  EXPECT_NE(metadata_error(jpeg_with(4, 0, "abc")), "");
  EXPECT_THROW(decode_metadata({"file", jpeg_with(0xFFFFFFFF, 0, "abc")}), base::LimitError);
}

}  // namespace
}  // namespace clipguide::media
