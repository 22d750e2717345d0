#pragma once

#include <filesystem>
#include <string_view>

#include "clipguide/media/picture.h"
#include "clipguide/workflow/storyboard.h"

/// What a finished storyboard is looked at in: a contact sheet as a picture and as a document, and
/// a page.
namespace clipguide::workflow {

constexpr const char* kSheet = "sheet.png";
constexpr const char* kDocument = "sheet.pdf";
constexpr const char* kPage = "index.html";

/// Columns and rows of a page that holds up to `count` pictures, as large as they can be.
struct SheetGrid {
  int columns = 1, rows = 1;
  double picture_width = 0;  ///< in the unit of the page
};

/// The grid of at most `most` places for pictures of width/height `aspect` with a caption below.
SheetGrid best_grid(int count, int most, double page_width, double page_height, double aspect,
                    double caption_height, double gap);

/// All pictures on one sheet, reduced to at most 480 px, with number and caption below and the
/// title above.   throws  as media::contact_sheet
media::Picture storyboard_sheet(const Storyboard& board,
                                const std::vector<media::Picture>& pictures);

/// A4 across, up to eight pictures a page, with the captions as text.
std::string storyboard_pdf(const Storyboard& board, const std::vector<media::Picture>& pictures);

std::string storyboard_html(const Storyboard& board, const FinishedStoryboard& finished);

/// Writes the three of them, where they are not there to the byte already.
void write_pages(const Storyboard& board, const FinishedStoryboard& finished,
                 const std::filesystem::path& folder);

/// Leaves a file alone that holds just this.
void write_if_changed(const std::filesystem::path& path, std::string_view content);

}  // namespace clipguide::workflow
