#pragma once

#include <clipguide/base/torch.h>

#include <filesystem>
#include <string>
#include <vector>

/// Labelled pictures in memory.   N pictures, S side.
struct ImageFolder {
  std::vector<std::string> classes;  ///< names of the folders, sorted: a label is an index
  at::Tensor pictures;               ///< [N, 3, S, S] f32 in [0, 1], class by class
  at::Tensor labels;                 ///< [N] i64

  /// The first `count` pictures of each class.
  ImageFolder first(int count) const;
  int smallest_class() const;
};

/// Reads FOLDER/CLASS/*.png, in the order of the names, resized to side_px x side_px.
/// throws  clipguide::base::Error when there is no such folder, no class or a class without
/// pictures
ImageFolder read_image_folder(const std::filesystem::path& folder, int side_px);
