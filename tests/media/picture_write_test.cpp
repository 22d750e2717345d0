#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"
#include "clipguide/media/codec.h"
#include "media/picture_fixture.h"
#include "support/temporary_folder.h"

namespace clipguide::media {
namespace {

using test::smooth_picture, test::worst_level;
namespace fs = std::filesystem;

std::size_t files_in(const fs::path& folder) {
  return std::size_t(std::distance(fs::directory_iterator(folder), {}));
}

TEST(WritePicture, PngComesBackExactlyAndTheLossyOnesNearly) {
  const test::TemporaryFolder folder;
  for (const auto& [width, height] : {std::pair(97, 61), std::pair(1, 1), std::pair(1, 3000)}) {
    const Picture picture = smooth_picture(width, height);
    write_picture(folder / "a.png", picture);
    write_picture(folder / "a.JPG", picture);
    write_picture(folder / "a.jpeg", picture);
    write_picture(folder / "a.webp", picture);
    EXPECT_EQ(read_picture(folder / "a.png").rgb, picture.rgb);
    EXPECT_LE(worst_level(read_picture(folder / "a.JPG"), picture), 8);
    EXPECT_LE(worst_level(read_picture(folder / "a.jpeg"), picture), 8);
    EXPECT_LE(worst_level(read_picture(folder / "a.webp"), picture), 60) << "halved colour";
  }
}

TEST(WritePicture, QualityIsObeyed) {
  const Picture picture = smooth_picture(200, 150);
  for (const PictureFormat format : {PictureFormat::jpeg, PictureFormat::webp}) {
    const auto size = [&](int quality) {
      return encode_picture(picture, format, {quality, {}}).size();
    };
    EXPECT_LT(size(10), size(80));
    EXPECT_LT(size(80), size(100));
    EXPECT_THROW(size(0), base::UsageError);
    EXPECT_THROW(size(101), base::UsageError);
  }
}

TEST(WritePicture, RefusesOtherExtensionsAndSizes) {
  const test::TemporaryFolder folder;
  const Picture picture = smooth_picture(2, 2);
  for (const char* name : {"a.gif", "a", "a.png.txt", ".png"})
    EXPECT_THROW(write_picture(folder / name, picture), base::UsageError) << name;
  EXPECT_THROW(write_picture(folder / "a.png", {2, 2, std::vector<std::uint8_t>(11)}),
               base::ShapeError);
  EXPECT_THROW(write_picture(folder / "a.png", {0, 2, {}}), base::ShapeError);
  const Picture wide{70000, 1, std::vector<std::uint8_t>(210000)};
  EXPECT_THROW(write_picture(folder / "a.webp", wide), base::UsageError);
  EXPECT_THROW(write_picture(folder / "a.jpg", wide), base::UsageError);
  EXPECT_EQ(files_in(folder.path()), 0u);
}

TEST(WritePicture, MissingFolderIsAnErrorThatNamesIt) {
  const test::TemporaryFolder folder;
  try {
    write_picture(folder / "gone" / "a.png", smooth_picture(2, 2));
    FAIL();
  } catch (const base::IoError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("gone/a.png"));
  }
}

// A file size limit of the process stands in for the full disk.
TEST(WritePicture, FullDiskLeavesTheEarlierPicture) {
  const test::TemporaryFolder folder;
  write_picture(folder / "a.png", smooth_picture(8, 8));
  const std::string before = test::bytes_of(folder / "a.png");
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit limit{2000, 2000};
    ::signal(SIGXFSZ, SIG_IGN);
    ::setrlimit(RLIMIT_FSIZE, &limit);
    try {
      write_picture(folder / "a.png", smooth_picture(300, 300));
    } catch (const base::IoError&) {
      ::_exit(7);
    }
    ::_exit(1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 7);
  EXPECT_EQ(test::bytes_of(folder / "a.png"), before);
  EXPECT_EQ(files_in(folder.path()), 1u) << "no temporary is left";
}

TEST(WritePicture, KilledAtAnyMomentLeavesAWholePicture) {
  const test::TemporaryFolder folder;
  const fs::path path = folder / "a.png";
  const Picture small = smooth_picture(40, 30), large = smooth_picture(60, 50);
  write_picture(path, small);
  for (int attempt = 0; attempt < 20; ++attempt) {
    const pid_t child = ::fork();
    if (child == 0)
      for (;;) {
        write_picture(path, large);
        write_picture(path, small);
      }
    std::this_thread::sleep_for(std::chrono::microseconds(1000 + 700 * attempt));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    const Picture left = read_picture(path);
    EXPECT_EQ(left.rgb, left.width_px == 40 ? small.rgb : large.rgb);
  }
}

}  // namespace
}  // namespace clipguide::media
