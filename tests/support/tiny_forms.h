#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "clipguide/base/file.h"
#include "clipguide/canvas/form_generator.h"
#include "clipguide/imaging/noise.h"
#include "clipguide/weights/torch_tensor.h"
#include "support/temporary_folder.h"

namespace clipguide::test {

/// A generator of forms with random weights, 48 px, codes of 4 numbers and a catalogue of 6. Its
/// last layer is strengthened, so that what it draws is not all one grey.
class TinyForms {
 public:
  static constexpr int kForms = 6, kCode = 4;

  TinyForms() { write(path(), tensors()); }

  std::filesystem::path path() const { return folder_ / "forms.safetensors"; }

  static std::map<std::string, at::Tensor> tensors() {
    canvas::FormShape shape;
    shape.code_length = kCode;
    shape.channels = {8, 6};
    std::map<std::string, at::Tensor> all = canvas::random_form_weights(shape, 3).named();
    for (auto& [name, tensor] : all) tensor = tensor.detach().clone();
    all["out.weight"] *= 12;
    all["codes"] = imaging::normal_tensor({kForms, kCode}, base::RandomStream(1, "codes"));
    return all;
  }

  static void write(const std::filesystem::path& path,
                    const std::map<std::string, at::Tensor>& tensors) {
    base::write_file(path, weights::format_tensors(tensors));
  }

 private:
  TemporaryFolder folder_;
};

}  // namespace clipguide::test
