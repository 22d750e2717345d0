#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "benchmark/peak.h"
#include "benchmark/race.h"

/// What the benchmark has found, as JSON and as tables.
namespace clipguide::bench {

struct Row {
  std::string model;
  Setting setting;
  Work work;  ///< one view
  Race race;
};

struct Report {
  std::string processor;
  std::vector<Peak> peaks;
  std::vector<Row> rows;
  std::vector<Row> by_views, by_canvas, by_threads;  ///< scaling: our side alone
  std::vector<std::string> remarks;
};

/// One object. `rows` hold `model`, `views`, `canvas`, `threads`, `s_per_step`,
/// `ratio_python_fp32`, `ratio_bf16`, `ratio_reference` (their time by ours; null: not measured),
/// `tflops`, `peak_share`, `rss_gib`, `startup_s`, and the rivals' own numbers.
nlohmann::json to_json(const Report& report);

std::string to_text(const Report& report);

}  // namespace clipguide::bench
