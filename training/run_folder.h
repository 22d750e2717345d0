#pragma once

#include <filesystem>
#include <functional>
#include <string>

/// What every kind of training does with its run's folder.
namespace clipguide::training {

inline constexpr std::size_t kLargestConfig = std::size_t(1) << 20;

std::filesystem::path config_file(const std::filesystem::path& folder);
std::filesystem::path checkpoint_file(const std::filesystem::path& folder);

/// Makes the folder and copies the run's JSON there; without one the folder's own stays.
///   check   throws for JSON that is no such run
///   throws  UsageError when another run lies there, IoError
void adopt_config(
    const std::filesystem::path& folder, const std::filesystem::path& config,
    const std::function<void(const std::string& json, const std::string& source)>& check);

/// Seconds of a clock that only goes forward.
double now_s();

}  // namespace clipguide::training
