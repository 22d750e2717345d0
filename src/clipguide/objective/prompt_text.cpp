#include "clipguide/objective/prompt_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <system_error>
#include <utility>

#include "clipguide/base/error.h"
#include "clipguide/base/utf8.h"

namespace clipguide::objective {
namespace {

constexpr double kNoStop = -std::numeric_limits<double>::infinity();

/// A character of the text, the backslash before it taken off.
struct Letter {
  char32_t character;
  std::size_t column;      // from 1
  bool separates = false;  // a : or | that no quotes protect
  bool quotes = false;     // a quotation mark that opens or closes
};
using Letters = std::span<const Letter>;

/// What stands behind a colon, if it is a number.
struct Number {
  std::string spelled;
  std::size_t column;
  double value;  // NaN when out of range
};

/// Where and in what the mistakes are.
struct Reporter {
  std::string_view what;

  template <class... Args>
  [[noreturn]] void fail(std::size_t column, fmt::format_string<Args...> format,
                         Args&&... args) const {
    base::throw_error<base::UsageError>("{}, column {}: {}", what, column,
                                        fmt::format(format, std::forward<Args>(args)...));
  }
};

bool is_blank(const Letter& letter) {
  return letter.character == U' ' || (letter.character >= U'\t' && letter.character <= U'\r');
}

Letters trim(Letters letters) {
  while (!letters.empty() && is_blank(letters.front())) letters = letters.subspan(1);
  while (!letters.empty() && is_blank(letters.back())) letters = letters.first(letters.size() - 1);
  return letters;
}

std::u32string read_utf8(std::string_view prompts, const Reporter& report) {
  const std::size_t valid = base::valid_utf8_prefix(prompts);
  std::u32string text = base::from_utf8(prompts.substr(0, valid));
  if (const std::size_t nul = text.find(U'\0'); nul != text.npos)
    report.fail(nul + 1, "expected text, got a NUL character");
  if (valid < prompts.size())
    report.fail(text.size() + 1, "expected UTF-8, got byte 0x{:02x}",
                static_cast<unsigned char>(prompts[valid]));
  return text;
}

/// Takes the escapes off and notes what quotes protect.
std::vector<Letter> read_letters(std::u32string_view text, const Reporter& report) {
  std::vector<Letter> letters;
  std::size_t open_column = 0;  // of the quotation mark that is open; 0 for none
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t column = i + 1;
    const char32_t next = i + 1 < text.size() ? text[i + 1] : U'\0';
    if (text[i] == U'\\' && (next == U'"' || next == U'\\')) {
      letters.push_back({text[++i], column});
      continue;
    }
    const bool quotes = text[i] == U'"';
    if (quotes) open_column = open_column ? 0 : column;
    const bool separates = !open_column && (text[i] == U':' || text[i] == U'|');
    letters.push_back({text[i], column, separates, quotes});
  }
  if (open_column)
    report.fail(open_column,
                "expected a closing quotation mark, found none (\\\" is one that belongs to the "
                "text)");
  return letters;
}

Letters::iterator find_last(Letters letters, char32_t separator) {
  const auto found = std::find_if(letters.rbegin(), letters.rend(), [&](const Letter& l) {
    return l.separates && l.character == separator;
  });
  return found == letters.rend() ? letters.end() : found.base() - 1;
}

/// A number as a whole: 2  -0.5  +1e-3  and, to be refused by name, nan and inf.
std::optional<Number> read_number(Letters letters) {
  letters = trim(letters);
  if (letters.empty()) return {};
  Number number{{}, letters.front().column, 0};
  for (const Letter& letter : letters) base::append_utf8(number.spelled, letter.character);
  std::string_view digits = number.spelled;
  if (digits.starts_with('+') && !digits.starts_with("+-")) digits.remove_prefix(1);
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), number.value);
  if (end != digits.data() + digits.size() || error == std::errc::invalid_argument) return {};
  if (error == std::errc::result_out_of_range) number.value = std::nan("");
  return number;
}

