#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace clipguide::guide {

/// A number that may change over a run. t is the progress, from 0 to 1.
///   0.05                     always the same
///   0:1, 0.5:0.2, 1:0        keyframes t:value, straight in between, level before and after
///   1 - 0.8*t^2              a formula: + - * / ^ ( ) t pi, sin cos exp log sqrt abs min max
/// A keyframe's value may be a formula too.
class Curve {
 public:
  Curve(double constant = 0);  // NOLINT: a number is a curve

  /// throws  UsageError with the column (from 1) of what it does not understand
  static Curve parse(std::string_view text, std::string_view what);

  double at(double t) const;

  bool constant() const { return text_.empty(); }
  const std::string& text() const { return text_; }  ///< as written; empty for a constant

  /// The first value outside [low, high] or not finite, at a fine grid and all keyframes; else the
  /// curve's value at 0.
  double worst(double low, double high) const;

  bool operator==(const Curve& other) const = default;

 private:
  /// Steps of a formula in reverse Polish order.
  enum class Op {
    number,
    t,
    add,
    subtract,
    multiply,
    divide,
    power,
    negate,
    sine,
    cosine,
    exp,
    log,
    root,
    absolute,
    least,
    greatest
  };
  struct Step {
    Op op;
    double number = 0;
    bool operator==(const Step& other) const = default;
  };
  using Formula = std::vector<Step>;
  class Parser;

  static double evaluate(const Formula& formula, double t);

  std::string text_;
  std::vector<std::pair<double, Formula>> keys_;  // ascending; a formula alone stands at 0
};

}  // namespace clipguide::guide
