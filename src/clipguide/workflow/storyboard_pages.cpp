#include "clipguide/workflow/storyboard_pages.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"
#include "clipguide/media/codec.h"
#include "clipguide/media/contact_sheet.h"
#include "clipguide/media/lettering.h"
#include "clipguide/media/pdf_document.h"
#include "clipguide/workflow/html_page.h"
#include "clipguide/workflow/reduced_picture.h"

namespace clipguide::workflow {
namespace {

namespace fs = std::filesystem;
using media::Lettering;
using media::Picture;

constexpr int kLargestThumbnail_px = 480;
constexpr int kMostLines = 6;  // of a caption on sheet and document; the page has all of it
constexpr media::Rgb kInk = {29, 31, 33}, kSoftInk = {95, 100, 104};

// Of the document.
constexpr double kPageWidth_pt = 842, kPageHeight_pt = 595, kMargin_pt = 36, kGap_pt = 16;
constexpr double kTitle_pt = 16, kCaption_pt = 9, kLine_pt = 12, kHead_pt = 34;
constexpr int kPanelsAPage = 8;
constexpr int kLargestInDocument_px = 1200;
// Lines are broken by the same font at a size at which rounding to pixels does not matter.
constexpr int kMeasure_px = 100;
constexpr double kKerning = 1.02;  // the document does not kern

fs::path font_of(const Storyboard& board) {
  return board.font.empty() ? media::default_font() : board.font;
}

fs::path bold_font_of(const Storyboard& board) {
  return board.font.empty() ? media::default_font(/*bold=*/true) : board.font;
}

std::string numbered(std::size_t index, const Panel& panel) {
  return panel.caption.empty() ? fmt::format("{}", index + 1)
                               : fmt::format("{}. {}", index + 1, panel.caption);
}

struct Extent {
  int width_px = 1, height_px = 1;
};

Extent largest(const std::vector<Picture>& pictures) {
  Extent extent;
  for (const Picture& picture : pictures) {
    extent.width_px = std::max(extent.width_px, picture.width_px);
    extent.height_px = std::max(extent.height_px, picture.height_px);
  }
  return extent;
}

int columns_for(const Storyboard& board) {
  const int count = int(board.panels.size());
  if (board.columns > 0) return std::min(board.columns, count);
  if (count <= 3) return count;
  return count <= 8 ? (count + 1) / 2 : 4;
}

/// Each panel's caption in lines.
std::vector<std::vector<std::string>> wrapped_captions(const Storyboard& board,
                                                       const Lettering& letters, int width_px) {
  std::vector<std::vector<std::string>> all;
  for (std::size_t i = 0; i < board.panels.size(); ++i)
    all.push_back(letters.wrapped(numbered(i, board.panels[i]), width_px, kMostLines));
  return all;
}

int most_lines(const std::vector<std::vector<std::string>>& captions) {
  std::size_t most = 1;
  for (const auto& lines : captions) most = std::max(most, lines.size());
  return int(most);
}

/// The pages of the document, one after the other.
class Document {
 public:
  Document(const Storyboard& board, const std::vector<Picture>& pictures)
      : board_(board),
        pictures_(pictures),
        letters_(kMeasure_px, font_of(board)),
        pdf_(board.title, font_of(board)) {
    const Extent extent = largest(pictures);
    aspect_ = double(extent.width_px) / extent.height_px;
    fit();
  }

  std::string write() {
    const int places = grid_.columns * grid_.rows;
    const int count = int(pictures_.size());
    const int pages = (count + places - 1) / places;
    for (int page = 0; page < pages; ++page) {
      pdf_.begin_page(kPageWidth_pt, kPageHeight_pt);
      write_head(page + 1, pages);
      for (int place = 0; place < places && page * places + place < count; ++place)
        write_panel(std::size_t(page * places + place), place);
    }
    return pdf_.finish();
  }

 private:
  // Captions break where the pictures' width tells, and leave the pictures the rest of the page.
  void fit() {
    int lines = 1;
    for (int round = 0; round < kMostLines; ++round) {
      grid_ = best_grid(int(pictures_.size()), kPanelsAPage, kPageWidth_pt - 2 * kMargin_pt,
                        kPageHeight_pt - 2 * kMargin_pt - kHead_pt, aspect_, lines * kLine_pt + 6,
                        kGap_pt);
      captions_ = wrapped_captions(board_, letters_,
                                   int(grid_.picture_width * kMeasure_px / kCaption_pt / kKerning));
      if (most_lines(captions_) <= lines) return;
      lines = most_lines(captions_);
    }
  }

  void write_head(int page, int pages) {
    const double baseline = kMargin_pt + kTitle_pt;
    const std::string number = pages > 1 ? fmt::format("{} / {}", page, pages) : "";
    const double right = kPageWidth_pt - kMargin_pt;
    const double room = right - kMargin_pt - pdf_.width_pt(kCaption_pt, number) - kGap_pt;
    const auto title = letters_.wrapped(
        board_.title, int(room * kMeasure_px / kTitle_pt / kKerning), /*most_lines=*/1);
    if (!title.empty()) pdf_.write(kMargin_pt, baseline, kTitle_pt, title.front(), kInk);
    pdf_.write(right - pdf_.width_pt(kCaption_pt, number), baseline, kCaption_pt, number, kSoftInk);
  }

