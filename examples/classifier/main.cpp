/// Are synthetic pictures good for anything? Trains a small network on folders of pictures, one
/// class a folder, and tests each on pictures of another origin.
///   example_classifier TEST NAME=TRAIN [NAME=TRAIN ..] [--counts 4,8,16] [--side 48]
///                      [--steps 300] [--seeds 3] [--threads 1]
/// TEST and TRAIN are folders as `clipguide dataset` and `clipguide-train export-renders` write
/// them (docs/dataset.md).
#include <clipguide/base/error.h>

#include <cmath>
#include <cstdio>
#include <sstream>

#include "small_net.h"

namespace {

struct Arguments {
  std::string test;
  std::vector<std::pair<std::string, std::string>> train;  ///< name, folder
  std::vector<int> counts = {4, 8, 16};
  int side_px = 48, steps = 300, seeds = 3, threads = 1;
};

Arguments parse(const std::vector<std::string>& words) {
  Arguments parsed;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    const std::size_t equals = word.find('=');
    if (word.rfind("--", 0) == 0) {
      std::istringstream values(i + 1 < words.size() ? words[++i] : "");
      std::vector<int> numbers;
      for (std::string value; std::getline(values, value, ',');)
        numbers.push_back(std::stoi(value));
      if (numbers.empty()) throw std::invalid_argument(word);
      if (word == "--counts")
        parsed.counts = numbers;
      else if (word == "--side")
        parsed.side_px = numbers[0];
      else if (word == "--steps")
        parsed.steps = numbers[0];
      else if (word == "--seeds")
        parsed.seeds = numbers[0];
      else if (word == "--threads")
        parsed.threads = numbers[0];
      else
        throw std::invalid_argument(word);
    } else if (equals != std::string::npos) {
      parsed.train.emplace_back(word.substr(0, equals), word.substr(equals + 1));
    } else {
      parsed.test = word;
    }
  }
  if (parsed.test.empty() || parsed.train.empty() || parsed.side_px % 8 != 0)
    throw std::invalid_argument("TEST NAME=TRAIN");
  return parsed;
}

/// Mean and standard deviation, in percent.
std::string percent(const std::vector<double>& values) {
  double mean = 0, square = 0;
  for (double value : values) mean += value / double(values.size());
  for (double value : values) square += (value - mean) * (value - mean) / double(values.size());
  char text[32];
  std::snprintf(text, sizeof text, "%.1f +- %.1f", 100 * mean, 100 * std::sqrt(square));
  return text;
}

void run(const Arguments& arguments) {
  torch::set_num_threads(arguments.threads);
  const ImageFolder test = read_image_folder(arguments.test, arguments.side_px);
  std::vector<ImageFolder> sources;
  for (const auto& [name, folder] : arguments.train) {
    sources.push_back(read_image_folder(folder, arguments.side_px));
    if (sources.back().classes != test.classes)
      throw clipguide::base::UsageError(folder + ": expected the classes of " + arguments.test +
                                        ", got others");
  }
  std::printf(
      "%lld test pictures of %zu classes, chance %.1f %%; accuracy in %% over %d trainings\n",
      static_cast<long long>(test.labels.size(0)), test.classes.size(),
      100.0 / double(test.classes.size()), arguments.seeds);
  std::printf("%-20s", "pictures per class");
  for (const auto& [name, folder] : arguments.train) std::printf("  %14s", name.c_str());
  std::printf("\n");
  for (int count : arguments.counts) {
    std::printf("%-20d", count);
    for (const ImageFolder& source : sources) {
      std::vector<double> values;
      for (int seed = 0; seed < arguments.seeds && source.smallest_class() >= count; ++seed) {
        TrainOptions options;
        options.steps = arguments.steps;
        options.seed = std::uint64_t(seed);
        SmallNet net = train(source.first(count), options);
        values.push_back(accuracy(net, test));
      }
      std::printf("  %14s", values.empty() ? "-" : percent(values).c_str());
      std::fflush(stdout);
    }
    std::printf("\n");
  }
}

}  // namespace

int main(int argc, char** argv) try {
  run(parse({argv + 1, argv + argc}));
  return 0;
} catch (const std::invalid_argument& error) {
  std::fprintf(stderr,
               "usage: example_classifier TEST NAME=TRAIN .. [--counts 4,8,16] [--side 48] "
               "[--steps 300] [--seeds 3] [--threads 1]\n");
  return 2;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
