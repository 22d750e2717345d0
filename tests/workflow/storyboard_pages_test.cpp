#include "clipguide/workflow/storyboard_pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "clipguide/base/file.h"
#include "support/temporary_folder.h"

namespace clipguide::workflow {
namespace {

using testing::HasSubstr;

media::Picture square(int side, std::uint8_t level) {
  return {side, side, std::vector<std::uint8_t>(std::size_t(side * side * 3), level)};
}

Storyboard board(const std::vector<std::string>& captions) {
  Storyboard made;
  made.title = "Night & day";
  for (std::size_t i = 0; i < captions.size(); ++i) {
    Panel panel;
    panel.name = "p" + std::to_string(i);
    panel.caption = captions[i];
    panel.options.prompt = "a <cat>";
    made.panels.push_back(panel);
  }
  return made;
}

TEST(SheetGrid, makes_the_pictures_as_large_as_the_page_allows) {
  const SheetGrid six = best_grid(6, 8, 770, 489, 1, 18, 16);
  EXPECT_EQ(six.columns, 3);
  EXPECT_EQ(six.rows, 2);
  EXPECT_EQ(best_grid(1, 8, 770, 489, 1, 18, 16).columns, 1);
  const SheetGrid many = best_grid(100, 8, 770, 489, 1, 18, 16);
  EXPECT_GE(many.columns * many.rows, 8);
  const SheetGrid tall = best_grid(3, 8, 770, 489, 0.5, 18, 16);
  EXPECT_EQ(tall.columns, 3);
  EXPECT_LE(tall.picture_width / 0.5 + 18, 489);
}

TEST(StoryboardSheet, holds_the_pictures_and_grows_with_the_captions) {
  const std::vector<media::Picture> pictures = {square(64, 10), square(64, 200), square(64, 90)};
  const media::Picture plain = storyboard_sheet(board({"a", "b", "c"}), pictures);
  const media::Picture longer =
      storyboard_sheet(board({"a", "a caption that needs several lines here", "c"}), pictures);
  EXPECT_EQ(plain.width_px, longer.width_px);
  EXPECT_GT(longer.height_px, plain.height_px);
  for (const std::uint8_t level : {10, 200, 90})
    EXPECT_GE(std::count(plain.rgb.begin(), plain.rgb.end(), level), 64 * 64 * 3) << int(level);
  EXPECT_NE(storyboard_sheet(board({"x", "b", "c"}), pictures).rgb, plain.rgb);
}

TEST(StoryboardPdf, has_pages_of_eight_and_the_same_bytes_each_time) {
  const std::vector<media::Picture> pictures(9, square(16, 50));
  const Storyboard nine = board(std::vector<std::string>(9, "Überschrift – 日本"));
  const std::string pdf = storyboard_pdf(nine, pictures);
  int pages = 0;
  const std::string page = "/Type /Page";
  for (std::size_t at = pdf.find(page); at != pdf.npos; at = pdf.find(page, at + 1))
    pages += pdf[at + page.size()] != 's';  // "/Type /Pages" is the list of them
  EXPECT_EQ(pages, 2);
  EXPECT_EQ(storyboard_pdf(nine, pictures), pdf);
}

TEST(StoryboardHtml, escapes_and_points_into_its_folder) {
  FinishedStoryboard finished;
  for (int i = 0; i < 2; ++i) {
    FinishedPanel panel;
    panel.file = "panels/p" + std::to_string(i) + ".png";
    panel.record.options.prompt = "a <cat>";
    panel.record.similarity = 0.25;
    finished.panels.push_back(panel);
  }
  Storyboard two = board({"<script>", "Second"});
  two.panels[1].from = 0;
  const std::string html = storyboard_html(two, finished);
  EXPECT_THAT(html, HasSubstr("<h1>Night &amp; day</h1>"));
  EXPECT_THAT(html, HasSubstr("src=\"panels/p0.png\" alt=\"a &lt;cat&gt;\""));
  EXPECT_THAT(html, HasSubstr("1. &lt;script&gt;"));
  EXPECT_THAT(html, HasSubstr("<td>p0</td>")) << "what the second starts from";
  EXPECT_THAT(html, HasSubstr("<td>0.250</td>"));
  EXPECT_EQ(html.find("http"), std::string::npos) << "nothing from elsewhere";
}

TEST(WriteIfChanged, leaves_the_same_content_alone) {
  const test::TemporaryFolder folder;
  const auto path = folder / "a";
  write_if_changed(path, "one");
  const auto before = std::filesystem::file_time_type::clock::now() - std::chrono::hours(1);
  std::filesystem::last_write_time(path, before);
  write_if_changed(path, "one");
  EXPECT_EQ(std::filesystem::last_write_time(path), before);
  write_if_changed(path, "two");
  EXPECT_EQ(base::read_file(path, 10), "two");
  EXPECT_NE(std::filesystem::last_write_time(path), before);
}

}  // namespace
}  // namespace clipguide::workflow
