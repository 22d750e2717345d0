#include "clipguide/workflow/spec_file.h"

#define TOML_EXCEPTIONS 1
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"
#include "clipguide/base/utf8.h"
#include "clipguide/guide/named_files.h"
#include "clipguide/guide/nearest.h"
#include "clipguide/view/view_options.h"
#include "clipguide/workflow/option_form.h"

namespace clipguide::workflow {
namespace {

using base::UsageError;
using nlohmann::json;
namespace fs = std::filesystem;

constexpr std::size_t kLargestSpec = std::size_t(16) << 20;

const toml::table& as_table(const void* node) { return *static_cast<const toml::table*>(node); }

std::string kind_of(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "a list";
    case toml::node_type::string:
      return fmt::format("the text '{}'", node.as_string()->get());
    case toml::node_type::integer:
      return fmt::format("{}", node.as_integer()->get());
    case toml::node_type::floating_point:
      return fmt::format("{}", node.as_floating_point()->get());
    case toml::node_type::boolean:
      return node.as_boolean()->get() ? "true" : "false";
    default:
      return "a date or a time";
  }
}

/// TOML's values as JSON. Dates stay texts: nothing here takes them.
json to_json(const toml::node& node) {
  if (const auto* table = node.as_table()) {
    json object = json::object();
    for (const auto& [key, value] : *table) object[std::string(key.str())] = to_json(value);
    return object;
  }
  if (const auto* array = node.as_array()) {
    json list = json::array();
    for (const toml::node& value : *array) list.push_back(to_json(value));
    return list;
  }
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* integer = node.as_integer()) return integer->get();
  if (const auto* number = node.as_floating_point()) return number->get();
  if (const auto* boolean = node.as_boolean()) return boolean->get();
  return kind_of(node);
}

std::string dashed(std::string key) {
  std::replace(key.begin(), key.end(), '_', '-');
  return key;
}

}  // namespace

struct SpecTable::Document {
  std::string source;
  fs::path folder;
  toml::table root;
  mutable std::set<fs::path> readable;  // pictures that were read to their end
};

SpecTable::SpecTable(std::shared_ptr<const Document> document, const void* node)
    : document_(std::move(document)), node_(node) {}

SpecTable SpecTable::read(const fs::path& path) {
  return parse(base::read_file(path, kLargestSpec), path.string());
}

SpecTable SpecTable::parse(std::string_view text, const std::string& source) {
  const auto document = std::make_shared<Document>();
  document->source = source;
  document->folder = fs::path(source).parent_path();
  if (const std::size_t valid = base::valid_utf8_prefix(text); valid < text.size())
    base::throw_error<UsageError>(
        "{}: line {}: expected UTF-8, got the byte 0x{:02x}", source,
        1 + std::count(text.begin(), text.begin() + std::ptrdiff_t(valid), '\n'),
        static_cast<unsigned char>(text[valid]));
  try {
    document->root = toml::parse(text, source);
  } catch (const toml::parse_error& error) {
    std::string what(error.description());
    std::replace(what.begin(), what.end(), '\n', ' ');
    base::throw_error<UsageError>("{}: line {}, column {}: expected TOML: {}", source,
                                  error.source().begin.line, error.source().begin.column, what);
  }
  const toml::table* root = &document->root;
  return {document, root};
}

void SpecTable::expect_only(const std::vector<std::string>& known, bool and_run_options) const {
  for (const std::string& key : keys()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    if (and_run_options && guide::find_option(dashed(key))) continue;
    std::vector<std::string> all = known;
    if (and_run_options)
      for (const guide::OptionSpec& option : guide::option_table()) all.push_back(option.name);
    const std::string meant = guide::nearest(key, all);
    throw UsageError(fmt::format("{}: line {}: unknown key '{}'", source(), line_of(key), key),
                     meant.empty() ? "known here: " + fmt::format("{}", fmt::join(known, ", "))
                                   : fmt::format("did you mean {}?", meant));
  }
}

bool SpecTable::has(std::string_view key) const { return as_table(node_).contains(key); }

std::vector<std::string> SpecTable::keys() const {
  std::vector<std::pair<toml::source_position, std::string>> found;
  for (const auto& [key, value] : as_table(node_))
    found.emplace_back(key.source().begin, std::string(key.str()));
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> names;
  for (auto& [place, name] : found) names.push_back(std::move(name));
  return names;
}

std::string SpecTable::text(std::string_view key) const {
  const toml::node* node = as_table(node_).get(key);
  if (!node) refuse(key, "a text", "nothing");
  if (!node->is_string()) refuse(key, "a text", kind_of(*node));
  return node->as_string()->get();
}

std::string SpecTable::text(std::string_view key, const std::string& otherwise) const {
  return has(key) ? text(key) : otherwise;
}

std::string SpecTable::choice(std::string_view key, const std::vector<std::string>& choices,
                              const std::string& otherwise) const {
  const std::string chosen = text(key, otherwise);
  if (has(key) && std::find(choices.begin(), choices.end(), chosen) == choices.end())
    refuse(key, fmt::format("one of {}", fmt::join(choices, ", ")), "'" + chosen + "'");
  return chosen;
}

bool SpecTable::flag(std::string_view key, bool otherwise) const {
  const toml::node* node = as_table(node_).get(key);
  if (!node) return otherwise;
  if (!node->is_boolean()) refuse(key, "true or false", kind_of(*node));
  return node->as_boolean()->get();
}

