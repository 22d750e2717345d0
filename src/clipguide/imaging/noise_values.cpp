#include "clipguide/imaging/noise_values.h"

#include <algorithm>

namespace clipguide::imaging {
namespace {

using Draw = void (base::RandomStream::*)(std::uint64_t, std::span<float>) const;

void draw(Draw draw_some, const base::RandomStream& stream, std::int64_t first,
          std::span<float> values) {
  while (!values.empty()) {
    const std::int64_t block = first / kNoiseBlock, within = first % kNoiseBlock;
    const std::size_t count = std::min(values.size(), std::size_t(kNoiseBlock - within));
    (stream.at(std::uint64_t(block)).*draw_some)(std::uint64_t(within), values.first(count));
    values = values.subspan(count);
    first += std::int64_t(count);
  }
}

}  // namespace

void normal_values(const base::RandomStream& stream, std::int64_t first, std::span<float> values) {
  draw(&base::RandomStream::normal_at, stream, first, values);
}

void uniform_values(const base::RandomStream& stream, std::int64_t first, std::span<float> values) {
  draw(&base::RandomStream::uniform_at, stream, first, values);
}

}  // namespace clipguide::imaging
