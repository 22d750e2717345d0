#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "clipguide/base/error.h"
#include "clipguide/base/terminal_text.h"
#include "clipguide/cli/commands.h"
#include "clipguide/cli/common_flags.h"
#include "clipguide/media/picture.h"

namespace clipguide::cli {
namespace {

using nlohmann::json;

struct InspectFlags {
  RemarkFlags remarks;
  std::string picture;
};

/// JSON texts as JSON, others as texts.
json as_json(const media::Metadata& metadata) {
  json object = json::object();
  for (const auto& [key, text] : metadata) {
    const json value = json::parse(text, nullptr, /*allow_exceptions=*/false);
    object[key] = value.is_object() ? value : json(text);
  }
  return object;
}

/// "key:" and its lines indented; objects one entry a line.
std::string as_text(const json& metadata) {
  std::string text;
  for (const auto& [key, value] : metadata.items()) {
    const std::string body = value.is_string()
                                 ? value.get<std::string>()
                                 : value.dump(2, ' ', false, json::error_handler_t::replace);
    text += base::terminal_text(key) + ":\n";
    for (const std::string& line : CLI::detail::split(body, '\n'))
      text += "  " + base::terminal_text(line) + "\n";
  }
  text.pop_back();
  return text;
}

int run_inspect(const InspectFlags& flags) {
  if (flags.picture.empty()) throw base::UsageError("inspect: expected a picture, got nothing");
  const json metadata = as_json(media::read_metadata(flags.picture));
  if (flags.remarks.json)
    print_result(metadata);
  else
    print_result(metadata.empty() ? flags.picture + ": no metadata" : as_text(metadata));
  return 0;
}

}  // namespace

void add_inspect_command(CLI::App& parent, SetAction set_action) {
  CLI::App* verb = parent.add_subcommand("inspect", "what a picture tells about how it was made");
  const auto flags = std::make_shared<InspectFlags>();
  verb->add_option("picture", flags->picture, "PNG, JPEG or WebP")->type_name("PICTURE");
  add_remark_flags(*verb, flags->remarks);
  verb->callback([=] { set_action([=] { return run_inspect(*flags); }); });
}

}  // namespace clipguide::cli
