#include <memory>

#include "clipguide/base/error.h"
#include "clipguide/cli/commands.h"
#include "clipguide/cli/flag_table.h"
#include "clipguide/cli/run_driver.h"
#include "clipguide/guide/run_record.h"

namespace clipguide::cli {
namespace {

using base::UsageError;

struct RerunFlags {
  explicit RerunFlags(CLI::App& verb) : run(verb) { add_drive_flags(verb, drive); }

  std::string picture;
  RunFlags run;
  DriveFlags drive;
};

struct ResumeFlags {
  std::string snapshot;
  int steps = 0;  ///< 0: as the run had it
  DriveFlags drive;
};

int run_rerun(const RerunFlags& flags) {
  if (flags.picture.empty())
    throw UsageError("rerun: expected the picture whose run is to be repeated, got nothing");
  guide::RunOptions options =
      guide::read_record(media::read_metadata(flags.picture), flags.picture).options;
  flags.run.apply(options);
  return drive(options, flags.drive);
}

int run_resume(ResumeFlags flags) {
  if (flags.snapshot.empty()) throw UsageError("resume: expected a snapshot, got nothing");
  guide::Snapshot snapshot = guide::load_snapshot(flags.snapshot);
  if (flags.steps > 0) snapshot.options.steps = flags.steps;
  if (snapshot.state.step >= snapshot.options.steps)
    throw UsageError(
        fmt::format("{}: all of its {} steps are done", flags.snapshot, snapshot.options.steps),
        "give a larger number with --steps to go further");
  // apple.png.snapshot goes on to apple.png and keeps its state where it was.
  const std::filesystem::path path = flags.snapshot;
  if (flags.drive.snapshot.empty()) flags.drive.snapshot = flags.snapshot;
  if (flags.drive.output.empty() && path.extension() == ".snapshot" && path.stem().has_extension())
    flags.drive.output = std::filesystem::path(path).replace_extension().string();
  return drive(snapshot, flags.drive);
}

}  // namespace

void add_rerun_command(CLI::App& parent, SetAction set_action) {
  CLI::App* verb = parent.add_subcommand(
      "rerun", "repeat the run that is stored in a picture, with changes if wanted");
  const auto flags = std::make_shared<RerunFlags>(*verb);
  verb->add_option("picture", flags->picture, "a picture made by clipguide")->type_name("PICTURE");
  verb->callback([=] { set_action([=] { return run_rerun(*flags); }); });
}

void add_resume_command(CLI::App& parent, SetAction set_action) {
  CLI::App* verb = parent.add_subcommand("resume", "go on with a run that was interrupted");
  const auto flags = std::make_shared<ResumeFlags>();
  verb->add_option("snapshot", flags->snapshot, "the file that holds its state")
      ->type_name("SNAPSHOT");
  add_integer(*verb, "steps", flags->steps);
  add_drive_flags(*verb, flags->drive);
  verb->callback([=] { set_action([=] { return run_resume(*flags); }); });
}

}  // namespace clipguide::cli
