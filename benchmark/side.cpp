#include "benchmark/side.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "clipguide/base/error.h"

extern char** environ;

namespace clipguide::bench {
namespace {

// The environment, with the number of threads that OpenMP is to start.
std::vector<std::string> environment_with(int threads) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry; ++entry)
    if (std::strncmp(*entry, "OMP_NUM_THREADS=", 16) != 0) all.emplace_back(*entry);
  all.push_back("OMP_NUM_THREADS=" + std::to_string(threads));
  return all;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

// Delegates, so that whatever is thrown from here on is tidied up by the destructor.
Side::Side(std::string name, const std::vector<std::string>& command, int threads, double limit_s)
    : Side(std::move(name), limit_s) {
  const auto start = std::chrono::steady_clock::now();
  int in[2], out[2];  // of the child
  if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0)
    base::throw_error<base::IoError>("{}: no pipe: {}", name_, std::strerror(errno));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  std::vector<std::string> arguments = command, environment = environment_with(threads);
  const int error = posix_spawnp(&process_, command.front().c_str(), &actions, nullptr,
                                 pointers_to(arguments).data(), pointers_to(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  close(in[0]);
  close(out[1]);
  to_ = fdopen(in[1], "w");
  from_ = fdopen(out[0], "r");
  if (error != 0) {
    process_ = -1;
    base::throw_error<base::IoError>("{}: cannot start {}: {}", name_, command.front(),
                                     std::strerror(error));
  }
  const std::string ready = answer();
  if (ready != "ready")
    base::throw_error<base::IoError>("{}: expected it to be ready, got '{}'", name_, ready);
  startup_s_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

Side::~Side() {
  if (to_) fclose(to_);
  if (from_) fclose(from_);
  if (process_ > 0) {
    kill(process_, SIGTERM);
    waitpid(process_, nullptr, 0);
  }
}

std::string Side::answer() {
  // An answer is one line, so nothing of it is in the stream's buffer yet.
  pollfd waiting{fileno(from_), POLLIN, 0};
  constexpr double kMs = 1000;
  if (poll(&waiting, 1, int(limit_s_ * kMs)) == 0)
    base::throw_error<base::IoError>("{}: left out, it took longer than {:.0f} s", name_, limit_s_);
  char line[256];
  if (!std::fgets(line, sizeof line, from_))
    base::throw_error<base::IoError>("{}: ended before its time", name_);
  line[std::strcspn(line, "\n")] = 0;
  return line;
}

double Side::step() {
  std::fputs("step\n", to_);
  std::fflush(to_);
  return std::strtod(answer().c_str(), nullptr);
}

double Side::finish() {
  fclose(std::exchange(to_, nullptr));
  const double peak_gib = std::strtod(answer().c_str(), nullptr);
  waitpid(std::exchange(process_, -1), nullptr, 0);
  return peak_gib;
}

}  // namespace clipguide::bench
