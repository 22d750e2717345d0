#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "clipguide/base/error.h"
#include "clipguide/cli/commands.h"
#include "clipguide/cli/output_names.h"
#include "clipguide/cli/preset_flag.h"
#include "clipguide/cli/progress.h"
#include "clipguide/cli/studio.h"
#include "clipguide/media/video.h"
#include "clipguide/objective/prompt_text.h"
#include "clipguide/workflow/film.h"
#include "clipguide/workflow/rehearsal.h"

namespace clipguide::cli {
namespace {

using base::UsageError;
using nlohmann::json;
using workflow::FilmScript;
using workflow::FinishedFrame;
using workflow::SpecTable;
namespace fs = std::filesystem;

const FlagSpec kFrames = {
    "frames", 0, OptionType::integer,  "What is filmed", "N", "frames of the film",
    {},       1, workflow::kMostFrames};

struct FilmFlags {
  explicit FilmFlags(CLI::App& verb)
      : studio(verb, {"prompt", "batch", "judge", "export-scale", "prompt-weights"}) {
    add_text(verb, "output", output);
    add_text(verb, "pictures", pictures);
    add_text(verb, "preset", preset);
    add_integer(verb, kFrames, frames);
    add_integer(verb, "first-steps", first_steps);
    for (const auto& [name, value] : {std::pair{"fps", &fps},
                                      {"zoom", &zoom},
                                      {"pan-x", &pan_x},
                                      {"pan-y", &pan_y},
                                      {"rotate", &rotate},
                                      {"border", &border},
                                      {"resample", &resample}})
      add_text(verb, name, *value);
    add_flag(verb, "dry-run", dry_run);
  }

  std::string what;  ///< a script's path or a prompt
  std::string output, pictures, preset;
  int frames = 0, first_steps = 0;
  std::string fps, zoom, pan_x, pan_y, rotate, border, resample;
  bool dry_run = false;
  StudioFlags studio;
};

template <class Value, class Parse>
void set_if_given(Value& value, const std::string& text, Parse parse) {
  if (text.empty()) return;
  try {
    value = parse(text);
  } catch (const UsageError& error) {
    throw UsageError(fmt::format("--{}", error.what()), error.hint());
  }
}

class Film {
 public:
  explicit Film(const FilmFlags& flags)
      : flags_(flags), studio_(flags.studio), terminal_(studio_.terminal()) {
    if (flags.what.empty())
      throw UsageError("film: expected a script or a prompt, got none",
                       "clipguide film \"an owl at night\" --zoom 1.03 -o owl.mp4");
    const bool is_script = flags.what.ends_with(".toml");
    if (is_script) table_ = SpecTable::read(flags.what);
    read_script();
    choose_outputs(is_script ? fs::path(flags.what).stem().string() : slug(flags.what));
  }

  int run() {
    if (flags_.dry_run) return rehearse();
    if (!film_.empty() && !media::can_write_video())
      terminal_.warn("the program ffmpeg is not here: only the frames will be made");
    const guide::PictureMaker maker(studio_.context(), CLIPGUIDE_VERSION);
    const auto frames = workflow::make_film(
        script_, folder_, maker, CLIPGUIDE_VERSION,
        [this](const FinishedFrame& frame) { report(frame); },
        [this] { return studio_.interrupted(); });
    terminal_.finish_line();
    if (int(frames.size()) < script_.frames) return stopped(frames);
    if (!film_.empty()) {
      try {
        media::write_video(film_, folder_, {script_.fps, script_.frames});
      } catch (const base::IoError& error) {
        if (studio_.interrupted()) return stopped(frames);  // ffmpeg was interrupted with us
        const std::string kept = fmt::format("the frames are kept in {}", folder_.string());
        throw base::IoError(error.what(), error.hint().empty() ? kept : error.hint() + "; " + kept);
      }
    }
    print(frames, /*complete=*/true);
    return 0;
  }

