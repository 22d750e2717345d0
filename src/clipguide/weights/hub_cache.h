#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "clipguide/weights/checksum.h"

namespace clipguide::weights {

/// Names that become paths and addresses.   throw  base::UsageError
void check_repo_name(std::string_view repo);     ///< "org/name", the hub's own alphabet
void check_revision(std::string_view revision);  ///< branch, tag or commit
void check_file_name(std::string_view file);     ///< relative, without "..", '\' or controls
bool is_commit(std::string_view text);           ///< 40 lower-case hex digits

/// A blob that `verify` found to be other than its name says, or a link that leads nowhere.
struct BadFile {
  std::filesystem::path path;
  std::string problem;  ///< "expected sha256 .., got .."
};

/// Hugging Face's cache of model repositories on disk, as huggingface_hub lays it out:
///   models--org--name/blobs/<etag>                  content, named by its checksum
///                    /snapshots/<commit>/<file>     relative links to blobs
///                    /refs/<revision>               the commit a branch stood at
///                    /.no_exist/<commit>/<file>     empty: known not to be there
///   .locks/models--org--name/<etag>.lock
/// Source: huggingface_hub documentation, "Understand caching".
class HubCache {
 public:
  explicit HubCache(std::filesystem::path root) : root_(std::move(root)) {}
  const std::filesystem::path& root() const { return root_; }

  std::filesystem::path repo_folder(const std::string& repo) const;
  std::filesystem::path blob(const std::string& repo, const Checksum& checksum) const;
  std::filesystem::path lock(const std::string& repo, const Checksum& checksum) const;
  std::filesystem::path snapshot(const std::string& repo, const std::string& commit) const;

  /// The commit a revision stands for: itself, or what refs/ says; nothing when unknown.
  std::optional<std::string> commit_of(const std::string& repo, const std::string& revision) const;
  /// throws IoError
  void remember_commit(const std::string& repo, const std::string& revision,
                       const std::string& commit) const;

  bool has(const std::string& repo, const std::string& commit, const std::string& file) const;
  bool is_known_absent(const std::string& repo, const std::string& commit,
                       const std::string& file) const;
  void remember_absent(const std::string& repo, const std::string& commit,
                       const std::string& file) const;
  /// Makes snapshots/<commit>/<file> lead to the blob, replacing what is there.   throws IoError
  void link(const std::string& repo, const std::string& commit, const std::string& file,
            const Checksum& checksum) const;

  /// "org/name" of everything that lies here.
  std::vector<std::string> repos() const;
  /// Reads every blob of a repository again.   cost: all its bytes
  std::vector<BadFile> verify(const std::string& repo,
                              const std::function<void(std::uint64_t)>& progress = {}) const;

 private:
  std::filesystem::path root_;
};

}  // namespace clipguide::weights
