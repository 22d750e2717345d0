#include "clipguide/clip/frozen/kernel_sets.h"
#include "clipguide/clip/frozen/row_kernels.h"

namespace clipguide::clip::frozen {

const Kernels kAvx512Bf16Kernels =
    make_kernels<Bf16, 2>(base::InstructionSet::avx512_bf16, Element::bf16);

}  // namespace clipguide::clip::frozen
