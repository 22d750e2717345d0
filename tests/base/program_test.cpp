#include "clipguide/base/program.h"

#include <gtest/gtest.h>

#include "clipguide/base/error.h"

namespace clipguide::base {
namespace {

TEST(Program, gives_exit_code_and_standard_error_and_needs_no_shell) {
  const ProgramResult failed = run_program({"ls", "/no such; echo folder"});
  EXPECT_NE(failed.exit_code, 0);
  EXPECT_NE(failed.err.find("/no such; echo folder"), std::string::npos) << failed.err;
  EXPECT_EQ(run_program({"true"}).exit_code, 0);
  EXPECT_EQ(run_program({"sh", "-c", "kill -TERM $$"}).exit_code, 128 + 15);
  EXPECT_EQ(run_program({"cat"}).exit_code, 0) << "standard input is empty";
  const std::string much = run_program({"sh", "-c", "seq 100000 >&2; echo the end >&2"}).err;
  EXPECT_LE(much.size(), 65536u);
  EXPECT_TRUE(much.ends_with("the end\n"));
  EXPECT_THROW(run_program({"no-such-program-here"}), IoError);
}

}  // namespace
}  // namespace clipguide::base
