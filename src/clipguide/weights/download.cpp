#include "clipguide/weights/download.h"

#include <charconv>

#include "clipguide/weights/file_lock.h"
#include "clipguide/weights/partial_file.h"

namespace clipguide::weights {
namespace {

namespace fs = std::filesystem;

// Bytes that are not the file's: worth a second whole try, not more.
class WrongContent : public TransferError {
 public:
  explicit WrongContent(const std::string& message) : TransferError(message, false) {}
};

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "bytes 100-199/200": where the part starts, and the size of the whole unless it is '*'.
struct ContentRange {
  std::uint64_t first = 0;
  std::optional<std::uint64_t> whole;
};

std::optional<ContentRange> parse_content_range(const std::string* header) {
  if (!header || !header->starts_with("bytes ")) return std::nullopt;
  const std::string_view text = std::string_view(*header).substr(6);
  const auto dash = text.find('-'), slash = text.find('/');
  if (dash == std::string_view::npos || slash == std::string_view::npos) return std::nullopt;
  const auto first = parse_number(text.substr(0, dash));
  if (!first) return std::nullopt;
  return ContentRange{*first, parse_number(text.substr(slash + 1))};
}

// One file being fetched: the requests, and what to make of the answers.
class Fetch {
 public:
  Fetch(const Download& file, HttpClient& client, PartialFile& partial)
      : file_(file), client_(client), partial_(partial), total_bytes_(file.size_bytes) {}

  void attempt() {
    if (total_bytes_ && partial_.size_bytes() > *total_bytes_) partial_.restart();
    if (total_bytes_ && *total_bytes_ > 0 && partial_.size_bytes() == *total_bytes_) return;

    // Ask for what is missing.
    const std::uint64_t offset = partial_.size_bytes();
    HttpRequest request{.head = false, .url = file_.url, .token = file_.token, .headers = {}};
    if (offset > 0) {
      request.headers.push_back(fmt::format("Range: bytes={}-", offset));
      if (!partial_.validator().empty())
        request.headers.push_back("If-Range: " + partial_.validator());
    }
    started_ = false;
    const HttpResponse response = client_.request(
        request, [&](const HttpResponse& hop) { return check_hop(hop), true; },
        [&](const HttpResponse& head, std::span<const std::byte> bytes) { take(head, bytes); });

    // Make sure that it was all of it.
    if (response.status == 416 && offset > 0) {
      partial_.restart();
      throw TransferError(fmt::format("{}: status 416, starting over", file_.url), true, 416);
    }
    if (response.status != 200 && response.status != 206) throw status_error(response);
    if (total_bytes_ && partial_.size_bytes() < *total_bytes_)
      throw TransferError(fmt::format("{}: expected {} bytes, the connection ended after {}",
                                      file_.label, *total_bytes_, partial_.size_bytes()),
                          true);
  }

 private:
  void check_hop(const HttpResponse& hop) const {
    if (!file_.from_hub || hop.status >= 400) return;
    const std::string* etag = hop.header("x-linked-etag");
    if (!etag && !hop.is_redirect() && hop.url.origin() == parse_url(file_.url).origin())
      etag = hop.header("etag");
    if (!etag) return;
    std::string_view text = *etag;
    if (text.starts_with("W/")) text.remove_prefix(2);
    if (text.size() >= 2 && text.front() == '"') text = text.substr(1, text.size() - 2);
    if (Checksum::from_hex(text) && text != file_.checksum.hex)
      throw ChangedOnServer(fmt::format("{}: changed while downloading: expected {}, got {}",
                                        file_.label, file_.checksum.hex, text));
  }

  // The head of the answer decides whether it continues what is there.
  void begin(const HttpResponse& head) {
    started_ = true;
    std::optional<std::uint64_t> whole;
    if (head.status == 206) {
      const auto range = parse_content_range(head.header("content-range"));
      if (!range || range->first != partial_.size_bytes()) {
        partial_.restart();
        throw TransferError(fmt::format("{}: the server sent another range than asked for, "
                                        "starting over",
                                        file_.label),
                            true);
      }
      whole = range->whole;
    } else {
      if (partial_.size_bytes() > 0) partial_.restart();
      if (const std::string* length = head.header("content-length")) whole = parse_number(*length);
    }
    if (whole && file_.size_bytes && *whole != *file_.size_bytes)
      throw WrongContent(fmt::format("{}: expected {} bytes, the server has {}", file_.label,
                                     *file_.size_bytes, *whole));
    if (!total_bytes_) total_bytes_ = whole;
    const std::string* etag = head.header("etag");
    partial_.set_validator(etag && etag->starts_with('"') ? *etag : std::string());
  }

