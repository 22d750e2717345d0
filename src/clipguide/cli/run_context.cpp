#include "clipguide/cli/run_context.h"

namespace clipguide::cli {

guide::RunContext run_context(const MachineFlags& machine, Terminal& terminal,
                              const ModelFinder& finder) {
  guide::RunContext context;
  context.device = machine.prepare();
  context.log = terminal.log_sink();
  context.resolve_model = [&finder](const std::string& name) { return finder.find(name); };
  context.resolve_autoencoder = [&finder](const std::string& name, weights::AutoencoderHalf half) {
    return finder.find_autoencoder(name, half);
  };
  context.fallback_vocabulary = finder.cached_vocabulary();
  context.packed_folder = machine.packed_folder();
  context.most_memory_bytes = machine.most_memory_bytes();
  return context;
}

}  // namespace clipguide::cli
