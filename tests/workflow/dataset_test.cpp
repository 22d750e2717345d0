/// Making a data set, with toys for the model and the judge: what must hold whoever makes it, in
/// how many parts, and however often it is cut off.
#include "clipguide/workflow/dataset.h"

#include <archive.h>
#include <archive_entry.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <numeric>
#include <set>
#include <sstream>

#include "clipguide/base/error.h"
#include "clipguide/base/random.h"
#include "clipguide/workflow/dataset_objects.h"
#include "clipguide/workflow/tar_file.h"
#include "support/temporary_folder.h"
#include "workflow/pictures.h"

namespace clipguide::workflow {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;
using Tree = std::map<std::string, std::string>;

std::string content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream all;
  all << file.rdbuf();
  return all.str();
}

/// The finished set: all files but those of the work on it.
Tree tree(const fs::path& folder) {
  Tree files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = fs::relative(entry.path(), folder);
    if (entry.is_regular_file() && !name.starts_with("work/")) files[name] = content(entry.path());
  }
  return files;
}

struct CutOff {};

/// Draws pictures of a few kinds only, so that some come twice, and judges by what it sees.
class Toys {
 public:
  DatasetHands hands() {
    DatasetHands made;
    made.make = [this](const guide::RunOptions& options, const fs::path& path) {
      if (cut_off_after >= 0 && made_count >= cut_off_after) {
        if (stop_politely) return std::optional<guide::MadePicture>();
        throw CutOff();
      }
      ++made_count;
      if (diverges && options.seed % 3 == 0)
        throw base::DivergedError("step 2: expected a finite loss, got nan");
      guide::MadePicture picture;
      base::RandomStream stream = base::RandomStream(options.seed % 24, options.prompt);
      picture.picture = {16, 16, {}};
      for (int i = 0; i < 16 * 16 * 3; ++i)
        picture.picture.rgb.push_back(std::uint8_t(stream.bits()));
      picture.record.options = options;
      picture.record.similarity = 0.25;
      if (objects) picture.objects = objects(options.prompt);
      media::write_picture(path, picture.picture);
      return std::optional(picture);
    };
    made.look = [](const media::Picture& picture) {
      base::RandomStream stream(picture.rgb[0], "look");
      return std::vector<double>{stream.uniform(0, 0.5f), stream.uniform(0, 0.5f),
                                 stream.uniform(0, 0.5f)};
    };
    made.embed = [](const media::Picture& picture) {
      std::vector<float> direction(picture.rgb.begin(), picture.rgb.begin() + 30);
      for (float& value : direction) value -= 127.5f;
      const float length = std::sqrt(
          std::inner_product(direction.begin(), direction.end(), direction.begin(), 0.0f));
      for (float& value : direction) value /= length;
      return direction;
    };
    return made;
  }

  int made_count = 0;
  int cut_off_after = -1;
  bool stop_politely = false;
  bool diverges = false;  ///< a third of all runs
  std::function<std::vector<guide::SeenObject>(const std::string& prompt)> objects;
};

class DatasetTest : public testing::Test {
 protected:
  static DatasetPlan plan(const fs::path& folder, const std::string& more = "", int count = 7,
                          int attempts = 40) {
    const std::string text = more + "\ncount = " + std::to_string(count) + R"(
prompts = ["a {class} {place}"]
[slots]
place = ["here", "there"]
[reject]
min_similarity = 0.1
attempts = )" + std::to_string(attempts) +
                             R"(
[[class]]
name = "pear"
[[class]]
name = "apple"
[[class]]
name = "fig"
count = 4
)";
    DatasetPlan made;
    made.spec = dataset_spec_of(SpecTable::parse(text, "toy.toml"));
    made.folder = folder;
    made.options.judge = "toy";
    return made;
  }

  static DatasetReport make(const DatasetPlan& plan, Toys& toys) {
    return make_dataset(plan, toys.hands(), {});
  }
  static DatasetReport make(const DatasetPlan& plan) {
    Toys toys;
    return make(plan, toys);
  }

  static std::vector<json> manifest(const fs::path& folder) {
    std::vector<json> lines;
    std::istringstream text(content(folder / "manifest.jsonl"));
    for (std::string line; std::getline(text, line);) lines.push_back(json::parse(line));
    return lines;
  }

  test::TemporaryFolder folder_;
};

