#include "clipguide/guide/name_list.h"

#include <algorithm>

#include "clipguide/guide/prompt_list.h"
#include "clipguide/objective/plain_words.h"

namespace clipguide::guide {

std::vector<std::int64_t> NameList::rows_of(const std::vector<std::string>& some) const {
  std::vector<std::int64_t> rows;
  auto from = texts.begin();
  for (const std::string& name : some) {
    from = std::find(from, texts.end(), name);
    rows.push_back(from - texts.begin());
  }
  return rows;
}

std::vector<std::string> NameList::not_shown(const std::vector<std::string>& some,
                                             const clip::ClipModel& model,
                                             const at::Tensor& picture) const {
  constexpr std::int64_t kShown = 5;
  const torch::NoGradGuard no_grad;
  const int side = model.input_side_px();
  const at::Tensor seen =
      clip::unit_length(model.encode_image(at::adaptive_avg_pool2d(picture, {side, side})))[0];
  const at::Tensor likeness = embeddings.mv(seen);  // [R]
  const double least =
      std::get<0>(likeness.topk(std::min(kShown, likeness.size(0)))).min().item<double>();
  std::vector<std::string> missing;
  const std::vector<std::int64_t> rows = rows_of(some);
  for (std::size_t i = 0; i < some.size(); ++i)
    if (likeness[rows[i]].item<double>() < least) missing.push_back(some[i]);
  return missing;
}

std::map<std::int64_t, at::Tensor> NameList::coloured(const std::vector<std::string>& of_texts,
                                                      const clip::ClipModel& model) const {
  const torch::NoGradGuard no_grad;
  std::map<std::int64_t, at::Tensor> phrases;
  for (const std::string& name : objective::names_said(names, of_texts)) {
    const std::string colour = objective::colour_said(names, of_texts, name);
    if (colour.empty()) continue;
    const std::size_t space = name.find(' ');
    const bool article = objective::is_article(name.substr(0, space));
    const std::string phrase = (colour == "orange" ? "an " : "a ") + colour + " " +
                               (article ? name.substr(space + 1) : name);
    phrases[rows_of({name})[0]] =
        clip::unit_length(model.encode_texts({phrase}, /*truncate=*/true))[0];
  }
  return phrases;
}

NameList read_name_list(const std::filesystem::path& path, const clip::ClipModel& model) {
  const torch::NoGradGuard no_grad;
  NameList list;
  for (const std::string& line : read_prompt_list(path)) {
    list.names.push_back(objective::parse_name(line));
    list.texts.push_back(list.names.back().text);
  }
  list.embeddings = clip::unit_length(model.encode_texts(list.texts, /*truncate=*/true));
  return list;
}

}  // namespace clipguide::guide
