#pragma once

#include <cstdint>
#include <vector>

/// The CPU's sum of upsampled planes and its adjoint, for float and double.   H W pixels of the
/// sum, h w of a plane. Knows no torch.
namespace clipguide::imaging {

struct PlaneSize {
  int height = 0, width = 0;
};

/// Four neighbours along an axis and their weights: Keys' cubic with a = -0.75, the convolution
/// that libtorch's upsample_bicubic2d takes; beyond the edge its sample repeats.
struct CubicTaps {
  int index[4];
  double weight[4];
};

/// The same seen from the samples: what each adds to, in the order of the places, and the weights.
struct CubicHits {
  std::vector<std::int64_t> first;  ///< of each sample's among all; one more at the end
  std::vector<int> place;
  std::vector<double> weight;
};

/// All planes of one kind of picture.
class UpsamplePlan {
 public:
  UpsamplePlan(std::vector<PlaneSize> planes, int height, int width);

  int height() const { return height_; }
  int width() const { return width_; }
  std::int64_t values() const { return values_; }  ///< of all planes, one channel
  std::int64_t rows() const { return rows_; }      ///< of all planes, one channel

  struct Plane {
    PlaneSize size;
    std::int64_t first_value, first_row;  ///< among those of all planes
    std::vector<CubicTaps> down, across;  ///< [H], [W]
    CubicHits down_hits, across_hits;     ///< of [h], [w]
  };
  const std::vector<Plane>& planes() const { return planes_; }

 private:
  int height_, width_;
  std::int64_t values_ = 0, rows_ = 0;
  std::vector<Plane> planes_;
};

/// sum [channels, H, W] = sum over the planes, upsampled; planes lie behind one another,
/// [channels, plan.values()]. Bits do not depend on the number of threads.
template <class T>
void sum_upsampled_cpu(const UpsamplePlan& plan, std::int64_t channels, const T* planes, T* sum,
                       int threads);

/// The adjoint: gradient of the sum -> gradients of the planes.
template <class T>
void spread_upsampled_cpu(const UpsamplePlan& plan, std::int64_t channels, const T* sum_gradient,
                          T* plane_gradients, int threads);

}  // namespace clipguide::imaging
