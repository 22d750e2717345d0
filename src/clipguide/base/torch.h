#pragma once

/// The part of libtorch that the house uses: tensors, autograd, transforms. <torch/torch.h> would
/// also bring nn, optim and data, whose templates every file then instantiates anew: three times
/// the compile time. Files that define or train networks include <torch/nn.h>, <torch/optim.h> too.

// types.h first: the others lean on it.
// clang-format off
#include <torch/types.h>
#include <torch/autograd.h>
#include <torch/enum.h>
#include <torch/fft.h>
#include <torch/utils.h>
// clang-format on