TEST_F(DatasetTest, holds_what_was_asked_for_and_counts_what_was_not_let_in) {
  Toys toys;
  const DatasetReport report = make(plan(folder_ / "set"), toys);
  ASSERT_TRUE(report.complete);
  EXPECT_EQ(report.summary["pictures"], 18);
  EXPECT_EQ(report.made, toys.made_count);
  int attempts = 0, repeated = 0;
  for (const json& of : report.summary["classes"]) {
    EXPECT_EQ(of["pictures"], of["name"] == "fig" ? 4 : 7);
    EXPECT_EQ(of["given_up"], 0);
    EXPECT_EQ(of["attempts"].get<int>(), of["pictures"].get<int>() + of["unlike"].get<int>() +
                                             of["mistaken"].get<int>() + of["repeated"].get<int>());
    attempts += of["attempts"].get<int>();
    repeated += of["repeated"].get<int>();
  }
  EXPECT_EQ(attempts, toys.made_count);
  EXPECT_GT(repeated, 0) << "the toys must put this to the test";
  EXPECT_EQ(report.summary["classes"][0]["label"], 2) << "pear comes last among the folders";

  std::set<std::string> digests;
  for (const json& line : manifest(folder_ / "set")) {
    EXPECT_TRUE(fs::exists(folder_ / "set" / line["file"].get<std::string>()));
    EXPECT_EQ(line["judged_as"], line["class"]);
    EXPECT_GE(line["judge_similarity"].get<double>(), 0.1);
    EXPECT_TRUE(digests.insert(line["sha256"].get<std::string>()).second) << "a picture twice";
  }
  EXPECT_EQ(digests.size(), 18u);
}

TEST_F(DatasetTest, is_the_same_whatever_the_number_of_shards_and_their_order) {
  for (const std::string form : {"imagefolder", "webdataset", "coco"}) {
    for (const std::string rule : {"", "duplicates = { measure = \"judge\", cosine = 0.3 }"}) {
      const std::string more = "format = \"" + form + "\"\npictures_per_tar = 5\n" + rule;
      const fs::path whole = folder_ / (form + std::to_string(rule.size()));
      ASSERT_TRUE(make(plan(whole, more)).complete);
      for (int count : {2, 5, 40}) {
        DatasetPlan part = plan(whole.string() + "-" + std::to_string(count), more);
        int complete = 0;
        for (int i = count - 1; i >= 0; --i) {
          part.shard = {i, count};
          complete += make(part).complete;
        }
        EXPECT_EQ(complete, 1) << "who comes last finishes";
        EXPECT_EQ(tree(part.folder), tree(whole)) << form << count;
        part.shard = {count / 2, count};
        EXPECT_EQ(make(part).made, 0) << "a shard twice";
      }
    }
  }
}

TEST_F(DatasetTest, cut_off_anywhere_goes_on_to_the_same_bytes) {
  Toys whole;
  ASSERT_TRUE(make(plan(folder_ / "whole"), whole).complete);
  const Tree wanted = tree(folder_ / "whole");
  for (bool politely : {false, true}) {
    const fs::path folder = folder_ / (politely ? "stopped" : "killed");
    int runs = 0, made = 0;
    for (bool done = false; !done; ++runs) {
      ASSERT_LT(runs, 500);
      Toys toys;
      toys.cut_off_after = 1 + runs % 3;
      toys.stop_politely = politely;
      try {
        const DatasetReport report = make(plan(folder), toys);
        EXPECT_EQ(report.stopped, !report.complete);
        done = report.complete;
      } catch (const CutOff&) {
      }
      made += toys.made_count;
    }
    EXPECT_GT(runs, 10);
    EXPECT_EQ(made, whole.made_count) << "nothing was made twice";
    EXPECT_EQ(tree(folder), wanted);
  }
}

TEST_F(DatasetTest, a_second_run_adds_nothing) {
  const DatasetPlan whole = plan(folder_ / "set");
  EXPECT_FALSE(finished_dataset(whole));
  EXPECT_EQ(missing_places(whole), 18);
  make(whole);
  EXPECT_EQ(missing_places(whole), 0);
  const Tree before = tree(whole.folder);
  ASSERT_TRUE(finished_dataset(whole));
  EXPECT_EQ(finished_dataset(whole)->summary["pictures"], 18);
  Toys toys;
  EXPECT_TRUE(make(whole, toys).complete);
  EXPECT_EQ(toys.made_count, 0);
  EXPECT_EQ(tree(whole.folder), before);
}

