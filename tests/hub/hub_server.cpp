#include "hub/hub_server.h"

#include <openssl/evp.h>

#include <algorithm>
#include <atomic>
#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>

namespace clipguide::test {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

std::string digest_of(const EVP_MD* algorithm, const std::string& content) {
  unsigned char raw[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_Digest(content.data(), content.size(), raw, &size, algorithm, nullptr);
  std::string hex;
  for (unsigned i = 0; i < size; ++i) {
    constexpr char digits[] = "0123456789abcdef";
    hex += {digits[raw[i] >> 4], digits[raw[i] & 15]};
  }
  return hex;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return char(std::tolower(c)); });
  return text;
}

struct StoredFile {
  std::string content;
  std::string etag;
  bool large = false;
};

// "bytes=100-" cuts the front off a reply, as long as If-Range fits.
void apply_range(const SeenRequest& request, const std::string& etag, Reply& reply) {
  const std::string range = request.header("range");
  const std::string if_range = request.header("if-range");
  if (!range.starts_with("bytes=") || (!if_range.empty() && if_range != etag)) return;
  const std::size_t first = std::stoull(range.substr(6)), whole = reply.body.size();
  if (first >= whole) {
    reply = {.status = 416, .headers = {{"Content-Range", "bytes */" + std::to_string(whole)}}};
    return;
  }
  reply.status = 206;
  reply.headers.emplace_back("Content-Range", "bytes " + std::to_string(first) + "-" +
                                                  std::to_string(whole - 1) + "/" +
                                                  std::to_string(whole));
  reply.body.erase(0, first);
}

}  // namespace

std::string sha256_of(const std::string& content) { return digest_of(EVP_sha256(), content); }

std::string git_sha1_of(const std::string& content) {
  return digest_of(EVP_sha1(),
                   "blob " + std::to_string(content.size()) + std::string(1, '\0') + content);
}

struct HubServer::Impl {
  asio::io_context context;
  tcp::acceptor hub{context, {asio::ip::make_address("127.0.0.1"), 0}};
  tcp::acceptor content{context, {asio::ip::make_address("127.0.0.1"), 0}};
  mutable std::mutex mutex;
  std::condition_variable stopping;
  bool stopped = false;
  std::map<std::string, StoredFile> files;  // "org/name/file"
  Interceptor interceptor;
  std::vector<SeenRequest> seen;
  std::list<tcp::socket> sockets;
  std::vector<std::thread> threads;

  void accept_all(tcp::acceptor& acceptor) {
    for (;;) {
      boost::system::error_code failure;
      tcp::socket socket(context);
      acceptor.accept(socket, failure);
      const std::lock_guard lock(mutex);
      if (stopped || failure) return;
      tcp::socket& kept = sockets.emplace_back(std::move(socket));
      threads.emplace_back(
          [this, &kept, port = acceptor.local_endpoint().port()] { serve(kept, port); });
    }
  }

  bool pause(unsigned ms) {  // false when the server is going down
    std::unique_lock lock(mutex);
    return !stopping.wait_for(lock, std::chrono::milliseconds(ms), [this] { return stopped; });
  }

  void serve(tcp::socket& socket, unsigned port);
  bool send(tcp::socket& socket, const Reply& reply, bool head);
};

void HubServer::Impl::serve(tcp::socket& socket, unsigned port) {
  beast::flat_buffer buffer;
  for (;;) {
    http::request<http::string_body> request;
    boost::system::error_code failure;
    http::read(socket, buffer, request, failure);
    if (failure) return;
    SeenRequest seen_request;
    seen_request.method = std::string(request.method_string());
    seen_request.target = std::string(request.target());
    seen_request.port = port;
    for (const auto& field : request)
      seen_request.headers[lower(std::string(field.name_string()))] = std::string(field.value());
    Interceptor first;
    {
      const std::lock_guard lock(mutex);
      seen.push_back(seen_request);
      first = interceptor;
    }
    std::optional<Reply> reply = first ? first(seen_request) : std::nullopt;
    if (!reply) return;  // never: the constructor's interceptor answers everything
    if (!send(socket, *reply, seen_request.method == "HEAD")) {
      socket.shutdown(tcp::socket::shutdown_both, failure);
      return;
    }
  }
}

