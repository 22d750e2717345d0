#pragma once

#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace clipguide::clip {

/// One JSON object of a config file, read key by key; a null counts as absent. Every error names
/// the file and the key's path, what was expected and what came.
///   throws  FormatError
class JsonSection {
 public:
  /// Parses a file whose outermost value has to be an object.
  static JsonSection parse(const std::string& json, const std::string& source);

  bool has(std::string_view key) const;
  void demand(std::string_view key) const;  ///< throws unless it is there

  std::int64_t whole(std::string_view key, std::int64_t fallback, std::int64_t low,
                     std::int64_t high) const;
  double number(std::string_view key, double fallback, double low, double high) const;
  bool flag(std::string_view key, bool fallback) const;
  std::string text(std::string_view key, std::string_view fallback) const;

  /// A number, or a list of two that are equal (height and width of a square).
  std::int64_t side(std::string_view key, std::int64_t fallback, std::int64_t low,
                    std::int64_t high) const;
  std::vector<std::int64_t> whole_list(std::string_view key, std::size_t count, std::int64_t low,
                                       std::int64_t high) const;
  std::vector<double> number_list(std::string_view key, std::size_t count, double low,
                                  double high) const;
  bool is_list(std::string_view key) const;

  /// The object under a key, empty when absent.
  JsonSection section(std::string_view key) const;
  /// The same with the keys of `other` laid over it.
  JsonSection overlaid(const JsonSection& other) const;

  /// "not supported: PATH = VALUE (WHY)"
  [[noreturn]] void refuse(std::string_view key, std::string_view why) const;
  /// Refuses every key that is not in the list: it may name a feature that changes the numbers.
  void allow_only(std::initializer_list<std::string_view> keys) const;

 private:
  JsonSection(nlohmann::json object, std::string source, std::string path);
  const nlohmann::json* find(std::string_view key) const;
  std::int64_t to_whole(const nlohmann::json& value, std::string_view key, std::int64_t low,
                        std::int64_t high) const;
  double to_number(const nlohmann::json& value, std::string_view key, double low,
                   double high) const;
  std::string where(std::string_view key) const;
  [[noreturn]] void expected(std::string_view what, std::string_view key,
                             const nlohmann::json& got) const;

  nlohmann::json object_;
  std::string source_, path_;
};

}  // namespace clipguide::clip
