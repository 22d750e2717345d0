#include <algorithm>
#include <cmath>

#include "clipguide/guide/start_search.h"
#include "clipguide/objective/likeness.h"

/// Which forms of a generator's catalogue a search draws from.
namespace clipguide::guide {
namespace {

constexpr std::int64_t kFormsAtOnce = 64;  // seen by a model
constexpr int kFormsOfPrompt = 8;          // forms that fit the prompts, to draw from

std::vector<std::int64_t> lowest(const at::Tensor& losses, int count) {
  const std::int64_t most = std::min<std::int64_t>(count, losses.size(0));
  const at::Tensor rows =
      std::get<1>(losses.topk(most, 0, /*largest=*/false, /*sorted=*/true)).cpu().contiguous();
  return {rows.data_ptr<std::int64_t>(), rows.data_ptr<std::int64_t>() + most};
}

}  // namespace

at::Tensor draw_small(const canvas::FormGenerator& generator, const at::Tensor& codes) {
  return at::avg_pool2d(generator(codes), 2);
}

std::vector<at::Tensor> StartSearch::form_features(const canvas::FormGenerator& generator,
                                                   bool own) const {
  canvas::Placement large;
  large.size = 0.8;
  const at::Tensor place = canvas::place_values(large).to(wish_.device);
  std::vector<at::Tensor> features;
  for (std::size_t m = 0; m < wish_.models.size(); ++m) {
    const clip::ClipModel& model = *wish_.models[m];
    if (m == 0 && own && generator.features().defined() &&
        generator.features().size(1) == wish_.targets[0].embeddings.size(1)) {
      features.push_back(clip::unit_length(generator.features()));
      continue;
    }
    std::vector<at::Tensor> portions;
    for (const at::Tensor& codes : generator.codes().split(kFormsAtOnce)) {
      const std::int64_t side = model.input_side_px(), count = codes.size(0);
      const at::Tensor grey = torch::full({count, 3, side, side}, 0.5, codes.options());
      const at::Tensor seen =
          canvas::lay_over(grey, generator(codes).unsqueeze(1), place.expand({count, 1, -1}),
                           torch::ones({count, 1}, codes.options()), 0);
      portions.push_back(clip::unit_length(model.encode_image(seen.clamp(0, 1))));
    }
    features.push_back(torch::cat(portions));
  }
  return features;
}

/// A form is fit for a thing that the model would give its name, among all names, and that it would
/// choose for the name, among all forms: the cosine alone prefers forms that resemble everything.
/// Each such choice changes what is left for the others, so the two are made in turn until forms
/// and names are shared out.   Source: Sinkhorn & Knopp 1967
std::vector<std::vector<std::int64_t>> StartSearch::forms_of_things(
    const at::Tensor& features, const std::vector<std::int64_t>& things) const {
  // 93% of 1,151 names find a form of theirs after one round, 95% after five. Then they become
  // fewer: names of several forms give theirs away to names that resemble them.
  constexpr int kRounds = 5;
  at::Tensor fit =
      objective::likeness(features, wish_.names) * wish_.models[0]->logit_scale();  // [K, R]
  for (int round = 0; round < kRounds; ++round)
    fit = torch::log_softmax(torch::log_softmax(fit, 0), 1);
  // Any second best was the right one for 13 names, and a wrong one beside the right for 77. One
  // that fits hardly less is another look of the thing, a green apple beside the red one. If the
  // prompts give the thing a colour, that chooses among more of them: nine hearts share a name, and
  // the black one fits it a third as well as the best.
  constexpr int kMostLooks = 12;
  const double hardly_less = std::log(2.0), as_coloured = std::log(8.0);
  std::vector<std::vector<std::int64_t>> forms;
  for (const std::int64_t thing : things) {
    const auto coloured = wish_.coloured.find(thing);
    const bool has_colour = coloured != wish_.coloured.end();
    const at::Tensor of_thing = fit.select(1, thing);
    std::vector<std::int64_t> looks = lowest(-of_thing, kMostLooks);
    const double least =
        of_thing[looks[0]].item<double>() - (has_colour ? as_coloured : hardly_less);
    std::erase_if(looks, [&](std::int64_t form) { return of_thing[form].item<double>() < least; });
    if (has_colour) {
      const at::Tensor alike = features.mv(coloured->second);
      looks = {*std::max_element(looks.begin(), looks.end(), [&](auto one, auto other) {
        return alike[one].template item<double>() < alike[other].template item<double>();
      })};
    }
    forms.push_back(std::move(looks));
  }
  return forms;
}

StartSearch::FormStock StartSearch::stock(const canvas::FormGenerator& generator, bool own) const {
  const torch::NoGradGuard no_grad;
  const std::vector<at::Tensor> features = form_features(generator, own);
  FormStock stock;
  std::vector<std::int64_t> rows, things = wish_.things;
  const auto add = [&](const std::vector<std::int64_t>& forms, std::int64_t thing, int part) {
    stock.groups.push_back({int(rows.size()), int(forms.size()), thing, part});
    rows.insert(rows.end(), forms.begin(), forms.end());
  };

  // 1. For each thing named, in the whole picture and in its parts, the forms that fit.
  std::vector<int> parts(things.size(), -1);
  for (std::size_t p = 0; p < wish_.parts.size(); ++p)
    for (const std::int64_t thing : wish_.parts[p].things) {
      things.push_back(thing);
      parts.push_back(int(p));
    }
  if (!things.empty()) {
    const auto forms = forms_of_things(features[0], things);
    for (std::size_t t = 0; t < things.size(); ++t) add(forms[t], things[t], parts[t]);
  }

  // 2. Where none is named, or no names are known, those that fit the prompts.
  objective::Evidence evidence;
  for (const at::Tensor& seen : features) evidence.embeddings.push_back(seen.unsqueeze(1));
  if (stock.groups.empty() && asks_for_whole())
    add(lowest(loss_of(evidence), kFormsOfPrompt), -1, -1);
  for (std::size_t p = 0; p < wish_.parts.size() && !wish_.names.defined(); ++p)
    add(lowest(part_prompts_[p].loss(evidence), kFormsOfPrompt), -1, int(p));

  if (rows.empty()) return stock;
  stock.codes = generator.codes().index_select(0, torch::tensor(rows, at::kLong).to(wish_.device));
  stock.drawn = draw_small(generator, stock.codes);
  return stock;
}

}  // namespace clipguide::guide
