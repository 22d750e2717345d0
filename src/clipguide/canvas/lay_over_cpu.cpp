#include "clipguide/canvas/lay_over_cpu.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <tuple>
#include <utility>

#include "clipguide/base/parallel.h"
#include "clipguide/base/target.h"

namespace clipguide::canvas {
namespace {

constexpr std::int64_t kRows = 16;  // of a picture, at once
constexpr std::int64_t kBands =
    8;  // parts of a picture that gather the gradient of its forms apart

// Red, green, blue and opacity of a texel, or their gradients.
using Texel [[gnu::vector_size(16)]] = float;

CLIPGUIDE_INLINE Texel load(const float* from) {
  Texel texel;
  std::memcpy(&texel, from, sizeof texel);
  return texel;
}
CLIPGUIDE_INLINE void add_to(float* to, Texel value) {
  value += load(to);
  std::memcpy(to, &value, sizeof value);
}
CLIPGUIDE_INLINE float sum_of(Texel value) { return (value[0] + value[2]) + (value[1] + value[3]); }

// The four texels around a point, and how far it lies from the first.
struct Corner {
  std::int64_t at;  // value
  float right, down;
};

// Calls visit(x, dx, corner) for the pixels of a row that a form reaches.
template <class Visit>
CLIPGUIDE_INLINE void for_reached(const FormMap& map, std::int64_t texels, std::int64_t y,
                                  const Visit& visit) {
  const double dy = double(y) + 0.5 - map.centre_y;
  const auto u_row = float(map.start + map.u_by_y * dy), v_row = float(map.start + map.v_by_y * dy);
  const auto u_by_x = float(map.u_by_x), v_by_x = float(map.v_by_x), most = float(texels);
  const auto first_dx = float(double(map.left) + 0.5 - map.centre_x);
  for (std::int64_t i = 0; i < map.width; ++i) {
    const float dx = first_dx + float(i);
    const float u = u_row + u_by_x * dx, v = v_row + v_by_x * dx;
    if (!(u > -1 && v > -1 && u < most && v < most)) continue;
    const auto column = std::int64_t(u + 1), row = std::int64_t(v + 1);
    visit(i, dx,
          Corner{(row * (texels + 2) + column) * 4, u + 1 - float(column), v + 1 - float(row)});
  }
}

struct Corners {
  Texel here, right, below, across;
};

CLIPGUIDE_INLINE Corners corners_of(const float* form, std::int64_t row_values, const Corner& c) {
  const float* at = form + c.at;
  return {load(at), load(at + 4), load(at + row_values), load(at + row_values + 4)};
}

CLIPGUIDE_INLINE Texel between(const Corners& t, const Corner& c) {
  const Texel upper = t.here + (t.right - t.here) * c.right,
              lower = t.below + (t.across - t.below) * c.right;
  return upper + (lower - upper) * c.down;
}

bool reaches(const FormMap& map, std::int64_t y) {
  return y >= map.top && y < map.top + map.height;
}

/// Cuts a span of pixels to a side of `length`; of one pixel at least.
std::pair<std::int64_t, std::int64_t> cut(double from, double to, std::int64_t length) {
  if (!(from <= to)) return {0, 1};  // not numbers
  const double most = double(length);
  const auto first = std::int64_t(std::clamp(std::floor(from), 0.0, most - 1));
  const auto end = std::int64_t(std::clamp(std::ceil(to), double(first) + 1, most));
  return {first, end - first};
}

struct Inner {
  double height, width, shorter;
};
Inner inner_of(std::int64_t height_px, std::int64_t width_px, int margin_px) {
  const double height = double(height_px - 2 * margin_px), width = double(width_px - 2 * margin_px);
  return {height, width, std::min(height, width)};
}

}  // namespace

FormMap map_form(const float* place, std::int64_t height_px, std::int64_t width_px, int margin_px,
                 std::int64_t texels) {
  const Inner inner = inner_of(height_px, width_px, margin_px);
  FormMap map;
  map.centre_x = margin_px + double(place[0]) * inner.width;
  map.centre_y = margin_px + double(place[1]) * inner.height;
  const double side = std::exp(double(place[2])) * inner.shorter;
  const double cosine = std::cos(double(place[3])), sine = std::sin(double(place[3]));
  const double scale = double(texels) / side;
  map.u_by_x = map.v_by_y = scale * cosine;
  map.u_by_y = scale * sine;
  map.v_by_x = -map.u_by_y;
  map.start = 0.5 * double(texels) - 0.5;
  const double reach =
      side / 2 * (std::abs(cosine) + std::abs(sine)) * (1 + 2 / double(texels)) + 1;
  std::tie(map.top, map.height) = cut(map.centre_y - reach, map.centre_y + reach, height_px);
  std::tie(map.left, map.width) = cut(map.centre_x - reach, map.centre_x + reach, width_px);
  return map;
}

void place_gradient(const FormSlopes& s, const FormMap& map, std::int64_t height_px,
                    std::int64_t width_px, int margin_px, float* gradient) {
  const Inner inner = inner_of(height_px, width_px, margin_px);
  gradient[0] = float(-(s.u * map.u_by_x + s.v * map.v_by_x) * inner.width);
  gradient[1] = float(-(s.u * map.u_by_y + s.v * map.v_by_y) * inner.height);
  // u - start and v - start shrink as the form grows, and turn into one another.
  gradient[2] =
      float(-(s.u_x * map.u_by_x + s.u_y * map.u_by_y + s.v_x * map.v_by_x + s.v_y * map.v_by_y));
  gradient[3] =
      float(s.u_x * map.v_by_x + s.u_y * map.v_by_y - s.v_x * map.u_by_x - s.v_y * map.u_by_y);
}

void take_forms(CollagePlan& plan, const float* drawn, int threads) {
  const std::int64_t side = plan.texels, pixels = side * side, values = plan.form_values();
  const std::int64_t count = (plan.shared_forms ? 1 : plan.pictures) * plan.objects;
  plan.forms.assign(std::size_t(count * values), 0.0f);
  base::run_parallel(count, threads, [&](std::int64_t index) {
    const float* planes = drawn + index * 4 * pixels;
    float* form = plan.forms.data() + index * values;
    for (std::int64_t y = 0; y < side; ++y) {
      float* to = form + ((y + 1) * (side + 2) + 1) * 4;
      for (std::int64_t x = 0; x < side; ++x) {
        const float* from = planes + y * side + x;
        const float cover = from[3 * pixels];
        for (int c = 0; c < 3; ++c) to[4 * x + c] = from[c * pixels] * cover;
        to[4 * x + 3] = cover;
      }
    }
  });
}

void lay_over_cpu(CollagePlan& plan, const float* backdrop, float* picture, bool keep_under,
                  int threads) {
  const std::int64_t plane = plan.height * plan.width, blocks = (plan.height + kRows - 1) / kRows;
  plan.under_at.clear();
  std::int64_t kept = 0;
  for (const FormMap& map : plan.maps) {
    plan.under_at.push_back(kept);
    if (keep_under) kept += 3 * map.height * map.width;
  }
  plan.under.resize(std::size_t(kept));
  base::run_parallel(plan.pictures * blocks, threads, [&](std::int64_t index) {
    const std::int64_t n = index / blocks, first = index % blocks * kRows;
    const std::int64_t end = std::min(plan.height, first + kRows);
    for (int c = 0; c < 3; ++c) {
      const std::int64_t at = (n * 3 + c) * plane + first * plan.width;
      std::copy_n(backdrop + at, (end - first) * plan.width, picture + at);
    }
    for (std::int64_t k = 0; k < plan.objects; ++k) {
      const auto which = std::size_t(n * plan.objects + k);
      const FormMap& map = plan.maps[which];
      const float* form =
          plan.forms.data() + (plan.shared_forms ? k : n * plan.objects + k) * plan.form_values();
      const float opacity = plan.opacity[which];
      for (std::int64_t y = std::max(first, map.top); y < std::min(end, map.top + map.height);
           ++y) {
        float* row[3];
        for (int c = 0; c < 3; ++c)
          row[c] = picture + (n * 3 + c) * plane + y * plan.width + map.left;
        if (keep_under) {
          float* under = plan.under.data() + plan.under_at[which] + 3 * (y - map.top) * map.width;
          for (int c = 0; c < 3; ++c) std::copy_n(row[c], map.width, under + c * map.width);
        }
        for_reached(map, plan.texels, y, [&](std::int64_t x, float, const Corner& corner) {
          const Texel seen =
              between(corners_of(form, (plan.texels + 2) * 4, corner), corner) * opacity;
          for (int c = 0; c < 3; ++c) row[c][x] = seen[c] + row[c][x] * (1 - seen[3]);
        });
      }
    }
  });
}

namespace {

/// What the rows of one band say about one object.
struct Gathered {
  std::vector<float> form;  // as in CollagePlan; empty where the band does not reach it
  FormSlopes slopes;
};

// One row of an object: takes the gradient above it and leaves that below.
CLIPGUIDE_INLINE void gather_row(const FormMap& map, std::int64_t texels, const float* form,
                                 float opacity, std::int64_t y, const float* under,
                                 float* const (&above)[3], Gathered& to) {
  const std::int64_t row_values = (texels + 2) * 4, width = map.width;
  float u = 0, v = 0, u_x = 0, v_x = 0, shown = 0;
  for_reached(map, texels, y, [&](std::int64_t x, float dx, const Corner& corner) {
    const Corners t = corners_of(form, row_values, corner);
    const Texel seen = between(t, corner);
    Texel slope = {above[0][x], above[1][x], above[2][x], 0};
    slope[3] =
        -(slope[0] * under[x] + slope[1] * under[width + x] + slope[2] * under[2 * width + x]);
    const float keep = 1 - seen[3] * opacity;
    for (int c = 0; c < 3; ++c) above[c][x] *= keep;
    shown += sum_of(slope * seen);
    slope *= opacity;
    const Texel to_right =
                    (t.right - t.here) * (1 - corner.down) + (t.across - t.below) * corner.down,
                to_below =
                    (t.below - t.here) * (1 - corner.right) + (t.across - t.right) * corner.right;
    const float by_u = sum_of(slope * to_right), by_v = sum_of(slope * to_below);
    u += by_u;
    v += by_v;
    u_x += by_u * dx;
    v_x += by_v * dx;
    float* at = to.form.data() + corner.at;
    const Texel upper = slope * (1 - corner.down), lower = slope * corner.down;
    add_to(at, upper * (1 - corner.right));
    add_to(at + 4, upper * corner.right);
    add_to(at + row_values, lower * (1 - corner.right));
    add_to(at + row_values + 4, lower * corner.right);
  });
  const double dy = double(y) + 0.5 - map.centre_y;
  to.slopes.u += u;
  to.slopes.v += v;
  to.slopes.u_x += u_x;
  to.slopes.v_x += v_x;
  to.slopes.u_y += u * dy;
  to.slopes.v_y += v * dy;
  to.slopes.opacity += shown;
}

// The gradient to straight colours and opacity, from those of the bands to premultiplied ones.
void spread_to_drawn(std::int64_t side, const Gathered* bands, std::int64_t stride,
                     const float* drawn, float* gradient) {
  const std::int64_t pixels = side * side;
  for (std::int64_t y = 0; y < side; ++y) {
    const std::int64_t at = ((y + 1) * (side + 2) + 1) * 4;
    for (std::int64_t x = 0; x < side; ++x) {
      Texel sum = {};
      for (std::int64_t band = 0; band < kBands; ++band) {
        const std::vector<float>& form = bands[band * stride].form;
        if (!form.empty()) sum += load(form.data() + at + 4 * x);
      }
      const std::int64_t pixel = y * side + x;
      const float cover = drawn[3 * pixels + pixel];
      float to_cover = sum[3];
      for (int c = 0; c < 3; ++c) {
        gradient[c * pixels + pixel] = sum[c] * cover;
        to_cover += sum[c] * drawn[c * pixels + pixel];
      }
      gradient[3 * pixels + pixel] = to_cover;
    }
  }
}

}  // namespace

void lay_over_gradient_cpu(const CollagePlan& plan, const float* gradient, const float* held,
                           const float* drawn, float* backdrop_gradient, float* drawn_gradient,
                           FormSlopes* slopes, int threads) {
  const std::int64_t plane = plan.height * plan.width, objects = plan.objects;
  std::vector<Gathered> gathered(std::size_t(plan.pictures * kBands * objects));
  base::run_parallel(plan.pictures * kBands, threads, [&](std::int64_t index) {
    const std::int64_t n = index / kBands;
    const base::Part rows = base::part_of(plan.height, kBands, index % kBands);
    for (std::int64_t y = rows.begin; y < rows.end; ++y) {
      const auto row_of = [&](float* of, int c, std::int64_t x) {
        return of + (n * 3 + c) * plane + y * plan.width + x;
      };
      for (int c = 0; c < 3; ++c)
        std::copy_n(gradient + (n * 3 + c) * plane + y * plan.width, plan.width,
                    row_of(backdrop_gradient, c, 0));
      for (std::int64_t k = objects; k-- > 0;) {
        const auto which = std::size_t(n * objects + k);
        const FormMap& map = plan.maps[which];
        if (!reaches(map, y)) continue;
        Gathered& to = gathered[std::size_t(index * objects + k)];
        if (to.form.empty()) to.form.assign(std::size_t(plan.form_values()), 0.0f);
        float* const above[3] = {row_of(backdrop_gradient, 0, map.left),
                                 row_of(backdrop_gradient, 1, map.left),
                                 row_of(backdrop_gradient, 2, map.left)};
        gather_row(
            map, plan.texels,
            plan.forms.data() + (plan.shared_forms ? k : n * objects + k) * plan.form_values(),
            plan.opacity[which], y,
            plan.under.data() + plan.under_at[which] + 3 * (y - map.top) * map.width, above, to);
      }
      if (!held) continue;
      const float* const hold = held + n * plane + y * plan.width;
      for (int c = 0; c < 3; ++c) {
        float* const row = row_of(backdrop_gradient, c, 0);
        for (std::int64_t x = 0; x < plan.width; ++x) row[x] *= 1 - hold[x];
      }
    }
  });
  base::run_parallel(plan.pictures * objects, threads, [&](std::int64_t which) {
    const std::int64_t n = which / objects, k = which % objects;
    const Gathered* const bands = gathered.data() + n * kBands * objects + k;
    FormSlopes sum;
    for (std::int64_t band = 0; band < kBands; ++band) {
      const FormSlopes& part = bands[band * objects].slopes;
      sum.u += part.u, sum.v += part.v;
      sum.u_x += part.u_x, sum.u_y += part.u_y, sum.v_x += part.v_x, sum.v_y += part.v_y;
      sum.opacity += part.opacity;
    }
    slopes[which] = sum;
    const std::int64_t values = 4 * plan.texels * plan.texels;
    spread_to_drawn(plan.texels, bands, objects, drawn + which * values,
                    drawn_gradient + which * values);
  });
}

}  // namespace clipguide::canvas
