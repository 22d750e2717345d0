#include "clipguide/objective/contrast_objective.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "clipguide/base/error.h"

namespace clipguide::objective {
namespace {

/// Lower-case words without articles; a plain plural counts as its singular.
std::set<std::string> words_of(const std::string& text) {
  std::set<std::string> words;
  std::string word;
  const auto close = [&] {
    if (word.size() > 3 && word.ends_with('s')) word.pop_back();
    if (!word.empty() && word != "a" && word != "an" && word != "the") words.insert(word);
    word.clear();
  };
  for (const unsigned char c : text) {
    if (std::isalnum(c) || c >= 0x80)
      word += char(std::tolower(c));
    else
      close();
  }
  close();
  return words;
}

}  // namespace

ContrastObjective::ContrastObjective(std::vector<ContrastTexts> texts, double weight,
                                     int most_views)
    : texts_(std::move(texts)), weight_(weight), most_views_(most_views) {
  for (const ContrastTexts& text : texts_) {
    if (text.wanted.dim() != 2 || text.rivals.dim() != 2 || text.wanted.size(0) < 1 ||
        text.rivals.size(0) < 1 || text.wanted.size(1) != text.rivals.size(1))
      throw base::ShapeError(
          "contrast: expected wanted texts [P, D] and rivals [R, D], got others");
    total_model_weight_ += text.model_weight;
  }
}

at::Tensor ContrastObjective::loss(const Evidence& evidence) const {
  at::Tensor total;
  for (std::size_t m = 0; m < texts_.size(); ++m) {
    const ContrastTexts& text = texts_[m];
    at::Tensor views = evidence.embeddings[m];  // [N, V, D]
    if (most_views_ > 0 && most_views_ < views.size(1)) views = views.narrow(1, 0, most_views_);
    const at::Tensor wanted =
        (text.logit_scale * torch::matmul(views, text.wanted.t())).logsumexp(-1);
    const at::Tensor rivals =
        (text.logit_scale * torch::matmul(views, text.rivals.t())).logsumexp(-1);
    // -log(w / (w + r)), without overflow
    const at::Tensor surprise = torch::softplus(rivals - wanted).mean(1);  // [N]
    const at::Tensor share = surprise * (weight_ * text.model_weight / total_model_weight_);
    total = total.defined() ? total + share : share;
  }
  return total;
}

std::vector<std::string> contradicting(const std::vector<std::string>& rivals,
                                       const std::vector<std::string>& prompts) {
  std::set<std::string> said;
  for (const std::string& prompt : prompts) said.merge(words_of(prompt));
  std::vector<std::string> left;
  for (const std::string& rival : rivals) {
    const std::set<std::string> words = words_of(rival);
    if (!std::includes(said.begin(), said.end(), words.begin(), words.end())) left.push_back(rival);
  }
  return left;
}

}  // namespace clipguide::objective
