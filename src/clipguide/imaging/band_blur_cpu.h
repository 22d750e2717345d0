#pragma once

#include <cstdint>

#include "clipguide/imaging/lane_fft.h"

/// blur_to_bandwidth on the CPU. Deterministic to the bit for any number of threads, and every
/// plane's result is its own. Knows no torch.
namespace clipguide::imaging {

class BandBlur {
 public:
  static bool suits(int height, int width) {
    return FftPlan::suits(height) && FftPlan::suits(width);
  }

  BandBlur(int height, int width, double bandwidth);

  ///   in, out  [planes, H, W]
  ///   cost     a transform along the columns and back; what lies between is only done for the
  ///            frequencies that pass
  void apply(const float* in, float* out, std::int64_t planes, int threads) const;

 private:
  struct Columns;
  FftVector* tile(FftVector* spectrum, std::int64_t plane, int tile) const;
  void transform_columns(const Columns& columns, const float* in, FftVector* spectrum) const;
  void filter_rows(int tile, std::int64_t planes, FftVector* spectrum) const;
  void restore_columns(const Columns& columns, FftVector* spectrum, float* out) const;

  int height_, width_;
  double bandwidth_;
  FftPlan down_, across_;
  int tiles_;  ///< of kFftLanes frequencies along y each, from 0 on: those that pass
};

}  // namespace clipguide::imaging
