#pragma once

#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Builds files byte by byte, right ones and wrong ones, that no library would write.
namespace clipguide::test {

inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

/// A number's little-endian bytes.
template <class T>
std::string packed(T number) {
  return std::string(reinterpret_cast<const char*>(&number), sizeof number);
}

inline std::string safetensors(std::string_view header, std::size_t data_bytes = 0) {
  return packed(std::uint64_t(header.size())) + std::string(header) + std::string(data_bytes, '\1');
}

struct ZipItem {
  std::string name, content;
  bool deflate = false;
  // What the directory claims, where it is not the truth.
  std::optional<std::uint32_t> size{}, packed_size{}, crc{}, offset{};
  std::optional<std::uint16_t> method{}, flags{};
  std::optional<std::string> local_name{};
  std::string extra{};
};

inline std::string deflated(const std::string& content) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, content.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = uInt(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = uInt(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

inline std::string zip(const std::vector<ZipItem>& items, const std::string& comment = "") {
  using U16 = std::uint16_t;
  using U32 = std::uint32_t;
  std::string file, directory;
  for (const ZipItem& item : items) {
    const std::string data = item.deflate ? deflated(item.content) : item.content;
    const U32 crc = U32(
        crc32(0, reinterpret_cast<const Bytef*>(item.content.data()), uInt(item.content.size())));
    const std::string common = packed(U16(20)) + packed(item.flags.value_or(0)) +
                               packed(item.method.value_or(item.deflate ? 8 : 0)) + packed(U32(0)) +
                               packed(item.crc.value_or(crc)) +
                               packed(item.packed_size.value_or(U32(data.size()))) +
                               packed(item.size.value_or(U32(item.content.size())));
    const std::string local = item.local_name.value_or(item.name);
    directory += packed(U32(0x02014b50)) + packed(U16(20)) + common +
                 packed(U16(item.name.size())) + packed(U16(item.extra.size())) +
                 std::string(10, '\0') + packed(item.offset.value_or(U32(file.size()))) +
                 item.name + item.extra;
    file += packed(U32(0x04034b50)) + common + packed(U16(local.size())) + packed(U16(0)) + local +
            data;
  }
  const U16 count = U16(items.size());
  return file + directory + packed(U32(0x06054b50)) + packed(U32(0)) + packed(count) +
         packed(count) + packed(U32(directory.size())) + packed(U32(file.size())) +
         packed(U16(comment.size())) + comment;
}

/// Pickle opcodes, protocol 2.
namespace pickle {

inline std::string text(std::string_view value) {
  return "X" + packed(std::uint32_t(value.size())) + std::string(value);
}
inline std::string integer(std::int64_t value) { return std::string("\x8a\x08") + packed(value); }
inline std::string global(std::string_view module, std::string_view name) {
  return "c" + std::string(module) + "\n" + std::string(name) + "\n";
}
inline std::string tuple(const std::vector<std::string>& items) {
  std::string out = "(";
  for (const std::string& item : items) out += item;
  return out + "t";
}
inline std::string integers(const std::vector<std::int64_t>& values) {
  std::vector<std::string> items;
  for (const std::int64_t value : values) items.push_back(integer(value));
  return tuple(items);
}
inline std::string call(const std::string& callable, const std::vector<std::string>& arguments) {
  return callable + tuple(arguments) + "R";
}
inline std::string dict(const std::vector<std::pair<std::string, std::string>>& entries) {
  std::string out = "}(";
  for (const auto& [key, value] : entries) out += text(key) + value;
  return out + "u";
}
inline std::string file(const std::string& value) { return "\x80\x02" + value + "."; }

struct View {
  std::string key = "0";
  std::int64_t elements = 6;
  std::int64_t offset = 0;
  std::vector<std::int64_t> shape = {6}, strides = {1};
  std::string type = "FloatStorage";
};
inline std::string tensor(const View& view) {
  return call(global("torch._utils", "_rebuild_tensor_v2"),
              {tuple({text("storage"), global("torch", view.type), text(view.key), text("cpu"),
                      integer(view.elements)}) +
                   "Q",
               integer(view.offset), integers(view.shape), integers(view.strides), "\x89", "N"});
}

}  // namespace pickle
}  // namespace clipguide::test
