#include "clipguide/cli/models_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "clipguide/base/error.h"
#include "clipguide/cli/hub_environment.h"
#include "clipguide/weights/model_store.h"

namespace clipguide::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using weights::HubSettings;
using weights::ModelSpec;
using weights::TransferHooks;
using weights::TransferProgress;

constexpr double kBytesPerMb = 1e6;

struct Arguments {
  std::string name;
  bool as_json = false;
  std::function<bool()> should_stop;
};

// Bytes so far, on stderr: a line that is rewritten on a terminal, one line a file elsewhere.
class ProgressLine {
 public:
  explicit ProgressLine(bool on_terminal) : on_terminal_(on_terminal) {}
  ~ProgressLine() { end_line(); }

  void show(const TransferProgress& progress) {
    if (progress.file != file_) start(progress);
    const auto now = Clock::now();
    const bool done = progress.total_bytes > 0 && progress.done_bytes == progress.total_bytes;
    if (!on_terminal_ || (!done && now - shown_ < std::chrono::milliseconds(100))) return;
    shown_ = now;
    const double seconds = std::chrono::duration<double>(now - started_).count();
    const double mb_per_s =
        double(progress.done_bytes - first_bytes_) / kBytesPerMb / std::max(seconds, 0.1);
    fmt::print(stderr, "\r\x1b[K{}  {}{:.0f} MB  {:.1f} MB/s", file_, percent(progress),
               double(progress.done_bytes) / kBytesPerMb, mb_per_s);
    open_ = true;
  }

  void end_line() {
    if (std::exchange(open_, false)) fmt::print(stderr, "\n");
  }

 private:
  using Clock = std::chrono::steady_clock;

  void start(const TransferProgress& progress) {
    end_line();
    file_ = progress.file;
    started_ = Clock::now();
    first_bytes_ = progress.done_bytes;
    if (on_terminal_) return;
    if (progress.total_bytes > 0)
      fmt::print(stderr, "{}  {:.1f} MB\n", file_, double(progress.total_bytes) / kBytesPerMb);
    else
      fmt::print(stderr, "{}\n", file_);
  }

  static std::string percent(const TransferProgress& progress) {
    if (progress.total_bytes == 0) return {};
    return fmt::format("{:3.0f}%  ",
                       100 * double(progress.done_bytes) / double(progress.total_bytes));
  }

  bool on_terminal_;
  bool open_ = false;
  std::string file_;
  Clock::time_point started_, shown_;
  std::uint64_t first_bytes_ = 0;
};

TransferHooks hooks_for(const Arguments& arguments) {
  const auto line = std::make_shared<ProgressLine>(::isatty(STDERR_FILENO) == 1);
  TransferHooks hooks;
  hooks.progress = [line](const TransferProgress& progress) { line->show(progress); };
  hooks.should_stop = arguments.should_stop;
  hooks.log = [line](base::LogLevel level, std::string_view text) {
    if (level == base::LogLevel::debug) return;
    line->end_line();
    fmt::print(stderr, "{}{}\n", level == base::LogLevel::warning ? "warning: " : "", text);
  };
  return hooks;
}

std::string source_of(const ModelSpec& spec) {
  return spec.repo.empty() && spec.known ? spec.known->url() : spec.repo;
}

json described(const ModelSpec& spec, const HubSettings& settings) {
  json model = {{"name", spec.shown_name()}, {"source", source_of(spec)}};
  if (spec.known) {
    model["size_mb"] = spec.known->size_mb;
    model["licence"] = spec.known->licence;
    model["note"] = spec.known->note;
    if (!spec.known->sha256.empty()) model["sha256"] = spec.known->sha256;
  }
  const auto path = weights::cached_model(spec, settings);
  model["cached"] = path.has_value();
  model["path"] = path ? json(path->string()) : json();
  return model;
}

std::vector<ModelSpec> all_models(const HubSettings& settings) {
  std::vector<ModelSpec> specs;
  for (const weights::KnownModel& known : weights::known_models())
    specs.push_back({.path = {}, .known = &known, .repo = std::string(known.repo)});
  for (const std::string& repo : weights::other_cached_repos(settings))
    specs.push_back({.path = {}, .known = nullptr, .repo = repo});
  return specs;
}

int list(const Arguments& arguments) {
  const HubSettings settings = hub_settings_from_environment();
  json models = json::array();
  for (const ModelSpec& spec : all_models(settings)) models.push_back(described(spec, settings));
  if (arguments.as_json) {
    fmt::print("{}\n", models.dump());
    return 0;
  }
  std::size_t width = 0;
  for (const json& model : models)
    width = std::max(width, model["name"].get_ref<const std::string&>().size());
  fmt::print("{:<{}}  {:<6}  {:>8}  {:<15}  {}\n", "name", width, "cached", "size", "licence",
             "about");
  for (const json& model : models) {
    const unsigned size_mb = model.value("size_mb", 0u);
    fmt::print("{:<{}}  {:<6}  {:>8}  {:<15}  {}\n", model["name"].get<std::string>(), width,
               model["cached"].get<bool>() ? "yes" : "-",
               size_mb > 0 ? fmt::format("{} MB", size_mb) : "", model.value("licence", ""),
               model.value("note", "from the hub"));
  }
  fmt::print("\nAny other CLIP repository: clipguide models pull org/name[@revision]\n");
  return 0;
}

