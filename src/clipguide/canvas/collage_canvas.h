#pragma once

#include "clipguide/canvas/form_generator.h"
#include "clipguide/canvas/lay_over.h"
#include "clipguide/canvas/make_canvas.h"
#include "clipguide/canvas/placement.h"

namespace clipguide::canvas {

/// A painted backdrop and, over it, objects that a generator of forms draws, each with a trainable
/// code, place and colour: a picture of things with edges, where pixels alone give textures.
///   backdrop  [N, 3, H, W]  f32, as the pixel canvas
///   code      [N, K, C]     what each object is
///   place     [N, K, 4]     see place_values
///   tint      [N, K, 6]     logarithm of the gain, and shift, of red, green, blue
///   opacity   [N, K]        clamped to [0, 1]
/// Later objects lie over earlier ones. The backdrop has no gradient under an object and little
/// within a tenth of the shorter side around it. In a new canvas no object is there; noise brings
/// all in, as random things of the generator's catalogue. Of a fitted backdrop only what was added
/// since counts as painted: nobody asks for a photograph to be smoothed. Objects with an area are
/// brought back into it before each picture. As a tile it repeats beyond its edges, objects too.
///   throws    UsageError without a generator, FormatError for a file that is none
///   cost      a pass of the generator there and back, and a bilinear sampling of the part of the
///             picture that it covers, for each object that is there in one of the N
///   Source    in the manner of CLIP-guided collage (Mirowski et al. 2022), whose patches are given
///             pictures
class CollageCanvas final : public Canvas {
 public:
  explicit CollageCanvas(const CanvasOptions& options);

  const std::vector<NamedParameter>& parameters() const override { return parameters_; }
  Rendering render() const override;
  void fit(const at::Tensor& picture) override;
  void add_noise(std::span<const base::RandomStream> streams, double amount) override;
  at::Tensor limit_update(std::size_t parameter, const at::Tensor& update,
                          double bandwidth) const override;
  void set_progress(double progress) override;
  at::Tensor render_enlarged(const imaging::Enlargement& to) const override;

  const FormGenerator& generator() const { return generator_; }
  const at::Tensor& fitted() const { return fitted_; }

  /// Sets the backdrop alone, [N or 1, 3, H, W], and not what it was fitted to.
  void paint(const at::Tensor& backdrop);

  /// How much of each pixel is each object's in one picture, what lies over it taken off: [K, H, W]
  /// in [0, 1], 0 for those that are not there.
  ///   cost  as to render K pictures
  at::Tensor shares(int picture) const;

  /// Sets the objects of one picture; those beyond the given ones are not there.
  void place(int picture, const std::vector<Placement>& objects);

 private:
  void keep_within(int picture, int object, const Area& area);
  at::Tensor objects_there() const;
  /// The objects that are there, coloured.
  struct Objects {
    at::Tensor drawn;  // [N, K', 4, S, S]
    at::Tensor place;
    at::Tensor opacity;
  };
  Objects draw_objects() const;
  at::Tensor laid_over(const at::Tensor& backdrop, const at::Tensor& drawn, const at::Tensor& place,
                       const at::Tensor& opacity, int margin_px, const at::Tensor& held = {}) const;
  at::Tensor held_ground(const at::Tensor& cover, const at::Tensor& place,
                         const at::Tensor& opacity) const;

  FormGenerator generator_;
  std::vector<NamedParameter> parameters_;
  at::Tensor fitted_;  // [N or 1, 3, H, W], or undefined
  at::Tensor within_;  // [N, K, 4], edges of the objects' areas; undefined: all may go anywhere
  int objects_, height_px_, width_px_, margin_px_;
  bool tile_;
};

}  // namespace clipguide::canvas
