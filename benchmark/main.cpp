/// ./bench: what a step costs, beside the ways in which people run it today.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <exception>
#include <fstream>
#include <set>
#include <thread>

#include "benchmark/peak.h"
#include "benchmark/profile.h"
#include "benchmark/race.h"
#include "benchmark/report.h"
#include "benchmark/worker.h"
#include "clipguide/base/error.h"

namespace clipguide::bench {
namespace {

namespace fs = std::filesystem;

struct Options {
  bool quick = false, json = false, no_scaling = false, profile = false, processor_time = false;
  std::string peer_python = "/usr/bin/python3", peer_script, default_model;
  std::string work = (fs::temp_directory_path() / "clipguide-bench").string();
  std::vector<std::string> models;
  std::vector<int> views;
  int canvas_px = 224, threads = 0, repeats = 0;
  std::string kernels = "auto", precision = "auto", preset;
};

std::string processor_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  return "unknown processor";
}

double available_memory_gib() {
  std::ifstream info("/proc/meminfo");
  for (std::string line; std::getline(info, line);)
    if (line.starts_with("MemAvailable:")) return std::stod(line.substr(13)) / (1 << 20);
  return 0;
}

/// The whole benchmark, setting by setting.
class Bench {
 public:
  explicit Bench(const Options& options) : options_(options) {
    threads_ = options.threads > 0 ? options.threads : int(std::thread::hardware_concurrency());
    contest_.program = fs::read_symlink("/proc/self/exe");
    contest_.packed = fs::path(options.work) / "packed";
    contest_.peer_script = options.peer_script;
    contest_.repeats = options.repeats > 0 ? options.repeats : options.quick ? 3 : 5;
    contest_.patience_s = options.quick ? 5 : 60;
    contest_.limit_s = options.quick ? 30 : 300;
    contest_.processor_time = options.processor_time;
    contest_.kernels = options.kernels;
    contest_.precision = options.precision;
    contest_.memory_gib = 0.8 * available_memory_gib();
    contest_.remark = [this](const std::string& text) { remark(text); };
    if (options.profile) return;
    const std::string reason = why_not_a_peer(options.peer_python);
    if (reason.empty())
      contest_.peer_python = options.peer_python;
    else
      remark("the Python rivals are left out: " + reason);
  }

  /// Parts of a step of the first model asked for.
  std::string profile() {
    const Model made =
        model(options_.models.empty() ? published_names().front() : options_.models.front());
    WorkerOptions worker{.model = made.folder,
                         .views = options_.views.empty() ? 32 : options_.views.front(),
                         .canvas_px = options_.canvas_px,
                         .threads = threads_,
                         .kernels = options_.kernels,
                         .precision = options_.precision,
                         .packed = {},
                         .processor_time = options_.processor_time,
                         .preset = options_.preset};
    if (!options_.preset.empty() && options_.views.empty()) worker.views = 0;  // the preset's
    const Profile profile = profile_step(worker, contest_.repeats);
    const std::vector<PartTime>& parts = profile.parts;
    const int views = profile.views;
    double total_ms = 0;
    for (const PartTime& part : parts) total_ms += part.ms;
    nlohmann::json rows = nlohmann::json::array();
    std::string text = fmt::format("{}, {} views, canvas {}, {} threads: {:.1f} ms\n", made.name,
                                   views, options_.canvas_px, threads_, total_ms);
    for (const PartTime& part : parts) {
      rows.push_back({{"part", part.name}, {"ms", part.ms}, {"share", part.ms / total_ms}});
      text += fmt::format("{:<32} {:>9.2f} ms {:>5.1f}%\n", part.name, part.ms,
                          100 * part.ms / total_ms);
    }
    const nlohmann::json result = {{"model", made.name},
                                   {"views", views},
                                   {"canvas", options_.canvas_px},
                                   {"threads", threads_},
                                   {"profile", rows}};
    return options_.json ? result.dump(2) + "\n" : text;
  }

  Report run() {
    report_.processor = fmt::format("{}, {} threads", processor_name(), threads_);
    if (options_.processor_time) remark("steps in processor time, of all threads together");
    progress("measuring the processor's peak");
    report_.peaks = measure_peaks(threads_);
    race_models();
    if (!options_.no_scaling) scale();
    return report_;
  }

 private:
  void progress(const std::string& text) { fmt::print(stderr, "bench: {}\n", text); }
  void remark(const std::string& text) {
    progress(text);
    report_.remarks.push_back(text);
  }

  Model model(const std::string& name) {
    if (fs::exists(fs::path(name) / "open_clip_config.json")) return model_in(name);
    return random_model(name, options_.work);
  }

  void time(std::vector<Row>& rows, const Model& model, const Setting& setting, bool with_peers) {
    progress(fmt::format("{}, {} views, canvas {}, {} threads", model.name, setting.views,
                         setting.canvas_px, setting.threads));
    if (packed_.insert(model.name).second) pack(contest_, model);
    rows.push_back(
        {model.name, setting, work_of(model.config), race(contest_, model, setting, with_peers)});
  }