std::int64_t SpecTable::integer(std::string_view key, std::int64_t low, std::int64_t high) const {
  const std::string expected = high == std::numeric_limits<std::int64_t>::max()
                                   ? fmt::format("an integer of at least {}", low)
                                   : fmt::format("an integer from {} to {}", low, high);
  const toml::node* node = as_table(node_).get(key);
  if (!node) refuse(key, expected, "nothing");
  if (!node->is_integer()) refuse(key, expected, kind_of(*node));
  const std::int64_t value = node->as_integer()->get();
  if (value < low || value > high) refuse(key, expected, std::to_string(value));
  return value;
}

std::int64_t SpecTable::integer(std::string_view key, std::int64_t low, std::int64_t high,
                                std::int64_t otherwise) const {
  return has(key) ? integer(key, low, high) : otherwise;
}

double SpecTable::number(std::string_view key, double low, double high) const {
  const std::string expected = std::isinf(high) ? fmt::format("a number of at least {}", low)
                                                : fmt::format("a number from {} to {}", low, high);
  const toml::node* node = as_table(node_).get(key);
  if (!node) refuse(key, expected, "nothing");
  if (!node->is_number()) refuse(key, expected, kind_of(*node));
  const double value =
      node->is_integer() ? double(node->as_integer()->get()) : node->as_floating_point()->get();
  if (!(value >= low && value <= high)) refuse(key, expected, fmt::format("{}", value));
  return value;
}

double SpecTable::number(std::string_view key, double low, double high, double otherwise) const {
  return has(key) ? number(key, low, high) : otherwise;
}

std::vector<std::string> SpecTable::texts(std::string_view key) const {
  const toml::node* node = as_table(node_).get(key);
  if (!node) return {};
  if (node->is_string()) return {node->as_string()->get()};
  const toml::array* list = node->as_array();
  if (!list) refuse(key, "a list of texts", kind_of(*node));
  std::vector<std::string> texts;
  for (const toml::node& entry : *list) {
    if (!entry.is_string()) refuse(key, "a list of texts", "a list with " + kind_of(entry));
    texts.push_back(entry.as_string()->get());
  }
  return texts;
}

json SpecTable::value(std::string_view key) const {
  const toml::node* node = as_table(node_).get(key);
  return node ? to_json(*node) : json();
}

std::optional<SpecTable> SpecTable::table(std::string_view key) const {
  const toml::node* node = as_table(node_).get(key);
  if (!node) return std::nullopt;
  if (!node->is_table()) refuse(key, fmt::format("a table [{}]", key), kind_of(*node));
  return SpecTable(document_, node->as_table());
}

std::vector<SpecTable> SpecTable::tables(std::string_view key) const {
  const toml::node* node = as_table(node_).get(key);
  if (!node) return {};
  const std::string expected = fmt::format("tables [[{}]]", key);
  const toml::array* list = node->as_array();
  if (!list) refuse(key, expected, kind_of(*node));
  std::vector<SpecTable> tables;
  for (const toml::node& entry : *list) {
    if (!entry.is_table()) refuse(key, expected, "a list with " + kind_of(entry));
    tables.push_back(SpecTable(document_, entry.as_table()));
  }
  return tables;
}

json SpecTable::option_value(std::string_view key, const guide::OptionSpec& option,
                             const json& value) const {
  if (const toml::node* node = as_table(node_).get(key);
      option.name == "view" && node && node->is_table())
    table(key)->expect_only(view::view_strength_names());
  std::vector<std::string> named;
  json from_here;
  try {
    guide::RunOptions scratch;
    const json taken = option_form(option, value);
    option.set(scratch, taken);
    from_here = guide::with_paths(option, taken, [&](const std::string& path) {
      named.push_back(path);
      return path_from_here(path).string();
    });
  } catch (const UsageError& error) {
    throw UsageError(fmt::format("{}: line {}: {}", source(), line_of(key), error.what()),
                     error.hint());
  }
  for (const std::string& path : named) {
    if (guide::names_pictures(option))
      picture_from_here(key, path);
    else
      file_from_here(key, path);
  }
  return from_here;
}

void SpecTable::apply_run_options(guide::RunOptions& options,
                                  const std::vector<std::string>& except) const {
  for (const std::string& key : keys()) {
    if (std::find(except.begin(), except.end(), key) != except.end()) continue;
    const guide::OptionSpec* option = guide::find_option(dashed(key));
    if (!option) continue;
    option->set(options, option_value(key, *option, value(key)));
  }
}

fs::path SpecTable::path_from_here(const std::string& path) const {
  return document_->folder / path;  // an absolute path stays what it is
}

fs::path SpecTable::file_from_here(std::string_view key, const std::string& path) const {
  const fs::path file = path_from_here(path);
  std::error_code ignored;
  if (!fs::exists(file, ignored)) refuse(key, "a file", "'" + path + "', which is not there");
  if (fs::is_directory(file, ignored)) refuse(key, "a file", "'" + path + "', which is a folder");
  return file;
}

fs::path SpecTable::picture_from_here(std::string_view key, const std::string& path) const {
  const fs::path file = file_from_here(key, path);
  if (document_->readable.contains(file)) return file;
  try {
    guide::check_picture(file.string());
  } catch (const base::Error& error) {
    refuse(key, "a picture", error.what());
  }
  document_->readable.insert(file);
  return file;
}

int SpecTable::line() const { return int(as_table(node_).source().begin.line); }

int SpecTable::line_of(std::string_view key) const {
  for (const auto& [known, value] : as_table(node_))
    if (known.str() == key) return int(known.source().begin.line);
  return line();
}

const std::string& SpecTable::source() const { return document_->source; }

void SpecTable::refuse(std::string_view key, const std::string& expected,
                       const std::string& got) const {
  base::throw_error<UsageError>("{}: line {}: {}: expected {}, got {}", source(), line_of(key), key,
                                expected, got);
}

}  // namespace clipguide::workflow
