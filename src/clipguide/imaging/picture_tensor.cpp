#include "clipguide/imaging/picture_tensor.h"

#include <fmt/ranges.h>

#include "clipguide/base/error.h"

namespace clipguide::imaging {

at::Tensor from_rgb_bytes(std::span<const std::uint8_t> rgb, int height, int width) {
  if (height < 1 || width < 1 || rgb.size() != std::size_t(height) * std::size_t(width) * 3)
    base::throw_error<base::ShapeError>("picture: expected {}x{} RGB pixels, got {} bytes", width,
                                        height, rgb.size());
  const at::Tensor bytes =
      torch::from_blob(const_cast<std::uint8_t*>(rgb.data()), {1, height, width, 3}, torch::kUInt8);
  return bytes.permute({0, 3, 1, 2})
             .to(torch::kFloat32, /*non_blocking=*/false, /*copy=*/true,
                 at::MemoryFormat::Contiguous) /
         255;
}

std::vector<std::uint8_t> to_rgb_bytes(const at::Tensor& picture) {
  const bool batch_of_one = picture.dim() == 4 && picture.size(0) == 1;
  const at::Tensor planes = batch_of_one ? picture[0] : picture;
  if (planes.dim() != 3 || planes.size(0) != 3 || !planes.is_floating_point())
    base::throw_error<base::ShapeError>("picture: expected [3, H, W] or [1, 3, H, W], got {} [{}]",
                                        c10::toString(picture.scalar_type()),
                                        fmt::join(picture.sizes().vec(), ", "));
  const at::Tensor values = planes.detach().to(torch::kCPU, torch::kFloat32);
  if (values.isnan().any().item<bool>())
    base::throw_error<base::NumericError>("picture: expected numbers, got NaN in {} of {} values",
                                          values.isnan().sum().item<std::int64_t>(),
                                          values.numel());
  const at::Tensor levels = (values.clamp(0, 1) * 255 + 0.5).to(torch::kUInt8);
  const at::Tensor rgb = levels.permute({1, 2, 0}).contiguous();
  const std::uint8_t* data = rgb.data_ptr<std::uint8_t>();
  return {data, data + rgb.numel()};
}

}  // namespace clipguide::imaging
