#include "clipguide/canvas/saved_collage.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>
#include <numbers>

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"
#include "clipguide/imaging/margin.h"
#include "clipguide/imaging/picture_tensor.h"
#include "clipguide/weights/safetensors.h"
#include "clipguide/weights/torch_tensor.h"

namespace clipguide::canvas {
namespace {

namespace fs = std::filesystem;
using base::FormatError;
using base::throw_error;
using nlohmann::json;

constexpr const char* kThings = "things";  // in the metadata
constexpr const char* kEnding = ".collage.safetensors";

/// The place and the rest of a row of values as the canvas holds them.
Placement placement_of(const at::Tensor& code, const at::Tensor& place, const at::Tensor& tint,
                       double opacity) {
  const at::Tensor values = place.to(torch::kFloat64).cpu();
  const auto value = [&](int at) { return values[at].item<double>(); };
  return {code, value(0), value(1), std::exp(value(2)), value(3), opacity, tint};
}

at::Tensor stacked(const SavedCollage& collage,
                   const std::function<at::Tensor(const Placement&)>& of) {
  std::vector<at::Tensor> rows;
  for (const auto& object : collage.objects) rows.push_back(of(object.placement));
  return rows.empty() ? torch::zeros({0}) : torch::stack(rows).contiguous();
}

/// [1, 3, H, W] in [0, 1] as a file has it, u8 [3, H, W].
at::Tensor to_levels(const at::Tensor& picture) {
  const std::vector<std::uint8_t> bytes = imaging::to_rgb_bytes(picture);
  return torch::from_blob(const_cast<std::uint8_t*>(bytes.data()),
                          {picture.size(2), picture.size(3), 3}, torch::kUInt8)
      .permute({2, 0, 1})
      .contiguous();
}

at::Tensor from_levels(const at::Tensor& levels) {
  return levels.to(torch::kFloat32).div(255).unsqueeze(0);
}

bool is_picture(const at::Tensor& levels) {
  return levels.dim() == 3 && levels.size(0) == 3 && levels.numel() > 0 &&
         levels.scalar_type() == torch::kUInt8;
}

/// What a file must hold: rows of so many numbers, one an object.
at::Tensor rows_of(const std::map<std::string, at::Tensor>& tensors, const std::string& name,
                   std::int64_t count, const fs::path& path) {
  const auto found = tensors.find(name);
  const bool fits = found != tensors.end() && found->second.scalar_type() == torch::kFloat32 &&
                    found->second.dim() >= 1 && found->second.size(0) == count &&
                    found->second.isfinite().all().item<bool>();
  if (!fits)
    throw_error<FormatError>("{}: expected a collage with finite numbers '{}' for {} objects",
                             path.string(), name, count);
  return found->second;
}

}  // namespace

bool is_collage_name(const fs::path& path) { return path.string().ends_with(kEnding); }

SavedCollage saved_collage(const CollageCanvas& collage, int picture, int margin_px,
                           const std::vector<std::string>& things) {
  const torch::NoGradGuard no_grad;
  const auto values = [&](const std::string& name) {
    const auto& all = collage.parameters();
    const auto found = std::find_if(all.begin(), all.end(), [&](const NamedParameter& parameter) {
      return parameter.name == name;
    });
    return found->tensor.detach()[picture].cpu();
  };
  const auto inner = [&](const at::Tensor& whole) {  // [3, H, W]
    const at::Tensor part = imaging::without_margin(whole, margin_px).clamp(0, 1).contiguous();
    return imaging::from_rgb_bytes(imaging::to_rgb_bytes(part), int(part.size(1)),
                                   int(part.size(2)));
  };
  SavedCollage saved;
  saved.ground = inner(values("backdrop"));
  if (const at::Tensor& fitted = collage.fitted(); fitted.defined())
    saved.fitted = inner(fitted[std::min<std::int64_t>(picture, fitted.size(0) - 1)].cpu());
  const at::Tensor code = values("code"), place = values("place"), tint = values("tint"),
                   opacity = values("opacity").clamp(0, 1);
  for (std::int64_t k = 0; k < opacity.size(0); ++k) {
    const double there = opacity[k].item<double>();
    if (there <= 0) continue;
    const std::string thing = std::size_t(k) < things.size() ? things[std::size_t(k)] : "";
    saved.objects.push_back({thing, placement_of(code[k], place[k], tint[k], there)});
  }
  return saved;
}

SavedCollage moved(const SavedCollage& collage, const imaging::Motion& motion,
                   imaging::Border border, imaging::Kernel kernel) {
  SavedCollage now = collage;
  now.ground = imaging::warp(collage.ground, motion, border, kernel).clamp(0, 1);
  if (collage.fitted.defined())
    now.fitted = imaging::warp(collage.fitted, motion, border, kernel).clamp(0, 1);
  if (motion == imaging::Motion{}) return now;
  const double width = double(collage.ground.size(3)), height = double(collage.ground.size(2));
  const double angle = motion.rotate_deg * std::numbers::pi / 180;
  const double cosine = std::cos(angle) * motion.zoom, sine = std::sin(angle) * motion.zoom;
  for (auto& [thing, object] : now.objects) {
    // From the camera's new centre, in pixels.
    const double x = (object.x - 0.5 - motion.pan_x) * width,
                 y = (object.y - 0.5 - motion.pan_y) * height;
    object.x = 0.5 + (cosine * x - sine * y) / width;
    object.y = 0.5 + (sine * x + cosine * y) / height;
    object.turn += angle;
    object.size *= motion.zoom;
  }
  return now;
}

void write_collage(const fs::path& path, const SavedCollage& collage) {
  std::map<std::string, at::Tensor> tensors;
  tensors["ground"] = to_levels(collage.ground);
  if (collage.fitted.defined()) tensors["fitted"] = to_levels(collage.fitted);
  tensors["code"] = stacked(collage, [](const Placement& object) { return object.code; });
  tensors["place"] = stacked(collage, place_values);
  tensors["tint"] = stacked(collage, [](const Placement& object) {
    return object.tint.defined() ? object.tint : torch::zeros({6});
  });
  tensors["opacity"] = stacked(
      collage, [](const Placement& object) { return torch::tensor(float(object.opacity)); });
  json things = json::array();
  for (const auto& object : collage.objects) things.push_back(object.thing);
  base::write_file(
      path, weights::format_tensors(
                tensors, {{kThings, things.dump(-1, ' ', true, json::error_handler_t::replace)}}));
}

SavedCollage read_collage(const fs::path& path) {
  const weights::TensorStore store = weights::read_safetensors(path);
  const auto tensors = weights::to_tensors(store);
  const auto named = store.metadata.find(kThings);
  const json things = json::parse(named == store.metadata.end() ? "" : named->second, nullptr,
                                  /*allow_exceptions=*/false);
  const auto ground = tensors.find("ground"), fitted = tensors.find("fitted");
  const bool is_list = things.is_array() && std::all_of(things.begin(), things.end(),
                                                        [](auto& x) { return x.is_string(); });
  if (!is_list || ground == tensors.end() || !is_picture(ground->second) ||
      (fitted != tensors.end() && fitted->second.sizes() != ground->second.sizes()))
    throw_error<FormatError>("{}: expected a collage as `film` keeps it: a ground and its things",
                             path.string());
  SavedCollage collage;
  collage.ground = from_levels(ground->second);
  if (fitted != tensors.end()) collage.fitted = from_levels(fitted->second);
  const auto count = std::int64_t(things.size());
  const auto rows = [&](const char* name) { return rows_of(tensors, name, count, path); };
  const at::Tensor code = rows("code"), place = rows("place"), tint = rows("tint"),
                   opacity = rows("opacity");
  for (std::int64_t k = 0; k < count; ++k) {
    if (code.dim() != 2 || place.dim() != 2 || place.size(1) != 4 || tint.dim() != 2 ||
        tint.size(1) != 6 || opacity.dim() != 1)
      throw_error<FormatError>("{}: expected a collage's code, place, tint and opacity",
                               path.string());
    collage.objects.push_back(
        {things[std::size_t(k)].get<std::string>(),
         placement_of(code[k].clone(), place[k], tint[k].clone(), opacity[k].item<double>())});
  }
  return collage;
}

}  // namespace clipguide::canvas
