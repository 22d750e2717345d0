#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "clipguide/weights/hub_cache.h"
#include "clipguide/weights/hub_http.h"

namespace clipguide::weights {

/// What the hub says about a file before it is fetched.
struct RemoteFile {
  std::string name;
  std::string commit;
  Checksum checksum;
  std::uint64_t size_bytes = 0;
};

/// Model repositories on a Hugging Face hub, by way of the cache.
///   throws  UsageError for bad names; NetworkError with a hint for gated, missing and unreachable
///           ones; IoError; Interrupted
class Hub {
 public:
  Hub(const HubSettings& settings, const TransferHooks& hooks);

  /// A complete model in the cache: its snapshot folder. No network.
  std::optional<std::filesystem::path> cached_model(const std::string& repo,
                                                    const std::string& revision = "main") const;

  /// A model folder for the loaders: a config, the weights that go with it, and the tokenizer's
  /// files where there are any. Prefers open_clip's form to transformers' and safetensors to .bin.
  ///   refresh  ask the hub what the revision stands for now and check what is in the cache; else
  ///            whatever complete copy is in the cache is taken as it is, and only what is missing
  ///            is asked for
  std::filesystem::path fetch_model(const std::string& repo, const std::string& revision = "main",
                                    bool refresh = false);

  /// One file into the cache: its path in the snapshot.
  ///   throws  NetworkError when it does not exist
  std::filesystem::path fetch_file(const std::string& repo, const std::string& revision,
                                   const std::string& file);

  /// The first of `files` that the repository has. A copy in the cache is taken as it is.
  ///   throws  NetworkError when it has none of them
  std::filesystem::path fetch_first_of(const std::string& repo, const std::string& revision,
                                       std::span<const std::string> files);

  const HubCache& cache() const { return cache_; }

 private:
  std::optional<RemoteFile> look_up(const std::string& repo, const std::string& revision,
                                    const std::string& file);
  RemoteFile ask(const std::string& repo, const std::string& revision, const std::string& file);
  std::vector<RemoteFile> choose_files(const std::string& repo, const std::string& revision);
  std::filesystem::path fetch(const std::string& repo, RemoteFile file, bool rehash_cached);
  std::filesystem::path download_first_of(const std::string& repo, const std::string& revision,
                                          std::span<const std::string> files);
  std::string address(const std::string& repo, const std::string& revision,
                      const std::string& file) const;
  [[noreturn]] void refuse_offline(const std::string& repo, const std::string& revision) const;

  HubSettings settings_;
  HubCache cache_;
  HttpClient client_;
};

}  // namespace clipguide::weights
