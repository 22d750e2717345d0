#include "clipguide/weights/registry.h"

#include <set>

#include "clipguide/weights/model_store.h"
#include "hub/hub_fixture.h"

namespace clipguide::weights {
namespace {

TEST(Registry, EveryEntryIsWellFormed) {
  std::set<std::string> names;
  unsigned openai_files = 0;
  for (const KnownModel& model : known_models()) {
    EXPECT_TRUE(names.insert(std::string(model.name)).second) << model.name;
    EXPECT_EQ(find_known_model(model.name), &model) << model.name << " is found by its own name";
    EXPECT_GT(model.size_mb, 0u) << model.name;
    EXPECT_FALSE(model.licence.empty() || model.note.empty()) << model.name;
    if (!model.repo.empty()) {
      EXPECT_NO_THROW(check_repo_name(model.repo)) << model.repo;
      EXPECT_EQ(find_known_model(model.repo), &model);
    } else {
      ++openai_files;
      EXPECT_EQ(Checksum::from_hex(model.sha256)->kind, Checksum::Kind::sha256) << model.name;
      EXPECT_NO_THROW(check_file_name(model.file));
      EXPECT_TRUE(model.file.ends_with(".pt"));
    }
  }
  EXPECT_EQ(openai_files, 9u);
  EXPECT_EQ(known_models().front().repo, "timm/vit_base_patch32_clip_224.openai");
  EXPECT_EQ(find_known_model("ViT-B/32")->url(),
            "https://openaipublic.azureedge.net/clip/models/"
            "40d365715913c9da98579312b702a82c18be219cc2a73407c4526f58eba950af/ViT-B-32.pt");
}

TEST(Registry, NamesAreForgiving) {
  EXPECT_EQ(find_known_model("vit-b-32"), find_known_model("ViT-B/32"));
  EXPECT_EQ(find_known_model("ViT-L-14-336px"), find_known_model("ViT-L/14@336px"));
  EXPECT_EQ(find_known_model("rn50X4")->name, "RN50x4");
  EXPECT_EQ(find_known_model("RN51"), nullptr);
}

TEST(Registry, SuggestsTheNearest) {
  EXPECT_EQ(nearest_known_model("RN510"), "RN50");
  EXPECT_EQ(nearest_known_model("VitB32"), "ViT-B/32");
  EXPECT_EQ(nearest_known_model("a cat on a mat"), "");
}

TEST(ModelSpec, TellsPathsNamesAndRepositoriesApart) {
  const test::TemporaryFolder folder;
  EXPECT_EQ(parse_model_spec(folder.path().string()).path, folder.path());
  EXPECT_EQ(parse_model_spec("./missing").path, "./missing");
  EXPECT_EQ(parse_model_spec("ViT-L/14@336px").known->file, "ViT-L-14-336px.pt");
  EXPECT_EQ(parse_model_spec("ViT-B-32/openai@v1").revision, "v1");
  const ModelSpec spec = parse_model_spec("some-org/some.model@refs/pr/3");
  EXPECT_EQ(spec.repo, "some-org/some.model");
  EXPECT_EQ(spec.revision, "refs/pr/3");
  EXPECT_EQ(parse_model_spec("some-org/some.model").revision, "main");
}

TEST(ModelSpec, RefusesTheRestWithASuggestion) {
  EXPECT_THAT(test::failure_of<base::UsageError>([] { parse_model_spec("RN5O"); }),
              testing::HasSubstr("did you mean RN50?"));
  EXPECT_THAT(
      test::failure_of<base::UsageError>([] { parse_model_spec("nothing like it at all"); }),
      testing::HasSubstr("models list"));
  for (const char* text : {"", "a/b/c", "a/b@../..", "a/b@", "RN50@main"})
    EXPECT_THROW(parse_model_spec(text), base::UsageError) << text;
}

}  // namespace
}  // namespace clipguide::weights
