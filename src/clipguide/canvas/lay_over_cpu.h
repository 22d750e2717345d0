#pragma once

#include <cstdint>
#include <vector>

/// Objects laid over pictures and the way back, row by row, without torch: see lay_over.h.
namespace clipguide::canvas {

/// Where the square of a form lies in a picture: texel (u, v) = (0, 0) is the centre of its first,
/// and
///   u = u_start + u_by_x * dx + u_by_y * dy,   dx, dy  px from the object's centre
struct FormMap {
  double centre_x = 0, centre_y = 0;  ///< px; that of the first pixel lies at 0.5
  double u_by_x = 0, u_by_y = 0, v_by_x = 0, v_by_y = 0, start = 0;
  std::int64_t top = 0, left = 0, height = 0,
               width = 0;  ///< the part of the picture that it can reach
};

///   place  [4]: see place_values.   height_px, width_px  with the margin.   texels  a side
FormMap map_form(const float* place, std::int64_t height_px, std::int64_t width_px, int margin_px,
                 std::int64_t texels);

/// What the gradient of a picture says about where one of its objects lies: sums over pixels.
struct FormSlopes {
  double u = 0, v = 0, u_x = 0, u_y = 0, v_x = 0, v_y = 0;  ///< of u, v, and times dx, dy
  double opacity = 0;
};

///   gradient [4]: of a place
void place_gradient(const FormSlopes& slopes, const FormMap& map, std::int64_t height_px,
                    std::int64_t width_px, int margin_px, float* gradient);

/// The forms of N pictures with K objects each, S texels a side, over pictures of H x W px.
struct CollagePlan {
  std::int64_t pictures = 0, objects = 0, texels = 0, height = 0, width = 0;
  int margin_px = 0;
  std::vector<FormMap> maps;   ///< [N, K]
  std::vector<float> opacity;  ///< [N, K]
  bool shared_forms = false;   ///< all pictures have the same K forms
  std::vector<float> forms;    ///< [N or 1, K, S + 2, S + 2, 4]: premultiplied, in a frame of zeros
  std::vector<std::int64_t> under_at;  ///< [N, K]: where in `under` the part of an object begins
  std::vector<float> under;  ///< what an object covers, 3 values a pixel; kept for the gradient

  std::int64_t form_values() const { return (texels + 2) * (texels + 2) * 4; }
};

/// Fills `forms` from straight colours and opacities [.., 4, S, S].
void take_forms(CollagePlan& plan, const float* drawn, int threads);

///   backdrop, picture  [N, 3, H, W].   keep_under  for the gradient
void lay_over_cpu(CollagePlan& plan, const float* backdrop, float* picture, bool keep_under,
                  int threads);

/// The gradients to everything. The same bits for any number of threads.
///   gradient  [N, 3, H, W], of the picture
///   held      [N, H, W]: the part of the backdrop's gradient that is left out; or null
///   backdrop  [N, 3, H, W];   drawn  [N, K, 4, S, S];   slopes  [N, K]
void lay_over_gradient_cpu(const CollagePlan& plan, const float* gradient, const float* held,
                           const float* drawn, float* backdrop_gradient, float* drawn_gradient,
                           FormSlopes* slopes, int threads);

}  // namespace clipguide::canvas
