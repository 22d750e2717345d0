#include "clipguide/weights/hub_http.h"

#include <curl/curl.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <set>

#include "clipguide/base/trim.h"

namespace clipguide::weights {
namespace {

using Clock = std::chrono::steady_clock;

// What is read of a body nobody wants, so that the connection can be used again.
constexpr std::uint64_t kUnwantedBytes = 1 << 16;

// One request on its way: what curl's C callbacks work on.
struct Exchange {
  HttpResponse response;
  const BodySink* body = nullptr;
  std::exception_ptr failure;  // thrown by a sink, rethrown once curl is out of the way
  std::uint64_t received_bytes = 0;
  std::uint64_t unwanted_bytes = 0;

  bool wants_body() const {
    return body && *body && (response.status == 200 || response.status == 206);
  }
};

std::size_t take_header(char* data, std::size_t, std::size_t size, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  const std::string_view line(data, size);
  exchange.received_bytes += size;
  if (line.starts_with("HTTP/")) {  // a new head: after 100 Continue, or a proxy's own
    exchange.response.headers.clear();
    const auto space = line.find(' ');
    exchange.response.status =
        space == std::string_view::npos ? 0 : std::atoi(std::string(line.substr(space)).c_str());
  } else if (const auto colon = line.find(':'); colon != std::string_view::npos) {
    std::string name(line.substr(0, colon));
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return char(std::tolower(c)); });
    exchange.response.headers[name] = base::trimmed(line.substr(colon + 1));
  }
  return size;
}

std::size_t take_body(char* data, std::size_t, std::size_t size, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  exchange.received_bytes += size;
  if (!exchange.wants_body()) {  // the text of an error or a redirect: only its status matters
    exchange.unwanted_bytes += size;
    return exchange.unwanted_bytes <= kUnwantedBytes ? size : 0;
  }
  try {
    (*exchange.body)(exchange.response, std::as_bytes(std::span(data, size)));
    return size;
  } catch (...) {
    exchange.failure = std::current_exception();
    return 0;
  }
}

// Failures that another attempt will not change: certificates, addresses, protocols.
bool is_final(CURLcode code) {
  switch (code) {
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_OUT_OF_MEMORY:
      return true;
    default:
      return false;
  }
}

// Too few bytes over one window means that the transfer hangs.
class StallWatch {
 public:
  explicit StallWatch(const TransferLimits& limits) : limits_(limits) {}

  bool is_stalled(std::uint64_t received_bytes) {
    const auto now = Clock::now();
    if (now - window_start_ < limits_.stall_window) return false;
    const double window_s = std::chrono::duration<double>(now - window_start_).count();
    const double speed = double(received_bytes - window_bytes_) / window_s;
    window_start_ = now;
    window_bytes_ = received_bytes;
    return speed < limits_.low_speed_bytes_per_s;
  }

 private:
  const TransferLimits& limits_;
  Clock::time_point window_start_ = Clock::now();
  std::uint64_t window_bytes_ = 0;
};

struct HeaderList {
  curl_slist* list = nullptr;
  void add(const std::string& line) { list = curl_slist_append(list, line.c_str()); }
  ~HeaderList() { curl_slist_free_all(list); }
};

void start_curl_once() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

}  // namespace

const std::string* HttpResponse::header(const std::string& lower_case_name) const {
  const auto found = headers.find(lower_case_name);
  return found == headers.end() ? nullptr : &found->second;
}

struct HttpClient::Handles {
  CURLM* multi = curl_multi_init();
  CURL* easy = curl_easy_init();
  ~Handles() {
    curl_easy_cleanup(easy);
    curl_multi_cleanup(multi);
  }
};

HttpClient::HttpClient(const HubSettings& settings, TransferHooks hooks)
    : limits_(settings.limits),
      hooks_(std::move(hooks)),
      endpoint_origin_(parse_url(settings.endpoint).origin()),
      user_agent_(settings.user_agent) {
  start_curl_once();
  handles_ = std::make_unique<Handles>();
  if (!handles_->multi || !handles_->easy) throw base::NetworkError("libcurl does not start");
}

HttpClient::~HttpClient() = default;

void HttpClient::check_plain_http(const Url& url) const {
  if (url.scheme == "https" || url.is_loopback() || url.origin() == endpoint_origin_) return;
  throw TransferError(fmt::format("{}: expected https, got http", url.text), false);
}

