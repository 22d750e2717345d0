#include "clipguide/guide/run_prompts.h"

#include "clipguide/base/error.h"
#include "clipguide/guide/prompt_schedule.h"
#include "clipguide/imaging/picture_tensor.h"
#include "clipguide/objective/prompt_text.h"
#include "clipguide/objective/scheduled_objective.h"
#include "clipguide/objective/style_objective.h"

namespace clipguide::guide {
namespace {

using Texts = std::vector<objective::PromptText>;

/// All prompts of several options' texts; empty ones are passed over.
Texts read_all(const std::vector<std::string>& specs, std::string_view what) {
  Texts all;
  for (const std::string& spec : specs) {
    if (spec.empty()) continue;
    const Texts some = objective::parse_prompts(spec, what);
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

objective::PromptPull pull_of(const objective::PromptText& prompt,
                              const std::vector<Curve>& factors, std::size_t index) {
  objective::PromptPull pull{prompt.weight, prompt.stop};
  if (index < factors.size()) pull.factor = as_factor(factors[index]);
  return pull;
}

/// Texts, and for each of them a factor, or none for any.
struct Weighed {
  Texts texts;
  std::vector<Curve> factors;
};

/// name  of one of them, also in messages about the specs
Weighed weighed(const std::vector<std::string>& specs, std::string_view name,
                std::string_view option, const std::string& factors) {
  Weighed read{read_all(specs, name), {}};
  read.factors = factors_of({option, name, read.texts.size()}, factors);
  return read;
}

/// What the options say of the embedding.
struct Wish {
  Weighed wanted, unwanted, images;
  std::vector<Curve> of_regions;
};

Wish read_wish(const RunOptions& options) {
  Wish wish;
  wish.wanted.texts = read_all({options.prompt}, "prompt");
  wish.wanted.factors = prompt_factors(options, wish.wanted.texts.size());
  wish.unwanted = weighed({options.negative_prompt}, "negative prompt", "negative-weights",
                          options.negative_weights);
  wish.of_regions =
      factors_of({"region-weights", "region", options.regions.size()}, options.region_weights);
  wish.images =
      weighed(options.image_prompts, "image prompt", "image-weights", options.image_weights);
  if (wish.wanted.texts.empty() && wish.unwanted.texts.empty() && wish.images.texts.empty() &&
      options.regions.empty())
    base::throw_error<base::UsageError>("prompt: expected a text or a picture, got neither");
  return wish;
}

Weighed read_styles(const RunOptions& options) {
  Weighed styles{read_all(options.style_images, "style-image"), {}};
  styles.factors =
      factors_of({"style-weights", "style image", styles.texts.size()}, options.style_weights);
  return styles;
}

}  // namespace

void check_prompts(const RunOptions& options) {
  read_wish(options);
  read_styles(options);
}

RunPrompts run_prompts(const RunOptions& options, const std::string& avoided,
                       const std::vector<Region>& regions, const RegionalView& views) {
  const Wish wish = read_wish(options);
  RunPrompts made;
  const auto add_texts = [&](const Weighed& prompts, double sign) {
    for (std::size_t i = 0; i < prompts.texts.size(); ++i) {
      made.pulls.push_back(pull_of(prompts.texts[i], prompts.factors, i));
      made.pulls.back().weight *= sign;
      made.texts.push_back(prompts.texts[i].text);
    }
  };
  add_texts(wish.wanted, 1);
  add_texts(wish.unwanted, -1);
  add_texts({read_all({avoided}, "negative prompt"), {}}, -1);

  for (std::size_t r = 0; r < regions.size(); ++r) {
    made.pulls.push_back(pull_of(regions[r].prompt, wish.of_regions, r));
    made.pulls.back().of_region = true;
    made.pulls.back().views = [whole = views.whole, each = views.views_each, r](double t) {
      return objective::ViewSpan{whole(t) + int(r) * each(t), each(t)};
    };
    made.texts.push_back(regions[r].prompt.text);
  }

  for (std::size_t i = 0; i < wish.images.texts.size(); ++i) {
    made.pulls.push_back(pull_of(wish.images.texts[i], wish.images.factors, i));
    made.pictures.push_back(media::read_picture(wish.images.texts[i].text));
  }

  if (!regions.empty())
    for (objective::PromptPull& pull : made.pulls)
      if (!pull.of_region)
        pull.views = [whole = views.whole](double t) { return objective::ViewSpan{0, whole(t)}; };
  return made;
}

at::Tensor RunPrompts::embedded(const clip::ClipModel& model, torch::Device device,
                                bool truncate) const {
  const torch::NoGradGuard no_grad;
  std::vector<at::Tensor> rows;
  if (!texts.empty()) rows.push_back(model.encode_texts(texts, truncate));
  for (const media::Picture& picture : pictures)
    rows.push_back(model.encode_image(clip::preprocess(picture, model.config()).to(device)));
  return clip::unit_length(torch::cat(rows));
}

std::vector<std::shared_ptr<const objective::Objective>> style_terms(const RunOptions& options,
                                                                     torch::Device device) {
  const Weighed styles = read_styles(options);
  std::vector<std::shared_ptr<const objective::Objective>> terms;
  for (std::size_t i = 0; i < styles.texts.size(); ++i) {
    const media::Picture picture = media::read_picture(styles.texts[i].text);
    const at::Tensor seen =
        imaging::from_rgb_bytes(picture.rgb, picture.height_px, picture.width_px);
    terms.push_back(
        std::make_shared<objective::StyleObjective>(seen.to(device), styles.texts[i].weight));
    if (!styles.factors.empty())
      terms.back() = std::make_shared<objective::ScheduledObjective>(std::move(terms.back()),
                                                                     as_factor(styles.factors[i]));
  }
  return terms;
}

}  // namespace clipguide::guide
