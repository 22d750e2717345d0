#pragma once

#include <vector>

#include "clipguide/guide/option_kinds.h"

/// Groups of run options that stand in files of their own. For option_table only.
namespace clipguide::guide {

/// Prompts and the terms beside them: "What is wanted".
void add_wanted_options(std::vector<OptionSpec>& table);

/// What single canvases need: "What is optimised".
void add_canvas_options(std::vector<OptionSpec>& table);

/// Masks, symmetry, tiles: "Where it paints".
void add_layout_options(std::vector<OptionSpec>& table);

}  // namespace clipguide::guide
