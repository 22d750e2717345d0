#include "clipguide/imaging/lane_fft.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "clipguide/base/target.h"

namespace clipguide::imaging {
namespace {

using base::InstructionSet;

constexpr int kLargestFactor = 13;

// Vectors go by reference alone: by value they would depend on the target's vector registers.
struct Complex {
  FftVector re, im;
};

CLIPGUIDE_INLINE void add(Complex& sum, const Complex& a, const Complex& b) {
  sum.re = a.re + b.re;
  sum.im = a.im + b.im;
}
CLIPGUIDE_INLINE void subtract(Complex& difference, const Complex& a, const Complex& b) {
  difference.re = a.re - b.re;
  difference.im = a.im - b.im;
}

// The Fourier transform of R numbers: b_k = sum over j of a_j e^(-2 pi i j k / R).
template <int R>
struct Butterfly;

template <>
struct Butterfly<2> {
  CLIPGUIDE_INLINE static void apply(Complex* a) {
    const Complex first = a[0];
    add(a[0], first, a[1]);
    subtract(a[1], first, a[1]);
  }
};

template <>
struct Butterfly<3> {
  CLIPGUIDE_INLINE static void apply(Complex* a) {
    constexpr float kSine = 0.866025403784438647f;
    Complex sum, difference, middle;
    add(sum, a[1], a[2]);
    subtract(difference, a[1], a[2]);
    middle.re = a[0].re - 0.5f * sum.re;
    middle.im = a[0].im - 0.5f * sum.im;
    add(a[0], a[0], sum);
    a[1].re = middle.re + kSine * difference.im;
    a[1].im = middle.im - kSine * difference.re;
    a[2].re = middle.re - kSine * difference.im;
    a[2].im = middle.im + kSine * difference.re;
  }
};

template <>
struct Butterfly<4> {
  CLIPGUIDE_INLINE static void apply(Complex* a) {
    Complex even, odd, even_difference, odd_difference;
    add(even, a[0], a[2]);
    add(odd, a[1], a[3]);
    subtract(even_difference, a[0], a[2]);
    subtract(odd_difference, a[1], a[3]);
    add(a[0], even, odd);
    subtract(a[2], even, odd);
    a[1].re = even_difference.re + odd_difference.im;
    a[1].im = even_difference.im - odd_difference.re;
    a[3].re = even_difference.re - odd_difference.im;
    a[3].im = even_difference.im + odd_difference.re;
  }
};

template <>
struct Butterfly<5> {
  CLIPGUIDE_INLINE static void apply(Complex* a) {
    constexpr float kCosine1 = 0.309016994374947424f, kCosine2 = -0.809016994374947424f;
    constexpr float kSine1 = 0.951056516295153572f, kSine2 = 0.587785252292473129f;
    Complex sum1, sum2, difference1, difference2;
    add(sum1, a[1], a[4]);
    add(sum2, a[2], a[3]);
    subtract(difference1, a[1], a[4]);
    subtract(difference2, a[2], a[3]);
    const Complex first = a[0];
    a[0].re = first.re + sum1.re + sum2.re;
    a[0].im = first.im + sum1.im + sum2.im;
    const auto pair = [&](float c1, float c2, float s1, float s2, Complex& up, Complex& down)
        __attribute__((always_inline)) {
      const FftVector re = first.re + c1 * sum1.re + c2 * sum2.re;
      const FftVector im = first.im + c1 * sum1.im + c2 * sum2.im;
      const FftVector turn_re = s1 * difference1.re + s2 * difference2.re;
      const FftVector turn_im = s1 * difference1.im + s2 * difference2.im;
      up.re = re + turn_im;
      up.im = im - turn_re;
      down.re = re - turn_im;
      down.im = im + turn_re;
    };
    pair(kCosine1, kCosine2, kSine1, kSine2, a[1], a[4]);
    pair(kCosine2, kCosine1, kSine2, -kSine1, a[2], a[3]);
  }
};

// One factor of the transform (Stockham): m * R numbers a signal, `stride` signals side by side.
template <int R, bool kTurn>
CLIPGUIDE_INLINE void turn_and_store(const Complex* a, const float* cosine, const float* sine,
                                     FftVector* re, FftVector* im, int stride) {
  re[0] = a[0].re;
  im[0] = a[0].im;
  for (int k = 1; k < R; ++k) {
    re[k * stride] = kTurn ? a[k].re * cosine[k] - a[k].im * sine[k] : a[k].re;
    im[k * stride] = kTurn ? a[k].re * sine[k] + a[k].im * cosine[k] : a[k].im;
  }
}

template <int R>
CLIPGUIDE_INLINE void pass(const FftPlan& plan, int m, int stride, const FftSignals& s) {
  for (int p = 0; p < m; ++p) {
    float cosine[R], sine[R];
    for (int k = 1; k < R; ++k) {
      cosine[k] = plan.cosine[std::size_t(p * k * stride)];
      sine[k] = plan.sine[std::size_t(p * k * stride)];
    }
    for (int q = 0; q < stride; ++q) {
      Complex a[R];
      for (int j = 0; j < R; ++j) {
        a[j].re = s.re[q + stride * (p + m * j)];
        a[j].im = s.im[q + stride * (p + m * j)];
      }
      Butterfly<R>::apply(a);
      FftVector *const re = s.spare_re + q + stride * R * p, *const im =
                                                                 s.spare_im + (re - s.spare_re);
      if (p == 0)
        turn_and_store<R, false>(a, cosine, sine, re, im, stride);
      else
        turn_and_store<R, true>(a, cosine, sine, re, im, stride);
    }
  }
}

// Any factor, by its definition.
CLIPGUIDE_INLINE void general_pass(const FftPlan& plan, int factor, int m, int stride,
                                   const FftSignals& s) {
  const int step = plan.length / factor;
  for (int p = 0; p < m; ++p)
    for (int q = 0; q < stride; ++q)
      for (int k = 0; k < factor; ++k) {
        FftVector re = {}, im = {};
        for (int j = 0; j < factor; ++j) {
          // The roots of the sum and of what turns it, in one.
          const int root = (j * k % factor * step + p * k * stride) % plan.length;
          const float c = plan.cosine[std::size_t(root)], d = plan.sine[std::size_t(root)];
          const FftVector &a = s.re[q + stride * (p + m * j)], &b = s.im[q + stride * (p + m * j)];
          re += a * c - b * d;
          im += a * d + b * c;
        }
        s.spare_re[q + stride * (factor * p + k)] = re;
        s.spare_im[q + stride * (factor * p + k)] = im;
      }
}

CLIPGUIDE_INLINE void transform(const FftPlan& plan, FftSignals& s) {
  int m = plan.length, stride = 1;
  for (const int factor : plan.factors) {
    m /= factor;
    switch (factor) {
      case 2:
        pass<2>(plan, m, stride, s);
        break;
      case 3:
        pass<3>(plan, m, stride, s);
        break;
      case 4:
        pass<4>(plan, m, stride, s);
        break;
      case 5:
        pass<5>(plan, m, stride, s);
        break;
      default:
        general_pass(plan, factor, m, stride, s);
    }
    std::swap(s.re, s.spare_re);
    std::swap(s.im, s.spare_im);
    stride *= factor;
  }
}

void transform_portable(const FftPlan& plan, FftSignals& s) { transform(plan, s); }
CLIPGUIDE_TARGET_AVX2 void transform_avx2(const FftPlan& plan, FftSignals& s) {
  transform(plan, s);
}

// What is left of a length without its small factors, which are appended.
int take_factors(int length, std::vector<int>& factors) {
  const auto take = [&](int factor) {
    for (; length % factor == 0; length /= factor) factors.push_back(factor);
  };
  for (const int factor : {4, 2, 3, 5}) take(factor);
  for (int factor = 7; factor <= kLargestFactor; factor += 2) take(factor);
  return length;
}

}  // namespace

void FftSignals::exchange() {
  std::swap(re, im);
  std::swap(spare_re, spare_im);
}

bool FftPlan::suits(int length) {
  std::vector<int> factors;
  return length >= 1 && take_factors(length, factors) == 1;
}

FftPlan::FftPlan(int n) : length(n) {
  take_factors(n, factors);
  for (int j = 0; j < n; ++j) {
    const double angle = -2 * std::numbers::pi * j / n;
    cosine.push_back(float(std::cos(angle)));
    sine.push_back(float(std::sin(angle)));
  }
}

void fft(const FftPlan& plan, FftSignals& signals, InstructionSet set) {
  if (set >= InstructionSet::avx2)
    transform_avx2(plan, signals);
  else
    transform_portable(plan, signals);
}

}  // namespace clipguide::imaging
