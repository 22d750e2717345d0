#include "clipguide/workflow/spec_file.h"

#include <gtest/gtest.h>

#include <fstream>

#include "clipguide/base/error.h"
#include "support/temporary_folder.h"
#include "workflow/pictures.h"

namespace clipguide::workflow {
namespace {

SpecTable spec(const std::string& text) { return SpecTable::parse(text, "board.toml"); }

/// What the message of the UsageError is that `act` throws, with its hint behind a |.
template <class Act>
std::string complaint_of(const Act& act) {
  try {
    act();
  } catch (const base::UsageError& error) {
    return std::string(error.what()) + "|" + error.hint();
  }
  return "no complaint_of";
}

TEST(SpecFile, ReadsValuesOfAllKinds) {
  const SpecTable root = spec(
      "title = \"The owl\"\nframes = 12\nzoom = 1.5\nloop = true\nwords = [\"a\", \"b\"]\n"
      "one = \"c\"\n[options]\nsteps = 3\n[[panel]]\nprompt = \"x\"\n[[panel]]\nprompt = \"y\"\n");
  EXPECT_EQ(root.text("title"), "The owl");
  EXPECT_EQ(root.text("style", "plain"), "plain");
  EXPECT_EQ(root.integer("frames", 1, 100), 12);
  EXPECT_DOUBLE_EQ(root.number("zoom", 0, 2), 1.5);
  EXPECT_DOUBLE_EQ(root.number("frames", 0, 20), 12) << "an integer is a number";
  EXPECT_TRUE(root.flag("loop", false));
  EXPECT_EQ(root.texts("words"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(root.texts("one"), std::vector<std::string>{"c"});
  EXPECT_TRUE(root.texts("none").empty());
  ASSERT_EQ(root.tables("panel").size(), 2u);
  EXPECT_EQ(root.tables("panel")[1].text("prompt"), "y");
  EXPECT_EQ(root.tables("panel")[1].line(), 11);
  EXPECT_EQ(root.table("options")->integer("steps", 1, 9), 3);
  EXPECT_FALSE(root.table("ranges"));
  EXPECT_EQ(root.keys().front(), "title");
  EXPECT_EQ(root.value("words"), nlohmann::json({"a", "b"}));
}

TEST(SpecFile, NamesTheLineOfAnUnknownKeyAndTheNearestKnownOne) {
  const SpecTable root = spec("title = \"t\"\n\npormpt = \"x\"\n");
  EXPECT_EQ(complaint_of([&] {
              root.expect_only({"title", "prompt"});
            }),
            "board.toml: line 3: unknown key 'pormpt'|did you mean prompt?");
  const SpecTable options = *spec("[options]\nstpes = 3\n").table("options");
  EXPECT_EQ(complaint_of([&] { options.expect_only({}, true); }),
            "board.toml: line 2: unknown key 'stpes'|did you mean steps?");
  EXPECT_NO_THROW(spec("negative_prompt = \"x\"\ncoarse-to-fine = 1").expect_only({}, true));
}

TEST(SpecFile, SaysWhatWasExpectedAndWhatCame) {
  const SpecTable root = spec("count = 0\nrate = \"fast\"\nlist = [1]\nmode = \"soft\"\n");
  EXPECT_EQ(complaint_of([&] { root.integer("count", 1, 9); }),
            "board.toml: line 1: count: expected an integer from 1 to 9, got 0|");
  EXPECT_EQ(complaint_of([&] { root.number("rate", 0, 1); }),
            "board.toml: line 2: rate: expected a number from 0 to 1, got the text 'fast'|");
  EXPECT_EQ(complaint_of([&] { root.texts("list"); }),
            "board.toml: line 3: list: expected a list of texts, got a list with 1|");
  EXPECT_EQ(complaint_of([&] {
              root.choice("mode", {"a", "b"}, "a");
            }),
            "board.toml: line 4: mode: expected one of a, b, got 'soft'|");
  EXPECT_EQ(complaint_of([&] { root.text("title"); }),
            "board.toml: line 1: title: expected a text, got nothing|");
  EXPECT_EQ(complaint_of([&] { root.table("count"); }),
            "board.toml: line 1: count: expected a table [count], got 0|");
}

TEST(SpecFile, RefusesWhatIsNotToml) {
  EXPECT_TRUE(
      complaint_of([] { spec("a = 1\nb = \n"); }).starts_with("board.toml: line 2, column"));
  EXPECT_TRUE(complaint_of([] { spec("a = 1\na = 2\n"); }).starts_with("board.toml: line 2"));
  EXPECT_EQ(complaint_of([] { spec("a = 1\nb = \"\xFF\"\n"); }),
            "board.toml: line 2: expected UTF-8, got the byte 0xff|");
  EXPECT_THROW(SpecTable::read("/no/such/file.toml"), base::IoError);
}

TEST(SpecFile, AppliesRunOptionsAndBlamesTheirLine) {
  guide::RunOptions options;
  spec("prompt = \"mine\"\nsteps = 7\ntv = \"0:1, 1:0\"\nlr_schedule = \"linear\"\ntile = true\n")
      .apply_run_options(options, {"prompt"});
  EXPECT_EQ(options.prompt, "");
  EXPECT_EQ(options.steps, 7);
  EXPECT_DOUBLE_EQ(options.tv.at(0.5), 0.5);
  EXPECT_EQ(options.lr_schedule, "linear");
  EXPECT_TRUE(options.tile);
  const std::string said = complaint_of([&] { spec("\nsteps = 0").apply_run_options(options); });
  EXPECT_TRUE(said.starts_with("board.toml: line 2: steps")) << said;
}

TEST(SpecFile, PathsStartAtTheFile) {
  const test::TemporaryFolder folder;
  std::ofstream(folder.path() / "s.toml") << "a = 1\n";
  const SpecTable root = SpecTable::read(folder.path() / "s.toml");
  EXPECT_EQ(root.path_from_here("x.png"), folder.path() / "x.png");
  EXPECT_EQ(root.path_from_here("/x.png"), "/x.png");
}

TEST(SpecFile, FilesOfRunOptionsLieBesideIt) {
  const test::TemporaryFolder folder;
  test::write_grey(folder / "a.png");
  std::filesystem::create_directory(folder / "b");
  const auto applied = [&](const std::string& text) {
    guide::RunOptions options;
    SpecTable::parse(text, (folder / "s.toml").string()).apply_run_options(options);
    return options;
  };
  const std::string path = (folder / "a.png").string();
  const guide::RunOptions options = applied(
      "init = \"a.png\"\nvocab = \"a.png\"\nimage_prompt = [\"a.png:0.5\"]\n"
      "style-image = [\"a.png\"]\nregion = [\"mask=a.png:owl:2\", \"0,0,1,1:cat\"]\n");
  EXPECT_EQ(options.init, path);
  EXPECT_EQ(options.vocabulary, path);
  EXPECT_EQ(options.image_prompts, std::vector<std::string>{path + ":0.5"});
  EXPECT_EQ(options.style_images, std::vector<std::string>{path});
  EXPECT_EQ(options.regions, (std::vector<std::string>{"mask=" + path + ": owl:2", "0,0,1,1:cat"}));
  EXPECT_EQ(applied("init = \"noise\"\nmask = \"\"\n").init, "noise");

  for (const char* line : {"init = \"no.png\"", "image_prompt = [\"a.png\", \"no.png:2\"]",
                           "region = [\"mask=no.png:owl\"]"}) {
    const std::string said = complaint_of([&] { applied("\n" + std::string(line)); });
    EXPECT_NE(said.find("s.toml: line 2: "), std::string::npos) << said;
    EXPECT_NE(said.find("expected a file, got 'no.png', which is not there"), std::string::npos)
        << said;
  }
  // What is there is read to its end, too.
  test::write_truncated(folder / "cut.png");
  std::ofstream(folder / "words.jpg") << "a picture";
  std::ofstream(folder / "empty.webp");
  std::ofstream(folder / "cut.collage.safetensors") << "12345678{";
  for (const char* line :
       {"init = \"cut.png\"", "mask = \"words.jpg\"", "init = \"cut.collage.safetensors\"",
        "style_image = [\"a.png\", \"empty.webp:2\"]", "region = [\"mask=cut.png:owl\"]"}) {
    const std::string said = complaint_of([&] { applied("\n" + std::string(line)); });
    EXPECT_NE(said.find("s.toml: line 2: "), std::string::npos) << said;
    EXPECT_NE(said.find("expected a picture, got " + folder.path().string()), std::string::npos)
        << said;
    EXPECT_EQ(said.find('\n'), std::string::npos) << said;
  }
  EXPECT_EQ(applied("vocab = \"words.jpg\"").vocabulary, (folder / "words.jpg").string());
  EXPECT_NE(complaint_of([&] { applied("mask = \"b\""); }).find("'b', which is a folder"),
            std::string::npos);
  EXPECT_NE(complaint_of([&] { applied("image_prompt = [\"a.png:x:y:z\"]"); }).find("line 1"),
            std::string::npos);
}

}  // namespace
}  // namespace clipguide::workflow
