#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "clipguide/guide/curve.h"

namespace clipguide::guide {

/// Everything that determines a run's picture, and nothing that does not. The command line, the
/// metadata inside a picture and a snapshot all hold exactly this; guide/option_table.h names,
/// documents and checks each field once, for all of them.
struct RunOptions {
  // what is wanted
  std::string prompt;                      ///< text:weight:stop | text:weight ...
  std::string negative_prompt;             ///< same form; pushed away from
  std::vector<std::string> image_prompts;  ///< path:weight
  std::vector<std::string> style_images;   ///< path:weight
  std::vector<std::string> regions;        ///< x,y,width,height:text:weight:stop, in shares
  std::string distance = "cosine";         ///< cosine, spherical
  Curve tv = 0;                            ///< weights of the regularising terms
  Curve range = 0;
  Curve saturation = 0;
  Curve repetition = 0;
  std::string avoid = "none";  ///< none, letters: unwanted words from the model's card
  Curve contrast = 0;
  std::string rivals;  ///< path; empty: the list that comes with the first model
  /// Factors on the weights over the run, CURVE | CURVE: one a text of `prompt`, or one for all.
  std::string prompt_weights;
  std::string negative_weights;  ///< the same of `negative_prompt`; those of `avoid` keep theirs
  std::string image_weights;     ///< of `image_prompts`
  std::string style_weights;     ///< of `style_images`
  std::string region_weights;    ///< of `regions`
  bool morph = false;            ///< from each text of `prompt` to the next over the run

  // who looks
  std::vector<std::string> models;  ///< name-or-path:weight
  std::string judge;
  std::string precision = "auto";  ///< auto, fp32, bf16: of the optimised models' image towers
  std::string kernels = "auto";    ///< auto, libtorch, or an instruction set's name
  std::string vocabulary;
  bool truncate = false;

  // what is optimised
  std::string canvas = "pyramid";  ///< one of canvas::canvas_names()
  int width = 384;
  int height = 384;
  std::string init = "grey";    ///< grey, noise, search, or a picture's path
  std::string ground = "keep";  ///< of a collage's file to start from: keep, new
  int candidates = 512;         ///< search: random layouts of which the best is the start
  double init_noise = 1.0;      ///< standard deviation of the starting noise, canvas units
  std::string resolutions = "power-of-two";  ///< pyramid: all, every-N, power-of-two
  double decay = 1.5;                        ///< fourier, wavelet: falls as 1/f^decay
  std::string wavelet = "coif2";             ///< wavelet: haar, db2, db4, sym4, coif2, cdf53, cdf97
  int cell = 8;                              ///< palette: side of a cell, px
  std::string colours = "16";                ///< palette: a number, or #rrggbb,#rrggbb,..
  int siren_width = 64;
  int siren_layers = 4;
  std::string decoder;  ///< latent: paths
  std::string encoder;
  std::string forms;        ///< collage: path; empty: the generator that comes with the first model
  int objects = 3;          ///< collage: at most so many
  double export_scale = 1;  ///< the picture is written this many times larger
  double strength = 1;      ///< how far to depart from the start, in [0, 1]
  std::string mask;         ///< path; paint where it is white
  bool mask_invert = false;
  double mask_feather = 0;        ///< px
  std::string symmetry = "none";  ///< one of canvas::symmetry_names()
  bool tile = false;              ///< seamless: views wrap round
  int margin = -1;                ///< canvas beyond the picture, px; -1: as the views ask

  // how it is looked at
  std::string views = "das";  ///< plain, das, aphantasia, vqgan-clip, disco
  Curve cuts = 0;             ///< views a step; 0: as the preset says
  /// name=curve overrides of the preset: crop=0.5, roll=1, flip=0, noise=0:0.5,1:0 ...
  std::vector<std::string> view_strengths;

  // the climb
  std::uint64_t seed = 0;
  int steps = 100;
  int batch = 1;                         ///< pictures at once, with seeds seed .. seed+batch-1
  std::string optimizer = "adam";        ///< sgd, adam, adamw, sign, normalized
  Curve lr = 0;                          ///< 0: the canvas's default for this optimizer
  std::string lr_schedule = "constant";  ///< constant, linear, cosine
  double weight_decay = 0.01;            ///< adamw only
  Curve coarse_to_fine = 0;   ///< share of the run in which detail grows, or the bandwidth; 0: off
  int view_batch = 0;         ///< views in memory at once; 0: all
  std::string keep = "last";  ///< last, best
  bool allow_non_finite_weights = false;
};

}  // namespace clipguide::guide
