#include "clipguide/weights/download.h"

#include <atomic>

#include "hub/hub_fixture.h"

namespace clipguide::weights {
namespace {

namespace fs = std::filesystem;
using test::failure_of;
using test::HubServer;
using test::Reply;
using test::SeenRequest;
using testing::HasSubstr;

bool is_content(const SeenRequest& request) {
  return request.method == "GET" && request.target.starts_with("/content/");
}

class DownloadTest : public test::HubTest {
 protected:
  /// The content server's n-th answer (from 0) is changed by `change`.
  void spoil(std::function<void(int, Reply&)> change) {
    auto count = std::make_shared<std::atomic<int>>(0);
    server.intercept([this, count, change](const SeenRequest& request) -> std::optional<Reply> {
      if (!is_content(request)) return std::nullopt;
      Reply reply = server.answer(request);
      change((*count)++, reply);
      return reply;
    });
  }
  std::vector<SeenRequest> content_requests() const { return server.requests("GET", "/content/"); }
  /// Leaves the first bytes behind as a crashed download would.
  void leave_partial(const std::string& bytes, const std::string& validator = {}) {
    fs::create_directories(weights_blob().parent_path());
    base::write_file(weights_blob().string() + ".incomplete", std::string_view(bytes));
    if (!validator.empty())
      base::write_file(weights_blob().string() + ".incomplete.etag", std::string_view(validator));
  }
  std::string validator() const { return "\"part-" + sha256().substr(0, 8) + "\""; }
  std::string sha256() const { return test::sha256_of(weights_bytes); }
};

TEST_F(DownloadTest, ADroppedConnectionIsContinuedWhereItBroke) {
  spoil([](int n, Reply& reply) {
    if (n == 0) reply.cut_after_bytes = 100'000;
  });
  EXPECT_EQ(content(fetch_weights()), weights_bytes);
  const auto requests = content_requests();
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_EQ(requests[1].header("range"), "bytes=100000-");
  EXPECT_EQ(requests[1].header("if-range"), validator());
  EXPECT_FALSE(fs::exists(weights_blob().string() + ".incomplete"));
  EXPECT_FALSE(fs::exists(weights_blob().string() + ".incomplete.etag"));
}

TEST_F(DownloadTest, AServerThatIgnoresRangesMeansStartingOver) {
  leave_partial(weights_bytes.substr(0, 50'000));
  spoil([&](int, Reply& reply) { reply = {.status = 200, .body = weights_bytes}; });
  EXPECT_EQ(content(fetch_weights()), weights_bytes);
  EXPECT_EQ(content_requests()[0].header("range"), "bytes=50000-");
}

TEST_F(DownloadTest, AnOutdatedValidatorMeansStartingOver) {
  leave_partial(weights_bytes.substr(0, 50'000), "\"other\"");
  EXPECT_EQ(content(fetch_weights()), weights_bytes);
  ASSERT_EQ(content_requests().size(), 1u);
  EXPECT_EQ(content_requests()[0].header("if-range"), "\"other\"");
}

TEST_F(DownloadTest, AnotherRangeThanAskedForMeansStartingOver) {
  leave_partial(weights_bytes.substr(0, 50'000));
  spoil([&](int n, Reply& reply) {
    if (n == 0)
      reply = {.status = 206,
               .headers = {{"Content-Range", "bytes 40000-299999/300000"}},
               .body = weights_bytes.substr(40'000)};
  });
  EXPECT_EQ(content(fetch_weights()), weights_bytes);
  ASSERT_EQ(content_requests().size(), 2u);
  EXPECT_EQ(content_requests()[1].header("range"), "");
}

TEST_F(DownloadTest, Status416MeansStartingOver) {
  leave_partial(weights_bytes.substr(0, 50'000));
  spoil([](int n, Reply& reply) {
    if (n == 0) reply = {.status = 416};
  });
  EXPECT_EQ(content(fetch_weights()), weights_bytes);
}

TEST_F(DownloadTest, APartLongerThanTheFileIsThrownAway) {
  leave_partial(weights_bytes + "more");
  EXPECT_EQ(content(fetch_weights()), weights_bytes);
}

TEST_F(DownloadTest, AWholePartIsOnlyVerified) {
  leave_partial(weights_bytes);
  EXPECT_EQ(content(fetch_weights()), weights_bytes);
  EXPECT_TRUE(content_requests().empty());
}

TEST_F(DownloadTest, ASpoiledPartIsFetchedOnceMoreFromTheStart) {
  leave_partial(std::string(50'000, '\0'));  // what a crash before fsync may leave
  EXPECT_EQ(content(fetch_weights()), weights_bytes);
  ASSERT_EQ(content_requests().size(), 2u);
  EXPECT_EQ(content_requests()[1].header("range"), "");
}

TEST_F(DownloadTest, WrongContentIsNeverPublished) {
  spoil([](int, Reply& reply) { reply.body[1234] ^= 1; });
  const std::string failure = failure_of<base::NetworkError>([&] { fetch_weights(); });
  EXPECT_THAT(failure, HasSubstr("expected sha256 " + sha256()));
  EXPECT_EQ(content_requests().size(), 2u) << "fetched once more, and no more than that";
  expect_nothing_published();
  EXPECT_FALSE(fs::exists(weights_blob().string() + ".incomplete")) << "bad bytes are not resumed";
}

TEST_F(DownloadTest, WrongContentOfASmallFileIsNeverPublished) {
  server.intercept([&](const SeenRequest& request) -> std::optional<Reply> {
    if (request.method != "GET") return std::nullopt;
    Reply reply = server.answer(request);
    reply.body[0] ^= 1;
    return reply;
  });
  const std::string failure = failure_of<base::NetworkError>(
      [&] { Hub(settings, hooks).fetch_file(test::kRepo, "main", "open_clip_config.json"); });
  EXPECT_THAT(failure, HasSubstr("expected git sha1 " + test::git_sha1_of(config)));
  EXPECT_FALSE(fs::exists(blob(test::git_sha1_of(config))));
}

TEST_F(DownloadTest, WrongSizeIsNeverPublished) {
  spoil([](int, Reply& reply) { reply.body += "tail"; });
  EXPECT_THAT(failure_of<base::NetworkError>([&] { fetch_weights(); }),
              HasSubstr("expected 300000 bytes, the server has 300004"));
  expect_nothing_published();
}

TEST_F(DownloadTest, ABodyWithoutEndIsCutOff) {
  std::uint64_t most_bytes = 0;
  hooks.progress = [&](const TransferProgress& p) {
    most_bytes = std::max(most_bytes, p.done_bytes);
  };
  spoil([](int, Reply& reply) {
    reply.without_length = true;
    reply.body += std::string(5'000'000, 'x');
  });
  EXPECT_THAT(failure_of<base::NetworkError>([&] { fetch_weights(); }),
              HasSubstr("expected 300000 bytes, got more"));
  EXPECT_LE(most_bytes, 300'000u);
  expect_nothing_published();
}

TEST_F(DownloadTest, TooShortAFileIsAskedForAgainAFewTimesOnly) {
  spoil([](int, Reply& reply) { reply.cut_after_bytes = 0; });
  EXPECT_THAT(failure_of<base::NetworkError>([&] { fetch_weights(); }),
              HasSubstr("after 3 attempts"));
  EXPECT_EQ(content_requests().size(), 3u);
  expect_nothing_published();
}

TEST_F(DownloadTest, AStallIsNoticedAndContinued) {
  settings.limits.stall_window = std::chrono::milliseconds(300);
  spoil([](int n, Reply& reply) {
    if (n == 0) reply.cut_after_bytes = 10'000, reply.then_hang = true;
  });
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(content(fetch_weights()), weights_bytes);
  EXPECT_EQ(content_requests()[1].header("range"), "bytes=10000-");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

TEST_F(DownloadTest, AServerThatStallsForEverIsGivenUp) {
  settings.limits.stall_window = std::chrono::milliseconds(300);
  spoil([](int, Reply& reply) { reply.cut_after_bytes = 0, reply.then_hang = true; });
  EXPECT_THAT(failure_of<base::NetworkError>([&] { fetch_weights(); }), HasSubstr("stalled"));
  EXPECT_EQ(content_requests().size(), 3u);
}

TEST_F(DownloadTest, ServerErrorsAreTriedAgain) {
  for (const unsigned status : {500u, 502u, 503u, 504u, 408u, 429u}) {
    fs::remove_all(settings.hub_cache);
    server.forget_requests();
    spoil([&](int n, Reply& reply) {
      if (n == 0) reply = {.status = status, .body = "sorry"};
    });
    EXPECT_EQ(content(fetch_weights()), weights_bytes) << status;
    EXPECT_EQ(content_requests().size(), 2u) << status;
  }
}

TEST_F(DownloadTest, ServerErrorsEndAfterAFewAttempts) {
  server.intercept([](const SeenRequest&) { return Reply{.status = 500}; });
  EXPECT_THAT(failure_of<base::NetworkError>([&] { fetch_weights(); }),
              HasSubstr("got 500 (after 3 attempts)"));
  EXPECT_EQ(server.requests().size(), 3u);
}

TEST_F(DownloadTest, RetryAfterIsHonoured) {
  spoil([](int n, Reply& reply) {
    if (n == 0) reply = {.status = 429, .headers = {{"Retry-After", "1"}}};
  });
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(content(fetch_weights()), weights_bytes);
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(1000));
}

TEST_F(DownloadTest, TooLongARetryAfterIsNotWaitedFor) {
  spoil([](int, Reply& reply) { reply = {.status = 429, .headers = {{"Retry-After", "3600"}}}; });
  const auto start = std::chrono::steady_clock::now();
  EXPECT_THAT(failure_of<base::NetworkError>([&] { fetch_weights(); }), HasSubstr("3600 s"));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
  EXPECT_EQ(content_requests().size(), 1u);
}

TEST_F(DownloadTest, ChangedContentIsFollowedOnce) {
  // Between the HEAD and the GET somebody replaces the file.
  const std::string newer = test::some_bytes(200'000, 7);
  std::atomic<bool> replaced = false;
  server.intercept([&](const SeenRequest& request) -> std::optional<Reply> {
    if (request.method == "GET" && !replaced.exchange(true))
      server.add(test::kRepo, "open_clip_model.safetensors", newer, true);
    return std::nullopt;
  });
  EXPECT_EQ(content(fetch_weights()), newer);
  EXPECT_FALSE(fs::exists(weights_blob()));
}

TEST_F(DownloadTest, ContentThatKeepsChangingIsAnError) {
  std::atomic<unsigned> version = 10;
  server.intercept([&](const SeenRequest& request) -> std::optional<Reply> {
    if (request.method == "GET")
      server.add(test::kRepo, "open_clip_model.safetensors", test::some_bytes(1000, version++),
                 true);
    return std::nullopt;
  });
  EXPECT_THAT(failure_of<base::NetworkError>([&] { fetch_weights(); }),
              HasSubstr("changed while downloading"));
}

TEST_F(DownloadTest, ProgressEndsAtTheWholeSize) {
  std::vector<std::uint64_t> seen;
  hooks.progress = [&](const TransferProgress& progress) {
    EXPECT_EQ(progress.file, "laion/tiny-clip/open_clip_model.safetensors");
    EXPECT_EQ(progress.total_bytes, 300'000u);
    seen.push_back(progress.done_bytes);
  };
  fetch_weights();
  ASSERT_FALSE(seen.empty());
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  EXPECT_EQ(seen.back(), 300'000u);
}

TEST_F(DownloadTest, AStopKeepsWhatHasComeAndIsResumed) {
  spoil([](int n, Reply& reply) {
    if (n == 0) reply.piece_bytes = 20'000, reply.pause_ms = 30;
  });
  std::uint64_t done_bytes = 0;
  hooks.progress = [&](const TransferProgress& progress) { done_bytes = progress.done_bytes; };
  hooks.should_stop = [&] { return done_bytes >= 60'000; };
  EXPECT_THROW(fetch_weights(), base::Interrupted);
  expect_nothing_published();
  EXPECT_GE(fs::file_size(weights_blob().string() + ".incomplete"), 60'000u);
  hooks = {};
  EXPECT_EQ(content(fetch_weights()), weights_bytes);
  EXPECT_NE(content_requests()[1].header("range"), "");
}

TEST_F(DownloadTest, AFolderThatCannotBeWrittenIsNamed) {
  base::write_file(folder / "hub", std::string_view("a file where the cache should be"));
  EXPECT_THAT(failure_of<base::IoError>([&] { fetch_weights(); }), HasSubstr("hub"));
}

TEST_F(DownloadTest, AFileTooLargeForTheDiskIsRefusedBeforehand) {
  server.intercept([&](const SeenRequest& request) -> std::optional<Reply> {
    Reply reply = server.answer(request);
    for (auto& [name, value] : reply.headers)
      if (name == "X-Linked-Size") value = "9000000000000000";
    return reply;
  });
  EXPECT_THAT(failure_of<base::IoError>([&] { fetch_weights(); }), HasSubstr("free disk space"));
  EXPECT_TRUE(content_requests().empty());
}

}  // namespace
}  // namespace clipguide::weights
