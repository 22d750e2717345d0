#include "clipguide/cli/picture_writer.h"

#include <gtest/gtest.h>

#include <fstream>

#include "clipguide/base/error.h"
#include "support/temporary_folder.h"

namespace clipguide::cli {
namespace {

TEST(ToPicture, keeps_size_and_levels) {
  at::Tensor tensor = torch::zeros({3, 2, 5});
  tensor[0][1][4] = 1.0;
  const media::Picture picture = to_picture(tensor);
  EXPECT_EQ(picture.width_px, 5);
  EXPECT_EQ(picture.height_px, 2);
  EXPECT_EQ(picture.rgb.at((1 * 5 + 4) * 3), 255);
  EXPECT_EQ(picture.rgb.front(), 0);
}

TEST(SideBySide, fills_rows_and_leaves_the_rest_white) {
  const at::Tensor sheet = side_by_side(torch::zeros({3, 3, 4, 6}));
  EXPECT_EQ(sheet.sizes(), (std::vector<std::int64_t>{3, 8, 12}));
  EXPECT_EQ(sheet.index({torch::indexing::Slice(), 0, 0}).sum().item<float>(), 0);
  EXPECT_EQ(sheet.index({torch::indexing::Slice(), 7, 11}).sum().item<float>(), 3);
  EXPECT_TRUE(side_by_side(torch::zeros({1, 3, 4, 6})).sizes() ==
              (std::vector<std::int64_t>{3, 4, 6}));
}

TEST(FrameWriter, numbers_every_nth_step_so_that_names_sort) {
  const test::TemporaryFolder folder;
  const FrameWriter frames(folder / "deep" / "frames", 10);
  for (int step = 1; step <= 20; ++step) frames.write(step, torch::zeros({1, 3, 8, 8}));
  frames.write(30, torch::zeros({2, 3, 8, 8}));
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "deep" / "frames"))
    names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  EXPECT_EQ(names,
            (std::vector<std::string>{"000010.png", "000020.png", "1-000030.png", "2-000030.png"}));
}

TEST(FrameWriter, refuses_a_folder_it_cannot_make) {
  const test::TemporaryFolder folder;
  std::ofstream(folder / "file") << "x";
  EXPECT_THROW(FrameWriter(folder / "file" / "frames", 1), base::IoError);
}

}  // namespace
}  // namespace clipguide::cli
