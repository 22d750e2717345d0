#pragma once

#include <string>
#include <vector>

namespace clipguide::guide {

/// The known word nearest to `word`, or an empty string: at most 3 typing errors
/// (Damerau-Levenshtein) and at most half of its letters, lest short words be taken for anything.
std::string nearest(const std::string& word, const std::vector<std::string>& known);

}  // namespace clipguide::guide
