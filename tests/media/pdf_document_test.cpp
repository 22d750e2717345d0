/// PDF documents: what is stored can be found again.
#include "clipguide/media/pdf_document.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <fstream>

#include "clipguide/base/error.h"
#include "support/temporary_folder.h"

namespace clipguide::media {
namespace {

/// The content of all compressed streams of a PDF, one after the other.
std::string streams_of(const std::string& pdf) {
  std::string all;
  for (std::size_t at = pdf.find("stream\n"); at != pdf.npos; at = pdf.find("stream\n", at + 1)) {
    if (at >= 3 && pdf.compare(at - 3, 3, "end") == 0) continue;
    const std::size_t begin = at + 7, end = pdf.find("endstream", begin);
    std::string content(1 << 20, '\0');
    uLongf size = content.size();
    if (::uncompress(reinterpret_cast<Bytef*>(content.data()), &size,
                     reinterpret_cast<const Bytef*>(pdf.data() + begin),
                     uLong(end - begin)) == Z_OK)
      all.append(content, 0, size);
  }
  return all;
}

int count_of(const std::string& text, const std::string& wanted) {
  int count = 0;
  for (std::size_t at = text.find(wanted); at != text.npos; at = text.find(wanted, at + 1)) ++count;
  return count;
}

Picture stripes() {
  Picture picture{3, 2, {}};
  for (int i = 0; i < 18; ++i) picture.rgb.push_back(std::uint8_t(10 * i + 1));
  return picture;
}

std::string document(const std::string& text) {
  PdfDocument pdf("Title – Überschrift");
  pdf.begin_page(400, 300);
  pdf.draw(stripes(), 10, 10, 300, 200);
  pdf.write(10, 250, 12, text);
  pdf.begin_page(300, 400);
  pdf.write(10, 250, 12, "second");
  return pdf.finish();
}

TEST(PdfDocument, holds_pages_pictures_and_an_embedded_font) {
  const std::string pdf = document("Привет");
  EXPECT_TRUE(pdf.starts_with("%PDF-")) << pdf.substr(0, 20);
  EXPECT_EQ(count_of(pdf, "/Type /Page") - count_of(pdf, "/Type /Pages"), 2);
  EXPECT_NE(pdf.find("/FontFile2"), pdf.npos) << "TrueType, embedded";
  EXPECT_NE(pdf.find("DejaVuSans"), pdf.npos);
  EXPECT_NE(pdf.find("/Width 3"), pdf.npos);
  const Picture picture = stripes();
  const std::string pixels(picture.rgb.begin(), picture.rgb.end());
  EXPECT_NE(streams_of(pdf).find(pixels), std::string::npos) << "without loss";
}

TEST(PdfDocument, text_can_be_copied_in_any_script) {
  // The map from glyphs back to characters names them in UTF-16: P is U+041F, the smiley a pair.
  const std::string maps = streams_of(document("Пx 😀"));
  EXPECT_NE(maps.find("beginbfchar"), maps.npos);
  EXPECT_NE(maps.find("041f"), maps.npos);
  EXPECT_NE(maps.find("d83dde00"), maps.npos);
  EXPECT_EQ(streams_of(document("abc")).find("041f"), std::string::npos);
}

TEST(PdfDocument, the_same_calls_give_the_same_bytes_and_no_date) {
  EXPECT_EQ(document("a"), document("a"));
  EXPECT_NE(document("a"), document("b"));
  EXPECT_EQ(document("a").find("CreationDate"), std::string::npos);
}

TEST(PdfDocument, ill_formed_text_and_line_ends_do_no_harm) {
  EXPECT_NO_THROW(document("a\xff\xc3(\n)b\x01\\"));
  PdfDocument pdf("t");
  EXPECT_GT(pdf.width_pt(12, "wide text"), pdf.width_pt(12, "wide"));
  EXPECT_NEAR(pdf.width_pt(24, "wide"), 2 * pdf.width_pt(12, "wide"), 1);
}

TEST(PdfDocument, refuses_what_is_no_font) {
  const test::TemporaryFolder folder;
  std::ofstream(folder / "font.ttf") << "not a font";
  EXPECT_THROW(PdfDocument("t", folder / "font.ttf"), base::FormatError);
  EXPECT_THROW(PdfDocument("t", folder / "none.ttf"), base::IoError);
}

}  // namespace
}  // namespace clipguide::media
