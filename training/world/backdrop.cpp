#include "training/world/backdrop.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace clipguide::world {
namespace {

/// Smooth random field in [0, 1] on a coarse lattice, `cells` across; wraps round.
class SmoothNoise {
 public:
  SmoothNoise(int cells, base::RandomStream& stream)
      : cells_(cells), lattice_(std::size_t(cells) * cells) {
    stream.fill_uniform(lattice_);
  }
  float operator()(float u, float v) const {
    const float x = wrapped(u) * float(cells_), y = wrapped(v) * float(cells_);
    const int x0 = int(x), y0 = int(y);
    const float fx = smooth(x - float(x0)), fy = smooth(y - float(y0));
    const float top = lerp(value(x0, y0), value(x0 + 1, y0), fx);
    return lerp(top, lerp(value(x0, y0 + 1), value(x0 + 1, y0 + 1), fx), fy);
  }

 private:
  static float wrapped(float t) { return t - std::floor(t); }
  static float smooth(float t) { return t * t * (3 - 2 * t); }
  static float lerp(float a, float b, float t) { return a + (b - a) * t; }
  float value(int x, int y) const {
    return lattice_[std::size_t(y % cells_) * cells_ + std::size_t(x % cells_)];
  }

  int cells_;
  std::vector<float> lattice_;
};

template <class Shader>
void shade(Raster& raster, Shader&& shader) {
  const float pixel = 1.0f / float(raster.side_px);
  for (int y = 0; y < raster.side_px; ++y) {
    for (int x = 0; x < raster.side_px; ++x) {
      raster.at(x, y) = shader((float(x) + 0.5f) * pixel, (float(y) + 0.5f) * pixel);
    }
  }
}

/// A soft disc laid over what is there; centre and radius in parts of the side.
void lay_disc(Raster& raster, float u, float v, float radius, const Rgb& colour,
              float strength = 1) {
  const float side = float(raster.side_px), soft = 0.7f;
  const float cx = u * side, cy = v * side, r = std::max(radius * side, 0.6f);
  const int x0 = std::max(0, int(cx - r - 1)), x1 = std::min(raster.side_px - 1, int(cx + r + 1));
  const int y0 = std::max(0, int(cy - r - 1)), y1 = std::min(raster.side_px - 1, int(cy + r + 1));
  for (int y = y0; y <= y1; ++y) {
    for (int x = x0; x <= x1; ++x) {
      const float distance = std::hypot(float(x) + 0.5f - cx, float(y) + 0.5f - cy);
      const float cover = std::clamp((r - distance) / soft + 0.5f, 0.0f, 1.0f) * strength;
      raster.at(x, y) = mix(raster.at(x, y), colour, cover);
    }
  }
}

/// Signed distance to an edge in parts of the side -> coverage with one pixel of softness.
float cover(float distance, int side_px) {
  return std::clamp(distance * float(side_px) + 0.5f, 0.0f, 1.0f);
}

void paint_pattern(const Backdrop& b, Raster& raster, base::RandomStream& stream) {
  const Rgb one = b.first_shade, two = b.second_shade;
  const float angle =
      stream.chance(0.6f) ? (stream.chance(0.5f) ? 0.0f : 1.5708f) : stream.uniform(0, 3.1416f);
  const float cos_a = std::cos(angle), sin_a = std::sin(angle);
  const float period = stream.uniform(0.14f, 0.40f), shift = stream.uniform();
  const auto wave = [&](float t) {  // 0 on one half of the period, 1 on the other
    const float phase = (t / period + shift) - std::floor(t / period + shift);
    const float edge = std::min({std::abs(phase - 0.5f), phase, 1 - phase}) * period;
    const float inside = cover(edge, raster.side_px);
    return phase < 0.5f ? 1 - inside : inside;
  };
  switch (b.kind) {
    case BackdropKind::plain:
      return shade(raster, [&](float, float) { return one; });
    case BackdropKind::gradient:
      return shade(raster, [&](float u, float v) {
        return mix(one, two,
                   std::clamp(0.5f + (u - 0.5f) * sin_a + (v - 0.5f) * cos_a, 0.0f, 1.0f));
      });
    case BackdropKind::stripes:
      return shade(raster,
                   [&](float u, float v) { return mix(one, two, wave(u * cos_a + v * sin_a)); });
    case BackdropKind::checks:
      return shade(raster, [&](float u, float v) {
        const float a = wave(u), c = wave(v);
        return mix(one, two, a + c - 2 * a * c);
      });
    default: {  // dots
      shade(raster, [&](float, float) { return one; });
      const float step = stream.uniform(0.14f, 0.28f), radius = step * stream.uniform(0.22f, 0.34f);
      for (int row = -1; float(row) * step < 1.3f; ++row) {
        for (int column = -1; float(column) * step < 1.3f; ++column) {
          const float offset = row % 2 ? 0.5f : 0.0f;
          lay_disc(raster, (float(column) + offset + shift) * step, (float(row) + shift) * step,
                   radius, two);
        }
      }
    }
  }
}

void paint_sky(BackdropKind kind, Raster& raster, base::RandomStream& stream) {
  const auto vertical = [&](Rgb top, Rgb bottom) {
    shade(raster, [&](float, float v) { return mix(top, bottom, v); });
  };
  switch (kind) {
    case BackdropKind::night: {
      vertical(to_rgb({stream.uniform(0.61f, 0.70f), 0.8f, stream.uniform(0.08f, 0.22f)}),
               to_rgb({stream.uniform(0.60f, 0.72f), 0.7f, stream.uniform(0.2f, 0.42f)}));
      for (int i = stream.below(30) + 20; i > 0; --i) {
        const float u = stream.uniform(), v = stream.uniform();
        lay_disc(raster, u, v, stream.uniform(0.004f, 0.014f), {1, 1, 0.9f},
                 stream.uniform(0.5f, 1));
      }
      if (stream.chance(0.3f)) {
        const float u = stream.uniform(0.1f, 0.9f);
        lay_disc(raster, u, stream.uniform(0.08f, 0.3f), stream.uniform(0.05f, 0.1f),
                 {1, 0.97f, 0.8f});
      }
      return;
    }
    case BackdropKind::space: {
      const SmoothNoise cloud(4, stream), fine(9, stream);
      const Rgb glow = to_rgb({stream.uniform(0.58f, 0.95f), 0.8f, 0.6f});
      shade(raster, [&](float u, float v) {
        const float c = cloud(u, v) * 0.7f + fine(u, v) * 0.3f;
        return mix({0.02f, 0.01f, 0.06f}, glow, std::max(0.0f, c - 0.45f) * 1.5f);
      });
      for (int i = stream.below(40) + 40; i > 0; --i) {
        const float u = stream.uniform(), v = stream.uniform();
        lay_disc(raster, u, v, stream.uniform(0.002f, 0.010f), {1, 1, 1}, stream.uniform(0.3f, 1));
      }
      return;
    }
    case BackdropKind::sunset: {
      const Rgb top = to_rgb(
          {stream.uniform(0.70f, 0.98f), stream.uniform(0.4f, 0.7f), stream.uniform(0.45f, 0.8f)});
      const Rgb middle = to_rgb({stream.uniform(0.02f, 0.07f), 0.8f, 0.98f});
      const Rgb low = to_rgb({stream.uniform(0.10f, 0.14f), 0.75f, 1.0f});
      const float horizon = stream.uniform(0.62f, 0.85f);
      shade(raster, [&](float, float v) {
        const float t = v / horizon;
        return t < 0.55f ? mix(top, middle, t / 0.55f)
                         : mix(middle, low, std::min(1.0f, (t - 0.55f) / 0.45f));
      });
      const float sun_u = stream.uniform(0.2f, 0.8f), sun_r = stream.uniform(0.08f, 0.15f);
      lay_disc(raster, sun_u, horizon - stream.uniform(0, 0.10f), sun_r, {1, 0.93f, 0.55f});
      const Rgb ground = to_rgb({stream.uniform(0.65f, 0.95f), 0.5f, stream.uniform(0.15f, 0.3f)});
      const SmoothNoise hills(5, stream);
      const float rough = stream.uniform(0, 0.1f);
      for (int y = 0; y < raster.side_px; ++y) {
        for (int x = 0; x < raster.side_px; ++x) {
          const float u = float(x) / float(raster.side_px),
                      v = (float(y) + 0.5f) / float(raster.side_px);
          raster.at(x, y) = mix(raster.at(x, y), ground,
                                cover(v - horizon + rough * (hills(u, 0) - 0.5f), raster.side_px));
        }
      }
      return;
    }
    default: {  // clouds, rain
      const bool rain = kind == BackdropKind::rain;
      const Rgb top = rain ? to_rgb({0.6f, 0.15f, stream.uniform(0.35f, 0.5f)})
                           : to_rgb({stream.uniform(0.54f, 0.60f), stream.uniform(0.5f, 0.75f),
                                     stream.uniform(0.8f, 0.98f)});
      const Rgb low = rain ? to_rgb({0.6f, 0.18f, stream.uniform(0.5f, 0.65f)})
                           : to_rgb({0.55f, stream.uniform(0.15f, 0.35f), 1.0f});
      vertical(top, low);
      if (rain) {
        const float slant = stream.uniform(-0.3f, 0.3f);
        for (int i = stream.below(40) + 40; i > 0; --i) {
          const float u = stream.uniform(-0.2f, 1.2f), v = stream.uniform(-0.1f, 1),
                      length = stream.uniform(0.04f, 0.10f);
          for (float t = 0; t < length; t += 0.5f / float(raster.side_px)) {
            lay_disc(raster, u + t * slant, v + t, 0.003f, {0.75f, 0.85f, 1}, 0.35f);
          }
        }
        return;
      }
      for (int cloud = stream.below(3) + 2; cloud > 0; --cloud) {
        const float u = stream.uniform(), v = stream.uniform(0.05f, 0.95f),
                    size = stream.uniform(0.05f, 0.10f);
        for (int puff = 0; puff < 6; ++puff) {
          const float du = stream.uniform(-2.2f, 2.2f) * size,
                      dv = stream.uniform(-0.5f, 0.4f) * size;
          lay_disc(raster, u + du, v + dv, size * stream.uniform(0.6f, 1.1f), {1, 1, 1}, 0.9f);
        }
      }
    }
  }
}

struct Land {
  Rgb sky_top, sky_low, ground_far, ground_near;
  float horizon;
};

void paint_land(const Land& land, float roughness, int grain_cells, float grain, Raster& raster,
                base::RandomStream& stream) {
  const SmoothNoise ridge(4, stream), texture(grain_cells, stream);
  shade(raster, [&](float u, float v) {
    const float edge = land.horizon + roughness * (ridge(u, 0.3f) - 0.5f);
    const Rgb sky = mix(land.sky_top, land.sky_low, std::min(1.0f, v / land.horizon));
    const float depth = std::clamp((v - edge) / (1 - land.horizon), 0.0f, 1.0f);
    const Rgb ground =
        mix(land.ground_far, land.ground_near, depth) * (1 - grain + 2 * grain * texture(u, v));
    return mix(sky, ground, cover(v - edge, raster.side_px));
  });
}

Land land_of(Rgb ground_far, Rgb ground_near, base::RandomStream& stream) {
  const float hue = stream.uniform(0.53f, 0.60f);
  return {to_rgb({hue, stream.uniform(0.4f, 0.7f), stream.uniform(0.85f, 1)}),
          to_rgb({hue, stream.uniform(0.08f, 0.3f), 1}), ground_far, ground_near,
          stream.uniform(0.15f, 0.6f)};
}

void paint_scenery(BackdropKind kind, Raster& raster, base::RandomStream& stream) {
  switch (kind) {
    case BackdropKind::sea: {
      const float hue = stream.uniform(0.54f, 0.61f);
      Land land = land_of(to_rgb({hue, 0.75f, 0.75f}), to_rgb({hue + 0.02f, 0.9f, 0.5f}), stream);
      paint_land(land, 0, 5, 0, raster, stream);
      const float rows = stream.uniform(14, 24), phase = stream.uniform(0, 6);
      for (int y = int(land.horizon * float(raster.side_px)) + 1; y < raster.side_px; ++y) {
        for (int x = 0; x < raster.side_px; ++x) {
          const float u = float(x) / float(raster.side_px), v = float(y) / float(raster.side_px);
          const float wave = std::sin(v * rows * 6.28f + 1.2f * std::sin(u * 18 + phase + v * 30));
          if (wave > 0.7f) raster.at(x, y) = mix(raster.at(x, y), {0.85f, 0.97f, 1}, 0.45f);
        }
      }
      return;
    }
    case BackdropKind::beach: {
      const float sea_at = stream.uniform(0.25f, 0.45f),
                  sand_at = sea_at + stream.uniform(0.12f, 0.25f);
      const Rgb sea = to_rgb({stream.uniform(0.50f, 0.58f), 0.75f, 0.8f});
      const Rgb sand = to_rgb({stream.uniform(0.10f, 0.13f), stream.uniform(0.35f, 0.5f), 0.95f});
      const Rgb sky = to_rgb({0.56f, stream.uniform(0.3f, 0.5f), 1});
      const SmoothNoise grain(24, stream), shore(5, stream);
      shade(raster, [&](float u, float v) {
        Rgb colour = mix(sky, sea, cover(v - sea_at, raster.side_px));
        const float from_shore = v - sand_at - 0.05f * (shore(u, 0) - 0.5f);
        colour = mix(colour, {1, 1, 1}, cover(from_shore + 0.025f, raster.side_px) * 0.85f);
        return mix(colour, sand * (0.94f + 0.1f * grain(u, v)), cover(from_shore, raster.side_px));
      });
      return;
    }
    case BackdropKind::grass: {
      const float hue = stream.uniform(0.26f, 0.33f);
      Land land = land_of(to_rgb({hue, 0.6f, 0.75f}), to_rgb({hue + 0.02f, 0.75f, 0.5f}), stream);
      if (stream.chance(0.3f)) land.horizon = -0.01f;  // a lawn seen from above
      if (land.horizon < 0) land.sky_low = land.ground_far;
      paint_land(land, 0.12f, 30, 0.18f, raster, stream);
      return;
    }
    case BackdropKind::snow: {
      Land land = land_of({0.90f, 0.94f, 1}, {1, 1, 1}, stream);
      land.sky_top = to_rgb({0.59f, stream.uniform(0.15f, 0.4f), stream.uniform(0.6f, 0.85f)});
      land.sky_low = mix(land.sky_top, {1, 1, 1}, 0.5f);
      land.horizon = stream.uniform(0.4f, 0.75f);
      paint_land(land, 0.15f, 6, 0.02f, raster, stream);
      for (int i = stream.below(30) + 30; i > 0; --i) {
        const float u = stream.uniform(), v = stream.uniform();
        lay_disc(raster, u, v, stream.uniform(0.008f, 0.02f), {1, 1, 1}, 0.95f);
      }
      return;
    }
    case BackdropKind::desert: {
      Land land = land_of(to_rgb({0.09f, 0.5f, 0.95f}), to_rgb({0.075f, 0.65f, 0.8f}), stream);
      paint_land(land, 0.3f, 12, 0.04f, raster, stream);
      return;
    }
    case BackdropKind::mountains: {
      Land land = land_of({0.55f, 0.58f, 0.66f}, {0.35f, 0.42f, 0.42f}, stream);
      land.horizon = 0.8f;
      paint_land(land, 0, 5, 0.02f, raster, stream);
      for (int i = 0; i < 4; ++i) {
        const float peak_u = stream.uniform(), peak_v = stream.uniform(0.15f, 0.45f),
                    slope = stream.uniform(0.7f, 1.3f);
        const Rgb rock = to_rgb({0.6f, 0.2f, stream.uniform(0.4f, 0.62f)});
        for (int y = 0; y < int(0.85f * float(raster.side_px)); ++y) {
          for (int x = 0; x < raster.side_px; ++x) {
            const float u = float(x) / float(raster.side_px), v = float(y) / float(raster.side_px);
            const float depth = v - peak_v - std::abs(u - peak_u) * slope;
            const Rgb colour = depth < 0.10f + 0.04f * std::sin(u * 60)
                                   ? Rgb{0.96f, 0.98f, 1}
                                   : rock * (u < peak_u ? 1.0f : 0.82f);
            raster.at(x, y) = mix(raster.at(x, y), colour, cover(depth, raster.side_px));
          }
        }
      }
      return;
    }
    default: {  // forest
      Land land = land_of({0.25f, 0.45f, 0.2f}, {0.2f, 0.35f, 0.15f}, stream);
      land.horizon = stream.uniform(0.65f, 0.8f);
      paint_land(land, 0.05f, 20, 0.15f, raster, stream);
      for (int i = 0; i < 16; ++i) {
        const float foot = land.horizon + stream.uniform(-0.03f, 0.12f), u = stream.uniform();
        const float height = stream.uniform(0.35f, 0.7f), half = stream.uniform(0.07f, 0.13f);
        const Rgb leaf = to_rgb({stream.uniform(0.30f, 0.40f), 0.65f, stream.uniform(0.2f, 0.5f)});
        for (int y = std::max(0, int((foot - height) * float(raster.side_px)));
             y < std::min(raster.side_px, int(foot * float(raster.side_px))); ++y) {
          for (int x = 0; x < raster.side_px; ++x) {
            const float v = float(y) / float(raster.side_px),
                        across = std::abs(float(x) / float(raster.side_px) - u);
            const float t = (v - foot + height) / height;  // 0 at the tip, 1 at the foot
            if (t > 0.88f) {
              if (across < 0.012f) raster.at(x, y) = {0.3f, 0.2f, 0.1f};
              continue;
            }
            raster.at(x, y) = mix(raster.at(x, y), leaf, cover(half * t - across, raster.side_px));
          }
        }
      }
    }
  }
}

void paint_surface(BackdropKind kind, Raster& raster, base::RandomStream& stream) {
  switch (kind) {
    case BackdropKind::noise: {
      const bool grey = stream.chance(0.5f);
      const int cells = std::max(8, raster.side_px / (1 + stream.below(3)));
      std::vector<float> values(std::size_t(cells) * cells * 3);
      stream.fill_uniform(values);
      return shade(raster, [&](float u, float v) -> Rgb {
        const float* p =
            values.data() +
            (std::size_t(v * float(cells)) * cells + std::size_t(u * float(cells))) * 3;
        return grey ? Rgb{p[0], p[0], p[0]} : Rgb{p[0], p[1], p[2]};
      });
    }
    case BackdropKind::underwater: {
      const float hue = stream.uniform(0.50f, 0.58f);
      const Rgb top = to_rgb({hue, 0.65f, 0.9f}), low = to_rgb({hue + 0.05f, 0.9f, 0.35f});
      const float ray_at = stream.uniform(0, 6);
      shade(raster, [&](float u, float v) {
        const float ray = std::max(0.0f, std::sin((u - 0.25f * v) * 14 + ray_at)) * (1 - v) * 0.25f;
        return mix(mix(top, low, v), {0.9f, 1, 1}, ray);
      });
      for (int i = stream.below(14) + 8; i > 0; --i) {
        const float u = stream.uniform(), v = stream.uniform(),
                    radius = stream.uniform(0.012f, 0.035f);
        lay_disc(raster, u, v, radius, {0.8f, 0.97f, 1}, 0.7f);
        lay_disc(raster, u, v, radius * 0.6f, top, 0.6f);
      }
      return;
    }
    case BackdropKind::wood: {
      const SmoothNoise warp(4, stream);
      const Rgb wood = to_rgb({stream.uniform(0.06f, 0.09f), stream.uniform(0.45f, 0.65f),
                               stream.uniform(0.55f, 0.8f)});
      const float planks = float(3 + stream.below(3)), rings = stream.uniform(50, 90);
      return shade(raster, [&](float u, float v) {
        const float grain = 0.5f + 0.5f * std::sin(v * rings + 7 * warp(u, v));
        const float plank = v * planks - std::floor(v * planks);
        return wood * (plank < 0.06f ? 0.55f : 0.86f + 0.16f * grain);
      });
    }
    case BackdropKind::bricks: {
      const Rgb brick = to_rgb(
          {stream.uniform(0.01f, 0.05f), stream.uniform(0.5f, 0.7f), stream.uniform(0.55f, 0.75f)});
      const Rgb mortar = to_rgb({0.1f, 0.08f, stream.uniform(0.7f, 0.88f)});
      const float rows = float(6 + stream.below(5));
      const SmoothNoise tone(13, stream);
      return shade(raster, [&](float u, float v) {
        const float row = std::floor(v * rows),
                    column = u * rows / 2 + (int(row) % 2 ? 0.5f : 0.0f);
        const float fv = v * rows - row, fu = column - std::floor(column);
        if (fv < 0.14f || fu < 0.07f) return mortar;
        return brick * (0.82f + 0.3f * tone(std::floor(column) * 0.37f, row * 0.21f));
      });
    }
    default: {  // city
      const bool evening = stream.chance(0.4f);
      const Rgb top = evening ? to_rgb({0.68f, 0.6f, 0.35f}) : to_rgb({0.56f, 0.45f, 0.95f});
      const Rgb low = evening ? to_rgb({0.85f, 0.4f, 0.6f}) : to_rgb({0.55f, 0.12f, 1});
      shade(raster, [&](float, float v) { return mix(top, low, v); });
      float left = -0.05f;
      while (left < 1) {
        const float width = stream.uniform(0.10f, 0.22f), roof = stream.uniform(0.2f, 0.65f);
        const Rgb wall =
            to_rgb({stream.uniform(0.55f, 0.7f), 0.15f,
                    evening ? stream.uniform(0.15f, 0.3f) : stream.uniform(0.4f, 0.7f)});
        for (int y = int(roof * float(raster.side_px)); y < raster.side_px; ++y) {
          for (int x = 0; x < raster.side_px; ++x) {
            const float u = float(x) / float(raster.side_px) - left,
                        v = float(y) / float(raster.side_px) - roof;
            if (u < 0 || u >= width) continue;
            const float fu = u * 22 - std::floor(u * 22), fv = v * 16 - std::floor(v * 16);
            const bool window = fu > 0.35f && fu < 0.8f && fv > 0.35f && fv < 0.8f;
            raster.at(x, y) =
                window ? (evening ? Rgb{1, 0.88f, 0.45f} : Rgb{0.75f, 0.88f, 0.98f}) : wall;
          }
        }
        left += width;
      }
    }
  }
}

}  // namespace

