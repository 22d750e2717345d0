/// The example that trains a classifier on pictures, on classes that a glance tells apart.
#include "clipguide/media/picture.h"
#include "e2e/program.h"

namespace clipguide::e2e {
namespace {

class Classifier : public Program {
 protected:
  // Squares of one primary colour a class, a little lighter from picture to picture.
  std::string folder_of(const std::string& name, const std::vector<std::string>& classes,
                        int pictures) const {
    constexpr int kSide = 16;
    for (std::size_t c = 0; c < classes.size(); ++c) {
      const fs::path folder = folder_ / name / classes[c];
      fs::create_directories(folder);
      for (int i = 0; i < pictures; ++i) {
        media::Picture picture{kSide, kSide, std::vector<std::uint8_t>(kSide * kSide * 3, 30)};
        for (std::size_t at = c; at < picture.rgb.size(); at += 3)
          picture.rgb[at] = std::uint8_t(150 + 10 * i);
        media::write_picture(folder / (std::to_string(i) + ".png"), picture);
      }
    }
    return folder_ / name;
  }

  CommandResult classify(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), CLIPGUIDE_CLASSIFIER);
    return test::run_command(arguments, options());
  }
};

TEST_F(Classifier, learns_from_folders_and_says_where_pictures_are_too_few) {
  const std::vector<std::string> classes = {"blue-ish", "green", "red"};
  const CommandResult result =
      classify({folder_of("test", classes, 3), "own=" + folder_of("own", classes, 4), "--counts",
                "2,8", "--side", "16", "--steps", "40", "--seeds", "1"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.out.find("9 test pictures of 3 classes, chance 33.3 %"), std::string::npos);
  EXPECT_NE(result.out.find("100.0 +- 0.0"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("8                                  -"), std::string::npos)
      << result.out;
}

TEST_F(Classifier, refuses_other_classes_than_those_of_the_test) {
  const CommandResult result = classify(
      {folder_of("test", {"red", "green"}, 1), "own=" + folder_of("own", {"red", "blue"}, 1)});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_NE(result.err.find("expected the classes of"), std::string::npos) << result.err;
  EXPECT_EQ(classify({}).exit_code, 2);
}

}  // namespace
}  // namespace clipguide::e2e
