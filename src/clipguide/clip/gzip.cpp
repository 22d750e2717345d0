#include "clipguide/clip/gzip.h"

#include <zlib.h>

#include <algorithm>

#include "clipguide/base/error.h"

namespace clipguide::clip {
namespace {

class Inflater {
 public:
  Inflater() {
    constexpr int kGzipOnly = 16;
    if (inflateInit2(&stream_, MAX_WBITS + kGzipOnly) != Z_OK)
      throw base::Error("zlib: cannot start");
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  z_stream* operator->() { return &stream_; }
  z_stream* get() { return &stream_; }

 private:
  z_stream stream_{};
};

}  // namespace

bool is_gzip(std::string_view content) { return content.starts_with("\x1f\x8b"); }

std::string unpack_gzip(std::string_view content, std::size_t limit_bytes,
                        const std::string& name) {
  Inflater inflater;
  inflater->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  inflater->avail_in = uInt(content.size());
  std::string text;
  char chunk[65536];
  for (;;) {
    inflater->next_out = reinterpret_cast<Bytef*>(chunk);
    inflater->avail_out = sizeof chunk;
    const int status = inflate(inflater.get(), Z_NO_FLUSH);
    text.append(chunk, sizeof chunk - inflater->avail_out);
    if (text.size() > limit_bytes)
      base::throw_error<base::LimitError>("{}: expected at most {} bytes unpacked, got more", name,
                                          limit_bytes);
    if (status == Z_STREAM_END) {
      if (inflater->avail_in == 0) return text;
      inflateReset(inflater.get());
    } else if (status != Z_OK) {
      base::throw_error<base::FormatError>(
          "{}: line {}: expected whole gzip data, got {}", name,
          std::count(text.begin(), text.end(), '\n') + 1,
          status == Z_BUF_ERROR ? "its end early" : "damaged data");
    }
  }
}

}  // namespace clipguide::clip
