#pragma once

#include <string>
#include <vector>

namespace clipguide::bench {

/// What the processor's cores can multiply and add with operands in registers alone.
struct Peak {
  std::string name;  ///< "fp32 FMA", "bf16 dot", "bf16 tiles"
  double tflops = 0;
};

/// Measures each kind that the processor has, on `threads` threads at once: the best of several
/// runs of some tens of milliseconds.
std::vector<Peak> measure_peaks(int threads);

/// The largest of them.
double highest(const std::vector<Peak>& peaks);

}  // namespace clipguide::bench
