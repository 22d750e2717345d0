#pragma once

#include <memory>
#include <vector>

#include "clipguide/base/instruction_set.h"

/// Fourier transforms of several signals at once, one a vector lane. Knows no torch.
namespace clipguide::imaging {

inline constexpr int kFftLanes = 8;
typedef float FftVector __attribute__((vector_size(kFftLanes * sizeof(float))));

/// A length's factors and roots of unity.
struct FftPlan {
  /// Whether `length` has none but small factors: others are slow here.
  static bool suits(int length);
  explicit FftPlan(int length);

  int length;
  std::vector<int> factors;
  std::vector<float> cosine, sine;  ///< e^(-2 pi i j / length)
};

/// kFftLanes complex signals, element by element, and as much room beside them.
struct FftSignals {
  FftVector *re, *im, *spare_re, *spare_im;
  /// The other direction is this one with real and imaginary parts exchanged.
  void exchange();
};

/// Where signals lie: `length` vectors four times over.
class FftRoom {
 public:
  explicit FftRoom(int length)
      : length_(length), vectors_(new FftVector[std::size_t(length) * 4]) {}
  FftSignals signals() const {
    FftVector* const first = vectors_.get();
    return {first, first + length_, first + 2 * length_, first + 3 * length_};
  }

 private:
  int length_;
  std::unique_ptr<FftVector[]> vectors_;
};

/// Transforms in place, unnormalised; the signals and their spare room may have changed places. The
/// same bits for every instruction set.
///   cost  about 5 length log2(length) operations a lane
void fft(const FftPlan& plan, FftSignals& signals,
         base::InstructionSet set = base::best_instruction_set());

}  // namespace clipguide::imaging
