#include <algorithm>
#include <cmath>

#include "training/world/scene.h"

namespace clipguide::world {
namespace {

/// Gives a pixel of the sprite the new colour: all of it, or only what has the sprite's main hue,
/// so that a blue apple keeps its green leaf.
class Recolour {
 public:
  Recolour(const Item& item, const Variant& variant) : target_(item.tint_shade) {
    mask_ = variant.sprite->is_mask();
    if (mask_ || !variant.dominant) return;
    const Hsv main = to_hsv(variant.dominant->mean);
    by_hue_ = variant.dominant->share > 0.35f && main.saturation > 0.3f && main.value > 0.3f;
    main_hue_ = main.hue_turn;
    main_luma_ = std::max(0.08f, luma(variant.dominant->mean));
  }

  Rgb operator()(const Rgb& colour) const {
    if (mask_) return target_;
    if (by_hue_) {
      const Hsv hsv = to_hsv(colour);
      float distance = std::abs(hsv.hue_turn - main_hue_);
      distance = std::min(distance, 1 - distance);
      if (hsv.saturation < 0.15f || distance > 0.10f) return colour;
    }
    const float ratio = luma(colour) / main_luma_;
    return ratio <= 1 ? target_ * (0.25f + 0.75f * ratio)
                      : mix(target_, {1, 1, 1}, std::min(0.8f, (ratio - 1) * 0.5f));
  }

 private:
  Rgb target_;
  bool mask_ = false, by_hue_ = false;
  float main_hue_ = 0, main_luma_ = 0.5f;
};

void paint_item(const Item& item, const std::vector<Thing>& things, bool silhouette,
                Raster& raster) {
  const Variant& variant = things[std::size_t(item.thing)].variants[std::size_t(item.variant)];
  const Recolour recolour(item, variant);
  const float side = float(raster.side_px), size_px = item.size * side;
  const int level = Sprite::level_for(size_px);
  const float cos_a = std::cos(item.angle_rad), sin_a = std::sin(item.angle_rad);
  const float reach = size_px * 0.5f * (std::abs(cos_a) + std::abs(sin_a)) + 1;
  const float cx = item.x * side, cy = item.y * side;
  const int x0 = std::max(0, int(cx - reach)), x1 = std::min(raster.side_px - 1, int(cx + reach));
  const int y0 = std::max(0, int(cy - reach)), y1 = std::min(raster.side_px - 1, int(cy + reach));
  for (int y = y0; y <= y1; ++y) {
    for (int x = x0; x <= x1; ++x) {
      const float dx = (float(x) + 0.5f - cx) / size_px, dy = (float(y) + 0.5f - cy) / size_px;
      float u = dx * cos_a + dy * sin_a;
      if (item.mirrored) u = -u;
      const Sprite::Pixel p =
          variant.sprite->sample(u + 0.5f, dy * cos_a - dx * sin_a + 0.5f, level);
      if (p.a < 0.004f) continue;
      Rgb colour = {p.r / p.a, p.g / p.a, p.b / p.a};
      if (item.tint) colour = recolour(colour);
      if (silhouette) colour = {0.05f, 0.05f, 0.06f};
      raster.at(x, y) = mix(raster.at(x, y), colour, p.a);
    }
  }
}

/// Mean over a square of 2 radius + 1 pixels, one axis at a time.
void box_blur(Raster& raster, int radius) {
  const int side = raster.side_px;
  std::vector<Rgb> line(static_cast<std::size_t>(side));
  for (int axis = 0; axis < 2; ++axis) {
    for (int i = 0; i < side; ++i) {
      const auto at = [&](int j) -> Rgb& { return axis == 0 ? raster.at(j, i) : raster.at(i, j); };
      for (int j = 0; j < side; ++j) {
        Rgb sum;
        for (int k = -radius; k <= radius; ++k) {
          const Rgb& c = at(std::clamp(j + k, 0, side - 1));
          sum = {sum.r + c.r, sum.g + c.g, sum.b + c.b};
        }
        line[std::size_t(j)] = sum * (1.0f / float(2 * radius + 1));
      }
      for (int j = 0; j < side; ++j) at(j) = line[std::size_t(j)];
    }
  }
}

void pixelate(Raster& raster, int blocks) {
  const Raster from = raster;
  const float block = float(raster.side_px) / float(blocks);
  for (int y = 0; y < raster.side_px; ++y) {
    for (int x = 0; x < raster.side_px; ++x) {
      const int u = int((std::floor(float(x) / block) + 0.5f) * block);
      const int v = int((std::floor(float(y) / block) + 0.5f) * block);
      raster.at(x, y) = from.at(std::min(u, raster.side_px - 1), std::min(v, raster.side_px - 1));
    }
  }
}

void draw_outline(Raster& raster) {
  const Raster from = raster;
  const int side = raster.side_px, reach = std::max(1, side / 96);
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      const auto at = [&](int dx, int dy) -> const Rgb& {
        return from.at(std::clamp(x + dx, 0, side - 1), std::clamp(y + dy, 0, side - 1));
      };
      const auto difference = [](const Rgb& a, const Rgb& b) {
        return std::abs(a.r - b.r) + std::abs(a.g - b.g) + std::abs(a.b - b.b);
      };
      const float edge =
          difference(at(-reach, 0), at(reach, 0)) + difference(at(0, -reach), at(0, reach));
      const float ink = 1 - std::clamp((edge - 0.15f) * 1.4f, 0.0f, 0.95f);
      raster.at(x, y) = {ink, ink, ink};
    }
  }
}