/// Cuts the number behind the last colon off, if there is one.
std::optional<Number> take_last_number(Letters& letters) {
  const auto colon = find_last(letters, U':');
  if (colon == letters.end()) return {};
  std::optional<Number> number = read_number(Letters(colon + 1, letters.end()));
  if (number) letters = Letters(letters.begin(), colon);
  return number;
}

double finite(const Number& number, const char* name, const Reporter& report) {
  if (!std::isfinite(float(number.value)))
    report.fail(number.column, "expected a finite {}, got {}", name, number.spelled);
  return number.value;
}

std::string read_text(Letters letters) {
  letters = trim(letters);
  const auto quotes = std::count_if(letters.begin(), letters.end(),
                                    [](const Letter& letter) { return letter.quotes; });
  const bool is_quoted = quotes == 2 && letters.front().quotes && letters.back().quotes;
  if (is_quoted) letters = letters.subspan(1, letters.size() - 2);
  if (trim(letters).empty()) return {};
  std::string text;
  for (const Letter& letter : letters) base::append_utf8(text, letter.character);
  return text;
}

struct ReadPrompt {
  PromptText prompt;
  std::size_t weight_column;  // of the text, where no weight is written
};

/// One prompt, `letters` up to the next | at end_column.
ReadPrompt read_prompt(Letters letters, std::size_t end_column, const Reporter& report) {
  const std::size_t column = letters.empty() ? end_column : letters.front().column;
  PromptText prompt;
  const std::optional<Number> last = take_last_number(letters);
  const std::optional<Number> before = last ? take_last_number(letters) : std::nullopt;
  if (before && last->value != kNoStop) prompt.stop = finite(*last, "stop", report);
  const std::optional<Number>& weight = before ? before : last;
  if (weight) prompt.weight = finite(*weight, "weight", report);
  prompt.text = read_text(letters);
  if (prompt.text.empty()) report.fail(column, "expected a text, got an empty one");
  return {std::move(prompt), weight ? weight->column : column};
}

bool needs_quotes(const std::string& text) {
  const auto blank = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  return text.empty() || text.find_first_of("\":|\\") != text.npos || blank(text.front()) ||
         blank(text.back());
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

}  // namespace

std::vector<PromptText> parse_prompts(std::string_view text, std::string_view what) {
  const Reporter report{what};
  const std::vector<Letter> letters = read_letters(read_utf8(text, report), report);
  const std::size_t end_column = base::from_utf8(text).size() + 1;
  std::vector<PromptText> prompts;
  std::size_t first_weight_column = 0;
  for (auto begin = letters.begin();;) {
    const auto bar = std::find_if(begin, letters.end(), [](const Letter& letter) {
      return letter.separates && letter.character == U'|';
    });
    const bool last = bar == letters.end();
    ReadPrompt read = read_prompt(Letters(begin, bar), last ? end_column : bar->column, report);
    prompts.push_back(std::move(read.prompt));
    if (first_weight_column == 0) first_weight_column = read.weight_column;
    if (last) break;
    begin = bar + 1;
  }
  if (std::all_of(prompts.begin(), prompts.end(),
                  [](const PromptText& p) { return float(p.weight) == 0; }))
    report.fail(first_weight_column, "expected a weight other than 0, got only 0");
  return prompts;
}

std::string format_prompts(const std::vector<PromptText>& prompts) {
  std::string out;
  for (const PromptText& prompt : prompts) {
    if (!out.empty()) out += " | ";
    out += needs_quotes(prompt.text) ? quoted(prompt.text) : prompt.text;
    if (prompt.weight != 1 || prompt.stop != kNoStop) out += fmt::format(":{}", prompt.weight);
    if (prompt.stop != kNoStop) out += fmt::format(":{}", prompt.stop);
  }
  return out;
}

}  // namespace clipguide::objective
