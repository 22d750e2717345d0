#include "training/attention_start.h"

#include <ATen/CPUGeneratorImpl.h>

#include <cmath>

#include "clipguide/base/torch.h"

namespace clipguide::training {

void aim_attention(torch::nn::Module& image_tower, int heads, std::uint64_t seed) {
  // Places differ by more than what is seen in them: about 6 against 1 before the softmax.
  constexpr double kPlaceDeviation = 0.3, kQueryLength = 20, kContentShare = 0.1;

  const torch::NoGradGuard no_grad;
  const auto all = image_tower.named_parameters();
  const auto parameter = [&](const std::string& name) { return all["attnpool." + name]; };
  at::Tensor place = parameter("positional_embedding");  // [1 + G*G, C], the mean first
  at::Tensor key = parameter("k_proj.weight"), query = parameter("q_proj.weight");  // [C, C]
  at::Tensor ask = parameter("q_proj.bias"), value_bias = parameter("v_proj.bias");
  const at::Tensor value = parameter("v_proj.weight");

  at::Generator generator = at::detail::createCPUGenerator(seed);
  const double deviation = 1 / std::sqrt(double(place.size(1)));
  place.normal_(0, kPlaceDeviation, generator);
  key.normal_(0, deviation, generator);
  query.normal_(0, kContentShare * deviation, generator);
  parameter("k_proj.bias").zero_();

  const std::int64_t width = place.size(1) / heads;
  for (std::int64_t head = 0; head < heads; ++head) {
    const at::Tensor seen = place[head % place.size(0)];
    const auto of_head = [&](const at::Tensor& x) {
      return x.slice(0, head * width, (head + 1) * width);
    };
    const at::Tensor direction = of_head(key).mv(seen);
    of_head(ask).copy_(kQueryLength * direction / direction.norm());
    of_head(value_bias).sub_(of_head(value).mv(seen));  // the place itself is not content
  }
}

}  // namespace clipguide::training
