#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "clipguide/cli/terminal.h"

namespace clipguide::cli {

/// Smooths the similarity and tells whether the run gets warmer: nearer to the words.
class Warmth {
 public:
  void add(double similarity);
  /// "warmer", "colder" or "steady", against where the run stood some ten steps ago.
  std::string hint() const;

 private:
  double fast_ = 0;  ///< moving averages over about 3 and 20 steps
  double slow_ = 0;
  bool any_ = false;
};

/// "1 h 02 min", "3 min 20 s", "12 s"
std::string format_duration(double seconds);

/// A run's progress on standard error: on a terminal one line with a bar, drawn over; elsewhere a
/// plain line now and then.
class Progress {
 public:
  using Clock = std::function<double()>;  ///< seconds; passed in for tests

  /// `first_step`: steps done before, in a run that was resumed.
  Progress(Terminal& terminal, int steps, int first_step = 0, Clock clock = {});

  /// After a step. `similarity` is the mean over the pictures.
  void update(int step, double similarity);
  void finish();

  double elapsed_s() const { return clock_() - start_s_; }
  double steps_per_s() const;
  double best() const { return best_; }

 private:
  std::string line(bool with_bar) const;

  Terminal& terminal_;
  Clock clock_;
  int steps_;
  int first_step_;
  int step_;
  double start_s_;
  double similarity_ = 0;
  double best_ = -2;  ///< below any cosine
  double last_drawn_s_ = -1e9;
  Warmth warmth_;
};

}  // namespace clipguide::cli
