#include "clipguide/clip/model_files.h"

#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"
#include "clipguide/weights/printable.h"

namespace clipguide::clip {
namespace {

namespace fs = std::filesystem;
using base::FormatError;
using base::throw_error;

constexpr const char* kOpenClipConfig = "open_clip_config.json";
constexpr const char* kHuggingFaceConfig = "config.json";
constexpr const char* kPreprocessor = "preprocessor_config.json";
constexpr std::size_t kIndexLimitBytes = 16 << 20;

// By preference: what cannot execute anything first.
constexpr const char* kOpenClipWeights[] = {"open_clip_model.safetensors",
                                            "open_clip_pytorch_model.safetensors",
                                            "open_clip_pytorch_model.bin"};
constexpr const char* kHuggingFaceWeights[] = {"model.safetensors", "model.safetensors.index.json",
                                               "pytorch_model.bin", "pytorch_model.bin.index.json"};

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

fs::path if_there(const fs::path& path) { return is_file(path) ? path : fs::path(); }

// {"weight_map": {"tensor": "file"}}; files lie beside the index.
std::vector<fs::path> read_index(const fs::path& index) {
  const auto json = nlohmann::json::parse(base::read_file(index, kIndexLimitBytes), nullptr,
                                          /*allow_exceptions=*/false);
  const auto map = json.is_object() ? json.find("weight_map") : json.end();
  if (!json.is_object() || map == json.end() || !map->is_object() || map->empty()) {
    throw_error<FormatError>("{}: expected a JSON object with a weight_map", index.string());
  }
  std::set<std::string> names;
  for (const auto& entry : *map) {
    const std::string name = entry.is_string() ? entry.get<std::string>() : "";
    const bool plain = !name.empty() && name != "." && name != ".." &&
                       name.find_first_of(std::string_view("/\\\0", 3)) == std::string::npos;
    if (!plain) {
      throw_error<FormatError>("{}: weight_map: expected names of files in this folder, got \"{}\"",
                               index.string(), weights::printable(name));
    }
    names.insert(name);
  }
  std::vector<fs::path> shards;
  for (const std::string& name : names) shards.push_back(index.parent_path() / name);
  return shards;
}

std::vector<fs::path> first_weights(const fs::path& folder, auto& names) {
  for (const char* name : names) {
    const fs::path path = folder / name;
    if (is_file(path)) return path.extension() == ".json" ? read_index(path) : std::vector{path};
  }
  return {};
}

bool is_one_of(const fs::path& path, auto& names) {
  for (const char* name : names) {
    if (path.filename() == name) return true;
  }
  return false;
}

// The hub's cache calls a model models--org--name and its folders by commit.
std::string model_name(const fs::path& path) {
  constexpr std::string_view kHubPrefix = "models--";
  for (const fs::path& part : path) {
    std::string name = part.string();
    if (!name.starts_with(kHubPrefix)) continue;
    name.erase(0, kHubPrefix.size());
    if (const auto dashes = name.find("--"); dashes != std::string::npos) {
      name.replace(dashes, 2, "/");
    }
    return name;
  }
  const fs::path named = path.has_filename() ? path : path.parent_path();
  return is_file(named) ? named.stem().string() : named.filename().string();
}

ModelFiles in_folder(const fs::path& folder) {
  ModelFiles files;
  if (is_file(folder / kOpenClipConfig)) {
    files.weights = first_weights(folder, kOpenClipWeights);
    files.config = folder / kOpenClipConfig;
    if (!files.weights.empty()) return files;
  }
  if (is_file(folder / kHuggingFaceConfig)) {
    files.weights = first_weights(folder, kHuggingFaceWeights);
    files.config = folder / kHuggingFaceConfig;
    files.preprocessor = if_there(folder / kPreprocessor);
    if (!files.weights.empty()) return files;
  }
  if (files.config.empty()) {
    throw_error<base::IoError>("{}: expected open_clip_config.json or config.json, found neither",
                               folder.string());
  }
  throw_error<base::IoError>(
      "{}: expected open_clip_model.safetensors, model.safetensors or their .bin forms beside {}, "
      "found none",
      folder.string(), files.config.filename().string());
}

}  // namespace

ModelFiles find_model_files(const fs::path& path) {
  std::error_code ignored;
  ModelFiles files;
  if (fs::is_directory(path, ignored)) {
    files = in_folder(path);
  } else {
    files.weights = {path};
    if (is_one_of(path, kOpenClipWeights)) {
      files.config = if_there(path.parent_path() / kOpenClipConfig);
    } else if (is_one_of(path, kHuggingFaceWeights)) {
      files.config = if_there(path.parent_path() / kHuggingFaceConfig);
      files.preprocessor = if_there(path.parent_path() / kPreprocessor);
      if (path.extension() == ".json") files.weights = read_index(path);
    }
  }
  files.name = model_name(fs::absolute(path).lexically_normal());
  return files;
}

weights::TensorStore open_all(const ModelFiles& files, const std::string& source) {
  if (files.weights.size() == 1) return weights::open_weights(files.weights[0]);
  weights::TensorStore all;
  auto owners = std::make_shared<std::vector<std::shared_ptr<const void>>>();
  for (const fs::path& path : files.weights) {
    weights::TensorStore shard = weights::open_weights(path);
    for (auto& [name, view] : shard.tensors) {
      if (all.tensors.emplace(name, std::move(view)).second) continue;
      throw_error<FormatError>("{}: expected each tensor once, got {} again", path.string(),
                               weights::printable(name));
    }
    owners->push_back(std::move(shard.owner));
  }
  all.source = source;
  all.owner = std::move(owners);
  return all;
}

}  // namespace clipguide::clip
