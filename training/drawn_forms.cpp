#include "training/drawn_forms.h"

#include "clipguide/base/error.h"
#include "clipguide/canvas/form_generator.h"

namespace clipguide::training {
namespace {

/// Straight colour and opacity [M, 4, S, S] -> premultiplied rows of a sprite [M, side, side, 4]
/// u8.
at::Tensor sprite_pixels(const at::Tensor& drawn, int side) {
  return at::upsample_bilinear2d(canvas::premultiplied(drawn), {side, side},
                                 /*align_corners=*/false)
      .clamp(0, 1)
      .mul(255)
      .round()
      .to(torch::kUInt8)
      .permute({0, 2, 3, 1})
      .contiguous();
}

/// A look takes its colour when it is painted if the one that it was learned from does.
world::Variant drawn_variant(const world::Variant& learned_from, const at::Tensor& pixels) {
  const auto* first = pixels.data_ptr<std::uint8_t>();
  std::vector<std::uint8_t> rgba(first, first + pixels.numel());
  const bool mask = learned_from.sprite->is_mask();
  if (mask) {
    for (std::size_t i = 0; i < rgba.size(); i += 4)
      std::fill_n(rgba.begin() + std::ptrdiff_t(i), 3, rgba[i + 3]);
  }
  world::Variant variant{
      std::make_shared<const world::Sprite>(std::move(rgba), mask), {}, learned_from.named_colour};
  variant.dominant = variant.sprite->dominant();
  return variant;
}

}  // namespace

void add_drawn_forms(std::vector<world::Thing>& things, const std::filesystem::path& file) {
  const torch::NoGradGuard no_grad;
  const canvas::FormGenerator generator(file, torch::kCPU);
  std::int64_t looks = 0;
  for (const world::Thing& thing : things) looks += std::int64_t(thing.variants.size());
  if (looks != generator.codes().size(0))
    base::throw_error<base::FormatError>(
        "{}: expected a form for each of the catalogue's {} looks, got {}", file.string(), looks,
        generator.codes().size(0));
  std::int64_t row = 0;
  for (world::Thing& thing : things) {
    const auto count = std::int64_t(thing.variants.size());
    const at::Tensor pixels =
        sprite_pixels(generator(generator.codes().narrow(0, row, count)), world::Sprite::kSide);
    for (std::int64_t i = 0; i < count; ++i)
      thing.variants.push_back(drawn_variant(thing.variants[std::size_t(i)], pixels[i]));
    row += count;
  }
}

}  // namespace clipguide::training
