#include "clipguide/workflow/storyboard.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"
#include "clipguide/canvas/saved_collage.h"
#include "clipguide/guide/option_table.h"
#include "clipguide/guide/run_prompts.h"
#include "clipguide/weights/checksum.h"
#include "clipguide/workflow/picture_shelf.h"
#include "clipguide/workflow/storyboard_pages.h"

namespace clipguide::workflow {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using nlohmann::ordered_json;

constexpr const char* kKind = "clipguide storyboard";
constexpr const char* kManifest = "manifest.json";
constexpr std::size_t kLargestManifest = std::size_t(64) << 20;
// Stands for the digest of a picture that is not there yet.
constexpr const char* kToBeMade = "to be made";

std::string file_of(const Panel& panel) { return "panels/" + panel.name + ".png"; }

/// Whether a panel starts from another's objects and not from its picture.
bool goes_on(const Storyboard& board, const Panel& panel) {
  if (panel.from < 0) return false;
  const guide::RunOptions& before = board.panels[std::size_t(panel.from)].options;
  const guide::RunOptions& now = panel.options;
  return before.canvas == "collage" && now.canvas == "collage" && before.width == now.width &&
         before.height == now.height;
}

/// Whether a later panel starts from the objects of this one.
bool is_gone_on_from(const Storyboard& board, std::size_t index) {
  return std::any_of(board.panels.begin(), board.panels.end(), [&](const Panel& panel) {
    return panel.from == int(index) && goes_on(board, panel);
  });
}

/// What a panel is made of.
struct Ingredients {
  guide::RunOptions options;  ///< as they are run: with the path of what the panel starts from
  json contents;
  std::string digest;  ///< of both
  fs::path collage;    ///< where its objects are kept; empty where no panel goes on from it
};

/// A page or a manifest that somebody else wrote is not written over.
void check_folder(const fs::path& folder) {
  std::error_code ignored;
  if (fs::exists(folder, ignored) && !fs::is_directory(folder, ignored))
    base::throw_error<base::UsageError>("{}: expected a folder, got a file", folder.string());
  const fs::path manifest = folder / kManifest;
  bool ours = false;
  if (fs::exists(manifest, ignored)) {
    const json content = json::parse(base::read_file(manifest, kLargestManifest), nullptr,
                                     /*allow_exceptions=*/false);
    ours = content.is_object() && content.value("kind", json()) == json(kKind);
  }
  for (const char* name : {kManifest, kSheet, kDocument, kPage})
    if (!ours && fs::exists(folder / name, ignored))
      throw base::UsageError(
          fmt::format("{}: expected a folder of this storyboard or an empty one, got one with a "
                      "{} of something else",
                      folder.string(), name),
          "choose another folder with -o");
}

class Maker {
 public:
  Maker(const Storyboard& board, const fs::path& folder)
      : board_(board), folder_(folder), shelf_(folder / "panels") {
    check_folder(folder);
    for (const Panel& panel : board.panels) shelf_.check_place(folder / file_of(panel));
  }

  std::vector<PanelPlan> plan() {
    std::vector<PanelPlan> plans;
    std::vector<std::string> pixels;  // of each panel's picture
    std::vector<Ingredients> all;
    for (std::size_t i = 0; i < board_.panels.size(); ++i) {
      const Panel& panel = board_.panels[i];
      guide::check_prompts(panel.options);
      all.push_back(ingredients(i, all, panel.from < 0 ? "" : pixels[std::size_t(panel.from)]));
      std::optional<std::string> there;
      if (has_needed_collage(all[i]))
        there = pixels_of(all[i].options, all[i].contents, folder_ / file_of(panel));
      plans.push_back({file_of(panel), there.has_value()});
      pixels.push_back(there.value_or(kToBeMade));
    }
    return plans;
  }

  FinishedStoryboard make(guide::PictureMaker& maker, const std::string& version,
                          const StoryboardEvents& events) {
    plan();  // finds what is missing before the work
    fs::create_directories(folder_ / "panels");
    FinishedStoryboard finished;
    std::set<fs::path> wanted;
    std::vector<Ingredients> all;
    for (std::size_t i = 0; i < board_.panels.size(); ++i) {
      const int from = board_.panels[i].from;
      all.push_back(ingredients(i, all, from < 0 ? "" : finished.panels[std::size_t(from)].pixels));
      std::optional<FinishedPanel> panel = finish(i, all[i], maker, version, events);
      if (!panel) return stopped(finished);
      wanted.insert(folder_ / panel->file);
      wanted.insert(all[i].collage);
      finished.panels.push_back(std::move(*panel));
      if (events.on_panel && events.on_panel(i, finished.panels.back()) == guide::Verdict::stop &&
          i + 1 < board_.panels.size())
        return stopped(finished);
    }
    for (const fs::path& path : shelf_.tidy(wanted))
      finished.unused.push_back("panels/" + path.filename().string());
    remove_collages_but(wanted);
    return finished;
  }

 private:
  fs::path collages() const { return folder_ / "panels" / "collages"; }

  /// `all`: those of the panels before.   start_pixels  of the picture that it starts from
  Ingredients ingredients(std::size_t index, const std::vector<Ingredients>& all,
                          const std::string& start_pixels) const {
    const Panel& panel = board_.panels[index];
    Ingredients made{panel.options, {}, {}, {}};
    if (!goes_on(board_, panel)) made.options.ground = "keep";  // it was said for all panels
    std::string start = start_pixels;
    if (panel.from >= 0) {
      const auto from = std::size_t(panel.from);
      fs::path path = folder_ / file_of(board_.panels[from]);
      if (goes_on(board_, panel)) {
        path = all[from].collage;
        start = all[from].digest;
      }
      made.options.init = path.string();
    }
    made.contents = guide::contents_of(made.options, start);
    made.digest = digest_of(made.options, made.contents);
    if (is_gone_on_from(board_, index))
      made.collage =
          collages() / (made.digest.substr(made.digest.find(':') + 1, 16) + ".collage.safetensors");
    return made;
  }

