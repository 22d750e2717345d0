#include "clipguide/base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "clipguide/base/error.h"

namespace clipguide::base {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& path, const char* action) {
  throw_error<IoError>("{}: cannot {}: {}", path.string(), action, std::strerror(errno));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

Descriptor open_to_read(const fs::path& path, struct stat& status) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0) fail(path, "open");
  if (S_ISDIR(status.st_mode)) {
    errno = EISDIR;
    fail(path, "read");
  }
  return file;
}

void write_all(int fd, std::span<const std::byte> content, const fs::path& path) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail(path, "write");
    content = content.subspan(std::size_t(written));
  }
}

void write_whole(int fd, std::span<const std::byte> content, const fs::path& path) {
  write_all(fd, content, path);
  ::fchmod(fd, 0644);
  if (::fsync(fd) != 0) fail(path, "write");
}

/// By a file that has no name until it is whole: a killed process leaves nothing behind.
///   returns  false where that cannot be done: the file system has none, or the path is taken
bool write_nameless(const fs::path& folder, const fs::path& path,
                    std::span<const std::byte> content) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0) return false;
  const Descriptor file(::open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600));
  if (file.get() < 0) return false;
  write_whole(file.get(), content, path);
  const std::string own = "/proc/self/fd/" + std::to_string(file.get());
  return ::linkat(AT_FDCWD, own.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) == 0;
}

/// By a temporary file beside it that then takes its place.
void write_beside(const fs::path& folder, const fs::path& path,
                  std::span<const std::byte> content) {
  std::string temporary = (folder / ("." + path.filename().string() + ".XXXXXX")).string();
  const Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
  if (file.get() < 0) fail(path, "create");
  try {
    write_whole(file.get(), content, path);
    if (::rename(temporary.c_str(), path.c_str()) != 0) fail(path, "replace");
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
}

}  // namespace

std::string read_file(const fs::path& path, std::size_t limit_bytes) {
  struct stat status {};
  const Descriptor file = open_to_read(path, status);
  if (S_ISREG(status.st_mode) && std::size_t(status.st_size) > limit_bytes)
    throw_error<LimitError>("{}: expected at most {} bytes, got {}", path.string(), limit_bytes,
                            status.st_size);
  std::string content;
  char chunk[65536];
  for (;;) {
    const ssize_t got = ::read(file.get(), chunk, sizeof chunk);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(path, "read");
    if (got == 0) return content;
    content.append(chunk, std::size_t(got));
    if (content.size() > limit_bytes)
      throw_error<LimitError>("{}: expected at most {} bytes, got more", path.string(),
                              limit_bytes);
  }
}

void write_file(const fs::path& path, std::span<const std::byte> content) {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  if (!write_nameless(folder, path, content)) write_beside(folder, path, content);
  const Descriptor parent(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (parent.get() >= 0) ::fsync(parent.get());
}

void write_file(const fs::path& path, std::string_view content) {
  write_file(path, std::as_bytes(std::span(content.data(), content.size())));
}

MappedFile::MappedFile(const fs::path& path) {
  struct stat status {};
  const Descriptor file = open_to_read(path, status);
  size_ = std::size_t(status.st_size);
  if (size_ == 0) return;
  void* mapped = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (mapped == MAP_FAILED) fail(path, "map");
  data_ = static_cast<const std::byte*>(mapped);
}

MappedFile::~MappedFile() {
  if (data_) ::munmap(const_cast<std::byte*>(data_), size_);
}

}  // namespace clipguide::base
