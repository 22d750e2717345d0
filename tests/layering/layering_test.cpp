/// Includes point downward only: the house has floors, and nobody reaches up.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "support/temporary_folder.h"

namespace clipguide {
namespace {

namespace fs = std::filesystem;

/// What each folder of src/clipguide may include besides itself.
const std::map<std::string, std::set<std::string>>& allowed() {
  static const std::map<std::string, std::set<std::string>> floors = [] {
    std::map<std::string, std::set<std::string>> made;
    made["base"] = {};
    made["imaging"] = {"base"};
    made["media"] = {"base"};
    made["kernels"] = {"base"};
    made["weights"] = {"base", "imaging", "media"};
    made["clip"] = {"base", "imaging", "kernels", "media", "weights"};
    made["canvas"] = {"base", "imaging", "kernels", "weights"};
    made["view"] = {"base", "imaging"};
    made["objective"] = {"base", "imaging", "clip"};
    made["guide"] = {"base", "imaging", "media", "weights", "clip", "canvas", "view", "objective"};
    made["workflow"] = made["guide"];
    made["workflow"].insert("guide");
    made["cli"] = made["workflow"];
    made["cli"].insert("workflow");
    made["server"] = made["cli"];
    return made;
  }();
  return floors;
}

/// One line for each include that points up, sideways or out of the house.
std::vector<std::string> breaches(const fs::path& house) {
  static const std::regex include(R"re(^\s*#\s*include\s*"([^"]+)")re");
  std::vector<std::string> found;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(house)) {
    const std::string extension = entry.path().extension();
    if (extension != ".h" && extension != ".cpp") continue;
    const fs::path place = fs::relative(entry.path(), house);
    const std::string floor = place.has_parent_path() ? place.begin()->string() : "";
    if (floor.empty()) continue;  // the precompiled header's carrier
    if (!allowed().count(floor)) {
      found.push_back(place.string() + ": a folder that the plan of the house does not know");
      continue;
    }
    std::ifstream file(entry.path());
    std::string line;
    for (int number = 1; std::getline(file, line); ++number) {
      std::smatch match;
      if (!std::regex_search(line, match, include)) continue;
      const fs::path target = match[1].str();
      if (target.extension() == ".inc") continue;  // tables that lie beside their source
      auto part = target.begin();
      const bool ours = part->string() == "clipguide" && std::distance(part, target.end()) >= 3;
      const std::string wanted = ours ? (++part)->string() : "";
      if (wanted == floor || (ours && allowed().at(floor).count(wanted))) continue;
      found.push_back(place.string() + ":" + std::to_string(number) + ": includes " +
                      target.string());
    }
  }
  return found;
}

TEST(Layering, includes_point_downward_only) {
  for (const std::string& breach : breaches(CLIPGUIDE_SOURCE_DIR "/src/clipguide"))
    ADD_FAILURE() << breach;
}

TEST(Layering, the_check_sees_upward_sideways_and_unknown_includes) {
  const test::TemporaryFolder house;
  const auto write = [&](const char* name, const char* text) {
    fs::create_directories((house / name).parent_path());
    std::ofstream(house / name) << text;
  };
  write("base/a.h", "#include \"clipguide/guide/guide.h\"\n");
  write("view/b.cpp", "#include <vector>\n#include \"clipguide/canvas/canvas.h\"\n");
  write("clip/c.cpp", "  # include \"tokenizer.h\"\n");
  write("misc/d.h", "");
  write("guide/e.cpp",
        "#include \"clipguide/guide/guide.h\"\n#include \"clipguide/base/error.h\"\n");
  EXPECT_EQ(std::set<std::string>([&] {
              const auto all = breaches(house.path());
              return std::set<std::string>(all.begin(), all.end());
            }()),
            (std::set<std::string>{"base/a.h:1: includes clipguide/guide/guide.h",
                                   "view/b.cpp:2: includes clipguide/canvas/canvas.h",
                                   "clip/c.cpp:1: includes tokenizer.h",
                                   "misc/d.h: a folder that the plan of the house does not know"}));
}

}  // namespace
}  // namespace clipguide
