#pragma once

#include <filesystem>
#include <string>

#include "clipguide/base/torch.h"
#include "clipguide/media/picture.h"

/// Pictures of a run on their way into files.   N pictures, H W pixels.
namespace clipguide::cli {

/// [3, H, W] in [0, 1] to bytes.
media::Picture to_picture(const at::Tensor& picture);

/// [N, 3, H, W] as one picture: itself, or a contact sheet.
media::Picture side_by_side(const at::Tensor& pictures);

/// Writes the picture of each step into a folder: 000001.png, or 1-000001.png .. for a batch.
class FrameWriter {
 public:
  /// Makes the folder.   throws  IoError
  FrameWriter(std::filesystem::path folder, int every);
  /// throws  IoError
  void write(int step, const at::Tensor& pictures) const;

 private:
  std::filesystem::path folder_;
  int every_;
};

}  // namespace clipguide::cli
