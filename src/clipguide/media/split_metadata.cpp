#include "clipguide/media/split_metadata.h"

#include <utility>

#include "clipguide/media/exif.h"

namespace clipguide::media {

SplitMetadata split_metadata(const Metadata& metadata, std::size_t exif_limit_bytes) {
  SplitMetadata split{{}, metadata};
  const auto parameters = metadata.find("parameters");
  if (parameters == metadata.end()) return split;
  split.exif = make_exif(parameters->second);
  if (split.exif.size() <= exif_limit_bytes)
    split.xmp_entries.erase("parameters");
  else
    split.exif.clear();
  return split;
}

Metadata join_metadata(std::string_view exif, Metadata xmp_entries) {
  std::string comment = parse_exif(exif).user_comment;
  if (comment.find_first_not_of(" \t\r\n") != comment.npos)  // cameras leave blank ones
    xmp_entries["parameters"] = std::move(comment);
  return xmp_entries;
}

}  // namespace clipguide::media
