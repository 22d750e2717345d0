#include <fmt/ranges.h>

#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "clipguide/base/error.h"
#include "clipguide/cli/commands.h"
#include "clipguide/cli/common_flags.h"
#include "clipguide/cli/flag_table.h"
#include "clipguide/cli/model_finder.h"

namespace clipguide::cli {
namespace {

using nlohmann::json;

struct TokenizeFlags {
  ModelFlags model;
  RemarkFlags remarks;
};

/// The text of one line of input: itself, or what the JSON string on it says.
std::string text_of_line(const std::string& line, bool as_json, long number) {
  if (!as_json) return line;
  const json value = json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!value.is_string())
    base::throw_error<base::FormatError>("standard input, line {}: expected a JSON string", number);
  return value.get<std::string>();
}

int run_tokenize(const TokenizeFlags& flags) {
  Terminal terminal(flags.remarks.loudness());
  const clip::Tokenizer tokenizer(find_vocabulary(flags.model, terminal));
  std::string line;
  for (long number = 1; std::getline(std::cin, line); ++number) {
    const std::vector<std::int64_t> ids =
        tokenizer.encode(text_of_line(line, flags.remarks.json, number));
    print_result(flags.remarks.json ? json(ids).dump() : fmt::format("{}", fmt::join(ids, " ")));
  }
  return 0;
}

}  // namespace

void add_tokenize_command(CLI::App& parent, SetAction set_action) {
  CLI::App* verb = parent.add_subcommand(
      "tokenize", "texts on standard input, one a line, to token ids without start and end");
  const auto flags = std::make_shared<TokenizeFlags>();
  add_text(*verb, "model", flags->model.model);
  add_text(*verb, "vocab", flags->model.vocabulary);
  add_flag(*verb, "offline", flags->model.offline);
  add_remark_flags(*verb, flags->remarks);
  verb->callback([=] { set_action([=] { return run_tokenize(*flags); }); });
}

}  // namespace clipguide::cli
