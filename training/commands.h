#pragma once

#include <filesystem>
#include <string>
#include <vector>

/// What clipguide-train does, apart from reading its command line.
namespace clipguide::training {

struct RenderCommand {
  int count = 48, side_px = 96, columns = 8;
  std::uint64_t seed = 1, first = 0;
  bool held_out = false;
  std::filesystem::path out = "sheet.png";
};
void run_render(const RenderCommand& command);

struct ExportRendersCommand {
  std::vector<std::string> things;  ///< names of the catalogue
  int count = 50, side_px = 64;
  std::uint64_t seed = 1, first = 0;
  bool held_out = false;
  std::filesystem::path out;
};
/// Pictures of single things, a folder a thing: OUT/apple/000000.png.
///   throws  UsageError with the nearest name for a thing that the world does not have, IoError
void run_export_renders(const ExportRendersCommand& command);

/// The names of all that the world shows, a line each: a model's `rivals.txt`.
void run_names(const std::filesystem::path& out);

struct EvaluateCommand {
  std::filesystem::path model;
  std::uint64_t seed = 1;
  int pictures_per_thing = 2;
  double radius = 1.5;
  int attack_steps = 5;
  std::string device = "auto";
  bool json = false;
};
void run_evaluate(const EvaluateCommand& command);

struct AscendCommand {
  std::filesystem::path model, out = "ascend.png";
  std::vector<std::string> prompts;
  int steps = 150, views = 4, enlarge = 2, columns = 6;
  double step_length = 1.0, smoothness = 0.3;
  std::string device = "auto";
};
void run_ascend(const AscendCommand& command);

}  // namespace clipguide::training
