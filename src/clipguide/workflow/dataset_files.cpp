#include "clipguide/workflow/dataset_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <regex>

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"
#include "clipguide/workflow/dataset_objects.h"
#include "clipguide/workflow/tar_file.h"

namespace clipguide::workflow {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::size_t kLargestPicture = std::size_t(1) << 30;
constexpr const char* kManifest = "manifest.jsonl";
constexpr const char* kAnnotations = "annotations.json";

void make_folder(const fs::path& folder) {
  std::error_code failure;
  fs::create_directories(folder, failure);
  if (failure)
    base::throw_error<base::IoError>("{}: cannot create: {}", folder.string(), failure.message());
}

/// A second name for the file where the disk can do that, else a copy.
void link_or_copy(const fs::path& source, const fs::path& target) {
  std::error_code failure;
  if (fs::equivalent(source, target, failure)) return;
  const fs::path beside = target.parent_path() / ("." + target.filename().string() + ".link");
  fs::remove(beside, failure);
  fs::create_hard_link(source, beside, failure);
  if (!failure) fs::rename(beside, target, failure);
  if (failure) base::write_file(target, base::read_file(source, kLargestPicture));
}

json line_of(const DatasetPicture& picture, const DatasetSpec& spec) {
  const Attempt& attempt = *picture.attempt;
  json line = {{"class", picture.of->name},
               {"label", picture.label},
               {"index", picture.index},
               {"attempt", attempt.number},
               {"prompt", attempt.prompt},
               {"seed", attempt.seed},
               {"options", attempt.drawn},
               {"similarity", attempt.similarity},
               {"judge_similarity", attempt.judge_similarity},
               {"judged_as", attempt.judged_as},
               {"width", attempt.width_px},
               {"height", attempt.height_px},
               {"sha256", attempt.sha256}};
  if (attempt.objects) line["objects"] = lines_of(*attempt.objects, *picture.of, spec.classes);
  return line;
}

/// What COCO says of one thing in a picture.
struct Annotation {
  const DatasetClass* of = nullptr;
  json box, polygons;
  double area = 0;
};

Annotation whole_picture(const DatasetPicture& picture) {
  const int w = picture.attempt->width_px, h = picture.attempt->height_px;
  return {picture.of, {0, 0, w, h}, json::array({{0, 0, w, 0, w, h, 0, h}}), double(w) * h};
}

/// The objects of a picture that are of any class. What the picture was judged to be has one in any
/// case: where no object of it is known, the whole picture.
std::vector<Annotation> annotations_of(const DatasetPicture& picture, const DatasetSpec& spec) {
  std::vector<Annotation> all;
  bool has_own = false;
  if (const auto& objects = picture.attempt->objects)
    for (const guide::SeenObject& object : *objects) {
      const DatasetClass* of = class_of(object, *picture.of, spec.classes);
      if (!of) continue;
      has_own |= of == picture.of;
      Annotation annotation{of, box_of(object), guide::to_json(object.outlines), 0};
      for (const imaging::Outline& outline : object.outlines)
        annotation.area += imaging::area_of(outline);
      annotation.area = std::round(annotation.area * 100) / 100;
      all.push_back(std::move(annotation));
    }
  if (!has_own) all.push_back(whole_picture(picture));
  return all;
}

/// The files and the manifest of one set in the making.
class Writer {
 public:
  Writer(const fs::path& folder, const DatasetSpec& spec,
         const std::vector<DatasetPicture>& pictures)
      : folder_(folder), spec_(spec), pictures_(pictures) {}

  /// images/CLASS/000012.png
  void write_folders() {
    for (const DatasetPicture& picture : pictures_) add_line(picture, place_in_folders(picture));
  }

  /// The same, and annotations.json for those who read COCO.
  void write_coco() {
    json images = json::array(), boxes = json::array(), categories = json::array();
    const std::vector<int> labels = labels_of(spec_.classes);
    const auto category_of = [&](const DatasetClass* of) {
      return labels[std::size_t(of - spec_.classes.data())] + 1;
    };
    std::map<int, std::string> names;
    for (const DatasetClass& of : spec_.classes) names[category_of(&of)] = of.name;
    for (const DatasetPicture& picture : pictures_) {
      const std::string file = place_in_folders(picture);
      add_line(picture, file);
      const std::size_t id = images.size() + 1;
      images.push_back({{"id", id},
                        {"file_name", file.substr(std::string("images/").size())},
                        {"width", picture.attempt->width_px},
                        {"height", picture.attempt->height_px}});
      for (const Annotation& annotation : annotations_of(picture, spec_))
        boxes.push_back({{"id", boxes.size() + 1},
                         {"image_id", id},
                         {"category_id", category_of(annotation.of)},
                         {"bbox", annotation.box},
                         {"area", annotation.area},
                         {"segmentation", annotation.polygons},
                         {"iscrowd", 0}});
    }
    for (const auto& [id, name] : names)
      categories.push_back({{"id", id}, {"name", name}, {"supercategory", "thing"}});
    const json all = {{"info", {{"description", "synthetic pictures by clipguide"}}},
                      {"licenses", json::array()},
                      {"images", images},
                      {"annotations", boxes},
                      {"categories", categories}};
    base::write_file(folder_ / kAnnotations, all.dump() + "\n");
    files_.push_back(kAnnotations);
  }

