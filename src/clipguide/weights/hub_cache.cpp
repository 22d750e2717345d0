#include "clipguide/weights/hub_cache.h"

#include <unistd.h>

#include <algorithm>

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"

namespace clipguide::weights {
namespace {

namespace fs = std::filesystem;

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// For messages: what came may hold control characters.
std::string shown(std::string_view text) {
  std::string visible;
  for (const unsigned char c : text.substr(0, 100))
    visible += c < 0x20 || c == 0x7f ? fmt::format("\\x{:02x}", c) : std::string(1, char(c));
  return visible;
}

std::vector<std::string_view> segments(std::string_view path) {
  std::vector<std::string_view> parts;
  for (std::size_t start = 0;;) {
    const std::size_t slash = path.find('/', start);
    parts.push_back(path.substr(start, slash - start));
    if (slash == std::string_view::npos) return parts;
    start = slash + 1;
  }
}

// Fit to stand below a folder, and nowhere else.
bool is_safe_relative(std::string_view path) {
  const bool bad_character = std::any_of(
      path.begin(), path.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f || c == '\\'; });
  if (path.empty() || path.size() > 1000 || bad_character) return false;
  const auto parts = segments(path);
  return std::none_of(parts.begin(), parts.end(), [](std::string_view part) {
    return part.empty() || part == "." || part == ".." || part.size() > 200;
  });
}

void create_folder(const fs::path& folder) {
  std::error_code failure;
  fs::create_directories(folder, failure);
  if (failure)
    base::throw_error<base::IoError>("{}: cannot create: {}", folder.string(), failure.message());
}

}  // namespace

bool is_commit(std::string_view text) {
  return text.size() == 40 && Checksum::from_hex(text).has_value();
}

void check_repo_name(std::string_view repo) {
  const auto parts = segments(repo);
  const bool good_parts = std::all_of(parts.begin(), parts.end(), [](std::string_view part) {
    const auto word = [](char c) { return is_alphanumeric(c) || c == '_'; };
    return !part.empty() && part.size() <= 96 && word(part.front()) && word(part.back()) &&
           std::all_of(part.begin(), part.end(),
                       [&](char c) { return word(c) || c == '-' || c == '.'; });
  });
  if (parts.size() != 2 || !good_parts || repo.find("..") != std::string_view::npos ||
      repo.find("--") != std::string_view::npos || repo.ends_with(".git"))
    base::throw_error<base::UsageError>(
        "repository: expected org/name of letters, digits, '-', '_' and '.', got '{}'",
        shown(repo));
}

void check_revision(std::string_view revision) {
  const bool good_characters = std::all_of(revision.begin(), revision.end(), [](char c) {
    return is_alphanumeric(c) || std::string_view("-_./+").find(c) != std::string_view::npos;
  });
  if (!is_safe_relative(revision) || !good_characters ||
      revision.find("..") != std::string_view::npos)
    base::throw_error<base::UsageError>("revision: expected a branch, tag or commit, got '{}'",
                                        shown(revision));
}

void check_file_name(std::string_view file) {
  if (!is_safe_relative(file))
    base::throw_error<base::UsageError>(
        "file: expected a relative name without '..' or control characters, got '{}'", shown(file));
}

fs::path HubCache::repo_folder(const std::string& repo) const {
  check_repo_name(repo);
  const auto slash = repo.find('/');
  return root_ / ("models--" + repo.substr(0, slash) + "--" + repo.substr(slash + 1));
}

fs::path HubCache::blob(const std::string& repo, const Checksum& checksum) const {
  return repo_folder(repo) / "blobs" / checksum.hex;
}

fs::path HubCache::lock(const std::string& repo, const Checksum& checksum) const {
  return root_ / ".locks" / repo_folder(repo).filename() / (checksum.hex + ".lock");
}

fs::path HubCache::snapshot(const std::string& repo, const std::string& commit) const {
  return repo_folder(repo) / "snapshots" / commit;
}

