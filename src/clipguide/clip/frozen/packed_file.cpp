#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <span>
#include <system_error>
#include <utility>

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"
#include "clipguide/base/parallel.h"
#include "clipguide/clip/frozen/weight_packer.h"

/// The file of packed weights:
///   head    magic, bytes of the table, its checksum
///   table   JSON: the key, and for every entry its pieces, with a checksum for each stretch
///   rest    from a whole page on, the pieces, each on a line of its own, then a page of zeros, for
///           kernels that read a row too far
namespace clipguide::clip::frozen {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct Head {
  char magic[8];
  std::uint64_t table_bytes, table_checksum, file_bytes;
};
constexpr char kMagic[8] = {'c', 'l', 'i', 'p', 'p', 'a', 'c', '1'};
constexpr std::size_t kAlignment = 64, kPage = 4096, kStretch = std::size_t(4) << 20;

std::size_t round_up_to(std::size_t bytes, std::size_t of) { return (bytes + of - 1) / of * of; }

std::uint64_t word_at(const std::byte* from, std::size_t bytes = sizeof(std::uint64_t)) {
  std::uint64_t word = 0;
  std::memcpy(&word, from, bytes);
  return word;
}

// Every bit counts: a multiplication by an odd number loses none. In chains side by side, which do
// not wait for one another.
std::uint64_t checksum(const std::byte* data, std::size_t bytes) {
  constexpr std::uint64_t kPrime = 0x9E3779B97F4A7C15u;
  constexpr std::size_t kChains = 8, kWord = sizeof(std::uint64_t);
  std::uint64_t chains[kChains] = {1, 2, 3, 4, 5, 6, 7, bytes};
  std::size_t at = 0;
  for (; at + kChains * kWord <= bytes; at += kChains * kWord)
    for (std::size_t i = 0; i < kChains; ++i)
      chains[i] = (chains[i] ^ word_at(data + at + i * kWord)) * kPrime;
  for (; at < bytes; at += kWord)
    chains[0] = (chains[0] ^ word_at(data + at, std::min(kWord, bytes - at))) * kPrime;
  std::uint64_t sum = 0;
  for (const std::uint64_t chain : chains) sum = (sum ^ chain ^ chain >> 32) * kPrime;
  return sum;
}

/// One piece of the rest: a weight, a bias or a vector.
struct Piece {
  const std::byte* data = nullptr;
  std::size_t bytes = 0, at = 0;
  std::vector<std::uint64_t> checksums = {};  // of its stretches
};

std::vector<std::uint64_t> checksums_of(const Piece& piece) {
  std::vector<std::uint64_t> sums;
  for (std::size_t first = 0; first < piece.bytes; first += kStretch)
    sums.push_back(checksum(piece.data + first, std::min(kStretch, piece.bytes - first)));
  return sums;
}

/// All pieces of the entries, one behind the other.
std::vector<Piece> lay_out(const std::vector<PackedEntry>& entries, int threads) {
  std::vector<Piece> pieces;
  std::size_t end = 0;
  const auto place = [&](const void* data, std::size_t bytes) {
    pieces.push_back({static_cast<const std::byte*>(data), bytes, end});
    end = round_up_to(end + bytes, kAlignment);
  };
  for (const PackedEntry& entry : entries) {
    if (const auto* values = std::get_if<std::vector<float>>(&entry)) {
      place(values->data(), values->size() * sizeof(float));
      continue;
    }
    const Packed& packed = std::get<Packed>(entry);
    place(packed.matrix.panels().data, packed.weight_bytes);
    place(packed.matrix.bias(), packed.bias_bytes);
  }
  base::run_parallel(std::int64_t(pieces.size()), threads, [&](std::int64_t i) {
    pieces[std::size_t(i)].checksums = checksums_of(pieces[std::size_t(i)]);
  });
  return pieces;
}

json to_json(const Piece& piece) {
  return {{"at", piece.at}, {"bytes", piece.bytes}, {"checksums", piece.checksums}};
}

json to_table(std::string_view key, const std::vector<PackedEntry>& entries,
              const std::vector<Piece>& pieces) {
  json list = json::array();
  std::size_t next = 0;
  for (const PackedEntry& entry : entries) {
    if (std::holds_alternative<std::vector<float>>(entry)) {
      list.push_back({{"vector", to_json(pieces[next++])}});
      continue;
    }
    const Panels& panels = std::get<Packed>(entry).matrix.panels();
    const json weight = to_json(pieces[next++]), bias = to_json(pieces[next++]);
    list.push_back({{"taps", panels.taps},
                    {"depth", panels.depth},
                    {"columns", panels.columns},
                    {"weight", weight},
                    {"bias", bias}});
  }
  return {{"key", key}, {"entries", list}};
}

/// A mapped file whose table is as it was written.
class Reader {
 public:
  Reader(std::shared_ptr<const base::MappedFile> file, std::size_t rest_at)
      : file_(std::move(file)), rest_(file_->bytes().subspan(rest_at)) {}

