#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <vector>

#include "clipguide/media/picture.h"

/// How near-duplicates are told: a few bytes a picture that nearly equal pictures share nearly.
namespace clipguide::workflow {

/// 64 bits: whether each cell of a grid of 9 x 8 mean lumas is darker than its neighbour to the
/// right. Survives scaling and slight changes of colour.   Source: dHash, N. Krawetz 2013
std::uint64_t difference_hash(const media::Picture& picture);

int differing_bits(std::uint64_t a, std::uint64_t b);

/// A direction in steps of 1/32767: the same for all who read it back.
std::vector<std::int16_t> quantised(std::span<const float> unit_vector);

/// Cosine of two quantised directions, from whole numbers alone; 0 when one has no length.
double cosine(const std::vector<std::int16_t>& a, const std::vector<std::int16_t>& b);

struct Fingerprint {
  std::uint64_t hash = 0;
  std::vector<std::int16_t> direction;  ///< a judge's embedding; empty where the hash decides
};

nlohmann::json to_json(const Fingerprint& fingerprint);
/// throws  nlohmann::json::exception
Fingerprint fingerprint_of(const nlohmann::json& json);

}  // namespace clipguide::workflow