TEST_F(DatasetTest, what_was_lost_or_damaged_is_made_again) {
  const DatasetPlan whole = plan(folder_ / "set");
  make(whole);
  const Tree before = tree(whole.folder);
  fs::remove(whole.folder / "work/apple/000002.png");
  fs::remove(whole.folder / "images/apple/000002.png");
  std::ofstream(whole.folder / "work/pear/000001.png") << "not a picture";
  std::ofstream(whole.folder / "work/fig/000000.json") << "{\"identity\": 3}";
  EXPECT_FALSE(finished_dataset(whole));
  Toys toys;
  EXPECT_TRUE(make(whole, toys).complete);
  EXPECT_GE(toys.made_count, 3);
  EXPECT_LT(toys.made_count, 18);
  EXPECT_EQ(tree(whole.folder), before);
}

TEST_F(DatasetTest, another_spec_makes_what_is_new_and_takes_away_what_is_old) {
  make(plan(folder_ / "set"));
  const Tree before = tree(folder_ / "set");
  Toys toys;
  make(plan(folder_ / "set", "", 9), toys);
  Toys fresh;
  make(plan(folder_ / "fresh", "", 9), fresh);
  EXPECT_EQ(tree(folder_ / "set"), tree(folder_ / "fresh"));
  EXPECT_LT(toys.made_count, fresh.made_count / 2) << "the first seven of each class were there";

  make(plan(folder_ / "set", "format = \"coco\"", 5));
  make(plan(folder_ / "set", "format = \"webdataset\"", 5));
  EXPECT_FALSE(fs::exists(folder_ / "set/images"));
  EXPECT_FALSE(fs::exists(folder_ / "set/annotations.json"));
  std::ofstream(folder_ / "set/notes.txt") << "mine";
  make(plan(folder_ / "set"));
  EXPECT_TRUE(fs::exists(folder_ / "set/notes.txt")) << "foreign files stay";
  fs::remove(folder_ / "set/notes.txt");
  EXPECT_EQ(tree(folder_ / "set"), before);
}

TEST_F(DatasetTest, other_rules_for_duplicates_give_what_a_fresh_run_gives) {
  const std::string strict = "duplicates = { measure = \"hash\", within_bits = 30 }",
                    none = "duplicates = { measure = \"none\" }";
  make(plan(folder_ / "none", none));
  make(plan(folder_ / "default"));
  make(plan(folder_ / "set", strict));
  make(plan(folder_ / "set"));
  EXPECT_EQ(tree(folder_ / "set"), tree(folder_ / "default"));
  make(plan(folder_ / "set", none));
  EXPECT_EQ(tree(folder_ / "set"), tree(folder_ / "none"));
}

TEST_F(DatasetTest, a_class_that_falls_short_shortens_the_others) {
  // Of 24 seeds and two prompts about a third pass: 25 different ones cannot be had.
  const DatasetReport report = make(plan(folder_ / "set", "", 25, 12));
  ASSERT_TRUE(report.complete);
  const json& classes = report.summary["classes"];
  EXPECT_GT(classes[0]["given_up"], 0);
  const int pears = classes[0]["pictures"].get<int>();
  EXPECT_LT(pears, 25);
  EXPECT_EQ(pears, classes[1]["pictures"].get<int>());
  EXPECT_EQ(classes[2]["pictures"].get<int>(), std::max(1, 4 * pears / 25)) << "in proportion";
  const DatasetReport uneven = make(plan(folder_ / "set", "balance = false", 25, 12));
  EXPECT_GE(uneven.summary["classes"][2]["pictures"], 3);
}

TEST_F(DatasetTest, a_class_of_which_nothing_passes_is_an_error) {
  Toys toys;
  DatasetHands hands = toys.hands();
  hands.look = [](const media::Picture&) { return std::vector<double>{0.3, 0.4, 0.2}; };
  try {
    make_dataset(plan(folder_ / "set"), hands, {});
    FAIL() << "expected an error";
  } catch (const base::Error& error) {
    EXPECT_THAT(
        error.what(),
        HasSubstr("class 'pear': expected pictures that the judge lets pass, got none of 7"));
  }
  EXPECT_FALSE(fs::exists(folder_ / "set/images"));
}

