#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "clipguide/clip/config.h"

/// The models that are timed: published shapes with random weights, which are as fast as trained
/// ones.
namespace clipguide::bench {

struct Model {
  std::string name;
  std::filesystem::path folder;
  clip::ClipConfig config;
};

const std::vector<std::string>& published_names();  ///< ViT-B/32, ViT-B/16, ViT-L/14, RN50

/// The image tower of that name, or of the small "RN-64px", in full, beside a text tower as small
/// as can be: the text is embedded once and has no part in a step. Written below `work` unless it
/// is there already.
///   throws  UsageError for another name
Model random_model(const std::string& name, const std::filesystem::path& work);

/// A model that lies in a folder.
Model model_in(const std::filesystem::path& folder);

/// The image tower's multiplications and additions for one view.
struct Work {
  double forward_gflop = 0, backward_gflop = 0;  ///< backward: to the input alone
  double gflop() const { return forward_gflop + backward_gflop; }
};
Work work_of(const clip::ClipConfig& config);

/// About what an autograd graph keeps for a view, bytes.
double graph_bytes(const clip::ClipConfig& config, int bytes_a_value);

}  // namespace clipguide::bench
