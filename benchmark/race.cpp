#include "benchmark/race.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "benchmark/side.h"
#include "clipguide/base/error.h"

namespace clipguide::bench {
namespace {

constexpr double kGib = double(1 << 30);

std::vector<std::string> own_command(const Contest& contest, const Model& model,
                                     const Setting& setting, bool reference) {
  std::vector<std::string> command = {contest.program.string(),
                                      "worker",
                                      model.folder.string(),
                                      "--views",
                                      std::to_string(setting.views),
                                      "--canvas",
                                      std::to_string(setting.canvas_px),
                                      "--threads",
                                      std::to_string(setting.threads)};
  if (contest.processor_time) command.push_back("--processor-time");
  if (reference) {
    command.push_back("--reference");
  } else {
    for (const std::string& more :
         {std::string("--kernels"), contest.kernels, std::string("--precision"), contest.precision,
          std::string("--packed"), contest.packed.string()})
      command.push_back(more);
  }
  return command;
}

std::vector<std::string> peer_command(const Contest& contest, const Model& model,
                                      const Setting& setting, const char* precision) {
  std::vector<std::string> command = {contest.peer_python,
                                      contest.peer_script.string(),
                                      (model.folder / "open_clip_config.json").string(),
                                      "--views",
                                      std::to_string(setting.views),
                                      "--canvas",
                                      std::to_string(setting.canvas_px),
                                      "--threads",
                                      std::to_string(setting.threads),
                                      "--precision",
                                      precision};
  if (contest.processor_time) command.push_back("--processor-time");
  return command;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 ? values[half] : (values[half - 1] + values[half]) / 2;
}

struct Entrant {
  std::unique_ptr<Side> side;
  std::vector<double> steps_s = {};
  double total_s = 0;
};

}  // namespace

void pack(const Contest& contest, const Model& model) {
  const Setting smallest{.views = 1, .canvas_px = 64, .threads = 1};
  Side("clipguide", own_command(contest, model, smallest, false), 1, contest.limit_s).finish();
}

Race race(const Contest& contest, const Model& model, const Setting& setting, bool with_peers) {
  // Weights and graph of a side, and what an interpreter and a library take by themselves.
  const auto need_gib = [&](int bytes_a_value) {
    constexpr double kLibrary_gib = 0.4, kWeights_gib = 1.2;
    return kLibrary_gib + kWeights_gib +
           setting.views * graph_bytes(model.config, bytes_a_value) / kGib;
  };
  double left_gib = contest.memory_gib;
  const auto fits = [&](const char* name, int bytes_a_value) {
    const double need = need_gib(bytes_a_value);
    if (need <= left_gib) {
      left_gib -= need;
      return true;
    }
    contest.remark(fmt::format("{}, {} views: {} is left out, it needs about {:.1f} GiB more",
                               model.name, setting.views, name, need));
    return false;
  };

  // Start them one after the other.
  std::vector<Entrant> entrants;
  Race result;
  struct Place {
    std::optional<Result>* result;
    std::size_t entrant;
  };
  std::vector<Place> places;
  left_gib -= need_gib(4);
  entrants.push_back({std::make_unique<Side>(
      "clipguide", own_command(contest, model, setting, false), setting.threads, contest.limit_s)});
  const auto enter = [&](const char* name, std::optional<Result>& to, int bytes_a_value,
                         const std::vector<std::string>& command) {
    if (!fits(name, bytes_a_value)) return;
    try {
      entrants.push_back({std::make_unique<Side>(name, command, setting.threads, contest.limit_s)});
      places.push_back({&to, entrants.size() - 1});
    } catch (const base::IoError& error) {
      contest.remark(error.what());
    }
  };
  if (with_peers) {
    if (!contest.peer_python.empty()) {
      enter("Python fp32", result.python_fp32, 4, peer_command(contest, model, setting, "fp32"));
      enter("Python bf16", result.python_bf16, 2, peer_command(contest, model, setting, "bf16"));
    }
    enter("libtorch reference", result.reference, 4, own_command(contest, model, setting, true));
  }

  // Let them step in turns, so that whatever else the machine does meets all alike.
  for (int turn = 0; turn < contest.repeats; ++turn)
    for (Entrant& entrant : entrants) {
      if (turn > 0 && entrant.total_s > contest.patience_s) continue;
      entrant.steps_s.push_back(entrant.side->step());
      entrant.total_s += entrant.steps_s.back();
    }
  const auto close = [](Entrant& entrant) {
    return Result{median(entrant.steps_s), entrant.side->finish(), entrant.side->startup_s()};
  };
  result.ours = close(entrants[0]);
  for (const Place& place : places) *place.result = close(entrants[place.entrant]);
  return result;
}

std::string why_not_a_peer(const std::string& python) {
  if (python.empty() || python == "none") return "no interpreter was named";
  std::string quoted = "'";
  for (char sign : python) quoted += sign == '\'' ? std::string("'\\''") : std::string(1, sign);
  const int status = std::system((quoted + "' -c 'import torch' >/dev/null 2>&1").c_str());
  if (status == 0) return {};
  return fmt::format("{} has no torch (Debian: apt-get install python3-torch)", python);
}

}  // namespace clipguide::bench
