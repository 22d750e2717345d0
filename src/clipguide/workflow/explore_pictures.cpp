#include "clipguide/workflow/explore_pictures.h"

#include <fmt/format.h>

#include <algorithm>

#include "clipguide/base/file.h"
#include "clipguide/workflow/explore_start.h"
#include "clipguide/workflow/grid_sheet.h"
#include "clipguide/workflow/reduced_picture.h"

namespace clipguide::workflow {
namespace {

namespace fs = std::filesystem;

/// A picture that is only shown; its record tells its similarity.
SeenPicture shown(const fs::path& path) {
  StartPicture there = read_start(path);
  SeenPicture seen;
  seen.picture = std::move(there.picture);
  if (there.record) seen.similarity = there.record->similarity.value_or(0);
  return seen;
}

void rank(const ExploreGrid& grid, std::vector<SeenPicture>& seen) {
  std::vector<SeenPicture*> order;
  for (std::size_t i = 0; i < seen.size(); ++i)
    if (grid.cells[i].given.empty()) order.push_back(&seen[i]);
  std::stable_sort(order.begin(), order.end(), [](const SeenPicture* a, const SeenPicture* b) {
    return a->judge_similarity > b->judge_similarity;
  });
  for (std::size_t k = 0; k < order.size(); ++k) order[k]->rank = int(k) + 1;
}

}  // namespace

std::vector<SeenPicture> make_pictures(
    const ExploreGrid& grid, const fs::path& folder, guide::PictureMaker& maker,
    const PromptJudge& judge,
    const std::function<void(const std::vector<SeenPicture>&)>& on_picture,
    const std::function<bool()>& stop) {
  const auto stopped = [&] { return stop && stop(); };
  std::vector<SeenPicture> all;
  for (const ExploreCell& cell : grid.cells) {
    if (stopped()) return all;
    SeenPicture seen;
    if (!cell.given.empty()) {
      seen = shown(cell.given);
    } else {
      auto made = maker.make(cell.options, folder / cell.name, [&](const guide::StepEvent&) {
        return stopped() ? guide::Verdict::stop : guide::Verdict::go_on;
      });
      if (!made) return all;
      seen = {std::move(made->picture), made->record.similarity.value_or(0), 0, 0, made->elapsed_s};
    }
    seen.judge_similarity = judge.similarity(seen.picture, cell.options.prompt);
    all.push_back(std::move(seen));
    if (on_picture) on_picture(all);
  }
  rank(grid, all);
  return all;
}

std::string best_name(int rank) { return fmt::format("best-{}.png", rank); }

void write_best(const ExploreGrid& grid, const std::vector<SeenPicture>& seen, int count,
                const fs::path& folder) {
  constexpr std::size_t kLargestPicture = std::size_t(1) << 30;
  for (std::size_t i = 0; i < seen.size(); ++i)
    if (seen[i].rank >= 1 && seen[i].rank <= count)
      base::write_file(folder / best_name(seen[i].rank),
                       base::read_file(folder / grid.cells[i].name, kLargestPicture));
}

media::Picture draw_grid(const ExploreGrid& grid, const std::vector<SeenPicture>& seen,
                         const std::string& title, int marked) {
  int longest_px = 0;
  for (std::size_t i = 0; i < seen.size(); ++i)
    if (grid.cells[i].given.empty())
      longest_px = std::max({longest_px, seen[i].picture.width_px, seen[i].picture.height_px});
  GridSheet sheet{title, grid.blocks, grid.rows, grid.columns, {}};
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const ExploreCell& cell = grid.cells[i];
    SheetCell drawn;
    const bool only_shown = !cell.given.empty() && longest_px > 0;
    drawn.picture = only_shown ? reduced(seen[i].picture, longest_px) : seen[i].picture;
    drawn.marked = seen[i].rank >= 1 && seen[i].rank <= marked;
    if (!cell.label.empty()) drawn.caption.push_back(cell.label);
    drawn.caption.push_back(fmt::format("{}{:.2f}  judge {:.2f}",
                                        drawn.marked ? fmt::format("#{}  ", seen[i].rank) : "",
                                        seen[i].similarity, seen[i].judge_similarity));
    if (!cell.given.empty()) drawn.caption.push_back(cell.name);
    sheet.cells.push_back(std::move(drawn));
  }
  return draw_sheet(sheet);
}

}  // namespace clipguide::workflow
