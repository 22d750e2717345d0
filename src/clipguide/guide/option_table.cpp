#include "clipguide/guide/option_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>

#include "clipguide/base/error.h"
#include "clipguide/canvas/make_canvas.h"
#include "clipguide/guide/optimizer.h"
#include "clipguide/guide/option_groups.h"
#include "clipguide/guide/option_kinds.h"
#include "clipguide/guide/scheduled_view.h"

namespace clipguide::guide {
namespace {

using base::UsageError;
using nlohmann::json;

std::string check_resolutions(const std::string& got) {
  if (got == "all" || got == "power-of-two") return "";
  constexpr std::string_view kPrefix = "every-";
  if (got.starts_with(kPrefix))
    if (const auto n = whole<int>(std::string_view(got).substr(kPrefix.size())); n && *n >= 1)
      return "";
  return "all, power-of-two, or every-N with a whole N from 1";
}

std::string check_strength(const std::string& got) {
  const std::size_t equals = got.find('=');
  if (equals != std::string::npos && equals > 0) {
    const std::string_view strength = std::string_view(got).substr(equals + 1);
    try {
      const double worst = Curve::parse(strength, "view strength").worst(0, kUnbounded);
      if (std::isfinite(worst) && worst >= 0) return "";
    } catch (const UsageError&) {
    }
  }
  return "NAME=STRENGTH with a finite strength, 0 or more, or NAME=CURVE";
}

OptionSpec coarse_to_fine(const Doc& doc) {
  OptionSpec option = curve(doc, &RunOptions::coarse_to_fine, 0, 4);
  option.set = [set = option.set, name = doc.name](RunOptions& run, const json& value) {
    RunOptions tried;
    set(tried, value);
    const Curve& got = tried.coarse_to_fine;
    if (const double worst = got.worst(0, 1); !got.constant() && worst > 1)
      refuse(name, "a curve of bandwidths from 0 to 1", worst);
    run.coarse_to_fine = got;
  };
  return option;
}

void add_lookers(std::vector<OptionSpec>& table) {
  const std::string group = "Who looks";
  table.push_back(list({"model", 'm', group, "MODEL",
                        "a CLIP model: a known name, a hub repository org/name or a path, with "
                        ":WEIGHT if several; may be repeated for an ensemble"},
                       &RunOptions::models, check_not_empty));
  table.push_back(text({"judge", 0, group, "MODEL",
                        "a model that only judges: its similarity is reported, never optimised"},
                       &RunOptions::judge));
  table.push_back(choice({"precision", 0, group, "",
                          "of the image towers on the CPU; auto: bf16 where the processor has it"},
                         &RunOptions::precision, {"auto", "fp32", "bf16"}));
  table.push_back(choice(
      {"kernels", 0, group, "", "what computes towers and forms on the CPU; auto: the best it can"},
      &RunOptions::kernels,
      {"auto", "amx", "avx512-bf16", "avx512", "avx2", "portable", "libtorch"}));
  table.push_back(text(
      {"vocab", 0, group, "FILE", "the tokenizer's vocabulary, where none lies beside the model"},
      &RunOptions::vocabulary, OptionType::path));
  table.push_back(flag({"truncate", 0, group, "", "cut a prompt that is too long for the model"},
                       &RunOptions::truncate));
  table.push_back(flag(
      {"allow-non-finite-weights", 0, group, "", "load a model whose weights hold NaN or infinity"},
      &RunOptions::allow_non_finite_weights));
}

void add_optimised(std::vector<OptionSpec>& table) {
  const std::string group = "What is optimised";
  table.push_back(choice({"canvas", 0, group, "", "what the picture is made of"},
                         &RunOptions::canvas, canvas::canvas_names()));
  table.push_back(
      integer({"width", 'W', group, "PX", "width of the picture"}, &RunOptions::width, 8, 16384));
  table.push_back(integer({"height", 'H', group, "PX", "height of the picture"},
                          &RunOptions::height, 8, 16384));
  table.push_back(
      text({"init", 'i', group, "FILE",
            "where it starts: grey, noise, the best beginning found by search, or a picture"},
           &RunOptions::init, OptionType::path, check_not_empty));
  table.back().choices = {"grey", "noise", "search"};
  table.push_back(
      choice({"ground", 0, group, "",
              "what lies under the objects of a collage that it starts from: keep it, or "
              "search a new one for them"},
             &RunOptions::ground, {"keep", "new"}));
  table.push_back(integer({"candidates", 0, group, "N", "random beginnings that a search looks at"},
                          &RunOptions::candidates, 1, 1000000));
  table.push_back(number({"init-noise", 0, group, "SIGMA",
                          "standard deviation of the starting noise, in the canvas's own units"},
                         &RunOptions::init_noise, 0, 100));
  table.push_back(text(
      {"resolutions", 0, group, "SET", "pyramid: which resolutions: all, every-N or power-of-two"},
      &RunOptions::resolutions, OptionType::text, check_resolutions));
  table.push_back(
      number({"decay", 0, group, "POWER", "fourier, wavelet: detail falls as 1/frequency^POWER"},
             &RunOptions::decay, 0, 10));
  table.push_back(
      integer({"margin", 0, group, "PX", "canvas beyond the picture's edge; -1: as the views ask"},
              &RunOptions::margin, -1, 4096));
}

void add_views(std::vector<OptionSpec>& table) {
  const std::string group = "How it is looked at";
  table.push_back(choice({"views", 0, group, "", "preset of the random views"}, &RunOptions::views,
                         {"plain", "das", "aphantasia", "vqgan-clip", "disco"}));
  table.push_back(count_curve({"cuts", 0, group, "N",
                               "views a step, or a curve of them as 0:32, 0.5:8, rounded and at "
                               "least 1; 0: as the preset says"},
                              &RunOptions::cuts, 0, view::kMostViews));
  table.push_back(
      list({"view", 0, group, "NAME=STRENGTH",
            "change one part of the preset: roll=1, flip=0, noise=0:0.5,1:0; may be repeated"},
           &RunOptions::view_strengths, check_strength));
}

void add_climb(std::vector<OptionSpec>& table) {
  const std::string group = "The climb";
  table.push_back(seed(
      {"seed", 's', group, "N", "the same seed gives the same picture; without one it is drawn"}));
  table.push_back(integer({"steps", 0, group, "N", "steps of the optimizer"}, &RunOptions::steps, 1,
                          1'000'000));
  table.push_back(integer({"batch", 'b', group, "N", "pictures at once, with seeds from --seed on"},
                          &RunOptions::batch, 1, 1024));
  table.push_back(choice({"optimizer", 0, group, "", "how the gradient becomes a step"},
                         &RunOptions::optimizer, optimizer_names()));
  table.push_back(curve(
      {"lr", 0, group, "RATE",
       "learning rate, or a curve of it as 0:0.1, 1:0.01; 0: what suits canvas and optimizer"},
      &RunOptions::lr, 0, 1e6));
  table.push_back(choice({"lr-schedule", 0, group, "", "how the learning rate falls over the run"},
                         &RunOptions::lr_schedule, {"constant", "linear", "cosine"}));
  table.push_back(
      number({"weight-decay", 0, group, "RATE", "adamw: pull of the parameters to zero"},
             &RunOptions::weight_decay, 0, 1e3));
  table.push_back(
      coarse_to_fine({"coarse-to-fine", 0, group, "SHARE",
                      "share of the run in which detail grows from coarse to fine; 0: off, above "
                      "1: it never grows "
                      "whole. A curve is the finest detail itself, 1 being all: 0:0.1, 0.5:1"}));
  table.push_back(integer(
      {"view-batch", 0, group, "N", "views in memory at once, with the same result; 0: all"},
      &RunOptions::view_batch, 0, 65536));
  table.push_back(choice({"keep", 0, group, "", "which picture of the run is written"},
                         &RunOptions::keep, {"last", "best"}));
}

std::string key_of(const std::string& name) {
  std::string key = name;
  std::replace(key.begin(), key.end(), '-', '_');
  return key;
}

json schema_of(const OptionSpec& option) {
  const std::vector<std::pair<OptionType, json>> types = {
      {OptionType::flag, "boolean"},
      {OptionType::integer, "integer"},
      {OptionType::number, "number"},
      {OptionType::text, "string"},
      {OptionType::path, "string"},
      {OptionType::list, "array"},
      {OptionType::curve, json::array({option.whole ? "integer" : "number", "string"})},
      {OptionType::curves, "string"}};
  json schema = {{"description", option.help}, {"default", option.get(RunOptions{})}};
  for (const auto& [type, name] : types)
    if (type == option.type) schema["type"] = name;
  if (option.type == OptionType::list) schema["items"] = {{"type", "string"}};
  if (option.type == OptionType::text && !option.choices.empty()) schema["enum"] = option.choices;
  // Whole numbers stay whole in the schema.
  const auto bound = [&](double value) -> json {
    if (option.whole) return std::int64_t(value);
    return value;
  };
  if (option.minimum) schema["minimum"] = bound(*option.minimum);
  if (option.maximum) schema["maximum"] = bound(*option.maximum);
  return schema;
}

}  // namespace

const std::vector<OptionSpec>& option_table() {
  static const std::vector<OptionSpec> table = [] {
    std::vector<OptionSpec> options;
    add_wanted_options(options);
    add_lookers(options);
    add_optimised(options);
    add_canvas_options(options);
    add_layout_options(options);
    add_views(options);
    add_climb(options);
    return options;
  }();
  return table;
}

bool is_schedulable(const OptionSpec& option) {
  return option.type == OptionType::curve || option.type == OptionType::curves ||
         option.name == "view";
}

const OptionSpec* find_option(const std::string& name) {
  for (const OptionSpec& option : option_table())
    if (option.name == name) return &option;
  return nullptr;
}

json parse_value(const OptionSpec& option, const std::vector<std::string>& texts) {
  if (option.type == OptionType::list) return texts;
  if (texts.size() != 1) refuse(option.name, "one value", texts);
  const std::string& text = texts.front();
  switch (option.type) {
    case OptionType::flag:
      if (text == "true" || text == "false") return text == "true";
      refuse(option.name, "true or false", text);
    case OptionType::integer: {
      if (const auto value = whole<std::int64_t>(text)) return *value;
      if (const auto value = whole<std::uint64_t>(text)) return *value;
      break;
    }
    case OptionType::curve:
      if (option.whole)
        if (const auto value = whole<std::int64_t>(text)) return *value;
      [[fallthrough]];
    case OptionType::number:
      if (const auto value = whole<double>(text)) return *value;
      break;
    default:
      return text;
  }
  return text;  // not a number: `set` says what it expected
}

json to_json(const RunOptions& options) {
  json object = json::object();
  for (const OptionSpec& option : option_table()) object[key_of(option.name)] = option.get(options);
  return object;
}

RunOptions from_json(const json& object) {
  if (!object.is_object()) refuse("run options", "an object", object);
  std::vector<std::string> known;
  for (const OptionSpec& option : option_table()) known.push_back(key_of(option.name));
  RunOptions options;
  for (const auto& [key, value] : object.items()) {
    const auto found = std::find(known.begin(), known.end(), key);
    if (found == known.end()) {
      const std::string meant = nearest(key, known);
      throw UsageError(fmt::format("unknown option '{}'", key),
                       meant.empty() ? "" : fmt::format("did you mean '{}'?", meant));
    }
    option_table()[std::size_t(found - known.begin())].set(options, value);
  }
  return options;
}

json option_schema() {
  json properties = json::object();
  for (const OptionSpec& option : option_table())
    properties[key_of(option.name)] = schema_of(option);
  return {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
          {"title", "clipguide run"},
          {"type", "object"},
          {"properties", properties},
          {"additionalProperties", false}};
}

}  // namespace clipguide::guide
