#include "clipguide/weights/hub_cache.h"

#include "hub/hub_fixture.h"

namespace clipguide::weights {
namespace {

namespace fs = std::filesystem;
using test::TemporaryFolder;

constexpr const char* kCommit = test::HubServer::kCommit;

TEST(HubNames, RefusesRepositoriesThatCouldLeaveTheCache) {
  for (const char* name : {"laion/CLIP-ViT-B-32-laion2B-s34B-b79K", "timm/x.openai", "_a/b_"})
    EXPECT_NO_THROW(check_repo_name(name)) << name;
  for (const char* name :
       {"", "a", "/a", "a/", "../b", "a/..", "a/../b", "a/b/c", "/etc/passwd", "a/b--c", "a/.b",
        "a\\b/c", "a/b\n", "a/b c", "a/-b", "a/b.git", "\x1b[2J/a"})
    EXPECT_THROW(check_repo_name(name), base::UsageError) << name;
  EXPECT_THROW(check_repo_name(std::string("a/b\0c", 5)), base::UsageError);
}

TEST(HubNames, RefusesRevisionsThatCouldLeaveTheCache) {
  for (const char* name : {"main", "v1.0", "refs/pr/1", kCommit})
    EXPECT_NO_THROW(check_revision(name)) << name;
  for (const char* name :
       {"", "..", "../x", "a/../b", "/abs", "a//b", "a/.", "a\nb", "a b", "a..b"})
    EXPECT_THROW(check_revision(name), base::UsageError) << name;
}

TEST(HubNames, RefusesFilesThatCouldLeaveTheCache) {
  for (const char* name : {"config.json", "onnx/model.bin", "ü.txt"})
    EXPECT_NO_THROW(check_file_name(name)) << name;
  for (const char* name : {"", "../x", "a/../../x", "/etc/passwd", "a/", "a\\b", "a\r\nHost: x"})
    EXPECT_THROW(check_file_name(name), base::UsageError) << name;
}

TEST(HubNames, ControlCharactersAreNotEchoed) {
  const std::string message =
      test::failure_of<base::UsageError>([] { check_repo_name("\x1b[2J/a"); });
  EXPECT_EQ(message.find('\x1b'), std::string::npos) << message;
}

TEST(HubCache, LinksAreRelativeAndCountUpByDepth) {
  const TemporaryFolder folder;
  const HubCache cache(folder.path());
  const Checksum checksum = *Checksum::from_hex(test::git_sha1_of("x"));
  fs::create_directories(cache.blob("a/b", checksum).parent_path());
  base::write_file(cache.blob("a/b", checksum), std::string_view("x"));
  cache.link("a/b", kCommit, "flat.txt", checksum);
  cache.link("a/b", kCommit, "deep/er.txt", checksum);
  const fs::path snapshot = folder / "models--a--b" / "snapshots" / kCommit;
  EXPECT_EQ(fs::read_symlink(snapshot / "flat.txt"), "../../blobs/" + checksum.hex);
  EXPECT_EQ(fs::read_symlink(snapshot / "deep" / "er.txt"), "../../../blobs/" + checksum.hex);
  EXPECT_TRUE(cache.has("a/b", kCommit, "deep/er.txt"));
  EXPECT_TRUE(cache.verify("a/b").empty());
}

TEST(HubCache, RefsThatAreNoCommitsAreNotFollowed) {
  const TemporaryFolder folder;
  const HubCache cache(folder.path());
  fs::create_directories(folder / "models--a--b" / "refs");
  base::write_file(folder / "models--a--b" / "refs" / "main", std::string_view("../../../etc"));
  EXPECT_EQ(cache.commit_of("a/b", "main"), std::nullopt);
  cache.remember_commit("a/b", "main", kCommit);
  EXPECT_EQ(cache.commit_of("a/b", "main"), kCommit);
  EXPECT_EQ(base::read_file(folder / "models--a--b" / "refs" / "main", 100), kCommit)
      << "without a final newline, as huggingface_hub writes it";
}

TEST(HubCache, VerifyNamesChangedBlobsAndDanglingLinks) {
  const TemporaryFolder folder;
  const HubCache cache(folder.path());
  const fs::path blobs = folder / "models--a--b" / "blobs";
  fs::create_directories(blobs);
  base::write_file(blobs / test::sha256_of("good"), std::string_view("good"));
  base::write_file(blobs / test::git_sha1_of("small"), std::string_view("smalL"));
  cache.link("a/b", kCommit, "gone", *Checksum::from_hex(test::sha256_of("gone")));
  const auto bad = cache.verify("a/b");
  ASSERT_EQ(bad.size(), 2u);
  EXPECT_EQ(bad[0].path.filename(), test::git_sha1_of("small"));
  EXPECT_THAT(bad[0].problem, testing::HasSubstr(test::git_sha1_of("smalL")));
  EXPECT_EQ(bad[1].path.filename(), "gone");
}

}  // namespace
}  // namespace clipguide::weights
