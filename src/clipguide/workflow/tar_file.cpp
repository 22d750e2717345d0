#include "clipguide/workflow/tar_file.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "clipguide/base/error.h"

namespace clipguide::workflow {

namespace fs = std::filesystem;

struct TarFile::Archive {
  fs::path path;
  std::string temporary;
  int fd = -1;
  archive* writer = nullptr;

  [[noreturn]] void fail(const char* cause) const {
    base::throw_error<base::IoError>("{}: cannot write: {}", path.string(), cause);
  }
  void check(int result) const {
    if (result != ARCHIVE_OK) fail(archive_error_string(writer));
  }
  ~Archive() {
    if (writer) archive_write_free(writer);
    if (fd >= 0) ::close(fd);
    if (!temporary.empty()) ::unlink(temporary.c_str());
  }
};

TarFile::TarFile(const fs::path& path) : archive_(std::make_unique<Archive>()) {
  Archive& a = *archive_;
  a.path = path;
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  std::string name = (folder / ("." + path.filename().string() + ".XXXXXX")).string();
  a.fd = ::mkostemp(name.data(), O_CLOEXEC);
  if (a.fd < 0) a.fail(std::strerror(errno));
  a.temporary = name;
  a.writer = archive_write_new();
  if (!a.writer) a.fail("libarchive has no memory");
  a.check(archive_write_set_format_ustar(a.writer));
  a.check(archive_write_add_filter_none(a.writer));
  a.check(archive_write_open_fd(a.writer, a.fd));
}

TarFile::~TarFile() = default;

void TarFile::add(const std::string& name, std::string_view content) {
  Archive& a = *archive_;
  const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(),
                                                                       archive_entry_free);
  archive_entry_set_pathname(entry.get(), name.c_str());
  archive_entry_set_size(entry.get(), la_int64_t(content.size()));
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0644);
  archive_entry_set_mtime(entry.get(), 0, 0);
  a.check(archive_write_header(a.writer, entry.get()));
  const la_ssize_t written = archive_write_data(a.writer, content.data(), content.size());
  if (written != la_ssize_t(content.size())) a.fail(archive_error_string(a.writer));
}

void TarFile::close() {
  Archive& a = *archive_;
  a.check(archive_write_close(a.writer));
  ::fchmod(a.fd, 0644);
  if (::fsync(a.fd) != 0 || ::rename(a.temporary.c_str(), a.path.c_str()) != 0)
    a.fail(std::strerror(errno));
  a.temporary.clear();
}

}  // namespace clipguide::workflow
