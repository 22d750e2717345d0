#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "clipguide/base/random.h"
#include "clipguide/guide/option_table.h"
#include "clipguide/workflow/spec_file.h"

namespace clipguide::workflow {

/// A run option that is drawn anew for each picture: from a range, or among choices.
class OptionRange {
 public:
  /// `key` of a table of ranges: a list of choices, or { from = .., to = .. } with both ends
  /// included, whole numbers where the option takes those.
  ///   throws  UsageError of the table for what is not a run option, not a range or list, reversed,
  ///           or holds a value that the option does not take
  static OptionRange read(const SpecTable& table, const std::string& key);

  const std::string& name() const { return option_->name; }
  nlohmann::json draw(base::RandomStream stream) const;
  void apply(guide::RunOptions& options, const nlohmann::json& drawn) const {
    option_->set(options, drawn);
  }

  /// All that the draws depend on, but for what the files hold that choices name.
  nlohmann::json identity() const;
  /// That: the digests of these files; an empty list where none are named.   cost: reads them
  nlohmann::json contents() const;

 private:
  const guide::OptionSpec* option_ = nullptr;
  std::vector<nlohmann::json> choices_;  ///< empty: a range
  double from_ = 0, to_ = 0;
  bool is_whole_ = false;
};

/// The option that a key of a spec names, written with '-' or '_'; null for none.
const guide::OptionSpec* option_of_key(std::string key);

}  // namespace clipguide::workflow
