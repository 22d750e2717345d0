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
  std::filesystem::path peer_script;  ///< benchmark/peer_step.py
  std::string peer_python;            ///< an interpreter with torch; empty: no peers
  int repeats = 5;
  double patience_s = 60;  ///< a side that has stepped for longer than this steps no more
  double memory_gib = 0;   ///< what all sides together may take
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

/// Starts the sides that fit into memory together, then lets them step in turns.
///   throws  IoError when our own side fails
Race race(const Contest& contest, const Model& model, const Setting& setting, bool with_peers);

/// The remark's reason, or nothing: whether this interpreter has torch.
std::string why_not_a_peer(const std::string& python);

}  // namespace clipguide::bench
