#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "clipguide/guide/option_table.h"

/// The files that run options name: a start, a mask, pictures to resemble, a decoder ..
namespace clipguide::guide {

/// An option's value with each path in it replaced: the text of an option that holds a path, those
/// of a list of pictures (PATH:WEIGHT), the masks of regions. All else stays: another option, a
/// word that stands in place of a path, a value that the option does not take.
///   throws  UsageError as objective::parse_prompts and parse_region, and what `replaced` throws
nlohmann::json with_paths(const OptionSpec& option, const nlohmann::json& value,
                          const std::function<std::string(const std::string&)>& replaced);

/// Whether the files that an option names are pictures, or for a start a collage.
bool names_pictures(const OptionSpec& option);

/// Reads a picture or a collage to its end, as a run will.
///   throws  as media::read_picture and canvas::read_collage
void check_picture(const std::string& path);

/// Reads the pictures that options name, and the other files too, so that what is missing or broken
/// is found out before anything is made.
///   checked  paths to pass over; those that were read are added
///   throws   as check_picture
void check_files(const RunOptions& options, std::set<std::string>& checked);

/// "sha256:.." of a file's bytes.   throws  IoError
std::string file_digest(const std::string& path);

/// What the files hold that options name: for each such option its value with "sha256:.." in place
/// of the path.
///   start   stands for the start picture where it is not empty: its digest, or any word for one
///           that is not there yet
///   throws  IoError for a file that is missing;   cost: reads the files
nlohmann::json contents_of(const RunOptions& options, const std::string& start = {});

/// Where a picture's metadata holds these contents: who changes such a file under the same name
/// gets the picture made anew.
inline constexpr const char* kContentsKey = "clipguide-contents";

}  // namespace clipguide::guide
