#include "clipguide/guide/curve.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numbers>
#include <optional>

#include "clipguide/base/error.h"

namespace clipguide::guide {
namespace {

constexpr std::size_t kLongest = 2000;  // characters
constexpr int kDeepest = 50;            // brackets within brackets
constexpr int kGrid = 256;              // for looking a formula over

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return c >= 'a' && c <= 'z'; }

}  // namespace

/// Reads a curve, one character of sight. Each rule leaves its steps on `formula_`.
class Curve::Parser {
 public:
  Parser(std::string_view text, std::string_view what) : text_(text), what_(what) {}

  std::vector<std::pair<double, Formula>> read() {
    if (text_.size() > kLongest)
      base::throw_error<base::UsageError>("{}: expected at most {} characters, got {}", what_,
                                          kLongest, text_.size());
    std::vector<std::pair<double, Formula>> keys;
    do {
      const std::size_t start = (blanks(), at_);
      Formula first = read_formula();
      if (!take(':')) {
        if (!keys.empty()) fail(at_, "':' and a value");
        keys.emplace_back(0, std::move(first));
        break;
      }
      keys.emplace_back(time_of(first, start), read_formula());
      if (keys.size() > 1 && keys[keys.size() - 2].first >= keys.back().first)
        fail(start, "a time later than the one before");
    } while (take(','));
    blanks();
    if (at_ < text_.size()) fail(at_, "nothing more");
    return keys;
  }

 private:
  [[noreturn]] void fail(std::size_t at, const char* expected) const {
    const std::string got =
        at < text_.size() ? fmt::format("'{}'", text_.substr(at, 12)) : "the end";
    base::throw_error<base::UsageError>("{}, column {}: expected {}, got {}", what_, at + 1,
                                        expected, got);
  }

  double time_of(const Formula& formula, std::size_t start) const {
    const bool plain = formula.size() == 1 && formula[0].op == Op::number;
    if (!plain || formula[0].number > 1) fail(start, "a time from 0 to 1");
    return formula[0].number;
  }

  void blanks() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  char next() {
    blanks();
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool take(char c) {
    if (next() != c) return false;
    ++at_;
    return true;
  }
  void put(Op op, double number = 0) { formula_.push_back({op, number}); }

  Formula read_formula() {
    formula_.clear();
    sum();
    return std::move(formula_);
  }

  void sum() {
    if (++depth_ > kDeepest) fail(at_, "fewer brackets within brackets");
    product();
    for (;;) {
      if (take('+')) {
        product(), put(Op::add);
      } else if (take('-')) {
        product(), put(Op::subtract);
      } else {
        break;
      }
    }
    --depth_;
  }

  void product() {
    signed_power();
    for (;;) {
      if (take('*')) {
        signed_power(), put(Op::multiply);
      } else if (take('/')) {
        signed_power(), put(Op::divide);
      } else {
        return;
      }
    }
  }

  // -t^2 is -(t^2), and 2^-1 a half.
  void signed_power() {
    int minuses = 0;
    while (take('-')) ++minuses;
    atom();
    if (take('^')) {
      if (++depth_ > kDeepest) fail(at_, "fewer powers of powers");
      signed_power(), put(Op::power);
      --depth_;
    }
    if (minuses % 2 == 1) put(Op::negate);
  }

  void atom() {
    const char c = next();
    if (is_digit(c) || c == '.') return number();
    if (is_letter(c)) return name();
    if (!take('(')) fail(at_, "a number, t or a bracket");
    sum();
    if (!take(')')) fail(at_, "a closing bracket");
  }

  void number() {
    double value = 0;
    const char* const begin = text_.data() + at_;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), value);
    if (error != std::errc()) fail(at_, "a number");
    at_ += std::size_t(end - begin);
    put(Op::number, value);
  }

  void name() {
    const std::size_t start = at_;
    while (at_ < text_.size() && is_letter(text_[at_])) ++at_;
    const std::string_view word = text_.substr(start, at_ - start);
    if (word == "t") return put(Op::t);
    if (word == "pi") return put(Op::number, std::numbers::pi);
    struct Function {
      std::string_view name;
      Op op;
      int arguments;
    };
    constexpr Function kFunctions[] = {{"sin", Op::sine, 1},  {"cos", Op::cosine, 1},
                                       {"exp", Op::exp, 1},   {"log", Op::log, 1},
                                       {"sqrt", Op::root, 1}, {"abs", Op::absolute, 1},
                                       {"min", Op::least, 2}, {"max", Op::greatest, 2}};
    for (const Function& function : kFunctions) {
      if (function.name != word) continue;
      if (!take('(')) fail(at_, "an opening bracket");
      for (int i = 0; i < function.arguments; ++i) {
        if (i > 0 && !take(',')) fail(at_, "a comma and a second value");
        sum();
      }
      if (!take(')')) fail(at_, "a closing bracket");
      return put(function.op);
    }
    fail(start, "t, pi, sin, cos, exp, log, sqrt, abs, min or max");
  }

  std::string_view text_, what_;
  std::size_t at_ = 0;
  int depth_ = 0;
  Formula formula_;
};

