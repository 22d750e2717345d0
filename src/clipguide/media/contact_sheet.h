#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "clipguide/media/picture.h"

namespace clipguide::media {

struct ContactSheetOptions {
  int columns = 0;  ///< 0: as square a sheet as the pictures' shape allows
  int gap_px = 8;   ///< between pictures and around them
  std::array<std::uint8_t, 3> ground_rgb = {255, 255, 255};
};

/// Lays pictures out in rows, left to right, each centred in a cell as large as the largest.
///   throws  UsageError without pictures or for a negative count or gap, LimitError when the sheet
///           would pass ReadLimits, so that it can be read again
Picture contact_sheet(std::span<const Picture> pictures, const ContactSheetOptions& options = {});

}  // namespace clipguide::media
