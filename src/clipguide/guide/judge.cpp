#include "clipguide/guide/judge.h"

#include <algorithm>

#include "clipguide/base/error.h"

namespace clipguide::guide {

Judge::Judge(std::shared_ptr<const clip::ClipModel> clip, const std::vector<std::string>& texts,
             torch::Device device)
    : clip_(std::move(clip)), device_(device) {
  const torch::NoGradGuard no_grad;
  constexpr std::size_t kPortion = 256;
  std::vector<at::Tensor> rows;
  for (std::size_t at = 0; at < texts.size(); at += kPortion) {
    const auto first = texts.begin() + std::ptrdiff_t(at);
    rows.push_back(
        clip_->encode_texts({first, first + std::ptrdiff_t(std::min(kPortion, texts.size() - at))},
                            /*truncate=*/true));
  }
  if (rows.empty()) throw base::UsageError("judge: expected texts to choose among, got none");
  texts_ = clip::unit_length(torch::cat(rows)).to(torch::kCPU, torch::kFloat32);
}

std::vector<double> Judge::look(const media::Picture& picture) const {
  const at::Tensor cosine = torch::matmul(texts_, embed(picture)).to(torch::kFloat64).contiguous();
  return {cosine.data_ptr<double>(), cosine.data_ptr<double>() + cosine.numel()};
}

at::Tensor Judge::embed(const media::Picture& picture) const {
  const torch::NoGradGuard no_grad;
  const at::Tensor seen = clip::preprocess(picture, clip_->config()).to(device_);
  return clip::unit_length(clip_->encode_image(seen))[0].to(torch::kCPU, torch::kFloat32);
}

}  // namespace clipguide::guide
