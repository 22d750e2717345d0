#include "clipguide/guide/snapshot.h"

#include <nlohmann/json.hpp>

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"
#include "clipguide/guide/option_table.h"
#include "clipguide/weights/safetensors.h"
#include "clipguide/weights/torch_tensor.h"

namespace clipguide::guide {
namespace {

constexpr const char* kFormat = "clipguide-snapshot";
constexpr const char* kVersion = "1";

using Tensors = std::map<std::string, at::Tensor>;

void put(Tensors& tensors, const std::string& prefix, const std::vector<at::Tensor>& values) {
  for (std::size_t i = 0; i < values.size(); ++i)
    tensors[prefix + std::to_string(i)] = values[i].detach().cpu().contiguous();
}

std::vector<at::Tensor> take(const Tensors& tensors, const std::string& prefix) {
  std::vector<at::Tensor> values;
  for (;;) {
    const auto found = tensors.find(prefix + std::to_string(values.size()));
    if (found == tensors.end()) return values;
    values.push_back(found->second);
  }
}

}  // namespace

void BestPicture::offer(const at::Tensor& candidate, const at::Tensor& candidate_similarity) {
  if (!candidate_similarity.defined()) return;
  if (!picture.defined()) {
    picture = candidate.clone();
    similarity = candidate_similarity.clone();
    return;
  }
  const at::Tensor better = candidate_similarity > similarity;
  picture = torch::where(better.view({-1, 1, 1, 1}), candidate, picture);
  similarity = torch::where(better, candidate_similarity, similarity);
}

void save(const Snapshot& snapshot, const std::filesystem::path& path) {
  Tensors tensors;
  put(tensors, "canvas.", snapshot.parameters);
  put(tensors, "moment.", snapshot.state.moments);
  put(tensors, "target.", snapshot.targets);
  if (snapshot.best.picture.defined())
    put(tensors, "best.", {snapshot.best.picture, snapshot.best.similarity});
  const std::map<std::string, std::string> metadata = {
      {"format", kFormat},
      {"version", kVersion},
      {"step", std::to_string(snapshot.state.step)},
      {"options", to_json(snapshot.options).dump()}};
  base::write_file(path, weights::format_tensors(tensors, metadata));
}

Snapshot load_snapshot(const std::filesystem::path& path) {
  const weights::TensorStore store = weights::read_safetensors(path);
  const auto entry = [&](const std::string& key) {
    const auto found = store.metadata.find(key);
    return found == store.metadata.end() ? std::string() : found->second;
  };
  if (entry("format") != kFormat || entry("version") != kVersion)
    base::throw_error<base::FormatError>("{}: expected a {} of version {}, got '{}' {}",
                                         path.string(), kFormat, kVersion, entry("format"),
                                         entry("version"));
  const Tensors tensors = weights::to_tensors(store);
  Snapshot snapshot;
  try {
    snapshot.options = from_json(nlohmann::json::parse(entry("options")));
    snapshot.state.step = std::stoi(entry("step"));
  } catch (const std::exception& error) {
    base::throw_error<base::FormatError>("{}: expected a snapshot's options and step, got {}",
                                         path.string(), error.what());
  }
  snapshot.parameters = take(tensors, "canvas.");
  snapshot.state.moments = take(tensors, "moment.");
  snapshot.targets = take(tensors, "target.");
  const std::vector<at::Tensor> best = take(tensors, "best.");
  if (best.size() == 2) snapshot.best = {best[0], best[1]};
  return snapshot;
}

}  // namespace clipguide::guide
