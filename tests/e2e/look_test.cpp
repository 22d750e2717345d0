/// The verbs that only look: embed, score, gradient, tokenize, inspect. Their numbers are tested
/// against references in tests/parity; here it is that the program hands them on in the form
/// agreed.
#include "clipguide/imaging/picture_tensor.h"
#include "clipguide/media/picture.h"
#include "clipguide/weights/safetensors.h"
#include "clipguide/weights/torch_tensor.h"
#include "e2e/program.h"

namespace clipguide::e2e {
namespace {

class Look : public Program {
 protected:
  Look() {
    write_picture("red.png", 64, 64, 0);
    write_picture("blue.png", 64, 64, 2);
    write_picture("wide.png", 150, 90, 1);
  }

  void write_picture(const std::string& name, int width, int height, int channel) const {
    media::Picture picture{width, height,
                           std::vector<std::uint8_t>(std::size_t(width * height * 3))};
    for (std::size_t at = std::size_t(channel); at < picture.rgb.size(); at += 3)
      picture.rgb[at] = std::uint8_t(at * 7 % 256);
    media::write_picture(folder_ / name, picture);
  }
};

void expect_matrix(const json& matrix, std::size_t rows, std::size_t columns) {
  ASSERT_EQ(matrix.size(), rows);
  for (const json& row : matrix) {
    ASSERT_EQ(row.size(), columns);
    for (const json& value : row) EXPECT_TRUE(value.is_number());
  }
}

TEST_F(Look, embed_gives_features_before_normalisation_and_their_cosine) {
  const json result =
      parsed(run({"embed", "--model", kModel, "--json", "--image", "red.png", "blue.png", "--image",
                  "wide.png", "--text", "an apple", "--text", "- a pear"}));
  ASSERT_EQ(result["image_features"].size(), 3u);
  const std::size_t dimension = result["image_features"][0].size();
  expect_matrix(result["image_features"], 3, dimension);
  expect_matrix(result["text_features"], 2, dimension);
  expect_matrix(result["cosine"], 3, 2);
  double dot = 0, image_norm = 0, text_norm = 0;
  for (std::size_t d = 0; d < dimension; ++d) {
    const double image = result["image_features"][1][d], text = result["text_features"][0][d];
    dot += image * text;
    image_norm += image * image;
    text_norm += text * text;
  }
  EXPECT_GT(std::abs(std::sqrt(image_norm) - 1), 1e-3) << "before normalisation";
  EXPECT_NEAR(result["cosine"][1][0].get<double>(), dot / std::sqrt(image_norm * text_norm), 1e-5);
}

TEST_F(Look, embed_of_one_kind_leaves_the_others_empty) {
  const json result = parsed(run({"embed", "--model", kModel, "--json", "--text", "an apple"}));
  EXPECT_EQ(result["image_features"], json::array());
  EXPECT_EQ(result["cosine"], json::array());
  EXPECT_EQ(result["text_features"].size(), 1u);
  expect_error(run({"embed", "--model", kModel, "--json"}), 2, "expected at least one");
}

TEST_F(Look, score_is_a_table_or_json_with_softmax_over_texts) {
  const std::vector<std::string> arguments = {
      "score", "--model", kModel, "--image", "red.png", "blue.png", "--text", "an apple", "a pear"};
  std::vector<std::string> with_json = arguments;
  with_json.push_back("--json");
  const json result = parsed(run(with_json));
  EXPECT_EQ(result["texts"], json({"an apple", "a pear"}));
  expect_matrix(result["softmax"], 2, 2);
  const double scale = result["logit_scale"];
  for (int v = 0; v < 2; ++v) {
    EXPECT_NEAR(result["softmax"][v][0].get<double>() + result["softmax"][v][1].get<double>(), 1,
                1e-6);
    const double gap =
        scale * (result["cosine"][v][1].get<double>() - result["cosine"][v][0].get<double>());
    EXPECT_NEAR(result["softmax"][v][0].get<double>(), 1 / (1 + std::exp(gap)), 1e-4);
  }
  const CommandResult table = run(arguments);
  EXPECT_EQ(table.exit_code, 0);
  EXPECT_NE(table.out.find("red.png"), std::string::npos);
  EXPECT_NE(table.out.find("softmax"), std::string::npos);
}

TEST_F(Look, gradient_has_the_pictures_shape_and_agrees_with_a_small_change) {
  const CommandResult result = run({"gradient", "--model", kModel, "--image", "red.png", "--text",
                                    "an apple", "--output", "g.safetensors"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const weights::TensorStore store = weights::read_safetensors(folder_ / "g.safetensors");
  ASSERT_EQ(store.tensors.count("gradient"), 1u);
  const at::Tensor gradient = weights::to_tensor(store.tensors.at("gradient"));
  ASSERT_EQ(gradient.sizes(), (std::vector<std::int64_t>{3, 64, 64}));

  // One level up the sign of the gradient must change the cosine as it foretells.
  media::Picture picture = media::read_picture(folder_ / "red.png");
  const at::Tensor before = imaging::from_rgb_bytes(picture.rgb, 64, 64)[0];
  const at::Tensor after = (before + gradient.sign() / 255).clamp(0, 1);
  picture.rgb = imaging::to_rgb_bytes(after);
  media::write_picture(folder_ / "moved.png", picture);
  const json cosine = parsed(run({"embed", "--model", kModel, "--json", "--image", "red.png",
                                  "moved.png", "--text", "an apple"}))["cosine"];
  const double change = cosine[1][0].get<double>() - cosine[0][0].get<double>();
  const double foretold = ((after - before) * gradient).sum().item<double>();
  EXPECT_GT(foretold, 0);
  EXPECT_NEAR(change, foretold, 0.2 * foretold + 1e-6);
}

TEST_F(Look, gradient_of_another_size_is_that_pictures) {
  const CommandResult result = run({"gradient", "--model", kModel, "--image", "wide.png", "--text",
                                    "an apple", "--output", "g.safetensors", "--json"});
  EXPECT_EQ(parsed(result)["shape"], json({3, 90, 150}));
  const weights::TensorStore store = weights::read_safetensors(folder_ / "g.safetensors");
  const at::Tensor gradient = weights::to_tensor(store.tensors.at("gradient"));
  // What the centre crop cuts off has no part in it; its middle has.
  EXPECT_EQ(gradient.narrow(2, 0, 20).abs().sum().item<double>(), 0);
  EXPECT_GT(gradient.narrow(2, 40, 70).abs().sum().item<double>(), 0);
}

TEST_F(Look, tokenize_maps_json_strings_to_json_arrays_line_by_line) {
  const CommandResult result = run({"tokenize", "--model", kModel, "--json"},
                                   options("\"a\"\n\"\"\n\"caf\\u00e9\\nau lait\"\n"));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  std::istringstream lines(result.out);
  std::string line;
  std::vector<json> ids;
  while (std::getline(lines, line)) ids.push_back(json::parse(line));
  ASSERT_EQ(ids.size(), 3u);
  EXPECT_EQ(ids[0].size(), 1u);
  EXPECT_EQ(ids[1], json::array());
  EXPECT_GE(ids[2].size(), 3u);
  expect_error(run({"tokenize", "--model", kModel, "--json"}, options("not json\n")), 1,
               "line 1: expected a JSON string");
}

TEST_F(Look, a_model_without_vocabulary_says_where_to_get_one) {
  fs::create_directory(folder_ / "bare");
  for (const char* name : {"open_clip_config.json", "open_clip_model.safetensors"})
    fs::copy_file(kModel + "/" + name, folder_ / "bare" / name);
  const std::vector<std::string> arguments = {"embed",  "--model", "./bare",
                                              "--json", "--text",  "a"};
  const CommandResult result = run(arguments);
  EXPECT_NE(result.exit_code, 0);
  EXPECT_NE(result.err.find("--vocab"), std::string::npos) << result.err;
  std::vector<std::string> with_vocabulary = arguments;
  with_vocabulary.insert(with_vocabulary.end(),
                         {"--vocab", kModel + "/bpe_simple_vocab_16e6.txt.gz"});
  EXPECT_EQ(parsed(run(with_vocabulary))["text_features"].size(), 1u);
}

TEST_F(Look, inspect_shows_what_a_picture_holds) {
  media::Picture picture = media::read_picture(folder_ / "red.png");
  media::write_picture(folder_ / "told.png", picture,
                       {.quality = 95,
                        .metadata = {{"parameters", "a \x1b[31mred apple\nSteps: 3"},
                                     {"clipguide", "{\"options\":{\"steps\":3}}"}}});
  const json told = parsed(run({"inspect", "told.png", "--json"}));
  EXPECT_EQ(told["parameters"], "a \x1b[31mred apple\nSteps: 3");
  EXPECT_EQ(told["clipguide"]["options"]["steps"], 3);
  const CommandResult text = run({"inspect", "told.png"});
  EXPECT_EQ(text.out.find('\x1b'), std::string::npos);
  EXPECT_NE(text.out.find("  Steps: 3\n"), std::string::npos) << text.out;
  EXPECT_EQ(parsed(run({"inspect", "red.png", "--json"})), json::object());
  expect_error(run({"inspect", "no.png"}), 1, "no.png");
}

TEST_F(Look, broken_pictures_are_refused_by_name) {
  std::ofstream(folder_ / "broken.png") << file_content(folder_ / "red.png").substr(0, 60);
  std::ofstream(folder_ / "text.png") << "not a picture";
  for (const char* name : {"broken.png", "text.png"})
    expect_error(run({"embed", "--model", kModel, "--json", "--image", name}), 1, name);
}

}  // namespace
}  // namespace clipguide::e2e
