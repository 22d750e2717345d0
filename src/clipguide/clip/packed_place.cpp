#include "clipguide/clip/packed_place.h"

#include <fmt/ranges.h>
#include <sys/stat.h>

#include <algorithm>
#include <system_error>

#include "clipguide/base/instruction_set.h"
#include "clipguide/weights/checksum.h"

namespace clipguide::clip {
namespace {

namespace fs = std::filesystem;

// Of what lies in the file; changes with the layout of panels and the order of the weights.
constexpr int kVersion = 2;

std::string identity(const fs::path& file) {
  struct stat status {};
  std::error_code ignored;
  const fs::path whole = fs::canonical(file, ignored);
  if (::stat(file.c_str(), &status) != 0) return whole.string();
  return fmt::format("{} {} {}.{:09} {}:{}", whole.string(), status.st_size, status.st_mtim.tv_sec,
                     status.st_mtim.tv_nsec, status.st_dev, status.st_ino);
}

std::string shape(const ClipConfig& config) {
  const VisionConfig& v = config.vision;
  return fmt::format("{} {} {} {} {} {} {} {} {} {} {} {} {}", int(v.kind), v.image_size_px,
                     v.width, v.heads, v.mlp_ratio, v.layers, v.patch_px, fmt::join(v.stages, ","),
                     int(v.pool), v.pre_norm, v.layer_scale, v.fixed_positions, config.embedding);
}

}  // namespace

PackedPlace packed_place(const fs::path& folder, const ModelFiles& files, const ClipConfig& config,
                         const frozen::TowerChoice& choice) {
  if (folder.empty()) return {};
  const std::string purpose =
      fmt::format("{} {} {}", base::name(choice.set), choice.bf16 ? "bf16" : "f32", shape(config));
  std::string place = purpose, key = fmt::format("{}\n{}", kVersion, purpose);
  for (const fs::path& file : files.weights) {
    std::error_code ignored;
    place += "\n" + fs::canonical(file, ignored).string();
    key += "\n" + identity(file);
  }
  // A newer version of the same weights takes the older one's place.
  constexpr std::size_t kDigits = 32;
  std::string name = files.name;
  std::replace(name.begin(), name.end(), '/', '-');
  return {folder / fmt::format("{}-{}.packed", name, weights::sha256_of(place).substr(0, kDigits)),
          key};
}

}  // namespace clipguide::clip
