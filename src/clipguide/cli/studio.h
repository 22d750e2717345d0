#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "clipguide/cli/common_flags.h"
#include "clipguide/cli/flag_table.h"
#include "clipguide/cli/interrupt.h"
#include "clipguide/cli/machine_flags.h"
#include "clipguide/cli/model_finder.h"
#include "clipguide/cli/terminal.h"
#include "clipguide/clip/clip_model.h"
#include "clipguide/guide/run.h"

/// What every verb that makes several pictures needs around it.
namespace clipguide::cli {

struct StudioFlags {
  /// Declares all run options but the `declined` ones, and those of the machine and of remarks.
  StudioFlags(CLI::App& verb, const std::vector<std::string>& declined);

  RunFlags run;
  bool offline = false;
  MachineFlags machine;
  RemarkFlags remarks;
};

/// The terminal, the models and the first interrupt of one such verb, while it runs.
class Studio {
 public:
  explicit Studio(const StudioFlags& flags);

  Terminal& terminal() { return terminal_; }
  const ModelFinder& finder() const { return finder_; }
  bool json() const { return flags_.remarks.json; }
  /// Whether the user asked to stop: finish what can be gone on with, and return 130.
  bool interrupted() const { return InterruptWatch::requested(); }

  /// The options to start from: the preset as the first of the models would have it, then what was
  /// given on the command line; with the default model and judge where none is named.
  ///   models  of a script; empty: those of the command line
  guide::RunOptions options(const std::string& preset,
                            const std::vector<std::string>& models = {}) const;
  /// Applies what was given on the command line over the options of a script.
  void apply_flags(guide::RunOptions& options) const { flags_.run.apply(options); }

  guide::RunContext context();
  std::shared_ptr<const clip::ClipModel> load_judge(const std::string& name);

 private:
  const StudioFlags& flags_;
  InterruptWatch interrupts_;
  Terminal terminal_;
  ModelFinder finder_;
};

}  // namespace clipguide::cli
