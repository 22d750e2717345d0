#include "clipguide/workflow/html_page.h"

#include <fmt/format.h>

#include <algorithm>

#include "clipguide/base/utf8.h"

namespace clipguide::workflow {
namespace {

// Readable by itself: one column of text, figures in a grid, the colours of the reader's choice.
constexpr std::string_view kStyle = R"css(:root {
  color-scheme: light dark;
  --ink: #1d1f21; --ground: #fdfdfc; --soft: #5f6468; --line: #d9dadb;
}
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e4e2; --ground: #17191b; --soft: #a0a4a8; --line: #3a3d40; }
}
body {
  margin: 2rem auto; padding: 0 1.25rem; max-width: 72rem;
  color: var(--ink); background: var(--ground);
  font: 1rem/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif;
}
h1, h2, h3, h4, h5, h6 { line-height: 1.2; margin: 2rem 0 .75rem; }
h1 { margin-top: 0; }
p, li { max-width: 44rem; }
p { white-space: pre-line; overflow-wrap: anywhere; }
.figures {
  display: grid; gap: 1.5rem; margin: 1.5rem 0;
  grid-template-columns: repeat(auto-fill, minmax(min(20rem, 100%), 1fr));
}
figure { margin: 0; }
img, svg { display: block; max-width: 100%; height: auto; }
figure img { width: 100%; border-radius: 4px; }
figcaption { margin-top: .5rem; white-space: pre-line; overflow-wrap: anywhere; }
.table { overflow-x: auto; margin: 1.5rem 0; }
table { border-collapse: collapse; font-size: .9rem; }
th, td { padding: .35rem .9rem .35rem 0; text-align: left; vertical-align: top;
  border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th { color: var(--soft); font-weight: 600; }
@media print { figure { break-inside: avoid; } }
)css";

/// A path as a relative reference: nothing in it is taken for a scheme, a query or a fragment.
std::string as_url(std::string_view path) {
  constexpr std::string_view kPlain = "-._~/";
  std::string url;
  for (const unsigned char c : path) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       kPlain.find(char(c)) != std::string_view::npos;
    if (plain)
      url += char(c);
    else
      url += fmt::format("%{:02X}", c);
  }
  return url;
}

std::string row_of(std::string_view cell, const std::vector<std::string>& texts,
                   std::size_t count) {
  std::string row = "<tr>";
  for (std::size_t i = 0; i < count; ++i)
    row += fmt::format("<{0}>{1}</{0}>", cell, i < texts.size() ? escape_html(texts[i]) : "");
  return row + "</tr>\n";
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string escaped;
  for (const char32_t c : base::from_utf8(text)) {
    switch (c) {
      case U'&':
        escaped += "&amp;";
        break;
      case U'<':
        escaped += "&lt;";
        break;
      case U'>':
        escaped += "&gt;";
        break;
      case U'"':
        escaped += "&quot;";
        break;
      case U'\'':
        escaped += "&#39;";
        break;
      default: {
        const bool control = (c < 0x20 && c != U'\t' && c != U'\n') || (c >= 0x7f && c < 0xa0);
        base::append_utf8(escaped, control ? U'\uFFFD' : c);
      }
    }
  }
  return escaped;
}

HtmlPage::HtmlPage(std::string title, std::string language)
    : title_(std::move(title)), language_(std::move(language)) {}

void HtmlPage::end_figures() {
  if (in_figures_) body_ += "</div>\n";
  in_figures_ = false;
}

void HtmlPage::heading(int level, std::string_view text) {
  end_figures();
  body_ += fmt::format("<h{0}>{1}</h{0}>\n", std::clamp(level, 1, 6), escape_html(text));
}

void HtmlPage::paragraph(std::string_view text) {
  end_figures();
  body_ += fmt::format("<p>{}</p>\n", escape_html(text));
}

void HtmlPage::figure(std::string_view src_relative, std::string_view caption,
                      std::string_view alt) {
  if (!in_figures_) body_ += "<div class=\"figures\">\n";
  in_figures_ = true;
  body_ +=
      fmt::format("<figure><img src=\"{}\" alt=\"{}\">", as_url(src_relative), escape_html(alt));
  if (!caption.empty()) body_ += fmt::format("<figcaption>{}</figcaption>", escape_html(caption));
  body_ += "</figure>\n";
}

void HtmlPage::table(const std::vector<std::string>& header,
                     const std::vector<std::vector<std::string>>& rows) {
  end_figures();
  std::size_t columns = header.size();
  for (const std::vector<std::string>& row : rows) columns = std::max(columns, row.size());
  body_ += "<div class=\"table\"><table>\n";
  if (!header.empty()) body_ += "<thead>" + row_of("th", header, columns) + "</thead>\n";
  body_ += "<tbody>\n";
  for (const std::vector<std::string>& row : rows) body_ += row_of("td", row, columns);
  body_ += "</tbody></table></div>\n";
}

void HtmlPage::raw(std::string_view html) {
  end_figures();
  body_ += html;
  body_ += '\n';
}

std::string HtmlPage::html() const {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{}</title>\n<style>\n{}</style>\n</head>\n<body>\n{}{}</body>\n</html>\n",
      escape_html(language_), escape_html(title_), kStyle, body_, in_figures_ ? "</div>\n" : "");
}

}  // namespace clipguide::workflow
