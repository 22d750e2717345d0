#include "clipguide/weights/model_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "clipguide/base/file.h"
#include "clipguide/weights/download.h"
#include "clipguide/weights/hub.h"
#include "clipguide/weights/model_files.h"

namespace clipguide::weights {
namespace {

namespace fs = std::filesystem;

bool is_there(const fs::path& path) {
  std::error_code failure;
  return fs::exists(path, failure);
}

// "./x", "/x", "x.pt": nobody means a repository by these.
bool looks_like_path(std::string_view text) {
  return text.starts_with('/') || text.starts_with("./") || text.starts_with("../") ||
         text.ends_with(".pt") || text.ends_with(".pth") || text.ends_with(".bin") ||
         text.ends_with(".safetensors");
}

fs::path own_file(const HubSettings& settings, std::string_view file) {
  if (settings.own_cache.empty())
    throw base::UsageError("no folder for the cache", "set HOME or XDG_CACHE_HOME");
  return settings.own_cache / file;
}

fs::path known_file(const HubSettings& settings, const KnownModel& model) {
  return own_file(settings, "openai/" + std::string(model.file));
}

bool is_clip_config(const fs::path& config) {
  try {
    const auto json =
        nlohmann::json::parse(base::read_file(config, 1 << 20), nullptr, /*exceptions=*/false);
    return json.is_object() && json.value("model_type", nlohmann::json()) == "clip";
  } catch (const base::Error&) {
    return false;
  }
}

fs::path fetch_known_file(const KnownModel& model, const HubSettings& settings,
                          const TransferHooks& hooks, bool refresh) {
  const fs::path target = known_file(settings, model);
  fetch_file_at(model.url(), model.sha256, target, settings, hooks, refresh);
  return target;
}

// The vocabulary is a help here: without it the model still came.
void try_vocabulary(const fs::path& model, const HubSettings& settings,
                    const TransferHooks& hooks) {
  if (has_vocabulary(model) || vocabulary_from_cache(settings)) return;
  try {
    fetch_vocabulary(settings, hooks);
  } catch (const base::Interrupted&) {
    throw;
  } catch (const base::Error& error) {
    base::log(hooks.log, base::LogLevel::warning, error.what());
  }
}

// A repository that the hub does not know may be a mistyped name.
template <class Action>
fs::path with_suggestion(std::string_view text, const Action& action) {
  try {
    return action();
  } catch (const TransferError& error) {
    const std::string_view nearest = nearest_known_model(text);
    if (nearest.empty() || (error.status() != 401 && error.status() != 404)) throw;
    throw base::NetworkError(error.what(),
                             fmt::format("{}; did you mean {}?", error.hint(), nearest));
  }
}

}  // namespace

std::string ModelSpec::shown_name() const {
  if (known) return std::string(known->name);
  return path.empty() ? repo : path.string();
}

ModelSpec parse_model_spec(std::string_view text) {
  ModelSpec spec;
  if (text.find('\0') != std::string_view::npos || text.empty())
    throw base::UsageError("model: expected a name, org/name or a path, got none");

  // A path.
  if (looks_like_path(text) || is_there(text)) {
    spec.path = text;
    return spec;
  }

  // A known name; "ViT-L/14@336px" is one as it stands.
  std::string_view name = text;
  spec.known = find_known_model(name);
  if (const auto at = text.find('@'); !spec.known && at != std::string_view::npos) {
    name = text.substr(0, at);
    spec.revision = text.substr(at + 1);
    check_revision(spec.revision);
    spec.known = find_known_model(name);
    if (spec.known && spec.known->repo.empty())
      base::throw_error<base::UsageError>("{}: expected no revision, got '{}'", name,
                                          spec.revision);
  }
  if (spec.known) {
    spec.repo = spec.known->repo;
    return spec;
  }

  // A repository.
  if (name.find('/') == std::string_view::npos) {
    const std::string_view nearest = nearest_known_model(name);
    throw base::UsageError(
        fmt::format("model: expected a known name, org/name or a path, got '{}'", text),
        nearest.empty() ? "see `clipguide models list`" : fmt::format("did you mean {}?", nearest));
  }
  check_repo_name(name);
  spec.repo = name;
  return spec;
}

void fetch_file_at(const std::string& url, std::string_view sha256, const fs::path& target,
                   const HubSettings& settings, const TransferHooks& hooks, bool refresh) {
  if (settings.offline) {
    if (is_there(target)) return;
    throw base::NetworkError(fmt::format("offline, and {} is not in the cache ({})",
                                         target.filename().string(), target.parent_path().string()),
                             "unset HF_HUB_OFFLINE, or copy the file there from another machine");
  }
  HttpClient client(settings, hooks);
  fs::path lock = target;
  lock += ".lock";
  download({.url = url,
            .token = {},
            .target = target,
            .lock = lock,
            .label = target.filename().string(),
            .checksum = Checksum{Checksum::Kind::sha256, std::string(sha256)},
            .size_bytes = std::nullopt,
            .from_hub = false,
            .rehash_existing = refresh},
           client);
}

std::optional<fs::path> cached_model(const ModelSpec& spec, const HubSettings& settings) {
  if (!spec.path.empty()) return is_there(spec.path) ? std::optional(spec.path) : std::nullopt;
  if (!spec.repo.empty()) return Hub(settings, {}).cached_model(spec.repo, spec.revision);
  const fs::path file = known_file(settings, *spec.known);
  return is_there(file) ? std::optional(file) : std::nullopt;
}

fs::path resolve_model(std::string_view text, const HubSettings& settings,
                       const TransferHooks& hooks) {
  const ModelSpec spec = parse_model_spec(text);
  const bool cached = cached_model(spec, settings).has_value();
  if (!spec.path.empty()) {
    if (cached) return spec.path;
    base::throw_error<base::IoError>("{}: expected a model file or folder, got nothing there",
                                     spec.path.string());
  }
  const fs::path model = with_suggestion(text, [&] {
    return spec.repo.empty() ? fetch_known_file(*spec.known, settings, hooks, false)
                             : Hub(settings, hooks).fetch_model(spec.repo, spec.revision);
  });
  if (!cached) try_vocabulary(model, settings, hooks);
  return model;
}

fs::path resolve_autoencoder(std::string_view text, AutoencoderHalf half,
                             const HubSettings& settings, const TransferHooks& hooks) {
  const std::string_view name = half == AutoencoderHalf::decoder ? "decoder" : "encoder";
  if (!names_repository(text)) {
    if (is_there(text)) return text;
    base::throw_error<base::IoError>("{}: expected a file, org/name or a known name, got '{}'",
                                     name, text);
  }
  const ModelSpec spec = parse_model_spec(text);
  if (spec.repo.empty())
    base::throw_error<base::UsageError>("{}: expected a tiny autoencoder, got the CLIP model {}",
                                        name, text);
  // As diffusers names it, then as its author does: taesd_decoder.safetensors.
  const std::string stem = spec.repo.substr(spec.repo.find('/') + 1);
  const std::array<std::string, 4> files = {
      std::string(kAutoencoderWeights), fmt::format("{}_{}.safetensors", stem, name),
      fmt::format("{}_{}.pth", stem, name), fmt::format("{}.safetensors", stem)};
  return with_suggestion(
      text, [&] { return Hub(settings, hooks).fetch_first_of(spec.repo, spec.revision, files); });
}

bool names_repository(std::string_view text) {
  try {
    return parse_model_spec(text).path.empty();
  } catch (const base::UsageError&) {
    return false;
  }
}

fs::path pull_model(std::string_view text, const HubSettings& settings,
                    const TransferHooks& hooks) {
  const ModelSpec spec = parse_model_spec(text);
  if (!spec.path.empty())
    throw base::UsageError(
        fmt::format("expected a known name or org/name to download, got the path {}", text));
  const fs::path model = with_suggestion(text, [&] {
    return spec.repo.empty() ? fetch_known_file(*spec.known, settings, hooks, true)
                             : Hub(settings, hooks).fetch_model(spec.repo, spec.revision, true);
  });
  if (is_there(model / kAutoencoderWeights)) return model;  // it reads no words
  if (settings.offline)
    try_vocabulary(model, settings, hooks);
  else if (!has_vocabulary(model))
    fetch_vocabulary(settings, hooks, true);
  return model;
}

std::optional<fs::path> vocabulary_from_cache(const HubSettings& settings) {
  if (settings.own_cache.empty()) return std::nullopt;
  const fs::path file = settings.own_cache / kVocabularyFile;
  return is_there(file) ? std::optional(file) : std::nullopt;
}

fs::path fetch_vocabulary(const HubSettings& settings, const TransferHooks& hooks, bool refresh) {
  const fs::path target = own_file(settings, kVocabularyFile);
  fetch_file_at(std::string(kVocabularyUrl), kVocabularySha256, target, settings, hooks, refresh);
  return target;
}

bool has_vocabulary(const fs::path& model) {
  return is_there(model / "tokenizer.json") || is_there(model / kVocabularyFile) ||
         (is_there(model / "vocab.json") && is_there(model / "merges.txt"));
}

std::vector<std::string> other_cached_repos(const HubSettings& settings) {
  std::vector<std::string> others;
  if (settings.hub_cache.empty()) return others;
  const Hub hub(settings, {});
  for (const std::string& repo : hub.cache().repos()) {
    if (find_known_model(repo)) continue;
    const auto folder = hub.cached_model(repo);
    if (folder &&
        (is_there(*folder / "open_clip_config.json") || is_clip_config(*folder / "config.json")))
      others.push_back(repo);
  }
  return others;
}

std::vector<BadFile> verify_model(const ModelSpec& spec, const HubSettings& settings,
                                  const TransferHooks& hooks) {
  const std::string name = spec.shown_name();
  const auto watch = [&](std::uint64_t done_bytes) {
    check_stop(hooks);
    if (hooks.progress) hooks.progress({name, done_bytes, 0});
  };
  if (!spec.repo.empty()) return HubCache(settings.hub_cache).verify(spec.repo, watch);
  if (!spec.known) return {};
  const fs::path file = known_file(settings, *spec.known);
  const std::string digest = digest_file(file, Checksum::Kind::sha256, watch);
  if (digest == spec.known->sha256) return {};
  return {{file, fmt::format("expected sha256 {}, got {}", spec.known->sha256, digest)}};
}

std::vector<BadFile> verify_vocabulary(const HubSettings& settings) {
  const auto file = vocabulary_from_cache(settings);
  if (!file) return {};
  const std::string digest = digest_file(*file, Checksum::Kind::sha256);
  if (digest == kVocabularySha256) return {};
  return {{*file, fmt::format("expected sha256 {}, got {}", kVocabularySha256, digest)}};
}

}  // namespace clipguide::weights
