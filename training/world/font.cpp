#include <ft2build.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include FT_FREETYPE_H

#include "clipguide/base/error.h"
#include "training/world/sprite.h"

namespace clipguide::world {

struct Font::Face {
  FT_Library library = nullptr;
  FT_Face face = nullptr;
  std::string path;

  ~Face() {
    if (face) FT_Done_Face(face);
    if (library) FT_Done_FreeType(library);
  }
};

Font::Font(const std::filesystem::path& path) : face_(std::make_unique<Face>()) {
  face_->path = path.string();
  if (FT_Init_FreeType(&face_->library)) throw base::Error("FreeType: cannot be started");
  if (FT_New_Face(face_->library, face_->path.c_str(), 0, &face_->face)) {
    base::throw_error<base::IoError>("{}: expected a font file that can be read", face_->path);
  }
  if (face_->face->num_fixed_sizes > 0 && FT_Select_Size(face_->face, 0)) {
    base::throw_error<base::FormatError>("{}: expected bitmaps of a fixed size", face_->path);
  }
}

Font::~Font() = default;
Font::Font(Font&&) noexcept = default;

bool Font::has(char32_t character) const { return FT_Get_Char_Index(face_->face, character) != 0; }

namespace {

/// A picture of four premultiplied channels with the part of it that is not transparent.
struct Bitmap {
  int width = 0, height = 0;
  std::vector<std::uint8_t> rgba;

  const std::uint8_t* at(int x, int y) const {
    return rgba.data() + (std::size_t(y) * std::size_t(width) + std::size_t(x)) * 4;
  }
};

struct Box {
  int left, top, right, bottom;
};

Box opaque_box(const Bitmap& bitmap) {
  Box box = {bitmap.width, bitmap.height, 0, 0};
  for (int y = 0; y < bitmap.height; ++y) {
    for (int x = 0; x < bitmap.width; ++x) {
      if (bitmap.at(x, y)[3] < 16) continue;
      box = {std::min(box.left, x), std::min(box.top, y), std::max(box.right, x + 1),
             std::max(box.bottom, y + 1)};
    }
  }
  return box;
}

/// The opaque part, enlarged or shrunk to fill the sprite's square but for a margin of one pixel.
std::vector<std::uint8_t> fitted(const Bitmap& bitmap) {
  const Box box = opaque_box(bitmap);
  std::vector<std::uint8_t> square(std::size_t(Sprite::kSide) * Sprite::kSide * 4);
  if (box.right <= box.left) return square;
  const float extent = float(std::max(box.right - box.left, box.bottom - box.top));
  const float step = extent / float(Sprite::kSide - 2);
  const float x_start = 0.5f * float(box.left + box.right) - 0.5f * step * Sprite::kSide;
  const float y_start = 0.5f * float(box.top + box.bottom) - 0.5f * step * Sprite::kSide;
  const int taps = std::max(1, int(std::ceil(step)));
  for (int y = 0; y < Sprite::kSide; ++y) {
    for (int x = 0; x < Sprite::kSide; ++x) {
      float sum[4] = {0, 0, 0, 0};
      for (int tap = 0; tap < taps * taps; ++tap) {
        const float u =
            x_start + (float(x) + (float(tap % taps) + 0.5f) / float(taps)) * step - 0.5f;
        const float v =
            y_start + (float(y) + (float(tap / taps) + 0.5f) / float(taps)) * step - 0.5f;
        const int u0 = int(std::floor(u)), v0 = int(std::floor(v));
        for (int corner = 0; corner < 4; ++corner) {
          const int cx = u0 + corner % 2, cy = v0 + corner / 2;
          if (cx < 0 || cy < 0 || cx >= bitmap.width || cy >= bitmap.height) continue;
          const float weight = (corner % 2 ? u - float(u0) : 1 - u + float(u0)) *
                               (corner / 2 ? v - float(v0) : 1 - v + float(v0));
          for (int c = 0; c < 4; ++c) sum[c] += weight * float(bitmap.at(cx, cy)[c]);
        }
      }
      std::uint8_t* to = square.data() + (std::size_t(y) * Sprite::kSide + std::size_t(x)) * 4;
      for (int c = 0; c < 4; ++c) to[c] = std::uint8_t(sum[c] / float(taps * taps) + 0.5f);
    }
  }
  return square;
}

}  // namespace

Sprite Font::emoji(char32_t character) const {
  FT_Face face = face_->face;
  if (FT_Load_Char(face, character, FT_LOAD_COLOR | FT_LOAD_RENDER) ||
      face->glyph->bitmap.pixel_mode != FT_PIXEL_MODE_BGRA) {
    base::throw_error<base::FormatError>("{}: expected a coloured bitmap for U+{:04X}", face_->path,
                                         std::uint32_t(character));
  }
  const FT_Bitmap& from = face->glyph->bitmap;
  Bitmap bitmap = {int(from.width), int(from.rows), {}};
  bitmap.rgba.resize(std::size_t(from.width) * from.rows * 4);
  for (unsigned y = 0; y < from.rows; ++y) {
    for (unsigned x = 0; x < from.width; ++x) {
      const unsigned char* p = from.buffer + std::ptrdiff_t(y) * from.pitch + std::ptrdiff_t(x) * 4;
      std::uint8_t* to = bitmap.rgba.data() + (std::size_t(y) * from.width + x) * 4;
      to[0] = p[2], to[1] = p[1], to[2] = p[0], to[3] = p[3];  // FreeType's BGRA is premultiplied
    }
  }
  return Sprite(fitted(bitmap));
}

Font::Line Font::line(const std::string& ascii, int height_px) const {
  FT_Face face = face_->face;
  FT_Set_Pixel_Sizes(face, 0, FT_UInt(height_px));
  const int ascent = int(face->size->metrics.ascender >> 6);
  const int rows = ascent - int(face->size->metrics.descender >> 6);
  int width = 0;
  for (unsigned char c : ascii) {
    if (!FT_Load_Char(face, c, FT_LOAD_DEFAULT)) width += int(face->glyph->advance.x >> 6);
  }
  Line line = {width + height_px / 4, rows, {}};
  line.coverage.resize(std::size_t(line.width_px) * std::size_t(rows));
  int pen = height_px / 8;
  for (unsigned char c : ascii) {
    if (FT_Load_Char(face, c, FT_LOAD_RENDER)) continue;
    const FT_GlyphSlot glyph = face->glyph;
    for (int y = 0; y < int(glyph->bitmap.rows); ++y) {
      for (int x = 0; x < int(glyph->bitmap.width); ++x) {
        const int row = ascent - glyph->bitmap_top + y, column = pen + glyph->bitmap_left + x;
        if (row < 0 || row >= rows || column < 0 || column >= line.width_px) continue;
        std::uint8_t& to =
            line.coverage[std::size_t(row) * std::size_t(line.width_px) + std::size_t(column)];
        to = std::max(to, glyph->bitmap.buffer[y * glyph->bitmap.pitch + x]);
      }
    }
    pen += int(glyph->advance.x >> 6);
  }
  return line;
}

Sprite Font::text(const std::string& text) const {
  constexpr int kHeight_px = 160;
  const Line coverage = line(text, kHeight_px);
  Bitmap bitmap = {coverage.width_px, coverage.height_px, {}};
  for (std::uint8_t value : coverage.coverage) bitmap.rgba.insert(bitmap.rgba.end(), 4, value);
  return Sprite(fitted(bitmap), true);
}

}  // namespace clipguide::world
