#include "clipguide/view/view_options.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "clipguide/base/error.h"

namespace clipguide::view {
namespace {

// The textbook: the whole picture, squeezed into the view. (Squeezed rather than cut to its centre
// square: so every pixel is seen and climbs.)
ViewOptions plain() { return {}; }

// Direct Ascent Synthesis (arXiv 2502.07753): 224 px of picture in a canvas of 336, rolled by up to
// 56 px; noise of a strength drawn for each view; clipped.
ViewOptions das() {
  ViewOptions options{.count = 32, .margin_share = 56.0 / 224, .clip = true};
  options.roll = {.strength = 1, .share = 56.0 / 224};
  options.noise = {.strength = 1, .amplitude = 0.2};
  return options;
}

// aphantasia. Departures: its 224 px floor of the crops is pixels of the canvas, whatever the
// model's input; the corners of its perspective move to both sides (see draw_perspective); turns
// show more of the canvas instead of black corners.
ViewOptions aphantasia() {
  ViewOptions options{.count = 200, .border = Border::reflect};
  options.crop = {.strength = 1, .min_share = 0, .min_px = 224, .wide_chance = 0.4};
  options.perspective = {.strength = 1, .chance = 0.2, .distortion = 0.33};
  options.erase = {.strength = 1, .chance = 0.2};
  // 60 angles from -30 to 29 degrees, and 20 times none.
  options.affine = {.strength = 1,
                    .chance = 60.0 / 80,
                    .angle_deg = 30,
                    .translate = 0,
                    .scale = 0,
                    .shear_deg = 0};
  return options;
}

// The VQGAN-CLIP family. Departures: antialiased instead of the mean of average and maximum
// pooling; a rectangle of its own for each view; perspective as above.
ViewOptions vqgan_clip() {
  ViewOptions options{.count = 32, .border = Border::clamp};
  options.affine = {
      .strength = 1, .chance = 0.7, .angle_deg = 15, .translate = 0.1, .scale = 0, .shear_deg = 5};
  options.perspective = {.strength = 1, .chance = 0.7, .distortion = 0.7};
  options.colour = {.strength = 1, .chance = 0.7};
  options.erase = {.strength = 1, .chance = 0.7, .min_area = 0.1, .max_area = 0.4};
  options.noise = {.strength = 1, .amplitude = 0.1};
  return options;
}

// disco diffusion 5.7: 12 overview and 4 inner cuts for 400 of 1000 steps, then 4 and 12.
// Departures: grey views are drawn by chance, overviews among them, instead of the first fifth of
// the inner cuts; noise is added once; beside an overview is grey instead of black.
ViewOptions disco() {
  ViewOptions options{.count = 16, .border = Border::grey};
  options.crop = {.strength = 1, .min_share = 0, .min_px = 224};
  options.overview = {.strength = 1};
  options.flip = {.strength = 1};
  options.affine = {.strength = 1, .angle_deg = 10, .translate = 0.05, .scale = 0, .shear_deg = 0};
  options.colour = {.strength = 1};
  options.noise = {.strength = 1, .amplitude = 0.01, .random_amplitude = false};
  options.grey = {.strength = 1, .chance = {.early = 0.2, .late = 0}};
  return options;
}

struct Preset {
  const char* name;
  ViewOptions (*make)();
};
constexpr Preset kPresets[] = {{"plain", plain},
                               {"das", das},
                               {"aphantasia", aphantasia},
                               {"vqgan-clip", vqgan_clip},
                               {"disco", disco}};

struct Strength {
  const char* name;
  double& (*of)(ViewOptions&);
};
constexpr Strength kStrengths[] = {
    {"crop", [](ViewOptions& o) -> double& { return o.crop.strength; }},
    {"overview", [](ViewOptions& o) -> double& { return o.overview.strength; }},
    {"roll", [](ViewOptions& o) -> double& { return o.roll.strength; }},
    {"flip", [](ViewOptions& o) -> double& { return o.flip.strength; }},
    {"affine", [](ViewOptions& o) -> double& { return o.affine.strength; }},
    {"perspective", [](ViewOptions& o) -> double& { return o.perspective.strength; }},
    {"colour", [](ViewOptions& o) -> double& { return o.colour.strength; }},
    {"noise", [](ViewOptions& o) -> double& { return o.noise.strength; }},
    {"grey", [](ViewOptions& o) -> double& { return o.grey.strength; }},
    {"erase", [](ViewOptions& o) -> double& { return o.erase.strength; }}};

template <class Row, std::size_t kCount>
std::vector<std::string> names_of(const Row (&rows)[kCount]) {
  std::vector<std::string> names;
  for (const Row& row : rows) names.emplace_back(row.name);
  return names;
}

template <class Row, std::size_t kCount>
const Row& find(const Row (&rows)[kCount], const std::string& name, const char* what) {
  for (const Row& row : rows)
    if (row.name == name) return row;
  base::throw_error<base::UsageError>("{}: expected {}, got '{}'", what,
                                      fmt::join(names_of(rows), ", "), name);
}

}  // namespace

const std::vector<std::string>& view_preset_names() {
  static const std::vector<std::string> names = names_of(kPresets);
  return names;
}

ViewOptions view_preset(const std::string& name) { return find(kPresets, name, "views").make(); }

const std::vector<std::string>& view_strength_names() {
  static const std::vector<std::string> names = names_of(kStrengths);
  return names;
}

void set_strength(ViewOptions& options, const std::string& name, double strength) {
  double& value = find(kStrengths, name, "view strength").of(options);
  if (!(strength >= 0 && strength <= kStrongest))
    base::throw_error<base::UsageError>("view strength {}: expected 0 to {}, got {}", name,
                                        kStrongest, strength);
  value = strength;
}

double view_strength(const ViewOptions& options, const std::string& name) {
  ViewOptions copy = options;
  return find(kStrengths, name, "view strength").of(copy);
}

int margin_px(const ViewOptions& options, int width, int height) {
  return int(std::lround(options.margin_share * options.roll.strength * std::min(width, height)));
}

}  // namespace clipguide::view
