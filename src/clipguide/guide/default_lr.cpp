#include "clipguide/guide/default_lr.h"

namespace clipguide::guide {

double default_lr(const std::string& canvas, OptimizerKind optimizer) {
  // A collage's objects have units of their own (canvas::NamedParameter::unit).
  const bool pixel = canvas == "pixel" || canvas == "collage", pyramid = canvas == "pyramid";
  // Latents have about unit deviation, as a spectrum's numbers have; so have the leanings of a
  // palette. A network's weights are frequencies and must move far less.
  const bool latent = canvas == "latent", siren = canvas == "siren";
  switch (optimizer) {
    // SGD follows the gradient's own size. A pyramid adds up one gradient a pixel and plane, at 0.2
    // times the 32 views that Direct Ascent Synthesis sums over; a mean over views needs more.
    case OptimizerKind::sgd:
      return pixel ? 100 : pyramid ? 6.4 : siren ? 0.05 : 10;
    // Adam and sign move every parameter alike. Pixels span [0, 1]; pyramid planes add up, about
    // ten of them; a spectrum of unit deviation fills the range.
    case OptimizerKind::adam:
    case OptimizerKind::adamw:
      return pixel ? 0.02 : pyramid ? 0.03 : latent ? 0.05 : siren ? 0.003 : 0.1;
    case OptimizerKind::sign:
      return pixel ? 0.01 : pyramid ? 0.01 : siren ? 0.001 : 0.03;
    // Root mean square of a step: a picture is drawn in some fifty of them.
    case OptimizerKind::normalized:
      return pixel ? 0.008 : siren ? 0.001 : 0.016;
  }
  return 0.05;
}

}  // namespace clipguide::guide
