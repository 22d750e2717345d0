#include "clipguide/media/picture.h"

#include "clipguide/base/file.h"
#include "clipguide/media/codec.h"

namespace clipguide::media {

Picture read_picture(const std::filesystem::path& path, const ReadLimits& limits) {
  const std::string bytes = base::read_file(path, limits.file_bytes);
  return decode_picture({path.native(), bytes, limits});
}

Metadata read_metadata(const std::filesystem::path& path, const ReadLimits& limits) {
  const std::string bytes = base::read_file(path, limits.file_bytes);
  return decode_metadata({path.native(), bytes, limits});
}

void write_picture(const std::filesystem::path& path, const Picture& picture,
                   const WriteOptions& options) {
  base::write_file(path, encode_picture(picture, format_of_path(path), options));
}

}  // namespace clipguide::media
