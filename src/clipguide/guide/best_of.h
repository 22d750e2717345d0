#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include "clipguide/base/torch.h"

namespace clipguide::guide {

/// Runs through portions of candidates, as many as are embedded at once, and keeps the best.
///   draw   (number) -> candidate
///   judge  (candidates) -> losses [C]
template <class Candidate, class Draw, class Judge>
Candidate best_of(int candidates, const Draw& draw, const Judge& judge) {
  constexpr int kPortion = 64;
  Candidate best;
  double least = std::numeric_limits<double>::infinity();
  for (int first = 0; first < candidates; first += kPortion) {
    std::vector<Candidate> portion;
    for (int i = first; i < std::min(first + kPortion, candidates); ++i) portion.push_back(draw(i));
    const at::Tensor loss = judge(portion);
    const std::int64_t at = loss.argmin().template item<std::int64_t>();
    if (const double value = loss[at].template item<double>(); value < least) {
      least = value;
      best = std::move(portion[std::size_t(at)]);
    }
  }
  return best;
}

}  // namespace clipguide::guide
