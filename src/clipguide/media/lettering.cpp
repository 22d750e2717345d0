#include "clipguide/media/lettering.h"

#include <ft2build.h>
#include FT_FREETYPE_H

#include <algorithm>
#include <utility>

#include "clipguide/base/error.h"
#include "clipguide/base/utf8.h"

namespace clipguide::media {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t first = text.find_first_not_of(" \t\r\n", at);
    if (first == std::string_view::npos) break;
    at = std::min(text.find_first_of(" \t\r\n", first), text.size());
    words.emplace_back(text.substr(first, at - first));
  }
  return words;
}

/// One channel of ink laid over paper.
std::uint8_t mixed(int paper, int ink, int coverage) {
  return std::uint8_t((paper * (255 - coverage) + ink * coverage + 127) / 255);
}

}  // namespace

fs::path default_font(bool bold) {
  const std::string name = bold ? "DejaVuSans-Bold.ttf" : "DejaVuSans.ttf";
  for (const char* folder :
       {"/usr/share/fonts/truetype/dejavu", "/usr/share/fonts/dejavu-sans-fonts",
        "/usr/share/fonts/dejavu", "/usr/share/fonts/TTF", "/usr/local/share/fonts"}) {
    std::error_code ignored;
    if (fs::exists(fs::path(folder) / name, ignored)) return fs::path(folder) / name;
  }
  throw base::IoError("font: expected " + name + " among the system's fonts, found none",
                      "Debian has it in the package fonts-dejavu-core");
}

struct Lettering::Face {
  FT_Library library = nullptr;
  FT_Face face = nullptr;
  ~Face() {
    if (face) FT_Done_Face(face);
    if (library) FT_Done_FreeType(library);
  }

  /// Walks along the characters: visit(glyph slot, pen in 1/64 px). Returns the end of the pen.
  template <class Visit>
  FT_Pos walk(std::string_view text, FT_Int32 flags, const Visit& visit) const {
    FT_Pos pen = 0;
    FT_UInt before = 0;
    for (const char32_t character : base::from_utf8(text)) {
      const FT_UInt glyph = FT_Get_Char_Index(face, character);
      FT_Vector kerning{};
      if (before && glyph) FT_Get_Kerning(face, before, glyph, FT_KERNING_DEFAULT, &kerning);
      pen += kerning.x;
      before = glyph;
      if (FT_Load_Glyph(face, glyph, flags)) continue;
      visit(face->glyph, pen);
      pen += face->glyph->advance.x;
    }
    return pen;
  }
};

Lettering::Lettering(int size_px, const fs::path& font) : face_(std::make_unique<Face>()) {
  if (size_px < 4 || size_px > 512)
    base::throw_error<base::UsageError>("lettering: expected a size of 4 to 512 px, got {}",
                                        size_px);
  if (!fs::exists(font))
    base::throw_error<base::IoError>("{}: expected a font file, found none", font.string());
  if (FT_Init_FreeType(&face_->library)) throw base::Error("FreeType could not be started");
  if (FT_New_Face(face_->library, font.c_str(), 0, &face_->face) ||
      FT_Set_Pixel_Sizes(face_->face, 0, FT_UInt(size_px)))
    base::throw_error<base::FormatError>("{}: expected an outline font, got something else",
                                         font.string());
}

Lettering::~Lettering() = default;
Lettering::Lettering(Lettering&&) noexcept = default;
Lettering& Lettering::operator=(Lettering&&) noexcept = default;

int Lettering::line_height_px() const { return int(face_->face->size->metrics.height + 63) >> 6; }

int Lettering::width_px(std::string_view text) const {
  return int(face_->walk(text, FT_LOAD_DEFAULT, [](FT_GlyphSlot, FT_Pos) {}) + 63) >> 6;
}

std::vector<std::string> Lettering::wrapped(std::string_view text, int width_px,
                                            int most_lines) const {
  std::vector<std::string> lines;
  std::string line;
  for (std::string word : words_of(text)) {
    if (!line.empty() && this->width_px(line + " " + word) <= width_px) {
      line += " " + word;
      continue;
    }
    if (!line.empty()) lines.push_back(std::exchange(line, {}));
    // A word that is too long itself is cut; at least one character stays on each line.
    std::u32string rest = base::from_utf8(word);
    while (rest.size() > 1 && this->width_px(base::to_utf8(rest)) > width_px) {
      std::size_t fits = 1;
      while (fits + 1 < rest.size() &&
             this->width_px(base::to_utf8(rest.substr(0, fits + 1))) <= width_px)
        ++fits;
      lines.push_back(base::to_utf8(rest.substr(0, fits)));
      rest.erase(0, fits);
    }
    line = base::to_utf8(rest);
  }
  if (!line.empty()) lines.push_back(line);
  if (most_lines > 0 && int(lines.size()) > most_lines) {
    lines.resize(std::size_t(most_lines));
    std::u32string last = base::from_utf8(lines.back());
    while (!last.empty() && this->width_px(base::to_utf8(last) + "...") > width_px) last.pop_back();
    lines.back() = base::to_utf8(last) + "...";
  }
  return lines;
}

void Lettering::draw(Picture& picture, int x, int y, std::string_view text, Rgb ink) const {
  const int baseline = y + int(face_->face->size->metrics.ascender >> 6);
  face_->walk(text, FT_LOAD_RENDER, [&](FT_GlyphSlot glyph, FT_Pos pen) {
    const FT_Bitmap& from = glyph->bitmap;
    const int left = x + int((pen + 32) >> 6) + glyph->bitmap_left;
    const int top = baseline - glyph->bitmap_top;
    for (int row = 0; row < int(from.rows); ++row) {
      const int py = top + row;
      if (py < 0 || py >= picture.height_px) continue;
      for (int column = 0; column < int(from.width); ++column) {
        const int px = left + column;
        if (px < 0 || px >= picture.width_px) continue;
        const int coverage = from.buffer[row * from.pitch + column];
        std::uint8_t* pixel =
            &picture.rgb[(std::size_t(py) * std::size_t(picture.width_px) + std::size_t(px)) * 3];
        for (std::size_t c = 0; c < 3; ++c) pixel[c] = mixed(pixel[c], ink[c], coverage);
      }
    }
  });
}

Picture blank_picture(int width_px, int height_px, Rgb colour) {
  Picture picture{width_px, height_px, {}};
  picture.rgb.resize(std::size_t(width_px) * std::size_t(height_px) * 3);
  for (std::size_t i = 0; i < picture.rgb.size(); ++i) picture.rgb[i] = colour[i % 3];
  return picture;
}

void paste(Picture& onto, const Picture& picture, int x, int y) {
  const int first = std::max(0, -x), last = std::min(picture.width_px, onto.width_px - x);
  if (first >= last) return;
  for (int row = std::max(0, -y); row < std::min(picture.height_px, onto.height_px - y); ++row) {
    const auto from = picture.rgb.begin() + (std::ptrdiff_t(row) * picture.width_px + first) * 3;
    std::copy(from, from + std::ptrdiff_t(last - first) * 3,
              onto.rgb.begin() + (std::ptrdiff_t(y + row) * onto.width_px + x + first) * 3);
  }
}

}  // namespace clipguide::media