int pull(const Arguments& arguments) {
  const HubSettings settings = hub_settings_from_environment();
  const TransferHooks hooks = hooks_for(arguments);
  const fs::path model = weights::pull_model(arguments.name, settings, hooks);
  if (!arguments.as_json) {
    fmt::print("{}\n", model.string());
    return 0;
  }
  const auto vocabulary = weights::has_vocabulary(model) ? std::optional(model)
                                                         : weights::vocabulary_from_cache(settings);
  const json result = {{"name", arguments.name},
                       {"path", model.string()},
                       {"vocabulary", vocabulary ? json(vocabulary->string()) : json()}};
  fmt::print("{}\n", result.dump());
  return 0;
}

json files_of(const fs::path& model) {
  json files = json::array();
  std::error_code failure;
  if (fs::is_regular_file(model, failure))
    return {{{"file", model.filename().string()}, {"bytes", fs::file_size(model)}}};
  std::vector<fs::path> found;
  for (const auto& entry : fs::recursive_directory_iterator(model, failure))
    if (entry.is_regular_file(failure)) found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  for (const fs::path& file : found)
    files.push_back(
        {{"file", file.lexically_relative(model).string()}, {"bytes", fs::file_size(file)}});
  return files;
}

int show(const Arguments& arguments) {
  const HubSettings settings = hub_settings_from_environment();
  json model = described(weights::parse_model_spec(arguments.name), settings);
  model["files"] = model["cached"] ? files_of(model["path"].get<std::string>()) : json::array();
  if (arguments.as_json) {
    fmt::print("{}\n", model.dump());
    return 0;
  }
  for (const char* key : {"name", "source", "licence", "note", "sha256"})
    if (model.contains(key)) fmt::print("{:<8} {}\n", key, model[key].get<std::string>());
  if (model.contains("size_mb")) fmt::print("{:<8} about {} MB\n", "size", model["size_mb"].dump());
  fmt::print("{:<8} {}\n", "cached",
             model["cached"] ? model["path"].get<std::string>()
                             : "no; clipguide models pull " + arguments.name);
  for (const json& file : model["files"])
    fmt::print("{:<8} {} ({} bytes)\n", "", file["file"].get<std::string>(), file["bytes"].dump());
  return 0;
}

int verify(const Arguments& arguments) {
  const HubSettings settings = hub_settings_from_environment();
  const TransferHooks hooks = hooks_for(arguments);
  std::vector<ModelSpec> specs;
  if (arguments.name.empty())
    specs = all_models(settings);
  else
    specs.push_back(weights::parse_model_spec(arguments.name));

  // Read what is there; a model that was asked for by name has to be.
  std::vector<std::string> checked;
  std::vector<weights::BadFile> bad;
  for (const ModelSpec& spec : specs) {
    if (!spec.path.empty())
      throw base::UsageError(fmt::format(
          "verify: expected a known name or org/name, got the path {}", spec.path.string()));
    if (!weights::cached_model(spec, settings)) {
      if (!arguments.name.empty())
        throw base::IoError(
            fmt::format("{}: expected it in the cache, got no copy there", spec.shown_name()),
            "clipguide models pull " + arguments.name);
      continue;
    }
    checked.push_back(spec.shown_name());
    for (auto& file : weights::verify_model(spec, settings, hooks)) bad.push_back(std::move(file));
  }
  if (arguments.name.empty())
    for (auto& file : weights::verify_vocabulary(settings)) bad.push_back(std::move(file));

  // Tell.
  if (arguments.as_json) {
    json problems = json::array();
    for (const auto& file : bad)
      problems.push_back({{"path", file.path.string()}, {"problem", file.problem}});
    fmt::print("{}\n", json{{"checked", checked}, {"bad", problems}}.dump());
  } else {
    for (const auto& file : bad) fmt::print("bad  {}: {}\n", file.path.string(), file.problem);
    fmt::print("{} checked, {} bad\n", checked.size(), bad.size());
    if (!bad.empty()) fmt::print("`clipguide models pull NAME` fetches bad files anew\n");
  }
  return bad.empty() ? 0 : 1;
}

}  // namespace

void add_models_command(CLI::App& parent, std::function<void(std::function<int()>)> set_action,
                        std::function<bool()> should_stop) {
  CLI::App* models = parent.add_subcommand("models", "List, download and check CLIP models");
  models->require_subcommand(1);
  const auto add = [&](const char* verb, const char* help, int (*action)(const Arguments&)) {
    CLI::App* command = models->add_subcommand(verb, help);
    const auto arguments = std::make_shared<Arguments>();
    arguments->should_stop = should_stop;
    command->add_flag("--json", arguments->as_json, "Result as JSON on stdout");
    command->callback([=] { set_action([=] { return action(*arguments); }); });
    return std::pair(command, arguments);
  };
  add("list", "Known models, and which of them are in the cache", &list);
  constexpr const char* kNameHelp = "Known name, or org/name[@revision] on the hub";
  const auto [pull_verb, pull_arguments] =
      add("pull", "Download a model, or check and update it", &pull);
  pull_verb->add_option("NAME", pull_arguments->name, kNameHelp)->required();
  const auto [show_verb, show_arguments] = add("show", "One model: source, licence, files", &show);
  show_verb->add_option("NAME", show_arguments->name, kNameHelp)->required();
  const auto [verify_verb, verify_arguments] =
      add("verify", "Read cached models again and compare their checksums", &verify);
  verify_verb->add_option("NAME", verify_arguments->name, kNameHelp);
}

}  // namespace clipguide::cli
