#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "clipguide/guide/picture_maker.h"
#include "clipguide/workflow/dataset_record.h"
#include "clipguide/workflow/dataset_spec.h"

/// Labelled pictures for training other models.
///
/// A picture has a place: its class and its index there. What stands in a place follows from the
/// spec alone, whoever makes it and when:
///   1  its candidates are drawn in turn until the judge lets one pass: no other place matters, so
///      the places can be divided among any number of processes;
///   2  when all places are there, each class is gone through in order: a picture that nearly
///   equals
///      an earlier one goes, and its place's candidates are drawn on;
///   3  the pictures are written in the form of the spec, and a manifest.
namespace clipguide::workflow {

/// The part of the work that one process does: places whose number leaves `index` when divided by
/// `count`.
struct Shard {
  int index = 0, count = 1;
};

struct DatasetPlan {
  DatasetSpec spec;
  guide::RunOptions options;     ///< of every picture before its draws; with the judge's name
  std::string models;            ///< digest of what they and the judge are; empty: not known
  std::filesystem::path folder;  ///< made if need be
  Shard shard;
};

/// What makes and looks at pictures. `look` and `embed` are those of a judge that knows the texts
/// of all classes, in the order of the spec.
struct DatasetHands {
  /// As guide::PictureMaker::make of a maker that notes objects; nothing: the user asked to stop.
  std::function<std::optional<guide::MadePicture>(const guide::RunOptions&,
                                                  const std::filesystem::path&)>
      make;
  std::function<std::vector<double>(const media::Picture&)> look;  ///< cosines
  std::function<std::vector<float>(const media::Picture&)> embed;  ///< of unit length
};

struct DatasetEvent {
  int done = 0, count = 0;  ///< places of this shard
  const DatasetClass* of = nullptr;
  int index = 0;
  const Attempt* attempt = nullptr;
};

struct DatasetHooks {
  std::function<void(const DatasetEvent&)> on_attempt;  ///< after each one made in this call
  std::function<bool()> should_stop;
  base::LogSink log;
};

struct DatasetReport {
  bool stopped = false;   ///< the user asked to; the same call goes on
  bool complete = false;  ///< false too while other shards are at work
  int made = 0;           ///< candidates made in this call
  int places = 0, missing = 0;
  nlohmann::json summary;  ///< of a complete set: what dataset.json holds
};

/// Makes what is not there yet.
///   throws  IoError (disk full: what is finished stays), Error when no picture of a class passed
DatasetReport make_dataset(const DatasetPlan& plan, const DatasetHands& hands,
                           const DatasetHooks& hooks);

/// Places of all shards for which no candidate was let in yet. Writes nothing.
int missing_places(const DatasetPlan& plan);

/// The report of a set that is there whole, as of just this plan; nothing when there is work to do.
///   cost  looks at each file's size
std::optional<DatasetReport> finished_dataset(const DatasetPlan& plan);

}  // namespace clipguide::workflow
