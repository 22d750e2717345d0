#include "clipguide/media/webp.h"

#include <webp/decode.h>
#include <webp/demux.h>
#include <webp/encode.h>
#include <webp/mux.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>

#include "clipguide/base/error.h"
#include "clipguide/media/exif.h"
#include "clipguide/media/pixels.h"
#include "clipguide/media/split_metadata.h"
#include "clipguide/media/xmp.h"

namespace clipguide::media {
namespace {

template <auto Delete>
struct Deleter {
  template <class T>
  void operator()(T* object) const {
    Delete(object);
  }
};
using Demuxer = std::unique_ptr<WebPDemuxer, Deleter<WebPDemuxDelete>>;
using AnimationDecoder = std::unique_ptr<WebPAnimDecoder, Deleter<WebPAnimDecoderDelete>>;
using Mux = std::unique_ptr<WebPMux, Deleter<WebPMuxDelete>>;

WebPData data_of(std::string_view bytes) {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

std::string_view view_of(const WebPData& data) {
  return {reinterpret_cast<const char*>(data.bytes), data.size};
}

const char* reason(VP8StatusCode status) {
  switch (status) {
    case VP8_STATUS_NOT_ENOUGH_DATA:
    case VP8_STATUS_SUSPENDED:
      return "the file ends too early";
    case VP8_STATUS_UNSUPPORTED_FEATURE:
      return "a feature this libwebp does not know";
    case VP8_STATUS_OUT_OF_MEMORY:
      return "out of memory";
    default:
      return "broken data";
  }
}

[[noreturn]] void fail(const PictureSource& source, VP8StatusCode status) {
  base::throw_error<base::FormatError>("{}: expected WebP pixels, got: {}", source.name,
                                       reason(status));
}

struct Texts {
  std::string exif, xmp;
};

std::string chunk_of(const WebPDemuxer* demuxer, const char* name) {
  WebPChunkIterator chunk;
  std::string content;
  if (WebPDemuxGetChunk(demuxer, name, 1, &chunk)) content = view_of(chunk.chunk);
  WebPDemuxReleaseChunkIterator(&chunk);
  return content;
}

Texts texts_of(const PictureSource& source) {
  const WebPData data = data_of(source.bytes);
  const Demuxer demuxer(WebPDemux(&data));
  if (!demuxer) fail(source, VP8_STATUS_NOT_ENOUGH_DATA);
  return {chunk_of(demuxer.get(), "EXIF"), chunk_of(demuxer.get(), "XMP ")};
}

// The first picture of an animation, RGBA on the animation's canvas.
void decode_first_frame(const PictureSource& source, std::vector<std::uint8_t>& pixels) {
  const WebPData data = data_of(source.bytes);
  const AnimationDecoder decoder(WebPAnimDecoderNew(&data, nullptr));
  std::uint8_t* frame = nullptr;
  int end_ms = 0;
  if (!decoder || !WebPAnimDecoderGetNext(decoder.get(), &frame, &end_ms))
    fail(source, VP8_STATUS_BITSTREAM_ERROR);
  std::copy(frame, frame + pixels.size(), pixels.begin());
}

void decode_still(const PictureSource& source, WebPDecoderConfig& config, bool alpha,
                  std::vector<std::uint8_t>& pixels) {
  const WebPData data = data_of(source.bytes);
  config.output.colorspace = alpha ? MODE_RGBA : MODE_RGB;
  config.output.is_external_memory = 1;
  config.output.u.RGBA.rgba = pixels.data();
  config.output.u.RGBA.stride = config.input.width * (alpha ? 4 : 3);
  config.output.u.RGBA.size = pixels.size();
  const VP8StatusCode status = WebPDecode(data.bytes, data.size, &config);
  if (status != VP8_STATUS_OK) fail(source, status);
}

struct Encoder {
  WebPPicture picture;
  WebPMemoryWriter writer;
  Encoder() {
    WebPMemoryWriterInit(&writer);
    if (!WebPPictureInit(&picture)) throw std::bad_alloc();
  }
  ~Encoder() {
    WebPPictureFree(&picture);
    WebPMemoryWriterClear(&writer);
  }
};

std::string encode_pixels(const Picture& picture, int quality) {
  Encoder encoder;
  encoder.picture.width = picture.width_px;
  encoder.picture.height = picture.height_px;
  encoder.picture.writer = WebPMemoryWrite;
  encoder.picture.custom_ptr = &encoder.writer;
  WebPConfig config;
  const bool made =
      WebPConfigPreset(&config, WEBP_PRESET_PHOTO, float(quality)) &&
      WebPPictureImportRGB(&encoder.picture, picture.rgb.data(), picture.width_px * 3) &&
      WebPEncode(&config, &encoder.picture);
  if (!made)
    base::throw_error<base::Error>("cannot write a WebP of {}x{}: error {}", picture.width_px,
                                   picture.height_px, int(encoder.picture.error_code));
  return {reinterpret_cast<const char*>(encoder.writer.mem), encoder.writer.size};
}

std::string with_texts(const std::string& pixels, const Texts& texts) {
  const WebPData data = data_of(pixels), exif = data_of(texts.exif), xmp = data_of(texts.xmp);
  const Mux mux(WebPMuxCreate(&data, 0));
  WebPData whole{nullptr, 0};
  const bool made =
      mux && (texts.exif.empty() || WebPMuxSetChunk(mux.get(), "EXIF", &exif, 0) == WEBP_MUX_OK) &&
      WebPMuxSetChunk(mux.get(), "XMP ", &xmp, 0) == WEBP_MUX_OK &&
      WebPMuxAssemble(mux.get(), &whole) == WEBP_MUX_OK;
  const std::string out(made ? view_of(whole) : std::string_view());
  WebPDataClear(&whole);
  if (!made) throw std::bad_alloc();  // what we put in is valid: nothing else can fail
  return out;
}

}  // namespace

Picture decode_webp(const PictureSource& source) {
  WebPDecoderConfig config;
  if (!WebPInitDecoderConfig(&config)) fail(source, VP8_STATUS_UNSUPPORTED_FEATURE);
  const WebPData data = data_of(source.bytes);
  const VP8StatusCode status = WebPGetFeatures(data.bytes, data.size, &config.input);
  if (status != VP8_STATUS_OK) fail(source, status);
  check_size(source, config.input.width, config.input.height);
  const bool alpha = config.input.has_alpha || config.input.has_animation;
  Picture picture{config.input.width, config.input.height, {}};
  picture.rgb.resize(std::size_t(picture.width_px) * std::size_t(picture.height_px) *
                     (alpha ? 4 : 3));
  if (config.input.has_animation)
    decode_first_frame(source, picture.rgb);
  else
    decode_still(source, config, alpha, picture.rgb);
  if (alpha) flatten_over_white(picture.rgb);
  return upright(std::move(picture), parse_exif(texts_of(source).exif).orientation);
}

Metadata read_webp_metadata(const PictureSource& source) {
  const Texts texts = texts_of(source);
  return join_metadata(texts.exif, parse_xmp(texts.xmp));
}

std::string encode_webp(const Picture& picture, const WriteOptions& options) {
  if (picture.width_px > WEBP_MAX_DIMENSION || picture.height_px > WEBP_MAX_DIMENSION)
    base::throw_error<base::UsageError>("expected sides of at most {} px for WebP, got {}x{}",
                                        WEBP_MAX_DIMENSION, picture.width_px, picture.height_px);
  std::string pixels = encode_pixels(picture, options.quality);
  if (options.metadata.empty()) return pixels;
  const SplitMetadata split = split_metadata(options.metadata, kTextLimitBytes);
  return with_texts(pixels, {split.exif, make_xmp(split.xmp_entries)});
}

}  // namespace clipguide::media
