#include "clipguide/guide/default_lr.h"

namespace clipguide::guide {

double default_lr(const std::string& canvas, OptimizerKind optimizer) {
  const bool pixel = canvas == "pixel", pyramid = canvas == "pyramid";
  switch (optimizer) {
    // SGD follows the gradient's own size. A pyramid adds up one gradient a pixel and plane, at 0.2
    // times the 32 views that Direct Ascent Synthesis sums over; a mean over views needs more.
    case OptimizerKind::sgd:
      return pixel ? 100 : pyramid ? 6.4 : 10;
    // Adam and sign move every parameter alike. Pixels span [0, 1]; pyramid planes add up, about
    // ten of them; a spectrum of unit deviation fills the range.
    case OptimizerKind::adam:
    case OptimizerKind::adamw:
      return pixel ? 0.02 : pyramid ? 0.03 : 0.1;
    case OptimizerKind::sign:
      return pixel ? 0.01 : pyramid ? 0.01 : 0.03;
    // Root mean square of a step: a picture is drawn in some fifty of them.
    case OptimizerKind::normalized:
      return pixel ? 0.008 : 0.016;
  }
  return 0.05;
}

}  // namespace clipguide::guide
