#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace clipguide::workflow {

/// A tar archive (POSIX ustar) whose bytes follow from its members alone: no times, no owners.
/// Written whole or not at all: a file beside it until close().
///   throws  IoError naming the path and the cause
class TarFile {
 public:
  explicit TarFile(const std::filesystem::path& path);
  ~TarFile();  ///< without close(), nothing stays
  TarFile(const TarFile&) = delete;
  TarFile& operator=(const TarFile&) = delete;

  void add(const std::string& name, std::string_view content);
  void close();

 private:
  struct Archive;
  std::unique_ptr<Archive> archive_;
};

}  // namespace clipguide::workflow
