#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "clipguide/kernels/kernels.h"

/// Every table of kernels that can run here: those of this machine's instruction sets, and those
/// for AMX once more on emulated tiles (emulated_amx.h).
namespace clipguide::kernels {

#if defined(__x86_64__)
extern const Kernels kEmulatedAmxKernels, kEmulatedAmxSplitKernels;
#endif

namespace test {

struct NamedKernels {
  std::string name;
  const Kernels* kernels;
};
inline void PrintTo(const NamedKernels& table, std::ostream* out) { *out << table.name; }

inline std::vector<NamedKernels> kernel_tables() {
  std::vector<NamedKernels> tables;
  for (const base::InstructionSet set : base::supported_instruction_sets()) {
    std::string name(base::name(set));
    for (char& c : name)
      if (c == '-') c = '_';
    tables.push_back({name, &kernels_for(set)});
    if (set == base::InstructionSet::amx)
      tables.push_back({"amx_split", &nearly_f32_kernels_for(set)});
  }
#if defined(__x86_64__)
  tables.push_back({"emulated_amx", &kEmulatedAmxKernels});
  tables.push_back({"emulated_amx_split", &kEmulatedAmxSplitKernels});
#endif
  return tables;
}

inline std::string table_name(const testing::TestParamInfo<NamedKernels>& info) {
  return info.param.name;
}

}  // namespace test
}  // namespace clipguide::kernels
