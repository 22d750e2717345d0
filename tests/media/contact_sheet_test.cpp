#include "clipguide/media/contact_sheet.h"

#include <gtest/gtest.h>

#include "clipguide/base/error.h"

namespace clipguide::media {
namespace {

Picture flat(int width_px, int height_px, std::uint8_t level) {
  return {width_px, height_px,
          std::vector<std::uint8_t>(std::size_t(width_px * height_px * 3), level)};
}

int level_at(const Picture& sheet, int x, int y) {
  return sheet.rgb[std::size_t(y * sheet.width_px + x) * 3];
}

TEST(ContactSheet, LaysPicturesOutInRows) {
  const std::vector<Picture> pictures = {flat(10, 6, 1), flat(10, 6, 2), flat(10, 6, 3),
                                         flat(10, 6, 4), flat(4, 2, 5)};
  const Picture sheet = contact_sheet(pictures, {3, 2, {200, 201, 202}});
  EXPECT_EQ(sheet.width_px, 3 * 10 + 4 * 2);
  EXPECT_EQ(sheet.height_px, 2 * 6 + 3 * 2);
  ASSERT_EQ(sheet.rgb.size(), std::size_t(sheet.width_px * sheet.height_px * 3));
  EXPECT_EQ(level_at(sheet, 2, 2), 1);
  EXPECT_EQ(level_at(sheet, 11, 7), 1);
  EXPECT_EQ(level_at(sheet, 12, 7), 200) << "gap";
  EXPECT_EQ(level_at(sheet, 14, 2), 2);
  EXPECT_EQ(level_at(sheet, 35, 7), 3);
  EXPECT_EQ(level_at(sheet, 2, 10), 4);
  EXPECT_EQ(level_at(sheet, 17, 12), 5) << "the small one stands in the middle of its cell";
  EXPECT_EQ(level_at(sheet, 16, 12), 200);
  EXPECT_EQ(level_at(sheet, 30, 13), 200) << "no sixth";
  EXPECT_EQ(sheet.rgb[1], 201);
}

TEST(ContactSheet, IsAboutSquareByItself) {
  const std::vector<Picture> nine(9, flat(10, 10, 0)), wide(8, flat(40, 10, 0));
  EXPECT_EQ(contact_sheet(nine, {0, 0, {}}).width_px, 30);
  EXPECT_EQ(contact_sheet(wide, {0, 0, {}}).width_px, 40);
  EXPECT_EQ(contact_sheet(std::vector(1, flat(3, 2, 9)), {0, 0, {}}).rgb, flat(3, 2, 9).rgb);
}

TEST(ContactSheet, RefusesNothingAndTooMuch) {
  EXPECT_THROW(contact_sheet({}), base::UsageError);
  const std::vector<Picture> one = {flat(1, 1, 0)};
  EXPECT_THROW(contact_sheet(one, {-1, 0, {}}), base::UsageError);
  EXPECT_THROW(contact_sheet(one, {1, -1, {}}), base::UsageError);
  EXPECT_THROW(contact_sheet(one, {1, 2000000000, {}}), base::LimitError);
}

}  // namespace
}  // namespace clipguide::media
