#pragma once

#include <string>
#include <string_view>

namespace clipguide::weights {

/// The parts of an http(s) address that decide who may see what.
struct Url {
  std::string text;    ///< the whole address, normalised
  std::string scheme;  ///< "http" or "https"
  std::string host;    ///< lower case; IPv6 in brackets
  std::string port;    ///< explicit, also where it is the scheme's default

  bool is_loopback() const;
  /// Scheme, host and port: who a token may be shown to.
  std::string origin() const { return scheme + "://" + host + ":" + port; }
};

/// throws base::UsageError unless it is an http or https address without user name or password
Url parse_url(std::string_view text);

/// Where a redirect leads: the `Location` header, absolute or relative to the page it came from.
///   throws  base::NetworkError when it is no http(s) address, carries a user name, or leads from
///           https to http, which would give up what https promised
Url redirect_target(const Url& from, std::string_view location);

/// Percent-encodes all but letters, digits and -._~ ; `keep_slash` leaves '/' as it is.
std::string percent_encode(std::string_view text, bool keep_slash);

}  // namespace clipguide::weights
