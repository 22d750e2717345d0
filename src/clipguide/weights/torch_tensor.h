#pragma once

#include <map>
#include <string>

#include "clipguide/base/torch.h"
#include "clipguide/weights/tensor_store.h"

/// The bridge between stored tensors and libtorch's.
namespace clipguide::weights {

/// An owned CPU copy, contiguous, in the stored dtype.
at::Tensor to_tensor(const TensorView& view);

/// A view of a contiguous CPU tensor's memory, which must outlive it.
///   throws  ShapeError for a tensor that is not contiguous or not on the CPU
TensorView to_view(const at::Tensor& tensor);

/// Reads and writes whole safetensors files of torch tensors (snapshots, fixtures, gradients).
std::map<std::string, at::Tensor> to_tensors(const TensorStore& store);
std::string format_tensors(const std::map<std::string, at::Tensor>& tensors,
                           const std::map<std::string, std::string>& metadata = {});

}  // namespace clipguide::weights
