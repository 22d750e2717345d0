#include "clipguide/workflow/storyboard.h"

#include <fmt/format.h>

#include <set>

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"
#include "clipguide/guide/option_table.h"
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

/// Options as they are run: with the path of the picture that the panel starts from.
guide::RunOptions options_of(const Storyboard& board, const Panel& panel, const fs::path& folder) {
  guide::RunOptions options = panel.options;
  if (panel.from >= 0)
    options.init = (folder / file_of(board.panels[std::size_t(panel.from)])).string();
  return options;
}

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
    for (const Panel& panel : board_.panels) {
      const guide::RunOptions options = options_of(board_, panel, folder_);
      const std::string start = panel.from < 0 ? "" : pixels[std::size_t(panel.from)];
      const json contents = contents_of(options, start);
      const std::optional<std::string> there =
          pixels_of(options, contents, folder_ / file_of(panel));
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
    for (std::size_t i = 0; i < board_.panels.size(); ++i) {
      std::optional<FinishedPanel> panel = finish(i, finished.panels, maker, version, events);
      if (!panel) return stopped(finished);
      wanted.insert(folder_ / panel->file);
      finished.panels.push_back(std::move(*panel));
      if (events.on_panel && events.on_panel(i, finished.panels.back()) == guide::Verdict::stop &&
          i + 1 < board_.panels.size())
        return stopped(finished);
    }
    for (const fs::path& path : shelf_.tidy(wanted))
      finished.unused.push_back("panels/" + path.filename().string());
    return finished;
  }

 private:
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

  std::optional<FinishedPanel> finish(std::size_t index, const std::vector<FinishedPanel>& before,
                                      guide::PictureMaker& maker, const std::string& version,
                                      const StoryboardEvents& events) {
    const Panel& panel = board_.panels[index];
    const guide::RunOptions options = options_of(board_, panel, folder_);
    const fs::path path = folder_ / file_of(panel);
    FinishedPanel result;
    result.file = file_of(panel);
    result.contents =
        contents_of(options, panel.from < 0 ? "" : before[std::size_t(panel.from)].pixels);
    if (PictureShelf::Entry* there = shelf_.find(options, result.contents, path)) {
      shelf_.place(*there, path, options, result.contents, version);
      result.record = there->record;
      result.record.options = options;
    } else {
      auto made = maker.make(options, {}, [&](const guide::StepEvent& event) {
        return events.on_step ? events.on_step(index, event) : guide::Verdict::go_on;
      });
      if (!made) return std::nullopt;
      shelf_.write(path, made->picture, made->record, result.contents, version);
      result.record = made->record;
      result.elapsed_s = made->elapsed_s;
    }
    result.sha256 = weights::digest_file(path, weights::Checksum::Kind::sha256);
    result.pixels = pixel_digest(media::read_picture(path));
    return result;
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