std::optional<std::string> HubCache::commit_of(const std::string& repo,
                                               const std::string& revision) const {
  check_revision(revision);
  if (is_commit(revision)) return revision;
  try {
    std::string text = base::read_file(repo_folder(repo) / "refs" / revision, 1000);
    text.erase(text.find_last_not_of(" \r\n") + 1);
    if (is_commit(text)) return text;
  } catch (const base::IoError&) {  // never fetched
  } catch (const base::LimitError&) {
  }
  return std::nullopt;
}

void HubCache::remember_commit(const std::string& repo, const std::string& revision,
                               const std::string& commit) const {
  if (commit_of(repo, revision) == commit) return;
  const fs::path ref = repo_folder(repo) / "refs" / revision;
  create_folder(ref.parent_path());
  base::write_file(ref, std::string_view(commit));
}

bool HubCache::has(const std::string& repo, const std::string& commit,
                   const std::string& file) const {
  std::error_code failure;
  return fs::is_regular_file(snapshot(repo, commit) / file, failure);
}

bool HubCache::is_known_absent(const std::string& repo, const std::string& commit,
                               const std::string& file) const {
  std::error_code failure;
  return fs::is_regular_file(repo_folder(repo) / ".no_exist" / commit / file, failure);
}

void HubCache::remember_absent(const std::string& repo, const std::string& commit,
                               const std::string& file) const {
  if (is_known_absent(repo, commit, file)) return;
  const fs::path marker = repo_folder(repo) / ".no_exist" / commit / file;
  try {
    create_folder(marker.parent_path());
    base::write_file(marker, std::string_view());
  } catch (const base::IoError&) {  // a cache that cannot be written: it is asked again next time
  }
}

void HubCache::link(const std::string& repo, const std::string& commit, const std::string& file,
                    const Checksum& checksum) const {
  check_file_name(file);
  const fs::path pointer = snapshot(repo, commit) / file;
  const fs::path content = blob(repo, checksum);
  create_folder(pointer.parent_path());
  std::error_code failure;
  if (fs::equivalent(pointer, content, failure)) return;

  // A link is put in place by rename, so that a reader sees the old or the new one.
  const fs::path to = content.lexically_relative(pointer.parent_path());
  const fs::path fresh = pointer.string() + "." + std::to_string(::getpid()) + ".link";
  fs::remove(fresh, failure);
  fs::create_symlink(to, fresh, failure);
  if (!failure) fs::rename(fresh, pointer, failure);
  if (failure)
    base::throw_error<base::IoError>("{}: cannot link: {}", pointer.string(), failure.message());
}

std::vector<std::string> HubCache::repos() const {
  std::vector<std::string> found;
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(root_, failure)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("models--")) continue;
    const auto split = name.find("--", 8);
    if (split == std::string::npos) continue;
    const std::string repo = name.substr(8, split - 8) + "/" + name.substr(split + 2);
    try {
      check_repo_name(repo);
      found.push_back(repo);
    } catch (const base::UsageError&) {  // somebody else's folder
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<BadFile> HubCache::verify(const std::string& repo,
                                      const std::function<void(std::uint64_t)>& progress) const {
  std::vector<BadFile> bad;
  std::error_code failure;
  const fs::path folder = repo_folder(repo);

  // Every blob is named by what it must add up to.
  for (const auto& entry : fs::directory_iterator(folder / "blobs", failure)) {
    const auto checksum = Checksum::from_hex(entry.path().filename().string());
    if (!checksum) continue;
    if (!entry.is_regular_file(failure)) {
      bad.push_back({entry.path(), "expected a file"});
      continue;
    }
    const std::string digest = digest_file(entry.path(), checksum->kind, progress);
    if (digest != checksum->hex)
      bad.push_back({entry.path(), fmt::format("expected {} {}, got {}", checksum->kind_name(),
                                               checksum->hex, digest)});
  }

  // Every name must lead to one.
  for (const auto& entry : fs::recursive_directory_iterator(folder / "snapshots", failure))
    if (entry.is_symlink(failure) && !fs::exists(entry.path(), failure))
      bad.push_back({entry.path(), "leads to a missing file"});
  return bad;
}

}  // namespace clipguide::weights
