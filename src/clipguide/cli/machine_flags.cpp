#include "clipguide/cli/machine_flags.h"

#include <torch/cuda.h>

#include "clipguide/base/error.h"
#include "clipguide/cli/flag_table.h"
#include "clipguide/cli/hub_environment.h"
#include "clipguide/guide/option_kinds.h"

namespace clipguide::cli {

torch::Device MachineFlags::prepare() const {
  if (threads > 0) torch::set_num_threads(threads);
  const bool has_gpu = torch::cuda::is_available();
  if (device == "auto") return has_gpu ? torch::kCUDA : torch::kCPU;
  if (device == "cpu") return torch::kCPU;

  const bool numbered = device.starts_with("cuda:");
  const auto index = numbered ? guide::whole<int>(device.substr(5)) : 0;
  if ((device != "cuda" && !numbered) || !index || *index < 0)
    guide::refuse("--device", "auto, cpu, cuda or cuda:N", device);
  const int count = has_gpu ? int(torch::cuda::device_count()) : 0;
  if (*index >= count)
    throw base::UsageError(
        fmt::format("--device: {} is not there: this libtorch sees {} CUDA devices", device, count),
        "leave --device out to compute on what there is");
  return torch::Device(torch::kCUDA, torch::DeviceIndex(*index));
}

std::filesystem::path MachineFlags::packed_folder() const {
  const std::filesystem::path own_cache = hub_settings_from_environment().own_cache;
  return no_packed || own_cache.empty() ? std::filesystem::path() : own_cache / "packed";
}

void add_machine_flags(CLI::App& verb, MachineFlags& flags) {
  add_text(verb, "device", flags.device);
  add_integer(verb, "threads", flags.threads);
  add_flag(verb, "no-packed", flags.no_packed);
}

}  // namespace clipguide::cli
