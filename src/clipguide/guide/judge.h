#pragma once

#include <memory>
#include <string>
#include <vector>

#include "clipguide/base/torch.h"
#include "clipguide/clip/clip_model.h"
#include "clipguide/media/picture.h"

namespace clipguide::guide {

/// A model that looks at finished pictures and is not optimised, with the texts that it chooses
/// among.   P texts, D embedding
class Judge {
 public:
  /// throws  as ClipModel::encode_texts; texts that are too long are cut
  Judge(std::shared_ptr<const clip::ClipModel> clip, const std::vector<std::string>& texts,
        torch::Device device = torch::kCPU);

  /// Cosines of a picture to the texts, [P] f64 on the CPU.
  std::vector<double> look(const media::Picture& picture) const;

  /// Its embedding of a picture, of unit length, [D] f32 on the CPU.
  at::Tensor embed(const media::Picture& picture) const;

 private:
  std::shared_ptr<const clip::ClipModel> clip_;
  torch::Device device_;
  at::Tensor texts_;  // [P, D]
};

}  // namespace clipguide::guide
