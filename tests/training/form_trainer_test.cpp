#include "training/form_trainer.h"

#include <gtest/gtest.h>

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"
#include "clipguide/canvas/form_generator.h"
#include "support/temporary_folder.h"

namespace clipguide::training {
namespace {

TEST(FormConfig, ReadsItsKeysAndRefusesOthers) {
  const FormConfig config = read_form_config(R"({"steps": 7, "code_noise": 0.5})", "run.json");
  EXPECT_EQ(config.steps, 7);
  EXPECT_EQ(config.code_noise, 0.5);
  EXPECT_EQ(config.batch, FormConfig().batch);
  const std::filesystem::path shipped =
      std::filesystem::path(CLIPGUIDE_SOURCE_DIR) / "training/forms.json";
  EXPECT_EQ(read_form_config(base::read_file(shipped, 1 << 20), shipped.string()).steps, 2400);
  for (const char* bad : {R"({"stesp": 7})", R"({"steps": "7"})", R"({"steps": 0})", "steps"})
    EXPECT_THROW(read_form_config(bad, "run.json"), base::FormatError) << bad;
}

// Stopped and gone on with, a run gives what it gives in one go.
TEST(FormTraining, GoesOnWhereItWasStopped) {
  const test::TemporaryFolder folder;
  base::write_file(folder / "config.json",
                   std::string_view(R"({"steps": 6, "batch": 4, "seed": 3})"));
  static int steps_before_stop;
  FormTrainOptions options;
  options.config = folder / "config.json";
  options.device = "cpu";
  options.folder = folder / "whole";
  EXPECT_TRUE(train_forms(options));

  options.folder = folder / "halves";
  steps_before_stop = 2;
  options.stop = [] { return steps_before_stop-- == 0; };
  EXPECT_FALSE(train_forms(options));
  options.stop = nullptr;
  EXPECT_TRUE(train_forms(options));

  const std::filesystem::path model = std::filesystem::path(CLIPGUIDE_SOURCE_DIR) / "models/judge";
  for (const char* run : {"whole", "halves"})
    export_forms(folder / run, model, folder / (std::string(run) + ".safetensors"));
  constexpr std::size_t kMost = 64 << 20;
  EXPECT_TRUE(base::read_file(folder / "whole.safetensors", kMost) ==
              base::read_file(folder / "halves.safetensors", kMost));

  const canvas::FormGenerator generator(folder / "whole.safetensors", torch::kCPU);
  EXPECT_EQ(generator.side_px(), 96);
  EXPECT_GT(generator.codes().size(0), 1000);
  ASSERT_TRUE(generator.features().defined());
  EXPECT_NEAR(generator.features().norm(2, 1).mean().item<double>(), 1, 0.01);

  options.config = folder / "other.json";
  base::write_file(options.config, std::string_view(R"({"steps": 7})"));
  EXPECT_THROW(train_forms(options), base::UsageError);
}

}  // namespace
}  // namespace clipguide::training
