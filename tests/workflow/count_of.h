#pragma once

#include <string>

namespace clipguide::workflow {

/// How often a text holds a part.
inline int count_of(const std::string& text, const std::string& part) {
  int count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

}  // namespace clipguide::workflow
