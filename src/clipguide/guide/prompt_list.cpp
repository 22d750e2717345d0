#include "clipguide/guide/prompt_list.h"

#include <map>

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"
#include "clipguide/base/trim.h"
#include "clipguide/objective/prompt_text.h"

namespace clipguide::guide {
namespace {

constexpr std::size_t kLargestList = std::size_t(4) << 20;

}  // namespace

std::vector<std::string> parse_prompt_list(std::string_view text, const std::string& source) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::vector<std::string> prompts;
  std::map<std::string, int, std::less<>> first_line;
  int number = 0;
  while (!text.empty()) {
    ++number;
    const std::size_t end = text.find('\n');
    const std::string_view line = base::trimmed(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line.front() == '#') continue;
    const auto [known, is_new] = first_line.try_emplace(std::string(line), number);
    if (!is_new) {
      base::throw_error<base::UsageError>(
          "{}: line {}: expected each prompt once, got that of line {} again", source, number,
          known->second);
    }
    objective::parse_prompts(line, source + ": line " + std::to_string(number));
    prompts.emplace_back(line);
  }
  if (prompts.empty())
    base::throw_error<base::UsageError>("{}: expected a prompt a line, got none", source);
  return prompts;
}

std::vector<std::string> read_prompt_list(const std::filesystem::path& path) {
  return parse_prompt_list(base::read_file(path, kLargestList), path.string());
}

}  // namespace clipguide::guide
