#include <gtest/gtest.h>

// clang-format off: jpeglib.h wants stdio's FILE
#include <jpeglib.h>

#include <cstdio>
// clang-format on

#include <cstdlib>

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"
#include "clipguide/media/codec.h"
#include "media/picture_fixture.h"
#include "support/temporary_folder.h"

namespace clipguide::media {
namespace {

using test::picture_path, test::read_ppm, test::worst_level;

struct Form {
  const char* file;
  const char* expected;
  int tolerance;  // levels; lossy decoders may round differently from version to version
};

void PrintTo(const Form& form, std::ostream* out) { *out << form.file; }

class EveryForm : public testing::TestWithParam<Form> {};

TEST_P(EveryForm, GivesItsPixels) {
  const auto [file, expected, tolerance] = GetParam();
  EXPECT_LE(worst_level(read_picture(picture_path(file)), read_ppm(picture_path(expected))),
            tolerance);
}

INSTANTIATE_TEST_SUITE_P(
    Png, EveryForm,
    testing::Values(Form{"rgb8.png", "rgb8.ppm", 0}, Form{"grey8.png", "grey8.ppm", 0},
                    Form{"grey1.png", "grey1.ppm", 0}, Form{"palette4.png", "palette4.ppm", 0},
                    Form{"palette_clear.png", "palette_clear.ppm", 0},
                    Form{"grey_alpha.png", "grey_alpha.ppm", 1}, Form{"rgba8.png", "rgba8.ppm", 1},
                    Form{"rgb16.png", "rgb16.ppm", 0}, Form{"grey16.png", "grey16.ppm", 0},
                    Form{"interlaced.png", "interlaced.ppm", 0}, Form{"1x1.png", "1x1.ppm", 0},
                    Form{"1x10000.png", "1x10000.ppm", 0}));
INSTANTIATE_TEST_SUITE_P(Jpeg, EveryForm,
                         testing::Values(Form{"baseline.jpg", "baseline.ppm", 2},
                                         Form{"progressive.jpg", "progressive.ppm", 2},
                                         Form{"jpeg_grey.jpg", "jpeg_grey.ppm", 2},
                                         Form{"cmyk.jpg", "cmyk.ppm", 3}));
INSTANTIATE_TEST_SUITE_P(Webp, EveryForm,
                         testing::Values(Form{"lossy.webp", "lossy.ppm", 2},
                                         Form{"lossless_alpha.webp", "lossless_alpha.ppm", 1},
                                         Form{"animated.webp", "animated.ppm", 0}));

TEST(ReadPicture, TurnsAllEightOrientationsUpright) {
  const Picture upright = read_ppm(picture_path("turned.ppm"));
  for (const char* extension : {".png", ".jpg", ".webp"})
    for (int orientation = 1; orientation <= 8; ++orientation) {
      const std::string name = "turned" + std::to_string(orientation) + extension;
      EXPECT_LE(worst_level(read_picture(picture_path(name)), upright), 6) << name;
    }
}

// YCCK, which Photoshop writes: the inks as luma and chroma, inverted.
TEST(ReadPicture, ConvertsYcck) {
  const int side = 16;
  jpeg_compress_struct jpeg{};
  jpeg_error_mgr errors;
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_compress(&jpeg);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&jpeg, &bytes, &size);
  jpeg.image_width = jpeg.image_height = side;
  jpeg.input_components = 4;
  jpeg.in_color_space = JCS_CMYK;
  jpeg_set_defaults(&jpeg);
  jpeg_set_colorspace(&jpeg, JCS_YCCK);
  jpeg_set_quality(&jpeg, 100, TRUE);
  jpeg_start_compress(&jpeg, TRUE);
  std::vector<unsigned char> row;
  for (int x = 0; x < side; ++x) row.insert(row.end(), {200, 100, 50, 204});
  for (int y = 0; y < side; ++y) {
    JSAMPROW pointer = row.data();
    jpeg_write_scanlines(&jpeg, &pointer, 1);
  }
  jpeg_finish_compress(&jpeg);
  const std::string file(reinterpret_cast<char*>(bytes), size);
  jpeg_destroy_compress(&jpeg);
  std::free(bytes);

  const Picture picture = decode_picture({"ycck.jpg", file});
  ASSERT_EQ(picture.rgb.size(), std::size_t(side * side * 3));
  EXPECT_NEAR(picture.rgb[0], 160, 2);  // 200 * 204 / 255
  EXPECT_NEAR(picture.rgb[1], 80, 2);
  EXPECT_NEAR(picture.rgb[2], 40, 2);
}

TEST(ReadPicture, GoesByContentNotByName) {
  const test::TemporaryFolder folder;
  std::filesystem::copy(picture_path("rgb8.png"), folder / "a.jpg");
  EXPECT_EQ(worst_level(read_picture(folder / "a.jpg"), read_ppm(picture_path("rgb8.ppm"))), 0);
}

TEST(ReadPicture, BytesAfterTheEndAreLetPass) {
  for (const char* name : {"rgb8.png", "baseline.jpg", "lossy.webp"}) {
    const std::string more = test::bytes_of(picture_path(name)) + "trailing";
    EXPECT_EQ(decode_picture({name, more}).rgb, read_picture(picture_path(name)).rgb) << name;
  }
}

}  // namespace
}  // namespace clipguide::media
