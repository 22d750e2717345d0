#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "clipguide/guide/run_record.h"
#include "clipguide/media/picture.h"

/// Pictures that other pictures start from.
namespace clipguide::workflow {

struct StartPicture {
  std::filesystem::path path;
  media::Picture picture;
  std::optional<guide::RunRecord> record;  ///< nothing where it holds none
};

/// throws  IoError, FormatError, LimitError; UsageError for a record of a version yet to come
StartPicture read_start(const std::filesystem::path& path);

/// Its name tells its content: options that name it stand for this very picture.
struct BlendedStart {
  std::string name;  ///< "start-1a2b3c4d5e6f.png"
  media::Picture picture;
};

/// (1 - share) of one and share of the other, level by level, in the size of the first.
BlendedStart blended(const media::Picture& from, const media::Picture& to, double share);

/// Those that do not lie in the folder yet.
void write_starts(const std::vector<BlendedStart>& starts, const std::filesystem::path& folder);

}  // namespace clipguide::workflow
