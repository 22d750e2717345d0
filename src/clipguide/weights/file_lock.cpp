#include "clipguide/weights/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>

#include "clipguide/base/error.h"

namespace clipguide::weights {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

// filelock, which Python uses, may delete a lock file on release: a lock on a deleted file is none.
bool is_file_at(int fd, const fs::path& path) {
  struct stat held {
  }, named{};
  return ::fstat(fd, &held) == 0 && ::stat(path.c_str(), &named) == 0 &&
         held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

}  // namespace

void check_stop(const TransferHooks& hooks) {
  if (hooks.should_stop && hooks.should_stop())
    throw base::Interrupted("stopped; what was downloaded is kept and will be resumed");
}

FileLock::FileLock(const fs::path& path, const TransferHooks& hooks) {
  std::error_code ignored;
  fs::create_directories(path.parent_path(), ignored);
  for (bool told = false;;) {
    if (fd_ < 0) fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0664);
    if (fd_ < 0)
      base::throw_error<base::IoError>("{}: cannot create: {}", path.string(),
                                       std::strerror(errno));
    if (::flock(fd_, LOCK_EX | LOCK_NB) == 0) {
      if (is_file_at(fd_, path)) return;
      ::close(std::exchange(fd_, -1));
      continue;
    }
    const int cause = errno;
    try {
      if (cause != EWOULDBLOCK && cause != EINTR)
        throw base::IoError(fmt::format("{}: cannot lock: {}", path.string(), std::strerror(cause)),
                            "put the cache on a local disk (HF_HUB_CACHE, XDG_CACHE_HOME)");
      if (!std::exchange(told, true))
        base::log(hooks.log, base::LogLevel::info,
                  "another process is downloading the same file: waiting for it");
      check_stop(hooks);
    } catch (...) {
      ::close(std::exchange(fd_, -1));
      throw;
    }
    std::this_thread::sleep_for(50ms);
  }
}

FileLock::~FileLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace clipguide::weights
