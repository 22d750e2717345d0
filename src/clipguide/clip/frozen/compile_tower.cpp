#include "clipguide/clip/frozen/compile_tower.h"

#include <fmt/format.h>

namespace clipguide::clip::frozen {

using base::InstructionSet;

TowerChoice choose(const TowerOptions& options) {
  const InstructionSet set = options.set.value_or(base::supported_instruction_sets().back());
  const bool bf16 = options.precision == Precision::automatic
                        ? set >= InstructionSet::avx512_bf16
                        : options.precision == Precision::bf16;
  return {set, bf16};
}

const Kernels& kernels_of(const TowerOptions& options) {
  const TowerChoice choice = choose(options);
  return kernels_for(choice.set, choice.bf16 ? Element::bf16 : Element::f32);
}

std::unique_ptr<FrozenTower> compile_tower(const ImageTower& module, const ClipConfig& config,
                                           const TowerOptions& options, int threads,
                                           const base::LogSink& log,
                                           std::shared_ptr<WeightPacker> packer) {
  const TowerChoice choice = choose(options);
  PlanSource source{config.vision,          config.embedding,      config.activation,
                    config.preprocess.mean, config.preprocess.std, {},
                    std::move(packer)};
  if (!source.packer->is_ready()) {
    for (const auto& item : module.named_parameters())
      source.weights[item.key()] = item.value().detach();
    for (const auto& item : module.named_buffers()) source.weights[item.key()] = item.value();
  }

  const torch::NoGradGuard no_grad;
  std::unique_ptr<const Plan> plan = make_plan(source, choice);
  if (!plan) {
    base::log(log, base::LogLevel::info, "image tower: of a kind that only libtorch computes");
    return nullptr;
  }
  base::log(log, base::LogLevel::debug,
            fmt::format("image tower: {} kernels, {}", base::name(choice.set),
                        choice.bf16 ? "bf16" : "f32"));
  return std::make_unique<FrozenTower>(std::move(plan), threads);
}

}  // namespace clipguide::clip::frozen
