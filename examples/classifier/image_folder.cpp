#include "image_folder.h"

#include <clipguide/base/error.h>
#include <clipguide/imaging/picture_tensor.h>
#include <clipguide/imaging/resample.h>
#include <clipguide/media/picture.h>

#include <algorithm>

namespace fs = std::filesystem;
using namespace clipguide;

namespace {

std::vector<fs::path> entries_of(const fs::path& folder, bool folders) {
  std::vector<fs::path> found;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder))
    if (folders ? entry.is_directory() : entry.path().extension() == ".png")
      found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

at::Tensor read_scaled(const fs::path& file, int side_px) {
  const media::Picture picture = media::read_picture(file);
  const at::Tensor bytes = imaging::from_rgb_bytes(picture.rgb, picture.height_px, picture.width_px)
                               .squeeze(0)
                               .mul(255)
                               .round()
                               .to(torch::kUInt8);
  return imaging::resize_bicubic_u8(bytes, side_px, side_px).to(torch::kFloat32).div(255);
}

}  // namespace

ImageFolder read_image_folder(const fs::path& folder, int side_px) {
  if (!fs::is_directory(folder))
    base::throw_error<base::IoError>("{}: expected a folder with a folder a class, got none",
                                     folder.string());
  ImageFolder read;
  std::vector<at::Tensor> pictures;
  std::vector<std::int64_t> labels;
  for (const fs::path& part : entries_of(folder, /*folders=*/true)) {
    const std::vector<fs::path> files = entries_of(part, /*folders=*/false);
    if (files.empty())
      base::throw_error<base::IoError>("{}: expected pictures, got none", part.string());
    for (const fs::path& file : files) {
      pictures.push_back(read_scaled(file, side_px));
      labels.push_back(std::int64_t(read.classes.size()));
    }
    read.classes.push_back(part.filename().string());
  }
  if (labels.empty())
    base::throw_error<base::IoError>("{}: expected a folder a class, got none", folder.string());
  read.pictures = torch::stack(pictures);
  read.labels = torch::tensor(labels);
  return read;
}

ImageFolder ImageFolder::first(int count) const {
  std::vector<at::Tensor> chosen;
  for (std::size_t of = 0; of < classes.size(); ++of) {
    const at::Tensor places = torch::nonzero(labels == std::int64_t(of)).squeeze(1);
    chosen.push_back(places.slice(0, 0, count));
  }
  const at::Tensor places = torch::cat(chosen);
  return {classes, pictures.index_select(0, places), labels.index_select(0, places)};
}

int ImageFolder::smallest_class() const {
  return int(torch::bincount(labels).min().item<std::int64_t>());
}