  /// Its own is there, or no panel goes on from it.
  static bool has_needed_collage(const Ingredients& panel) {
    return panel.collage.empty() || fs::exists(panel.collage);
  }

  void remove_collages_but(const std::set<fs::path>& wanted) const {
    std::error_code ignored;
    std::vector<fs::path> unwanted;
    for (const fs::directory_entry& file : fs::directory_iterator(collages(), ignored))
      if (canvas::is_collage_name(file.path()) && !wanted.contains(file.path()))
        unwanted.push_back(file.path());
    for (const fs::path& path : unwanted) fs::remove(path, ignored);
  }

  /// The digest of the picture that lies there; nothing where none does that can be read whole.
  std::optional<std::string> pixels_of(const guide::RunOptions& options, const json& contents,
                                       const fs::path& path) {
    while (const PictureShelf::Entry* there = shelf_.find(options, contents, path)) {
      try {
        return pixel_digest(media::read_picture(there->path));
      } catch (const base::FormatError&) {
        shelf_.forget(*there);
      }
    }
    return std::nullopt;
  }

  static FinishedStoryboard stopped(FinishedStoryboard& finished) {
    finished.complete = false;
    return std::move(finished);
  }

  std::optional<FinishedPanel> finish(std::size_t index, const Ingredients& of,
                                      guide::PictureMaker& maker, const std::string& version,
                                      const StoryboardEvents& events) {
    const guide::RunOptions& options = of.options;
    FinishedPanel result;
    result.file = file_of(board_.panels[index]);
    result.contents = of.contents;
    const fs::path path = folder_ / result.file;
    PictureShelf::Entry* const there =
        has_needed_collage(of) ? shelf_.find(options, result.contents, path) : nullptr;
    if (there) {
      shelf_.place(*there, path, options, result.contents, version);
      result.record = there->record;
      result.record.options = options;
    } else {
      auto made = run(index, options, maker, events);
      if (!made) return std::nullopt;
      if (!of.collage.empty()) {  // before the picture, which is whole only with it
        fs::create_directories(collages());
        canvas::write_collage(of.collage, made->collage.value());
      }
      shelf_.write(path, made->picture, made->record, result.contents, version);
      result.record = made->record;
      result.elapsed_s = made->elapsed_s;
    }
    result.sha256 = weights::digest_file(path, weights::Checksum::Kind::sha256);
    result.pixels = pixel_digest(media::read_picture(path));
    return result;
  }

  std::optional<guide::MadePicture> run(std::size_t index, const guide::RunOptions& options,
                                        guide::PictureMaker& maker,
                                        const StoryboardEvents& events) const {
    try {
      return maker.make(options, {}, [&](const guide::StepEvent& event) {
        return events.on_step ? events.on_step(index, event) : guide::Verdict::go_on;
      });
    } catch (const base::DivergedError& error) {  // the maker does not know the panel's name
      throw base::DivergedError(fmt::format("{}: {}", file_of(board_.panels[index]), error.what()),
                                error.hint());
    }
  }

  const Storyboard& board_;
  fs::path folder_;
  PictureShelf shelf_;
};

}  // namespace

std::vector<PanelPlan> plan_storyboard(const Storyboard& board, const fs::path& folder) {
  return Maker(board, folder).plan();
}

ordered_json manifest_of(const Storyboard& board, const FinishedStoryboard& finished,
                         const std::string& version) {
  ordered_json panels = ordered_json::array();
  for (std::size_t i = 0; i < finished.panels.size(); ++i) {
    const Panel& panel = board.panels[i];
    const FinishedPanel& made = finished.panels[i];
    ordered_json row = {{"name", panel.name},
                        {"file", made.file},
                        {"caption", panel.caption},
                        {"prompt", made.record.options.prompt},
                        {"negative_prompt", made.record.options.negative_prompt},
                        {"seed", made.record.options.seed},
                        {"similarity", nullptr},
                        {"sha256", made.sha256},
                        {"pixels", made.pixels},
                        {"from", nullptr},
                        {"contents", made.contents},
                        {"options", guide::to_json(made.record.options)}};
    if (made.record.similarity) row["similarity"] = *made.record.similarity;
    if (made.record.judge_similarity) row["judge_similarity"] = *made.record.judge_similarity;
    if (panel.from >= 0) {
      const FinishedPanel& start = finished.panels[std::size_t(panel.from)];
      row["from"] = {{"name", board.panels[std::size_t(panel.from)].name},
                     {"file", start.file},
                     {"pixels", start.pixels}};
    }
    panels.push_back(row);
  }
  return {{"kind", kKind},
          {"version", version},
          {"title", board.title},
          {"panels", panels},
          {"unused", finished.unused}};
}

FinishedStoryboard make_storyboard(const Storyboard& board, const fs::path& folder,
                                   guide::PictureMaker& maker, const std::string& version,
                                   const StoryboardEvents& events) {
  FinishedStoryboard finished = Maker(board, folder).make(maker, version, events);
  if (!finished.complete) return finished;
  // The manifest first: it says whose folder this is.
  write_if_changed(folder / kManifest, manifest_of(board, finished, version).dump(2) + "\n");
  write_pages(board, finished, folder);
  return finished;
}

}  // namespace clipguide::workflow
