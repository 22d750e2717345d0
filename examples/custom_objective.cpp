/// A wish of one's own beside the prompt: the picture's left half should be dark.
///   example_custom_objective MODEL PROMPT OUT.png [STEPS]
#include <clipguide/canvas/make_canvas.h>
#include <clipguide/clip/clip_model.h>
#include <clipguide/guide/guide.h>
#include <clipguide/imaging/picture_tensor.h>
#include <clipguide/objective/prompt_objective.h>
#include <clipguide/view/view_options.h>

#include <cstdio>
#include <cstdlib>

using namespace clipguide;

/// Mean brightness of the left half, [N]: a loss, lower is better, weight included.
class DarkLeft : public objective::Objective {
 public:
  explicit DarkLeft(double weight) : weight_(weight) {}
  const std::string& name() const override { return name_; }
  at::Tensor loss(const objective::Evidence& evidence) const override {
    const at::Tensor& picture = evidence.picture;
    return weight_ * picture.narrow(3, 0, picture.size(3) / 2).mean({1, 2, 3});
  }

 private:
  std::string name_ = "dark-left";
  double weight_;
};

int main(int argc, char** argv) try {
  if (argc < 4)
    return std::fprintf(stderr, "usage: example_custom_objective MODEL PROMPT OUT.png [STEPS]\n"),
           2;

  // Who looks, and what the words mean to it.
  const std::shared_ptr<const clip::ClipModel> model = clip::load_clip(argv[1]);
  at::Tensor wanted = model->encode_texts({argv[2]}).detach();
  wanted = wanted / wanted.norm(2, -1, /*keepdim=*/true);

  // What is optimised, and how it is looked at.
  canvas::CanvasOptions canvas_options;
  canvas_options.kind = "fourier";
  canvas_options.width_px = canvas_options.height_px = model->input_side_px();
  const auto canvas = canvas::make_canvas(canvas_options);
  view::ViewOptions views = view::view_preset("aphantasia");
  views.count = 8;
  const auto view = view::make_view(views);

  // What is wanted: the prompt and the wish.
  const guide::GuideParts parts{
      *canvas,
      *view,
      {model},
      {std::make_shared<objective::PromptObjective>(
           std::vector<objective::PromptTargets>{{1.0, wanted}},
           std::vector<objective::PromptPull>{{}}, objective::Distance::cosine),
       std::make_shared<DarkLeft>(0.5)}};

  guide::GuideOptions options;
  options.steps = argc > 4 ? std::atoi(argv[4]) : 100;
  options.seeds = {7};
  guide::GuideState state;
  guide::guide(options, parts, state, [](const guide::StepEvent& event) {
    if (event.step % 10 == 0)
      std::printf("%3d  similarity %.4f\n", event.step, event.similarity.mean().item<double>());
    return guide::Verdict::go_on;
  });

  const torch::NoGradGuard no_grad;
  const at::Tensor picture = canvas->render().picture;
  media::write_picture(
      argv[3], {int(picture.size(3)), int(picture.size(2)), imaging::to_rgb_bytes(picture)});
} catch (const std::exception& error) {
  return std::fprintf(stderr, "%s\n", error.what()), 1;
}
