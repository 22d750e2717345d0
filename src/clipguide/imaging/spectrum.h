#pragma once

#include "clipguide/base/torch.h"

/// Frequencies of a picture's half spectrum.   H W pixels.
namespace clipguide::imaging {

/// Radial frequency of each bin of a real FFT, in cycles a pixel: [H, W/2+1] f32.
at::Tensor radial_frequency(int height, int width);

/// Which frequencies a coarse-to-fine schedule lets through: 1 up to `bandwidth` times the Nyquist
/// frequency, then a Gaussian fall-off; all 1 when bandwidth >= 1.
///   frequency  any shape, cycles a pixel      returns  the same shape, in [0, 1]
at::Tensor low_pass(const at::Tensor& frequency, double bandwidth);

/// Applies low_pass to a batch of pictures [N, C, H, W].
///   cost  on the CPU, where the sides have no factor above 13 and no gradient is recorded, about
///         6 ms of one core for 3 x 432 x 432, half of it for narrow bands
at::Tensor blur_to_bandwidth(const at::Tensor& pictures, double bandwidth);

/// The same by libtorch's operators: the oracle, and what other sides and devices take.
at::Tensor blur_to_bandwidth_by_operators(const at::Tensor& pictures, double bandwidth);

}  // namespace clipguide::imaging
