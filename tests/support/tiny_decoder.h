#pragma once

#include <cmath>
#include <filesystem>
#include <map>
#include <string>

#include "clipguide/base/file.h"
#include "clipguide/imaging/noise.h"
#include "clipguide/weights/torch_tensor.h"
#include "support/temporary_folder.h"

namespace clipguide::test {

/// A tiny autoencoder's halves, named and shaped as the published ones, at 1/4: 4 latent channels,
/// 8 features, every kind of layer. The decoder's features carry the first three latents and their
/// negatives through all layers, so it draws latents as colours; random weights beside that leave
/// no layer without effect.
class TinyAutoencoder {
 public:
  using Tensors = std::map<std::string, at::Tensor>;

  TinyAutoencoder() {
    write(decoder(), decoder_tensors());
    write(encoder(), encoder_tensors());
  }

  std::filesystem::path decoder() const { return folder_ / "decoder.safetensors"; }
  std::filesystem::path encoder() const { return folder_ / "encoder.safetensors"; }
  std::filesystem::path path(const std::string& name) const { return folder_ / name; }

  static void write(const std::filesystem::path& path, const Tensors& tensors) {
    base::write_file(path, weights::format_tensors(tensors));
  }

  static Tensors decoder_tensors() {
    Tensors all;
    convolution(all, "1", 4, 8, true, kBeside);
    block(all, "3", 8, 8);
    convolution(all, "7", 8, 8, false, kBeside);
    block(all, "8", 8, 8);
    all["8.pool.0.weight"] = random("8.pool.0", {16, 8, 1, 1});
    all["8.pool.1.weight"] = torch::ones({16});
    all["8.pool.1.bias"] = torch::zeros({16});
    all["8.pool.3.weight"] = kBeside * random("8.pool.3", {8, 16, 1, 1});
    convolution(all, "12", 8, 6, false, kBeside);
    block(all, "13", 6, 8);
    all["13.skip.weight"] = kBeside * random("13.skip", {8, 6, 1, 1});
    convolution(all, "19", 8, 3, true, kBeside);
    // Latent c -> features 2c and 2c + 1, its positive and its negative part -> colour c.
    for (int c = 0; c < 3; ++c)
      for (int sign = 0; sign < 2; ++sign) {
        const int feature = 2 * c + sign;
        all["1.weight"][feature][c][1][1] += sign == 0 ? 1 : -1;
        for (const char* through : {"7.weight", "12.weight"})
          all[through][feature][feature][1][1] += 1;
        all["13.skip.weight"][feature][feature][0][0] += 1;
        all["19.weight"][c][feature][1][1] += sign == 0 ? 0.4 : -0.4;
      }
    all["19.bias"] += 0.5;
    return all;
  }

  static Tensors encoder_tensors() {
    Tensors all;
    convolution(all, "0", 3, 8, true, 1);
    block(all, "1", 8, 8);
    convolution(all, "2", 8, 8, false, 1);
    convolution(all, "6", 8, 8, false, 1);
    convolution(all, "14", 8, 4, true, 1);
    return all;
  }

 private:
  // Deviation sqrt(2 / fan in): a ReLU network then keeps the size of its numbers.
  static at::Tensor random(const std::string& name, std::vector<std::int64_t> shape) {
    const double fan_in = double(shape[1] * shape[2] * shape[3]);
    return imaging::normal_tensor(shape, base::RandomStream(11, name)) * std::sqrt(2 / fan_in);
  }
  static void convolution(Tensors& all, const std::string& name, int in, int out, bool bias,
                          double size) {
    all[name + ".weight"] = size * random(name, {out, in, 3, 3});
    if (bias)
      all[name + ".bias"] =
          0.1 * size * imaging::normal_tensor({out}, base::RandomStream(12, name));
  }
  static void block(Tensors& all, const std::string& name, int in, int out) {
    for (const char* part : {".conv.0", ".conv.2", ".conv.4"})
      convolution(all, name + part, part == std::string(".conv.0") ? in : out, out, true,
                  part == std::string(".conv.4") ? kBeside : 1);
  }

  static constexpr double kBeside = 0.05;

  TemporaryFolder folder_;
};

}  // namespace clipguide::test
