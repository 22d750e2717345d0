#pragma once

#include <string>
#include <string_view>

#include "clipguide/base/log.h"

namespace clipguide::cli {

/// How much is said on standard error.
enum class Loudness { quiet, normal, verbose };

/// Standard error as a person sees it: remarks, and one line that is drawn over again. Bars and
/// colours only on a terminal; NO_COLOR and TERM=dumb are honoured. Foreign text loses its escapes.
class Terminal {
 public:
  explicit Terminal(Loudness loudness = Loudness::normal);
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  bool is_terminal() const { return is_terminal_; }
  bool has_colors() const { return has_colors_; }
  int columns() const;
  Loudness loudness() const { return loudness_; }

  /// One line, unless quiet.
  void say(std::string_view line);
  void warn(std::string_view line);
  /// Draws `line` in place of the one drawn before, cut to the width of the terminal.
  void redraw(std::string_view line);
  /// Ends the line drawn over: what comes next starts below it.
  void finish_line();

  /// For the library's remarks.
  base::LogSink log_sink();

 private:
  void print(std::string_view line);

  Loudness loudness_;
  bool is_terminal_ = false;
  bool has_colors_ = false;
  bool line_open_ = false;
};

/// The first `columns` characters (code points) of a UTF-8 text without escapes.
std::string cut_to_columns(std::string_view text, int columns);

}  // namespace clipguide::cli
