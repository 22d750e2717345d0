#include "clipguide/media/video.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <string>

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"
#include "clipguide/base/program.h"
#include "clipguide/media/picture.h"
#include "support/temporary_folder.h"

namespace clipguide::media {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kLimit = 1 << 24;

/// Frames of an odd size, each of another grey.
class Video : public testing::Test {
 protected:
  Video() {
    frames_ = folder_ / "50% of \"it\"";
    fs::create_directories(frames_);
    for (int n = 1; n <= 5; ++n)
      write_picture(frames_ / frame_name(n),
                    {33, 25, std::vector<std::uint8_t>(33 * 25 * 3, std::uint8_t(40 * n))});
  }
  test::TemporaryFolder folder_;
  fs::path frames_;
};

TEST_F(Video, names_frames_and_knows_films) {
  EXPECT_EQ(frame_name(12), "000012.png");
  for (const char* name : {"a.mp4", "a.b.webm", "x/A.GIF"})
    EXPECT_TRUE(is_video_name(name)) << name;
  for (const char* name : {"a.avi", "mp4", "frames", "a.mp4.png"})
    EXPECT_FALSE(is_video_name(name)) << name;
}

TEST_F(Video, writes_each_form_with_every_frame_and_the_same_bytes_again) {
  if (!can_write_video()) GTEST_SKIP() << "no ffmpeg here";
  const std::map<std::string, std::string> begins = {
      {".mp4", std::string("ftyp")}, {".webm", "\x1a\x45\xdf\xa3"}, {".gif", "GIF89a"}};
  for (const auto& [extension, magic] : begins) {
    const fs::path film = folder_ / ("film" + extension);
    write_video(film, frames_, {10, 5});
    const std::string bytes = base::read_file(film, kLimit);
    EXPECT_EQ(bytes.substr(extension == ".mp4" ? 4 : 0, magic.size()), magic) << extension;
    write_video(film, frames_, {10, 5});
    EXPECT_EQ(base::read_file(film, kLimit), bytes) << extension;
    EXPECT_FALSE(fs::exists(film.string() + ".part"));
    // Taken apart again, it has its five frames, the brightest last.
    const fs::path apart = folder_ / ("apart" + extension);
    fs::create_directories(apart);
    ASSERT_EQ(base::run_program({"ffmpeg", "-loglevel", "error", "-i", film.string(),
                                 (apart / "%06d.png").string()})
                  .exit_code,
              0);
    EXPECT_TRUE(fs::exists(apart / frame_name(5))) << extension;
    EXPECT_FALSE(fs::exists(apart / frame_name(6))) << extension;
    EXPECT_NEAR(read_picture(apart / frame_name(5)).rgb[0], 200, 3) << extension;
    EXPECT_NEAR(read_picture(apart / frame_name(1)).rgb[0], 40, 3) << extension;
  }
}

TEST_F(Video, refuses_other_forms_and_reports_what_ffmpeg_said) {
  EXPECT_THROW(write_video(folder_ / "film.avi", frames_, {10, 5}), base::UsageError);
  if (!can_write_video()) GTEST_SKIP() << "no ffmpeg here";
  std::ofstream(folder_ / "old.mp4") << "old";
  try {
    write_video(folder_ / "old.mp4", folder_ / "nothing", {10, 5});
    FAIL();
  } catch (const base::IoError& error) {
    EXPECT_NE(std::string(error.what()).find("old.mp4: ffmpeg failed: "), std::string::npos);
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
  }
  EXPECT_EQ(base::read_file(folder_ / "old.mp4", kLimit), "old") << "nothing half-written";
  EXPECT_FALSE(fs::exists(folder_ / "old.mp4.part"));
}

TEST_F(Video, without_ffmpeg_says_how_to_get_it) {
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", folder_.path().c_str(), 1);
  EXPECT_FALSE(can_write_video());
  try {
    write_video(folder_ / "film.mp4", frames_, {10, 5});
    ADD_FAILURE();
  } catch (const base::IoError& error) {
    EXPECT_NE(error.hint().find("install ffmpeg"), std::string::npos);
  }
  ::setenv("PATH", path.c_str(), 1);
}

}  // namespace
}  // namespace clipguide::media
