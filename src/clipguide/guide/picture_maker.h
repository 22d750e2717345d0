#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "clipguide/base/error.h"
#include "clipguide/guide/run.h"
#include "clipguide/guide/run_record.h"
#include "clipguide/media/picture.h"

namespace clipguide::guide {

/// One finished picture and how it came about.
struct MadePicture {
  media::Picture picture;
  RunRecord record;                             ///< with the similarity of the finished picture
  std::optional<double> elapsed_s;              ///< nothing when it lay there already
  std::optional<canvas::SavedCollage> collage;  ///< of one that was made just now as a collage
  /// As Run::objects, where the maker notes them. Of one that lay there: what was noted of it.
  std::optional<std::vector<SeenObject>> objects;
};

/// Makes one picture after another, with each model loaded once. What lies there from an earlier
/// call with the same options is not made again: so a list that was interrupted goes on where it
/// was, and a change makes anew only what it concerns.
class PictureMaker {
 public:
  /// version  of the program, for the pictures' metadata
  PictureMaker(const RunContext& context, std::string version);

  /// What pictures are made of that their options only name: a digest of the models. Those that lie
  /// there from others, or from before it was told, are made anew.
  void tell_models(std::string digest) { models_ = std::move(digest); }

  /// Finds out what the pictures show of a collage's objects, and writes it into their metadata.
  void note_objects() { notes_objects_ = true; }

  /// The picture of these options (batch 1), written to `path` with its record unless that is
  /// empty. Nothing when the callback stopped it; then nothing is written.
  ///   throws  as Run and media::write_picture do; DivergedError that names the picture when its
  ///           numbers are not finite
  std::optional<MadePicture> make(const RunOptions& options, const std::filesystem::path& path = {},
                                  const std::function<Verdict(const StepEvent&)>& on_step = {});

  /// The finished picture of just these options, and of what the files hold that they name (a
  /// start, a mask), that lies at `path`.
  static std::optional<MadePicture> find(const RunOptions& options,
                                         const std::filesystem::path& path);

  /// With the models loaded so far, for runs of one's own.
  const RunContext& context() const { return context_; }

 private:
  static std::optional<MadePicture> find(const RunOptions& options, const nlohmann::json& contents,
                                         const std::filesystem::path& path);

  RunContext context_;
  std::string version_, models_;
  bool notes_objects_ = false;
};

/// What `make` gives; where its numbers are not finite, the error names the picture.
///   throws  DivergedError in place of NumericError
template <class Make>
auto name_if_diverged(const std::string& picture, const Make& make) {
  try {
    return make();
  } catch (const base::NumericError& error) {
    throw base::DivergedError(fmt::format("{}: {}", picture, error.what()),
                              "a lower lr often helps");
  }
}

}  // namespace clipguide::guide
