#include "clipguide/weights/registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <vector>

namespace clipguide::weights {
namespace {

constexpr KnownModel hub_model(std::string_view name, std::string_view repo, unsigned size_mb,
                               std::string_view licence, std::string_view note) {
  return {name, repo, {}, {}, size_mb, licence, note};
}

constexpr KnownModel tiny_autoencoder(std::string_view name, std::string_view repo,
                                      std::string_view note) {
  return hub_model(name, repo, 10, "MIT", note);
}

constexpr KnownModel openai_file(std::string_view name, std::string_view file,
                                 std::string_view sha256, unsigned size_mb) {
  return {name, {}, file, sha256, size_mb, "MIT", "OpenAI's own file, half precision"};
}

// Sources: openai/CLIP clip/clip.py, mlfoundations/open_clip src/open_clip/pretrained.py, the
// models' cards, madebyollin/taesd. Sizes: parameters x 4 bytes; OpenAI's files as they are
// downloaded.
constexpr KnownModel kKnownModels[] = {
    hub_model("ViT-B-32/openai", "timm/vit_base_patch32_clip_224.openai", 605, "Apache-2.0",
              "recommended to start with; OpenAI's ViT-B/32 as safetensors"),
    hub_model("ViT-B-16/openai", "timm/vit_base_patch16_clip_224.openai", 599, "Apache-2.0",
              "OpenAI's ViT-B/16 as safetensors"),
    hub_model("ViT-L-14/openai", "timm/vit_large_patch14_clip_224.openai", 1711, "Apache-2.0",
              "OpenAI's ViT-L/14 as safetensors"),
    hub_model("ViT-L-14-336/openai", "timm/vit_large_patch14_clip_336.openai", 1712, "Apache-2.0",
              "OpenAI's ViT-L/14@336px as safetensors"),
    hub_model("RN50/openai", "timm/resnet50_clip.openai", 408, "Apache-2.0",
              "OpenAI's RN50 as safetensors"),
    hub_model("RN101/openai", "timm/resnet101_clip.openai", 479, "Apache-2.0",
              "OpenAI's RN101 as safetensors"),
    hub_model("RN50x4/openai", "timm/resnet50x4_clip.openai", 714, "Apache-2.0",
              "OpenAI's RN50x4 as safetensors"),
    hub_model("ViT-B-32/laion2b_s34b_b79k", "laion/CLIP-ViT-B-32-laion2B-s34B-b79K", 605, "MIT",
              "LAION-2B"),
    hub_model("ViT-B-32/datacomp_xl_s13b_b90k", "laion/CLIP-ViT-B-32-DataComp.XL-s13B-b90K", 605,
              "MIT", "DataComp-XL"),
    hub_model("ViT-B-32-256/datacomp_s34b_b86k", "laion/CLIP-ViT-B-32-256x256-DataComp-s34B-b86K",
              605, "MIT", "DataComp, 256 px"),
    hub_model("ViT-B-32/metaclip_400m", "timm/vit_base_patch32_clip_224.metaclip_400m", 605,
              "CC-BY-NC-4.0", "MetaCLIP, not for commercial use"),
    hub_model("ViT-B-16/laion2b_s34b_b88k", "laion/CLIP-ViT-B-16-laion2B-s34B-b88K", 599, "MIT",
              "LAION-2B"),
    hub_model("ViT-B-16/datacomp_xl_s13b_b90k", "laion/CLIP-ViT-B-16-DataComp.XL-s13B-b90K", 599,
              "MIT", "DataComp-XL"),
    hub_model("ViT-B-16/metaclip_400m", "timm/vit_base_patch16_clip_224.metaclip_400m", 599,
              "CC-BY-NC-4.0", "MetaCLIP, not for commercial use"),
    hub_model("ViT-B-16/dfn2b", "apple/DFN2B-CLIP-ViT-B-16", 599, "Apple, research",
              "data filtering networks"),
    hub_model("ViT-L-14/laion2b_s32b_b82k", "laion/CLIP-ViT-L-14-laion2B-s32B-b82K", 1711, "MIT",
              "LAION-2B"),
    hub_model("ViT-L-14/datacomp_xl_s13b_b90k", "laion/CLIP-ViT-L-14-DataComp.XL-s13B-b90K", 1711,
              "MIT", "DataComp-XL"),
    hub_model("ViT-L-14/metaclip_400m", "timm/vit_large_patch14_clip_224.metaclip_400m", 1711,
              "CC-BY-NC-4.0", "MetaCLIP, not for commercial use"),
    hub_model("ViT-L-14/dfn2b", "apple/DFN2B-CLIP-ViT-L-14", 1711, "Apple, research",
              "data filtering networks"),
    hub_model("ViT-H-14/laion2b_s32b_b79k", "laion/CLIP-ViT-H-14-laion2B-s32B-b79K", 3945, "MIT",
              "LAION-2B"),
    hub_model("ViT-H-14/dfn5b", "apple/DFN5B-CLIP-ViT-H-14", 3945, "Apple, research",
              "data filtering networks"),
    hub_model("ViT-H-14-378/dfn5b", "apple/DFN5B-CLIP-ViT-H-14-378", 3947, "Apple, research",
              "data filtering networks, 378 px"),
    hub_model("ViT-g-14/laion2b_s34b_b88k", "laion/CLIP-ViT-g-14-laion2B-s34B-b88K", 5467, "MIT",
              "LAION-2B"),
    hub_model("ViT-bigG-14/laion2b_s39b_b160k", "laion/CLIP-ViT-bigG-14-laion2B-39B-b160k", 10159,
              "MIT", "LAION-2B"),
    openai_file("RN50", "RN50.pt",
                "afeb0e10f9e5a86da6080e35cf09123aca3b358a0c3e3b6c78a7b63bc04b6762", 256),
    openai_file("RN101", "RN101.pt",
                "8fa8567bab74a42d41c5915025a8e4538c3bdbe8804a470a72f30b0d94fab599", 292),
    openai_file("RN50x4", "RN50x4.pt",
                "7e526bd135e493cef0776de27d5f42653e6b4c8bf9e0f653bb11773263205fdd", 422),
    openai_file("RN50x16", "RN50x16.pt",
                "52378b407f34354e150460fe41077663dd5b39c54cd0bfd2b27167a4a06ec9aa", 661),
    openai_file("RN50x64", "RN50x64.pt",
                "be1cfb55d75a9666199fb2206c106743da0f6468c9d327f3e0d0a543a9919d9c", 1353),
    openai_file("ViT-B/32", "ViT-B-32.pt",
                "40d365715913c9da98579312b702a82c18be219cc2a73407c4526f58eba950af", 354),
    openai_file("ViT-B/16", "ViT-B-16.pt",
                "5806e77cd80f8b59890b7e101eabd078d9fb84e6937f9e85e4ecb61988df416f", 351),
    openai_file("ViT-L/14", "ViT-L-14.pt",
                "b8cca3fd41ae0c99ba7e8951adf17d267cdb84cd88be6f7c2e0eca1737a03836", 933),
    openai_file("ViT-L/14@336px", "ViT-L-14-336px.pt",
                "3035c92b350959924f9f00213499208652fc7ea050643e8b385c2dac08641f02", 934),
    tiny_autoencoder("taesd", "madebyollin/taesd", "no CLIP: --decoder, Stable Diffusion 1 and 2"),
    tiny_autoencoder("taesdxl", "madebyollin/taesdxl", "no CLIP: --decoder, Stable Diffusion XL"),
    tiny_autoencoder("taesd3", "madebyollin/taesd3", "no CLIP: --decoder, Stable Diffusion 3"),
    tiny_autoencoder("taef1", "madebyollin/taef1", "no CLIP: --decoder, FLUX.1"),
};

std::string normalised(std::string_view name) {
  std::string plain(name);
  for (char& c : plain)
    c = c == '/' || c == '@' || c == '_' ? '-' : char(std::tolower((unsigned char)c));
  return plain;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string KnownModel::url() const {
  return fmt::format("https://openaipublic.azureedge.net/clip/models/{}/{}", sha256, file);
}

std::span<const KnownModel> known_models() { return kKnownModels; }

const KnownModel* find_known_model(std::string_view name) {
  const std::string wanted = normalised(name);
  for (const KnownModel& model : kKnownModels)
    if (normalised(model.name) == wanted || model.repo == name) return &model;
  return nullptr;
}

std::string_view nearest_known_model(std::string_view name) {
  if (name.size() > 200) return {};
  const std::string wanted = normalised(name);
  std::string_view nearest;
  std::size_t least = std::max<std::size_t>(2, wanted.size() / 3) + 1;
  for (const KnownModel& model : kKnownModels) {
    const std::string candidate = normalised(model.name);
    const std::size_t distance = edit_distance(wanted, candidate);
    if (distance < least) least = distance, nearest = model.name;
  }
  return nearest;
}

}  // namespace clipguide::weights