Backdrop backdrop_of(BackdropKind kind, base::RandomStream& stream) {
  Backdrop backdrop;
  backdrop.kind = kind;
  backdrop.first = Colour(stream.below(kColourCount));
  const std::array taken = {backdrop.first};
  backdrop.second = another_colour(stream, taken);
  backdrop.first_shade = shade_of(backdrop.first, stream);
  backdrop.second_shade = shade_of(backdrop.second, stream);
  return backdrop;
}

void paint(const Backdrop& backdrop, Raster& raster, base::RandomStream stream) {
  switch (backdrop.kind) {
    case BackdropKind::plain:
    case BackdropKind::gradient:
    case BackdropKind::stripes:
    case BackdropKind::checks:
    case BackdropKind::dots:
      return paint_pattern(backdrop, raster, stream);
    case BackdropKind::night:
    case BackdropKind::sunset:
    case BackdropKind::clouds:
    case BackdropKind::space:
    case BackdropKind::rain:
      return paint_sky(backdrop.kind, raster, stream);
    case BackdropKind::sea:
    case BackdropKind::beach:
    case BackdropKind::grass:
    case BackdropKind::snow:
    case BackdropKind::desert:
    case BackdropKind::mountains:
    case BackdropKind::forest:
      return paint_scenery(backdrop.kind, raster, stream);
    default:
      return paint_surface(backdrop.kind, raster, stream);
  }
}

}  // namespace clipguide::world
