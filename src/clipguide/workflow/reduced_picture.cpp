#include "clipguide/workflow/reduced_picture.h"

#include <algorithm>
#include <cstdint>

#include "clipguide/imaging/picture_tensor.h"
#include "clipguide/imaging/resample.h"

namespace clipguide::workflow {

media::Picture reduced(const media::Picture& picture, int most_px) {
  const int longest = std::max(picture.width_px, picture.height_px);
  if (longest <= most_px) return picture;
  const int width = std::max(1, int(std::int64_t(picture.width_px) * most_px / longest));
  const int height = std::max(1, int(std::int64_t(picture.height_px) * most_px / longest));
  const at::Tensor pixels = imaging::resize_bicubic(
      imaging::from_rgb_bytes(picture.rgb, picture.height_px, picture.width_px), height, width);
  return {width, height, imaging::to_rgb_bytes(pixels)};
}

}  // namespace clipguide::workflow
