#pragma once

#include <memory>
#include <string>
#include <vector>

#include "clipguide/view/geometry.h"
#include "clipguide/view/view.h"

/// What a View does, augmentation by augmentation, and the published methods' settings of it.
///
/// Every augmentation has amounts (what it does at strength 1) and a strength. The amounts below
/// are the defaults for presets that lack the augmentation; strength 0 is off. Shares are of the
/// picture's short side unless they say otherwise. "Picture" is the canvas without its margin.
namespace clipguide::view {

/// A value for the early part of a run and one for the rest.
struct Switch {
  double early = 0, late = 0;
  double at = 0.4;  ///< progress
  double value(double progress) const { return progress < at ? early : late; }
};

enum class Placement {
  uniform,   ///< anywhere inside the picture
  central,   ///< N(0.5, 0.2) of the way between its edges
  overscan,  ///< centred anywhere on the picture; the canvas repeats beyond its edges
};

/// Square windows, side uniform between the limits. Strength scales how much is cut off.
struct CropOptions {
  double strength = 0;
  double min_share = 0.4, max_share = 1;
  double min_px = 0;       ///< no smaller, unless the picture is
  double wide_chance = 0;  ///< of a window of at least wide_share
  double wide_share = 0.9;
  double size_power = 1;  ///< above 1 favours small windows
  Placement placement = Placement::uniform;
};

/// Views of the whole picture in a square, grey beside it, among the crops: the first ones of a
/// step. Strength scales their share.
struct OverviewOptions {
  double strength = 0;
  Switch share{.early = 0.75, .late = 0.25};
};

/// Moves the canvas by whole pixels, round its edges. Strength scales the way.
struct RollOptions {
  double strength = 0;
  double share = 0.25;
};

/// Mirrors left to right. Strength scales the chance.
struct FlipOptions {
  double strength = 0;
  double chance = 0.5;
};

/// Turns and stretches the view, each amount uniform to both sides. Strength scales the amounts.
struct AffineOptions {
  double strength = 0;
  double chance = 1;
  double angle_deg = 10;
  double translate = 0.1;  ///< of the view's side
  double scale = 0.1;      ///< size changes by a factor of 1 +- scale
  double shear_deg = 5;
};

/// Moves each corner by up to a quarter of `distortion` view sides along each axis, to both sides.
/// Strength scales the distortion, which ends at 0.95.
struct PerspectiveOptions {
  double strength = 0;
  double chance = 0.7;
  double distortion = 0.4;
};

/// Factors 1 +- amount, hue +- amount of a turn. Strength scales the amounts.
struct ColourOptions {
  double strength = 0;
  double chance = 1;
  double brightness = 0.1, contrast = 0.1, saturation = 0.1, hue = 0.1;
};

/// Adds noise of mean 0 to every value. Strength scales the amplitude.
struct NoiseOptions {
  double strength = 0;
  double amplitude = 0.1;        ///< standard deviation, or the bound when uniform
  bool random_amplitude = true;  ///< times U[0, 1), one a view
  bool uniform = false;          ///< else Gaussian
};

/// Takes the colour away. Strength scales the chance.
struct GreyOptions {
  double strength = 0;
  Switch chance{.early = 0.2, .late = 0.2};
};

/// Covers a rectangle. Strength scales the chance.
struct EraseOptions {
  double strength = 0;
  double chance = 0.5;
  double min_area = 0.02, max_area = 0.33;  ///< of the view
  double aspect = 3.3;                      ///< width to height, at most, either way
  double fill = 0;
};

struct ViewOptions {
  int count = 1;                  ///< views a picture and step
  double margin_share = 0;        ///< canvas on each side of the picture, while roll is at 1
  Border border = Border::clamp;  ///< what views see beyond the canvas; roll and overscan wrap
  bool clip = false;              ///< clip the views to [0, 1] at the end
  CropOptions crop{};
  OverviewOptions overview{};
  RollOptions roll{};
  FlipOptions flip{};
  AffineOptions affine{};
  PerspectiveOptions perspective{};
  ColourOptions colour{};
  NoiseOptions noise{};
  GreyOptions grey{};
  EraseOptions erase{};
};

/// plain, das, aphantasia, vqgan-clip, disco
const std::vector<std::string>& view_preset_names();

/// throws  UsageError for another name
ViewOptions view_preset(const std::string& name);

/// The augmentations: crop, overview, roll, flip, affine, perspective, colour, noise, grey, erase.
const std::vector<std::string>& view_strength_names();

/// Sets one augmentation's strength: 1 is the preset's amount, or the default where the preset
/// lacks it; 0 is off. Setting it again replaces it.
///   throws  UsageError for another name, or a strength outside [0, kStrongest]
void set_strength(ViewOptions& options, const std::string& name, double strength);
inline constexpr double kStrongest = 10;
inline constexpr int kMostViews = 1 << 16;  ///< a picture and step

/// One augmentation's strength as it stands.
///   throws  UsageError for another name
double view_strength(const ViewOptions& options, const std::string& name);

/// Canvas these views want on each side of a picture of this size.
int margin_px(const ViewOptions& options, int width, int height);

/// The view. Its pictures are canvases with `margin_px` more on each side than the picture wanted.
///   throws  UsageError for options out of range
std::unique_ptr<View> make_view(const ViewOptions& options, int margin_px = 0);

}  // namespace clipguide::view
