#pragma once

#include "clipguide/kernels/kernels.h"
#include "clipguide/kernels/product_kernel.h"

/// What happens to rows between the products. Widths need not be whole vectors.
namespace clipguide::kernels {
namespace {

/// step(column, count) over a row, count kLanes but for the last.
template <class Body>
void along(int width, const Body& step) {
  int c = 0;
  for (; c + kLanes <= width; c += kLanes) step(c, kLanes);
  if (c < width) step(c, width - c);
}
template <class T>
F get(const T* p, int count) {
  return count == kLanes ? load(p) : load_part(p, count);
}
template <class T>
void put(T* p, F v, int count) {
  count == kLanes ? store(p, v) : store_part(p, v, count);
}
/// v in the first lanes, 0 in the others.
inline F first_lanes(F v, int count) { return count == kLanes ? v : keep(v, (1u << count) - 1); }

inline float root(float x) { return __builtin_sqrtf(x); }

template <class T>
void norm(const NormCall& call) {
  const float share = 1.0f / float(call.width);
  for (std::int64_t r = 0; r < call.rows; ++r) {
    float* x = call.x + r * call.x_stride;
    F total = {}, squares = {};
    along(call.width, [&](int c, int n) { total += get(x + c, n); });
    const float mean = sum(total) * share;
    along(call.width, [&](int c, int n) {
      const F d = first_lanes(get(x + c, n) - mean, n);
      squares += d * d;
    });
    const float scale = 1.0f / root(sum(squares) * share + call.epsilon);
    call.inverse_deviation[r] = scale;
    T* hat = static_cast<T*>(call.hat) + r * call.hat_stride;
    along(call.width, [&](int c, int n) {
      const F h = (get(x + c, n) - mean) * scale;
      put(hat + c, h, n);
      if (call.gain) put(x + c, h * get(call.gain + c, n) + get(call.shift + c, n), n);
    });
    for (std::int64_t c = call.width; c < call.hat_stride; ++c) hat[c] = T{};
  }
}

// d x = (dy - mean dy - hat mean(dy hat)) / deviation
template <class T>
void norm_backward(const NormBackwardCall& call) {
  const float share = 1.0f / float(call.width);
  for (std::int64_t r = 0; r < call.rows; ++r) {
    const T* hat = static_cast<const T*>(call.hat) + r * call.hat_stride;
    const auto slope = [&](int c, int n) {
      const std::int64_t at = r * call.dy_stride + c;
      const F d = call.dy ? get(static_cast<const T*>(call.dy) + at, n) : get(call.dy_f32 + at, n);
      return call.gain ? d * get(call.gain + c, n) : d;
    };
    F total = {}, along_hat = {};
    along(call.width, [&](int c, int n) {
      const F d = slope(c, n);
      total += d;
      along_hat += d * get(hat + c, n);
    });
    const float mean = sum(total) * share, lean = sum(along_hat) * share;
    const float scale = call.inverse_deviation[r];
    float* dx = call.dx ? call.dx + r * call.dx_stride : nullptr;
    T* element =
        call.dx_element ? static_cast<T*>(call.dx_element) + r * call.dx_element_stride : nullptr;
    along(call.width, [&](int c, int n) {
      F d = (slope(c, n) - mean - get(hat + c, n) * lean) * scale;
      if (call.accumulate) d += get(dx + c, n);
      if (dx) put(dx + c, d, n);
      if (element) put(element + c, d, n);
    });
  }
}

template <class T>
void softmax(const SoftmaxCall& call) {
  const int padded = int(whole(call.columns, kLanes));
  for (std::int64_t r = 0; r < call.rows; ++r) {
    float* s = call.scores + r * call.scores_stride;
    for (int c = call.columns; c < padded; ++c) s[c] = -__builtin_inff();
    F most = load(s);
    for (int c = kLanes; c < padded; c += kLanes) most = max(most, load(s + c));
    float largest = most[0];
    for (int i = 1; i < kLanes; ++i) largest = most[i] > largest ? most[i] : largest;
    F total = {};
    for (int c = 0; c < padded; c += kLanes) {
      const F e = first_lanes(exp(load(s + c) - largest),
                              call.columns - c < kLanes ? call.columns - c : kLanes);
      total += e;
      store(s + c, e);
    }
    const float inverse = 1.0f / sum(total);
    call.largest[r] = largest, call.inverse_sum[r] = inverse;
    T* out = static_cast<T*>(call.out) + r * call.out_stride;
    for (int c = 0; c < call.out_stride; c += kLanes)
      put(out + c, c < padded ? load(s + c) * inverse : F{},
          call.out_stride - c < kLanes ? int(call.out_stride) - c : kLanes);
  }
}

// d s = p (d p - sum over keys of p d p)
template <class T>
void softmax_backward(const SoftmaxBackwardCall& call) {
  for (int c = 0; c < call.stride; c += kLanes) {
    const bool used = c < call.queries;
    const F largest = used ? load(call.largest + c) : F{};
    const F inverse = used ? load(call.inverse_sum + c) : F{};
    const int valid = call.queries - c < kLanes ? (used ? call.queries - c : 0) : kLanes;
    const auto share = [&](std::int64_t at) {
      return first_lanes(exp(load(call.scores + at) - largest) * inverse, valid);
    };
    F lean = {};
    for (std::int64_t k = 0; k < call.keys; ++k)
      lean += share(k * call.stride + c) * load(call.d_shares + k * call.stride + c);
    for (std::int64_t k = 0; k < call.keys; ++k) {
      const std::int64_t at = k * call.stride + c;
      const F p = share(at);
      store(static_cast<T*>(call.shares) + at, p);
      store(static_cast<T*>(call.d_scores) + at,
            first_lanes(p * (load(call.d_shares + at) - lean), valid));
    }
  }
}

// Where element (row, column) of a matrix lies in its panels.
template <class T>
std::int64_t place(int row, int column, int depth) {
  constexpr int kDepth = Step<T>::kDepth;
  const std::int64_t panel = column / kPanel * std::int64_t(depth) * kPanel;
  return panel + row / kDepth * std::int64_t(kPanel * kDepth) + column % kPanel * kDepth +
         row % kDepth;
}

template <class T, int kDepthMultiple, bool kColumns>
void pack(const void* src, std::int64_t stride, int rows, int columns, void* panels) {
  const T* from = static_cast<const T*>(src);
  T* to = static_cast<T*>(panels);
  // The packed matrix is src, or its transpose.
  const int deep = kColumns ? columns : rows, wide = kColumns ? rows : columns;
  const int depth = int(whole(deep, kDepthMultiple)), width = int(whole(wide, kPanel));
  if (depth != deep || width != wide)
    std::memset(panels, 0, std::size_t(depth) * std::size_t(width) * sizeof(T));
  constexpr int kDepth = Step<T>::kDepth;
  for (int first = 0; first < wide; first += kPanel) {
    const int last = first + kPanel < wide ? first + kPanel : wide;
    for (int k = 0; k < deep; k += kDepth) {
      T* out = to + place<T>(k, first, depth);
      if (kDepth == 2 && k + 1 < deep) {
        for (int c = first; c < last; ++c, out += 2) {
          out[0] = kColumns ? from[c * stride + k] : from[k * stride + c];
          out[1] = kColumns ? from[c * stride + k + 1] : from[(k + 1) * stride + c];
        }
      } else {
        for (int c = first; c < last; ++c, out += kDepth)
          out[0] = kColumns ? from[c * stride + k] : from[k * stride + c];
      }
    }
  }
}

template <class T>
void transpose(const void* src, std::int64_t src_stride, int rows, int columns, void* out,
               std::int64_t out_stride) {
  const T* from = static_cast<const T*>(src);
  T* to = static_cast<T*>(out);
  constexpr int kSquare = 16;  // keeps both sides in few cache lines
  for (int r0 = 0; r0 < rows; r0 += kSquare)
    for (int c0 = 0; c0 < columns; c0 += kSquare)
      for (int c = c0; c < c0 + kSquare && c < columns; ++c)
        for (int r = r0; r < r0 + kSquare && r < rows; ++r)
          to[c * out_stride + r] = from[r * src_stride + c];
}

template <class T>
void narrow(const float* src, std::int64_t count, void* out) {
  along(int(count), [&](int c, int n) { put(static_cast<T*>(out) + c, get(src + c, n), n); });
}

template <class T>
void widen(const void* src, std::int64_t count, float* out) {
  along(int(count), [&](int c, int n) { put(out + c, get(static_cast<const T*>(src) + c, n), n); });
}

template <class T>
void silu(const float* x, std::int64_t count, void* value, void* slope) {
  along(int(count), [&](int c, int n) {
    const F at = get(x + c, n), gate = 1.0f / (1.0f + exp(-at));
    put(static_cast<T*>(value) + c, at * gate, n);
    if (slope) put(static_cast<T*>(slope) + c, gate * (1.0f + at * (1.0f - gate)), n);
  });
}

template <class T>
void times(const void* a, const void* b, std::int64_t count, void* out) {
  along(int(count), [&](int c, int n) {
    put(static_cast<T*>(out) + c,
        get(static_cast<const T*>(a) + c, n) * get(static_cast<const T*>(b) + c, n), n);
  });
}

template <class T>
void pool(const void* src, std::int64_t images, int height, int width, int stride, void* out) {
  const T* from = static_cast<const T*>(src);
  T* to = static_cast<T*>(out);
  const std::int64_t line = std::int64_t(width) * stride;
  for (std::int64_t y = 0; y < images * height; y += 2)
    for (int x = 0; x < width; x += 2, to += stride) {
      const T* corner = from + y * line + x * std::int64_t(stride);
      for (int c = 0; c < stride; c += kLanes)
        store(to + c, 0.25f * ((load(corner + c) + load(corner + stride + c)) +
                               (load(corner + line + c) + load(corner + line + stride + c))));
    }
}

template <class T>
void unpool(const void* src, std::int64_t images, int height, int width, int stride,
            const std::uint8_t* signs, void* out) {
  const T* from = static_cast<const T*>(src);
  T* to = static_cast<T*>(out);
  for (std::int64_t y = 0; y < images * height; ++y)
    for (int x = 0; x < width; ++x, to += stride) {
      const T* source = from + (y / 2 * (width / 2) + x / 2) * stride;
      for (int c = 0; c < stride; c += kLanes) {
        F v = 0.25f * load(source + c);
        if (signs) v = keep(v, load_bits(signs + c / 8));
        store(to + c, v);
      }
      if (signs) signs += stride / 8;
    }
}

template <class T, int kDepthMultiple>
constexpr Kernels make_kernels(base::InstructionSet set, Element element) {
  return {set,
          element,
          kPanel,
          kDepthMultiple,
          multiply<T>,
          pack<T, kDepthMultiple, false>,
          pack<T, kDepthMultiple, true>,
          transpose<T>,
          norm<T>,
          norm_backward<T>,
          softmax<T>,
          softmax_backward<T>,
          narrow<T>,
          widen<T>,
          silu<T>,
          times<T>,
          pool<T>,
          unpool<T>};
}

}  // namespace
}  // namespace clipguide::kernels
