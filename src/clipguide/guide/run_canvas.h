#pragma once

#include <memory>

#include "clipguide/base/torch.h"
#include "clipguide/canvas/canvas.h"
#include "clipguide/guide/run_options.h"

namespace clipguide::guide {

/// The canvas of a run as it stands before the first step: of its kind and size, with its margin,
/// symmetric if so wanted, begun from grey, noise or a picture, and seen through a mask where part
/// of the start is to stay.
///   restored  its parameters will be replaced by a snapshot's: nothing is done for them alone
///   throws    UsageError, ShapeError, FormatError, IoError
std::unique_ptr<canvas::Canvas> make_run_canvas(const RunOptions& options, int margin_px,
                                                torch::Device device, bool restored);

}  // namespace clipguide::guide
