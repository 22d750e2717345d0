#include "training/run_folder.h"

#include <chrono>

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"

namespace clipguide::training {

namespace fs = std::filesystem;

fs::path config_file(const fs::path& folder) { return folder / "run.json"; }
fs::path checkpoint_file(const fs::path& folder) { return folder / "checkpoint.pt"; }

void adopt_config(const fs::path& folder, const fs::path& config,
                  const std::function<void(const std::string&, const std::string&)>& check) {
  fs::create_directories(folder);
  if (config.empty()) return;
  const std::string json = base::read_file(config, kLargestConfig);
  const fs::path own = config_file(folder);
  if (fs::exists(own) && base::read_file(own, kLargestConfig) != json) {
    base::throw_error<base::UsageError>(
        "{}: expected the run that lies there, got another configuration ({})", folder.string(),
        config.string());
  }
  check(json, config.string());
  base::write_file(own, std::string_view(json));
}

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace clipguide::training
