#pragma once

#include <filesystem>

/// Films from numbered pictures, by the program ffmpeg.
namespace clipguide::media {

struct VideoOptions {
  double fps = 12;  ///< pictures a second
  int frames = 0;   ///< how many: from 000001.png on
};

/// "000012.png": the name of a frame, counted from 1.
std::filesystem::path frame_name(int number);

/// .mp4 (H.264), .webm (VP9), .gif (256 colours of the film's own, without end).
bool is_video_name(const std::filesystem::path& path);

/// Whether the program ffmpeg is on PATH.
bool can_write_video();

/// Writes the pictures of `folder` as a film, in the form of the path's extension, whole or not at
/// all. MP4 and WebM lose the last row or column of an odd size.
///   throws  UsageError for another extension; IoError when ffmpeg is not there (the hint says how
///           to get it) or fails (with the last line it said)
void write_video(const std::filesystem::path& path, const std::filesystem::path& folder,
                 const VideoOptions& options);

}  // namespace clipguide::media
