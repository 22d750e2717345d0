#include "clipguide/cli/studio.h"

#include "clipguide/cli/preset_flag.h"
#include "clipguide/cli/run_context.h"
#include "clipguide/clip/tokenizer.h"

namespace clipguide::cli {

StudioFlags::StudioFlags(CLI::App& verb, const std::vector<std::string>& declined)
    : run(verb, declined) {
  add_flag(verb, "offline", offline);
  add_machine_flags(verb, machine);
  add_remark_flags(verb, remarks);
}

Studio::Studio(const StudioFlags& flags)
    : flags_(flags), terminal_(flags.remarks.loudness()), finder_(terminal_, flags.offline) {}

guide::RunOptions Studio::options(const std::string& preset,
                                  const std::vector<std::string>& models) const {
  guide::RunOptions given;
  given.models = models;
  flags_.run.apply(given);
  guide::RunOptions options = options_of_preset(preset, given.models, finder_);
  options.models = given.models;
  flags_.run.apply(options);
  if (options.models.empty()) options.models = {kDefaultModel};
  if (options.judge.empty()) options.judge = kJudgeModel;
  return options;
}

guide::RunContext Studio::context() { return run_context(flags_.machine, terminal_, finder_); }

std::shared_ptr<const clip::ClipModel> Studio::load_judge(const std::string& name) {
  clip::LoadOptions load;
  load.device = flags_.machine.prepare();
  load.log = terminal_.log_sink();
  const std::filesystem::path path = finder_.find(name);
  if (clip::Tokenizer::find_beside(path).empty()) load.vocabulary = finder_.cached_vocabulary();
  return clip::load_clip(path, load);
}

}  // namespace clipguide::cli
