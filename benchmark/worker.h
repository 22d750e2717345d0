#pragma once

#include <filesystem>

namespace clipguide::bench {

struct WorkerOptions {
  std::filesystem::path model;
  int views = 32;
  int canvas_px = 224;     ///< side of the finished picture; the views' margin comes on top
  int threads = 0;         ///< 0: libtorch's choice
  bool reference = false;  ///< views by libtorch's operators instead of the kernels
};

/// Our own contestant: the guide's loop as a run has it, with the pyramid canvas, the `das` views
/// and Adam. Speaks the protocol of benchmark/side.h on standard input and output.
int run_worker(const WorkerOptions& options);

}  // namespace clipguide::bench
