#include "clipguide/guide/named_files.h"

#include <algorithm>

#include "clipguide/canvas/saved_collage.h"
#include "clipguide/guide/region.h"
#include "clipguide/media/picture.h"
#include "clipguide/objective/prompt_text.h"
#include "clipguide/weights/checksum.h"
#include "clipguide/weights/model_store.h"

namespace clipguide::guide {
namespace {

using nlohmann::json;
using Replaced = std::function<std::string(const std::string&)>;

std::string picture_with_path(const std::string& spec, std::string_view name,
                              const Replaced& replaced) {
  std::vector<objective::PromptText> texts = objective::parse_prompts(spec, name);
  for (objective::PromptText& text : texts) text.text = replaced(text.text);
  return objective::format_prompts(texts);
}

std::string region_with_path(const std::string& spec, const Replaced& replaced) {
  const Region region = parse_region(spec);
  if (region.mask.empty()) return spec;
  return "mask=" + replaced(region.mask) + ": " + objective::format_prompts({region.prompt});
}

/// Each text of a list changed.
template <class Change>
json each(const json& list, const Change& change) {
  json made = json::array();
  for (const json& item : list)
    made.push_back(item.is_string() ? json(change(item.get_ref<const std::string&>())) : item);
  return made;
}

}  // namespace

json with_paths(const OptionSpec& option, const json& value, const Replaced& replaced) {
  if (option.type == OptionType::path && value.is_string()) {
    const std::string& text = value.get_ref<const std::string&>();
    const auto& words = option.choices;
    const bool is_path = !text.empty() &&
                         std::find(words.begin(), words.end(), text) == words.end() &&
                         !(option.or_repository && weights::names_repository(text));
    return is_path ? json(replaced(text)) : value;
  }
  if (!value.is_array()) return value;
  for (const PictureList& list : kPictureLists)
    if (option.name == list.name)
      return each(value, [&](const std::string& spec) {
        return picture_with_path(spec, list.name, replaced);
      });
  if (option.name == "region")
    return each(value, [&](const std::string& spec) { return region_with_path(spec, replaced); });
  return value;
}

bool names_pictures(const OptionSpec& option) {
  return option.name == "init" || option.name == "mask" || option.name == "region" ||
         std::any_of(kPictureLists.begin(), kPictureLists.end(),
                     [&](const PictureList& list) { return option.name == list.name; });
}

void check_picture(const std::string& path) {
  if (canvas::is_collage_name(path))
    canvas::read_collage(path);
  else
    media::read_picture(path);
}

void check_files(const RunOptions& options, std::set<std::string>& checked) {
  for (const OptionSpec& option : option_table())
    with_paths(option, option.get(options), [&](const std::string& path) {
      if (!checked.contains(path)) {
        if (names_pictures(option))
          check_picture(path);
        else
          file_digest(path);
        checked.insert(path);
      }
      return path;
    });
}

std::string file_digest(const std::string& path) {
  return "sha256:" + weights::digest_file(path, weights::Checksum::Kind::sha256);
}

json contents_of(const RunOptions& options, const std::string& start) {
  json contents = json::object();
  for (const OptionSpec& option : option_table()) {
    const json value = option.get(options);
    const bool is_known = option.name == "init" && !start.empty();
    json held = with_paths(option, value, [&](const std::string& path) {
      return is_known ? start : file_digest(path);
    });
    if (held == value) continue;
    std::string key = option.name;
    std::replace(key.begin(), key.end(), '-', '_');
    contents[key] = std::move(held);
  }
  return contents;
}

}  // namespace clipguide::guide
