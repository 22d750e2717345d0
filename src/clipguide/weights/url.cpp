#include "clipguide/weights/url.h"

#include <curl/curl.h>

#include <algorithm>
#include <memory>

#include "clipguide/base/error.h"

namespace clipguide::weights {
namespace {

using CurlUrl = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

std::string part(CURLU* url, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, which, &text, flags) != CURLUE_OK) return {};
  std::string copy = text;
  curl_free(text);
  return copy;
}

// Empty when it is no address we speak to; `problem` then says why.
Url take_apart(CURLU* url, std::string& problem) {
  Url parts;
  parts.scheme = part(url, CURLUPART_SCHEME);
  parts.host = part(url, CURLUPART_HOST);
  std::transform(parts.host.begin(), parts.host.end(), parts.host.begin(),
                 [](unsigned char c) { return char(std::tolower(c)); });
  parts.port = part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
  if (parts.scheme != "http" && parts.scheme != "https")
    problem = "expected http or https, got " + parts.scheme;
  else if (!part(url, CURLUPART_USER).empty() || !part(url, CURLUPART_PASSWORD).empty())
    problem = "expected no user name or password in the address";
  else
    parts.text = part(url, CURLUPART_URL);
  return parts;
}

}  // namespace

bool Url::is_loopback() const {
  return host == "localhost" || host == "[::1]" || host.starts_with("127.");
}

Url parse_url(std::string_view text) {
  const CurlUrl url(curl_url(), &curl_url_cleanup);
  if (curl_url_set(url.get(), CURLUPART_URL, std::string(text).c_str(), 0) != CURLUE_OK)
    base::throw_error<base::UsageError>("expected an http(s) address, got '{}'", text);
  std::string problem;
  Url parts = take_apart(url.get(), problem);
  if (!problem.empty()) throw base::UsageError(fmt::format("address refused: {}", problem));
  return parts;
}

Url redirect_target(const Url& from, std::string_view location) {
  const CurlUrl url(curl_url(), &curl_url_cleanup);
  if (curl_url_set(url.get(), CURLUPART_URL, from.text.c_str(), 0) != CURLUE_OK ||
      curl_url_set(url.get(), CURLUPART_URL, std::string(location).c_str(), 0) != CURLUE_OK)
    base::throw_error<base::NetworkError>("{}: redirect refused: expected an http(s) address",
                                          from.text);
  std::string problem;
  Url parts = take_apart(url.get(), problem);
  if (problem.empty() && from.scheme == "https" && parts.scheme == "http")
    problem = "expected https, got http (" + parts.host + ")";
  if (!problem.empty())
    base::throw_error<base::NetworkError>("{}: redirect refused: {}", from.text, problem);
  return parts;
}

std::string percent_encode(std::string_view text, bool keep_slash) {
  std::string encoded;
  for (const unsigned char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~' || (c == '/' && keep_slash);
    if (plain)
      encoded += char(c);
    else
      encoded += fmt::format("%{:02X}", c);
  }
  return encoded;
}

}  // namespace clipguide::weights
