#include "clipguide/canvas/latent_canvas.h"

#include "clipguide/base/error.h"
#include "clipguide/base/one_thread.h"
#include "clipguide/canvas/descend.h"
#include "clipguide/canvas/start_noise.h"
#include "clipguide/imaging/clamp.h"
#include "clipguide/imaging/spectrum.h"

namespace clipguide::canvas {
namespace {

constexpr double kFitRate = 0.1;  // latents have about unit deviation
constexpr int kFitSteps = 100;
constexpr int kGreySteps = 200;
constexpr int kGreySide = 6;  // latents a side: more than the decoder sees at once would be waste

LatentNetwork open_decoder(const CanvasOptions& options) {
  if (options.decoder.empty())
    throw base::UsageError(
        "canvas latent: expected a decoder, got none",
        "name it with --decoder: taesd, or a file like taesd_decoder.safetensors");
  return LatentNetwork(options.decoder, Direction::decode, options.device);
}

}  // namespace

LatentCanvas::LatentCanvas(const CanvasOptions& options)
    : decoder_(open_decoder(options)), height_px_(options.height_px), width_px_(options.width_px) {
  base::widen_libtorch();
  if (!options.encoder.empty()) {
    encoder_.emplace(options.encoder, Direction::encode, options.device);
    if (encoder_->latent_channels() != decoder_.latent_channels() ||
        encoder_->scale() != decoder_.scale())
      base::throw_error<base::FormatError>(
          "{}: expected an encoder to {} channels at 1/{}, got {} at 1/{}",
          options.encoder.string(), decoder_.latent_channels(), decoder_.scale(),
          encoder_->latent_channels(), encoder_->scale());
  }
  const auto cells = [&](int length_px) {
    return std::int64_t((length_px + decoder_.scale() - 1) / decoder_.scale());
  };
  const at::Tensor latent = torch::zeros(
      {options.pictures, decoder_.latent_channels(), cells(height_px_), cells(width_px_)},
      torch::device(options.device));
  parameters_.push_back({"latent", latent.requires_grad_()});
  const torch::NoGradGuard no_grad;
  parameters_[0].tensor.copy_(grey_latent().expand_as(latent));
}

// Zero is no colour to a decoder. The one latent that, everywhere, comes nearest to grey.
at::Tensor LatentCanvas::grey_latent() const {
  const at::Tensor latent =
      torch::zeros({1, decoder_.latent_channels(), 1, 1}, parameters_[0].tensor.options())
          .requires_grad_();
  descend({latent}, kFitRate, kGreySteps, [&](int) {
    return (decoder_(latent.expand({1, -1, kGreySide, kGreySide})) - 0.5).square().mean();
  });
  return latent.detach();
}

Rendering LatentCanvas::render() const {
  const at::Tensor decoded =
      decoder_(parameters_[0].tensor).narrow(2, 0, height_px_).narrow(3, 0, width_px_);
  return {imaging::clamp_unit(decoded), decoded};
}

// Goes on to whole latents beyond the lower and the right edge.
at::Tensor LatentCanvas::padded(const at::Tensor& picture) const {
  const auto& latent = parameters_[0].tensor;
  return at::replication_pad2d(picture, {0, latent.size(3) * decoder_.scale() - width_px_, 0,
                                         latent.size(2) * decoder_.scale() - height_px_});
}

void LatentCanvas::fit(const at::Tensor& picture) {
  at::Tensor latent = parameters_[0].tensor;
  if (encoder_) {
    const torch::NoGradGuard no_grad;
    latent.copy_((*encoder_)(padded(picture)).expand_as(latent));
    return;
  }
  const at::Tensor wanted = padded(picture.detach());
  const at::Tensor leaf = latent.detach().slice(0, 0, picture.size(0)).clone().requires_grad_();
  descend({leaf}, kFitRate, kFitSteps,
          [&](int) { return (decoder_(leaf) - wanted).square().mean(); });
  const torch::NoGradGuard no_grad;
  latent.copy_(leaf.expand_as(latent));
}

void LatentCanvas::add_noise(std::span<const base::RandomStream> streams, double amount) {
  add_normal(parameters_[0].tensor, streams, amount);
}

at::Tensor LatentCanvas::limit_update(std::size_t, const at::Tensor& update,
                                      double bandwidth) const {
  return imaging::blur_to_bandwidth(update, bandwidth);
}

}  // namespace clipguide::canvas
