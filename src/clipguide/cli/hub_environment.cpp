#include "clipguide/cli/hub_environment.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"
#include "clipguide/base/trim.h"

namespace clipguide::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kTokenLimitBytes = 1 << 16;

bool is_true(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return char(std::tolower(c)); });
  return text == "1" || text == "true" || text == "yes" || text == "on";
}

class Environment {
 public:
  explicit Environment(const EnvironmentLookup& lookup) : lookup_(lookup) {}

  std::optional<std::string> text(const char* name) const {
    auto value = lookup_(name);
    return value && !value->empty() ? value : std::nullopt;
  }

  // A folder or file; "~/x" is below HOME, as Python reads it.
  std::optional<fs::path> path(const char* name) const {
    const auto value = text(name);
    if (!value) return std::nullopt;
    if (value->starts_with("~/") && text("HOME")) return fs::path(*text("HOME")) / value->substr(2);
    return fs::path(*value);
  }

  fs::path cache_home() const {
    if (const auto xdg = path("XDG_CACHE_HOME")) return *xdg;
    const auto home = path("HOME");
    return home ? *home / ".cache" : fs::path();
  }

  fs::path hugging_face_home() const {
    if (const auto home = path("HF_HOME")) return *home;
    return below(cache_home(), "huggingface");
  }

  static fs::path below(const fs::path& folder, const char* name) {
    return folder.empty() ? fs::path() : folder / name;
  }

 private:
  const EnvironmentLookup& lookup_;
};

std::string token_from(const Environment& environment) {
  for (const char* name : {"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"})
    if (const auto token = environment.text(name)) return std::string(base::trimmed(*token));
  const auto named = environment.path("HF_TOKEN_PATH");
  const fs::path file =
      named ? *named : Environment::below(environment.hugging_face_home(), "token");
  std::error_code failure;
  if (file.empty() || !fs::is_regular_file(file, failure)) return {};
  return std::string(base::trimmed(base::read_file(file, kTokenLimitBytes)));
}

}  // namespace

weights::HubSettings hub_settings_from(const EnvironmentLookup& lookup) {
  const Environment environment(lookup);
  weights::HubSettings settings;
  settings.own_cache = Environment::below(environment.cache_home(), "clipguide");
  settings.hub_cache = Environment::below(environment.hugging_face_home(), "hub");
  for (const char* name : {"HUGGINGFACE_HUB_CACHE", "HF_HUB_CACHE"})  // the last one wins
    if (const auto folder = environment.path(name)) settings.hub_cache = *folder;
  if (const auto endpoint = environment.text("HF_ENDPOINT"))
    settings.endpoint = base::trimmed(*endpoint);
  if (const auto offline = environment.text("HF_HUB_OFFLINE")) settings.offline = is_true(*offline);
  settings.token = token_from(environment);
  return settings;
}

weights::HubSettings hub_settings_from_environment() {
  return hub_settings_from([](const char* name) -> std::optional<std::string> {
    const char* value = std::getenv(name);
    return value ? std::optional<std::string>(value) : std::nullopt;
  });
}

}  // namespace clipguide::cli
