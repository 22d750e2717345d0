#include "clipguide/kernels/kernel_sets.h"
#include "clipguide/kernels/row_kernels.h"

namespace clipguide::kernels {

const Kernels kPortableKernels =
    make_kernels<float, 1>(base::InstructionSet::portable, Element::f32);

}  // namespace clipguide::kernels
