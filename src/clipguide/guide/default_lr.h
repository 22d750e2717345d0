#pragma once

#include <string>

#include "clipguide/guide/optimizer.h"

namespace clipguide::guide {

/// The learning rate to use where none was given: a canvas's parameters have units of their own.
double default_lr(const std::string& canvas, OptimizerKind optimizer);

}  // namespace clipguide::guide