  std::vector<PackedEntry> entries(const json& table) {
    std::vector<PackedEntry> found;
    for (const json& entry : table.at("entries")) {
      if (entry.contains("vector")) {
        const Piece piece = take(entry.at("vector"));
        std::vector<float> values(piece.bytes / sizeof(float));
        std::memcpy(values.data(), piece.data, values.size() * sizeof(float));
        found.emplace_back(std::move(values));
        continue;
      }
      const Piece weight = take(entry.at("weight")), bias = take(entry.at("bias"));
      const Panels panels{weight.data, entry.at("taps").get<int>(), entry.at("depth").get<int>(),
                          entry.at("columns").get<int>()};
      const auto* const biases = reinterpret_cast<const float*>(bias.data);
      found.emplace_back(Packed{PackedMatrix(panels, bias.bytes ? biases : nullptr, file_),
                                weight.bytes, bias.bytes});
    }
    return found;
  }

  /// Whether all that was taken is as it was written.
  bool is_whole(int threads) const {
    std::atomic<bool> whole = true;
    base::run_parallel(std::int64_t(taken_.size()), threads, [&](std::int64_t i) {
      const Piece& piece = taken_[std::size_t(i)];
      if (whole && checksums_of(piece) != piece.checksums) whole = false;
    });
    return whole;
  }

 private:
  Piece take(const json& from) {
    Piece piece{nullptr, from.at("bytes").get<std::size_t>(), from.at("at").get<std::size_t>(),
                from.at("checksums").get<std::vector<std::uint64_t>>()};
    if (piece.at % kAlignment != 0 || piece.at > rest_.size() ||
        piece.bytes > rest_.size() - piece.at)
      throw base::FormatError("packed weights: expected a piece within the file");
    piece.data = rest_.data() + piece.at;
    taken_.push_back(piece);
    return piece;
  }

  std::shared_ptr<const base::MappedFile> file_;
  std::span<const std::byte> rest_;
  std::vector<Piece> taken_;
};

/// Writes beside the file and takes its place at the end. No fsync: what did not reach the disk in
/// full fails its checksum.
class Replacement {
 public:
  explicit Replacement(const fs::path& file)
      : file_(file), temporary_(file.string() + "." + std::to_string(::getpid()) + ".part") {
    std::error_code ignored;
    fs::create_directories(file.parent_path(), ignored);
    out_.open(temporary_, std::ios::binary | std::ios::trunc);
  }
  ~Replacement() {
    std::error_code ignored;
    if (!kept_) fs::remove(temporary_, ignored);
  }
  void write(const void* data, std::size_t bytes) {
    out_.write(static_cast<const char*>(data), std::streamsize(bytes));
    written_ += bytes;
  }
  void fill_to(std::size_t place) {
    static constexpr char kZeros[kPage] = {};
    while (written_ < place) write(kZeros, std::min(kPage, place - written_));
  }
  void keep() {
    out_.close();
    std::error_code failure;
    if (out_) fs::rename(temporary_, file_, failure);
    if (!out_ || failure)
      base::throw_error<base::IoError>("{}: cannot write the packed weights", file_.string());
    kept_ = true;
  }

 private:
  fs::path file_, temporary_;
  std::ofstream out_;
  std::size_t written_ = 0;
  bool kept_ = false;
};

}  // namespace

std::vector<PackedEntry> open_packed(const fs::path& file, std::string_view key, int threads) {
  std::error_code ignored;
  if (!fs::is_regular_file(file, ignored)) return {};
  try {
    const auto mapped = std::make_shared<const base::MappedFile>(file);
    const std::span<const std::byte> bytes = mapped->bytes();
    Head head;
    if (bytes.size() < sizeof head) return {};
    std::memcpy(&head, bytes.data(), sizeof head);
    const bool whole = std::memcmp(head.magic, kMagic, sizeof kMagic) == 0 &&
                       head.file_bytes == bytes.size() &&
                       head.table_bytes <= bytes.size() - sizeof head;
    if (!whole) return {};
    const std::byte* const text = bytes.data() + sizeof head;
    if (checksum(text, head.table_bytes) != head.table_checksum) return {};
    const json table = json::parse(reinterpret_cast<const char*>(text),
                                   reinterpret_cast<const char*>(text) + head.table_bytes);
    if (table.at("key").get<std::string>() != key) return {};
    const std::size_t rest = round_up_to(sizeof head + head.table_bytes, kPage);
    if (rest > bytes.size()) return {};
    Reader reader(mapped, rest);
    std::vector<PackedEntry> entries = reader.entries(table);
    if (reader.is_whole(threads)) return entries;
  } catch (const json::exception&) {
  } catch (const base::Error&) {
  }
  return {};
}

void write_packed(const fs::path& file, std::string_view key,
                  const std::vector<PackedEntry>& entries, int threads) {
  const std::vector<Piece> pieces = lay_out(entries, threads);
  const std::string table = to_table(key, entries, pieces).dump();
  const std::size_t rest_at = round_up_to(sizeof(Head) + table.size(), kPage);
  const std::size_t rest_bytes = pieces.empty() ? 0 : pieces.back().at + pieces.back().bytes;
  Head head{{},
            table.size(),
            checksum(reinterpret_cast<const std::byte*>(table.data()), table.size()),
            rest_at + rest_bytes + kPage};
  std::memcpy(head.magic, kMagic, sizeof kMagic);
  Replacement out(file);
  out.write(&head, sizeof head);
  out.write(table.data(), table.size());
  for (const Piece& piece : pieces) {
    out.fill_to(rest_at + piece.at);
    out.write(piece.data, piece.bytes);
  }
  out.fill_to(head.file_bytes);
  out.keep();
}

}  // namespace clipguide::clip::frozen
