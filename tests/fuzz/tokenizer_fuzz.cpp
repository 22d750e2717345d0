// Texts through the tokenizer's cleaning and merging, and files through the vocabulary reader. The
// first byte chooses.

#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "clipguide/base/error.h"
#include "clipguide/base/terminal_text.h"
#include "clipguide/base/utf8.h"
#include "clipguide/clip/tokenizer.h"
#include "clipguide/clip/vocabulary.h"

namespace {

using namespace clipguide;
namespace fs = std::filesystem;

void require(bool holds) {
  if (!holds) std::abort();
}

/// Without the sync of base::write_file, which would be most of the run.
void write(const fs::path& path, std::string_view content) {
  std::ofstream(path, std::ios::binary) << content;
}

/// A folder of this process that holds the file under test.
struct Folder {
  Folder() : path(fs::temp_directory_path() / ("clipguide-fuzz-" + std::to_string(::getpid()))) {
    fs::create_directories(path);
  }
  ~Folder() { fs::remove_all(path); }
  fs::path path;
};

const Folder& folder() {
  static const Folder made;
  return made;
}

const clip::Tokenizer& tokenizer() {
  static const clip::Tokenizer made = [] {
    write(folder().path / "list.txt",
          std::string_view("#version\nt h\nth e</w>\na a\naa a</w>\n' s</w>\n"));
    return clip::Tokenizer(folder().path / "list.txt");
  }();
  return made;
}

void fuzz_text(std::string_view text) {
  for (const std::int64_t id : tokenizer().encode(text))
    require(id >= 0 && id < tokenizer().size());
  const auto padded = tokenizer().encode_padded(text, {.context_length = 16, .truncate = true});
  require(padded.size() == 16 && padded.front() == tokenizer().start_id());
  const std::string decoded = tokenizer().decode(padded);
  require(base::valid_utf8_prefix(decoded) == decoded.size());
  tokenizer().split_words(text);
}

void fuzz_terminal(std::string_view text) {
  const std::string line = base::terminal_text(text);
  require(base::valid_utf8_prefix(line) == line.size());
  for (const char c : line) require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
  require(base::terminal_text(line) == line);
  require(base::html_text(text).find_first_of("<>\"'") == std::string::npos);
}

void fuzz_vocabulary(std::string_view content) {
  // What comes after a NUL is the file of merges beside the vocabulary.
  const std::size_t cut = content.find('\0');
  write(folder().path / "vocab.json", content.substr(0, cut));
  write(folder().path / "merges.txt",
        cut == content.npos ? std::string_view() : content.substr(cut + 1));
  clip::read_vocabulary(folder().path / "vocab.json");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  try {
    switch (data[0] % 4) {
      case 0:
        fuzz_vocabulary(input);
        break;
      case 1:
        fuzz_terminal(input);
        break;
      default:
        fuzz_text(input);
    }
  } catch (const clipguide::base::Error&) {
    // Refusing is a right answer.
  }
  return 0;
}
