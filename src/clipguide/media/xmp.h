#pragma once

#include <string>
#include <string_view>

#include "clipguide/media/picture.h"

/// XMP packets: where the text of JPEG and WebP pictures stands that EXIF has no field for.
namespace clipguide::media {

/// A packet that says the picture was made by a trained model (IPTC's DigitalSourceType), with each
/// entry as a property of our namespace. Control characters XML cannot hold become U+FFFD.
///   extended_guid  of the extended packet that goes with it, if there is one
std::string make_xmp(const Metadata& entries, std::string_view extended_guid = {});

/// The same entries alone, as the extended packet that JPEG splits over several segments.
std::string make_extended_xmp(const Metadata& entries);

/// The entries back, from elements or attributes, whatever prefix our namespace has been given.
/// Never throws; other people's properties are skipped. Cost: linear.
Metadata parse_xmp(std::string_view packet);

/// The value of xmpNote:HasExtendedXMP; empty when there is none.
std::string parse_extended_guid(std::string_view packet);

}  // namespace clipguide::media
