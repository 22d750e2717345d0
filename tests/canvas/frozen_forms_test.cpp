#include "clipguide/canvas/frozen_forms.h"

#include <gtest/gtest.h>

#include <map>

#include "clipguide/base/parallel.h"
#include "kernels/kernel_tables.h"

// The frozen generator against the one of libtorch's operators, in f64.
namespace clipguide::canvas {
namespace {

using kernels::test::NamedKernels;

FormWeights in_f64(FormWeights weights) {
  const auto widen = [](FormWeights::Layer& layer) {
    layer.weight = layer.weight.detach().to(torch::kFloat64);
    layer.bias = layer.bias.detach().to(torch::kFloat64);
  };
  widen(weights.stem), widen(weights.out);
  for (FormWeights::Level& level : weights.levels) widen(level.enter), widen(level.stay);
  return weights;
}

FormWeights some_weights(const FormShape& shape) {
  FormWeights weights = random_form_weights(shape, 7);
  const torch::NoGradGuard no_grad;
  torch::manual_seed(3);
  for (auto& [name, tensor] : weights.named())
    if (tensor.dim() == 1) tensor.normal_(0, 0.2);  // biases are zero at first
  return weights;
}

struct Drawn {
  at::Tensor forms, to_code;
};
template <class Draw>
Drawn drawn_and_back(const at::Tensor& code, const Draw& draw) {
  const at::Tensor leaf = code.clone().requires_grad_();
  const at::Tensor forms = draw(leaf);
  torch::manual_seed(11);
  const at::Tensor along = torch::randn(forms.sizes()).to(forms.scalar_type());
  return {forms.detach(), torch::autograd::grad({(forms * along).sum()}, {leaf})[0]};
}

double cosine(const at::Tensor& a, const at::Tensor& b) {
  return at::cosine_similarity(a.to(torch::kFloat64).flatten(), b.flatten(), 0).item<double>();
}

double furthest(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(torch::kFloat64) - b.to(torch::kFloat64)).abs().max().item<double>();
}

class FrozenFormsOf : public testing::TestWithParam<NamedKernels> {};

TEST_P(FrozenFormsOf, DrawsAndGoesBackAsTheOperatorsDo) {
  const kernels::Kernels& kernels = *GetParam().kernels;
  const bool bf16 = kernels.element == kernels::Element::bf16;
  const bool split = !bf16 && kernels.set == base::InstructionSet::amx;
  // Channels of whole panels, and others; one level, and more; a form, and several chunks.
  const std::vector<std::pair<FormShape, int>> cases = {
      {{24, {64, 32}}, 3}, {{5, {7, 20, 9}}, 2}, {{16, {40, 24, 33, 8}}, 1}, {{5, {6, 5}}, 19}};
  for (const auto& [shape, forms] : cases) {
    const FormWeights weights = some_weights(shape);
    const FrozenForms frozen(weights, kernels);
    torch::manual_seed(5);
    const at::Tensor code = torch::randn({forms, shape.code_length});
    const FormWeights exact = in_f64(weights);
    const Drawn expected = drawn_and_back(
        code.to(torch::kFloat64), [&](const at::Tensor& c) { return draw_forms(exact, c); });
    const Drawn got = drawn_and_back(code, [&](const at::Tensor& c) { return frozen.draw(c); });
    ASSERT_EQ(got.forms.sizes(), expected.forms.sizes());
    EXPECT_LT(furthest(got.forms, expected.forms), bf16 ? 0.02 : split ? 2e-3 : 5e-6);
    EXPECT_GT(cosine(got.to_code, expected.to_code), bf16 ? 0.9995 : split ? 0.99999 : 1 - 1e-9);
    const torch::NoGradGuard no_grad;
    EXPECT_TRUE(frozen.draw(code).equal(got.forms)) << "without a way back";
  }
}

INSTANTIATE_TEST_SUITE_P(Sets, FrozenFormsOf, testing::ValuesIn(kernels::test::kernel_tables()),
                         kernels::test::table_name);

TEST(FrozenForms, DoNotDependOnTheNumberOfThreads) {
  const FrozenForms frozen(some_weights({12, {70, 48, 20}}),
                           kernels::kernels_for(base::best_instruction_set()));
  for (const int forms : {1, 17}) {
    torch::manual_seed(5);
    const at::Tensor code = torch::randn({forms, 12});
    const auto draw = [&](const at::Tensor& c) { return frozen.draw(c); };
    std::vector<Drawn> of_threads;
    for (const int threads : {1, 2, 3}) {
      base::set_threads(threads);
      of_threads.push_back(drawn_and_back(code, draw));
    }
    base::set_threads(0);
    for (const Drawn& drawn : of_threads) {
      EXPECT_TRUE(drawn.forms.equal(of_threads[0].forms));
      EXPECT_TRUE(drawn.to_code.equal(of_threads[0].to_code));
    }
  }
}

// Memory that comes back from one graph must not serve another that still lives.
TEST(FrozenForms, KeepsWhatALivingGraphNeeds) {
  const FrozenForms frozen(some_weights({6, {16, 12}}),
                           kernels::kernels_for(base::best_instruction_set()));
  torch::manual_seed(5);
  const at::Tensor first = torch::randn({2, 6}).requires_grad_(),
                   second = torch::randn({2, 6}).requires_grad_();
  const auto slope = [&](const at::Tensor& code, const at::Tensor& forms) {
    return torch::autograd::grad({forms.sum()}, {code}, {}, /*retain_graph=*/true)[0];
  };
  const at::Tensor alone = slope(first, frozen.draw(first));
  const at::Tensor one = frozen.draw(first), other = frozen.draw(second);
  EXPECT_TRUE(slope(first, one).equal(alone));
  slope(second, other);
  EXPECT_TRUE(slope(first, one).equal(alone)) << "once more from a graph that was kept";
}

}  // namespace
}  // namespace clipguide::canvas
