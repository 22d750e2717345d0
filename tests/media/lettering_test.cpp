#include "clipguide/media/lettering.h"

#include <gtest/gtest.h>

#include "clipguide/base/error.h"

namespace clipguide::media {
namespace {

int dark_pixels(const Picture& picture) {
  int count = 0;
  for (std::size_t i = 0; i < picture.rgb.size(); i += 3) count += picture.rgb[i] < 128;
  return count;
}

TEST(Lettering, DrawsWithinItsWidthAndHeight) {
  const Lettering lettering(20);
  const int width = lettering.width_px("A red apple");
  ASSERT_GT(width, 60);
  Picture picture = blank_picture(width + 40, lettering.line_height_px() + 40);
  lettering.draw(picture, 20, 20, "A red apple");
  EXPECT_GT(dark_pixels(picture), 100);
  Picture border = picture;
  paste(border, blank_picture(width + 2, lettering.line_height_px() + 2), 19, 19);
  EXPECT_EQ(dark_pixels(border), 0) << "ink outside of what was measured";
}

TEST(Lettering, DrawsOtherScriptsAndOtherInk) {
  const Lettering lettering(16);
  Picture greek = blank_picture(100, 30), box = greek;
  lettering.draw(greek, 2, 2, "\xCE\xB1", {255, 0, 0});
  lettering.draw(box, 2, 2, "\xF0\x9F\xA6\x89", {255, 0, 0});  // an owl: a box, or nothing at all
  EXPECT_EQ(dark_pixels(greek), 0) << "red ink";
  EXPECT_NE(greek.rgb, blank_picture(100, 30).rgb);
  EXPECT_NE(greek.rgb, box.rgb);
}

TEST(Lettering, CutsWhatFallsOutside) {
  const Lettering lettering(30);
  Picture small = blank_picture(8, 8);
  lettering.draw(small, -10, -10, "WWWW");
  lettering.draw(small, 100, 100, "WWWW");
  EXPECT_GT(dark_pixels(small), 0);
}

TEST(Lettering, WrapsAtSpacesAndCutsLongWords) {
  const Lettering lettering(14);
  const int width = lettering.width_px("a fox in the");
  EXPECT_EQ(lettering.wrapped("a fox in the  snow", width),
            (std::vector<std::string>{"a fox in the", "snow"}));
  for (const std::string& line : lettering.wrapped(std::string(200, 'm') + " end", width))
    EXPECT_LE(lettering.width_px(line), width) << line;
  const std::vector<std::string> cut = lettering.wrapped("one two three four five six", width, 1);
  ASSERT_EQ(cut.size(), 1u);
  EXPECT_TRUE(cut[0].starts_with("one") && cut[0].ends_with("...")) << cut[0];
  EXPECT_LE(lettering.width_px(cut[0]), width);
  EXPECT_TRUE(lettering.wrapped("  ", width).empty());
  EXPECT_EQ(lettering.wrapped("ab", 1).size(), 2u) << "at least one character a line";
}

TEST(Lettering, RefusesWhatIsNoFont) {
  EXPECT_THROW(Lettering(2), base::UsageError);
  EXPECT_THROW(Lettering(12, "/no/such/font.ttf"), base::IoError);
  EXPECT_THROW(Lettering(12, CLIPGUIDE_SOURCE_DIR "/README.md"), base::FormatError);
}

TEST(Paste, CutsAtTheBorders) {
  Picture ground = blank_picture(4, 3);
  const Picture patch = blank_picture(3, 3, {0, 0, 0});
  paste(ground, patch, -2, 1);
  EXPECT_EQ(dark_pixels(ground), 2);
  paste(ground, patch, 3, -2);
  EXPECT_EQ(dark_pixels(ground), 3);
  paste(ground, patch, 9, 9);
  EXPECT_EQ(dark_pixels(ground), 3);
}

}  // namespace
}  // namespace clipguide::media
