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

TEST(SideBySide, shows_every_picture_of_a_batch_and_a_single_one_as_it_is) {
  const media::Picture one = side_by_side(torch::zeros({1, 3, 4, 6}));
  EXPECT_EQ(one.width_px, 6);
  EXPECT_EQ(one.height_px, 4);
  const media::Picture sheet = side_by_side(torch::zeros({3, 3, 4, 6}));
  EXPECT_EQ(std::count(sheet.rgb.begin(), sheet.rgb.end(), 0), 3 * 3 * 4 * 6);
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
