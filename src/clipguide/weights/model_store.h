#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "clipguide/weights/hub_cache.h"
#include "clipguide/weights/hub_settings.h"
#include "clipguide/weights/registry.h"

/// From what a user calls a model to files on this machine.
namespace clipguide::weights {

/// Taken apart by form alone, without looking at any cache: a path that exists or can only be one,
/// else a known name, else org/name, the last two with @revision if wanted.
///   throws  UsageError for anything else, with the nearest known name
struct ModelSpec {
  std::filesystem::path path;         ///< local, when not empty
  const KnownModel* known = nullptr;  ///< from the table
  std::string repo;                   ///< on the hub, when not empty
  std::string revision = "main";

  std::string shown_name() const;
};
ModelSpec parse_model_spec(std::string_view text);

/// A file or folder that the loaders can open. Local paths are only checked to exist; models in the
/// cache are taken as they are, without network; anything else is downloaded and verified.
///   throws  UsageError, IoError, NetworkError, Interrupted
std::filesystem::path resolve_model(std::string_view spec, const HubSettings& settings,
                                    const TransferHooks& hooks = {});

/// One half of a tiny autoencoder (TAESD and its kin) by the names above: a file, which holds that
/// half or both.   throws as resolve_model
enum class AutoencoderHalf { decoder, encoder };
std::filesystem::path resolve_autoencoder(std::string_view spec, AutoencoderHalf half,
                                          const HubSettings& settings,
                                          const TransferHooks& hooks = {});

/// Whether a text that may be a path names something on the hub instead: no such file is here, and
/// it has the form of a known name or of org/name.
bool names_repository(std::string_view text);

/// As resolve_model, but asks the hub for news, reads what is cached again and repairs it, and
/// gets the shared vocabulary where none comes with the model.
std::filesystem::path pull_model(std::string_view spec, const HubSettings& settings,
                                 const TransferHooks& hooks = {});

/// Where a complete copy lies in the cache; no network.
std::optional<std::filesystem::path> cached_model(const ModelSpec& spec,
                                                  const HubSettings& settings);

/// OpenAI's BPE merges in our own cache, for models that bring no vocabulary; no network.
std::optional<std::filesystem::path> vocabulary_from_cache(const HubSettings& settings);
/// The same, fetched if need be.   throws as resolve_model
std::filesystem::path fetch_vocabulary(const HubSettings& settings, const TransferHooks& hooks = {},
                                       bool refresh = false);

/// Whether a model folder holds a vocabulary of its own.
bool has_vocabulary(const std::filesystem::path& model);

/// CLIP repositories in the hub's cache that the table does not name, whoever fetched them.
std::vector<std::string> other_cached_repos(const HubSettings& settings);

/// Reads everything again that is cached of one model (empty: of all of them, and the vocabulary).
///   cost  all its bytes
std::vector<BadFile> verify_model(const ModelSpec& spec, const HubSettings& settings,
                                  const TransferHooks& hooks = {});
std::vector<BadFile> verify_vocabulary(const HubSettings& settings);

/// Fetches one file of known sha256; what plain addresses go through.
void fetch_file_at(const std::string& url, std::string_view sha256,
                   const std::filesystem::path& target, const HubSettings& settings,
                   const TransferHooks& hooks, bool refresh = false);

}  // namespace clipguide::weights
