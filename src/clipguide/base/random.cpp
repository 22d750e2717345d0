#include "clipguide/base/random.h"

#include "clipguide/base/random_fill.h"

namespace clipguide::base {
namespace {

// The finaliser of splitmix64 (Steele et al. 2014): a bijection that spreads neighbouring keys.
std::uint64_t mix(std::uint64_t z) {
  z += 0x9E3779B97F4A7C15;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

std::uint64_t hash(std::string_view name) {  // FNV-1a
  std::uint64_t h = 0xCBF29CE484222325;
  for (unsigned char c : name) h = (h ^ c) * 0x100000001B3;
  return h;
}

}  // namespace

RandomStream::RandomStream(std::uint64_t seed, std::string_view name)
    : key_(mix(mix(seed) ^ hash(name))) {}

RandomStream RandomStream::at(std::uint64_t index) const {
  return RandomStream(mix(key_ ^ mix(index + 1)));
}

RandomStream RandomStream::named(std::string_view name) const {
  return RandomStream(mix(key_ ^ hash(name)));
}

std::uint32_t RandomStream::bits() {
  if (used_ == 4) {
    block_ = philox(counter_++, key_);
    used_ = 0;
  }
  return block_[used_++];
}

float RandomStream::uniform() { return to_uniform(bits()); }

float RandomStream::uniform(float low, float high) { return low + (high - low) * uniform(); }

float RandomStream::normal() {
  const std::uint32_t radius = bits(), angle = bits();
  return to_normal(radius, angle).first;
}

bool RandomStream::chance(float probability) { return uniform() < probability; }

int RandomStream::below(int bound) {
  return int((std::uint64_t(bits()) * std::uint64_t(bound)) >> 32);
}

void RandomStream::go_to(std::uint64_t word) {
  counter_ = word / 4;
  used_ = 4;
  if (word % 4 == 0) return;
  block_ = philox(counter_++, key_);
  used_ = int(word % 4);
}

void RandomStream::fill_uniform(std::span<float> values) {
  const std::uint64_t from = drawn();
  uniform_at(from, values);
  go_to(from + values.size());
}

void RandomStream::fill_normal(std::span<float> values) {
  const std::uint64_t from = drawn(), words = (values.size() + 1) / 2 * 2;
  if (from % 2 == 0) {
    normal_at(from, values);
    go_to(from + words);
    return;
  }
  for (std::size_t i = 0; i < values.size(); i += 2) {  // pairs that no block boundary respects
    const std::uint32_t radius = bits(), angle = bits();
    const NormalPair pair = to_normal(radius, angle);
    values[i] = pair.first;
    if (i + 1 < values.size()) values[i + 1] = pair.second;
  }
}

void RandomStream::uniform_at(std::uint64_t first, std::span<float> values) const {
  philox_uniform(key_, first, values);
}

void RandomStream::normal_at(std::uint64_t first, std::span<float> values) const {
  philox_normal(key_, first, values);
}

}  // namespace clipguide::base
