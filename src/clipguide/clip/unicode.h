#pragma once

#include <string>
#include <string_view>

/// The few Unicode properties and mappings that reading text needs, through ICU.
namespace clipguide::clip {

bool is_letter(char32_t c);  ///< \p{L}
bool is_number(char32_t c);  ///< \p{N}: digits, but also ½ ² Ⅷ
bool is_space(char32_t c);   ///< White_Space

std::u32string to_lower(std::u32string_view text);  ///< full mapping, final sigma included
std::u32string to_upper(std::u32string_view text);

std::u32string compose(std::u32string_view text);     ///< NFC
std::u32string compatible(std::u32string_view text);  ///< NFKC

}  // namespace clipguide::clip
