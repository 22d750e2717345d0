#include "clipguide/guide/schedule.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "clipguide/base/error.h"

namespace clipguide::guide {
namespace {

constexpr double kLastFactor = 0.01;
constexpr double kFirstBandwidth = 1.0 / 64;  // six octaves below the finest detail

}  // namespace

const std::vector<std::string>& schedule_names() {
  static const std::vector<std::string> names = {"constant", "linear", "cosine"};
  return names;
}

Schedule parse_schedule(const std::string& name) {
  if (name == "constant") return Schedule::constant;
  if (name == "linear") return Schedule::linear;
  if (name == "cosine") return Schedule::cosine;
  base::throw_error<base::UsageError>("lr-schedule: expected one of {}, got '{}'",
                                      fmt::join(schedule_names(), ", "), name);
}

double learning_rate_factor(Schedule schedule, double progress) {
  switch (schedule) {
    case Schedule::constant:
      return 1;
    case Schedule::linear:
      return 1 + (kLastFactor - 1) * progress;
    case Schedule::cosine:
      return kLastFactor + (1 - kLastFactor) * (1 + std::cos(std::numbers::pi * progress)) / 2;
  }
  return 1;
}

double bandwidth(double share, double progress) {
  if (share <= 0 || progress >= share) return 1;
  return std::pow(kFirstBandwidth, 1 - progress / share);
}

double bandwidth(const Curve& coarse_to_fine, double progress) {
  const double value = coarse_to_fine.at(progress);
  if (coarse_to_fine.constant()) return bandwidth(value, progress);
  return std::min(std::max(kFirstBandwidth, value), 1.0);
}

}  // namespace clipguide::guide
