#pragma once

#include <string>
#include <string_view>
#include <vector>

/// Pages that a browser opens from the folder they lie in: one file of HTML beside its pictures,
/// with its stylesheet inside, no script, and nothing fetched from elsewhere.
namespace clipguide::workflow {

/// Text as it may stand between tags and inside a quoted attribute. Ill-formed UTF-8 and control
/// characters other than tab and line feed become U+FFFD.
std::string escape_html(std::string_view text);

/// A page in the making, from top to bottom. All texts are escaped but those of `raw`.
class HtmlPage {
 public:
  /// language  of its texts, a BCP 47 tag: screen readers and hyphenation go by it
  explicit HtmlPage(std::string title, std::string language = "en");

  void heading(int level, std::string_view text);  ///< 1 to 6; the page's title is not repeated
  void paragraph(std::string_view text);           ///< line feeds stay

  /// A picture by its path from the page's folder, in UTF-8 with '/'. Figures that follow one
  /// another stand side by side where there is room. An empty caption leaves it away.
  ///   alt  what a reader who cannot see it is told
  void figure(std::string_view src_relative, std::string_view caption, std::string_view alt);

  /// A row that is shorter than the header is filled up with empty cells.
  void table(const std::vector<std::string>& header,
             const std::vector<std::vector<std::string>>& rows);

  /// HTML as it is: an inline SVG, say. Foreign text in it goes through escape_html first.
  void raw(std::string_view html);

  /// The whole page, so far.
  std::string html() const;

 private:
  void end_figures();

  std::string title_, language_;
  std::string body_;
  bool in_figures_ = false;
};

}  // namespace clipguide::workflow
