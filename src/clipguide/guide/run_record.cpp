#include "clipguide/guide/run_record.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "clipguide/base/error.h"
#include "clipguide/guide/option_table.h"
#include "clipguide/media/card.h"

namespace clipguide::guide {
namespace {

using nlohmann::json;

constexpr const char* kOwnKey = "clipguide";

media::Card card_of(const RunRecord& record, const std::string& version) {
  const RunOptions& run = record.options;
  media::Card card;
  card.prompt = run.prompt;
  card.negative_prompt = run.negative_prompt;
  card.steps = record.steps_done;
  card.seed = run.seed;
  card.size_px = {run.width, run.height};
  card.model = fmt::format("{}", fmt::join(run.models, " + "));
  card.version = "clipguide " + version;
  card.more = {{"Sampler", run.optimizer}, {"Canvas", run.canvas}, {"Views", run.views}};
  return card;
}

}  // namespace

media::Metadata to_metadata(const RunRecord& record, const std::string& version) {
  json own = {{"version", version},
              {"options", to_json(record.options)},
              {"steps_done", record.steps_done}};
  if (record.similarity) own["similarity"] = *record.similarity;
  if (record.judge_similarity) own["judge_similarity"] = *record.judge_similarity;
  return {{"parameters", media::format_card(card_of(record, version))},
          {kOwnKey, own.dump(-1, ' ', true, json::error_handler_t::replace)}};
}

RunRecord read_record(const media::Metadata& metadata, const std::string& source) {
  const auto found = metadata.find(kOwnKey);
  if (found == metadata.end())
    throw base::FormatError(source + ": expected the record of a clipguide run, found none",
                            "pictures written with --no-metadata, or saved again by another "
                            "program, have lost it");
  const json own = json::parse(found->second, nullptr, /*allow_exceptions=*/false);
  if (!own.is_object() || !own.contains("options"))
    base::throw_error<base::FormatError>(
        "{}: expected the record of a run as JSON with 'options', got something else", source);
  RunRecord record;
  record.options = from_json(own["options"]);
  const auto number = [&](const char* key) -> std::optional<double> {
    if (!own.contains(key) || !own[key].is_number()) return std::nullopt;
    return own[key].get<double>();
  };
  record.similarity = number("similarity");
  record.judge_similarity = number("judge_similarity");
  const double steps = number("steps_done").value_or(record.options.steps);
  record.steps_done = int(std::clamp(steps, 0.0, double(record.options.steps)));
  return record;
}

}  // namespace clipguide::guide
