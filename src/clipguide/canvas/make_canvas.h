#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "clipguide/canvas/canvas.h"
#include "clipguide/kernels/kernels.h"

namespace clipguide::canvas {

struct CanvasOptions {
  std::string kind = "pyramid";
  int pictures = 1;  ///< N
  int height_px = 384;
  int width_px = 384;
  std::string resolutions = "power-of-two";  ///< pyramid: all, every-N, power-of-two
  double decay = 1.5;                        ///< fourier, wavelet: the spectrum falls as 1/f^decay
  std::string wavelet = "coif2";             ///< wavelet: one of imaging::wavelet_names()
  int margin_px = 0;  ///< of the canvas round the picture. palette: a cell begins where the picture
                      ///< does; collage: places are told in parts of the picture
  int cell_px = 8;    ///< palette: side of a cell
  std::string colours = "16";     ///< palette: a number, or #rrggbb,#rrggbb,..
  int siren_width = 64;           ///< siren: features a layer
  int siren_layers = 4;           ///< siren: layers of sines
  std::filesystem::path decoder;  ///< latent: a tiny autoencoder's decoder
  std::filesystem::path encoder;  ///< latent: its encoder, to fit pictures by; may be empty
  std::filesystem::path forms;    ///< collage: a generator of forms
  int objects = 3;                ///< collage: at most so many
  const kernels::Kernels* kernels = nullptr;  ///< collage: what draws its forms on the CPU; null:
                                              ///< libtorch's operators
  bool tile = false;                          ///< the picture repeats beyond its edges
  torch::Device device = torch::kCPU;
};

const std::vector<std::string>& canvas_names();

/// A grey canvas of the kind asked for.
///   throws  UsageError for an unknown kind, or options its canvas refuses; ShapeError for a side
///           under 8 px; what reading a decoder throws
std::unique_ptr<Canvas> make_canvas(const CanvasOptions& options);

}  // namespace clipguide::canvas
