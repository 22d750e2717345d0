#pragma once

#include <cstddef>
#include <cstdint>

#include "clipguide/base/instruction_set.h"

/// The inner loops of networks whose weights never change, once for each instruction set.
///   Element   what activations and weights are held in: f32 or bf16; sums are always f32
///   rows      activations are rows of channels: an element's address is data + row * stride +
///             channel, strides in elements
/// Rows may be read up to the padded depth of what they are multiplied with: buffers have finite
/// values (zeros) there.   Every function is thread-safe and computes each output in an order of
/// its own, so that results do not depend on how rows are split.
namespace clipguide::kernels {

enum class Element { f32, bf16 };

/// A matrix [taps * depth, columns] cut into panels of Kernels::panel columns, each panel stored
/// as it is read: a row of f32, or the pairs of two rows of bf16, after the other.
struct Panels {
  const void* data = nullptr;
  int taps = 1;   ///< 9: the places of a 3x3 convolution, row by row
  int depth = 0;  ///< rows a tap, a multiple of Kernels::depth_multiple
  int columns = 0;
};

/// The left side of a product. With a height, rows are the pixels of pictures [N, height, width],
/// and a row's taps are its 3x3 neighbours; those outside are `zeros`.
struct Operand {
  const void* data = nullptr;
  std::int64_t stride = 0;
  int height = 0, width = 0;
  const void* zeros = nullptr;  ///< depth elements
};

/// What becomes of a sum s (bias included).
enum class Finish {
  store,       ///< out = s + add
  store_f32,   ///< out_f32 = s
  add_f32,     ///< out_f32 += s
  relu,        ///< out = max(s + add, 0); signs = s + add > 0
  mask,        ///< out = signs ? s + add : 0
  gelu,        ///< out = gelu(s), slope = gelu'(s)
  quick_gelu,  ///< the same for s * sigmoid(1.702 s)
  multiply,    ///< out = s * slope + add
};

struct Product {
  Operand a;
  std::int64_t rows = 0;
  Panels b;
  Finish finish = Finish::store;
  const float* bias = nullptr;  ///< whole panels; may be null
  void* out = nullptr;
  std::int64_t out_stride = 0;
  int out_columns = 0;  ///< written of each row; 0: b.columns
  const void* add = nullptr;
  std::int64_t add_stride = 0;
  void* slope = nullptr;
  std::int64_t slope_stride = 0;
  std::uint8_t* signs = nullptr;  ///< a bit a channel
  std::int64_t signs_stride = 0;  ///< bytes
};

/// hat = (x - mean) / deviation; with a gain also x = hat * gain + shift.
struct NormCall {
  float* x = nullptr;
  std::int64_t x_stride = 0;
  std::int64_t rows = 0;
  int width = 0;
  float epsilon = 0;
  void* hat = nullptr;
  std::int64_t hat_stride = 0;         ///< all of it is written
  float* inverse_deviation = nullptr;  ///< a row
  const float* gain = nullptr;
  const float* shift = nullptr;
};

/// dx (+)= the way back of NormCall for dy at hat; with a gain for dy at x.
struct NormBackwardCall {
  const void* dy = nullptr;       ///< elements, or
  const float* dy_f32 = nullptr;  ///< f32
  std::int64_t dy_stride = 0;
  std::int64_t rows = 0;
  int width = 0;
  const void* hat = nullptr;
  std::int64_t hat_stride = 0;
  const float* inverse_deviation = nullptr;
  const float* gain = nullptr;
  bool accumulate = true;
  float* dx = nullptr;  ///< may be null
  std::int64_t dx_stride = 0;
  void* dx_element = nullptr;  ///< dx once more, as elements; may be null
  std::int64_t dx_element_stride = 0;
};

/// Softmax over the columns of `scores` [rows, columns], whose rows are padded to whole lines.
struct SoftmaxCall {
  float* scores = nullptr;  ///< overwritten
  std::int64_t scores_stride = 0;
  std::int64_t rows = 0;
  int columns = 0;
  void* out = nullptr;
  std::int64_t out_stride = 0;  ///< all of it is written
  float* largest = nullptr;     ///< a row
  float* inverse_sum = nullptr;
};

/// The way back, transposed: columns are queries, rows keys.
struct SoftmaxBackwardCall {
  const float* scores = nullptr;    ///< [keys, queries]
  const float* d_shares = nullptr;  ///< gradient to the softmax's result, same shape
  std::int64_t stride = 0;          ///< of both, and of both results
  std::int64_t keys = 0;
  int queries = 0;
  const float* largest = nullptr;      ///< a query; whole lines
  const float* inverse_sum = nullptr;  ///< a query; whole lines
  void* shares = nullptr;              ///< the softmax's result
  void* d_scores = nullptr;
};

struct Kernels {
  base::InstructionSet set;
  Element element;
  int panel;           ///< columns of a panel
  int depth_multiple;  ///< what depths are padded to

  void (*multiply)(const Product&);
  /// src [rows, columns] -> panels of it, of its transpose; depth padded with zeros.
  void (*pack_rows)(const void* src, std::int64_t stride, int rows, int columns, void* panels);
  void (*pack_columns)(const void* src, std::int64_t stride, int rows, int columns, void* panels);
  void (*transpose)(const void* src, std::int64_t src_stride, int rows, int columns, void* out,
                    std::int64_t out_stride);
  void (*norm)(const NormCall&);
  void (*norm_backward)(const NormBackwardCall&);
  void (*softmax)(const SoftmaxCall&);
  void (*softmax_backward)(const SoftmaxBackwardCall&);
  void (*narrow)(const float* src, std::int64_t count, void* out);  ///< f32 -> elements
  void (*widen)(const void* src, std::int64_t count, float* out);
  /// value = x * sigmoid(x), slope its derivative, as elements; slope may be null.
  void (*silu)(const float* x, std::int64_t count, void* value, void* slope);
  void (*times)(const void* a, const void* b, std::int64_t count, void* out);
  /// Mean of each 2x2 square of pictures [images, height, width] of rows; height and width of src.
  void (*pool)(const void* src, std::int64_t images, int height, int width, int stride, void* out);
  /// The way back to pictures [images, height, width], where signs (may be null) are set.
  void (*unpool)(const void* src, std::int64_t images, int height, int width, int stride,
                 const std::uint8_t* signs, void* out);

  std::size_t element_bytes() const { return element == Element::f32 ? 4 : 2; }
};

/// The kernels for an instruction set, whose element follows from it: bf16 for avx512_bf16 and amx.
///   throws  UsageError where this machine cannot run them
const Kernels& kernels_for(base::InstructionSet set);

/// Those of the set with rows of this element; for f32 of avx512 where the set has bf16 alone.
///   throws  as kernels_for, and for bf16 where the set has none
const Kernels& kernels_for(base::InstructionSet set, Element element);

/// For f32 rows whose products need 16 bits and not 24: on amx they go through the bf16 tiles in
/// parts, which is faster; elsewhere the f32 kernels of the set, or of avx512 where it has none.
///   throws  as kernels_for
const Kernels& nearly_f32_kernels_for(base::InstructionSet set);

}  // namespace clipguide::kernels
