#include "clipguide/guide/run_canvas.h"

#include <algorithm>
#include <cmath>

#include "clipguide/base/error.h"
#include "clipguide/canvas/make_canvas.h"
#include "clipguide/canvas/masked_canvas.h"
#include "clipguide/canvas/symmetric_canvas.h"
#include "clipguide/imaging/colour.h"
#include "clipguide/imaging/picture_tensor.h"
#include "clipguide/imaging/resample.h"
#include "clipguide/media/picture.h"

namespace clipguide::guide {
namespace {

// A picture that covers width x height, its middle part where the aspect differs.
at::Tensor cover(const media::Picture& picture, int height, int width) {
  const at::Tensor whole =
      imaging::from_rgb_bytes(picture.rgb, picture.height_px, picture.width_px);
  if (picture.height_px == height && picture.width_px == width) return whole;
  const double scale =
      std::max(double(height) / picture.height_px, double(width) / picture.width_px);
  const int scaled_height = std::max(height, int(std::lround(picture.height_px * scale)));
  const int scaled_width = std::max(width, int(std::lround(picture.width_px * scale)));
  return imaging::resize_bicubic(whole, scaled_height, scaled_width)
      .clamp(0, 1)
      .narrow(2, (scaled_height - height) / 2, height)
      .narrow(3, (scaled_width - width) / 2, width);
}

// Continues a picture beyond its edges by mirroring, as often as the margin asks for.
at::Tensor with_margin(at::Tensor picture, int margin_px) {
  while (margin_px > 0) {
    const int at_once = std::min({margin_px, int(picture.size(2)) - 1, int(picture.size(3)) - 1});
    picture = at::reflection_pad2d(picture, {at_once, at_once, at_once, at_once});
    margin_px -= at_once;
  }
  return picture;
}

// Softens edges over about `width_px` pixels: two box means make a tent.
at::Tensor feathered(at::Tensor mask, double width_px) {
  const int radius = int(std::lround(width_px / 4));
  if (radius < 1) return mask;
  for (int pass = 0; pass < 2; ++pass)
    mask = at::avg_pool2d(at::replication_pad2d(mask, {radius, radius, radius, radius}),
                          2 * radius + 1, 1);
  return mask;
}

// How much of the canvas is seen, [1, 1, H, W] or [1, 1, 1, 1].
at::Tensor opacity(const RunOptions& options, int margin_px) {
  if (options.mask.empty()) return torch::full({1, 1, 1, 1}, options.strength);
  at::Tensor mask =
      imaging::luma(cover(media::read_picture(options.mask), options.height, options.width));
  if (options.mask_invert) mask = 1 - mask;
  return with_margin(feathered(mask, options.mask_feather), margin_px) * options.strength;
}

canvas::CanvasOptions canvas_options(const RunOptions& options, const CanvasStart& begin) {
  const int margin_px = begin.margin_px;
  canvas::CanvasOptions made;
  made.kind = options.canvas;
  made.pictures = options.batch;
  made.height_px = options.height + 2 * margin_px;
  made.width_px = options.width + 2 * margin_px;
  made.resolutions = options.resolutions;
  made.decay = options.decay;
  made.wavelet = options.wavelet;
  made.margin_px = margin_px;
  made.cell_px = options.cell;
  made.colours = options.colours;
  made.siren_width = options.siren_width;
  made.siren_layers = options.siren_layers;
  made.decoder = begin.decoder;
  made.encoder = begin.encoder;
  made.tile = options.tile;
  made.forms = options.forms.empty() ? begin.forms : std::filesystem::path(options.forms);
  made.objects = options.objects;
  made.kernels = begin.kernels;
  made.device = begin.device;
  return made;
}

}  // namespace

std::unique_ptr<canvas::Canvas> make_run_canvas(const RunOptions& options,
                                                const CanvasStart& begin) {
  const int margin_px = begin.margin_px;
  const torch::Device device = begin.device;
  // Read what it starts from before anything is computed.
  const bool from_picture = options.init != "grey" && options.init != "noise";
  at::Tensor start = begin.searched;
  if (from_picture && options.init != "search") {
    const at::Tensor picture =
        begin.collage ? begin.collage->ground
                      : cover(media::read_picture(options.init), options.height, options.width);
    start = with_margin(picture, margin_px).to(device);
  }
  const bool masked = !options.mask.empty() || options.strength < 1;
  const at::Tensor mask = masked ? opacity(options, margin_px).to(device) : at::Tensor();

  // Make it and begin.
  auto canvas = canvas::make_canvas(canvas_options(options, begin));
  if (options.init == "noise") {
    std::vector<base::RandomStream> streams;
    for (int n = 0; n < options.batch; ++n)
      streams.emplace_back(options.seed + std::uint64_t(n), "init");
    canvas->add_noise(streams, options.init_noise);
  } else if (begin.collage) {
    auto& collage = dynamic_cast<canvas::CollageCanvas&>(*canvas);
    if (begin.collage->fitted.defined())
      collage.fit(with_margin(begin.collage->fitted, margin_px).to(device));
    collage.paint(start);
  } else if (start.defined() && (!begin.restored || options.canvas == "collage")) {
    canvas->fit(start);  // a collage keeps in mind what it was fitted to
  }
  if (auto* collage = dynamic_cast<canvas::CollageCanvas*>(canvas.get()); collage && begin.arrange)
    begin.arrange(*collage, options.mask.empty() ? at::Tensor() : mask);

  // Tie it to its symmetry, then lay it over what stays.
  if (const canvas::Symmetry symmetry = canvas::parse_symmetry(options.symmetry);
      symmetry != canvas::Symmetry::none)
    canvas = std::make_unique<canvas::SymmetricCanvas>(std::move(canvas), symmetry);
  if (!masked) return canvas;
  if (!start.defined() || begin.collage) {
    const torch::NoGradGuard no_grad;
    start = canvas->render().picture;
  }
  return std::make_unique<canvas::MaskedCanvas>(std::move(canvas), start, mask);
}

}  // namespace clipguide::guide