  void write_panel(std::size_t index, int place) {
    const double cell_width =
        (kPageWidth_pt - 2 * kMargin_pt - (grid_.columns - 1) * kGap_pt) / grid_.columns;
    const double cell_height = (kPageHeight_pt - 2 * kMargin_pt - kHead_pt + kGap_pt) / grid_.rows;
    const double width = grid_.picture_width, height = width / aspect_;
    const double x = kMargin_pt + place % grid_.columns * (cell_width + kGap_pt);
    const double y = kMargin_pt + kHead_pt + place / grid_.columns * cell_height;

    // A picture of another shape fits into the same frame.
    const Picture& picture = pictures_[index];
    const double scale = std::min(width / picture.width_px, height / picture.height_px);
    pdf_.draw(picture, x, y, picture.width_px * scale, picture.height_px * scale);
    double baseline = y + picture.height_px * scale + kLine_pt;
    for (const std::string& line : captions_[index]) {
      pdf_.write(x, baseline, kCaption_pt, line, kInk);
      baseline += kLine_pt;
    }
  }

  const Storyboard& board_;
  const std::vector<Picture>& pictures_;
  Lettering letters_;
  media::PdfDocument pdf_;
  double aspect_ = 1;
  SheetGrid grid_;
  std::vector<std::vector<std::string>> captions_;
};

}  // namespace

SheetGrid best_grid(int count, int most, double page_width, double page_height, double aspect,
                    double caption_height, double gap) {
  const int places = std::min(count, most);
  SheetGrid best;
  for (int columns = 1; columns <= places; ++columns) {
    const int rows = (places + columns - 1) / columns;
    const double by_width = (page_width - (columns - 1) * gap) / columns;
    const double by_height = ((page_height - (rows - 1) * gap) / rows - caption_height) * aspect;
    const double width = std::min(by_width, by_height);
    if (width > best.picture_width) best = {columns, rows, width};
  }
  return best;
}

Picture storyboard_sheet(const Storyboard& board, const std::vector<Picture>& pictures) {
  std::vector<Picture> small;
  for (const Picture& picture : pictures) small.push_back(reduced(picture, kLargestThumbnail_px));
  const Extent cell = largest(small);
  const int size_px = std::clamp(cell.width_px / 22, 11, 20);
  const Lettering letters(size_px, font_of(board));
  const auto captions = wrapped_captions(board, letters, cell.width_px);
  const int caption_px = size_px / 2 + most_lines(captions) * letters.line_height_px();

  // Write each caption below its picture.
  std::vector<Picture> cells;
  for (std::size_t i = 0; i < small.size(); ++i) {
    cells.push_back(media::blank_picture(cell.width_px, cell.height_px + caption_px));
    media::paste(cells.back(), small[i], 0, cell.height_px - small[i].height_px);
    int y = cell.height_px + size_px / 2;
    for (const std::string& line : captions[i]) {
      letters.draw(cells.back(), 0, y, line, kInk);
      y += letters.line_height_px();
    }
  }

  // Lay them out, with the title above.
  media::ContactSheetOptions layout;
  layout.columns = columns_for(board);
  layout.gap_px = size_px;
  const Picture sheet = media::contact_sheet(cells, layout);
  const Lettering large(size_px * 3 / 2, bold_font_of(board));
  const auto title = large.wrapped(board.title, sheet.width_px - 2 * layout.gap_px, 2);
  const int head_px = layout.gap_px + int(title.size()) * large.line_height_px();
  Picture whole = media::blank_picture(sheet.width_px, sheet.height_px + head_px);
  for (std::size_t i = 0; i < title.size(); ++i)
    large.draw(whole, layout.gap_px, layout.gap_px + int(i) * large.line_height_px(), title[i],
               kInk);
  media::paste(whole, sheet, 0, head_px);
  return whole;
}

std::string storyboard_pdf(const Storyboard& board, const std::vector<Picture>& pictures) {
  return Document(board, pictures).write();
}

std::string storyboard_html(const Storyboard& board, const FinishedStoryboard& finished) {
  HtmlPage page(board.title, board.language);
  page.heading(1, board.title);
  std::vector<std::vector<std::string>> rows;
  for (std::size_t i = 0; i < finished.panels.size(); ++i) {
    const Panel& panel = board.panels[i];
    const FinishedPanel& made = finished.panels[i];
    const guide::RunOptions& options = made.record.options;
    page.figure(made.file, numbered(i, panel), options.prompt);
    rows.push_back({fmt::format("{}. {}", i + 1, panel.name), options.prompt,
                    options.negative_prompt, fmt::format("{}", options.seed),
                    panel.from < 0 ? "" : board.panels[std::size_t(panel.from)].name,
                    made.record.similarity ? fmt::format("{:.3f}", *made.record.similarity) : ""});
  }
  page.heading(2, "How the panels were made");
  page.table({"Panel", "Prompt", "Not", "Seed", "Starts from", "Similarity"}, rows);
  page.raw(
      fmt::format("<p>All on one sheet: <a href=\"{0}\">{0}</a>, <a href=\"{1}\">{1}</a>. "
                  "All options: <a href=\"manifest.json\">manifest.json</a>.</p>",
                  kSheet, kDocument));
  return page.html();
}

void write_pages(const Storyboard& board, const FinishedStoryboard& finished,
                 const fs::path& folder) {
  std::vector<Picture> pictures;
  for (const FinishedPanel& panel : finished.panels)
    pictures.push_back(reduced(media::read_picture(folder / panel.file), kLargestInDocument_px));
  write_if_changed(folder / kPage, storyboard_html(board, finished));
  write_if_changed(folder / kSheet, media::encode_picture(storyboard_sheet(board, pictures),
                                                          media::PictureFormat::png));
  write_if_changed(folder / kDocument, storyboard_pdf(board, pictures));
}

void write_if_changed(const fs::path& path, std::string_view content) {
  std::error_code ignored;
  if (fs::file_size(path, ignored) == content.size() && !ignored &&
      base::read_file(path, content.size()) == content)
    return;
  base::write_file(path, content);
}

}  // namespace clipguide::workflow
