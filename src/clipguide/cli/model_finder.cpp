#include "clipguide/cli/model_finder.h"

#include "clipguide/base/error.h"
#include "clipguide/cli/flag_table.h"
#include "clipguide/cli/hub_environment.h"
#include "clipguide/cli/interrupt.h"
#include "clipguide/cli/progress.h"

namespace clipguide::cli {
namespace {

namespace fs = std::filesystem;
using base::UsageError;

bool is_built_in(const std::string& name) { return name == kDefaultModel || name == kJudgeModel; }

/// Where such a model lies: PREFIX/share for an installed program, the source tree for one in
/// build/<preset>/bin.
fs::path built_in_folder(const std::string& name) {
  std::error_code ignored;
  const fs::path bin = fs::read_symlink("/proc/self/exe", ignored).parent_path();
  for (const char* way : {"../share/clipguide/models", "../../../models", "../../models"}) {
    const fs::path folder = (bin / way / name).lexically_normal();
    if (fs::is_directory(folder, ignored)) return folder;
  }
  return {};
}

weights::HubSettings hub_settings(bool offline) {
  weights::HubSettings settings = hub_settings_from_environment();
  settings.offline |= offline;
  return settings;
}

weights::TransferHooks transfer_hooks(Terminal& terminal) {
  weights::TransferHooks hooks;
  hooks.log = terminal.log_sink();
  hooks.should_stop = [] { return InterruptWatch::requested(); };
  if (terminal.is_terminal())
    hooks.progress = [&terminal](const weights::TransferProgress& progress) {
      constexpr double kMegabyte = 1e6;
      terminal.redraw(fmt::format("{}  {:.0f} of {:.0f} MB", progress.file,
                                  double(progress.done_bytes) / kMegabyte,
                                  double(progress.total_bytes) / kMegabyte));
    };
  return hooks;
}

}  // namespace

fs::path ModelFinder::find(const std::string& name) const {
  if (is_built_in(name) && !fs::exists(name)) {
    const fs::path folder = built_in_folder(name);
    if (!folder.empty()) return folder;
    throw UsageError(
        fmt::format("the model {0} is not here: expected models/{0} beside the program", name),
        "give one with -m: a path, org/name on the hub, or a name from "
        "'clipguide models list'");
  }
  const fs::path found =
      weights::resolve_model(name, hub_settings(offline_), transfer_hooks(terminal_));
  terminal_.finish_line();
  return found;
}

fs::path ModelFinder::find_autoencoder(const std::string& name,
                                       weights::AutoencoderHalf half) const {
  const fs::path found =
      weights::resolve_autoencoder(name, half, hub_settings(offline_), transfer_hooks(terminal_));
  terminal_.finish_line();
  return found;
}

fs::path ModelFinder::built_in(const std::string& name) const {
  return is_built_in(name) && !fs::exists(name) ? built_in_folder(name) : fs::path();
}

fs::path ModelFinder::cached_vocabulary() const {
  return weights::vocabulary_from_cache(hub_settings(offline_)).value_or(fs::path());
}

void add_model_flags(CLI::App& verb, ModelFlags& flags) {
  add_text(verb, "model", flags.model);
  add_text(verb, "vocab", flags.vocabulary);
  add_flag(verb, "allow-non-finite-weights", flags.allow_non_finite);
  add_flag(verb, "offline", flags.offline);
}

std::shared_ptr<const clip::ClipModel> load_model(const ModelFlags& flags, torch::Device device,
                                                  Terminal& terminal) {
  const ModelFinder finder(terminal, flags.offline);
  const fs::path path = finder.find(flags.model.empty() ? kDefaultModel : flags.model);
  clip::LoadOptions options;
  options.device = device;
  options.allow_non_finite = flags.allow_non_finite;
  options.log = terminal.log_sink();
  options.vocabulary = flags.vocabulary;
  if (flags.vocabulary.empty() && clip::Tokenizer::find_beside(path).empty())
    options.vocabulary = finder.cached_vocabulary();
  return clip::load_clip(path, options);
}

fs::path find_vocabulary(const ModelFlags& flags, Terminal& terminal) {
  if (!flags.vocabulary.empty()) return flags.vocabulary;
  const ModelFinder finder(terminal, flags.offline);
  fs::path found =
      clip::Tokenizer::find_beside(finder.find(flags.model.empty() ? kDefaultModel : flags.model));
  if (found.empty()) found = finder.cached_vocabulary();
  if (found.empty())
    throw UsageError("no vocabulary beside the model and none in the cache",
                     "give one with --vocab, or fetch it with 'clipguide models pull'");
  return found;
}

}  // namespace clipguide::cli
