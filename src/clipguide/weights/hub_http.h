#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "clipguide/base/error.h"
#include "clipguide/weights/hub_settings.h"
#include "clipguide/weights/url.h"

/// HTTP as downloads need it: over libcurl, but redirects, tokens and retries are ours to decide.
namespace clipguide::weights {

/// A transfer that failed. `transient` ones are worth another try.
class TransferError : public base::NetworkError {
 public:
  TransferError(const std::string& message, bool transient, int status = 0, std::string hint = {})
      : NetworkError(message, std::move(hint)), transient_(transient), status_(status) {}
  bool transient() const { return transient_; }
  int status() const { return status_; }  ///< HTTP status, 0 when it never came to one
  std::optional<std::chrono::seconds> retry_after;
  std::string error_code;  ///< the hub's X-Error-Code: EntryNotFound, RepoNotFound, GatedRepo ..

 private:
  bool transient_;
  int status_;
};

struct HttpRequest {
  bool head = false;  ///< HEAD, else GET
  std::string url;
  std::string token;                 ///< bearer token for the url's own origin, or empty
  std::vector<std::string> headers;  ///< "Name: value"
};

struct HttpResponse {
  int status = 0;
  Url url;                                     ///< the hop that answered
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::optional<std::chrono::seconds> retry_after;

  const std::string* header(const std::string& lower_case_name) const;
  bool is_redirect() const { return status >= 300 && status < 400 && header("location"); }
};

/// Gets the content of a 200 or 206 as it comes; called at least once, with nothing, for an empty
/// one. May throw to end the transfer.
using BodySink = std::function<void(const HttpResponse&, std::span<const std::byte>)>;
/// Sees the head of every hop, redirects too; returns false when that is all the caller wanted.
using HopSink = std::function<bool(const HttpResponse&)>;

/// One connection pool. Not for several threads at once.
class HttpClient {
 public:
  HttpClient(const HubSettings& settings, TransferHooks hooks);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Follows redirects: the token stays with the origin it was meant for and is not taken up again
  /// after another one; https never leads to http; at most `max_redirects`, none of them twice.
  /// Plain http is spoken to loopback hosts and to an endpoint that says http itself.
  ///   returns  the last hop; its status may be any, redirects only if `hop` ended it there
  ///   throws   TransferError, Interrupted, and whatever the sinks throw
  HttpResponse request(const HttpRequest& request, const HopSink& hop = {},
                       const BodySink& body = {});

  const TransferHooks& hooks() const { return hooks_; }
  const TransferLimits& limits() const { return limits_; }

 private:
  struct Handles;
  HttpResponse exchange(const HttpRequest& request, const Url& url, const BodySink& body);
  void check_plain_http(const Url& url) const;

  TransferLimits limits_;
  TransferHooks hooks_;
  std::string endpoint_origin_;
  std::string user_agent_;
  std::unique_ptr<Handles> handles_;
};

/// The error that a status other than 2xx stands for.
TransferError status_error(const HttpResponse& response);

/// Tries until it works: again after transient TransferErrors, waiting longer each time or as long
/// as Retry-After asks, until `limits.max_attempts` in a row have failed. `position` tells how many
/// bytes are there: an attempt that brought a mebibyte more does not count as failed.
void with_retries(const HttpClient& client, const std::function<void()>& attempt,
                  const std::function<std::uint64_t()>& position = {});

}  // namespace clipguide::weights
