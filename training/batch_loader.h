#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "clipguide/base/torch.h"
#include "clipguide/clip/tokenizer.h"
#include "training/world/world.h"

namespace clipguide::training {

struct Batch {
  at::Tensor picture;          ///< [N, 3, S, S] u8
  at::Tensor token_ids;        ///< [N, L] i64, L the longest text's length
  at::Tensor caption_ids;      ///< [N] i64, equal for equal captions
  at::Tensor other_token_ids;  ///< [E, L'] i64, texts of what is not shown; undefined without
  at::Tensor lone_things;      ///< [N] i64, classes of pictures of one kind of thing, else -1
};

/// What a batch holds besides samples of the world.
struct BatchMix {
  int catalogue = 0;         ///< so many names of things that no picture shows, at most
  double single_share = 0;   ///< of pictures that show one thing alone, in eighths
  double written_share = 0;  ///< of those that show a shape, a letter or a word; 0: as they come
  double soft_share = 0;     ///< of pictures that are rendered smaller and enlarged
  int elsewhere = 0;         ///< texts of the same thing in another place, for each in a place
};

/// Samples first .. first + count - 1 of a split, as tensors.
Batch make_batch(const world::World& world, const clip::Tokenizer& tokenizer, std::uint64_t first,
                 int count, int side_px, int context_length, world::Split split,
                 const BatchMix& mix = {});

/// Token ids of texts, cut after the longest.
at::Tensor token_ids_of(const clip::Tokenizer& tokenizer, const std::vector<std::string>& texts,
                        int context_length);

/// "an owl", "a picture of an owl", "a drawing of an owl" for every thing: a [T, L] for each of the
/// sentences.
std::vector<at::Tensor> name_token_ids(const clip::Tokenizer& tokenizer, const world::World& world,
                                       int context_length);

/// Renders training batches ahead of use; batch i holds samples i N .. (i + 1) N - 1 whatever the
/// number of threads.
class BatchLoader {
 public:
  struct Options {
    int batch = 256, side_px = 64, context_length = 32, threads = 2;
    BatchMix mix;
    std::int64_t first = 0;  ///< batch
  };

  BatchLoader(const world::World& world, const clip::Tokenizer& tokenizer, const Options& options);
  ~BatchLoader();

  /// The next batch; throws what its making threw.
  Batch next();

 private:
  void work();

  const world::World& world_;
  const clip::Tokenizer& tokenizer_;
  Options options_;
  std::int64_t next_made_, next_used_;
  std::map<std::int64_t, Batch> ready_;
  std::exception_ptr failure_;
  bool stop_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::thread> threads_;
};

}  // namespace clipguide::training
