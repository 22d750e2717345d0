#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace clipguide::cli {

/// Letters and digits of a prompt, joined by dashes, at most 40 characters: "a-red-apple".
/// Empty for a prompt without any.
std::string slug(const std::string& prompt);

/// A free name in the working folder: clipguide-<slug>-<seed>.png, or with -2, -3 .. where that one
/// is taken.
std::filesystem::path default_output(const std::string& prompt, std::uint64_t seed);

/// One name a picture: `output` itself for one, otherwise with -1, -2 .. before the extension.
std::vector<std::filesystem::path> batch_outputs(const std::filesystem::path& output, int count);

/// Refuses, before the work and not after it, an output that cannot be written.
///   throws  UsageError for an extension other than those of pictures; IoError when the folder is
///           missing or may not be written
void check_output(const std::filesystem::path& output);
void check_folder(const std::filesystem::path& file);

}  // namespace clipguide::cli
