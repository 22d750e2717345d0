#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace clipguide::base {

/// Counter-based random numbers (Philox4x32-10, Salmon et al. 2011).
///
/// A stream is named, and its children are indexed: `RandomStream(seed, "views").at(step).at(view)`
/// holds the same numbers whatever was drawn elsewhere before. So a run does not depend on how its
/// work is split or resumed, and adding an augmentation under a name of its own shifts no other.
class RandomStream {
 public:
  RandomStream(std::uint64_t seed, std::string_view name);

  RandomStream at(std::uint64_t index) const;
  RandomStream named(std::string_view name) const;

  std::uint32_t bits();
  float uniform();                       ///< in [0, 1), 24 bits
  float uniform(float low, float high);  ///< in [low, high)
  float normal();                        ///< N(0, 1), Box-Muller; see random_fill.h
  bool chance(float probability);
  int below(int bound);  ///< in {0 .. bound-1}; bound >= 1

  void fill_uniform(std::span<float> values);  ///< in [0, 1)
  void fill_normal(std::span<float> values);

  /// Numbers `first`, `first + 1` .. of what fill_uniform and fill_normal would draw from a stream
  /// that nothing was drawn from, whatever was drawn from this one: for work that is split.
  void uniform_at(std::uint64_t first, std::span<float> values) const;
  void normal_at(std::uint64_t first, std::span<float> values) const;

  std::uint64_t key() const { return key_; }  ///< of random_fill.h

 private:
  explicit RandomStream(std::uint64_t key) : key_(key) {}
  std::uint64_t drawn() const { return 4 * counter_ - std::uint64_t(4 - used_); }  // words
  void go_to(std::uint64_t word);

  std::uint64_t key_;
  std::uint64_t counter_ = 0;
  std::array<std::uint32_t, 4> block_{};
  int used_ = 4;
};

}  // namespace clipguide::base
