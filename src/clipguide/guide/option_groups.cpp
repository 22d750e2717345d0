#include "clipguide/guide/option_groups.h"

#include "clipguide/base/error.h"
#include "clipguide/canvas/palette_canvas.h"
#include "clipguide/canvas/symmetric_canvas.h"
#include "clipguide/guide/region.h"
#include "clipguide/imaging/wavelet.h"

namespace clipguide::guide {
namespace {

std::string check_colours(const std::string& got) {
  try {
    canvas::parse_palette(got);
    return "";
  } catch (const base::UsageError&) {
    return "a number from 2 to 256, or colours as #rrggbb,#rrggbb,..";
  }
}

std::string check_region(const std::string& got) {
  parse_region(got);
  return "";
}

}  // namespace

void add_wanted_options(std::vector<OptionSpec>& table) {
  const std::string group = "What is wanted";
  table.push_back(text({"prompt", 'p', group, "TEXT",
                        "what the picture should show: text:weight:stop | text:weight ..."},
                       &RunOptions::prompt));
  table.push_back(
      text({"negative-prompt", 'n', group, "TEXT", "what it should not show, in the same form"},
           &RunOptions::negative_prompt));
  table.push_back(list({"image-prompt", 0, group, "FILE",
                        "a picture to resemble, as FILE or FILE:WEIGHT; may be repeated"},
                       &RunOptions::image_prompts, check_not_empty));
  table.push_back(list({"style-image", 0, group, "FILE",
                        "a picture whose colours and texture to take on, and nothing of what it "
                        "shows, as FILE or FILE:WEIGHT; may be repeated"},
                       &RunOptions::style_images, check_not_empty));
  table.push_back(list({"region", 0, group, "BOX:TEXT",
                        "a prompt for a part of the picture, in shares of its sides: "
                        "X,Y,WIDTH,HEIGHT:text:weight, or mask=FILE:text:weight; may be repeated"},
                       &RunOptions::regions, check_region));
  table.push_back(choice({"distance", 0, group, "", "how far two embeddings are apart"},
                         &RunOptions::distance, {"cosine", "spherical"}));
  table.push_back(
      factors({"prompt-weights", 0, group, "CURVES",
               "factors on the prompts' weights over the run, CURVE | CURVE .. or one for all: a "
               "curve is a number, keyframes 0:1, 0.5:0.2 or a formula of t from 0 to 1"},
              &RunOptions::prompt_weights));
  table.push_back(
      factors({"negative-weights", 0, group, "CURVES",
               "the same for the negative prompts; those of --avoid keep their weights"},
              &RunOptions::negative_weights));
  table.push_back(factors({"image-weights", 0, group, "CURVES", "the same for the image prompts"},
                          &RunOptions::image_weights));
  table.push_back(factors({"style-weights", 0, group, "CURVES", "the same for the style images"},
                          &RunOptions::style_weights));
  table.push_back(factors({"region-weights", 0, group, "CURVES", "the same for the regions"},
                          &RunOptions::region_weights));
  table.push_back(flag({"morph", 0, group, "", "go from each prompt to the next over the run"},
                       &RunOptions::morph));
  table.push_back(curve(
      {"tv", 0, group, "WEIGHT", "weight or curve of total variation: smooths neighbouring pixels"},
      &RunOptions::tv, 0, kUnbounded));
  table.push_back(curve({"range", 0, group, "WEIGHT",
                         "weight or curve of the range term: keeps colours away from the limits"},
                        &RunOptions::range, 0, kUnbounded));
  table.push_back(
      curve({"saturation", 0, group, "WEIGHT",
             "weight or curve of the saturation term: keeps colours from turning garish"},
            &RunOptions::saturation, 0, kUnbounded));
  table.push_back(curve({"repetition", 0, group, "WEIGHT",
                         "weight or curve of the repetition term: keeps the subject from being "
                         "drawn again beside itself"},
                        &RunOptions::repetition, 0, kUnbounded));
  table.push_back(choice({"avoid", 0, group, "",
                          "push away from what a list of the model's card names, such as letters"},
                         &RunOptions::avoid, {"none", "letters"}));
  table.push_back(
      curve({"contrast", 0, group, "WEIGHT",
             "weight or curve of the contrast term: keeps the picture from being taken for one of "
             "the rivals"},
            &RunOptions::contrast, 0, kUnbounded));
  table.push_back(text({"rivals", 0, group, "FILE",
                        "what the picture must not be taken for, a name a line, other words for it "
                        "after semicolons; without it the "
                        "rivals.txt beside the first model"},
                       &RunOptions::rivals, OptionType::path));
}

void add_canvas_options(std::vector<OptionSpec>& table) {
  const std::string group = "What is optimised";
  table.push_back(choice({"wavelet", 0, group, "", "wavelet: what the picture is taken apart into"},
                         &RunOptions::wavelet, imaging::wavelet_names()));
  table.push_back(integer({"cell", 0, group, "PX", "palette: side of a cell of one colour"},
                          &RunOptions::cell, 1, 1024));
  table.push_back(text({"colours", 0, group, "COLOURS",
                        "palette: how many colours to find, or the colours: #rrggbb,#rrggbb,.."},
                       &RunOptions::colours, OptionType::text, check_colours));
  table.push_back(integer({"siren-width", 0, group, "N", "siren: features a layer"},
                          &RunOptions::siren_width, 1, 1024));
  table.push_back(integer({"siren-layers", 0, group, "N", "siren: layers of sines"},
                          &RunOptions::siren_layers, 1, 32));
  for (const auto& [name, field, help] :
       {std::tuple{"decoder", &RunOptions::decoder,
                   "latent: a tiny autoencoder's decoder, such as TAESD's or TAEF2's: a file, or a "
                   "name as for models"},
        std::tuple{"encoder", &RunOptions::encoder,
                   "latent: its encoder, which makes a start from a picture quick"}}) {
    table.push_back(text({name, 0, group, "FILE", help}, field, OptionType::path));
    table.back().or_repository = true;
  }
  table.push_back(text({"forms", 0, group, "FILE",
                        "collage: the generator that draws the objects; without it the "
                        "forms.safetensors beside the first model"},
                       &RunOptions::forms, OptionType::path));
  table.push_back(integer({"objects", 0, group, "N", "collage: at most so many objects"},
                          &RunOptions::objects, 1, 16));
  table.push_back(
      number({"export-scale", 0, group, "SCALE",
              "write the picture at so many times its size, as 2.5; siren, palette and the objects "
              "of a collage are drawn anew"},
             &RunOptions::export_scale, 1, 16));
}

void add_layout_options(std::vector<OptionSpec>& table) {
  const std::string group = "Where it paints";
  table.push_back(number({"strength", 0, group, "SHARE",
                          "how far the picture may depart from its start: 0 not at all, 1 freely"},
                         &RunOptions::strength, 0, 1));
  table.push_back(text({"mask", 0, group, "FILE",
                        "paint where this picture is white, keep the start where it is black"},
                       &RunOptions::mask, OptionType::path));
  table.push_back(flag({"mask-invert", 0, group, "", "paint where the mask is black instead"},
                       &RunOptions::mask_invert));
  table.push_back(number({"mask-feather", 0, group, "PX", "soften the mask's edges over PX pixels"},
                         &RunOptions::mask_feather, 0, 1024));
  table.push_back(choice({"symmetry", 0, group, "", "make the picture symmetric"},
                         &RunOptions::symmetry, canvas::symmetry_names()));
  table.push_back(flag({"tile", 0, group, "",
                        "make a picture that repeats without a seam: views wrap round its edges"},
                       &RunOptions::tile));
}

}  // namespace clipguide::guide
