#pragma once

#include <deque>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "clipguide/guide/named_files.h"
#include "clipguide/guide/run_record.h"
#include "clipguide/media/picture.h"

namespace clipguide::workflow {

/// "sha256:.." of a picture's size and pixels: what is stored with them does not count.
std::string pixel_digest(const media::Picture& picture);

/// "sha256:.." of options and contents (guide::contents_of): of all that a picture is made of.
std::string digest_of(const guide::RunOptions& options, const nlohmann::json& contents);

/// The pictures in a folder, found by what they were made of: options and the contents of the files
/// that these name. Each carries this inside, so that nothing else needs to be kept, and a picture
/// that was written is never lost to a crash, a new name or a new place in a list.
class PictureShelf {
 public:
  struct Entry {
    std::filesystem::path path;
    guide::RunRecord record;
    nlohmann::json key;
    bool used = false;
  };

  /// Reads what lies there; a folder that does not exist holds nothing.   cost: the pictures' heads
  explicit PictureShelf(std::filesystem::path folder);

  /// The finished picture of these options and contents, the one at `path` before any other; null
  /// when there is none.
  Entry* find(const guide::RunOptions& options, const nlohmann::json& contents,
              const std::filesystem::path& path);

  /// Takes it for not there: its pixels turned out to be broken.
  void forget(const Entry& entry);

  /// Refuses, before the work, a place where something lies that the shelf did not make.
  ///   throws  UsageError
  void check_place(const std::filesystem::path& path) const;

  /// Writes a picture with its record and contents. What lay at `path` is put aside, to be found
  /// until `tidy`.   throws  as media::write_picture
  void write(const std::filesystem::path& path, const media::Picture& picture,
             const guide::RunRecord& record, const nlohmann::json& contents,
             const std::string& version);

  /// Brings a found picture to `path`, with the paths that `options` now name in its record.
  void place(Entry& entry, const std::filesystem::path& path, const guide::RunOptions& options,
             const nlohmann::json& contents, const std::string& version);

  /// At the end: removes what was put aside or lies in a new place, and names what nobody wanted;
  /// that stays.
  std::vector<std::filesystem::path> tidy(const std::set<std::filesystem::path>& wanted);

 private:
  void put_aside(const std::filesystem::path& path);
  Entry* at(const std::filesystem::path& path);

  std::filesystem::path folder_;
  std::deque<Entry> entries_;  // places that do not move
};

}  // namespace clipguide::workflow
