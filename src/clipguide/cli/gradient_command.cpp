#include <memory>

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"
#include "clipguide/cli/commands.h"
#include "clipguide/cli/common_flags.h"
#include "clipguide/cli/embed.h"
#include "clipguide/cli/flag_table.h"
#include "clipguide/cli/machine_flags.h"
#include "clipguide/cli/model_finder.h"
#include "clipguide/cli/output_names.h"
#include "clipguide/imaging/picture_tensor.h"
#include "clipguide/imaging/resample.h"
#include "clipguide/weights/torch_tensor.h"

namespace clipguide::cli {
namespace {

using base::UsageError;

struct GradientFlags {
  ModelFlags model;
  MachineFlags machine;
  RemarkFlags remarks;
  std::string image;
  std::string text;
  std::string output;
  bool truncate = false;
};

/// Gradient at the picture as CLIP sees it [1, 3, S, S], pulled back through resize and crop to the
/// picture's own pixels [1, 3, H, W]. Resizing is linear, so the way back is exact but for the
/// rounding to levels, which has no gradient.
at::Tensor pull_back(const at::Tensor& seen_gradient, std::int64_t height, std::int64_t width,
                     const clip::ClipConfig& config) {
  const std::int64_t side = seen_gradient.size(3);
  if (height == side && width == side) return seen_gradient;
  if (config.preprocess.interpolation != clip::Interpolation::bicubic ||
      config.preprocess.resize == clip::ResizeMode::longest)
    throw UsageError(
        fmt::format("gradient: expected a picture of {0} x {0} px for this model, "
                    "got {1} x {2}",
                    side, width, height));
  at::Tensor picture = torch::zeros({1, 3, height, width}, seen_gradient.options());
  picture.requires_grad_();
  std::int64_t scaled_height = side, scaled_width = side;
  if (config.preprocess.resize == clip::ResizeMode::shortest) {
    const std::int64_t shortest = std::min(height, width);
    scaled_height = side * height / shortest;
    scaled_width = side * width / shortest;
  }
  const at::Tensor scaled = imaging::resize_bicubic(picture, int(scaled_height), int(scaled_width));
  const auto margin = [side](std::int64_t scaled_side) {
    return std::lround(double(scaled_side - side) / 2.0);
  };
  const at::Tensor seen =
      scaled.narrow(2, margin(scaled_height), side).narrow(3, margin(scaled_width), side);
  return torch::autograd::grad({seen}, {picture}, {seen_gradient})[0];
}

int run_gradient(const GradientFlags& flags) {
  if (flags.image.empty() || flags.text.empty() || flags.output.empty())
    throw UsageError("gradient: expected --image, --text and --output");
  check_folder(flags.output);
  Terminal terminal(flags.remarks.loudness());
  const torch::Device device = flags.machine.prepare();
  const auto model = load_model(flags.model, device, terminal);
  const media::Picture picture = media::read_picture(flags.image);

  Embeddings embeddings;
  {
    const torch::NoGradGuard no_grad;
    embeddings.texts = model->encode_texts({flags.text}, flags.truncate);
  }
  at::Tensor seen = clip::preprocess(picture, model->config()).to(device).requires_grad_();
  embeddings.images = model->encode_image(seen);
  const at::Tensor cosine = cosines(embeddings)[0][0];
  const at::Tensor seen_gradient = torch::autograd::grad({cosine}, {seen})[0];
  const at::Tensor gradient =
      pull_back(seen_gradient, picture.height_px, picture.width_px, model->config())[0]
          .to(torch::kCPU)
          .contiguous();

  base::write_file(flags.output, std::string_view(weights::format_tensors(
                                     {{"gradient", gradient}},
                                     {{"cosine", fmt::format("{}", cosine.item<float>())}})));
  if (flags.remarks.json)
    print_result(nlohmann::json{{"output", flags.output},
                                {"cosine", cosine.item<double>()},
                                {"shape", gradient.sizes().vec()}});
  else
    print_result(fmt::format("{}  cosine {:.4f}", flags.output, cosine.item<double>()));
  return 0;
}

}  // namespace

void add_gradient_command(CLI::App& parent, SetAction set_action) {
  CLI::App* verb = parent.add_subcommand(
      "gradient", "d cosine / d picture of one picture and text, [3, H, W] for colours in [0, 1]");
  const auto flags = std::make_shared<GradientFlags>();
  add_text(*verb, "image", flags->image);
  add_text(*verb, "text", flags->text);
  add_text(*verb, "output", flags->output)->description("safetensors file to write");
  add_model_flags(*verb, flags->model);
  add_flag(*verb, "truncate", flags->truncate);
  add_machine_flags(*verb, flags->machine);
  add_remark_flags(*verb, flags->remarks);
  verb->callback([=] { set_action([=] { return run_gradient(*flags); }); });
}

}  // namespace clipguide::cli
