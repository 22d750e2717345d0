#pragma once

#include <string>
#include <string_view>

namespace clipguide::base {

/// Foreign text (a prompt, a file name, metadata) made safe to print on one line of a terminal:
/// escape sequences (CSI, OSC, DCS and their kin, also in their one-character C1 form), control
/// characters and the marks that reorder text are dropped; tabs and line ends become a space;
/// ill-formed UTF-8 becomes U+FFFD.   Source: ECMA-48; Unicode TR9 for the reordering marks
std::string terminal_text(std::string_view text);

/// Text for HTML content and quoted attributes: & < > " ' as character references.
std::string html_text(std::string_view text);

}  // namespace clipguide::base