TEST_F(DatasetTest, a_run_that_is_not_finite_is_a_candidate_less) {
  Toys toys;
  toys.diverges = true;
  const DatasetReport report = make(plan(folder_ / "set"), toys);
  ASSERT_TRUE(report.complete);
  EXPECT_EQ(report.summary["pictures"], 18);
  int not_finite = 0;
  for (const json& of : report.summary["classes"]) not_finite += of["not_finite"].get<int>();
  EXPECT_GT(not_finite, 3);
  EXPECT_EQ(report.made, toys.made_count);
  // What diverged once is not tried again, also by one who goes on.
  fs::remove(folder_ / "set/dataset.json");
  const Tree before = tree(folder_ / "set");
  Toys later;
  later.diverges = true;
  EXPECT_TRUE(make(plan(folder_ / "set"), later).complete);
  EXPECT_EQ(later.made_count, 0);
  fs::remove(folder_ / "set/dataset.json");
  EXPECT_EQ(tree(folder_ / "set"), before);
}

TEST_F(DatasetTest, runs_that_are_never_finite_are_an_error_that_says_so) {
  Toys toys;
  DatasetHands hands = toys.hands();
  hands.make = [](const auto&, const auto&) -> std::optional<guide::MadePicture> {
    throw base::DivergedError("step 1: expected a finite loss, got inf");
  };
  try {
    make_dataset(plan(folder_ / "set", "", 7, 3), hands, {});
    FAIL() << "expected an error";
  } catch (const base::Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("got none of 7; 21 runs were not finite"));
  }
}

TEST_F(DatasetTest, a_file_that_holds_something_else_makes_its_pictures_anew) {
  for (const bool is_drawn : {false, true}) {
    test::write_grey(folder_ / "ground.png", 90);
    DatasetPlan whole = plan(folder_ / (is_drawn ? "drawn" : "set"));
    const std::string ground = (folder_ / "ground.png").string();
    if (is_drawn)
      whole.spec.ranges.push_back(OptionRange::read(
          SpecTable::parse("init = [\"" + ground + "\", \"noise\"]\n", "toy.toml"), "init"));
    else
      whole.options.init = ground;
    Toys first, again, changed;
    make(whole, first);
    EXPECT_TRUE(finished_dataset(whole));
    make(whole, again);
    EXPECT_EQ(again.made_count, 0);
    test::write_grey(folder_ / "ground.png", 250);
    EXPECT_FALSE(finished_dataset(whole));
    EXPECT_EQ(missing_places(whole), 18);
    make(whole, changed);
    EXPECT_EQ(changed.made_count, first.made_count);
  }
}

TEST_F(DatasetTest, other_models_make_its_pictures_anew) {
  DatasetPlan whole = plan(folder_ / "set");
  Toys first, named, again, changed;
  make(whole, first);  // as before models were told apart
  whole.models = "one";
  EXPECT_TRUE(finished_dataset(whole));
  fs::remove(whole.folder / "dataset.json");
  make(whole, named);
  EXPECT_EQ(named.made_count, 0);
  fs::remove_all(whole.folder);
  make(whole, again);
  EXPECT_EQ(again.made_count, first.made_count);
  whole.models = "two";
  EXPECT_FALSE(finished_dataset(whole));
  EXPECT_EQ(missing_places(whole), 18);
  make(whole, changed);
  EXPECT_EQ(changed.made_count, first.made_count);
}

TEST_F(DatasetTest, does_not_take_over_a_folder_of_another_origin) {
  fs::create_directories(folder_ / "set/images/mine");
  EXPECT_THROW(make(plan(folder_ / "set")), base::UsageError);
}

TEST_F(DatasetTest, coco_has_the_whole_picture_where_no_object_is_known) {
  make(plan(folder_ / "set", "format = \"coco\""));
  const json coco = json::parse(content(folder_ / "set/annotations.json"));
  ASSERT_EQ(coco["images"].size(), 18u);
  ASSERT_EQ(coco["annotations"].size(), 18u);
  ASSERT_EQ(coco["categories"].size(), 3u);
  EXPECT_EQ(coco["categories"][0]["name"], "apple");
  for (std::size_t i = 0; i < 18; ++i) {
    const json &image = coco["images"][i], &box = coco["annotations"][i];
    EXPECT_EQ(box["image_id"], image["id"]);
    EXPECT_EQ(box["bbox"], json({0, 0, 16, 16}));
    EXPECT_EQ(box["segmentation"][0].size(), 8u);
    const std::string file = image["file_name"].get<std::string>();
    EXPECT_TRUE(fs::exists(folder_ / "set/images" / file));
    const std::size_t category = box["category_id"].get<std::size_t>() - 1;
    EXPECT_EQ(coco["categories"][category]["name"], file.substr(0, file.find('/')));
  }
}

