#include "clipguide/workflow/explanation_page.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "clipguide/objective/prompt_text.h"
#include "clipguide/workflow/explanation_words.h"
#include "clipguide/workflow/html_page.h"
#include "clipguide/workflow/svg_chart.h"

namespace clipguide::workflow {
namespace {

std::string shown_figure(const std::string& src, const std::string& caption, const std::string& alt,
                         bool small_pixels) {
  return fmt::format("<figure><img src=\"{}\" alt=\"{}\"{}><figcaption>{}</figcaption></figure>\n",
                     escape_html(src), escape_html(alt),
                     small_pixels ? " style=\"image-rendering: pixelated\"" : "",
                     escape_html(caption));
}

std::string grid(const std::string& figures, const char* least_width) {
  return fmt::format(
      "<div class=\"figures\" style=\"grid-template-columns: repeat(auto-fill, "
      "minmax(min({0}, 45%), {0}))\">\n{1}</div>",
      least_width, figures);
}

std::string judged(const Moment& moment) {
  return moment.judge ? fmt::format(", judge {:.3f}", *moment.judge) : "";
}

void add_moment(HtmlPage& page, const Moment& moment, const std::string& folder,
                const std::string& when) {
  const auto path = [&](const std::string& file) { return folder + "/" + file; };
  std::string figures = shown_figure(
      path(moment.picture),
      fmt::format("The picture. Similarity {:.3f}{}", moment.similarity, judged(moment)),
      "the picture " + when, false);
  figures += shown_figure(path(moment.gradient),
                          "The gradient. Red: lighter is warmer. Blue: darker is warmer.",
                          "signed gradient map " + when, false);
  figures += shown_figure(
      path(moment.gradient_size),
      fmt::format("Its size. Bright: these pixels matter most. Full colour is {:.1e} a pixel.",
                  moment.gradient_full),
      "size of the gradient " + when, false);
  if (!moment.update.empty())
    figures += shown_figure(
        path(moment.update),
        fmt::format("The step made, amplified; grey is no change. The largest change is {:.1f} "
                    "levels of 255.",
                    moment.largest_update),
        "change of the picture by the step " + when, false);
  page.raw(grid(figures, "14rem"));

  page.paragraph(views_told(moment));
  std::string views;
  for (std::size_t v = 0; v < moment.views.size(); ++v)
    views +=
        shown_figure(path(moment.views[v].file), fmt::format("{:.3f}", moment.views[v].similarity),
                     fmt::format("view {} {}", v + 1, when), true);
  page.raw(grid(views, "6rem"));
}

void add_prompt(HtmlPage& page, const Explanation& e) {
  page.heading(2, "The prompt");
  page.paragraph(fmt::format(
      "CLIP is two networks that were trained together on pictures and their captions. One turns a "
      "text into a list of numbers, the other turns a picture into such a list; here each list "
      "has {} numbers. Training pulled the lists of a picture and of its own caption together. "
      "Seen as arrows, two lists have an angle between them, and its cosine is called their "
      "similarity: 1 would be the same direction, 0 means that they have nothing to do with each "
      "other.",
      e.embedding));
  page.paragraph(
      "A text is first cut into pieces that the network has a number for, the tokens. A common "
      "word is one token, a rare one several. A start and an end token go round them.");
  std::vector<std::vector<std::string>> rows;
  for (const ExplainedPrompt& prompt : e.prompts) {
    std::vector<std::string> pieces;
    for (const auto& [id, piece] : prompt.tokens)
      pieces.push_back(fmt::format("{} ({})", piece, id));
    rows.push_back({prompt.text, fmt::format("{:g}", prompt.weight),
                    fmt::format("{}", fmt::join(pieces, ", "))});
  }
  page.table({"text", "weight", "tokens (their numbers)"}, rows);
  for (const ExplainedPrompt& prompt : e.prompts)
    if (!prompt.unknown.empty())
      page.paragraph(
          fmt::format("This model never learned: {}. It cannot draw what it has no word "
                      "for.",
                      fmt::join(prompt.unknown, ", ")));
  if (!e.options.image_prompts.empty())
    page.paragraph(
        fmt::format("Besides, the picture is to resemble: {}. A picture is a wish like "
                    "a text: it has a list of numbers, too.",
                    fmt::join(e.options.image_prompts, ", ")));
}

std::string detail_let_in(const guide::RunOptions& options) {
  if (!options.coarse_to_fine.constant())
    return fmt::format("as far as this curve goes, 1 being all: {}", options.coarse_to_fine.text());
  const double runs = options.coarse_to_fine.at(0);
  if (runs <= 0) return "from the start";
  if (runs <= 1) return fmt::format("little by little until {:.0f}% of the run", 100 * runs);
  return fmt::format("little by little, {:.0f}% of it at the end", 100 / runs);
}

void add_loop(HtmlPage& page, const Explanation& e) {
  page.heading(2, "The loop");
  page.paragraph(
      "Nothing in CLIP draws. But it can be asked of any picture how warm we are, as in the game "
      "of hot and cold, and for each pixel which way is warmer. So a picture is found step by "
      "step:");
  page.raw(fmt::format(
      "<ol>\n<li><strong>Render.</strong> Take the picture as it is.</li>\n"
      "<li><strong>Look.</strong> Cut it into views: pieces, moved and turned at random. {} sees "
      "{} &times; {} pixels at a time, so each view is brought to that size.</li>\n"
      "<li><strong>Compare.</strong> How similar is each view to the prompt?</li>\n"
      "<li><strong>Gradient.</strong> Work out, backwards through the network, how the similarity "
      "would change with each pixel.</li>\n"
      "<li><strong>Step.</strong> Change the picture a little in that direction. Repeat.</li>\n"
      "</ol>",
      escape_html(e.model), e.model_side_px, e.model_side_px));
  page.paragraph(
      "Two runs are shown. The guided one holds the picture back where tricks are found. The pure "
      "one lets every single pixel do what it likes, and CLIP looks at the picture whole. Both "
      "have the same prompt, the same seed and the same number of steps.");
  const auto row = [&](const char* what, const auto& value) {
    return std::vector<std::string>{what, value(e.guided->options), value(e.pure->options)};
  };
  using guide::RunOptions;
  page.table({"", "guided", "pure"},
             {row("what is changed", [](const RunOptions& o) { return o.canvas; }),
              row("where it starts", [](const RunOptions& o) { return o.init; }),
              row("how it is looked at", [](const RunOptions& o) { return o.views; }),
              row("how a gradient becomes a step", [](const RunOptions& o) { return o.optimizer; }),
              row("when fine detail is let in", detail_let_in),
              row("steps", [](const RunOptions& o) { return fmt::format("{}", o.steps); }),
              row("seed", [](const RunOptions& o) { return fmt::format("{}", o.seed); })});
}

void add_result(HtmlPage& page, const Explanation& e) {
  const auto add = [&](const RunTrace& trace, const std::string& folder, const char* name) {
    const Moment& last = trace.moments.back();
    page.figure(folder + "/" + last.picture,
                fmt::format("The {} run {}. Similarity {:.3f}{}", name, after_steps(last.step),
                            last.similarity, judged(last)),
                fmt::format("picture of the {} run {}", name, after_steps(last.step)));
  };
  add(*e.guided, e.guided_folder, "guided");
  add(*e.pure, e.pure_folder, "pure");
}

std::string curves(const RunTrace& trace, const std::string& title) {
  Chart chart;
  chart.title = title;
  chart.x_label = "steps done";
  chart.y_label = "similarity to the prompt";
  chart.series.push_back({"optimised", trace.curve.step, trace.curve.similarity});
  if (!trace.curve.judge.empty())
    chart.series.push_back({"judge", trace.curve.step, trace.curve.judge});
  return svg_of(chart);
}

std::string spectra(const RunTrace& trace, const std::string& title) {
  Chart chart;
  chart.title = title;
  chart.x_label = "frequency, cycles a pixel (coarse to fine)";
  chart.y_label = "power";
  chart.log_x = chart.log_y = true;
  const double count = double(trace.moments.size());
  for (const Moment& moment : trace.moments)
    chart.series.push_back({fmt::format("{} steps", moment.step), moment.frequency, moment.power,
                            double(chart.series.size()) / std::max(1.0, count - 1)});
  // A photograph's fall, through the last spectrum's first point.
  const Moment& last = trace.moments.back();
  if (!last.power.empty()) {
    ChartSeries photograph{"1 / f^2", last.frequency, {}};
    for (const double f : last.frequency)
      photograph.y.push_back(last.power.front() * std::pow(f / last.frequency.front(), -2));
    photograph.reference = true;
    chart.series.push_back(photograph);
  }
  return svg_of(chart);
}

void add_run(HtmlPage& page, const RunTrace& trace, const std::string& folder) {
  for (const Moment& moment : trace.moments) {
    const std::string when = after_steps(moment.step);
    page.heading(3, std::string(1, char(std::toupper(when.front()))) + when.substr(1));
    add_moment(page, moment, folder, when);
  }
}

void add_charts(HtmlPage& page, const Explanation& e) {
  page.heading(2, "Who is convinced?");
  page.paragraph(fmt::format(
      "The similarity that is optimised must rise: that is what the steps are for. It stops being "
      "a measure of the picture once it is the aim. So a second network, the judge ({}), looks on "
      "that was never asked the way. The two networks have scales of their own: compare how a "
      "line rises, not the heights of two lines. Both networks look at the whole picture here.",
      e.options.judge.empty() ? "none in this run" : e.options.judge));
  page.heading(3, "The guided run");
  page.raw(curves(*e.guided, "similarity over the guided run"));
  page.heading(3, "The pure run");
  page.raw(curves(*e.pure, "similarity over the pure run"));
  page.paragraph(lesson_of(*e.guided, *e.pure));

  page.heading(2, "Coarse and fine");
  page.paragraph(
      "Any picture can be taken apart into waves, from broad ones (large areas) to fine ones "
      "(grain). The charts show how strong the waves of each fineness are. In photographs the "
      "strength falls steadily, about fourfold with each doubling of the frequency; the dotted "
      "line falls so. A picture that tricks a network often keeps too much power at the fine end.");
  if (e.pure->moments.front().power == std::vector<double>(e.pure->moments.front().power.size(), 0))
    page.paragraph("The pure run starts from plain grey, which has no waves and so no line.");
  page.heading(3, "The guided run");
  page.raw(spectra(*e.guided, "spectrum by step, guided run"));
  page.heading(3, "The pure run");
  page.raw(spectra(*e.pure, "spectrum by step, pure run"));
  page.paragraph(spectrum_lesson_of(*e.guided, *e.pure));
}

void add_how_to_read(HtmlPage& page, bool with_steps) {
  page.paragraph(
      "In the gradient map a red place means: if this were lighter, CLIP would say warmer; blue: "
      "if it were darker. The map of sizes shows which pixels matter most at all, in any colour. "
      "Each map is brought to its own full colour, so that weak gradients can be seen, too.");
  if (with_steps)
    page.paragraph(
        "The step is not simply the gradient: what the picture is made of, the rule of the "
        "optimizer and the limit to coarse forms early in the run stand between the two.");
}

}  // namespace

std::vector<ExplainedPrompt> explained_prompts(const guide::RunOptions& options,
                                               const clip::ClipModel& model,
                                               const guide::ModelCard& card) {
  std::vector<ExplainedPrompt> prompts;
  const auto add = [&](const std::string& spec, const char* what, double sign) {
    if (spec.empty()) return;
    for (const objective::PromptText& prompt : objective::parse_prompts(spec, what)) {
      ExplainedPrompt explained{prompt.text, sign * prompt.weight, {}, {}};
      for (const std::int64_t id : model.tokenizer().encode(prompt.text)) {
        std::string piece = model.tokenizer().decode({id});
        while (!piece.empty() && piece.back() == ' ') piece.pop_back();
        explained.tokens.push_back({id, piece});
      }
      if (card.closed_vocabulary) explained.unknown = model.tokenizer().split_words(prompt.text);
      prompts.push_back(explained);
    }
  };
  add(options.prompt, "prompt", 1);
  add(options.negative_prompt, "negative prompt", -1);
  add(guide::avoided_prompts(card, options), "negative prompt", -1);
  return prompts;
}

std::string explanation_page(const Explanation& e) {
  const std::string wish = e.options.prompt.empty() ? "a picture" : e.options.prompt;
  if (e.seen) {
    const std::string title = fmt::format("What CLIP sees in {}", e.picture);
    HtmlPage page(title);
    page.heading(1, title);
    page.paragraph(fmt::format(
        "How well does this picture fit \"{}\", and where would it have to change? Nothing was "
        "drawn: the picture is looked at once, as a run would look at it.",
        wish));
    add_prompt(page, e);
    page.heading(2, "The look");
    add_how_to_read(page, false);
    add_moment(page, *e.seen, e.seen_folder, "as it is");
    return page.html();
  }
  const std::string title = fmt::format("How CLIP guides a picture: {}", wish);
  HtmlPage page(title);
  page.heading(1, title);
  add_result(page, e);
  page.paragraph(lesson_of(*e.guided, *e.pure));
  add_prompt(page, e);
  add_loop(page, e);
  page.heading(2, "The guided run, step by step");
  add_how_to_read(page, true);
  add_run(page, *e.guided, e.guided_folder);
  page.heading(2, "The pure run, step by step");
  page.paragraph(
      "The same game without a bridle. Every pixel is free and CLIP sees the picture whole and "
      "straight, so any pattern of pixels that raises the similarity will do.");
  add_run(page, *e.pure, e.pure_folder);
  add_charts(page, e);
  page.heading(2, "Try it yourself");
  page.paragraph(fmt::format(
      "Change the prompt or the seed ({} here) and look again. Take one of the brakes away and see "
      "what it was for: --coarse-to-fine 0, --tv 0, --views plain. The numbers behind the charts "
      "are in {}/trace.json and {}/trace.json.",
      e.options.seed, e.guided_folder, e.pure_folder));
  return page.html();
}

}  // namespace clipguide::workflow
