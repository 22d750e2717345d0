#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "clipguide/base/torch.h"
#include "clipguide/clip/clip_model.h"
#include "clipguide/objective/names.h"

namespace clipguide::guide {

/// All things that a model may know, and how it embeds their names.
struct NameList {
  std::vector<objective::Name> names;
  std::vector<std::string> texts;  ///< the names alone
  at::Tensor embeddings;           ///< [R, D], unit length; undefined for an empty list

  /// Where each of some names stands; they are in the list's order.
  std::vector<std::int64_t> rows_of(const std::vector<std::string>& some) const;

  /// Which of some names, in the list's order, a picture does not show yet: the model that the list
  /// belongs to finds several others nearer.   picture [1, 3, H, W]
  std::vector<std::string> not_shown(const std::vector<std::string>& some,
                                     const clip::ClipModel& model, const at::Tensor& picture) const;

  /// Of the things that texts give a colour, by their rows: "a red apple" as the model embeds it,
  /// [D], unit length.
  std::map<std::int64_t, at::Tensor> coloured(const std::vector<std::string>& of_texts,
                                              const clip::ClipModel& model) const;
};

/// A name a line, as objective::parse_name has it.   throws  as read_prompt_list
NameList read_name_list(const std::filesystem::path& path, const clip::ClipModel& model);

}  // namespace clipguide::guide
