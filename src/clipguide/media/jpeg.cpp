#include "clipguide/media/jpeg.h"

// clang-format off: jpeglib.h wants stdio's FILE, and jerror.h wants jpeglib.h
#include <jerror.h>
#include <jpeglib.h>

#include <cstdio>
// clang-format on

#include <csetjmp>
#include <cstddef>
#include <cstdlib>
#include <utility>
#include <vector>

#include "clipguide/base/error.h"
#include "clipguide/media/exif.h"
#include "clipguide/media/jpeg_segments.h"
#include "clipguide/media/pixels.h"
#include "clipguide/media/split_metadata.h"
#include "clipguide/media/xmp.h"

// libjpeg reports errors through a callback that must not return, so by longjmp. The functions that
// setjmp hold plain values only; whatever has a destructor lives in their callers.
namespace clipguide::media {
namespace {

// From this quality on colour keeps its full resolution; below it is halved both ways.
constexpr int kFullColourQuality = 90;

// A progressive file may ask for any number of passes over the picture; real ones make about ten.
constexpr int kMaxScans = 500;

struct Failure {
  jpeg_error_mgr manager;  // first, so that libjpeg's pointer is ours
  std::jmp_buf escape;
  char message[JMSG_LENGTH_MAX] = "";
};

[[noreturn]] void on_error(j_common_ptr jpeg) {
  auto* failure = reinterpret_cast<Failure*>(jpeg->err);
  jpeg->err->format_message(jpeg, failure->message);
  std::longjmp(failure->escape, 1);
}

// libjpeg warns where pixels are missing and goes on in grey; here that is an error. The warnings
// let pass are about bytes that nothing needs.
void on_message(j_common_ptr jpeg, int level) {
  if (level >= 0) return;
  switch (jpeg->err->msg_code) {
    case JWRN_EXTRANEOUS_DATA:
    case JWRN_TOO_MUCH_DATA:
    case JWRN_ADOBE_XFORM:
    case JWRN_JFIF_MAJOR:
      return;
    default:
      on_error(jpeg);
  }
}

void on_progress(j_common_ptr jpeg) {
  if (reinterpret_cast<j_decompress_ptr>(jpeg)->input_scan_number <= kMaxScans) return;
  auto* failure = reinterpret_cast<Failure*>(jpeg->err);
  std::snprintf(failure->message, sizeof failure->message, "more than %d scans", kMaxScans);
  std::longjmp(failure->escape, 1);
}

void set_up(Failure* failure) {
  jpeg_std_error(&failure->manager);
  failure->manager.error_exit = on_error;
  failure->manager.emit_message = on_message;
}

struct Reader {
  jpeg_decompress_struct jpeg{};
  jpeg_progress_mgr progress{};
  Failure failure;
  ~Reader() { jpeg_destroy_decompress(&jpeg); }
};

// Reads the header and asks for RGB, or CMYK where that is stored.
bool start_reading(Reader* reader, const char* bytes, std::size_t size) {
  jpeg_decompress_struct* jpeg = &reader->jpeg;
  set_up(&reader->failure);
  jpeg->err = &reader->failure.manager;
  if (setjmp(reader->failure.escape)) return false;
  jpeg_create_decompress(jpeg);
  reader->progress.progress_monitor = on_progress;
  jpeg->progress = &reader->progress;
  jpeg_mem_src(jpeg, reinterpret_cast<const unsigned char*>(bytes), size);
  jpeg_read_header(jpeg, TRUE);
  const bool inks = jpeg->jpeg_color_space == JCS_CMYK || jpeg->jpeg_color_space == JCS_YCCK;
  jpeg->out_color_space = inks ? JCS_CMYK : JCS_RGB;
  jpeg_calc_output_dimensions(jpeg);
  return true;
}

bool read_rows(Reader* reader, unsigned char* pixels, std::size_t stride) {
  jpeg_decompress_struct* jpeg = &reader->jpeg;
  if (setjmp(reader->failure.escape)) return false;
  jpeg_start_decompress(jpeg);
  while (jpeg->output_scanline < jpeg->output_height) {
    JSAMPROW row = pixels + jpeg->output_scanline * stride;
    jpeg_read_scanlines(jpeg, &row, 1);
  }
  jpeg_finish_decompress(jpeg);
  return true;
}

struct Writer {
  jpeg_compress_struct jpeg{};
  Failure failure;
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  ~Writer() {
    jpeg_destroy_compress(&jpeg);
    std::free(bytes);
  }
};

bool write_rows(Writer* writer, const Picture* picture, int quality) {
  jpeg_compress_struct* jpeg = &writer->jpeg;
  set_up(&writer->failure);
  jpeg->err = &writer->failure.manager;
  if (setjmp(writer->failure.escape)) return false;
  jpeg_create_compress(jpeg);
  jpeg_mem_dest(jpeg, &writer->bytes, &writer->size);
  jpeg->image_width = JDIMENSION(picture->width_px);
  jpeg->image_height = JDIMENSION(picture->height_px);
  jpeg->input_components = 3;
  jpeg->in_color_space = JCS_RGB;
  jpeg_set_defaults(jpeg);
  jpeg_set_quality(jpeg, quality, TRUE);
  jpeg->optimize_coding = TRUE;
  const int halving = quality >= kFullColourQuality ? 1 : 2;
  jpeg->comp_info[0].h_samp_factor = jpeg->comp_info[0].v_samp_factor = halving;
  jpeg_start_compress(jpeg, TRUE);
  while (jpeg->next_scanline < jpeg->image_height) {
    const std::size_t at = std::size_t(jpeg->next_scanline) * jpeg->image_width * 3;
    JSAMPROW row = const_cast<JSAMPROW>(&picture->rgb[at]);
    jpeg_write_scanlines(jpeg, &row, 1);
  }
  jpeg_finish_compress(jpeg);
  return true;
}

}  // namespace

Picture decode_jpeg(const PictureSource& source) {
  const int orientation = parse_exif(walk_jpeg(source).exif).orientation;
  Reader reader;
  const auto fail = [&] {
    base::throw_error<base::FormatError>("{}: expected JPEG pixels, got: {}", source.name,
                                         reader.failure.message);
  };
  if (!start_reading(&reader, source.bytes.data(), source.bytes.size())) fail();
  check_size(source, reader.jpeg.output_width, reader.jpeg.output_height);
  const bool inks = reader.jpeg.out_color_space == JCS_CMYK;
  Picture picture{int(reader.jpeg.output_width), int(reader.jpeg.output_height), {}};
  const std::size_t stride = std::size_t(picture.width_px) * (inks ? 4 : 3);
  picture.rgb.resize(stride * std::size_t(picture.height_px));
  if (!read_rows(&reader, picture.rgb.data(), stride)) fail();
  if (inks) convert_inverted_cmyk(picture.rgb);
  return upright(std::move(picture), orientation);
}

Metadata read_jpeg_metadata(const PictureSource& source) {
  const JpegTexts texts = walk_jpeg(source);
  Metadata entries = parse_xmp(texts.xmp);
  entries.merge(parse_xmp(texts.extended_xmp));
  return join_metadata(texts.exif, std::move(entries));
}

std::string encode_jpeg(const Picture& picture, const WriteOptions& options) {
  if (picture.width_px > JPEG_MAX_DIMENSION || picture.height_px > JPEG_MAX_DIMENSION)
    base::throw_error<base::UsageError>("expected sides of at most {} px for JPEG, got {}x{}",
                                        JPEG_MAX_DIMENSION, picture.width_px, picture.height_px);
  Writer writer;
  if (!write_rows(&writer, &picture, options.quality))
    base::throw_error<base::Error>("cannot write a JPEG of {}x{}: {}", picture.width_px,
                                   picture.height_px, writer.failure.message);
  // SOI and JFIF's APP0, 20 bytes; EXIF is to follow them.
  std::string out(reinterpret_cast<const char*>(writer.bytes), writer.size);
  constexpr std::size_t kJfifEnd = 20;
  return out.insert(kJfifEnd, make_jpeg_texts(options.metadata));
}

}  // namespace clipguide::media
