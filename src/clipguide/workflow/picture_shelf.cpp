#include "clipguide/workflow/picture_shelf.h"

#include <fmt/format.h>

#include <algorithm>

#include "clipguide/base/error.h"
#include "clipguide/guide/option_table.h"
#include "clipguide/weights/checksum.h"

namespace clipguide::workflow {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

json key_of(const guide::RunOptions& options, const json& contents) {
  json key = guide::to_json(options);
  key.update(contents);
  return key;
}

}  // namespace

std::string pixel_digest(const media::Picture& picture) {
  const std::string head = fmt::format("{}x{}\n", picture.width_px, picture.height_px);
  weights::Digest digest(weights::Checksum::Kind::sha256, head.size() + picture.rgb.size());
  digest.add(std::as_bytes(std::span(head)));
  digest.add(std::as_bytes(std::span(picture.rgb)));
  return "sha256:" + digest.finish();
}

std::string digest_of(const guide::RunOptions& options, const json& contents) {
  return "sha256:" +
         weights::sha256_of(
             key_of(options, contents).dump(-1, ' ', true, json::error_handler_t::replace));
}

PictureShelf::PictureShelf(fs::path folder) : folder_(std::move(folder)) {
  std::error_code ignored;
  if (!fs::is_directory(folder_, ignored)) return;
  std::vector<fs::path> paths;
  for (const fs::directory_entry& file : fs::directory_iterator(folder_))
    if (file.path().extension() == ".png") paths.push_back(file.path());
  std::sort(paths.begin(), paths.end());
  for (const fs::path& path : paths) {
    try {
      const media::Metadata metadata = media::read_metadata(path);
      const auto stored = metadata.find(guide::kContentsKey);
      if (stored == metadata.end()) continue;
      const json contents = json::parse(stored->second, nullptr, /*allow_exceptions=*/false);
      Entry entry{path, guide::read_record(metadata, path.string()), {}};
      if (!contents.is_object() || entry.record.steps_done != entry.record.options.steps) continue;
      entry.key = key_of(entry.record.options, contents);
      entries_.push_back(std::move(entry));
    } catch (const base::Error&) {  // another program's picture
    }
  }
}

PictureShelf::Entry* PictureShelf::at(const fs::path& path) {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return entry.path == path; });
  return found == entries_.end() ? nullptr : &*found;
}

PictureShelf::Entry* PictureShelf::find(const guide::RunOptions& options, const json& contents,
                                        const fs::path& path) {
  const json key = key_of(options, contents);
  if (Entry* here = at(path); here && here->key == key) return here;
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return entry.key == key; });
  return found == entries_.end() ? nullptr : &*found;
}

void PictureShelf::forget(const Entry& entry) {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& one) { return &one == &entry; });
  if (found != entries_.end()) entries_.erase(found);
}

void PictureShelf::check_place(const fs::path& path) const {
  std::error_code ignored;
  const bool ours = std::any_of(entries_.begin(), entries_.end(),
                                [&](const Entry& entry) { return entry.path == path; });
  if (!ours && fs::exists(path, ignored))
    throw base::UsageError(
        fmt::format("{}: expected a free place or a picture of this workflow, got another file",
                    path.string()),
        "move it away, or choose another folder with -o");
}

void PictureShelf::put_aside(const fs::path& path) {
  Entry* const entry = at(path);
  if (!entry) return;
  fs::path aside;
  for (int n = 1; aside.empty() || fs::exists(aside); ++n)
    aside = folder_ / fmt::format(".{}.{}.png", path.stem().string(), n);
  std::error_code failure;
  fs::rename(path, aside, failure);
  if (failure)
    base::throw_error<base::IoError>("{}: cannot rename: {}", path.string(), failure.message());
  entry->path = aside;
}

void PictureShelf::write(const fs::path& path, const media::Picture& picture,
                         const guide::RunRecord& record, const json& contents,
                         const std::string& version) {
  media::WriteOptions write;
  write.metadata = guide::to_metadata(record, version);
  write.metadata[guide::kContentsKey] = contents.dump();
  put_aside(path);
  media::write_picture(path, picture, write);
  entries_.push_back({path, record, key_of(record.options, contents), /*used=*/true});
}

void PictureShelf::place(Entry& entry, const fs::path& path, const guide::RunOptions& options,
                         const json& contents, const std::string& version) {
  entry.used = true;
  if (entry.path == path && guide::to_json(entry.record.options) == guide::to_json(options)) return;
  const media::Picture picture = media::read_picture(entry.path);
  guide::RunRecord record = entry.record;
  record.options = options;
  write(path, picture, record, contents, version);
}

std::vector<fs::path> PictureShelf::tidy(const std::set<fs::path>& wanted) {
  std::vector<fs::path> left;
  for (const Entry& entry : entries_) {
    if (wanted.count(entry.path)) continue;
    if (entry.used || entry.path.filename().string().starts_with('.')) {
      std::error_code ignored;  // a file more does no harm
      fs::remove(entry.path, ignored);
    } else {
      left.push_back(entry.path);
    }
  }
  return left;
}

}  // namespace clipguide::workflow
