#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "clipguide/guide/option_table.h"
#include "clipguide/guide/run_options.h"

/// Pictures that differ in few things, in rows and columns.
namespace clipguide::workflow {

/// Values of one run option.
struct Sweep {
  const guide::OptionSpec* option = nullptr;
  std::vector<std::string> values;  ///< as written, none twice

  std::string label(std::size_t i) const { return option->name + " " + values.at(i); }
};

/// OPTION=A,B,C; where a value has a comma of its own, OPTION=A;B;C. For numbers also LOW:HIGH:N, N
/// values in equal steps. Each value is checked.
///   throws  UsageError "sweep: expected .., got .."
Sweep parse_sweep(std::string_view text);

/// One picture of the grid.
struct ExploreCell {
  guide::RunOptions options;
  std::string name;             ///< of its file: "tv-50_seed-7.png"
  std::string label;            ///< what neither row nor column say
  std::filesystem::path given;  ///< a picture that is there already and only shown
};

/// block-major, then row by row: blocks x rows x columns cells. Without columns there is one list
/// of cells, which stand as it fits.
struct ExploreGrid {
  std::vector<std::string> blocks, rows, columns;  ///< labels
  std::vector<ExploreCell> cells;
};

constexpr int kMostCells = 1024;

/// Seeds from base.seed on, by the values of up to two sweeps: of one, seeds are the rows; of two,
/// each seed has a block.
///   throws  UsageError for more than two sweeps, for two of the same option, for too many cells
ExploreGrid sweep_grid(const guide::RunOptions& base, const std::vector<Sweep>& sweeps, int seeds);

/// Whether runs with these options depart from what they once made by being shown it as an image
/// prompt: a collage looks for objects of its own, on a ground of its own or in a picture that is
/// still there, and would find those of a picture that it starts from there already. The other
/// canvases start from the picture.
bool departs_by_likeness(const guide::RunOptions& options);

/// Has a run depart from pictures by options.strength: it resembles them so much less than its
/// prompts as it may depart from them.
///   pictures  path -> share, adding up to 1
///   strength  of the run itself from here on
void depart_by_likeness(guide::RunOptions& options,
                        const std::vector<std::pair<std::filesystem::path, double>>& pictures,
                        double strength);

/// A picture to go from or to, and how it was made.
struct Endpoint {
  std::filesystem::path path;
  guide::RunOptions options;
};

/// The two and `count` pictures between, at equal steps of t from 0 to 1: each seed has a row. All
/// have the options of the first but for the prompts, which are mixtures, and what they depart
/// from: what `start_of` gives for their t, or the two ends by likeness.
///   options   as the first picture has them, with what the user changed
///   start_of  t -> path of the picture to depart from
ExploreGrid between_grid(const Endpoint& from, const Endpoint& to, const guide::RunOptions& options,
                         int count, int seeds,
                         const std::function<std::filesystem::path(double t)>& start_of);

/// A value as part of a file's name: letters, digits, dots and signs; others become '_', and then
/// some digits of a hash keep it apart from its like.
std::string file_word(const std::string& value);

}  // namespace clipguide::workflow