Curve::Curve(double constant) : keys_{{0, {{Op::number, constant}}}} {}

Curve Curve::parse(std::string_view text, std::string_view what) {
  Curve curve;
  curve.keys_ = Parser(text, what).read();
  const Formula& only = curve.keys_.front().second;
  const bool plain = curve.keys_.size() == 1 && only.size() == 1 && only[0].op == Op::number;
  if (plain) return Curve(only[0].number);
  curve.text_ = std::string(text);
  return curve;
}

double Curve::evaluate(const Formula& formula, double t) {
  std::vector<double> stack;
  for (const Step& step : formula) {
    if (step.op == Op::number || step.op == Op::t) {
      stack.push_back(step.op == Op::t ? t : step.number);
      continue;
    }
    const double b = stack.back();
    double& a = step.op >= Op::negate && step.op < Op::least ? stack.back()
                                                             : (stack.pop_back(), stack.back());
    switch (step.op) {
      case Op::add:
        a += b;
        break;
      case Op::subtract:
        a -= b;
        break;
      case Op::multiply:
        a *= b;
        break;
      case Op::divide:
        a /= b;
        break;
      case Op::power:
        a = std::pow(a, b);
        break;
      case Op::negate:
        a = -b;
        break;
      case Op::sine:
        a = std::sin(b);
        break;
      case Op::cosine:
        a = std::cos(b);
        break;
      case Op::exp:
        a = std::exp(b);
        break;
      case Op::log:
        a = std::log(b);
        break;
      case Op::root:
        a = std::sqrt(b);
        break;
      case Op::absolute:
        a = std::abs(b);
        break;
      case Op::least:
        a = std::min(a, b);
        break;
      case Op::greatest:
        a = std::max(a, b);
        break;
      default:
        break;
    }
  }
  return stack.back();
}

double Curve::at(double t) const {
  const auto after = std::upper_bound(keys_.begin(), keys_.end(), t,
                                      [](double at, const auto& key) { return at < key.first; });
  if (after == keys_.begin()) return evaluate(keys_.front().second, t);
  const auto& [from, value] = *(after - 1);
  if (after == keys_.end()) return evaluate(value, t);
  const double share = (t - from) / (after->first - from);
  return (1 - share) * evaluate(value, t) + share * evaluate(after->second, t);
}

double Curve::worst(double low, double high) const {
  const auto bad = [&](double t) {
    const double value = at(t);
    return !(std::isfinite(value) && value >= low && value <= high);
  };
  for (const auto& [t, formula] : keys_)
    if (bad(t)) return at(t);
  for (int i = 0; i <= kGrid; ++i)
    if (bad(double(i) / kGrid)) return at(double(i) / kGrid);
  return at(0);
}

}  // namespace clipguide::guide
