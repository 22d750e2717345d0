#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace clipguide::clip {

bool is_gzip(std::string_view content);

/// Unpacks gzip data of one or more members.
///   name     what the errors call it
///   throws   FormatError for data that is damaged or ends early, naming the line of the unpacked
///            text it got to; LimitError beyond limit_bytes
std::string unpack_gzip(std::string_view content, std::size_t limit_bytes, const std::string& name);

}  // namespace clipguide::clip
