#pragma once

#include <sys/types.h>

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace clipguide::bench {

/// One contestant: a process of its own, so that its memory can be told, which steps when it is
/// told to, so that several can take turns. It says `ready` after its first step; then answers each
/// line `step` with the seconds of that step, and the end of its input with its peak memory in GiB.
///   throws  IoError when it does not start, dies, answers otherwise or takes longer than its limit
class Side {
 public:
  Side(std::string name, const std::vector<std::string>& command, int threads, double limit_s);
  ~Side();
  Side(const Side&) = delete;
  Side& operator=(const Side&) = delete;

  const std::string& name() const { return name_; }
  double startup_s() const { return startup_s_; }  ///< from its start to the end of its first step
  double step();                                   ///< seconds
  double finish();                                 ///< peak memory, GiB

 private:
  Side(std::string name, double limit_s) : name_(std::move(name)), limit_s_(limit_s) {}
  std::string answer();

  std::string name_;
  double limit_s_;  // for an answer
  pid_t process_ = -1;
  std::FILE *to_ = nullptr, *from_ = nullptr;
  double startup_s_ = 0;
};

}  // namespace clipguide::bench