/// A square of side 4 px and one of 2 px beside it, as one object.
guide::SeenObject seen(const std::string& thing, double x, std::vector<std::string> also = {}) {
  guide::SeenObject object{{thing, std::move(also)}, {}};
  object.outlines.push_back({{x, 1.5}, {x + 4, 1.5}, {x + 4, 5.5}, {x, 5.5}});
  object.outlines.push_back({{x + 5, 2}, {x + 7, 2}, {x + 7, 4}, {x + 5, 4}});
  return object;
}

TEST_F(DatasetTest, coco_has_a_box_and_polygons_of_each_object_of_a_class) {
  Toys toys;
  toys.objects = [](const std::string& prompt) {
    std::vector<guide::SeenObject> all = {seen("a table", 0), seen("an apple", 2.1)};
    if (prompt.find("fig") != std::string::npos) all.push_back(seen("a ficus", 3, {"a fig"}));
    if (prompt.find("pear") != std::string::npos) all.push_back(seen("", 8));
    return all;
  };
  const DatasetPlan whole = plan(folder_ / "set", "format = \"coco\"");
  make(whole, toys);
  const json coco = json::parse(content(whole.folder / "annotations.json"));
  std::map<std::string, int> found;
  std::set<int> ids;
  for (const json& box : coco["annotations"]) {
    EXPECT_TRUE(ids.insert(box["id"].get<int>()).second);
    const std::string of = coco["categories"][box["category_id"].get<std::size_t>() - 1]["name"];
    ++found[of];
    const double x = of == "apple" ? 2.1 : of == "fig" ? 3 : 8;
    EXPECT_EQ(box["bbox"], json({x, 1.5, 7.0, 4.0}));
    EXPECT_EQ(box["area"], 20.0);
    EXPECT_EQ(box["segmentation"].size(), 2u);
    EXPECT_EQ(box["segmentation"][1], json({x + 5, 2.0, x + 7, 2.0, x + 7, 4.0, x + 5, 4.0}));
    EXPECT_EQ(box["iscrowd"], 0);
  }
  // An apple lies in every picture; a fig is known by another word; what has no name is a pear.
  EXPECT_EQ(found, (std::map<std::string, int>{{"apple", 18}, {"fig", 4}, {"pear", 7}}));
  for (const json& line : manifest(whole.folder)) {
    EXPECT_EQ(line["objects"][0]["name"], "a table");
    EXPECT_EQ(line["objects"][0]["category"], json());
    EXPECT_EQ(line["objects"][1]["category"], "apple");
    EXPECT_EQ(line["objects"][1]["box"], json({2.1, 1.5, 7.0, 4.0}));
  }
  // Boxes are part of what is kept: not of the process that made the picture.
  const Tree before = tree(whole.folder);
  fs::remove(whole.folder / "dataset.json");
  Toys later;
  EXPECT_TRUE(make(whole, later).complete);
  EXPECT_EQ(later.made_count, 0);
  EXPECT_EQ(tree(whole.folder), before);
}

TEST_F(DatasetTest, coco_takes_the_whole_picture_where_no_object_is_of_its_class) {
  Toys toys;
  toys.objects = [](const std::string&) { return std::vector{seen("an apple", 2)}; };
  make(plan(folder_ / "set", "format = \"coco\""), toys);
  const json coco = json::parse(content(folder_ / "set/annotations.json"));
  int whole = 0, apples = 0;
  for (const json& box : coco["annotations"]) {
    const bool is_whole = box["bbox"] == json({0, 0, 16, 16});
    whole += is_whole;
    apples += box["category_id"] == 1;
    EXPECT_EQ(is_whole, box["category_id"] != 1);
  }
  EXPECT_EQ(apples, 18);
  EXPECT_EQ(whole, 11) << "pears and figs";
}

TEST_F(DatasetTest, objects_of_records_from_before_are_not_known) {
  const DatasetPlan whole = plan(folder_ / "set", "format = \"coco\"");
  Toys toys, later;
  toys.objects = [](const std::string&) { return std::vector{seen("", 2)}; };
  make(whole, toys);
  for (const auto& entry : fs::recursive_directory_iterator(whole.folder / "work")) {
    if (entry.path().extension() != ".json") continue;
    json record = json::parse(content(entry.path()));
    for (json& attempt : record["attempts"]) attempt.erase("objects");
    std::ofstream(entry.path()) << record;
  }
  fs::remove(whole.folder / "dataset.json");
  EXPECT_TRUE(make(whole, later).complete);
  EXPECT_EQ(later.made_count, 0);
  const json annotations = json::parse(content(whole.folder / "annotations.json"))["annotations"];
  EXPECT_FALSE(annotations.empty());
  for (const json& box : annotations) EXPECT_EQ(box["bbox"], json({0, 0, 16, 16}));
  for (const json& line : manifest(whole.folder)) EXPECT_FALSE(line.contains("objects"));
}

