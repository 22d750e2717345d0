#include "clipguide/clip/frozen/kernel_sets.h"
#include "clipguide/clip/frozen/row_kernels.h"

namespace clipguide::clip::frozen {

const Kernels kPortableKernels =
    make_kernels<float, 1>(base::InstructionSet::portable, Element::f32);

}  // namespace clipguide::clip::frozen
