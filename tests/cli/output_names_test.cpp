#include "clipguide/cli/output_names.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "clipguide/base/error.h"
#include "support/temporary_folder.h"

namespace clipguide::cli {
namespace {

namespace fs = std::filesystem;

class InFolder : public testing::Test {
 protected:
  InFolder() : before_(fs::current_path()) { fs::current_path(folder_.path()); }
  ~InFolder() override { fs::current_path(before_); }

  test::TemporaryFolder folder_;
  fs::path before_;
};

TEST(Slug, keeps_letters_and_digits_and_is_bounded) {
  EXPECT_EQ(slug("A red apple!"), "a-red-apple");
  EXPECT_EQ(slug("  ../../etc/passwd  "), "etc-passwd");
  EXPECT_EQ(slug("\x1b[31m\xc3\xa9t\xc3\xa9"), "31m-t");
  EXPECT_EQ(slug("!?"), "");
  EXPECT_LE(slug(std::string(1000, 'x')).size(), 40u);
  EXPECT_EQ(slug("a long prompt with so many words that it is cut"),
            "a-long-prompt-with-so-many-words-that-it");
}

using DefaultOutput = InFolder;

TEST_F(DefaultOutput, never_names_a_file_that_is_there) {
  EXPECT_EQ(default_output("a red apple", 7), "clipguide-a-red-apple-7.png");
  std::ofstream("clipguide-a-red-apple-7.png") << "mine";
  EXPECT_EQ(default_output("a red apple", 7), "clipguide-a-red-apple-7-2.png");
  std::ofstream("clipguide-a-red-apple-7-2-1.png") << "of a batch";
  EXPECT_EQ(default_output("a red apple", 7), "clipguide-a-red-apple-7-3.png");
  EXPECT_EQ(default_output("", 1), "clipguide-1.png");
}

TEST(BatchOutputs, number_the_pictures_before_the_extension) {
  EXPECT_EQ(batch_outputs("x/a.png", 1), std::vector<fs::path>({"x/a.png"}));
  EXPECT_EQ(batch_outputs("x/a.png", 3),
            std::vector<fs::path>({"x/a-1.png", "x/a-2.png", "x/a-3.png"}));
}

using CheckOutput = InFolder;

TEST_F(CheckOutput, refuses_what_cannot_be_written) {
  EXPECT_NO_THROW(check_output("a.png"));
  EXPECT_NO_THROW(check_output("a.JPG"));
  EXPECT_THROW(check_output("a.gif"), base::UsageError);
  EXPECT_THROW(check_output("a"), base::UsageError);
  EXPECT_THROW(check_output("gone/a.png"), base::IoError);
  fs::create_directory("folder.png");
  EXPECT_THROW(check_output("folder.png"), base::IoError);
}

TEST_F(CheckOutput, refuses_a_folder_without_permission) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write anywhere";
  fs::create_directory("closed");
  ::chmod("closed", 0500);
  EXPECT_THROW(check_output("closed/a.png"), base::IoError);
}

}  // namespace
}  // namespace clipguide::cli
