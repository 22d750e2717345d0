#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <optional>
#include <string>

#include "clipguide/cli/common_flags.h"
#include "clipguide/cli/machine_flags.h"
#include "clipguide/guide/run_options.h"
#include "clipguide/guide/snapshot.h"

/// What generate, rerun and resume do once they know the run: carry it out and write it down.
namespace clipguide::cli {

struct DriveFlags {
  std::string output;  ///< empty: a name made from the prompt
  int quality = 95;
  bool no_metadata = false;
  std::string preview;
  int preview_every = 10;
  std::string frames;
  int frame_every = 1;
  std::string snapshot;  ///< empty: the output's name with .snapshot
  int snapshot_every = 0;
  bool offline = false;
  MachineFlags machine;
  RemarkFlags remarks;
};
void add_drive_flags(CLI::App& verb, DriveFlags& flags);

/// The picture's file, before a batch numbers it.
std::filesystem::path output_of(const guide::RunOptions& options, const DriveFlags& flags);

/// A number to start from, where none was given.
std::uint64_t random_seed();

/// Runs from the start, or on from a snapshot, writes the pictures and prints the result.
///   returns  0, or 130 when interrupted; the state is then in the snapshot file
///   throws   what guide::Run throws, IoError; the last good picture and state are then kept
int drive(const guide::RunOptions& options, const DriveFlags& flags);
int drive(const guide::Snapshot& snapshot, const DriveFlags& flags);

}  // namespace clipguide::cli
