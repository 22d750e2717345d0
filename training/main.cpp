#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>

#include "clipguide/base/error.h"
#include "training/commands.h"
#include "training/form_trainer.h"
#include "training/trainer.h"

namespace {

using namespace clipguide;

volatile std::sig_atomic_t interrupted = 0;

void print_log(base::LogLevel, std::string_view line) {
  std::fprintf(stderr, "%.*s\n", int(line.size()), line.data());
}

void stop_on_signals() {
  std::signal(SIGINT, [](int) { interrupted = 1; });
  std::signal(SIGTERM, [](int) { interrupted = 1; });
}

int run(int argc, char** argv) {
  CLI::App app("Renders the world that clipguide's default model learns from, and trains it");
  app.require_subcommand(1);

  training::RenderCommand render;
  CLI::App* render_app = app.add_subcommand("render", "a sheet of captioned samples");
  render_app->add_option("--count", render.count, "samples")->check(CLI::Range(1, 4096));
  render_app->add_option("--size", render.side_px, "side of a sample in px")
      ->check(CLI::Range(16, 1024));
  render_app->add_option("--columns", render.columns)->check(CLI::Range(1, 64));
  render_app->add_option("--seed", render.seed);
  render_app->add_option("--first", render.first, "index of the first sample");
  render_app->add_flag("--held-out", render.held_out, "from the split kept from training");
  render_app->add_option("--out", render.out, "PNG, JPEG or WebP");
  render_app->callback([&] { training::run_render(render); });

  training::ExportRendersCommand renders;
  CLI::App* renders_app =
      app.add_subcommand("export-renders", "pictures of single things, a folder a thing");
  renders_app->add_option("--things", renders.things, "names of the catalogue")
      ->required()
      ->delimiter(',');
  renders_app->add_option("--count", renders.count, "pictures a thing")
      ->check(CLI::Range(1, 1000000));
  renders_app->add_option("--size", renders.side_px, "side of a picture in px")
      ->check(CLI::Range(16, 1024));
  renders_app->add_option("--seed", renders.seed, "of the world");
  renders_app->add_option("--first", renders.first, "index of the first picture");
  renders_app->add_flag("--held-out", renders.held_out, "from the split kept from training");
  renders_app->add_option("--out", renders.out, "folder")->required();
  renders_app->callback([&] { training::run_export_renders(renders); });

  std::filesystem::path names;
  CLI::App* names_app = app.add_subcommand("names", "write the names of all that the world shows");
  names_app->add_option("--out", names, "a text file, a name a line")->required();
  names_app->callback([&] { training::run_names(names); });

  training::TrainOptions train;
  double hours = 0;
  CLI::App* train_app = app.add_subcommand("train", "start a run, or go on with it");
  train_app->add_option("--run", train.folder, "the run's folder")->required();
  train_app->add_option("--config", train.config, "the run's JSON (first time only)");
  train_app->add_option(
      "--from", train.from,
      "start with the weights and vocabulary of a run or a model (first time only)");
  train_app->add_option("--device", train.device, "auto, cpu, cuda, cuda:1");
  train_app->add_option("--hours", hours, "stop after so long; run again to go on");
  train_app->add_option("--steps", train.most_steps,
                        "stop after so many steps; run again to go on");
  train_app->callback([&] {
    train.most_seconds = hours * 3600;
    train.log = print_log;
    train.stop = [] { return interrupted != 0; };
    stop_on_signals();
    training::train(train);
  });

  std::filesystem::path run_folder, model_folder, with_folder;
  double share = 0.5;
  CLI::App* export_app = app.add_subcommand("export", "write a run's model folder");
  export_app->add_option("--run", run_folder)->required();
  export_app->add_option("--out", model_folder)->required();
  export_app->add_option("--with", with_folder, "mix with the weights of this model");
  export_app->add_option("--share", share, "of the run's weights in the mixture")
      ->check(CLI::Range(0.0, 1.0));
  export_app->callback([&] { training::export_run(run_folder, model_folder, with_folder, share); });

  training::FormTrainOptions forms;
  double forms_hours = 0;
  CLI::App* forms_app =
      app.add_subcommand("train-forms", "train the generator of forms, or go on with it");
  forms_app->add_option("--run", forms.folder, "the run's folder")->required();
  forms_app->add_option("--config", forms.config, "the run's JSON (first time only)");
  forms_app->add_option("--device", forms.device, "auto, cpu, cuda, cuda:1");
  forms_app->add_option("--hours", forms_hours, "stop after so long; run again to go on");
  forms_app->callback([&] {
    forms.most_seconds = forms_hours * 3600;
    forms.log = print_log;
    forms.stop = [] { return interrupted != 0; };
    stop_on_signals();
    training::train_forms(forms);
  });

  std::filesystem::path forms_run, forms_model, forms_out;
  CLI::App* export_forms_app =
      app.add_subcommand("export-forms", "write a run's generator of forms for a model");
  export_forms_app
      ->add_option("--run", forms_run, "a run's folder, or forms.safetensors of another model")
      ->required();
  export_forms_app->add_option("--model", forms_model, "the model folder that it is for")
      ->required();
  export_forms_app->add_option("--out", forms_out, "safetensors")->required();
  export_forms_app->callback([&] { training::export_forms(forms_run, forms_model, forms_out); });

  int forms_shown = 64;
  CLI::App* show_forms_app =
      app.add_subcommand("show-forms", "a sheet of forms above what a run draws for them");
  show_forms_app->add_option("--run", forms_run)->required();
  show_forms_app->add_option("--count", forms_shown)->check(CLI::Range(1, 4096));
  show_forms_app->add_option("--out", forms_out, "PNG, JPEG or WebP")->required();
  show_forms_app->callback([&] { training::show_forms(forms_run, forms_shown, forms_out); });

  training::EvaluateCommand evaluate;
  CLI::App* evaluate_app = app.add_subcommand("eval", "zero-shot accuracy on held-out renders");
  evaluate_app->add_option("--model", evaluate.model, "a model folder")->required();
  evaluate_app->add_option("--seed", evaluate.seed, "of the world");
  evaluate_app->add_option("--pictures", evaluate.pictures_per_thing, "a thing")
      ->check(CLI::Range(1, 1000));
  evaluate_app->add_option("--radius", evaluate.radius, "of the attack, L2; 0 for none");
  evaluate_app->add_option("--attack-steps", evaluate.attack_steps)->check(CLI::Range(1, 1000));
  evaluate_app->add_option("--device", evaluate.device);
  evaluate_app->add_flag("--json", evaluate.json);
  evaluate_app->callback([&] { training::run_evaluate(evaluate); });

  training::AscendCommand ascend;
  CLI::App* ascend_app = app.add_subcommand("ascend", "what a model's bare gradient draws");
  ascend_app->add_option("--model", ascend.model, "a model folder")->required();
  ascend_app->add_option("--out", ascend.out);
  ascend_app->add_option("--steps", ascend.steps)->check(CLI::Range(1, 100000));
  ascend_app->add_option("--views", ascend.views)->check(CLI::Range(1, 256));
  ascend_app->add_option("--step-length", ascend.step_length);
  ascend_app->add_option("--smoothness", ascend.smoothness);
  ascend_app->add_option("--columns", ascend.columns)->check(CLI::Range(1, 64));
  ascend_app->add_option("--device", ascend.device);
  ascend_app->add_option("prompts", ascend.prompts)->required();
  ascend_app->callback([&] { training::run_ascend(ascend); });

  CLI11_PARSE(app, argc, argv);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const base::Error& error) {
    std::fprintf(stderr, "clipguide-train: %s\n", error.what());
    if (!error.hint().empty()) std::fprintf(stderr, "%s\n", error.hint().c_str());
    return error.exit_code();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "clipguide-train: %s\n", error.what());
    return 1;
  }
}
