#include "clipguide/objective/likeness.h"

#include <gtest/gtest.h>

#include "clipguide/base/error.h"
#include "clipguide/objective/likeness_cpu.h"

namespace clipguide::objective {
namespace {

class LikenessShapes : public testing::TestWithParam<std::array<std::int64_t, 3>> {};

TEST_P(LikenessShapes, IsTheProductAndItsGradient) {
  const auto [rows, texts, length] = GetParam();
  torch::manual_seed(3);
  const at::Tensor embeddings = torch::randn({2, rows, length}),
                   others = torch::randn({texts, length});
  const at::Tensor weights = torch::randn({2, rows, texts});

  at::Tensor leaf = embeddings.clone().requires_grad_();
  const at::Tensor got = likeness(leaf, others);
  (got * weights).sum().backward();

  at::Tensor exact = embeddings.to(torch::kFloat64).requires_grad_();
  const at::Tensor want = torch::matmul(exact, others.to(torch::kFloat64).t());
  (want * weights).sum().backward();
  ASSERT_EQ(got.sizes(), want.sizes());
  EXPECT_LT((got - want).abs().max().item<double>(), 1e-5 * std::sqrt(double(length)));
  EXPECT_LT((leaf.grad() - exact.grad()).abs().max().item<double>(),
            1e-5 * std::sqrt(double(texts)));
}

TEST_P(LikenessShapes, HasTheSameBitsForAnyThreadsAndInstructionSet) {
  const auto [rows, texts, length] = GetParam();
  torch::manual_seed(4);
  const at::Tensor embeddings = torch::randn({rows, length}),
                   others = torch::randn({texts, length});
  const at::Tensor weights = torch::randn({rows, texts});
  at::Tensor first, first_sums;
  for (const base::InstructionSet set : base::supported_instruction_sets()) {
    for (const int threads : {1, 2, 3}) {
      const at::Tensor products = torch::empty({rows, texts}), sums = torch::empty({rows, length});
      inner_products_cpu(embeddings.data_ptr<float>(), rows, others.data_ptr<float>(), texts,
                         length, products.data_ptr<float>(), threads, set);
      weighted_sums_cpu(weights.data_ptr<float>(), rows, others.data_ptr<float>(), texts, length,
                        sums.data_ptr<float>(), threads, set);
      if (!first.defined()) first = products, first_sums = sums;
      EXPECT_TRUE(products.equal(first)) << name(set) << ", " << threads << " threads";
      EXPECT_TRUE(sums.equal(first_sums)) << name(set) << ", " << threads << " threads";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, LikenessShapes,
                         testing::Values(std::array<std::int64_t, 3>{1, 1, 1},
                                         std::array<std::int64_t, 3>{3, 5, 7},
                                         std::array<std::int64_t, 3>{4, 129, 256},
                                         std::array<std::int64_t, 3>{2, 1151, 519}));

TEST(Likeness, TakesViewsThatAreNotContiguous) {
  torch::manual_seed(5);
  const at::Tensor embeddings = torch::randn({8, 6}).t(), others = torch::randn({8, 3}).t();
  EXPECT_TRUE(torch::allclose(likeness(embeddings, others), torch::matmul(embeddings, others.t()),
                              1e-5, 1e-6));
}

TEST(Likeness, RefusesLengthsThatDoNotFit) {
  EXPECT_THROW(likeness(torch::zeros({2, 4}), torch::zeros({3, 5})), base::UsageError);
}

}  // namespace
}  // namespace clipguide::objective
