#include "clipguide/media/png.h"

#include <png.h>

#include <csetjmp>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

#include "clipguide/base/error.h"
#include "clipguide/media/exif.h"
#include "clipguide/media/pixels.h"
#include "clipguide/media/png_chunks.h"
#include "clipguide/media/text_encoding.h"
#include "clipguide/media/xmp.h"

// libpng reports errors by longjmp. The functions that setjmp hold plain values only; whatever has
// a destructor lives in their callers and is handed in by pointer.
namespace clipguide::media {
namespace {

constexpr std::string_view kXmpKeyword = "XML:com.adobe.xmp";

struct Failure {
  char message[160] = "";
};

[[noreturn]] void on_error(png_structp png, png_const_charp message) {
  auto* failure = static_cast<Failure*>(png_get_error_ptr(png));
  std::snprintf(failure->message, sizeof failure->message, "%s", message);
  png_longjmp(png, 1);
}

void on_warning(png_structp, png_const_charp) {}

struct Reader {
  png_structp png = nullptr;
  png_infop info = nullptr;
  std::string_view rest;
  Failure failure;
  int width_px = 0, height_px = 0, channels = 0;
  ~Reader() { png_destroy_read_struct(&png, &info, nullptr); }
};

void read_bytes(png_structp png, png_bytep out, std::size_t size) {
  auto* reader = static_cast<Reader*>(png_get_io_ptr(png));
  if (reader->rest.size() < size) png_error(png, "the file ends too early");
  std::memcpy(out, reader->rest.data(), size);
  reader->rest.remove_prefix(size);
}

// Reads the header and asks for 8-bit RGB, or RGBA where there is transparency.
bool start_reading(Reader* reader, std::uint32_t side_limit_px) {
  reader->png =
      png_create_read_struct(PNG_LIBPNG_VER_STRING, &reader->failure, on_error, on_warning);
  if (reader->png) reader->info = png_create_info_struct(reader->png);
  if (!reader->info) return false;
  if (setjmp(png_jmpbuf(reader->png))) return false;
  png_structp png = reader->png;
  png_infop info = reader->info;
  png_set_read_fn(png, reader, read_bytes);
  png_set_user_limits(png, side_limit_px, side_limit_px);
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);  // pixels only
  png_read_info(png, info);
  png_set_palette_to_rgb(png);
  png_set_expand_gray_1_2_4_to_8(png);
  if (png_get_valid(png, info, PNG_INFO_tRNS)) png_set_tRNS_to_alpha(png);
  png_set_scale_16(png);
  png_set_gray_to_rgb(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
  reader->width_px = int(png_get_image_width(png, info));
  reader->height_px = int(png_get_image_height(png, info));
  reader->channels = png_get_channels(png, info);
  return true;
}

bool read_rows(Reader* reader, png_bytep* rows) {
  if (setjmp(png_jmpbuf(reader->png))) return false;
  png_read_image(reader->png, rows);
  png_read_end(reader->png, nullptr);
  return true;
}

struct Writer {
  png_structp png = nullptr;
  png_infop info = nullptr;
  std::string out;
  Failure failure;
  ~Writer() { png_destroy_write_struct(&png, &info); }
};

void write_bytes(png_structp png, png_bytep bytes, std::size_t size) {
  bool written = false;
  try {  // no exception may pass through libpng
    static_cast<Writer*>(png_get_io_ptr(png))
        ->out.append(reinterpret_cast<const char*>(bytes), size);
    written = true;
  } catch (const std::bad_alloc&) {
  }
  if (!written) png_error(png, "out of memory");
}

void flush_nothing(png_structp) {}

bool write_rows(Writer* writer, const Picture* picture, const png_text* texts, int text_count) {
  writer->png =
      png_create_write_struct(PNG_LIBPNG_VER_STRING, &writer->failure, on_error, on_warning);
  if (writer->png) writer->info = png_create_info_struct(writer->png);
  if (!writer->info) return false;
  if (setjmp(png_jmpbuf(writer->png))) return false;
  png_structp png = writer->png;
  png_set_write_fn(png, writer, write_bytes, flush_nothing);
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_IHDR(png, writer->info, png_uint_32(picture->width_px), png_uint_32(picture->height_px),
               8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  if (text_count > 0) png_set_text(png, writer->info, texts, text_count);
  png_write_info(png, writer->info);
  for (int y = 0; y < picture->height_px; ++y)
    png_write_row(png, &picture->rgb[std::size_t(y) * std::size_t(picture->width_px) * 3]);
  png_write_end(png, nullptr);
  return true;
}

png_text to_png_text(std::string_view key, const std::string& value) {
  png_text text{};
  text.compression = is_plain_ascii(value) && key != kXmpKeyword ? PNG_TEXT_COMPRESSION_NONE
                                                                 : PNG_ITXT_COMPRESSION_NONE;
  text.key = const_cast<char*>(key.data());
  text.text = const_cast<char*>(value.c_str());
  text.lang = text.lang_key = const_cast<char*>("");
  return text;
}

}  // namespace

Picture decode_png(const PictureSource& source) {
  const PngChunks chunks = walk_png(source);
  check_size(source, chunks.width_px, chunks.height_px);
  Reader reader;
  reader.rest = source.bytes;
  const auto fail = [&] {
    base::throw_error<base::FormatError>("{}: expected PNG pixels, got: {}", source.name,
                                         reader.failure.message);
  };
  if (!start_reading(&reader, std::uint32_t(source.limits.side_px))) fail();
  Picture picture{reader.width_px, reader.height_px, {}};
  const std::size_t stride = std::size_t(reader.width_px) * std::size_t(reader.channels);
  picture.rgb.resize(stride * std::size_t(reader.height_px));
  std::vector<png_bytep> rows;
  for (int y = 0; y < reader.height_px; ++y)
    rows.push_back(picture.rgb.data() + std::size_t(y) * stride);
  if (!read_rows(&reader, rows.data())) fail();
  if (reader.channels == 4) flatten_over_white(picture.rgb);
  return upright(std::move(picture), parse_exif(chunks.exif).orientation);
}

Metadata read_png_metadata(const PictureSource& source) {
  const PngChunks chunks = walk_png(source);
  Metadata metadata = read_png_texts(source, chunks);
  metadata.erase(std::string(kXmpKeyword));
  return metadata;
}

std::string encode_png(const Picture& picture, const WriteOptions& options) {
  Metadata metadata;
  for (const auto& [key, value] : options.metadata) metadata[key] = valid_utf8(value);
  if (!metadata.empty()) metadata[std::string(kXmpKeyword)] = make_xmp({});
  std::vector<png_text> texts;
  for (const auto& [key, value] : metadata) texts.push_back(to_png_text(key, value));
  Writer writer;
  if (!write_rows(&writer, &picture, texts.data(), int(texts.size())))
    base::throw_error<base::Error>("cannot write a PNG of {}x{}: {}", picture.width_px,
                                   picture.height_px, writer.failure.message);
  return std::move(writer.out);
}

}  // namespace clipguide::media
