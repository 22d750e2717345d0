#include "clipguide/weights/checksum.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <vector>

#include "clipguide/base/error.h"

namespace clipguide::weights {

std::optional<Checksum> Checksum::from_hex(std::string_view hex) {
  if (hex.size() != 64 && hex.size() != 40) return std::nullopt;
  const bool all_hex = std::all_of(hex.begin(), hex.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
  if (!all_hex) return std::nullopt;
  return Checksum{hex.size() == 64 ? Kind::sha256 : Kind::git_sha1, std::string(hex)};
}

struct Digest::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

Digest::Digest(Checksum::Kind kind, std::uint64_t size_bytes) : state_(std::make_unique<State>()) {
  const EVP_MD* algorithm = kind == Checksum::Kind::sha256 ? EVP_sha256() : EVP_sha1();
  if (!state_->context || EVP_DigestInit_ex(state_->context, algorithm, nullptr) != 1)
    throw base::Error("OpenSSL offers no sha256 or sha1");
  if (kind == Checksum::Kind::git_sha1) {
    const std::string header = fmt::format("blob {}", size_bytes);
    add(std::as_bytes(std::span(header.c_str(), header.size() + 1)));  // with its final NUL
  }
}

Digest::~Digest() = default;
Digest::Digest(Digest&&) noexcept = default;
Digest& Digest::operator=(Digest&&) noexcept = default;

void Digest::add(std::span<const std::byte> bytes) {
  EVP_DigestUpdate(state_->context, bytes.data(), bytes.size());
}

std::string Digest::finish() {
  unsigned char raw[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_DigestFinal_ex(state_->context, raw, &size);
  std::string hex;
  for (unsigned i = 0; i < size; ++i) hex += fmt::format("{:02x}", raw[i]);
  return hex;
}

std::string sha256_of(std::string_view bytes) {
  Digest digest(Checksum::Kind::sha256, bytes.size());
  digest.add(std::as_bytes(std::span(bytes)));
  return digest.finish();
}

std::string digest_file(const std::filesystem::path& path, Checksum::Kind kind,
                        const std::function<void(std::uint64_t)>& progress) {
  std::error_code failure;
  const std::uint64_t size_bytes = std::filesystem::file_size(path, failure);
  std::ifstream file(path, std::ios::binary);
  if (failure || !file)
    base::throw_error<base::IoError>("{}: cannot read: {}", path.string(),
                                     failure ? failure.message() : std::strerror(errno));
  Digest digest(kind, size_bytes);
  std::vector<char> chunk(1 << 20);
  std::uint64_t done_bytes = 0;
  while (file.read(chunk.data(), std::streamsize(chunk.size())), file.gcount() > 0) {
    digest.add(std::as_bytes(std::span(chunk.data(), std::size_t(file.gcount()))));
    done_bytes += std::uint64_t(file.gcount());
    if (progress) progress(done_bytes);
  }
  if (file.bad()) base::throw_error<base::IoError>("{}: cannot read", path.string());
  return digest.finish();
}

}  // namespace clipguide::weights
