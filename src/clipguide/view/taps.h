#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

#include "clipguide/view/pyramid.h"
#include "clipguide/view/sample_plan.h"

/// Which texels a view pixel is made of, along each axis. Knows no torch.
namespace clipguide::view {

/// The taps of one view pixel along one axis of a level.
template <class T>
struct Taps {
  int count = 0;
  T inside = 1;  ///< the weight that falls on the canvas; 1 but for Border::grey
  std::array<int, kMostTaps> index;
  std::array<T, kMostTaps> weight;
};

/// Sends taps beyond the canvas where the border rule says, and drops those that see grey.
template <class T>
void settle_border(Taps<T>& taps, int size, Border border) {
  std::size_t kept = 0;
  T inside = 0;
  for (std::size_t i = 0; i < std::size_t(taps.count); ++i) {
    const int index = bordered(taps.index[i], size, border);
    if (index < 0) continue;
    taps.index[kept] = index;
    inside += taps.weight[kept] = taps.weight[i];
    ++kept;
  }
  taps.count = int(kept);
  taps.inside = border == Border::grey ? inside : T(1);
}

template <class T>
void place_taps(Taps<T>& taps, double centre_px, double scale, const Tent& tent, int size,
                Border border) {
  const double middle = centre_px * scale - 0.5;
  const double begin = floor_of(middle - tent.radius) + 1;  // the first inside the open tent
  const int first = int(begin);
  const T from = T(begin - middle);
  if (tent.radius == 1) {
    // Bilinear: two texels share, or one has all.
    taps.count = from < 0 ? 2 : 1;
    taps.index[0] = first, taps.index[1] = first + 1;
    taps.weight[0] = 1 + std::min(from, T(0)), taps.weight[1] = -from;
  } else {
    const T slope = T(tent.slope);
    std::size_t count = 0;
    T sum = 0;
    for (; count < kMostTaps; ++count) {
      const T distance = from + T(count);
      const T weight = 1 - std::abs(distance) * slope;
      if (weight <= 0 && distance > 0) break;
      taps.index[count] = first + int(count);
      sum += taps.weight[count] = std::max(weight, T(0));
    }
    const T norm = 1 / sum;
    for (std::size_t i = 0; i < count; ++i) taps.weight[i] *= norm;
    taps.count = int(count);
  }
  taps.inside = 1;
  if (first < 0 || first + taps.count > size) settle_border(taps, size, border);
}

/// The taps of a view pixel in the usual case: narrow tents that lie on the canvas whole. Then
/// `size` x `size` texels from (x, y) on hold them all, and no border rule has a say.
template <class T>
struct Patch {
  int x, y, size;                        ///< size is 2 or 4: kLanes
  typename Lanes<T>::Type across, down;  ///< weights, 0 outside the tent
};

/// A narrow tent's weights at texels `from`, `from` + 1 .. beside its middle; they sum to 1.
template <class T>
inline void place_patch(typename Lanes<T>::Type& weights, T from, T slope) {
  using Vector = typename Lanes<T>::Type;
  const Vector place = from + Vector{0, 1, 2, 3};
  const Vector height = T(1) - (place < T(0) ? -place : place) * slope;
  weights = height > T(0) ? height : Vector{};
  weights /= (weights[0] + weights[1]) + (weights[2] + weights[3]);
}

/// Walks a view and finds each pixel's level and taps. Computes once what does not change: the
/// level and tents of affine views, and a column's or row's taps where the view stands upright.
///   go_to_row, then go_to_column; level() is then valid, and patch() in the usual case, else
///   down() and across()
template <class T>
class TapFinder {
 public:
  TapFinder(const SamplePlan& plan, std::size_t view)
      : plan_(plan),
        map_(plan.maps[view]),
        border_(plan.warps[view].border),
        affine_(map_.affine()),
        upright_(map_.upright()) {
    if (affine_) settle_scale(map_.at(0, 0));
    if (!upright_) return;
    columns_.resize(std::size_t(plan.side_px));
    for (int column = 0; column < plan.side_px; ++column)
      place_across(columns_[std::size_t(column)], map_.at(column, 0));
  }

  void go_to_row(int row) {
    row_ = row;
    if (upright_) place_down(map_.at(0, row));
  }

  void go_to_column(int column) {
    column_ = column;
    if (upright_) return;
    place_ = map_.at(column, row_);
    if (!affine_) settle_scale(place_);
  }

  const Level& level() const { return *level_; }

  /// False where the general way has to be taken. Upright views take it always: they have their
  /// taps already.
  bool patch(Patch<T>& patch) const {
    if (upright_ || tent_x_.radius > kNarrow || tent_y_.radius > kNarrow) return false;
    patch.size = tent_x_.radius == 1 && tent_y_.radius == 1 ? 2 : kLanes;
    const double x = place_.x * level_->scale_x - 0.5, y = place_.y * level_->scale_y - 0.5;
    const double left = floor_of(x - tent_x_.radius) + 1, top = floor_of(y - tent_y_.radius) + 1;
    patch.x = int(left), patch.y = int(top);
    if (patch.x < 0 || patch.y < 0 || patch.x + patch.size > level_->width ||
        patch.y + patch.size > level_->height)
      return false;
    place_patch<T>(patch.across, T(left - x), T(tent_x_.slope));
    place_patch<T>(patch.down, T(top - y), T(tent_y_.slope));
    return true;
  }

  const Taps<T>& down() {
    if (!upright_) place_down(place_);
    return down_;
  }
  const Taps<T>& across() {
    if (upright_) return columns_[std::size_t(column_)];
    place_across(across_, place_);
    return across_;
  }

  /// Side along y of the coarsest texel that the view can look at, canvas px.
  double texel_px() const { return 1 / (affine_ ? *level_ : plan_.levels.back()).scale_y; }

 private:
  static constexpr double kNarrow = kLanes / 2;  // so wide a tent covers no more than kLanes texels

  void settle_scale(const PixelMap::Place& place) {
    level_ = &plan_.levels[level_of(plan_.levels, place.step_x, place.step_y)];
    tent_x_ = Tent(place.step_x, level_->scale_x);
    tent_y_ = Tent(place.step_y, level_->scale_y);
  }
  void place_across(Taps<T>& taps, const PixelMap::Place& place) {
    place_taps(taps, place.x, level_->scale_x, tent_x_, level_->width, border_);
  }
  void place_down(const PixelMap::Place& place) {
    place_taps(down_, place.y, level_->scale_y, tent_y_, level_->height, border_);
  }

  const SamplePlan& plan_;
  const PixelMap& map_;
  Border border_;
  bool affine_, upright_;
  int row_ = 0, column_ = 0;
  PixelMap::Place place_{};
  const Level* level_ = nullptr;
  Tent tent_x_, tent_y_;
  Taps<T> down_, across_;
  std::vector<Taps<T>> columns_;
};

}  // namespace clipguide::view
