#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "clipguide/base/error.h"

namespace clipguide::fuzz {

/// Runs `parse` on the fuzzer's input. The library's own errors are a right answer to wrong input;
/// any other exception leaves through libFuzzer as a finding.
template <class Parse>
int parse_or_refuse(const std::uint8_t* data, std::size_t size, Parse parse) {
  try {
    parse(std::as_bytes(std::span(data, size)));
  } catch (const base::Error&) {
  }
  return 0;
}

}  // namespace clipguide::fuzz
