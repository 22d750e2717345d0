#pragma once

#include <memory>
#include <string>
#include <vector>

#include "clipguide/guide/judge.h"

namespace clipguide::workflow {

/// A judge of pictures that each have prompts of their own.
class PromptJudge {
 public:
  /// prompts  `text:weight | ..` of all pictures to come
  ///   throws  UsageError as objective::parse_prompts does
  PromptJudge(std::shared_ptr<const clip::ClipModel> clip, const std::vector<std::string>& prompts,
              torch::Device device = torch::kCPU);

  /// Mean cosine to the wanted texts of one of the prompts, by their weights; 0 where none is
  /// wanted.
  double similarity(const media::Picture& picture, const std::string& prompt) const;

 private:
  std::vector<std::string> texts_;
  guide::Judge judge_;
};

}  // namespace clipguide::workflow
