#pragma once

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace clipguide::test {

struct CommandResult {
  int exit_code = -1;  ///< -1 when a signal ended it
  int signal = 0;
  std::string out;
  std::string err;
};

struct CommandOptions {
  std::string input;                               ///< standard input
  std::filesystem::path folder;                    ///< working folder; empty: this process's
  std::map<std::string, std::string> environment;  ///< set on top of this process's
  rlim_t file_limit_bytes = RLIM_INFINITY;         ///< RLIMIT_FSIZE: stands in for a full disk
  std::string out_path;                            ///< standard output goes to this file instead
};

/// A child process under way. Its output is read in the background.
class Command {
 public:
  explicit Command(const std::vector<std::string>& arguments, const CommandOptions& options = {}) {
    int in[2], out[2], err[2];
    if (::pipe2(in, O_CLOEXEC) || ::pipe2(out, O_CLOEXEC) || ::pipe2(err, O_CLOEXEC))
      throw std::runtime_error("pipe");
    pid_ = ::fork();
    if (pid_ < 0) throw std::runtime_error("fork");
    if (pid_ == 0) become(arguments, options, in[0], out[1], err[1]);
    ::close(in[0]);
    ::close(out[1]);
    ::close(err[1]);
    writer_ = std::thread([fd = in[1], input = options.input] {
      ::signal(SIGPIPE, SIG_IGN);
      std::size_t done = 0;
      while (done < input.size()) {
        const ssize_t written = ::write(fd, input.data() + done, input.size() - done);
        if (written <= 0) break;
        done += std::size_t(written);
      }
      ::close(fd);
    });
    out_ = std::thread([this, fd = out[0]] { read_all(fd, result_.out); });
    err_ = std::thread([this, fd = err[0]] { read_all(fd, result_.err); });
  }
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;
  ~Command() {
    if (pid_ > 0 && !waited_) {
      ::kill(pid_, SIGKILL);
      wait();
    }
  }

  void send(int signal) { ::kill(pid_, signal); }

  /// Whether it has a handler of its own for a signal by now.
  bool catches(int signal) const {
    std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
    for (std::string line; std::getline(status, line);)
      if (line.starts_with("SigCgt:"))
        return std::stoull(line.substr(7), nullptr, 16) >> (signal - 1) & 1;
    return false;
  }

  CommandResult wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    waited_ = true;
    writer_.join();
    out_.join();
    err_.join();
    if (WIFEXITED(status)) result_.exit_code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) result_.signal = WTERMSIG(status);
    return result_;
  }

 private:
  [[noreturn]] static void become(const std::vector<std::string>& arguments,
                                  const CommandOptions& options, int in, int out, int err) {
    ::dup2(in, STDIN_FILENO);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(err, STDERR_FILENO);
    if (!options.out_path.empty()) {
      const int file = ::open(options.out_path.c_str(), O_WRONLY | O_CREAT, 0644);
      ::dup2(file, STDOUT_FILENO);
    }
    if (!options.folder.empty() && ::chdir(options.folder.c_str()) != 0) ::_exit(126);
    for (const auto& [name, value] : options.environment) ::setenv(name.c_str(), value.c_str(), 1);
    ::signal(SIGXFSZ, SIG_IGN);  // the write fails with EFBIG, as on a full disk
    if (options.file_limit_bytes != RLIM_INFINITY) {
      const rlimit limit{options.file_limit_bytes, options.file_limit_bytes};
      ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    std::vector<char*> argv;
    for (const std::string& argument : arguments)
      argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    ::execvp(argv[0], argv.data());
    ::_exit(127);
  }

  static void read_all(int fd, std::string& text) {
    char chunk[65536];
    for (;;) {
      const ssize_t got = ::read(fd, chunk, sizeof chunk);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) break;
      text.append(chunk, std::size_t(got));
    }
    ::close(fd);
  }

  pid_t pid_ = -1;
  bool waited_ = false;
  CommandResult result_;
  std::thread writer_, out_, err_;
};

inline CommandResult run_command(const std::vector<std::string>& arguments,
                                 const CommandOptions& options = {}) {
  return Command(arguments, options).wait();
}

/// Waits until `holds` or the time is over; returns what it said last.
template <class Condition>
bool wait_until(Condition holds, std::chrono::seconds limit = std::chrono::seconds(120)) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

}  // namespace clipguide::test
