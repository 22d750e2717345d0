#include "clipguide/clip/checkpoint.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "clipguide/weights/torch_tensor.h"

namespace clipguide::clip {
namespace {

using weights::TensorView;

bool drop_prefix(std::string& name, std::string_view prefix) {
  if (!name.starts_with(prefix)) return false;
  name.erase(0, prefix.size());
  return true;
}

bool is_buffer_without_weights(std::string_view name) {
  constexpr std::array kWhole = {"input_resolution", "context_length", "vocab_size", "attn_mask"};
  return std::find(kWhole.begin(), kWhole.end(), name) != kWhole.end() ||
         name.ends_with(".num_batches_tracked") || name.ends_with(".position_ids");
}

using Renaming = std::pair<std::string_view, std::string_view>;

// Of whole names; those without a block.
constexpr Renaming kNames[] = {
    {"vision_model.embeddings.class_embedding", "visual.class_embedding"},
    {"vision_model.embeddings.patch_embedding.weight", "visual.conv1.weight"},
    {"vision_model.embeddings.position_embedding.weight", "visual.positional_embedding"},
    {"vision_model.pre_layrnorm.weight", "visual.ln_pre.weight"},
    {"vision_model.pre_layrnorm.bias", "visual.ln_pre.bias"},
    {"vision_model.post_layernorm.weight", "visual.ln_post.weight"},
    {"vision_model.post_layernorm.bias", "visual.ln_post.bias"},
    {"visual_projection.weight", "visual.proj"},
    {"text_model.embeddings.token_embedding.weight", "token_embedding.weight"},
    {"text_model.embeddings.position_embedding.weight", "positional_embedding"},
    {"text_model.final_layer_norm.weight", "ln_final.weight"},
    {"text_model.final_layer_norm.bias", "ln_final.bias"},
    {"text_projection.weight", "text_projection"},
};

// Of what follows the block's number.
constexpr Renaming kBlockNames[] = {
    {"layer_norm1.", "ln_1."},
    {"layer_norm2.", "ln_2."},
    {"mlp.fc1.", "mlp.c_fc."},
    {"mlp.fc2.", "mlp.c_proj."},
    {"self_attn.out_proj.", "attn.out_proj."},
};

struct BlockName {
  std::string block;  ///< "visual.transformer.resblocks.3."
  std::string rest;   ///< "self_attn.q_proj.weight"
};

std::optional<BlockName> split_block(std::string_view name) {
  for (const auto& [from, to] :
       {Renaming{"vision_model.encoder.layers.", "visual.transformer.resblocks."},
        Renaming{"text_model.encoder.layers.", "transformer.resblocks."}}) {
    if (!name.starts_with(from)) continue;
    const std::string_view tail = name.substr(from.size());
    const std::size_t dot = tail.find('.');
    if (dot == std::string_view::npos) return {};
    return BlockName{std::string(to) + std::string(tail.substr(0, dot + 1)),
                     std::string(tail.substr(dot + 1))};
  }
  return {};
}

// OpenAI's name of a Hugging Face name, itself when there is none.
std::string openai_name(const std::string& name) {
  for (const auto& [from, to] : kNames) {
    if (name == from) return std::string(to);
  }
  if (const auto block = split_block(name)) {
    for (const auto& [from, to] : kBlockNames) {
      if (!block->rest.starts_with(from)) continue;
      return block->block + std::string(to) + block->rest.substr(from.size());
    }
  }
  return name;
}

// Joins the Q, K and V of each Hugging Face block where all three are there.
void join_attention(std::map<std::string, TensorView>& tensors, Checkpoint& checkpoint) {
  constexpr std::string_view kQuery = "self_attn.q_proj.";
  std::vector<std::string> queries;
  for (const auto& [name, view] : tensors) {
    const auto block = split_block(name);
    if (block && block->rest.starts_with(kQuery)) queries.push_back(name);
  }
  for (const std::string& query : queries) {
    const std::size_t letter = query.find(kQuery) + std::string_view("self_attn.").size();
    std::string key = query, value = query;
    key[letter] = 'k';
    value[letter] = 'v';
    if (!tensors.count(key) || !tensors.count(value)) continue;
    const auto block = split_block(query);
    const std::string kind = block->rest.substr(kQuery.size());  // weight or bias
    StoredWeight& joined = checkpoint.weights[block->block + "attn.in_proj_" + kind];
    for (const std::string& name : {query, key, value}) {
      joined.parts.push_back(tensors[name]);
      tensors.erase(name);
    }
  }
}

std::map<std::string, TensorView> without_wrappers(const weights::TensorStore& store) {
  std::map<std::string, TensorView> tensors;
  for (const auto& [stored_name, view] : store.tensors) {
    std::string name = stored_name;
    drop_prefix(name, "module.");
    drop_prefix(name, "text.");
    // Where dropping a prefix makes two names one, the file is not a CLIP's: keep it visible.
    if (!tensors.emplace(name, view).second) tensors.emplace(stored_name, view);
  }
  return tensors;
}

}  // namespace

std::vector<std::int64_t> StoredWeight::shape() const {
  std::vector<std::int64_t> shape = parts.at(0).shape;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const std::vector<std::int64_t>& other = parts[i].shape;
    if (shape.empty() || other.size() != shape.size() ||
        !std::equal(shape.begin() + 1, shape.end(), other.begin() + 1)) {
      return {};
    }
    shape[0] += other[0];
  }
  if (transposed) std::reverse(shape.begin(), shape.end());
  return shape;
}

at::Tensor StoredWeight::read() const {
  std::vector<at::Tensor> tensors;
  for (const TensorView& part : parts) {
    tensors.push_back(weights::to_tensor(part).to(torch::kFloat32));
  }
  const at::Tensor whole = tensors.size() == 1 ? tensors[0] : torch::cat(tensors, 0);
  return transposed ? whole.t().contiguous() : whole;
}

at::Tensor StoredWeight::read_in_place(const std::shared_ptr<const void>& owner) const {
  const TensorView& view = parts.front();
  void* const data = const_cast<std::byte*>(view.bytes.data());
  const bool as_is = parts.size() == 1 && !transposed && view.dtype == weights::DType::f32 &&
                     view.strides.empty() &&
                     reinterpret_cast<std::uintptr_t>(data) % alignof(float) == 0;
  if (!as_is) return read();
  const auto keep = [owner](void*) {};
  const at::Tensor tensor = torch::from_blob(data, view.shape, keep, torch::kFloat32);
  if (tensor.nbytes() > view.bytes.size()) return read();  // which says what is missing
  return tensor;
}

Checkpoint read_checkpoint(weights::TensorStore store) {
  Checkpoint checkpoint{{}, store.source, store.owner};
  std::map<std::string, TensorView> tensors = without_wrappers(store);
  join_attention(tensors, checkpoint);
  for (const auto& [name, view] : tensors) {
    if (is_buffer_without_weights(name)) continue;
    const bool projection = name == "visual_projection.weight" || name == "text_projection.weight";
    std::string plain = openai_name(name);
    if (checkpoint.weights.count(plain)) plain = name;
    checkpoint.weights[plain] = {{view}, projection && view.shape.size() == 2};
  }
  return checkpoint;
}

}  // namespace clipguide::clip
