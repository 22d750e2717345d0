#include "clipguide/cli/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "clipguide/base/terminal_text.h"

namespace clipguide::cli {

Terminal::Terminal(Loudness loudness) : loudness_(loudness) {
  const char* term = std::getenv("TERM");
  const char* no_color = std::getenv("NO_COLOR");
  const bool dumb = term && std::string_view(term) == "dumb";
  is_terminal_ = ::isatty(STDERR_FILENO) && !dumb;
  has_colors_ = is_terminal_ && !(no_color && *no_color);
}

Terminal::~Terminal() { finish_line(); }

int Terminal::columns() const {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

void Terminal::print(std::string_view line) {
  finish_line();
  fmt::print(stderr, "{}\n", line);
}

void Terminal::say(std::string_view line) {
  if (loudness_ != Loudness::quiet) print(base::terminal_text(line));
}

void Terminal::warn(std::string_view line) {
  if (loudness_ == Loudness::quiet) return;
  const char* label = has_colors_ ? "\x1b[33mwarning:\x1b[0m" : "warning:";
  print(fmt::format("clipguide: {} {}", label, base::terminal_text(line)));
}

void Terminal::redraw(std::string_view line) {
  if (loudness_ == Loudness::quiet) return;
  // One column stays free: a full line would wrap on some terminals.
  fmt::print(stderr, "\r\x1b[K{}", cut_to_columns(base::terminal_text(line), columns() - 1));
  std::fflush(stderr);
  line_open_ = true;
}

void Terminal::finish_line() {
  if (!line_open_) return;
  fmt::print(stderr, "\n");
  line_open_ = false;
}

base::LogSink Terminal::log_sink() {
  return [this](base::LogLevel level, std::string_view line) {
    if (level == base::LogLevel::warning) warn(line);
    if (level == base::LogLevel::info) say(line);
    if (level == base::LogLevel::debug && loudness_ == Loudness::verbose) say(line);
  };
}

std::string cut_to_columns(std::string_view text, int columns) {
  std::size_t end = 0;
  for (int column = 0; column < columns && end < text.size(); ++column) {
    ++end;
    while (end < text.size() && (text[end] & 0xC0) == 0x80) ++end;  // UTF-8 continuation bytes
  }
  return std::string(text.substr(0, end));
}

}  // namespace clipguide::cli
