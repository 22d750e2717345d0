#pragma once

#include <span>
#include <string>
#include <string_view>

namespace clipguide::weights {

/// A model that is known by name: a CLIP, or a tiny autoencoder for the canvas `latent`. It lives
/// in a hub repository, or is one of OpenAI's files, whose sha256 is part of its address.
struct KnownModel {
  std::string_view name;
  std::string_view repo;    ///< "org/name", or empty
  std::string_view file;    ///< OpenAI's, when there is no repository
  std::string_view sha256;  ///< of the file
  unsigned size_mb = 0;     ///< about, of the weights; 10^6 bytes
  std::string_view licence;
  std::string_view note;

  std::string url() const;  ///< of the file
};

/// The table, in the order in which it is shown; the first is the one to start with.
std::span<const KnownModel> known_models();

/// By name or repository. Case does not matter, nor whether '/', '@' or '-' stands between parts:
/// "vit-b-32" finds "ViT-B/32". nullptr when there is none.
const KnownModel* find_known_model(std::string_view name);

/// The known name most like a mistyped one; empty when none is like it.
std::string_view nearest_known_model(std::string_view name);

/// The byte-level BPE merges that every OpenAI model and most others use.
inline constexpr std::string_view kVocabularyFile = "bpe_simple_vocab_16e6.txt.gz";
inline constexpr std::string_view kVocabularyUrl =
    "https://raw.githubusercontent.com/openai/CLIP/main/clip/bpe_simple_vocab_16e6.txt.gz";
inline constexpr std::string_view kVocabularySha256 =
    "924691ac288e54409236115652ad4aa250f48203de50a9e4722a6ecd48d6804a";

}  // namespace clipguide::weights