  void race_models() {
    std::vector<std::string> names = options_.models;
    if (names.empty()) {
      names = options_.quick ? std::vector<std::string>{"ViT-B/32", "RN50"} : published_names();
      if (fs::exists(options_.default_model))
        names.push_back(options_.default_model);
      else
        remark("the default model is left out: it is not there yet");
    }
    std::vector<int> views = options_.views;
    if (views.empty()) views = options_.quick ? std::vector{8} : std::vector{8, 32, 64};
    for (const std::string& name : names) {
      const Model made = model(name);
      for (const int count : views)
        time(report_.rows, made, {count, options_.canvas_px, threads_}, true);
    }
    if (options_.quick || !options_.models.empty()) return;
    for (const int canvas : {512, 1024})
      time(report_.rows, model(names.front()), {32, canvas, threads_}, true);
  }

  void scale() {
    const Model made =
        model(options_.models.empty() ? published_names().front() : options_.models.front());
    const int views = options_.views.empty() ? (options_.quick ? 2 : 8) : options_.views.front();
    const int canvas = options_.canvas_px;
    for (const int factor : {1, 2, 4, 8})
      time(report_.by_views, made, {views * factor, canvas, threads_}, false);
    std::vector<int> canvases = {224, 512, 1024, 2048};
    if (options_.quick) canvases = {224, 1024};
    if (canvas != Options().canvas_px) canvases = {canvas, 2 * canvas};
    for (const int side : canvases) time(report_.by_canvas, made, {views, side, threads_}, false);
    for (const int threads : {1, 2})
      time(report_.by_threads, made, {views, canvas, threads}, false);
  }

  const Options& options_;
  int threads_ = 1;
  Contest contest_;
  std::set<std::string> packed_;  // models that have been
  Report report_;
};

int run(int argc, char** argv) {
  CLI::App app("Times a step of CLIP guidance beside its rivals.");
  Options options;
  app.add_flag("--quick", options.quick, "two models and few repeats: about three minutes");
  app.add_flag("--json", options.json, "one JSON object on standard output");
  app.add_option("--peer-python", options.peer_python,
                 "interpreter with torch for the rivals in Python; none leaves them out");
  app.add_option("--peer-script", options.peer_script, "benchmark/peer_step.py");
  app.add_option("--default-model", options.default_model, "folder of the default model");
  app.add_option("--work", options.work, "folder for models with random weights");
  app.add_option("--model", options.models, "only this one, by name or folder; may be repeated");
  app.add_option("--views", options.views, "only this many views a step; may be repeated")
      ->check(CLI::Range(1, 65536));
  app.add_option("--canvas", options.canvas_px, "side of the picture, px")
      ->check(CLI::Range(8, 16384));
  app.add_option("--threads", options.threads, "default: one a core")->check(CLI::Range(1, 4096));
  app.add_option("--repeats", options.repeats, "timed steps of each side")
      ->check(CLI::Range(1, 10000));
  app.add_option("--kernels", options.kernels,
                 "of our image tower: auto, libtorch, portable, avx2, avx512, avx512-bf16, amx");
  app.add_option("--precision", options.precision, "of our image tower: auto, fp32, bf16");
  app.add_flag("--processor-time", options.processor_time,
               "steps in processor time instead of the clock's: for machines that do other work "
               "beside; with --threads 1");
  app.add_option("--preset", options.preset,
                 "for --profile: the step of this preset of the model's card");
  app.add_flag("--profile", options.profile,
               "where the milliseconds of our own step go, instead of all else");
  app.add_flag("--no-scaling", options.no_scaling, "without the scaling tables");

  WorkerOptions worker;
  CLI::App* side = app.add_subcommand("worker", "our own side, told what to do by the benchmark");
  side->group("");
  side->add_option("model", worker.model)->required();
  side->add_option("--views", worker.views);
  side->add_option("--canvas", worker.canvas_px);
  side->add_option("--threads", worker.threads);
  side->add_flag("--reference", worker.reference);
  side->add_option("--kernels", worker.kernels);
  side->add_option("--precision", worker.precision);
  side->add_option("--packed", worker.packed);
  side->add_flag("--processor-time", worker.processor_time);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (*side) return run_worker(worker);
  Bench bench(options);
  if (options.profile) {
    fmt::print("{}", bench.profile());
    return 0;
  }
  const Report report = bench.run();
  fmt::print("{}", options.json ? to_json(report).dump(2) + "\n" : to_text(report));
  return 0;
}

}  // namespace
}  // namespace clipguide::bench

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a side that dies is an answer that does not come
  try {
    return clipguide::bench::run(argc, argv);
  } catch (const clipguide::base::Error& error) {
    fmt::print(stderr, "bench: error: {}\n", error.what());
    return error.exit_code();
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench: error: {}\n", error.what());
  }
  return 1;
}
