#include "clipguide/guide/option_groups.h"

#include "clipguide/base/error.h"
#include "clipguide/canvas/palette_canvas.h"
#include "clipguide/canvas/symmetric_canvas.h"
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

}  // namespace

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