 private:
  void read_script() {
    const std::string preset = !flags_.preset.empty() ? flags_.preset
                               : table_               ? table_->text("preset", "default")
                                                      : "default";
    std::vector<std::string> models;
    guide::RunOptions options;
    if (table_) {
      table_->expect_only(workflow::film_keys(), /*and_run_options=*/true);
      for (const char* key : {"batch", "judge", "export_scale", "prompt_weights"})
        if (table_->has(key)) table_->refuse(key, "no such option in a film", "one");
      models = table_->texts("model");
    }
    options = studio_.options(preset, models);
    if (table_) {
      workflow::read_film(*table_, script_);
      if (table_->has("size"))
        options.width = options.height = int(table_->integer("size", 8, 16384));
      table_->apply_run_options(options, workflow::film_keys());
      studio_.apply_flags(options);
    } else {
      options.prompt = flags_.what;
    }
    options.judge.clear();
    apply_flags();
    const auto given = [this](const std::string& option) {
      std::string key = option;
      std::replace(key.begin(), key.end(), '-', '_');
      return flags_.studio.run.given(option) ||
             (table_ && (table_->has(key) || table_->has(option)));
    };
    workflow::share_options(script_, options, first_steps(preset, options), given);
    workflow::settle_story(script_);
    if (options.prompt.empty() && script_.story.empty() && options.image_prompts.empty())
      throw UsageError(fmt::format("{}: expected a prompt or a story, got neither", flags_.what));
    if (script_.story.empty() && !options.prompt.empty()) objective::parse_prompts(options.prompt);
  }

  void apply_flags() {
    if (flags_.frames > 0) script_.frames = flags_.frames;
    const auto motion = [](const char* name) {
      return [name](const std::string& text) { return workflow::parse_motion(name, text); };
    };
    set_if_given(script_.fps, flags_.fps, workflow::parse_fps);
    set_if_given(script_.zoom, flags_.zoom, motion("zoom"));
    set_if_given(script_.pan_x, flags_.pan_x, motion("pan-x"));
    set_if_given(script_.pan_y, flags_.pan_y, motion("pan-y"));
    set_if_given(script_.rotate_deg, flags_.rotate, motion("rotate"));
    set_if_given(script_.border, flags_.border, workflow::parse_border);
    set_if_given(script_.resample, flags_.resample, workflow::parse_resample);
  }

  /// As given, else those of the preset: --steps is for the frames after it.
  int first_steps(const std::string& preset, const guide::RunOptions& options) const {
    if (flags_.first_steps > 0) return flags_.first_steps;
    const int of_preset = options_of_preset(preset, options.models, studio_.finder()).steps;
    return table_ ? int(table_->integer("first_steps", 1, 1'000'000, of_preset)) : of_preset;
  }

  /// A film and a folder of its frames beside it, or such a folder alone.
  void choose_outputs(const std::string& name) {
    const fs::path output = flags_.output.empty()
                                ? fs::path((name.empty() ? "film" : name) + ".mp4")
                                : fs::path(flags_.output);
    if (media::is_video_name(output)) {
      film_ = output;
      check_folder(film_);
      folder_ = output.parent_path() / (output.stem().string() + "-frames");
    } else if (output.has_extension() && !fs::is_directory(output)) {
      throw UsageError(
          fmt::format("{}: expected a film as .mp4, .webm or .gif, or a folder for its frames",
                      output.string()));
    } else {
      folder_ = output;
    }
    if (!flags_.pictures.empty()) folder_ = flags_.pictures;
    if (fs::exists(folder_) && !fs::is_directory(folder_))
      throw base::IoError(folder_.string() + ": expected a folder for the frames, got a file");
    check_folder(fs::is_directory(folder_) ? folder_ / media::frame_name(1) : folder_);
  }

  int rehearse() {
    const std::size_t there = workflow::finished_frames(script_, folder_).size();
    const guide::PictureMaker maker(studio_.context(), CLIPGUIDE_VERSION);
    const int missing = script_.frames - int(there);
    guide::RunOptions first = workflow::frame_of(script_, 1).options;
    const workflow::Rehearsal cost = workflow::rehearse(first, maker, InterruptWatch::requested);
    guide::RunOptions later = workflow::frame_of(script_, script_.frames).options;
    double expected_s = 0;
    if (script_.frames > 1) {
      later.strength = 1;  // there is no frame before to keep yet
      const int later_missing = missing - (there == 0);
      expected_s = later_missing * workflow::rehearse(later, maker, InterruptWatch::requested)
                                       .picture_s(script_.later.steps);
    }
    if (there == 0) expected_s += cost.picture_s(script_.first.steps);
    print_plan(int(there), expected_s, cost.memory_bytes);
    return 0;
  }

