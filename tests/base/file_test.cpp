#include "clipguide/base/file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clipguide/base/error.h"
#include "support/temporary_folder.h"

namespace clipguide::base {
namespace {

namespace fs = std::filesystem;

TEST(File, WritesAndReadsBack) {
  const test::TemporaryFolder folder;
  write_file(folder / "a.txt", std::string_view("one"));
  write_file(folder / "a.txt", std::string_view("two"));
  EXPECT_EQ(read_file(folder / "a.txt", 100), "two");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1) << "no temporary is left";
}

TEST(File, NamesPathAndCause) {
  try {
    read_file("/no/such/file", 10);
    FAIL();
  } catch (const IoError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("/no/such/file"));
    EXPECT_THAT(error.what(), testing::HasSubstr("No such file"));
  }
}

TEST(File, RefusesMoreThanTheLimit) {
  const test::TemporaryFolder folder;
  write_file(folder / "a", std::string_view("0123456789"));
  EXPECT_THROW(read_file(folder / "a", 9), LimitError);
  EXPECT_THROW(read_file("/dev/zero", 1000), LimitError);
}

TEST(File, FailedWriteLeavesTheOldContent) {
  const test::TemporaryFolder folder;
  fs::create_directory(folder / "target");
  EXPECT_THROW(write_file(folder / "target", std::string_view("x")), IoError);
  EXPECT_TRUE(fs::is_directory(folder / "target"));
  EXPECT_THROW(write_file(folder / "gone" / "b", std::string_view("x")), IoError);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1);
}

TEST(File, AKilledWriterLeavesNothingBehind) {
  const test::TemporaryFolder folder;
  const int nameless = ::open(folder.path().c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
  if (nameless < 0) GTEST_SKIP() << "this file system has no files without a name";
  ::close(nameless);
  const std::string content(1 << 20, 'x');
  for (int round = 0; round < 20; ++round) {
    const pid_t writer = ::fork();
    if (writer == 0)
      for (int i = 0;; ++i)
        write_file(folder / (std::to_string(round) + "-" + std::to_string(i)),
                   std::string_view(content));
    ::usleep(useconds_t(3000 + 700 * round));
    ::kill(writer, SIGKILL);
    ::waitpid(writer, nullptr, 0);
  }
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    EXPECT_NE(entry.path().filename().string()[0], '.') << entry.path();
    EXPECT_EQ(entry.file_size(), content.size()) << entry.path();
  }
}

TEST(File, MapsWholeFilesAndEmptyOnes) {
  const test::TemporaryFolder folder;
  write_file(folder / "a", std::string_view("abc"));
  write_file(folder / "empty", std::string_view());
  const MappedFile file(folder / "a"), empty(folder / "empty");
  EXPECT_EQ(file.bytes().size(), 3u);
  EXPECT_EQ(char(file.bytes()[1]), 'b');
  EXPECT_TRUE(empty.bytes().empty());
}

}  // namespace
}  // namespace clipguide::base
