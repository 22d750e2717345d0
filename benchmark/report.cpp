#include "benchmark/report.h"

#include <fmt/format.h>

#include <iterator>

namespace clipguide::bench {
namespace {

using nlohmann::json;

double tflops(const Row& row) {
  return row.work.gflop() * row.setting.views / row.race.ours.s_per_step * 1e-3;
}

json ratio(const Row& row, const std::optional<Result>& rival) {
  return rival ? json(rival->s_per_step / row.race.ours.s_per_step) : json();
}

json numbers(const std::optional<Result>& rival) {
  if (!rival) return {};
  return {{"s_per_step", rival->s_per_step},
          {"rss_gib", rival->rss_gib},
          {"startup_s", rival->startup_s}};
}

json row_json(const Row& row, double peak_tflops) {
  return {{"model", row.model},
          {"views", row.setting.views},
          {"canvas", row.setting.canvas_px},
          {"threads", row.setting.threads},
          {"s_per_step", row.race.ours.s_per_step},
          {"ratio_python_fp32", ratio(row, row.race.python_fp32)},
          {"ratio_bf16", ratio(row, row.race.python_bf16)},
          {"ratio_reference", ratio(row, row.race.reference)},
          {"tflops", tflops(row)},
          {"peak_share", tflops(row) / peak_tflops},
          {"rss_gib", row.race.ours.rss_gib},
          {"startup_s", row.race.ours.startup_s},
          {"python_fp32", numbers(row.race.python_fp32)},
          {"python_bf16", numbers(row.race.python_bf16)},
          {"reference", numbers(row.race.reference)}};
}

json rows_json(const std::vector<Row>& rows, double peak_tflops) {
  json all = json::array();
  for (const Row& row : rows) all.push_back(row_json(row, peak_tflops));
  return all;
}

std::string ratio_text(const Row& row, const std::optional<Result>& rival) {
  return rival ? fmt::format("{:.2f}x", rival->s_per_step / row.race.ours.s_per_step) : "-";
}

std::string rss_text(const std::optional<Result>& rival) {
  return rival ? fmt::format("{:.2f}", rival->rss_gib) : "-";
}

void add_table(std::string& text, const char* title, const std::vector<Row>& rows,
               double peak_tflops) {
  if (rows.empty()) return;
  auto out = std::back_inserter(text);
  fmt::format_to(
      out, "\n{}\n{:<10} {:>5} {:>6} {:>7} {:>8} {:>9} {:>9} {:>9} {:>7} {:>6} {:>6} {:>8} {:>7}\n",
      title, "model", "views", "canvas", "threads", "s/step", "py fp32", "py bf16", "libtorch",
      "TFLOP/s", "peak", "GiB", "py GiB", "start s");
  for (const Row& row : rows)
    fmt::format_to(
        out,
        "{:<10} {:>5} {:>6} {:>7} {:>8.3f} {:>9} {:>9} {:>9} {:>7.3f} {:>5.1f}% {:>6.2f} "
        "{:>8} {:>7.2f}\n",
        row.model, row.setting.views, row.setting.canvas_px, row.setting.threads,
        row.race.ours.s_per_step, ratio_text(row, row.race.python_fp32),
        ratio_text(row, row.race.python_bf16), ratio_text(row, row.race.reference), tflops(row),
        100 * tflops(row) / peak_tflops, row.race.ours.rss_gib, rss_text(row.race.python_fp32),
        row.race.ours.startup_s);
}

}  // namespace

json to_json(const Report& report) {
  const double peak_tflops = highest(report.peaks);
  json peaks = json::array();
  for (const Peak& peak : report.peaks)
    peaks.push_back({{"name", peak.name}, {"tflops", peak.tflops}});
  return {{"processor", report.processor},
          {"peaks", peaks},
          {"weights", "random, but for the default model's"},
          {"rows", rows_json(report.rows, peak_tflops)},
          {"scaling",
           {{"views", rows_json(report.by_views, peak_tflops)},
            {"canvas", rows_json(report.by_canvas, peak_tflops)},
            {"threads", rows_json(report.by_threads, peak_tflops)}}},
          {"remarks", report.remarks}};
}

std::string to_text(const Report& report) {
  const double peak_tflops = highest(report.peaks);
  std::string text = report.processor;
  for (const Peak& peak : report.peaks)
    text += fmt::format(", {} {:.2f} TFLOP/s", peak.name, peak.tflops);
  text +=
      "\nRandom weights, but for the default model's. Ratios: their time by ours, above 1 we are "
      "faster.\n";
  add_table(text, "One step", report.rows, peak_tflops);
  add_table(text, "By views", report.by_views, peak_tflops);
  add_table(text, "By canvas", report.by_canvas, peak_tflops);
  add_table(text, "By threads", report.by_threads, peak_tflops);
  for (const std::string& remark : report.remarks) text += fmt::format("\n{}", remark);
  return text + "\n";
}

}  // namespace clipguide::bench
