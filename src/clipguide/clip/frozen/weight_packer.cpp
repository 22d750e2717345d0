#include "clipguide/clip/frozen/weight_packer.h"

#include "clipguide/base/error.h"
#include "clipguide/clip/frozen/plan.h"

namespace clipguide::clip::frozen {

template <class Entry>
const Entry& WeightPacker::next() {
  if (taken_ < entries_.size())
    if (const Entry* entry = std::get_if<Entry>(&entries_[taken_])) return ++taken_, *entry;
  throw base::FormatError("packed weights: expected those of this image tower, got others");
}

PackedMatrix WeightPacker::matrix(const Kernels& kernels, const Make& make) {
  if (is_ready_) return next<Packed>().matrix;
  const Parts parts = make();
  Packed packed{PackedMatrix(kernels, parts.weight, parts.bias)};
  const Panels& panels = packed.matrix.panels();
  const std::size_t width = std::size_t(whole(panels.columns, kernels.panel));
  packed.weight_bytes =
      std::size_t(panels.taps) * std::size_t(panels.depth) * width * kernels.element_bytes();
  packed.bias_bytes = packed.matrix.bias() ? width * sizeof(float) : 0;
  entries_.emplace_back(packed);
  return packed.matrix;
}

std::vector<float> WeightPacker::vector(const std::function<at::Tensor()>& make) {
  if (is_ready_) return next<std::vector<float>>();
  const at::Tensor flat = make().contiguous();
  std::vector<float> values(flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel());
  entries_.emplace_back(values);
  return values;
}

}  // namespace clipguide::clip::frozen
