#include "clipguide/cli/embed.h"

#include "clipguide/media/picture.h"

namespace clipguide::cli {

Embeddings embed(const clip::ClipModel& model, const std::vector<std::string>& image_paths,
                 const std::vector<std::string>& texts, bool truncate, torch::Device device) {
  const torch::NoGradGuard no_grad;
  Embeddings embeddings;
  std::vector<at::Tensor> images;
  for (const std::string& path : image_paths)
    images.push_back(
        model.encode_image(clip::preprocess(media::read_picture(path), model.config()).to(device)));
  if (!images.empty()) embeddings.images = torch::cat(images);
  if (!texts.empty()) embeddings.texts = model.encode_texts(texts, truncate);
  return embeddings;
}

at::Tensor cosines(const Embeddings& embeddings) {
  return clip::unit_length(embeddings.images).matmul(clip::unit_length(embeddings.texts).t());
}

nlohmann::json rows(const at::Tensor& matrix) {
  nlohmann::json all = nlohmann::json::array();
  if (!matrix.defined()) return all;
  const at::Tensor values = matrix.to(torch::kCPU, torch::kFloat64).contiguous();
  for (std::int64_t row = 0; row < values.size(0); ++row) {
    const double* first = values.data_ptr<double>() + row * values.size(1);
    all.push_back(std::vector<double>(first, first + values.size(1)));
  }
  return all;
}

}  // namespace clipguide::cli