  /// shards/data-000000.tar: a sample is NAME.png, NAME.cls and NAME.json. Classes take turns, so
  /// that a reader that does not shuffle sees them mixed.
  void write_tars(int pictures_per_tar) {
    make_folder(folder_ / "shards");
    std::vector<const DatasetPicture*> order;
    for (const DatasetPicture& picture : pictures_) order.push_back(&picture);
    std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
      return std::pair(a->index, a->label) < std::pair(b->index, b->label);
    });
    for (std::size_t first = 0; first < order.size(); first += std::size_t(pictures_per_tar)) {
      const std::string name =
          fmt::format("shards/data-{:06}.tar", first / std::size_t(pictures_per_tar));
      TarFile tar(folder_ / name);
      const std::size_t end = std::min(order.size(), first + std::size_t(pictures_per_tar));
      for (std::size_t i = first; i < end; ++i) {
        const DatasetPicture& picture = *order[i];
        const std::string key = fmt::format("{:06}-{}", picture.index, picture.of->name);
        const json line = line_of(picture, spec_);
        tar.add(key + ".cls", std::to_string(picture.label));
        tar.add(key + ".json", line.dump());
        tar.add(key + ".png", base::read_file(picture.source, kLargestPicture));
        add_line(picture, name, key);
      }
      tar.close();
      files_.push_back(name);
    }
  }

  /// What an earlier spec or a process that was killed left goes before the manifest says what is
  /// there: readers of folders take all that they find.
  std::vector<std::string> finish() {
    std::sort(files_.begin(), files_.end());
    std::error_code ignored;
    for (const fs::path& file : files_of_sets()) {
      if (std::binary_search(files_.begin(), files_.end(),
                             file.lexically_relative(folder_).string()))
        continue;
      fs::remove(file, ignored);
      fs::remove(file.parent_path(), ignored);  // where it was the last one
    }
    for (const char* part : {"images", "shards"}) fs::remove(folder_ / part, ignored);  // if empty
    base::write_file(folder_ / kManifest, manifest_);
    return files_;
  }

 private:
  std::string place_in_folders(const DatasetPicture& picture) {
    const std::string file = fmt::format("images/{}/{:06}.png", picture.of->name, picture.index);
    make_folder((folder_ / file).parent_path());
    link_or_copy(picture.source, folder_ / file);
    files_.push_back(file);
    return file;
  }

  void add_line(const DatasetPicture& picture, const std::string& file,
                const std::string& key = {}) {
    json line = line_of(picture, spec_);
    line["file"] = file;
    if (!key.empty()) line["key"] = key;
    manifest_ += line.dump() + "\n";
  }

  /// Files that are named as ours are, and unfinished ones.
  std::vector<fs::path> files_of_sets() const {
    static const std::regex ours(R"(\..*|\d{6}\.png|data-\d{6,}\.tar)");
    std::vector<fs::path> found;
    std::error_code ignored;
    for (const char* part : {"images", "shards"})
      for (const auto& entry : fs::recursive_directory_iterator(folder_ / part, ignored))
        if (entry.is_regular_file(ignored) &&
            std::regex_match(entry.path().filename().string(), ours))
          found.push_back(entry.path());
    if (fs::exists(folder_ / kAnnotations, ignored)) found.push_back(folder_ / kAnnotations);
    return found;
  }

  const fs::path& folder_;
  const DatasetSpec& spec_;
  const std::vector<DatasetPicture>& pictures_;
  std::string manifest_;
  std::vector<std::string> files_;
};

}  // namespace

std::vector<int> labels_of(const std::vector<DatasetClass>& classes) {
  std::vector<std::string> names;
  for (const DatasetClass& of : classes) names.push_back(of.name);
  std::sort(names.begin(), names.end());
  std::vector<int> labels;
  for (const DatasetClass& of : classes)
    labels.push_back(int(std::lower_bound(names.begin(), names.end(), of.name) - names.begin()));
  return labels;
}

std::vector<std::string> write_dataset_files(const fs::path& folder, const DatasetSpec& spec,
                                             const std::vector<DatasetPicture>& pictures) {
  Writer writer(folder, spec, pictures);
  if (spec.format == "webdataset")
    writer.write_tars(spec.pictures_per_tar);
  else if (spec.format == "coco")
    writer.write_coco();
  else
    writer.write_folders();
  return writer.finish();
}

}  // namespace clipguide::workflow