HttpResponse HttpClient::request(const HttpRequest& request, const HopSink& hop,
                                 const BodySink& body) {
  HttpRequest next = request;
  Url url = parse_url(request.url);
  check_plain_http(url);
  std::set<std::string> seen;
  for (int redirects = 0;; ++redirects) {
    if (!seen.insert(url.text).second)
      throw TransferError(fmt::format("{}: redirect loop through {}", request.url, url.text),
                          false);
    if (redirects > limits_.max_redirects)
      throw TransferError(fmt::format("{}: expected at most {} redirects, got more", request.url,
                                      limits_.max_redirects),
                          false);

    // Ask this hop.
    HttpResponse response = exchange(next, url, body);
    if ((hop && !hop(response)) || !response.is_redirect()) return response;

    // Go where it points; a token was for the first origin only.
    Url target = redirect_target(url, *response.header("location"));
    if (target.origin() != url.origin()) next.token.clear();
    url = std::move(target);
  }
}

HttpResponse HttpClient::exchange(const HttpRequest& request, const Url& url,
                                  const BodySink& body) {
  CURL* easy = handles_->easy;
  curl_easy_reset(easy);
  Exchange exchange;
  exchange.response.url = url;
  exchange.body = &body;

  // Say what is asked for.
  HeaderList headers;
  for (const std::string& line : request.headers) headers.add(line);
  headers.add("Accept-Encoding: identity");  // ranges and checksums are about the bytes as stored
  if (!request.token.empty()) headers.add("Authorization: Bearer " + request.token);
  char problem[CURL_ERROR_SIZE] = "";
  curl_easy_setopt(easy, CURLOPT_URL, url.text.c_str());
  curl_easy_setopt(easy, CURLOPT_NOBODY, request.head ? 1L : 0L);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.list);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, user_agent_.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, long(limits_.connect_timeout.count()));
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, problem);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &take_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &exchange);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &take_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &exchange);
  if (url.is_loopback()) curl_easy_setopt(easy, CURLOPT_PROXY, "");

  // Let it run, watching for a stop and for a stall. The handle leaves the pool in any case.
  struct Added {
    Handles& handles;
    explicit Added(Handles& h) : handles(h) { curl_multi_add_handle(h.multi, h.easy); }
    ~Added() { curl_multi_remove_handle(handles.multi, handles.easy); }
  } added(*handles_);
  StallWatch watch(limits_);
  CURLcode code = CURLE_OK;
  for (int running = 1; running != 0;) {
    curl_multi_perform(handles_->multi, &running);
    if (running == 0) break;
    check_stop(hooks_);
    if (watch.is_stalled(exchange.received_bytes))
      throw TransferError(
          fmt::format("{}: stalled: less than {} bytes/s for {} s", url.text,
                      limits_.low_speed_bytes_per_s, double(limits_.stall_window.count()) / 1000),
          true);
    curl_multi_poll(handles_->multi, nullptr, 0, 50, nullptr);
  }
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(handles_->multi, &left))
    if (message->msg == CURLMSG_DONE) code = message->data.result;
  if (exchange.failure) std::rethrow_exception(exchange.failure);

  // A body that nobody wanted was cut off on purpose; any other failure is one.
  HttpResponse& response = exchange.response;
  const bool cut_by_us = code == CURLE_WRITE_ERROR && !exchange.wants_body();
  if (code != CURLE_OK && !cut_by_us)
    throw TransferError(
        fmt::format("{}: {}", url.text, *problem ? problem : curl_easy_strerror(code)),
        !is_final(code));
  curl_off_t retry_after_s = 0;
  curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &retry_after_s);
  if (retry_after_s > 0) response.retry_after = std::chrono::seconds(retry_after_s);
  if (!request.head && exchange.wants_body()) body(response, {});
  return std::move(response);
}

TransferError status_error(const HttpResponse& response) {
  const int status = response.status;
  const bool transient = status == 408 || status == 429 || (status >= 500 && status != 501);
  TransferError error(fmt::format("{}: expected status 200, got {}", response.url.text, status),
                      transient, status);
  error.retry_after = response.retry_after;
  if (const std::string* code = response.header("x-error-code")) error.error_code = *code;
  return error;
}

}  // namespace clipguide::weights
