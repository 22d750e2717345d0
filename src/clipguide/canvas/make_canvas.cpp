#include "clipguide/canvas/make_canvas.h"

#include <fmt/ranges.h>

#include "clipguide/base/error.h"
#include "clipguide/canvas/collage_canvas.h"
#include "clipguide/canvas/fourier_canvas.h"
#include "clipguide/canvas/latent_canvas.h"
#include "clipguide/canvas/palette_canvas.h"
#include "clipguide/canvas/pixel_canvas.h"
#include "clipguide/canvas/pyramid_canvas.h"
#include "clipguide/canvas/siren_canvas.h"
#include "clipguide/canvas/wavelet_canvas.h"

namespace clipguide::canvas {
namespace {

constexpr int kSmallestSide = 8;

}  // namespace

const std::vector<std::string>& canvas_names() {
  static const std::vector<std::string> names = {"pixel",   "pyramid", "fourier", "wavelet",
                                                 "palette", "siren",   "latent",  "collage"};
  return names;
}

std::unique_ptr<Canvas> make_canvas(const CanvasOptions& options) {
  if (std::min(options.height_px, options.width_px) < kSmallestSide)
    base::throw_error<base::ShapeError>("canvas: expected sides of at least {} px, got {}x{}",
                                        kSmallestSide, options.width_px, options.height_px);
  if (options.tile && options.kind == "latent")
    throw base::UsageError("tile: expected a canvas that repeats beyond its edges, got latent",
                           "all but latent do; its decoder draws an edge");
  if (options.kind == "pixel") return std::make_unique<PixelCanvas>(options);
  if (options.kind == "pyramid") return std::make_unique<PyramidCanvas>(options);
  if (options.kind == "fourier") return std::make_unique<FourierCanvas>(options);
  if (options.kind == "wavelet") return std::make_unique<WaveletCanvas>(options);
  if (options.kind == "palette") return std::make_unique<PaletteCanvas>(options);
  if (options.kind == "siren") return std::make_unique<SirenCanvas>(options);
  if (options.kind == "latent") return std::make_unique<LatentCanvas>(options);
  if (options.kind == "collage") return std::make_unique<CollageCanvas>(options);
  base::throw_error<base::UsageError>("canvas: expected one of {}, got '{}'",
                                      fmt::join(canvas_names(), ", "), options.kind);
}

at::Tensor Canvas::render_enlarged(const imaging::Enlargement& to) const {
  const torch::NoGradGuard no_grad;
  return imaging::enlarge(render().picture, to);
}

void restore(const Canvas& canvas, const std::vector<at::Tensor>& values) {
  const auto& parameters = canvas.parameters();
  if (values.size() != parameters.size())
    base::throw_error<base::ShapeError>("canvas: expected {} parameters, got {}", parameters.size(),
                                        values.size());
  const torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i].sizes() != parameters[i].tensor.sizes())
      base::throw_error<base::ShapeError>(
          "canvas: parameter {}: expected shape [{}], got [{}]", parameters[i].name,
          fmt::join(parameters[i].tensor.sizes(), ", "), fmt::join(values[i].sizes(), ", "));
    at::Tensor target = parameters[i].tensor;
    target.copy_(values[i]);
  }
}

}  // namespace clipguide::canvas
