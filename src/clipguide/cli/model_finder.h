#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "clipguide/base/torch.h"
#include "clipguide/cli/terminal.h"
#include "clipguide/clip/clip_model.h"
#include "clipguide/weights/model_store.h"

namespace clipguide::cli {

/// The model that comes with the program.
constexpr const char* kDefaultModel = "pictogram";
/// And the one that judges its pictures.
constexpr const char* kJudgeModel = "judge";

/// From what a user calls a model to its files: the default model beside the program, a local path,
/// the cache, or a download.
class ModelFinder {
 public:
  ModelFinder(Terminal& terminal, bool offline) : terminal_(terminal), offline_(offline) {}

  /// throws  UsageError, IoError, NetworkError with what to do; Interrupted
  std::filesystem::path find(const std::string& name) const;

  /// A file with that half of a tiny autoencoder, by the same names.   throws as find
  std::filesystem::path find_autoencoder(const std::string& name,
                                         weights::AutoencoderHalf half) const;

  /// The folder of a model that comes with the program; empty for any other name, and where it is
  /// not there.
  std::filesystem::path built_in(const std::string& name) const;

  /// A vocabulary from the cache, for models without one; empty when there is none.
  std::filesystem::path cached_vocabulary() const;

 private:
  Terminal& terminal_;
  bool offline_;
};

/// The one model of the verbs that only look: score, embed, gradient.
struct ModelFlags {
  std::string model;
  std::string vocabulary;
  bool allow_non_finite = false;
  bool offline = false;
};
void add_model_flags(CLI::App& verb, ModelFlags& flags);

/// throws  UsageError when no model was named and the default one is not here; as find and
/// load_clip
std::shared_ptr<const clip::ClipModel> load_model(const ModelFlags& flags, torch::Device device,
                                                  Terminal& terminal);

/// The vocabulary: the given file, the one beside the model, or the cached one.
///   throws  UsageError that says where to get one
std::filesystem::path find_vocabulary(const ModelFlags& flags, Terminal& terminal);

}  // namespace clipguide::cli
