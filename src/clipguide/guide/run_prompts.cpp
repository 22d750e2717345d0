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

}  // namespace

RunPrompts run_prompts(const RunOptions& options, const std::string& avoided,
                       const std::vector<Region>& regions, const RegionalView& views) {
  const Texts wanted = read_all({options.prompt}, "prompt");
  const Texts unwanted = read_all({options.negative_prompt}, "negative prompt");
  const Texts words_to_avoid = read_all({avoided}, "negative prompt");
  const Texts images = read_all(options.image_prompts, "image prompt");
  if (wanted.empty() && unwanted.empty() && images.empty() && regions.empty())
    base::throw_error<base::UsageError>("prompt: expected a text or a picture, got neither");

  RunPrompts made;
  const auto add_texts = [&](const Texts& prompts, const std::vector<Curve>& factors, double sign) {
    for (std::size_t i = 0; i < prompts.size(); ++i) {
      made.pulls.push_back(pull_of(prompts[i], factors, i));
      made.pulls.back().weight *= sign;
      made.texts.push_back(prompts[i].text);
    }
  };
  add_texts(wanted, prompt_factors(options, wanted.size()), 1);
  add_texts(unwanted,
            factors_of({"negative-weights", "negative prompt", unwanted.size()},
                       options.negative_weights),
            -1);
  add_texts(words_to_avoid, {}, -1);

  const std::vector<Curve> of_regions =
      factors_of({"region-weights", "region", regions.size()}, options.region_weights);
  for (std::size_t r = 0; r < regions.size(); ++r) {
    made.pulls.push_back(pull_of(regions[r].prompt, of_regions, r));
    made.pulls.back().of_region = true;
    made.pulls.back().views = [whole = views.whole, each = views.views_each, r](double t) {
      return objective::ViewSpan{whole(t) + int(r) * each(t), each(t)};
    };
    made.texts.push_back(regions[r].prompt.text);
  }

  const std::vector<Curve> of_images =
      factors_of({"image-weights", "image prompt", images.size()}, options.image_weights);
  for (std::size_t i = 0; i < images.size(); ++i) {
    made.pulls.push_back(pull_of(images[i], of_images, i));
    made.pictures.push_back(media::read_picture(images[i].text));
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
  const Texts styles = read_all(options.style_images, "style-image");
  const std::vector<Curve> factors =
      factors_of({"style-weights", "style image", styles.size()}, options.style_weights);
  std::vector<std::shared_ptr<const objective::Objective>> terms;
  for (std::size_t i = 0; i < styles.size(); ++i) {
    const media::Picture picture = media::read_picture(styles[i].text);
    const at::Tensor seen =
        imaging::from_rgb_bytes(picture.rgb, picture.height_px, picture.width_px);
    terms.push_back(std::make_shared<objective::StyleObjective>(seen.to(device), styles[i].weight));
    if (!factors.empty())
      terms.back() = std::make_shared<objective::ScheduledObjective>(std::move(terms.back()),
                                                                     as_factor(factors[i]));
  }
  return terms;
}

}  // namespace clipguide::guide
