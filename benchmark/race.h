#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "benchmark/models.h"

/// Times one setting, all contestants in turns.
namespace clipguide::bench {

struct Setting {
  int views = 32, canvas_px = 224, threads = 1;
};

struct Contest {
  std::filesystem::path program;      ///< this one, for our own sides
  std::filesystem::path packed;       ///< where our side keeps its packed weights
  std::filesystem::path peer_script;  ///< benchmark/peer_step.py
  std::string peer_python;            ///< an interpreter with torch; empty: no peers
  int repeats = 5;
  double patience_s = 60;       ///< a side that has stepped for longer than this steps no more
  double limit_s = 300;         ///< a side whose first step takes longer than this is left out
  double memory_gib = 0;        ///< what all sides together may take
  bool processor_time = false;  ///< steps in processor time instead of the clock's
  std::string kernels = "auto", precision = "auto";  ///< of our image tower
  std::function<void(const std::string&)> remark;
};

struct Result {
  double s_per_step = 0;  ///< median
  double rss_gib = 0;     ///< peak
  double startup_s = 0;   ///< from the process's start to the end of its first step
};

struct Race {
  Result ours;
  std::optional<Result> reference, python_fp32, python_bf16;  ///< none: left out, see the remark
};

/// Lets our side pack a model's weights, as its first run does.
///   throws  IoError when it fails
void pack(const Contest& contest, const Model& model);

/// Starts the sides that fit into memory together, then lets them step in turns.
///   throws  IoError when our own side fails
Race race(const Contest& contest, const Model& model, const Setting& setting, bool with_peers);

/// The remark's reason, or nothing: whether this interpreter has torch.
std::string why_not_a_peer(const std::string& python);

}  // namespace clipguide::bench
