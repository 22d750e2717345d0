#include "clipguide/weights/printable.h"

#include <fmt/format.h>

namespace clipguide::weights {

std::string printable(std::string_view text) {
  constexpr std::size_t kMaxLength = 120;
  std::string shown;
  for (const unsigned char c : text) {
    if (shown.size() >= kMaxLength) return shown + "...";
    if (c >= 0x20 && c < 0x7f)
      shown += char(c);
    else
      shown += fmt::format("\\x{:02x}", c);
  }
  return shown;
}

}  // namespace clipguide::weights
