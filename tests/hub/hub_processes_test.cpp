#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "hub/hub_fixture.h"

/// Several processes on one cache, and processes that die.
namespace clipguide::weights {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using test::HubServer;
using test::Reply;
using test::SeenRequest;

class HubProcessesTest : public test::HubTest {
 protected:
  /// Forks a process that fetches the model and exits with 0 when it has it whole.
  pid_t start_fetch() {
    const pid_t child = ::fork();
    if (child != 0) return child;
    int code = 1;
    try {
      const fs::path model = Hub(settings, hooks).fetch_model(test::kRepo);
      code = content(model / "open_clip_model.safetensors") == weights_bytes ? 0 : 2;
    } catch (const std::exception& error) {
      ::dprintf(STDERR_FILENO, "child: %s\n", error.what());
    }
    ::_exit(code);
  }
  static int wait_for(pid_t child) {
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  void trickle(unsigned pause_ms) {
    server.intercept([this, pause_ms](const SeenRequest& request) -> std::optional<Reply> {
      if (!request.target.starts_with("/content/")) return std::nullopt;
      Reply reply = server.answer(request);
      reply.piece_bytes = 30'000;
      reply.pause_ms = pause_ms;
      return reply;
    });
  }
};

TEST_F(HubProcessesTest, TwoAtOnceMakeOneDownload) {
  trickle(20);
  const pid_t first = start_fetch(), second = start_fetch(), third = start_fetch();
  EXPECT_EQ(wait_for(first), 0);
  EXPECT_EQ(wait_for(second), 0);
  EXPECT_EQ(wait_for(third), 0);
  EXPECT_EQ(server.requests("GET", "/content/").size(), 1u);
  EXPECT_TRUE(HubCache(settings.hub_cache).verify(test::kRepo).empty());
}

TEST_F(HubProcessesTest, AKilledDownloadIsContinuedByTheNextProcess) {
  trickle(60);
  const pid_t child = start_fetch();
  const fs::path partial = weights_blob().string() + ".incomplete";
  std::error_code failure;
  for (int i = 0; i < 500; ++i) {
    const auto size = fs::file_size(partial, failure);
    if (!failure && size >= 60'000) break;
    std::this_thread::sleep_for(10ms);
  }
  ::kill(child, SIGKILL);
  EXPECT_EQ(wait_for(child), 128 + SIGKILL);
  expect_nothing_published();
  const auto left_bytes = fs::file_size(partial, failure);
  ASSERT_GE(left_bytes, 60'000u);
  ASSERT_LT(left_bytes, 300'000u);

  server.intercept({});
  server.forget_requests();
  const fs::path model = Hub(settings, hooks).fetch_model(test::kRepo);
  EXPECT_EQ(content(model / "open_clip_model.safetensors"), weights_bytes);
  const auto requests = server.requests("GET", "/content/");
  ASSERT_EQ(requests.size(), 1u);
  EXPECT_EQ(requests[0].header("range"), "bytes=" + std::to_string(left_bytes) + "-");
}

}  // namespace
}  // namespace clipguide::weights
