#include "clipguide/cli/run_driver.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <random>

#include "clipguide/base/error.h"
#include "clipguide/cli/flag_table.h"
#include "clipguide/cli/interrupt.h"
#include "clipguide/cli/model_finder.h"
#include "clipguide/cli/output_names.h"
#include "clipguide/cli/picture_writer.h"
#include "clipguide/cli/progress.h"
#include "clipguide/cli/run_context.h"
#include "clipguide/guide/run.h"
#include "clipguide/guide/run_record.h"

namespace clipguide::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// One run on its way from options to files.
class Drive {
 public:
  Drive(const guide::RunOptions& options, const DriveFlags& flags);

  int start(const guide::RunOptions& options) { return go(guide::Run(options, context())); }
  int go_on(const guide::Snapshot& snapshot) { return go(guide::Run(snapshot, context())); }

 private:
  guide::RunContext context() { return run_context(flags_.machine, terminal_, finder_); }
  int go(guide::Run run);
  guide::Verdict on_step(const guide::Run& run, const guide::StepEvent& event);
  void attempt(const char* what, const std::function<void()>& write);
  void keep_state(const guide::Run& run);
  void write_pictures(const guide::Run& run, const guide::RunScore& score) const;
  void print(const guide::Run& run, const guide::RunScore& score, const Progress& progress,
             bool interrupted) const;

  const DriveFlags& flags_;
  InterruptWatch interrupts_;
  Terminal terminal_;
  ModelFinder finder_;
  std::vector<fs::path> outputs_;
  fs::path snapshot_path_;
  std::optional<FrameWriter> frames_;
  Progress* progress_ = nullptr;
};

Drive::Drive(const guide::RunOptions& options, const DriveFlags& flags)
    : flags_(flags), terminal_(flags.remarks.loudness()), finder_(terminal_, flags.offline) {
  // Whatever cannot be written is found out before the work.
  const fs::path output = output_of(options, flags);
  outputs_ = batch_outputs(output, options.batch);
  for (const fs::path& path : outputs_) check_output(path);
  snapshot_path_ =
      flags.snapshot.empty() ? fs::path(output.string() + ".snapshot") : fs::path(flags.snapshot);
  check_folder(snapshot_path_);
  if (!flags.preview.empty()) check_output(flags.preview);
  if (!flags.frames.empty()) frames_.emplace(flags.frames, flags.frame_every);

  terminal_.say(options.batch == 1 ? fmt::format("seed {}", options.seed)
                                   : fmt::format("seeds {} to {}", options.seed,
                                                 options.seed + std::uint64_t(options.batch) - 1));
}

int Drive::go(guide::Run run) {
  if (InterruptWatch::requested())
    throw base::Interrupted("interrupted before the first step; nothing was written");
  Progress progress(terminal_, run.options().steps, run.state().step);
  progress_ = &progress;
  try {
    run.go([&](const guide::StepEvent& event) { return on_step(run, event); });
  } catch (const base::NumericError& error) {
    // The run holds the last good step: keep it, then report.
    progress.finish();
    if (run.state().step > 0) {
      keep_state(run);
      write_pictures(run, run.score());
      throw base::NumericError(fmt::format("{}; the last good picture is in {}", error.what(),
                                           outputs_.front().string()),
                               "a lower --lr often helps");
    }
    throw;
  }
  progress.finish();

  const bool interrupted = !run.done();
  if (interrupted) keep_state(run);
  const guide::RunScore score = run.score();
  write_pictures(run, score);
  print(run, score, progress, interrupted);
  if (!interrupted) return 0;
  terminal_.say(fmt::format("interrupted after step {} of {}; go on with: clipguide resume {}",
                            run.state().step, run.options().steps, snapshot_path_.string()));
  return 130;
}

guide::Verdict Drive::on_step(const guide::Run& run, const guide::StepEvent& event) {
  const double similarity =
      event.similarity.defined() ? event.similarity.mean().item<double>() : 0.0;
  progress_->update(event.step, similarity);
  const bool last = event.step == event.steps;
  const bool preview_due =
      !flags_.preview.empty() && (event.step % flags_.preview_every == 0 || last);
  if (preview_due || frames_) {
    const at::Tensor pictures = run.crop(event.picture).to(torch::kCPU);
    if (preview_due)
      attempt("preview", [&] { media::write_picture(flags_.preview, side_by_side(pictures)); });
    if (frames_) attempt("frame", [&] { frames_->write(event.step, pictures); });
  }
  if (flags_.snapshot_every > 0 && event.step % flags_.snapshot_every == 0 && !last)
    attempt("snapshot", [&] { guide::save(run.snapshot(), snapshot_path_); });
  return InterruptWatch::requested() ? guide::Verdict::stop : guide::Verdict::go_on;
}

