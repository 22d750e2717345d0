#include "clipguide/cli/machine_flags.h"

#include <torch/cuda.h>

#include <charconv>

#include "clipguide/base/error.h"
#include "clipguide/base/parallel.h"
#include "clipguide/cli/flag_table.h"
#include "clipguide/cli/hub_environment.h"
#include "clipguide/guide/option_kinds.h"

namespace clipguide::cli {

torch::Device MachineFlags::prepare() const {
  base::set_threads(threads);
  torch::set_num_threads(1);  // a run whose work is libtorch's takes more
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

std::optional<std::int64_t> memory_size(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  std::string_view unit(end, std::size_t(text.data() + text.size() - end));
  const double factor = unit == "M" ? 1 << 20 : unit.empty() || unit == "G" ? 1 << 30 : 0;
  constexpr double kMost = 1e15;
  if (error != std::errc() || !(value * factor >= 1 && value * factor < kMost)) return std::nullopt;
  return std::int64_t(value * factor);
}

std::int64_t MachineFlags::most_memory_bytes() const {
  if (max_memory.empty()) return 0;
  const std::optional<std::int64_t> bytes = memory_size(max_memory);
  if (!bytes) guide::refuse("--max-memory", "a size as 4G, 1.5G or 800M", max_memory);
  return *bytes;
}

void add_machine_flags(CLI::App& verb, MachineFlags& flags) {
  add_text(verb, "device", flags.device);
  add_integer(verb, "threads", flags.threads);
  add_flag(verb, "no-packed", flags.no_packed);
  add_text(verb, "max-memory", flags.max_memory);
}

}  // namespace clipguide::cli
