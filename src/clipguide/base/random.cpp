#include "clipguide/base/random.h"

#include <cmath>
#include <numbers>

namespace clipguide::base {
namespace {

// Philox4x32-10: multipliers and Weyl increments from Salmon et al. 2011, table 2.
constexpr std::uint32_t kMultiplier0 = 0xD2511F53, kMultiplier1 = 0xCD9E8D57;
constexpr std::uint32_t kWeyl0 = 0x9E3779B9, kWeyl1 = 0xBB67AE85;

std::array<std::uint32_t, 4> philox(std::uint64_t counter, std::uint64_t key) {
  std::uint32_t c0 = std::uint32_t(counter), c1 = std::uint32_t(counter >> 32), c2 = 0, c3 = 0;
  std::uint32_t k0 = std::uint32_t(key), k1 = std::uint32_t(key >> 32);
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t(kMultiplier0) * c0;
    const std::uint64_t p1 = std::uint64_t(kMultiplier1) * c2;
    c0 = std::uint32_t(p1 >> 32) ^ c1 ^ k0;
    c1 = std::uint32_t(p1);
    c2 = std::uint32_t(p0 >> 32) ^ c3 ^ k1;
    c3 = std::uint32_t(p0);
    k0 += kWeyl0;
    k1 += kWeyl1;
  }
  return {c0, c1, c2, c3};
}

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

constexpr float kInverse24 = 1.0f / 16777216.0f;

float to_uniform(std::uint32_t bits) { return float(bits >> 8) * kInverse24; }

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
  const float radius = std::sqrt(-2.0f * std::log(1.0f - uniform()));
  return radius * std::cos(2.0f * std::numbers::pi_v<float> * uniform());
}

bool RandomStream::chance(float probability) { return uniform() < probability; }

int RandomStream::below(int bound) {
  return int((std::uint64_t(bits()) * std::uint64_t(bound)) >> 32);
}

void RandomStream::fill_uniform(std::span<float> values) {
  for (float& value : values) value = uniform();
}

void RandomStream::fill_normal(std::span<float> values) {
  std::size_t i = 0;
  for (; i + 1 < values.size(); i += 2) {  // both halves of each Box-Muller pair
    const float radius = std::sqrt(-2.0f * std::log(1.0f - uniform()));
    const float angle = 2.0f * std::numbers::pi_v<float> * uniform();
    values[i] = radius * std::cos(angle);
    values[i + 1] = radius * std::sin(angle);
  }
  if (i < values.size()) values[i] = normal();
}

}  // namespace clipguide::base
