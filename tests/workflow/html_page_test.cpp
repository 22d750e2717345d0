#include "clipguide/workflow/html_page.h"

#include <gtest/gtest.h>

#include "workflow/count_of.h"

namespace clipguide::workflow {
namespace {

TEST(HtmlPage, escapes_what_means_something_and_what_is_broken) {
  EXPECT_EQ(escape_html("<b>&\"'"), "&lt;b&gt;&amp;&quot;&#39;");
  EXPECT_EQ(escape_html("Łódź 日本 😀\t\n"), "Łódź 日本 😀\t\n");
  EXPECT_EQ(escape_html(std::string_view("a\0b\x1b", 4)), "a\uFFFDb\uFFFD");
  EXPECT_EQ(escape_html("\xff"), "\uFFFD");
}

TEST(HtmlPage, foreign_text_is_text_wherever_it_stands) {
  const std::string evil = "\"><script>alert('x')</script>";
  HtmlPage page(evil, evil);
  page.heading(2, evil);
  page.paragraph(evil);
  page.figure(evil, evil, evil);
  page.table({evil}, {{evil}});
  const std::string html = page.html();
  EXPECT_EQ(count_of(html, "<script"), 0) << html;
  EXPECT_EQ(count_of(html, "&lt;script&gt;"), 8) << "title, language, 6 in the body but the path";
  EXPECT_NE(html.find("src=\"%22%3E%3Cscript%3Ealert%28%27x%27%29%3C/script%3E\""), html.npos);
}

TEST(HtmlPage, a_path_is_not_taken_for_a_scheme_a_query_or_a_fragment) {
  HtmlPage page("t");
  page.figure("javascript:a b?c#d%/ä.png", "", "x");
  EXPECT_NE(page.html().find("src=\"javascript%3Aa%20b%3Fc%23d%25/%C3%A4.png\""),
            std::string::npos);
  EXPECT_EQ(page.html().find("<figcaption>"), std::string::npos) << "an empty caption";
}

TEST(HtmlPage, figures_in_a_row_share_a_grid_and_everything_is_closed) {
  HtmlPage page("t");
  page.figure("a.png", "a", "a");
  page.figure("b.png", "b", "b");
  page.raw("<svg></svg>");
  page.figure("c.png", "c", "c");
  const std::string html = page.html();
  EXPECT_EQ(count_of(html, "<div class=\"figures\">"), 2);
  EXPECT_EQ(count_of(html, "<div"), count_of(html, "</div>"));
  EXPECT_NE(html.find("<svg></svg>"), html.npos);
  EXPECT_EQ(page.html(), html) << "asking changes nothing";
}

TEST(HtmlPage, a_short_row_is_filled_up) {
  HtmlPage page("t");
  page.table({"a", "b", "c"}, {{"1"}, {"1", "2", "3"}});
  EXPECT_EQ(count_of(page.html(), "<td>"), 6);
  EXPECT_EQ(count_of(page.html(), "<th>"), 3);
}

}  // namespace
}  // namespace clipguide::workflow
