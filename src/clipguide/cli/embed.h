#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "clipguide/base/torch.h"
#include "clipguide/clip/clip_model.h"

/// What embed, score and gradient share.   V pictures, P texts, D embedding.
namespace clipguide::cli {

struct Embeddings {
  at::Tensor images;  ///< [V, D], before normalisation; undefined without pictures
  at::Tensor texts;   ///< [P, D], the same
};

/// Picture files and texts through both towers, pictures one at a time to bound memory.
Embeddings embed(const clip::ClipModel& model, const std::vector<std::string>& image_paths,
                 const std::vector<std::string>& texts, bool truncate, torch::Device device);

/// [V, P] cosines; both must be there.
at::Tensor cosines(const Embeddings& embeddings);

/// A matrix as an array of arrays; [] when undefined.
nlohmann::json rows(const at::Tensor& matrix);

}  // namespace clipguide::cli