TEST(DatasetObjects, of_several_classes_the_one_whose_words_say_least_besides) {
  const DatasetSpec spec = dataset_spec_of(SpecTable::parse(R"(
count = 1
[[class]]
name = "green apple"
[[class]]
name = "apple"
[[class]]
name = "vehicle"
words = ["car", "truck"]
)",
                                                            "toy.toml"));
  const DatasetClass &green = spec.classes[0], &apple = spec.classes[1], &vehicle = spec.classes[2];
  const auto found = [&](const std::string& thing, const DatasetClass& of_picture) {
    return class_of(seen(thing, 0), of_picture, spec.classes);
  };
  EXPECT_EQ(found("an apple", vehicle), &apple);
  EXPECT_EQ(found("an apple", green), &green) << "it began as the nearest thing that is known";
  EXPECT_EQ(found("a green apple", vehicle), &green);
  EXPECT_EQ(found("a truck", apple), &vehicle);
  EXPECT_EQ(found("a table", apple), nullptr);
  EXPECT_EQ(found("", vehicle), &vehicle);
}

struct Member {
  std::string name, content;
  std::int64_t mtime = -1;
};

std::vector<Member> members(const fs::path& tar) {
  std::vector<Member> found;
  archive* reader = archive_read_new();
  archive_read_support_format_tar(reader);
  EXPECT_EQ(archive_read_open_filename(reader, tar.c_str(), 10240), ARCHIVE_OK);
  for (archive_entry* entry = nullptr; archive_read_next_header(reader, &entry) == ARCHIVE_OK;) {
    Member member{archive_entry_pathname(entry),
                  std::string(std::size_t(archive_entry_size(entry)), 0),
                  archive_entry_mtime(entry)};
    archive_read_data(reader, member.content.data(), member.content.size());
    found.push_back(std::move(member));
  }
  EXPECT_EQ(archive_format(reader), ARCHIVE_FORMAT_TAR_USTAR);
  archive_read_free(reader);
  return found;
}

TEST_F(DatasetTest, tars_hold_picture_label_and_line_under_one_key) {
  make(plan(folder_ / "set", "format = \"webdataset\"\npictures_per_tar = 5"));
  std::size_t pictures = 0;
  const std::vector<json> lines = manifest(folder_ / "set");
  std::set<std::string> first_classes;
  for (int shard = 0; shard < 4; ++shard) {
    const auto found =
        members(folder_ / "set" / ("shards/data-00000" + std::to_string(shard) + ".tar"));
    ASSERT_EQ(found.size(), shard < 3 ? 15u : 9u);
    for (std::size_t i = 0; i < found.size(); i += 3, ++pictures) {
      const std::string key = found[i].name.substr(0, found[i].name.find('.'));
      EXPECT_EQ(found[i].name, key + ".cls");
      EXPECT_EQ(found[i + 1].name, key + ".json");
      EXPECT_EQ(found[i + 2].name, key + ".png");
      EXPECT_EQ(found[i].mtime, 0);
      const json line = json::parse(found[i + 1].content);
      EXPECT_EQ(found[i].content, std::to_string(line["label"].get<int>()));
      EXPECT_EQ(line["prompt"], lines[pictures]["prompt"]);
      EXPECT_EQ(lines[pictures]["key"], key);
      if (pictures < 3) first_classes.insert(line["class"].get<std::string>());
    }
  }
  EXPECT_EQ(pictures, 18u);
  EXPECT_EQ(first_classes.size(), 3u) << "classes take turns";
}

TEST_F(DatasetTest, a_tar_that_is_not_closed_leaves_nothing) {
  {
    TarFile tar(folder_ / "x.tar");
    tar.add("a.txt", "text");
  }
  EXPECT_TRUE(fs::is_empty(folder_.path()));
  TarFile tar(folder_ / "x.tar");
  tar.add("\xC3\xA4pfel.txt", "text");
  tar.close();
  EXPECT_EQ(members(folder_ / "x.tar").at(0).name, "\xC3\xA4pfel.txt");
  EXPECT_THROW(TarFile(folder_ / "none/x.tar"), base::IoError);
}

}  // namespace
}  // namespace clipguide::workflow
