#include "clipguide/cli/progress.h"

#include <gtest/gtest.h>
#include <stdlib.h>

namespace clipguide::cli {
namespace {

TEST(FormatDuration, reads_like_a_person_says_it) {
  EXPECT_EQ(format_duration(0.4), "0 s");
  EXPECT_EQ(format_duration(59.4), "59 s");
  EXPECT_EQ(format_duration(60), "1 min 00 s");
  EXPECT_EQ(format_duration(3725), "1 h 02 min");
  EXPECT_EQ(format_duration(-1), "0 s");
}

TEST(Warmth, tells_where_the_similarity_goes) {
  Warmth rising, falling, still;
  for (int step = 0; step < 30; ++step) {
    rising.add(0.1 + 0.01 * step);
    falling.add(0.4 - 0.01 * step);
    still.add(0.2 + (step % 2 ? 1e-4 : -1e-4));
  }
  EXPECT_EQ(rising.hint(), "warmer");
  EXPECT_EQ(falling.hint(), "colder");
  EXPECT_EQ(still.hint(), "steady");
}

/// Standard error of the body. Tests run without a terminal there.
template <class Body>
std::string standard_error(Body body) {
  testing::internal::CaptureStderr();
  body();
  return testing::internal::GetCapturedStderr();
}

TEST(Progress, off_a_terminal_writes_plain_lines_now_and_then) {
  double now_s = 0;
  const std::string said = standard_error([&] {
    Terminal terminal;
    Progress progress(terminal, 100, 0, [&] { return now_s; });
    for (int step = 1; step <= 100; ++step) {
      now_s += 0.5;
      progress.update(step, 0.001 * step);
    }
    progress.finish();
    EXPECT_NEAR(progress.steps_per_s(), 2, 1e-9);
    EXPECT_NEAR(progress.best(), 0.1, 1e-9);
  });
  EXPECT_EQ(said.find('\x1b'), std::string::npos) << "no escapes off a terminal";
  EXPECT_EQ(said.find('\r'), std::string::npos);
  // 50 s with a line every 10 s: the first, four more, and the last step's.
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 6) << said;
  EXPECT_NE(
      said.find("step 100/100  similarity 0.1000 (best 0.1000, warmer)  2.00 steps/s  50 s\n"),
      std::string::npos)
      << said;
  EXPECT_NE(
      said.find("step 1/100  similarity 0.0010 (best 0.0010, steady)  2.00 steps/s  50 s left"),
      std::string::npos)
      << said;
}

TEST(Progress, of_a_resumed_run_counts_only_its_own_steps) {
  double now_s = 0;
  standard_error([&] {
    Terminal terminal;
    Progress progress(terminal, 100, 90, [&] { return now_s; });
    now_s = 10;
    progress.update(100, 0.2);
    EXPECT_NEAR(progress.steps_per_s(), 1, 1e-9);
  });
}

TEST(Terminal, is_silent_when_quiet_except_for_nothing) {
  EXPECT_EQ(standard_error([] {
              Terminal terminal(Loudness::quiet);
              terminal.say("a");
              terminal.warn("b");
              terminal.redraw("c");
              terminal.log_sink()(base::LogLevel::warning, "d");
            }),
            "");
}

TEST(Terminal, strips_escapes_from_foreign_text) {
  EXPECT_EQ(standard_error([] { Terminal().say("red \x1b[31mapple\x1b]0;title\x07\n."); }),
            "red apple .\n");
}

TEST(Terminal, passes_debug_remarks_only_when_verbose) {
  const auto remark = [](Loudness loudness) {
    return standard_error([&] { Terminal(loudness).log_sink()(base::LogLevel::debug, "detail"); });
  };
  EXPECT_EQ(remark(Loudness::normal), "");
  EXPECT_EQ(remark(Loudness::verbose), "detail\n");
}

TEST(CutToColumns, never_splits_a_character) {
  EXPECT_EQ(cut_to_columns("abc", 2), "ab");
  EXPECT_EQ(cut_to_columns("██░", 2), "██");
  EXPECT_EQ(cut_to_columns("ab", 10), "ab");
}

}  // namespace
}  // namespace clipguide::cli
