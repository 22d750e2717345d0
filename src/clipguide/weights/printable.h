#pragma once

#include <string>
#include <string_view>

namespace clipguide::weights {

/// A name from a file nobody vouches for, fit for a one-line message: bytes that are not printable
/// ASCII as \xNN, and cut short after 120 characters.
std::string printable(std::string_view text);

}  // namespace clipguide::weights
