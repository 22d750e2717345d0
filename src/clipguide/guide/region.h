#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "clipguide/canvas/area.h"
#include "clipguide/guide/scheduled_view.h"
#include "clipguide/objective/prompt_text.h"

/// Prompts for a part of the picture: it gets views of its own, which only its prompt judges.
namespace clipguide::guide {

/// A box in shares of the picture's sides, from its upper left corner, and what it should show.
/// With a mask it is the box around the mask's white part, and only that part is moved by the
/// prompt: what lies around it in the box is seen and left alone.
struct Region {
  double x = 0, y = 0, width = 1, height = 1;
  objective::PromptText prompt;
  std::string mask;   ///< path; empty: a box
  at::Tensor inside;  ///< [1, 1, h, w] f32, the mask within the box; undefined without one
};

/// X,Y,WIDTH,HEIGHT:text:weight:stop, for example "0.5,0,0.5,1: a red apple"; or
/// mask=FILE:text:weight:stop with a picture that is stretched over the whole one. Reads no file:
/// the box of a mask is still the whole picture.
///   throws  UsageError, also for a box that is not inside the picture
Region parse_region(const std::string& text);

/// The same with the mask read.   throws  as media::read_picture, UsageError for a black mask
Region load_region(const std::string& text);

/// The box around what is rather white than black in a mask [1, 1, h, w], white being its
/// brightest; empty for a black one.
canvas::Area white_area(const at::Tensor& mask);

/// The views of the whole picture, then those of each region: `views_each` crops inside its box.
struct RegionalView {
  std::unique_ptr<view::View> view;
  std::function<int(double progress)> whole;       ///< views of the whole picture come first
  std::function<int(double progress)> views_each;  ///< then so many of each region, in order;
                                                   ///< empty without regions
};

/// A quarter of the views for each region, at least two. Without regions the views themselves.
RegionalView make_regional_view(const view::ViewOptions& options, const ViewCurves& curves,
                                int margin_px, const std::vector<Region>& regions);

}  // namespace clipguide::guide
