#pragma once

#include <filesystem>
#include <string>

namespace clipguide::bench {

struct WorkerOptions {
  std::filesystem::path model;
  int views = 32;
  int canvas_px = 224;           ///< side of the finished picture; the views' margin comes on top
  int threads = 0;               ///< 0: libtorch's choice
  bool reference = false;        ///< libtorch's operators and module instead of our kernels
  std::string kernels = "auto";  ///< of the image tower, as the run's options name them
  std::string precision = "auto";
  std::filesystem::path packed;  ///< where packed weights are kept; empty: nowhere
  bool processor_time = false;   ///< seconds of the processor instead of the clock's
  std::string preset;            ///< of the model's card: its canvas, views, terms and optimizer
};

/// Our own contestant: the guide's loop as a run has it, with the pyramid canvas, the `das` views
/// and Adam unless a preset says otherwise. Speaks the protocol of benchmark/side.h on standard
/// input and output.
int run_worker(const WorkerOptions& options);

}  // namespace clipguide::bench
