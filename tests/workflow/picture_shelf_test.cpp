#include "clipguide/workflow/picture_shelf.h"

#include <gtest/gtest.h>

#include <fstream>

#include "clipguide/base/error.h"
#include "support/temporary_folder.h"

namespace clipguide::workflow {
namespace {

namespace fs = std::filesystem;
using guide::contents_of;
using nlohmann::json;

media::Picture picture(std::uint8_t level) { return {2, 2, std::vector<std::uint8_t>(12, level)}; }

guide::RunRecord record(const std::string& prompt) {
  guide::RunRecord made;
  made.options.prompt = prompt;
  made.steps_done = made.options.steps;
  made.similarity = 0.5;
  return made;
}

class Shelf : public testing::Test {
 protected:
  fs::path path(const std::string& name) const { return folder_ / name; }
  void put(const std::string& name, const std::string& prompt, std::uint8_t level) const {
    PictureShelf(folder_.path())
        .write(path(name), picture(level), record(prompt), json::object(), "1");
  }
  std::set<std::string> files() const {
    std::set<std::string> names;
    for (const auto& file : fs::directory_iterator(folder_.path()))
      names.insert(file.path().filename());
    return names;
  }
  static guide::RunOptions options(const std::string& prompt) { return record(prompt).options; }

  test::TemporaryFolder folder_;
};

TEST_F(Shelf, a_picture_is_found_by_what_it_was_made_of_under_any_name) {
  put("a.png", "owl", 1);
  PictureShelf shelf(folder_.path());
  ASSERT_NE(shelf.find(options("owl"), json::object(), path("other.png")), nullptr);
  EXPECT_EQ(shelf.find(options("cat"), json::object(), path("a.png")), nullptr);
  EXPECT_EQ(shelf.find(options("owl"), {{"init", "sha256:1"}}, path("a.png")), nullptr);
}

TEST_F(Shelf, names_may_be_exchanged_and_nothing_is_lost) {
  put("a.png", "owl", 1);
  put("b.png", "cat", 2);
  PictureShelf shelf(folder_.path());
  const auto place = [&](const std::string& prompt, const std::string& name) {
    PictureShelf::Entry* entry = shelf.find(options(prompt), json::object(), path(name));
    ASSERT_NE(entry, nullptr) << prompt;
    shelf.place(*entry, path(name), options(prompt), json::object(), "1");
  };
  place("owl", "b.png");
  place("cat", "a.png");
  EXPECT_TRUE(shelf.tidy({path("a.png"), path("b.png")}).empty());
  EXPECT_EQ(files(), (std::set<std::string>{"a.png", "b.png"}));
  EXPECT_EQ(media::read_picture(path("b.png")).rgb[0], 1);
  EXPECT_EQ(media::read_picture(path("a.png")).rgb[0], 2);
}

TEST_F(Shelf, what_nobody_wants_stays_and_what_was_replaced_goes) {
  put("a.png", "owl", 1);
  put("old.png", "fox", 3);
  PictureShelf shelf(folder_.path());
  shelf.write(path("a.png"), picture(9), record("cat"), json::object(), "1");
  EXPECT_NE(shelf.find(options("owl"), json::object(), path("a.png")), nullptr)
      << "put aside, until the end";
  EXPECT_EQ(shelf.tidy({path("a.png")}), std::vector<fs::path>{path("old.png")});
  EXPECT_EQ(files(), (std::set<std::string>{"a.png", "old.png"}));
  EXPECT_EQ(media::read_picture(path("a.png")).rgb[0], 9);
}

TEST_F(Shelf, another_file_is_not_written_over) {
  std::ofstream(path("a.png")) << "somebody's";
  media::write_picture(path("b.png"), picture(1));
  const PictureShelf shelf(folder_.path());
  EXPECT_THROW(shelf.check_place(path("a.png")), base::UsageError);
  EXPECT_THROW(shelf.check_place(path("b.png")), base::UsageError)
      << "a picture without its record";
  EXPECT_NO_THROW(shelf.check_place(path("c.png")));
}

TEST_F(Shelf, contents_count_and_paths_do_not) {
  media::write_picture(path("mask.png"), picture(1));
  guide::RunOptions one = options("owl");
  one.mask = path("mask.png");
  const json before = contents_of(one);
  fs::copy(path("mask.png"), path("same.png"));
  one.mask = path("same.png");
  EXPECT_EQ(contents_of(one), before);
  media::write_picture(path("same.png"), picture(2));
  EXPECT_NE(contents_of(one), before);
  one.mask = path("none.png");
  EXPECT_THROW(contents_of(one), base::IoError);
  EXPECT_TRUE(contents_of(options("owl")).empty()) << "grey is no file";
}

TEST_F(Shelf, a_region_by_a_mask_counts_with_its_mask) {
  media::write_picture(path("mask.png"), picture(255));
  guide::RunOptions one = options("owl");
  one.regions = {"0,0,1,1: a", "mask=" + path("mask.png").string() + ": b:2"};
  const json before = contents_of(one);
  media::write_picture(path("mask.png"), picture(254));
  EXPECT_NE(contents_of(one), before);
  one.regions.pop_back();
  EXPECT_TRUE(contents_of(one).empty());
}

TEST(PixelDigest, tells_size_and_pixels) {
  EXPECT_EQ(pixel_digest(picture(1)), pixel_digest(picture(1)));
  EXPECT_NE(pixel_digest(picture(1)), pixel_digest(picture(2)));
  EXPECT_NE(pixel_digest({4, 1, std::vector<std::uint8_t>(12, 1)}), pixel_digest(picture(1)));
}

}  // namespace
}  // namespace clipguide::workflow
