#pragma once

#include <filesystem>

#include "clipguide/base/log.h"
#include "clipguide/base/torch.h"
#include "training/run_config.h"

/// Runs a training from its folder, so that a stopped one goes on where it was:
///   run.json                        what it is; copied there at the start
///   bpe_simple_vocab_16e6.txt.gz    learned at the start
///   start.pt                        another run's last state, where this one began with that;
///                                   open_clip_model.safetensors where it began with a model
///   checkpoint.pt                   the last state, replaced whole
///   curves.csv                      a line every few steps
namespace clipguide::training {

struct TrainOptions {
  std::filesystem::path folder;
  std::filesystem::path config;  ///< a run's JSON; empty: the folder's own run.json
  std::filesystem::path from;    ///< a run or model whose weights and vocabulary a new run has
  std::string device = "auto";   ///< "cpu", "cuda", "cuda:1"; auto: CUDA where there is one
  double most_seconds = 0;       ///< stop after so long and keep the state; 0: until done
  std::int64_t most_steps = 0;   ///< in this call; 0: until done
  bool (*stop)() = nullptr;      ///< asked before each step
  base::LogSink log;
};

/// "auto", "cpu", "cuda", "cuda:1".   throws  UsageError
torch::Device device_named(const std::string& name);

/// returns  true when the run's last step was done.   throws  UsageError, IoError, NumericError
bool train(const TrainOptions& options);

/// Writes the model folder that the run's checkpoint stands for.
///   with    a model that the run began with; empty: none
///   share   of the run's weights in their mean with that model's: what a run on fewer kinds of
///           pictures forgot comes back, most of what it learned stays.   Source: Wortsman et al.
///           2022 (arXiv 2109.01903)
///   throws  UsageError for a model with other weights
void export_run(const std::filesystem::path& run, const std::filesystem::path& to,
                const std::filesystem::path& with, double share);

/// The run's configuration, with the vocabulary's size filled in once there is one.
RunConfig load_run(const std::filesystem::path& folder);

/// Learns a vocabulary from so many captions of a world.
std::string learn_vocabulary(const RunConfig& config);

}  // namespace clipguide::training
