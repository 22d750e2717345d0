#include "clipguide/imaging/outline.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace clipguide::imaging {
namespace {

constexpr float kLevel = 0.5;
constexpr double kTolerance_px = 0.3;  // less than what a corner loses

struct Step {
  int y = 0, x = 0;
};
constexpr Step kSteps[] = {{0, 1}, {1, 0}, {0, -1}, {-1, 0}};  // clockwise, from the right
constexpr int kRight = 0;
int turned_left(int direction) { return (direction + 3) % 4; }
int turned_right(int direction) { return (direction + 1) % 4; }

/// A mask and which of its pixels belong to a part that was traced.
class Mask {
 public:
  explicit Mask(const at::Tensor& mask)
      : values_(mask.detach().to(at::kCPU, at::kFloat).contiguous()),
        height_(int(mask.size(0))),
        width_(int(mask.size(1))),
        traced_(std::size_t(height_) * std::size_t(width_)) {}

  std::vector<Outline> outlines() {
    std::vector<Outline> found;
    for (int y = 0; y < height_; ++y)
      for (int x = 0; x < width_; ++x)
        if (holds({y, x}) && !traced_[place({y, x})]) {
          mark_part({y, x});
          found.push_back(edge_from({y, x}));
        }
    return found;
  }

 private:
  bool is_inside(Step at) const {
    return at.y >= 0 && at.y < height_ && at.x >= 0 && at.x < width_;
  }
  std::size_t place(Step at) const {
    return std::size_t(at.y) * std::size_t(width_) + std::size_t(at.x);
  }
  float value(Step at) const { return values_.data_ptr<float>()[place(at)]; }
  bool holds(Step at) const { return is_inside(at) && value(at) >= kLevel; }
  static Step next(Step at, int direction) {
    return {at.y + kSteps[direction].y, at.x + kSteps[direction].x};
  }

  void mark_part(Step first) {
    std::vector<Step> open = {first};
    traced_[place(first)] = true;
    while (!open.empty()) {
      const Step at = open.back();
      open.pop_back();
      for (int direction = 0; direction < 4; ++direction) {
        const Step beside = next(at, direction);
        if (!holds(beside) || traced_[place(beside)]) continue;
        traced_[place(beside)] = true;
        open.push_back(beside);
      }
    }
  }

  /// Where the edge crosses from a pixel of the part to one beside it.
  Point crossing(Step in, int direction) const {
    const Step out = next(in, direction);
    const double share =
        is_inside(out) ? double(value(in) - kLevel) / double(value(in) - value(out)) : 0.5;
    return {in.x + 0.5 + share * kSteps[direction].x, in.y + 0.5 + share * kSteps[direction].y};
  }

  /// Walks along the edge with the part on the right, from above its first pixel.
  Outline edge_from(const Step first) const {
    Outline edge;
    Step at = first;
    int direction = kRight;
    do {
      edge.push_back(crossing(at, turned_left(direction)));
      const Step ahead = next(at, direction), across = next(ahead, turned_left(direction));
      if (!holds(ahead)) {
        direction = turned_right(direction);
      } else if (!holds(across)) {
        at = ahead;
      } else {
        at = across;
        direction = turned_left(direction);
      }
    } while (at.y != first.y || at.x != first.x || direction != kRight);
    return edge;
  }

  at::Tensor values_;
  int height_, width_;
  std::vector<bool> traced_;
};

double distance_px(const Point& point, const Point& from, const Point& to) {
  const double x = to.x - from.x, y = to.y - from.y, length = x * x + y * y;
  const double along =
      length > 0 ? std::clamp(((point.x - from.x) * x + (point.y - from.y) * y) / length, 0.0, 1.0)
                 : 0;
  return std::hypot(point.x - from.x - along * x, point.y - from.y - along * y);
}

/// Of a line's points those that it needs, but for its last.
void add_needed(const Outline& line, std::size_t first, std::size_t last, Outline& needed) {
  std::vector<std::pair<std::size_t, std::size_t>> open = {{first, last}};
  while (!open.empty()) {
    const auto [from, to] = open.back();
    open.pop_back();
    double most = kTolerance_px;
    std::size_t farthest = from;
    for (std::size_t i = from + 1; i < to; ++i)
      if (const double off = distance_px(line[i], line[from], line[to]); off > most)
        most = off, farthest = i;
    if (farthest == from) {
      needed.push_back(line[from]);
    } else {
      open.emplace_back(farthest, to);
      open.emplace_back(from, farthest);
    }
  }
}

Outline simplified(Outline outline) {
  const Point start = outline.front();
  const auto far = std::max_element(outline.begin(), outline.end(), [&](auto& one, auto& other) {
    return std::hypot(one.x - start.x, one.y - start.y) <
           std::hypot(other.x - start.x, other.y - start.y);
  });
  const auto middle = std::size_t(far - outline.begin());
  outline.push_back(start);
  Outline needed;
  add_needed(outline, 0, middle, needed);
  add_needed(outline, middle, outline.size() - 1, needed);
  for (Point& point : needed) point = {in_tenths(point.x), in_tenths(point.y)};
  return needed;
}

}  // namespace

std::vector<Outline> outlines_of(const at::Tensor& mask) {
  std::vector<Outline> outlines = Mask(mask).outlines();
  for (Outline& outline : outlines) outline = simplified(std::move(outline));
  return outlines;
}

double in_tenths(double px) { return std::round(px * 10) / 10; }

double area_of(const Outline& outline) {
  double twice = 0;
  for (std::size_t i = 0; i < outline.size(); ++i) {
    const Point &from = outline[i], &to = outline[(i + 1) % outline.size()];
    twice += from.x * to.y - to.x * from.y;
  }
  return std::abs(twice) / 2;
}

}  // namespace clipguide::imaging
