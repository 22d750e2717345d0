#pragma once

#include <cstdint>

/// Bounds of a config's values: several times the largest published model, so that a hostile config
/// is refused before anything is allocated for it.
namespace clipguide::clip {

constexpr int kMaxEmbedding = 16384;
constexpr int kMaxWidth = 16384;
constexpr int kMaxHeads = 1024;
constexpr int kMaxLayers = 256;
constexpr int kMaxImageSidePx = 4096;
constexpr int kMaxGridSide = 256;
constexpr int kMaxContextLength = 4096;
constexpr int kMaxVocabulary = 4'000'000;  // the largest published is 901,629
constexpr double kMaxMlpRatio = 64;
constexpr std::int64_t kMaxWeights = 20'000'000'000;  // the largest published holds 4.7e9

}  // namespace clipguide::clip
