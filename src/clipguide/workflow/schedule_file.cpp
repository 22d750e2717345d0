#include "clipguide/workflow/schedule_file.h"

#include "clipguide/workflow/option_range.h"

namespace clipguide::workflow {
namespace {

SpecTable checked_schedule(SpecTable schedule) {
  std::vector<std::string> known;
  for (const guide::OptionSpec& option : guide::option_table())
    if (guide::is_schedulable(option)) known.push_back(option.name);
  for (const std::string& key : schedule.keys()) {
    const guide::OptionSpec* const option = option_of_key(key);
    if (!option) continue;
    if (!guide::is_schedulable(*option))
      schedule.refuse(key, "an option that can change over the run", "one that cannot");
    known.push_back(key);  // it may be written with '_'
  }
  schedule.expect_only(known);
  return schedule;
}

}  // namespace

SpecTable read_schedule(const std::filesystem::path& path) {
  return checked_schedule(SpecTable::read(path));
}

SpecTable parse_schedule(std::string_view text, const std::string& source) {
  return checked_schedule(SpecTable::parse(text, source));
}

}  // namespace clipguide::workflow
