#pragma once

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "clipguide/guide/picture_maker.h"
#include "clipguide/workflow/storyboard_script.h"

/// Storyboards: a script of panels -> a folder with panels/NAME.png, sheet.png, sheet.pdf,
/// index.html and manifest.json. What lies in the folder already and is still wanted is not made
/// again.
namespace clipguide::workflow {

/// What is known of a panel before the work.
struct PanelPlan {
  std::string file;         ///< from the folder: "panels/NAME.png"
  bool lies_there = false;  ///< false for one that starts from a picture which is yet to be made
};

/// throws  UsageError when the folder holds something else, IoError for a missing start or mask
std::vector<PanelPlan> plan_storyboard(const Storyboard& board,
                                       const std::filesystem::path& folder);

struct FinishedPanel {
  std::string file;
  guide::RunRecord record;
  std::string sha256;               ///< of the file
  std::string pixels;               ///< "sha256:.." of the pixels alone
  nlohmann::json contents;          ///< of the files that the options name
  std::optional<double> elapsed_s;  ///< nothing when it lay there already
};

struct FinishedStoryboard {
  std::vector<FinishedPanel> panels;
  std::vector<std::string> unused;  ///< pictures of earlier scripts, which were left alone
  bool complete = true;             ///< false when a callback said stop: only pictures were written
};

struct StoryboardEvents {
  std::function<guide::Verdict(std::size_t panel, const guide::StepEvent&)> on_step;
  std::function<guide::Verdict(std::size_t panel, const FinishedPanel&)> on_panel;
};

/// Makes the panels that are missing and writes all the rest.
///   throws  as plan_storyboard, and as PictureMaker::make; panels that are finished stay
FinishedStoryboard make_storyboard(const Storyboard& board, const std::filesystem::path& folder,
                                   guide::PictureMaker& maker, const std::string& version,
                                   const StoryboardEvents& events = {});

/// manifest.json.
nlohmann::ordered_json manifest_of(const Storyboard& board, const FinishedStoryboard& finished,
                                   const std::string& version);

}  // namespace clipguide::workflow
