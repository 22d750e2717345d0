#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "clipguide/canvas/collage_canvas.h"
#include "clipguide/canvas/placement.h"
#include "clipguide/imaging/warp.h"

namespace clipguide::canvas {

/// The collage of one picture, without the margin around it: what another run can go on from.
struct SavedCollage {
  struct Object {
    std::string thing;  ///< that it stands for; empty where the prompts name none
    Placement placement;
  };
  at::Tensor ground;  ///< [1, 3, H, W] f32 in [0, 1]
  at::Tensor fitted;  ///< the same: what the ground was fitted to; undefined where it is painted
  std::vector<Object> objects;
};

/// Takes a collage off its canvas, grounds in 8 bits.
///   picture  of the canvas's N
///   things   what each of the canvas's objects stands for; those that are not there are left out
SavedCollage saved_collage(const CollageCanvas& collage, int picture, int margin_px,
                           const std::vector<std::string>& things);

/// As a camera sees it that has moved: objects keep their colours and forms.
///   throws  as imaging::warp does
SavedCollage moved(const SavedCollage& collage, const imaging::Motion& motion,
                   imaging::Border border, imaging::Kernel kernel);

/// A safetensors file: ground and, where there is one, fitted u8 [3, H, W], code [K, C], place [K,
/// 4], tint [K, 6], opacity [K], and the things as JSON in its metadata. What is read equals what
/// was written.
///   throws  IoError, FormatError
void write_collage(const std::filesystem::path& path, const SavedCollage& collage);
SavedCollage read_collage(const std::filesystem::path& path);

/// Whether a start names such a file: by its ending.
bool is_collage_name(const std::filesystem::path& path);

}  // namespace clipguide::canvas
