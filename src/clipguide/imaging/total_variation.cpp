#include "clipguide/imaging/total_variation.h"

#include <vector>

#include "clipguide/base/parallel.h"
#include "clipguide/imaging/autograd_plan.h"
#include "clipguide/imaging/total_variation_cpu.h"

namespace clipguide::imaging {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

at::Tensor mean_square(const at::Tensor& values) { return values.square().mean({1, 2, 3}); }

/// What one squared difference along an axis weighs in the mean over a picture.
struct Shares {
  explicit Shares(const at::Tensor& pictures) {
    const double channels = double(pictures.size(1));
    const double height = double(pictures.size(2)), width = double(pictures.size(3));
    down = 1 / (channels * (height - 1) * width);
    across = 1 / (channels * height * (width - 1));
  }
  double down, across;
};

struct TotalVariation : Function<TotalVariation> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& pictures) {
    const at::Tensor in = pictures.contiguous();
    context->save_for_backward({pictures});
    const std::int64_t count = in.size(0), channels = in.size(1);
    std::vector<Differences> sums(std::size_t(count * channels));
    with_type(in, [&](auto zero) {
      using T = decltype(zero);
      sum_differences_cpu<T>(in.data_ptr<T>(), count * channels, int(in.size(2)), int(in.size(3)),
                             sums.data(), base::threads());
    });
    const Shares shares(in);
    const at::Tensor means = at::empty({count}, at::kDouble);
    for (std::int64_t n = 0; n < count; ++n) {
      double mean = 0;
      for (std::int64_t c = n * channels; c < (n + 1) * channels; ++c)
        mean +=
            shares.down * sums[std::size_t(c)].down + shares.across * sums[std::size_t(c)].across;
      means.data_ptr<double>()[n] = mean;
    }
    return means.to(in.scalar_type());
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const at::Tensor pictures = context->get_saved_variables()[0];
    // A gradient that is to be differentiated in its turn: by operators that can be.
    if (at::GradMode::is_enabled())
      return {torch::autograd::grad({total_variation_by_operators(pictures)}, {pictures},
                                    {gradients[0]}, true, true)[0]};
    const at::Tensor in = pictures.contiguous();
    const at::Tensor upstream = gradients[0].to(at::kDouble).contiguous();
    const Shares shares(in);
    const std::int64_t channels = in.size(1), planes = in.size(0) * channels;
    std::vector<Differences> weights;
    for (std::int64_t plane = 0; plane < planes; ++plane) {
      const double factor = upstream.data_ptr<double>()[plane / channels];
      weights.push_back({factor * shares.down, factor * shares.across});
    }
    const at::Tensor out = at::empty(in.sizes(), in.options());
    with_type(in, [&](auto zero) {
      using T = decltype(zero);
      differences_gradient_cpu<T>(in.data_ptr<T>(), planes, int(in.size(2)), int(in.size(3)),
                                  weights.data(), out.data_ptr<T>(), base::threads());
    });
    return {out};
  }
};

}  // namespace

at::Tensor total_variation(const at::Tensor& pictures) {
  const at::ScalarType type = pictures.scalar_type();
  const bool native = pictures.device().is_cpu() && (type == at::kFloat || type == at::kDouble) &&
                      pictures.dim() == 4 && pictures.size(2) > 1 && pictures.size(3) > 1;
  return native ? TotalVariation::apply(pictures) : total_variation_by_operators(pictures);
}

at::Tensor total_variation_by_operators(const at::Tensor& pictures) {
  return mean_square(pictures.diff(1, 2)) + mean_square(pictures.diff(1, 3));
}

}  // namespace clipguide::imaging
