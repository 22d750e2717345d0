#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "clipguide/clip/config.h"

/// What a training run is: everything that its result follows from.
namespace clipguide::training {

struct RunConfig {
  std::uint64_t seed = 1;
  std::string model_json;  ///< an open_clip model config; its vocab_size is filled in by the run
  clip::ClipConfig model;

  int batch = 256;
  int steps = 2000;
  double learning_rate = 2e-3;
  double last_learning_rate = 2e-5;  ///< where the cosine ends
  int warm_up_steps = 100;
  double weight_decay = 0.05;
  double gradient_clip = 1.0;  ///< of the gradient's norm; 0: none
  double average_decay = 0;  ///< of the weights' moving average, which is what is shipped; 0: none

  double radius = 0;        ///< of the attack, L2 in [0, 1] pixels at the model's size; 0: none
  double first_radius = 0;  ///< where the radius starts
  int radius_warm_up_steps = 1;  ///< until it is `radius`
  int attack_steps = 1;
  double clean_share = 0;  ///< of a batch that is left unattacked

  /// Names of things that no picture of the batch shows, as further texts that its pictures do not
  /// belong to: a batch alone seldom holds the things that are easily confused.
  int catalogue = 0;

  /// Texts of the same thing in another place, for each picture of one thing in a place: where
  /// names of things tell all of a batch apart, nothing else teaches places.
  int elsewhere = 0;

  /// Of a second loss: which of all names in the catalogue belongs to a picture of one kind of
  /// thing. Captions are told apart by their colours and grounds; only this asks for the thing
  /// alone.
  double names_weight = 0;
  int names_every =
      1;  ///< steps after which the names are embedded anew; between, they stand still

  double single_share = 0;  ///< of a batch that shows one thing, named by little more than its name
  double written_share = 0;  ///< of those pictures that show a shape, a letter or a word, which
                             ///< come in every colour; 0: no more than their share of the catalogue
  double soft_share = 0;  ///< of a batch that is rendered at 40 to 100% of the size and enlarged:
                          ///< what a model knows by its edges alone it does not know drawn softly
  std::string forms;      ///< forms.safetensors: things also look as its generator draws them
  int frozen_stages = 0;  ///< of a ModifiedResNet that keep their weights, the stem with the first

  bool aim_attention = false;  ///< a ModifiedResNet's heads begin looking at one place each

  int merges = 6000;  ///< of the vocabulary, at most
  int loader_threads = 2;
  int log_every = 10, save_every = 100;
  bool bf16 = false;          ///< autocast; worth it on CUDA and on AMX
  bool channels_last = true;  ///< memory format of convolutions
};

/// Reads a run's JSON.   throws  FormatError naming an unknown key, a missing one or a bad value
RunConfig read_run_config(const std::string& json, const std::string& source);

/// The model's config file as open_clip has it, with the vocabulary's size put in.
std::string open_clip_config_json(const RunConfig& config, std::int64_t vocabulary);

}  // namespace clipguide::training
