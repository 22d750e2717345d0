#pragma once

#include <functional>
#include <string_view>

namespace clipguide::base {

enum class LogLevel { debug, info, warning };

/// Where the library's remarks go. The library never prints: whoever calls it passes a sink, or an
/// empty one to hear nothing. Errors are thrown, not logged.
using LogSink = std::function<void(LogLevel, std::string_view)>;

inline void log(const LogSink& sink, LogLevel level, std::string_view line) {
  if (sink) sink(level, line);
}

}  // namespace clipguide::base