  void take(const HttpResponse& head, std::span<const std::byte> bytes) {
    // The body of the hop is told to us before the hop itself: look at its head first.
    if (!started_) check_hop(head), begin(head);
    if (total_bytes_ && partial_.size_bytes() + bytes.size() > *total_bytes_)
      throw WrongContent(
          fmt::format("{}: expected {} bytes, got more", file_.label, *total_bytes_));
    partial_.append(bytes);
    if (client_.hooks().progress)
      client_.hooks().progress({file_.label, partial_.size_bytes(), total_bytes_.value_or(0)});
  }

  const Download& file_;
  HttpClient& client_;
  PartialFile& partial_;
  std::optional<std::uint64_t> total_bytes_;
  bool started_ = false;
};

bool is_there(const Download& file, const TransferHooks& hooks) {
  std::error_code failure;
  const std::uint64_t size_bytes = fs::file_size(file.target, failure);
  if (failure || (file.size_bytes && size_bytes != *file.size_bytes)) return false;
  if (!file.rehash_existing) return true;
  const std::string digest =
      digest_file(file.target, file.checksum.kind, [&](std::uint64_t) { check_stop(hooks); });
  if (digest == file.checksum.hex) return true;
  base::log(hooks.log, base::LogLevel::warning,
            fmt::format("{}: expected {} {}, got {}; fetching it anew", file.label,
                        file.checksum.kind_name(), file.checksum.hex, digest));
  return false;
}

void check_space(const Download& file, std::uint64_t there_bytes) {
  std::error_code failure;
  const fs::space_info space = fs::space(file.target.parent_path(), failure);
  if (failure || !file.size_bytes || *file.size_bytes <= there_bytes) return;
  if (space.available < *file.size_bytes - there_bytes)
    throw base::IoError(
        fmt::format("{}: expected {} MB of free disk space in {}, got {} MB", file.label,
                    (*file.size_bytes - there_bytes) / 1'000'000,
                    file.target.parent_path().string(), space.available / 1'000'000),
        "free some, or choose another place with HF_HUB_CACHE, XDG_CACHE_HOME");
}

// Fetches the rest and compares the checksum; leaves nothing behind that does not fit.
void fetch_and_verify(const Download& file, HttpClient& client, PartialFile& partial) {
  Fetch fetch(file, client, partial);
  try {
    with_retries(
        client, [&] { fetch.attempt(); }, [&] { return partial.size_bytes(); });
    const std::string digest = partial.finish_digest();
    if (digest != file.checksum.hex)
      throw WrongContent(fmt::format("{}: expected {} {}, got {}", file.label,
                                     file.checksum.kind_name(), file.checksum.hex, digest));
  } catch (const WrongContent&) {
    partial.discard();
    throw;
  } catch (const ChangedOnServer&) {
    partial.discard();
    throw;
  }
}

}  // namespace

bool download(const Download& file, HttpClient& client) {
  std::error_code failure;
  fs::create_directories(file.target.parent_path(), failure);
  if (failure)
    base::throw_error<base::IoError>("{}: cannot create: {}", file.target.parent_path().string(),
                                     failure.message());
  const FileLock lock(file.lock, client.hooks());
  if (is_there(file, client.hooks())) return false;
  for (bool second = false;; second = true) {
    PartialFile partial(file.target, file.checksum.kind, file.size_bytes, client.hooks());
    check_space(file, partial.size_bytes());
    try {
      fetch_and_verify(file, client, partial);
      partial.publish();
      return true;
    } catch (const WrongContent& error) {
      if (second) throw;
      base::log(client.hooks().log, base::LogLevel::warning,
                fmt::format("{}; fetching it once more", error.what()));
    }
  }
}

}  // namespace clipguide::weights
