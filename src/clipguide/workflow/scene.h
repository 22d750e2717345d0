#pragma once

#include <string>
#include <vector>

#include "clipguide/guide/run_options.h"
#include "clipguide/workflow/spec_file.h"

/// Scene files: several prompts laid out in one picture. A scene is a way to write run options, and
/// nothing else: the picture's record holds these.
namespace clipguide::workflow {

/// Keys: background, weight, negative, [options] (run options), [[part]]: prompt, weight, negative,
/// box = [x, y, width, height] in shares of the sides or mask = FILE, overlap. A part becomes a
/// region, its negative a region of negative weight at the same place; the rest is the prompt.
///   options  those to start from, changed by the scene's
///   throws   UsageError "file: line N: ..", also where two parts lie over one another and neither
///   says
///            overlap = true; as media::read_picture for a mask
void apply_scene(const SpecTable& scene, guide::RunOptions& options);

}  // namespace clipguide::workflow
