#include "clipguide/cli/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace clipguide::cli {
namespace {

constexpr double kRedrawEvery_s = 0.1;
constexpr double kPlainLineEvery_s = 10;
constexpr int kBarColumns = 24;
// Similarities jump by about 0.01 from one set of random views to the next.
constexpr double kNoticeable = 0.002;

double steady_seconds() {
  using namespace std::chrono;
  return duration<double>(steady_clock::now().time_since_epoch()).count();
}

std::string bar(double share) {
  const int full = int(std::lround(std::clamp(share, 0.0, 1.0) * kBarColumns));
  std::string drawn;
  for (int column = 0; column < kBarColumns; ++column) drawn += column < full ? "█" : "░";
  return drawn;
}

}  // namespace

void Warmth::add(double similarity) {
  if (!any_) fast_ = slow_ = similarity;
  any_ = true;
  fast_ += (similarity - fast_) / 3;
  slow_ += (similarity - slow_) / 20;
}

std::string Warmth::hint() const {
  if (fast_ > slow_ + kNoticeable) return "warmer";
  return fast_ < slow_ - kNoticeable ? "colder" : "steady";
}

std::string format_duration(double seconds) {
  const long whole = std::lround(std::max(seconds, 0.0));
  if (whole >= 3600) return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
  if (whole >= 60) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} s", whole);
}

Progress::Progress(Terminal& terminal, int steps, int first_step, Clock clock)
    : terminal_(terminal),
      clock_(clock ? std::move(clock) : steady_seconds),
      steps_(steps),
      first_step_(first_step),
      step_(first_step),
      start_s_(clock_()) {}

double Progress::steps_per_s() const { return (step_ - first_step_) / std::max(elapsed_s(), 1e-9); }

void Progress::update(int step, double similarity) {
  step_ = step;
  similarity_ = similarity;
  best_ = std::max(best_, similarity);
  warmth_.add(similarity);

  const double every_s = terminal_.is_terminal() ? kRedrawEvery_s : kPlainLineEvery_s;
  if (clock_() - last_drawn_s_ < every_s && step_ < steps_) return;
  last_drawn_s_ = clock_();
  if (terminal_.is_terminal())
    terminal_.redraw(line(true));
  else
    terminal_.say(line(false));
}

void Progress::finish() { terminal_.finish_line(); }

std::string Progress::line(bool with_bar) const {
  const double rate = steps_per_s();
  const std::string left = step_ < steps_ ? format_duration((steps_ - step_) / rate) + " left"
                                          : format_duration(elapsed_s());
  const std::string numbers = fmt::format("similarity {:.4f} (best {:.4f}, {})  {:.2f} steps/s  {}",
                                          similarity_, best_, warmth_.hint(), rate, left);
  if (with_bar)
    return fmt::format("{} {}/{}  {}", bar(double(step_) / steps_), step_, steps_, numbers);
  return fmt::format("step {}/{}  {}", step_, steps_, numbers);
}

}  // namespace clipguide::cli
