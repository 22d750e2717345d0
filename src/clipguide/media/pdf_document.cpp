#include "clipguide/media/pdf_document.h"

#include <cairo-ft.h>
#include <cairo-pdf.h>

#include <new>

#include "clipguide/base/error.h"
#include "clipguide/base/utf8.h"

namespace clipguide::media {
namespace {

// Any size does until the first page sets its own.
constexpr double kNoPage_pt = 1;

cairo_status_t append(void* content, const unsigned char* bytes, unsigned int count) {
  static_cast<std::string*>(content)->append(reinterpret_cast<const char*>(bytes), count);
  return CAIRO_STATUS_SUCCESS;
}

// cairo gives up on ill-formed UTF-8, and a line holds no line ends.
std::string one_line(std::string_view text) {
  std::string line;
  for (const char32_t c : base::from_utf8(text))
    base::append_utf8(line, c < 0x20 || (c >= 0x7f && c < 0xa0) ? U' ' : c);
  return line;
}

void check(cairo_status_t status) {
  if (status == CAIRO_STATUS_NO_MEMORY) throw std::bad_alloc();
  if (status != CAIRO_STATUS_SUCCESS)
    base::throw_error<base::LimitError>("PDF: expected something that cairo can draw, got: {}",
                                        cairo_status_to_string(status));
}

/// A font as FreeType opened it. cairo keeps it in a cache of its own and closes it when it likes.
struct OpenFont {
  FT_Library library = nullptr;
  FT_Face face = nullptr;
  ~OpenFont() {
    if (face) FT_Done_Face(face);
    if (library) FT_Done_FreeType(library);
  }
};

cairo_font_face_t* open_font(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored))
    base::throw_error<base::IoError>("{}: expected a font file, found none", path.string());
  auto font = std::make_unique<OpenFont>();
  if (FT_Init_FreeType(&font->library)) throw std::bad_alloc();
  if (FT_New_Face(font->library, path.c_str(), 0, &font->face) || !FT_IS_SCALABLE(font->face))
    base::throw_error<base::FormatError>("{}: expected an outline font, got something else",
                                         path.string());
  static const cairo_user_data_key_t kOpenFont{};
  cairo_font_face_t* made = cairo_ft_font_face_create_for_ft_face(font->face, 0);
  const cairo_status_t status = cairo_font_face_set_user_data(
      made, &kOpenFont, font.get(), [](void* open) { delete static_cast<OpenFont*>(open); });
  if (status == CAIRO_STATUS_SUCCESS) font.release();
  check(status);
  return made;
}

}  // namespace

struct PdfDocument::Surface {
  std::string content;
  cairo_surface_t* pdf = nullptr;
  cairo_t* pen = nullptr;
  bool on_page = false;

  ~Surface() {
    if (pen) cairo_destroy(pen);
    if (pdf) cairo_surface_destroy(pdf);
  }
};

PdfDocument::PdfDocument(const std::string& title, const std::filesystem::path& font)
    : surface_(std::make_unique<Surface>()) {
  cairo_font_face_t* face = open_font(font);
  surface_->pdf =
      cairo_pdf_surface_create_for_stream(append, &surface_->content, kNoPage_pt, kNoPage_pt);
  cairo_pdf_surface_set_metadata(surface_->pdf, CAIRO_PDF_METADATA_TITLE, one_line(title).c_str());
  cairo_pdf_surface_set_metadata(surface_->pdf, CAIRO_PDF_METADATA_CREATE_DATE, "");
  surface_->pen = cairo_create(surface_->pdf);
  cairo_set_font_face(surface_->pen, face);
  cairo_font_face_destroy(face);  // the pen holds it
  check(cairo_status(surface_->pen));
}

PdfDocument::~PdfDocument() = default;
PdfDocument::PdfDocument(PdfDocument&&) noexcept = default;
PdfDocument& PdfDocument::operator=(PdfDocument&&) noexcept = default;

void PdfDocument::begin_page(double width_pt, double height_pt) {
  if (surface_->on_page) cairo_show_page(surface_->pen);
  surface_->on_page = true;
  cairo_pdf_surface_set_size(surface_->pdf, width_pt, height_pt);
  check(cairo_status(surface_->pen));
}

void PdfDocument::draw(const Picture& picture, double x_pt, double y_pt, double width_pt,
                       double height_pt) {
  // Lay the bytes out as cairo has them: 0xRRGGBB in a word of 32 bits.
  cairo_surface_t* image =
      cairo_image_surface_create(CAIRO_FORMAT_RGB24, picture.width_px, picture.height_px);
  check(cairo_surface_status(image));
  unsigned char* rows = cairo_image_surface_get_data(image);
  const int stride = cairo_image_surface_get_stride(image);
  const std::uint8_t* from = picture.rgb.data();
  for (int y = 0; y < picture.height_px; ++y) {
    auto* row = reinterpret_cast<std::uint32_t*>(rows + std::ptrdiff_t(y) * stride);
    for (int x = 0; x < picture.width_px; ++x, from += 3)
      row[x] = std::uint32_t(from[0]) << 16 | std::uint32_t(from[1]) << 8 | from[2];
  }
  cairo_surface_mark_dirty(image);

  cairo_save(surface_->pen);
  cairo_translate(surface_->pen, x_pt, y_pt);
  cairo_scale(surface_->pen, width_pt / picture.width_px, height_pt / picture.height_px);
  cairo_set_source_surface(surface_->pen, image, 0, 0);
  cairo_paint(surface_->pen);
  cairo_restore(surface_->pen);
  cairo_surface_destroy(image);  // the page holds it
  check(cairo_status(surface_->pen));
}

void PdfDocument::write(double x_pt, double y_pt, double size_pt, std::string_view text, Rgb ink) {
  cairo_set_font_size(surface_->pen, size_pt);
  cairo_set_source_rgb(surface_->pen, ink[0] / 255.0, ink[1] / 255.0, ink[2] / 255.0);
  cairo_move_to(surface_->pen, x_pt, y_pt);
  cairo_show_text(surface_->pen, one_line(text).c_str());
  check(cairo_status(surface_->pen));
}

double PdfDocument::width_pt(double size_pt, std::string_view text) const {
  cairo_set_font_size(surface_->pen, size_pt);
  cairo_text_extents_t extents;
  cairo_text_extents(surface_->pen, one_line(text).c_str(), &extents);
  return extents.x_advance;
}

std::string PdfDocument::finish() {
  if (surface_->on_page) cairo_show_page(surface_->pen);
  cairo_surface_finish(surface_->pdf);
  check(cairo_surface_status(surface_->pdf));
  return std::move(surface_->content);
}

}  // namespace clipguide::media
