#include "clipguide/cli/picture_writer.h"

#include <fmt/format.h>

#include "clipguide/base/error.h"
#include "clipguide/imaging/picture_tensor.h"
#include "clipguide/media/contact_sheet.h"

namespace clipguide::cli {

namespace fs = std::filesystem;

media::Picture to_picture(const at::Tensor& picture) {
  media::Picture made;
  made.height_px = int(picture.size(1));
  made.width_px = int(picture.size(2));
  made.rgb = imaging::to_rgb_bytes(picture);
  return made;
}

media::Picture side_by_side(const at::Tensor& pictures) {
  if (pictures.size(0) == 1) return to_picture(pictures[0]);
  std::vector<media::Picture> all;
  for (std::int64_t n = 0; n < pictures.size(0); ++n) all.push_back(to_picture(pictures[n]));
  return media::contact_sheet(all);
}

FrameWriter::FrameWriter(fs::path folder, int every) : folder_(std::move(folder)), every_(every) {
  std::error_code error;
  fs::create_directories(folder_, error);
  if (!fs::is_directory(folder_))
    base::throw_error<base::IoError>("{}: cannot make this folder: {}", folder_.string(),
                                     error.message());
}

void FrameWriter::write(int step, const at::Tensor& pictures) const {
  if (step % every_ != 0) return;
  for (std::int64_t n = 0; n < pictures.size(0); ++n) {
    const std::string name = pictures.size(0) == 1 ? fmt::format("{:06}.png", step)
                                                   : fmt::format("{}-{:06}.png", n + 1, step);
    media::write_picture(folder_ / name, to_picture(pictures[n]));
  }
}

}  // namespace clipguide::cli