void apply_style(Style style, Raster& raster, base::RandomStream& stream) {
  const auto each = [&](auto&& change) {
    std::for_each(raster.pixels.begin(), raster.pixels.end(), change);
  };
  switch (style) {
    case Style::none:
    case Style::silhouette:
      return;
    case Style::black_and_white:
      return each([](Rgb& c) {
        const float l = luma(c);
        c = {l, l, l};
      });
    case Style::sepia:
      return each([](Rgb& c) {
        const float l = luma(c);
        c = {l * 0.95f + 0.05f, l * 0.80f + 0.02f, l * 0.58f};
      });
    case Style::pixelated:
      return pixelate(raster, 12 + stream.below(7));
    case Style::outline:
      return draw_outline(raster);
    case Style::blurred: {
      const int radius = std::max(1, int(float(raster.side_px) * stream.uniform(0.025f, 0.05f)));
      for (int pass = 0; pass < 2; ++pass) box_blur(raster, radius);
      return;
    }
    case Style::pastel: {
      const float white = stream.uniform(0.45f, 0.62f);
      return each([=](Rgb& c) { c = mix(c, {1, 0.98f, 0.97f}, white); });
    }
    case Style::dark: {
      const float light = stream.uniform(0.22f, 0.38f);
      return each([=](Rgb& c) { c = c * light; });
    }
  }
}

/// Small changes that no caption speaks of: light, contrast, colour, grain.
void vary(Raster& raster, base::RandomStream& stream) {
  const float gain = stream.uniform(0.85f, 1.12f), contrast = stream.uniform(0.85f, 1.12f);
  const float saturation = stream.uniform(0.82f, 1.18f);
  const Rgb cast = {stream.uniform(0.95f, 1.05f), stream.uniform(0.95f, 1.05f),
                    stream.uniform(0.95f, 1.05f)};
  const bool lit = stream.chance(0.3f);
  const float light_x = lit ? stream.uniform(-0.25f, 0.25f) : 0,
              light_y = lit ? stream.uniform(-0.25f, 0.25f) : 0;
  const float grain = stream.chance(0.25f) ? stream.uniform(0.01f, 0.035f) : 0;
  std::vector<float> noise;
  if (grain > 0) {
    noise.resize(raster.pixels.size());
    stream.fill_uniform(noise);
  }
  const float pixel = 1.0f / float(raster.side_px);
  for (int y = 0; y < raster.side_px; ++y) {
    for (int x = 0; x < raster.side_px; ++x) {
      Rgb& c = raster.at(x, y);
      const float l = luma(c);
      const float shift =
          grain > 0
              ? grain * 3.46f *
                    (noise[std::size_t(y) * std::size_t(raster.side_px) + std::size_t(x)] - 0.5f)
              : 0;
      const float light =
          gain * (1 + light_x * (float(x) * pixel - 0.5f) + light_y * (float(y) * pixel - 0.5f));
      const auto channel = [&](float value, float tone) {
        const float coloured = l + (value - l) * saturation;
        return std::clamp(((coloured - 0.5f) * contrast + 0.5f) * light * tone + shift, 0.0f, 1.0f);
      };
      c = {channel(c.r, cast.r), channel(c.g, cast.g), channel(c.b, cast.b)};
    }
  }
}

}  // namespace

Raster render(const Scene& scene, const std::vector<Thing>& things, int side_px,
              base::RandomStream stream) {
  Raster raster(side_px);
  paint(scene.backdrop, raster, stream.named("backdrop"));
  // What lies inside another is painted over it.
  for (auto item = scene.items.rbegin(); item != scene.items.rend(); ++item) {
    paint_item(*item, things, scene.style == Style::silhouette, raster);
  }
  base::RandomStream style = stream.named("style"), light = stream.named("light");
  apply_style(scene.style, raster, style);
  vary(raster, light);
  return raster;
}

}  // namespace clipguide::world
