#include "clipguide/weights/partial_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"

namespace clipguide::weights {

namespace fs = std::filesystem;

void PartialFile::fail(const char* action) const {
  const int cause = errno;
  throw base::IoError(
      fmt::format("{}: cannot {}: {}", path_.string(), action, std::strerror(cause)),
      cause == ENOSPC ? "free some disk space; the download will be resumed" : "");
}

PartialFile::PartialFile(const fs::path& target, Checksum::Kind kind,
                         std::optional<std::uint64_t> whole_size_bytes, const TransferHooks& hooks)
    : target_(target),
      path_(target.string() + ".incomplete"),
      validator_path_(path_.string() + ".etag"),
      kind_(kind),
      whole_size_bytes_(whole_size_bytes.value_or(0)),
      digest_(kind, whole_size_bytes_) {
  // No link is followed: what is written must be the file that is verified.
  fd_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (fd_ < 0) fail("create");
  try {
    take_up(hooks);
  } catch (...) {
    ::close(fd_);
    throw;
  }
}

PartialFile::~PartialFile() {
  if (fd_ >= 0) ::close(fd_);
}

void PartialFile::take_up(const TransferHooks& hooks) {
  std::vector<std::byte> chunk(1 << 20);
  for (;;) {
    check_stop(hooks);
    const ssize_t got = ::read(fd_, chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail("read");
    if (got == 0) break;
    digest_.add(std::span(chunk).first(std::size_t(got)));
    size_bytes_ += std::uint64_t(got);
  }
  try {
    if (size_bytes_ > 0) validator_ = base::read_file(validator_path_, 1000);
  } catch (const base::Error&) {  // none was kept: the checksum decides in the end
  }
}

void PartialFile::set_validator(const std::string& strong_etag) {
  if (strong_etag == validator_) return;
  validator_ = strong_etag;
  if (validator_.empty())
    ::unlink(validator_path_.c_str());
  else
    base::write_file(validator_path_, std::string_view(validator_));
}

void PartialFile::append(std::span<const std::byte> bytes) {
  digest_.add(bytes);
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("write");
    bytes = bytes.subspan(std::size_t(written));
    size_bytes_ += std::uint64_t(written);
  }
}

void PartialFile::restart() {
  if (::ftruncate(fd_, 0) != 0 || ::lseek(fd_, 0, SEEK_SET) != 0) fail("empty");
  size_bytes_ = 0;
  digest_ = Digest(kind_, whole_size_bytes_);
  set_validator({});
}

void PartialFile::discard() {
  restart();
  ::unlink(path_.c_str());
}

void PartialFile::publish() {
  if (::fsync(fd_) != 0) fail("write");
  ::close(std::exchange(fd_, -1));
  if (::rename(path_.c_str(), target_.c_str()) != 0) fail("rename");
  ::unlink(validator_path_.c_str());
  const int folder = ::open(target_.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;
  ::fsync(folder);
  ::close(folder);
}

}  // namespace clipguide::weights
