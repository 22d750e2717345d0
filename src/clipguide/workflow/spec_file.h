#pragma once

#include <filesystem>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "clipguide/guide/option_table.h"

/// Script, spec and scene files: TOML with strict keys. Every complaint is a UsageError of one
/// line, "board.toml: line 7: ..", that says what was expected and what came.
namespace clipguide::workflow {

/// One table of the file. It remembers the file's name and its lines.
class SpecTable {
 public:
  /// The file's root table.   throws  IoError, LimitError, UsageError for what is not TOML
  static SpecTable read(const std::filesystem::path& path);
  static SpecTable parse(std::string_view text, const std::string& source);

  /// Refuses every key that is not among `known`, with the nearest one that is. With
  /// `and_run_options` the names of run options (guide/option_table.h) are known as well, written
  /// with '-' or '_'.
  void expect_only(const std::vector<std::string>& known, bool and_run_options = false) const;

  bool has(std::string_view key) const;
  std::vector<std::string> keys() const;  ///< in the order of the file

  // Values. Without a default the key must be there.
  std::string text(std::string_view key) const;
  std::string text(std::string_view key, const std::string& otherwise) const;
  /// One of `choices`.
  std::string choice(std::string_view key, const std::vector<std::string>& choices,
                     const std::string& otherwise) const;
  bool flag(std::string_view key, bool otherwise) const;
  std::int64_t integer(std::string_view key, std::int64_t low, std::int64_t high) const;
  std::int64_t integer(std::string_view key, std::int64_t low, std::int64_t high,
                       std::int64_t otherwise) const;
  double number(std::string_view key, double low, double high) const;
  double number(std::string_view key, double low, double high, double otherwise) const;
  /// A list of texts; one text alone is a list of one; empty when the key is not there.
  std::vector<std::string> texts(std::string_view key) const;
  /// Any value, for what has several forms; null when it is not there.
  nlohmann::json value(std::string_view key) const;

  /// A table inside; empty when it is not there.
  std::optional<SpecTable> table(std::string_view key) const;
  /// `[[key]]`, each in turn.
  std::vector<SpecTable> tables(std::string_view key) const;

  /// The value of a run option that stands under `key`, or one of several such, as the option takes
  /// it: written as option_form has it, with paths that are meant from the file's folder.
  ///   throws  UsageError as `refuse` for what the option does not take, for a file that is
  ///           missing, and for a picture that cannot be read
  nlohmann::json option_value(std::string_view key, const guide::OptionSpec& option,
                              const nlohmann::json& value) const;
  /// Applies every key that names a run option and is not in `except` (keys of the table's own).
  void apply_run_options(guide::RunOptions& options,
                         const std::vector<std::string>& except = {}) const;

  /// A path in the file is meant from the file's folder.
  std::filesystem::path path_from_here(const std::string& path) const;
  /// The same of a file that must be there, named under `key`.   throws  as `refuse`
  std::filesystem::path file_from_here(std::string_view key, const std::string& path) const;
  /// The same of a picture, or a collage, that can be read to its end.
  std::filesystem::path picture_from_here(std::string_view key, const std::string& path) const;

  int line() const;                         ///< where the table begins
  int line_of(std::string_view key) const;  ///< of a key; the table's own when it is not there
  const std::string& source() const;

  /// throws  UsageError "source: line N: key: expected .., got .."
  [[noreturn]] void refuse(std::string_view key, const std::string& expected,
                           const std::string& got) const;

 private:
  struct Document;
  SpecTable(std::shared_ptr<const Document> document, const void* node);
  std::shared_ptr<const Document> document_;  // keeps the tree alive
  const void* node_;                          // toml::table: the parser stays out of this header
};

}  // namespace clipguide::workflow
