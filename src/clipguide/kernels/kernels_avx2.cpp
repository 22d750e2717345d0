#include "clipguide/kernels/kernel_sets.h"
#include "clipguide/kernels/row_kernels.h"

namespace clipguide::kernels {

const Kernels kAvx2Kernels = make_kernels<float, 1>(base::InstructionSet::avx2, Element::f32);

}  // namespace clipguide::kernels