bool HubServer::Impl::send(tcp::socket& socket, const Reply& reply, bool head) {
  std::string text = "HTTP/1.1 " + std::to_string(reply.status) + " Reply\r\n";
  bool has_length = reply.without_length;
  for (const auto& [name, value] : reply.headers) {
    text += name + ": " + value + "\r\n";
    has_length |= lower(name) == "content-length";
  }
  if (!has_length) text += "Content-Length: " + std::to_string(reply.body.size()) + "\r\n";
  text += "\r\n";
  boost::system::error_code failure;
  asio::write(socket, asio::buffer(text), failure);
  if (failure) return false;
  if (head) return !reply.then_hang || (pause(60'000), false);
  const std::string body = reply.body.substr(0, reply.cut_after_bytes);
  const std::size_t piece =
      reply.piece_bytes > 0 ? reply.piece_bytes : std::max<std::size_t>(body.size(), 1);
  for (std::size_t at = 0; at < body.size(); at += piece) {
    asio::write(socket, asio::buffer(body.data() + at, std::min(piece, body.size() - at)), failure);
    if (failure || (reply.pause_ms > 0 && !pause(reply.pause_ms))) return false;
  }
  if (reply.then_hang) pause(60'000);
  return body.size() == reply.body.size() && !reply.then_hang && !reply.without_length;
}

HubServer::HubServer() : impl_(std::make_unique<Impl>()) {
  intercept({});
  for (tcp::acceptor* acceptor : {&impl_->hub, &impl_->content}) {
    std::thread thread([this, acceptor] { impl_->accept_all(*acceptor); });
    const std::lock_guard lock(impl_->mutex);
    impl_->threads.push_back(std::move(thread));
  }
}

HubServer::~HubServer() {
  std::vector<std::thread> threads;
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopped = true;
    boost::system::error_code ignored;
    for (tcp::socket& socket : impl_->sockets) socket.shutdown(tcp::socket::shutdown_both, ignored);
    // A blocked accept() ends when its socket is shut down.
    for (tcp::acceptor* acceptor : {&impl_->hub, &impl_->content})
      ::shutdown(acceptor->native_handle(), SHUT_RDWR);
    threads.swap(impl_->threads);
  }
  impl_->stopping.notify_all();
  for (std::thread& thread : threads) thread.join();
}

std::string HubServer::endpoint() const {
  return "http://127.0.0.1:" + std::to_string(impl_->hub.local_endpoint().port());
}

std::string HubServer::content_endpoint() const {
  return "http://localhost:" + std::to_string(content_port());
}

unsigned HubServer::content_port() const { return impl_->content.local_endpoint().port(); }

void HubServer::add(const std::string& repo, const std::string& file, std::string content,
                    bool large) {
  std::string etag = large ? sha256_of(content) : git_sha1_of(content);
  const std::lock_guard lock(impl_->mutex);
  impl_->files[repo + "/" + file] = {std::move(content), std::move(etag), large};
}

void HubServer::intercept(Interceptor interceptor) {
  const std::lock_guard lock(impl_->mutex);
  impl_->interceptor = [this, interceptor = std::move(interceptor)](const SeenRequest& request) {
    std::optional<Reply> reply = interceptor ? interceptor(request) : std::nullopt;
    return reply ? reply : answer(request);
  };
}

Reply HubServer::answer(const SeenRequest& request) const {
  const std::lock_guard lock(impl_->mutex);

  // The content server: /content/<sha256>, with an ETag of its own kind.
  if (request.target.starts_with("/content/")) {
    for (const auto& [name, file] : impl_->files) {
      if (request.target != "/content/" + file.etag) continue;
      const std::string etag = "\"part-" + file.etag.substr(0, 8) + "\"";
      Reply reply{.headers = {{"ETag", etag}}, .body = file.content};
      apply_range(request, etag, reply);
      return reply;
    }
    return {.status = 404};
  }

  // The hub: /org/name/resolve/<revision>/<file>.
  const auto split = request.target.find("/resolve/");
  const std::string repo = split == std::string::npos ? "" : request.target.substr(1, split - 1);
  const bool known = std::any_of(impl_->files.begin(), impl_->files.end(), [&](const auto& file) {
    return file.first.starts_with(repo + "/");
  });
  if (repo.empty() || !known) return {.status = 401, .headers = {{"X-Error-Code", "RepoNotFound"}}};
  const std::string rest = request.target.substr(split + 9);
  const std::string revision = rest.substr(0, rest.find('/'));
  if (revision != "main" && revision != kCommit)
    return {.status = 404, .headers = {{"X-Error-Code", "RevisionNotFound"}}};
  const auto found = impl_->files.find(repo + rest.substr(rest.find('/')));
  if (found == impl_->files.end())
    return {.status = 404,
            .headers = {{"X-Error-Code", "EntryNotFound"}, {"X-Repo-Commit", kCommit}}};
  const StoredFile& file = found->second;
  const std::string etag = "\"" + file.etag + "\"";
  if (file.large)
    return {.status = 302,
            .headers = {{"X-Repo-Commit", kCommit},
                        {"X-Linked-Etag", etag},
                        {"X-Linked-Size", std::to_string(file.content.size())},
                        {"Location", content_endpoint() + "/content/" + file.etag}},
            .body = "Found. Redirecting"};
  Reply reply{.headers = {{"X-Repo-Commit", kCommit}, {"ETag", "W/" + etag}}, .body = file.content};
  apply_range(request, "", reply);
  return reply;
}

std::vector<SeenRequest> HubServer::requests() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->seen;
}

std::vector<SeenRequest> HubServer::requests(const std::string& method,
                                             const std::string& part) const {
  std::vector<SeenRequest> matching;
  for (SeenRequest& request : requests())
    if (request.method == method && request.target.find(part) != std::string::npos)
      matching.push_back(std::move(request));
  return matching;
}

void HubServer::forget_requests() {
  const std::lock_guard lock(impl_->mutex);
  impl_->seen.clear();
}

}  // namespace clipguide::test
