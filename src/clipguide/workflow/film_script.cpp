#include "clipguide/workflow/film_script.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "clipguide/base/error.h"
#include "clipguide/guide/nearest.h"
#include "clipguide/guide/option_kinds.h"
#include "clipguide/objective/prompt_text.h"
#include "clipguide/workflow/option_form.h"

namespace clipguide::workflow {
namespace {

using base::UsageError;
using guide::Curve;

constexpr double kFastest_fps = 120;

struct MotionRange {
  std::string_view name;
  double low, high;
};
constexpr MotionRange kMotions[] = {
    {"zoom", 0.25, 4}, {"pan-x", -1, 1}, {"pan-y", -1, 1}, {"rotate", -180, 180}};

template <class Value>
Value choose(const char* name, const std::string& text,
             const std::vector<std::pair<std::string, Value>>& choices) {
  std::vector<std::string> names;
  for (const auto& [choice, value] : choices) {
    if (choice == text) return value;
    names.push_back(choice);
  }
  throw UsageError(fmt::format("{}: expected {} or {}, got {}", name, names[0], names[1], text));
}

/// Says the line of a value that was refused.
template <class Parse>
auto at_line(const SpecTable& table, std::string_view key, Parse parse) {
  try {
    return parse();
  } catch (const UsageError& error) {
    throw UsageError(
        fmt::format("{}: line {}: {}", table.source(), table.line_of(key), error.what()),
        error.hint());
  }
}

void read_motion(const SpecTable& script, std::string_view key, Curve& curve) {
  if (!script.has(key)) return;
  std::string name(key);
  std::replace(name.begin(), name.end(), '_', '-');
  curve =
      at_line(script, key, [&] { return parse_motion(name, curve_text(name, script.value(key))); });
}

StoryPoint read_point(const SpecTable& table, int frames) {
  table.expect_only({"frame", "prompt", "hold"});
  StoryPoint point;
  point.frame = int(table.integer("frame", 1, frames, 0));
  point.hold = int(table.integer("hold", 0, frames, 0));
  point.prompt = table.text("prompt");
  at_line(table, "prompt", [&] { return objective::parse_prompts(point.prompt); });
  return point;
}

/// Prompts that follow one another, as a story.
std::vector<StoryPoint> story_of(const std::string& prompts) {
  std::vector<StoryPoint> story;
  for (const objective::PromptText& prompt : objective::parse_prompts(prompts))
    story.push_back({0, objective::format_prompts({prompt}), 0});
  if (story.size() < 2)
    throw UsageError("morph: expected at least two prompts, separated by |, got one");
  return story;
}

}  // namespace

const std::vector<std::string>& film_keys() {
  static const std::vector<std::string> keys = {"preset", "size",   "first_steps", "frames",
                                                "fps",    "zoom",   "pan_x",       "pan_y",
                                                "rotate", "border", "resample",    "story"};
  return keys;
}

Curve parse_motion(std::string_view name, const std::string& text) {
  const auto* range = std::find_if(std::begin(kMotions), std::end(kMotions),
                                   [&](const MotionRange& one) { return one.name == name; });
  const Curve curve = Curve::parse(text, name);
  const double worst = curve.worst(range->low, range->high);
  if (!(worst >= range->low && worst <= range->high))
    base::throw_error<UsageError>("{}: expected a number or curve from {} to {}, got {} from '{}'",
                                  name, range->low, range->high, worst, text);
  return curve;
}

double parse_fps(const std::string& text) {
  const auto fps = guide::whole<double>(text);
  if (!fps || !(*fps >= 0.1 && *fps <= kFastest_fps))
    base::throw_error<UsageError>("fps: expected a number from 0.1 to {}, got {}", kFastest_fps,
                                  text);
  return *fps;
}

imaging::Border parse_border(const std::string& text) {
  return choose<imaging::Border>(
      "border", text, {{"reflect", imaging::Border::reflect}, {"wrap", imaging::Border::wrap}});
}

imaging::Kernel parse_resample(const std::string& text) {
  return choose<imaging::Kernel>(
      "resample", text,
      {{"bicubic", imaging::Kernel::bicubic}, {"bilinear", imaging::Kernel::bilinear}});
}

void read_film(const SpecTable& script, FilmScript& film) {
  film.frames = int(script.integer("frames", 1, kMostFrames, film.frames));
  film.fps = script.number("fps", 0.1, kFastest_fps, film.fps);
  read_motion(script, "zoom", film.zoom);
  read_motion(script, "pan_x", film.pan_x);
  read_motion(script, "pan_y", film.pan_y);
  read_motion(script, "rotate", film.rotate_deg);
  film.border = parse_border(script.choice("border", {"reflect", "wrap"}, "reflect"));
  film.resample = parse_resample(script.choice("resample", {"bicubic", "bilinear"}, "bicubic"));
  if (!script.has("story")) return;
  if (script.has("prompt")) script.refuse("prompt", "it or a story", "both");
  const std::vector<SpecTable> points = script.tables("story");
  if (points.empty()) script.refuse("story", "at least one [[story]] with a prompt", "none");
  for (const SpecTable& point : points) film.story.push_back(read_point(point, kMostFrames));
}

void settle_story(FilmScript& film) {
  if (film.first.morph || film.later.morph) {
    if (film.story.empty()) film.story = story_of(film.first.prompt);
    film.first.morph = film.later.morph = false;
  }
  std::vector<StoryPoint>& story = film.story;
  if (story.empty()) return;

  // Place them where the script does not.
  const auto placed = std::count_if(story.begin(), story.end(),
                                    [](const StoryPoint& point) { return point.frame > 0; });
  if (placed != 0 && placed != std::ptrdiff_t(story.size()))
    base::throw_error<UsageError>(
        "story: expected a frame for each of its {} prompts or for none, got {}", story.size(),
        placed);
  if (placed == 0)
    for (std::size_t i = 0; i < story.size(); ++i)
      story[i].frame =
          story.size() == 1
              ? 1
              : 1 + int(std::lround(double(i) * (film.frames - 1) / double(story.size() - 1)));

  for (std::size_t i = 0; i < story.size(); ++i) {
    if (story[i].frame > film.frames)
      base::throw_error<UsageError>("story: expected frames from 1 to {}, got {} for \"{}\"",
                                    film.frames, story[i].frame, story[i].prompt);
    if (i + 1 < story.size() && story[i].frame + story[i].hold >= story[i + 1].frame)
      base::throw_error<UsageError>(
          "story: expected \"{}\" at a frame after {}, until which the one before is held, got {}",
          story[i + 1].prompt, story[i].frame + story[i].hold, story[i + 1].frame);
  }
}

void share_options(FilmScript& film, const guide::RunOptions& options, int first_steps,
                   const std::function<bool(const std::string& option)>& given) {
  if (!options.prompt_weights.empty())
    throw UsageError("prompt-weights: expected none in a film, got some",
                     "a [[story]] says what is to be seen when");
  film.first = options;
  film.first.steps = first_steps;
  const std::string& init = options.init;
  const bool from_picture = init != "grey" && init != "noise" && init != "search";
  if (!from_picture) film.first.strength = 1;  // what there is to keep comes with the first frame

  film.later = options;
  if (!given("steps")) film.later.steps = kLaterSteps;
  // The frame before has its large forms already, and what is good about it is to stay.
  if (!given("coarse-to-fine")) film.later.coarse_to_fine = 0;
  // At a quarter of the rate a story never arrives: colours follow and forms do not.
  constexpr double kGentler = 0.5;
  if (!given("lr")) film.later.lr = kGentler * options.lr.at(0);  // 0 stays: the canvas's default
}

}  // namespace clipguide::workflow