/// A long run must not die of a full disk for the sake of a preview.
void Drive::attempt(const char* what, const std::function<void()>& write) {
  try {
    write();
  } catch (const base::IoError& error) {
    terminal_.warn(fmt::format("{} not written: {}", what, error.what()));
  }
}

void Drive::keep_state(const guide::Run& run) { guide::save(run.snapshot(), snapshot_path_); }

void Drive::write_pictures(const guide::Run& run, const guide::RunScore& score) const {
  const at::Tensor pictures = run.exported().to(torch::kCPU);
  for (std::size_t n = 0; n < outputs_.size(); ++n) {
    media::WriteOptions write;
    write.quality = flags_.quality;
    if (!flags_.no_metadata) {
      guide::RunRecord record;
      record.options = run.options();
      record.options.seed += n;
      record.options.batch = 1;
      record.steps_done = run.state().step;
      if (n < score.similarity.size()) record.similarity = score.similarity[n];
      if (n < score.judge.size()) record.judge_similarity = score.judge[n];
      write.metadata = guide::to_metadata(record, CLIPGUIDE_VERSION);
    }
    media::write_picture(outputs_[n], to_picture(pictures[std::int64_t(n)]), write);
  }
}

void Drive::print(const guide::Run& run, const guide::RunScore& score, const Progress& progress,
                  bool interrupted) const {
  json pictures = json::array();
  for (std::size_t n = 0; n < outputs_.size(); ++n) {
    json picture = {{"output", outputs_[n].string()},
                    {"seed", run.options().seed + n},
                    {"similarity", score.similarity.at(n)}};
    if (!score.judge.empty()) picture["judge_similarity"] = score.judge.at(n);
    pictures.push_back(picture);
  }
  if (flags_.remarks.json) {
    json result = pictures.front();
    result["steps"] = run.state().step;
    result["elapsed_s"] = progress.elapsed_s();
    result["steps_per_s"] = progress.steps_per_s();
    result["interrupted"] = interrupted;
    if (interrupted) result["snapshot"] = snapshot_path_.string();
    result["pictures"] = pictures;
    print_result(result);
    return;
  }
  for (const json& picture : pictures) {
    const std::string judge =
        picture.contains("judge_similarity")
            ? fmt::format("  judge {:.4f}", picture["judge_similarity"].get<double>())
            : "";
    print_result(fmt::format(
        "{}  seed {}  similarity {:.4f}{}", picture["output"].get<std::string>(),
        picture["seed"].get<std::uint64_t>(), picture["similarity"].get<double>(), judge));
  }
}

}  // namespace

void add_drive_flags(CLI::App& verb, DriveFlags& flags) {
  add_text(verb, "output", flags.output);
  add_integer(verb, "quality", flags.quality);
  add_flag(verb, "no-metadata", flags.no_metadata);
  add_text(verb, "preview", flags.preview);
  add_integer(verb, "preview-every", flags.preview_every);
  add_text(verb, "frames", flags.frames);
  add_integer(verb, "frame-every", flags.frame_every);
  add_text(verb, "snapshot", flags.snapshot);
  add_integer(verb, "snapshot-every", flags.snapshot_every);
  add_machine_flags(verb, flags.machine);
  add_flag(verb, "offline", flags.offline);
  add_remark_flags(verb, flags.remarks);
}

fs::path output_of(const guide::RunOptions& options, const DriveFlags& flags) {
  return flags.output.empty() ? default_output(options.prompt, options.seed)
                              : fs::path(flags.output);
}

std::uint64_t random_seed() { return std::random_device()(); }

int drive(const guide::RunOptions& options, const DriveFlags& flags) {
  return Drive(options, flags).start(options);
}

int drive(const guide::Snapshot& snapshot, const DriveFlags& flags) {
  return Drive(snapshot.options, flags).go_on(snapshot);
}

}  // namespace clipguide::cli
