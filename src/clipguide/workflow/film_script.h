#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "clipguide/guide/curve.h"
#include "clipguide/guide/run_options.h"
#include "clipguide/imaging/warp.h"
#include "clipguide/workflow/spec_file.h"

/// What a film shows and how the camera moves. Frames are counted from 1; curves run over the film,
/// t = 0 at the first frame and 1 at the last.
namespace clipguide::workflow {

/// A prompt and the frame at which it stands alone.
struct StoryPoint {
  int frame = 1;
  std::string prompt;
  int hold = 0;  ///< for so many frames more, before the next one begins to show
};

struct FilmScript {
  guide::RunOptions first;  ///< of the first frame
  guide::RunOptions later;  ///< of each after it; it begins with the frame before, as moved

  int frames = 48;
  double fps = 12;
  // From each frame to the next; imaging::Motion has the units.
  guide::Curve zoom = 1, pan_x = 0, pan_y = 0, rotate_deg = 0;
  imaging::Border border = imaging::Border::reflect;
  imaging::Kernel resample = imaging::Kernel::bicubic;
  std::vector<StoryPoint> story;  ///< ascending; empty: the options' prompt throughout
};

constexpr int kMostFrames = 100'000;
constexpr int kLaterSteps = 10;  ///< of a frame that begins with the one before

/// The keys of a script that are no run options.
const std::vector<std::string>& film_keys();

// Values as flags write them.   throws  UsageError "name: expected .., got .."
guide::Curve parse_motion(std::string_view name, const std::string& text);  ///< zoom, pan-x, ..
double parse_fps(const std::string& text);
imaging::Border parse_border(const std::string& text);
imaging::Kernel parse_resample(const std::string& text);

/// Reads what a script says of the film itself: all but run options, preset, size, steps, output.
///   throws  UsageError naming the line
void read_film(const SpecTable& script, FilmScript& film);

/// Puts the story on its frames: points without a frame are spread evenly over the film. Prompts
/// that the options would morph between become the story.
///   throws  UsageError for points outside the film, out of order, or held too long
void settle_story(FilmScript& film);

/// The options of both kinds of frame. Later ones take fewer and smaller steps and all detail at
/// once, but where `given` says that the user chose.
///   options      of the run; its steps are those of later frames where given
///   first_steps  of the first frame
void share_options(FilmScript& film, const guide::RunOptions& options, int first_steps,
                   const std::function<bool(const std::string& option)>& given);

}  // namespace clipguide::workflow
