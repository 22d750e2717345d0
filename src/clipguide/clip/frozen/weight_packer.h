#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "clipguide/kernels/packed_matrix.h"

/// Packed weights and the files that keep them from run to run. A plan asks for its weights in an
/// order of its own, always the same; they are packed then and there, or lie in a file that is
/// mapped, where the kernels read them in place.
namespace clipguide::clip::frozen {

using namespace kernels;

/// What was packed, in the order in which it was asked for.
struct Packed {
  PackedMatrix matrix;
  std::size_t weight_bytes = 0, bias_bytes = 0;
};
using PackedEntry = std::variant<Packed, std::vector<float>>;

class WeightPacker {
 public:
  struct Parts {
    at::Tensor weight, bias;  ///< as PackedMatrix takes them
  };
  using Make = std::function<Parts()>;

  /// Packs what is asked for.
  WeightPacker() = default;
  /// Hands out what was packed before; makes nothing.
  explicit WeightPacker(std::vector<PackedEntry> entries)
      : entries_(std::move(entries)), is_ready_(true) {}

  ///   throws  FormatError where something else was packed in this place
  PackedMatrix matrix(const Kernels& kernels, const Make& make);
  std::vector<float> vector(const std::function<at::Tensor()>& make);

  bool is_ready() const { return is_ready_; }
  const std::vector<PackedEntry>& entries() const { return entries_; }

 private:
  template <class Entry>
  const Entry& next();

  std::vector<PackedEntry> entries_;
  std::size_t taken_ = 0;
  bool is_ready_ = false;
};

/// The entries of a file, mapped; none where there is no such file, or it is of another key, or not
/// as it was written: every byte is checked.
///   key   what the weights were packed from and for, in full
///   cost  reading it once, on all threads
std::vector<PackedEntry> open_packed(const std::filesystem::path& file, std::string_view key,
                                     int threads);

/// Writes a file whole or not at all, in place of an older one.
///   throws  IoError
void write_packed(const std::filesystem::path& file, std::string_view key,
                  const std::vector<PackedEntry>& entries, int threads);

}  // namespace clipguide::clip::frozen
