#include "clipguide/guide/option_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <set>

#include "clipguide/base/error.h"
#include "clipguide/canvas/make_canvas.h"

namespace clipguide::guide {
namespace {

using nlohmann::json;

std::string refusal(const json& object) {
  try {
    from_json(object);
  } catch (const base::UsageError& error) {
    return error.what();
  }
  return "";
}

/// Counts the fields of RunOptions: the most initialisers its braces take.
struct Anything {
  template <class T>
  operator T() const;
};
template <class T, class... Initialisers>
constexpr std::size_t field_count() {
  if constexpr (requires { T{Initialisers{}..., Anything{}}; })
    return field_count<T, Initialisers..., Anything>();
  else
    return sizeof...(Initialisers);
}

/// A value of the option's kind that is legal and not its default.
json other_value(const OptionSpec& option) {
  const json standard = option.get(RunOptions{});
  switch (option.type) {
    case OptionType::flag:
      return !standard.get<bool>();
    case OptionType::integer:
      return standard.get<std::int64_t>() + 1;
    case OptionType::number: {
      const double usual = standard.get<double>();
      return usual < *option.maximum ? (usual + std::min(*option.maximum, usual + 1)) / 2
                                     : (usual + *option.minimum) / 2;
    }
    case OptionType::curve:
      return "0:1, 1:0.5";
    case OptionType::list:
      if (option.name == "region") return json::array({"0,0,1,0.5:a sky"});
      return json::array({"one=1", "two=2"});
    case OptionType::curves:
      return "1 - t | t";
    default:
      break;
  }
  for (const std::string& choice : option.choices)
    if (choice != standard) return choice;
  if (option.name == "resolutions") return "every-3";
  if (option.name == "colours") return "#000000,#ffffff";
  return "another";
}

TEST(OptionTable, holds_every_field_once_and_sets_no_other) {
  std::set<std::string> names;
  std::set<char> letters;
  for (const OptionSpec& option : option_table()) {
    SCOPED_TRACE(option.name);
    EXPECT_TRUE(names.insert(option.name).second);
    EXPECT_TRUE(!option.short_name || letters.insert(option.short_name).second);
    EXPECT_FALSE(option.help.empty());
    EXPECT_FALSE(option.group.empty());

    RunOptions run;
    option.set(run, other_value(option));
    EXPECT_EQ(option.get(run), other_value(option));
    for (const OptionSpec& bystander : option_table())
      EXPECT_TRUE(&bystander == &option || bystander.get(run) == bystander.get(RunOptions{}))
          << bystander.name;
  }
  // What determines the picture but is missing here would be lost in rerun and resume.
  EXPECT_EQ(names.size(), field_count<RunOptions>());
}

TEST(OptionTable, defaults_pass_their_own_checks) {
  for (const OptionSpec& option : option_table()) {
    RunOptions run;
    EXPECT_NO_THROW(option.set(run, option.get(run))) << option.name;
  }
}

TEST(OptionTable, json_there_and_back_is_the_identity) {
  RunOptions run;
  for (const OptionSpec& option : option_table()) option.set(run, other_value(option));
  run.seed = std::numeric_limits<std::uint64_t>::max();
  run.lr = 0.1;
  const json first = to_json(run);
  const json second = to_json(from_json(json::parse(first.dump())));
  EXPECT_EQ(first, second);
  EXPECT_EQ(from_json(first).seed, std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(from_json(first).lr, 0.1);
}

TEST(OptionTable, missing_keys_keep_their_defaults) {
  const RunOptions run = from_json({{"steps", 7}});
  EXPECT_EQ(run.steps, 7);
  EXPECT_EQ(run.width, RunOptions{}.width);
}

TEST(OptionTable, refuses_values_out_of_range_naming_option_range_and_value) {
  EXPECT_EQ(refusal({{"width", 0}}), "width: expected a whole number from 8 to 16384, got 0");
  EXPECT_EQ(refusal({{"height", -1}}), "height: expected a whole number from 8 to 16384, got -1");
  EXPECT_EQ(refusal({{"width", 1000000}}),
            "width: expected a whole number from 8 to 16384, got 1000000");
  EXPECT_EQ(refusal({{"steps", 0}}), "steps: expected a whole number from 1 to 1000000, got 0");
  EXPECT_EQ(refusal({{"batch", 0}}), "batch: expected a whole number from 1 to 1024, got 0");
  EXPECT_EQ(refusal({{"steps", 18446744073709551615ull}}),
            "steps: expected a whole number from 1 to 1000000, got 18446744073709551615");
  EXPECT_EQ(refusal({{"lr", std::numeric_limits<double>::quiet_NaN()}}),
            "lr: expected a number from 0 to 1000000, got \"nan\"");
  EXPECT_EQ(refusal({{"lr", -0.1}}), "lr: expected a number from 0 to 1000000, got -0.1");
  EXPECT_EQ(refusal({{"tv", std::numeric_limits<double>::infinity()}}),
            "tv: expected a finite number, 0 or more, got \"inf\"");
  EXPECT_EQ(refusal({{"seed", -1}}),
            "seed: expected a whole number from 0 to 18446744073709551615, got -1");
  EXPECT_EQ(refusal({{"coarse_to_fine", 4.5}}),
            "coarse-to-fine: expected a number from 0 to 4, got 4.5");
}

TEST(OptionTable, cuts_are_a_whole_number_or_a_curve) {
  const auto written = [](const json& cuts) {
    return to_json(from_json({{"cuts", cuts}}))["cuts"];
  };
  EXPECT_EQ(written(32).dump(), "32") << "as records have had it";
  EXPECT_EQ(written("32").dump(), "32");
  EXPECT_EQ(written("0:32, 0.5:8"), "0:32, 0.5:8");
  EXPECT_EQ(parse_value(*find_option("cuts"), {"4"}).dump(), "4");
  EXPECT_EQ(refusal({{"cuts", 4.5}}),
            "cuts: expected a whole number from 0 to 65536, or a curve, got 4.5");
  EXPECT_EQ(refusal({{"cuts", "4.5"}}),
            "cuts: expected a whole number from 0 to 65536, or a curve, got 4.5");
  EXPECT_EQ(refusal({{"cuts", -1}}),
            "cuts: expected a whole number from 0 to 65536, or a curve, got -1");
  EXPECT_EQ(refusal({{"cuts", "0:4, 1:-1"}}), "cuts: expected a number from 0 to 65536, got -1.0");
  const json schema = option_schema()["properties"]["cuts"];
  EXPECT_EQ(schema["type"], json({"integer", "string"}));
  EXPECT_EQ(schema["maximum"].dump(), "65536");
}

TEST(OptionTable, coarse_to_fine_is_a_share_of_the_run_or_a_curve_of_the_bandwidth) {
  EXPECT_EQ(refusal({{"coarse_to_fine", 3}}), "");
  EXPECT_EQ(refusal({{"coarse_to_fine", "0:0.1, 0.5:1"}}), "");
  EXPECT_EQ(refusal({{"coarse_to_fine", "0:0.1, 0.5:2"}}),
            "coarse-to-fine: expected a curve of bandwidths from 0 to 1, got 2.0");
}

TEST(OptionTable, factors_on_weights_are_curves) {
  for (const char* key :
       {"prompt_weights", "negative_weights", "image_weights", "style_weights", "region_weights"}) {
    EXPECT_EQ(refusal({{key, "1 - t | 0:0, 1:2"}}), "") << key;
    EXPECT_NE(refusal({{key, "-1"}}).find("expected finite factors, 0 or more"), std::string::npos);
    EXPECT_NE(refusal({{key, 1}}).find("expected a text, got 1"), std::string::npos) << key;
  }
}

TEST(OptionTable, refuses_values_of_another_kind) {
  EXPECT_EQ(refusal({{"steps", "many"}}),
            "steps: expected a whole number from 1 to 1000000, got \"many\"");
  EXPECT_EQ(refusal({{"steps", 1.5}}), "steps: expected a whole number from 1 to 1000000, got 1.5");
  EXPECT_EQ(refusal({{"decay", "fast"}}), "decay: expected a number from 0 to 10, got \"fast\"");
  EXPECT_EQ(refusal({{"lr", "fast"}}),
            "lr, column 1: expected t, pi, sin, cos, exp, log, sqrt, abs, min or max, got 'fast'");
  EXPECT_EQ(refusal({{"lr", "0:1, 1:-2"}}), "lr: expected a number from 0 to 1000000, got -2.0");
  EXPECT_EQ(refusal({{"prompt", 3}}), "prompt: expected a text, got 3");
  EXPECT_EQ(refusal({{"model", "vit"}}), "model: expected a list of texts, got \"vit\"");
  EXPECT_EQ(refusal({{"truncate", 1}}), "truncate: expected true or false, got 1");
  EXPECT_EQ(refusal(json::array()), "run options: expected an object, got []");
}

TEST(OptionTable, refuses_an_unknown_choice_and_names_the_nearest) {
  EXPECT_EQ(refusal({{"canvas", "pyramids"}}),
            "canvas: expected pixel, pyramid, fourier, wavelet, palette, siren, latent, "
            "collage (did you mean pyramid?), got \"pyramids\"");
  EXPECT_EQ(refusal({{"keep", "everything"}}), "keep: expected last, best, got \"everything\"");
  EXPECT_NE(refusal({{"resolutions", "every-0"}}), "");
  EXPECT_NE(refusal({{"resolutions", "every-2x"}}), "");
  EXPECT_EQ(refusal({{"resolutions", "every-4"}}), "");
  EXPECT_NE(refusal({{"view", {"noise=-1"}}}), "");
  EXPECT_NE(refusal({{"view", {"noise=nan"}}}), "");
  EXPECT_NE(refusal({{"view", {"=1"}}}), "");
  EXPECT_EQ(refusal({{"view", {"noise=0.1"}}}), "");
}

TEST(OptionTable, a_long_wrong_value_does_not_drown_the_message) {
  EXPECT_LT(refusal({{"canvas", std::string(1 << 20, 'x')}}).size(), 200u);
}

TEST(OptionTable, an_unknown_key_is_refused_with_a_suggestion) {
  try {
    from_json({{"stesp", 3}});
    FAIL();
  } catch (const base::UsageError& error) {
    EXPECT_STREQ(error.what(), "unknown option 'stesp'");
    EXPECT_EQ(error.hint(), "did you mean 'steps'?");
  }
}

TEST(OptionTable, reads_the_written_form_of_each_kind) {
  const auto parsed = [](const char* name, std::vector<std::string> texts) {
    return parse_value(*find_option(name), texts);
  };
  EXPECT_EQ(parsed("steps", {"12"}), json(12));
  EXPECT_EQ(parsed("seed", {"18446744073709551615"}), json(18446744073709551615ull));
  EXPECT_EQ(parsed("lr", {"1e-3"}), json(1e-3));
  EXPECT_EQ(parsed("truncate", {"true"}), json(true));
  EXPECT_EQ(parsed("model", {"a", "b"}), json({"a", "b"}));
  EXPECT_EQ(parsed("prompt", {"12"}), json("12"));
  RunOptions run;
  EXPECT_THROW(find_option("steps")->set(run, parsed("steps", {"12x"})), base::UsageError);
  EXPECT_THROW(find_option("steps")->set(run, parsed("steps", {""})), base::UsageError);
  EXPECT_THROW(find_option("lr")->set(run, parsed("lr", {"nan"})), base::UsageError);
  EXPECT_THROW(find_option("lr")->set(run, parsed("lr", {"0.1 0"})), base::UsageError);
}

TEST(OptionTable, the_schema_describes_every_option) {
  const json schema = option_schema();
  EXPECT_EQ(schema["additionalProperties"], false);
  EXPECT_EQ(schema["properties"].size(), option_table().size());
  EXPECT_EQ(schema["properties"]["width"]["minimum"], 8);
  EXPECT_EQ(schema["properties"]["width"]["maximum"], 16384);
  EXPECT_EQ(schema["properties"]["canvas"]["enum"], json(canvas::canvas_names()));
  EXPECT_EQ(schema["properties"]["init"].count("enum"), 0u) << "init takes any path too";
  EXPECT_EQ(schema["properties"]["lr"]["type"], json({"number", "string"}));
  EXPECT_EQ(schema["properties"]["image_prompt"]["items"]["type"], "string");
}

TEST(Nearest, forgives_typing_errors_but_not_other_words) {
  const std::vector<std::string> known = {"steps", "seed", "tv", "height"};
  EXPECT_EQ(nearest("stpes", known), "steps");
  EXPECT_EQ(nearest("hieght", known), "height");
  EXPECT_EQ(nearest("sed", known), "seed");
  EXPECT_EQ(nearest("xyz", known), "");
  EXPECT_EQ(nearest("banana", known), "");
  EXPECT_EQ(nearest("", known), "");
  EXPECT_EQ(nearest(std::string(1 << 20, 's'), known), "");
}

}  // namespace
}  // namespace clipguide::guide
