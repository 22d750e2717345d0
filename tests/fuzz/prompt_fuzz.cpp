// The prompt parser: it refuses a text, or what it reads can be written and read again.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "clipguide/base/error.h"
#include "clipguide/objective/prompt_text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace clipguide;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<objective::PromptText> prompts;
  try {
    prompts = objective::parse_prompts(text);
  } catch (const base::UsageError&) {
    return 0;
  }
  if (prompts != objective::parse_prompts(objective::format_prompts(prompts))) std::abort();
  return 0;
}
