#include "clipguide/base/random_fill.h"

#include <algorithm>

#include "clipguide/base/philox.h"

namespace clipguide::base {
namespace {

using philox_numbers::Block;
using philox_numbers::normals_of;
using philox_numbers::philox_block;
using philox_numbers::uniform_of;

CLIPGUIDE_INLINE void uniform_blocks(std::uint64_t key, std::uint64_t first, std::size_t blocks,
                                     float* __restrict out) {
  for (std::size_t i = 0; i < blocks; ++i) {
    const Block block = philox_block(first + i, key);
    out[4 * i] = uniform_of(block.words[0]);
    out[4 * i + 1] = uniform_of(block.words[1]);
    out[4 * i + 2] = uniform_of(block.words[2]);
    out[4 * i + 3] = uniform_of(block.words[3]);
  }
}

CLIPGUIDE_INLINE void normal_blocks(std::uint64_t key, std::uint64_t first, std::size_t blocks,
                                    float* __restrict out) {
  for (std::size_t i = 0; i < blocks; ++i) {
    const Block block = philox_block(first + i, key);
    const NormalPair a = normals_of(block.words[0], block.words[1]);
    const NormalPair b = normals_of(block.words[2], block.words[3]);
    out[4 * i] = a.first;
    out[4 * i + 1] = a.second;
    out[4 * i + 2] = b.first;
    out[4 * i + 3] = b.second;
  }
}

// Writes whole blocks of four numbers.
using Blocks = void (*)(std::uint64_t key, std::uint64_t first, std::size_t blocks, float* out);

void uniform_portable(std::uint64_t key, std::uint64_t first, std::size_t blocks, float* out) {
  uniform_blocks(key, first, blocks, out);
}
CLIPGUIDE_TARGET_AVX2
void uniform_avx2(std::uint64_t key, std::uint64_t first, std::size_t blocks, float* out) {
  uniform_blocks(key, first, blocks, out);
}
CLIPGUIDE_TARGET_AVX512
void uniform_avx512(std::uint64_t key, std::uint64_t first, std::size_t blocks, float* out) {
  uniform_blocks(key, first, blocks, out);
}
void normal_portable(std::uint64_t key, std::uint64_t first, std::size_t blocks, float* out) {
  normal_blocks(key, first, blocks, out);
}
CLIPGUIDE_TARGET_AVX2
void normal_avx2(std::uint64_t key, std::uint64_t first, std::size_t blocks, float* out) {
  normal_blocks(key, first, blocks, out);
}
CLIPGUIDE_TARGET_AVX512
void normal_avx512(std::uint64_t key, std::uint64_t first, std::size_t blocks, float* out) {
  normal_blocks(key, first, blocks, out);
}

// Indexed by InstructionSet; those beyond AVX-512 have nothing more to offer here.
constexpr Blocks kUniform[] = {uniform_portable, uniform_avx2, uniform_avx512};
constexpr Blocks kNormal[] = {normal_portable, normal_avx2, normal_avx512};

std::size_t index_of(InstructionSet set) {
  return std::size_t(std::min(set, InstructionSet::avx512));
}

void fill(Blocks blocks, std::uint64_t key, std::uint64_t first, std::span<float> values) {
  // A range that begins or ends within a block takes its part of it.
  const auto part_of_block = [&](std::uint64_t index, std::size_t skipped, std::span<float> part) {
    float four[4];
    blocks(key, index, 1, four);
    std::copy_n(four + skipped, part.size(), part.data());
  };
  std::uint64_t block = first / 4;
  if (const std::size_t skipped = first % 4; skipped > 0 && !values.empty()) {
    const std::size_t count = std::min(values.size(), 4 - skipped);
    part_of_block(block++, skipped, values.first(count));
    values = values.subspan(count);
  }
  const std::size_t whole = values.size() / 4;
  blocks(key, block, whole, values.data());
  values = values.subspan(4 * whole);
  if (!values.empty()) part_of_block(block + whole, 0, values);
}

}  // namespace

std::array<std::uint32_t, 4> philox(std::uint64_t counter, std::uint64_t key) {
  return std::to_array(philox_block(counter, key).words);
}

float to_uniform(std::uint32_t word) { return uniform_of(word); }

NormalPair to_normal(std::uint32_t radius_word, std::uint32_t angle_word) {
  return normals_of(radius_word, angle_word);
}

void philox_uniform(std::uint64_t key, std::uint64_t first, std::span<float> values,
                    InstructionSet set) {
  fill(kUniform[index_of(set)], key, first, values);
}

void philox_normal(std::uint64_t key, std::uint64_t first, std::span<float> values,
                   InstructionSet set) {
  fill(kNormal[index_of(set)], key, first, values);
}

}  // namespace clipguide::base
