#include "clipguide/workflow/explore_start.h"

#include <fmt/format.h>

#include <cmath>
#include <span>

#include "clipguide/base/error.h"
#include "clipguide/imaging/picture_tensor.h"
#include "clipguide/imaging/resample.h"
#include "clipguide/weights/checksum.h"

namespace clipguide::workflow {
namespace {

std::string content_name(const media::Picture& picture) {
  weights::Digest digest(weights::Checksum::Kind::sha256, picture.rgb.size());
  digest.add(std::as_bytes(std::span(picture.rgb)));
  // The size too: the same bytes may be pictures of several shapes.
  return fmt::format("start-{}x{}-{}.png", picture.width_px, picture.height_px,
                     digest.finish().substr(0, 12));
}

}  // namespace

StartPicture read_start(const std::filesystem::path& path) {
  StartPicture start{path, media::read_picture(path), std::nullopt};
  const media::Metadata metadata = media::read_metadata(path);
  if (metadata.contains("clipguide")) start.record = guide::read_record(metadata, path.string());
  return start;
}

BlendedStart blended(const media::Picture& from, const media::Picture& to, double share) {
  media::Picture picture = from;
  if (share > 0) {
    const at::Tensor a = imaging::from_rgb_bytes(from.rgb, from.height_px, from.width_px);
    at::Tensor b = imaging::from_rgb_bytes(to.rgb, to.height_px, to.width_px);
    if (b.sizes() != a.sizes())
      b = imaging::resize_bicubic(b, from.height_px, from.width_px).clamp(0, 1);
    picture.rgb = imaging::to_rgb_bytes((1 - share) * a + share * b);
  }
  return {content_name(picture), std::move(picture)};
}

void write_starts(const std::vector<BlendedStart>& starts, const std::filesystem::path& folder) {
  for (const BlendedStart& start : starts) {
    std::error_code ignored;
    if (!std::filesystem::exists(folder / start.name, ignored))
      media::write_picture(folder / start.name, start.picture);
  }
}

}  // namespace clipguide::workflow
