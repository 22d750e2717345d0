#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "clipguide/guide/picture_maker.h"
#include "clipguide/workflow/explore.h"
#include "clipguide/workflow/prompt_judge.h"

namespace clipguide::workflow {

/// A picture of the grid that is there, and what is thought of it.
struct SeenPicture {
  media::Picture picture;
  double similarity = 0, judge_similarity = 0;
  int rank = 0;                     ///< by the judge, from 1 for the best; 0: only shown
  std::optional<double> elapsed_s;  ///< nothing when it lay there already
};

/// The pictures of the grid, in its order, made into the folder or found there, judged and ranked.
///   on_picture  after each, with all so far; stop: asked after each step
///   returns     fewer than grid.cells, and none ranked, when stopped
///   throws      as guide::PictureMaker::make does
std::vector<SeenPicture> make_pictures(
    const ExploreGrid& grid, const std::filesystem::path& folder, guide::PictureMaker& maker,
    const PromptJudge& judge,
    const std::function<void(const std::vector<SeenPicture>&)>& on_picture = {},
    const std::function<bool()>& stop = {});

/// "best-1.png"
std::string best_name(int rank);

/// The best `count` once more by that name, byte for byte.
void write_best(const ExploreGrid& grid, const std::vector<SeenPicture>& seen, int count,
                const std::filesystem::path& folder);

/// All of them on one sheet, those that are only shown no larger than those that were made; the
/// best `marked` stand out.   throws  as draw_sheet does
media::Picture draw_grid(const ExploreGrid& grid, const std::vector<SeenPicture>& seen,
                         const std::string& title, int marked);

}  // namespace clipguide::workflow