  void print_plan(int there, double expected_s, std::int64_t memory_bytes) {
    json points = json::array();
    for (const workflow::StoryPoint& point : script_.story)
      points.push_back({{"frame", point.frame}, {"prompt", point.prompt}, {"hold", point.hold}});
    const json plan = {{"dry_run", true},
                       {"pictures", script_.frames},
                       {"there", there},
                       {"width", script_.first.width},
                       {"height", script_.first.height},
                       {"fps", script_.fps},
                       {"first_steps", script_.first.steps},
                       {"steps", script_.later.steps},
                       {"story", points},
                       {"folder", folder_.string()},
                       {"film", film_.string()},
                       {"expected_s", expected_s},
                       {"memory_bytes", memory_bytes}};
    if (studio_.json()) return print_result(plan);
    print_result(fmt::format("{} frames of {}x{}, {} a second: {:.1f} s of film", script_.frames,
                             script_.first.width, script_.first.height, script_.fps,
                             script_.frames / script_.fps));
    for (const workflow::StoryPoint& point : script_.story)
      print_result(fmt::format("  from frame {}: {}", point.frame, point.prompt));
    if (script_.story.empty()) print_result(fmt::format("  {}", script_.first.prompt));
    print_result(fmt::format("{} steps for the first frame, {} for each after it",
                             script_.first.steps, script_.later.steps));
    print_result(fmt::format("{} lie in {}, {} are to be made", there, folder_.string(),
                             script_.frames - there));
    print_result(fmt::format("about {} and {:.1f} GiB of memory, by a measure of some steps",
                             format_duration(expected_s), double(memory_bytes) / (1 << 30)));
    if (!film_.empty())
      print_result(media::can_write_video()
                       ? fmt::format("then {} by ffmpeg", film_.string())
                       : "the program ffmpeg is not here: only the frames would be made");
  }

  void report(const FinishedFrame& frame) {
    if (frame.elapsed_s) {
      ++made_;
      elapsed_s_ += *frame.elapsed_s;
    }
    const double left_s = made_ ? elapsed_s_ / made_ * (script_.frames - frame.number) : 0;
    const std::string line = fmt::format(
        "frame {} of {}  similarity {:.3f}{}", frame.number, script_.frames, frame.similarity,
        made_ ? fmt::format("  {} left", format_duration(left_s)) : "");
    if (terminal_.is_terminal())
      terminal_.redraw(line);
    else if (frame.number % 10 == 0 || frame.number == script_.frames ||
             terminal_.loudness() == Loudness::verbose)
      terminal_.say(line);
  }

  int stopped(const std::vector<FinishedFrame>& frames) {
    print(frames, /*complete=*/false);
    terminal_.say(fmt::format("interrupted after frame {} of {}; the same command goes on",
                              frames.size(), script_.frames));
    return 130;
  }

  void print(const std::vector<FinishedFrame>& frames, bool complete) {
    const bool with_film = complete && !film_.empty();
    if (!studio_.json()) {
      if (with_film) print_result(fmt::format("{}  {} frames", film_.string(), frames.size()));
      print_result(fmt::format("{}  {} frames, {} of them made now", folder_.string(),
                               frames.size(), made_));
      return;
    }
    json list = json::array();
    for (const FinishedFrame& frame : frames) {
      list.push_back({{"file", media::frame_name(frame.number).string()},
                      {"similarity", frame.similarity},
                      {"sha256", frame.sha256}});
      if (frame.elapsed_s) list.back()["elapsed_s"] = *frame.elapsed_s;
    }
    json result = {{"folder", folder_.string()},
                   {"frames", list},
                   {"made", made_},
                   {"elapsed_s", elapsed_s_},
                   {"interrupted", !complete}};
    if (with_film) result["film"] = film_.string();
    print_result(result);
  }

  const FilmFlags& flags_;
  Studio studio_;
  Terminal& terminal_;
  std::optional<SpecTable> table_;
  FilmScript script_;
  fs::path film_, folder_;
  int made_ = 0;
  double elapsed_s_ = 0;
};

}  // namespace

void add_film_command(CLI::App& parent, SetAction set_action) {
  CLI::App* verb = parent.add_subcommand(
      "film", "a film: each frame begins with the one before, moved, and goes on by guidance");
  const auto flags = std::make_shared<FilmFlags>(*verb);
  verb->add_option("what", flags->what, "a script in TOML, or a prompt")
      ->type_name("SCRIPT.toml|PROMPT");
  verb->callback([=] { set_action([=] { return Film(*flags).run(); }); });
}

}  // namespace clipguide::cli
