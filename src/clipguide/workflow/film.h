#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "clipguide/guide/picture_maker.h"
#include "clipguide/imaging/warp.h"
#include "clipguide/workflow/film_script.h"

/// A film by guidance: each frame begins with the one before, moved a little, and takes a few
/// steps. A frame depends on the script and on the files of the frame before it, on nothing else:
/// so frames that lie there are kept as long as that holds, an interrupted film goes on to the same
/// bytes, and a changed script makes anew from the first frame that it changes. On the canvas
/// collage a frame keeps its objects: the camera moves them, those that the story leaves fade,
/// those that it brings are looked for.
namespace clipguide::workflow {

/// What one frame is to be.
struct FilmFrame {
  int number = 1;
  guide::RunOptions options;  ///< init as in the script: of the first frame alone
  imaging::Motion motion;     ///< from the frame before
};

/// The prompt that a story has at a frame; between two points it is the mixture of both.
std::string prompt_at(const std::vector<StoryPoint>& story, int frame);

/// number  from 1 to script.frames
FilmFrame frame_of(const FilmScript& script, int number);

/// A frame that is there, whole.
struct FinishedFrame {
  int number = 1;
  std::string key;                  ///< of all that it depends on
  std::string sha256;               ///< of its file
  std::string collage_sha256;       ///< of the file of its collage; empty on other canvases
  double similarity = 0;            ///< to its prompt
  std::optional<double> elapsed_s;  ///< nothing when it lay there already
};

/// Frames of the film that lie in the folder from the first one on, without a gap.
///   throws  IoError for a file that the script names and that is missing
///   cost    reads the files, loads no model
std::vector<FinishedFrame> finished_frames(const FilmScript& script,
                                           const std::filesystem::path& folder);

/// Makes the frames into folder/000001.png .., and film.json, which says what each one is; collages
/// into folder/collages.
///   on_frame  after each, there already or made; stop: asked after each step
///   returns   the frames that are done: fewer than script.frames when stopped
///   throws    as guide::Run and media::write_picture do; DivergedError names the frame
std::vector<FinishedFrame> make_film(const FilmScript& script, const std::filesystem::path& folder,
                                     const guide::PictureMaker& maker, const std::string& version,
                                     const std::function<void(const FinishedFrame&)>& on_frame = {},
                                     const std::function<bool()>& stop = {});

}  // namespace clipguide::workflow
