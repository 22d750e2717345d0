#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "clipguide/base/log.h"

/// Trains the generator of forms (canvas/form_generator.h) on the world's pictograms. Like a
/// model's training it lives in a folder: run.json, checkpoint.pt and curves.csv.
namespace clipguide::training {

/// Everything that the result follows from; the keys of run.json.
struct FormConfig {
  std::uint64_t seed = 1;
  int steps = 2400;
  int batch = 64;
  double learning_rate = 2e-3;       ///< falls to nothing along a cosine
  double code_learning_rate = 5e-3;  ///< likewise
  double code_noise = 0.1;  ///< added to a code while learning, so that near codes draw near forms;
                            ///< codes have about unit deviation
};

/// throws  FormatError naming an unknown key or a bad value
FormConfig read_form_config(const std::string& json, const std::string& source);

struct FormTrainOptions {
  std::filesystem::path folder;
  std::filesystem::path config;  ///< a run's JSON; empty: the folder's own run.json
  double most_seconds = 0;       ///< stop after so long and keep the state; 0: until done
  std::string device = "auto";
  bool (*stop)() = nullptr;  ///< asked before each step
  base::LogSink log;
};

/// Starts a run or goes on with it.
///   returns  true when the run's last step was done.   throws  UsageError, IoError, FormatError
bool train_forms(const FormTrainOptions& options);

/// Writes the generator in half precision with the catalogue's codes, and with what the model of
/// the folder `model` sees in each.   throws  IoError, FormatError
///   from  a run's folder, or a file that was written before: for another model
void export_forms(const std::filesystem::path& from, const std::filesystem::path& model,
                  const std::filesystem::path& out);

/// A sheet of `count` forms of the run's catalogue, evenly spread, above what they were learned
/// from.
void show_forms(const std::filesystem::path& run, int count, const std::filesystem::path& out);

}  // namespace clipguide::training
