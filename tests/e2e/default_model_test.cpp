/// The models that come with the program, and the prompt lists they are measured on.
#include "clipguide/guide/prompt_list.h"
#include "clipguide/media/picture.h"
#include "e2e/program.h"

namespace clipguide::e2e {
namespace {

const fs::path kSource = CLIPGUIDE_SOURCE_DIR;

using DefaultModel = Program;

TEST_F(DefaultModel, draws_what_an_independent_judge_recognises) {
  std::ofstream(folder_ / "easy.txt") << "a red apple on a green background\n"
                                         "an owl at night\n"
                                         "a blue car on a beach\n"
                                         "a birthday cake on a pink background\n"
                                         "a snowman in the snow\n";
  const json result = parsed(run(
      {"eval", "easy.txt", "--seed", "1", "-W", "128", "-H", "128", "--preset", "fast", "--json"}));
  EXPECT_GE(result["r_precision_1"].get<double>(), 0.8) << result;
  // Of a picture of something else either is near 0.
  EXPECT_GT(result["similarity"].get<double>(), 0.3);
  EXPECT_GT(result["judge_similarity"].get<double>(), 0.2);
}

TEST_F(DefaultModel, draws_the_same_with_any_number_of_threads) {
  for (const std::string preset : {"default", "paint"}) {
    std::vector<std::vector<std::uint8_t>> drawn;
    for (const std::string threads : {"1", "2", "3"}) {
      const std::string file = preset + threads + ".png";
      ASSERT_EQ(
          run({"an owl and a cat on grass", "--seed", "2", "--preset", preset, "--steps", "15",
               "--candidates", "32", "-W", "192", "-H", "192", "--threads", threads, "-o", file})
              .exit_code,
          0);
      drawn.push_back(media::read_picture(folder_ / file).rgb);
    }
    EXPECT_EQ(drawn[0], drawn[1]) << preset;
    EXPECT_EQ(drawn[0], drawn[2]) << preset;
  }
}

TEST_F(DefaultModel, says_which_words_it_never_learned) {
  const std::vector<std::string> quick = {"--steps", "1", "-W", "64", "-H", "64", "-o", "x.png"};
  std::vector<std::string> strange = {"a red xylophonist", "--seed", "1"}, known = {"a red apple"};
  strange.insert(strange.end(), quick.begin(), quick.end());
  known.insert(known.end(), quick.begin(), quick.end());
  const CommandResult unknown = run(strange);
  EXPECT_EQ(unknown.exit_code, 0) << unknown.err;
  EXPECT_NE(unknown.err.find("never learned: xylophonist\n"), std::string::npos) << unknown.err;
  EXPECT_EQ(run(known).err.find("never learned"), std::string::npos);
}

TEST_F(DefaultModel, puts_things_into_a_picture_that_stays) {
  // Fine stripes: what is smoothed or painted over shows.
  constexpr int kSide = 128;
  media::Picture photo{kSide, kSide, {}};
  for (int y = 0; y < kSide; ++y)
    for (int x = 0; x < kSide; ++x)
      for (int c = 0; c < 3; ++c) photo.rgb.push_back(std::uint8_t(x / 2 % 2 ? 170 : 80 + 20 * c));
  media::write_picture(folder_ / "photo.png", photo);
  ASSERT_EQ(run({"a red apple", "-i", "photo.png", "-W", "128", "-H", "128", "--preset", "fast",
                 "--seed", "1", "-o", "x.png"})
                .exit_code,
            0);
  const media::Picture made = media::read_picture(folder_ / "x.png");
  int kept = 0, red = 0;
  for (std::size_t i = 0; i < made.rgb.size(); i += 3) {
    int most = 0;
    for (std::size_t c = 0; c < 3; ++c)
      most = std::max(most, std::abs(int(made.rgb[i + c]) - int(photo.rgb[i + c])));
    kept += most < 40;
    red += made.rgb[i] > 140 && made.rgb[i + 1] < 90 && made.rgb[i + 2] < 90;
  }
  EXPECT_GT(kept, kSide * kSide / 3);
  EXPECT_GT(red, kSide * kSide / 20);
}

TEST_F(DefaultModel, is_small_enough_to_come_along) {
  const auto size_of = [](const fs::path& folder) {
    std::uintmax_t bytes = 0;
    for (const auto& file : fs::directory_iterator(folder)) bytes += file.file_size();
    return bytes;
  };
  EXPECT_LE(size_of(kSource / "models/pictogram"), 40u << 20);
  EXPECT_LE(size_of(kSource / "models/judge"), 20u << 20);
}

TEST(PromptLists, have_the_sizes_that_the_figures_are_stated_for) {
  for (const auto& [file, count] : {std::pair{"things.txt", 200u},
                                    {"backdrops.txt", 100u},
                                    {"scenes.txt", 50u},
                                    {"paraphrases.txt", 50u}})
    EXPECT_EQ(guide::read_prompt_list(kSource / "prompts" / file).size(), count) << file;
}

}  // namespace
}  // namespace clipguide::e2e
