#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace clipguide::test {

struct SeenRequest {
  std::string method;
  std::string target;
  std::map<std::string, std::string> headers;  ///< names in lower case
  unsigned port = 0;                           ///< which of the two ports it came to

  std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string() : found->second;
  }
};

/// One answer, and what goes wrong with it.
struct Reply {
  unsigned status = 200;
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
  /// Send only so much of the body that the head promises ..
  std::size_t cut_after_bytes = std::size_t(-1);
  /// .. and then close the connection, or leave it open in silence.
  bool then_hang = false;
  /// Promise no length at all: the body ends with the connection.
  bool without_length = false;
  /// Trickle: a pause after each piece of so many bytes.
  std::size_t piece_bytes = 0;
  unsigned pause_ms = 0;
};

/// A small Hugging Face hub on a loopback port, in a thread of this process. Large files are
/// redirected to a "content server": the same machine by another port and, if wished, host name.
class HubServer {
 public:
  static constexpr const char* kCommit = "0123456789abcdef0123456789abcdef01234567";

  HubServer();
  ~HubServer();

  std::string endpoint() const;          ///< http://127.0.0.1:port
  std::string content_endpoint() const;  ///< http://localhost:other-port
  unsigned content_port() const;

  /// A file of a repository; `large` ones go by sha256 and by way of the content server, others by
  /// their git blob id.
  void add(const std::string& repo, const std::string& file, std::string content, bool large);

  /// Sees every request first; what it returns is sent instead of the hub's own answer.
  using Interceptor = std::function<std::optional<Reply>(const SeenRequest&)>;
  void intercept(Interceptor interceptor);

  /// The hub's own answer, for interceptors that change only a part of it.
  Reply answer(const SeenRequest& request) const;

  std::vector<SeenRequest> requests() const;
  std::vector<SeenRequest> requests(const std::string& method, const std::string& part) const;
  void forget_requests();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

std::string sha256_of(const std::string& content);
std::string git_sha1_of(const std::string& content);

}  // namespace clipguide::test
