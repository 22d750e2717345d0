#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "clipguide/base/torch.h"
#include "clipguide/canvas/canvas.h"
#include "clipguide/canvas/collage_canvas.h"
#include "clipguide/canvas/saved_collage.h"
#include "clipguide/guide/run_options.h"

namespace clipguide::guide {

/// What the canvas of a run needs beside the run's options.
struct CanvasStart {
  int margin_px = 0;
  torch::Device device = torch::kCPU;
  bool restored =
      false;            ///< a snapshot will replace the parameters: nothing is done for them alone
  at::Tensor searched;  ///< [N, 3, H, W], margin included: where to begin when init is search
  std::filesystem::path forms;                ///< the generator that comes with the model
  std::filesystem::path decoder, encoder;     ///< files of those that the options name
  const kernels::Kernels* kernels = nullptr;  ///< as CanvasOptions has them
  /// Is given a collage before it is wrapped, to set its objects, and its backdrop when init is
  /// search. Otherwise that is painted already. And the mask that it will be seen through, [1, 1,
  /// H, W], margin included, or undefined.
  std::function<void(canvas::CollageCanvas&, const at::Tensor& mask)> arrange;
  const canvas::SavedCollage* collage = nullptr;  ///< that init names
};

/// The canvas of a run as it stands before the first step: of its kind and size, with its margin,
/// symmetric if so wanted, begun from grey, noise or a picture, and seen through a mask where part
/// of the start is to stay.
///   throws  UsageError, ShapeError, FormatError, IoError
std::unique_ptr<canvas::Canvas> make_run_canvas(const RunOptions& options,
                                                const CanvasStart& begin);

}  // namespace clipguide::guide
