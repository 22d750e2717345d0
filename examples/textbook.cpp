/// CLIP guidance as a textbook has it: pixels, looked at whole, moved by plain gradient descent.
///   example_textbook MODEL PROMPT OUT.png
#include <clipguide/canvas/make_canvas.h>
#include <clipguide/clip/clip_model.h>
#include <clipguide/imaging/picture_tensor.h>
#include <clipguide/view/view_options.h>

#include <cstdio>

using namespace clipguide;

int main(int argc, char** argv) try {
  if (argc != 4) return std::fprintf(stderr, "usage: example_textbook MODEL PROMPT OUT.png\n"), 2;
  const auto unit = [](const at::Tensor& x) { return x / x.norm(2, -1, /*keepdim=*/true); };

  const auto model = clip::load_clip(argv[1]);
  const at::Tensor wanted = unit(model->encode_texts({argv[2]})).detach();
  const int side = model->input_side_px();
  canvas::CanvasOptions options;
  options.kind = "pixel";
  options.width_px = options.height_px = side;
  const auto canvas = canvas::make_canvas(options);
  const auto look = view::make_view(view::view_preset("plain"));
  at::Tensor pixels = canvas->parameters()[0].tensor;
  const std::vector<base::RandomStream> streams = {base::RandomStream(0, "views")};

  for (int step = 0; step < 100; ++step) {
    const at::Tensor picture = canvas->render().picture;                        // 1 render
    const at::Tensor views = look->look(picture, side, {0, 1}, streams, 0)[0];  // 2 look
    const at::Tensor seen = unit(model->encode_image(views));                   // 3 see
    const at::Tensor loss = -seen.matmul(wanted.t()).mean();                    // 4 compare
    const at::Tensor gradient = torch::autograd::grad({loss}, {pixels})[0];     // 5 climb
    torch::NoGradGuard no_grad;
    pixels -= 0.05 * gradient / gradient.abs().max();
    if (step % 10 == 0) std::printf("%3d  similarity %.4f\n", step, -loss.item<double>());
  }
  media::write_picture(argv[3], {side, side, imaging::to_rgb_bytes(canvas->render().picture)});
} catch (const std::exception& error) {
  return std::fprintf(stderr, "%s\n", error.what()), 1;
}
