#pragma once

#include <optional>
#include <string>

#include "clipguide/guide/run_options.h"
#include "clipguide/media/picture.h"

namespace clipguide::guide {

/// What a picture tells about how it was made; enough to make it again.
struct RunRecord {
  RunOptions options;  ///< of this picture alone: its own seed, batch 1
  int steps_done = 0;  ///< fewer than options.steps when the run was stopped
  std::optional<double> similarity;
  std::optional<double> judge_similarity;
};

/// Two texts: `parameters`, in the layout that AUTOMATIC1111's web UI made common, for the programs
/// that read it; and `clipguide`, all of the record as JSON.
media::Metadata to_metadata(const RunRecord& record, const std::string& version);

/// throws  FormatError when `source` (its name) holds no record, UsageError for options that this
///         version does not know
RunRecord read_record(const media::Metadata& metadata, const std::string& source);

}  // namespace clipguide::guide
