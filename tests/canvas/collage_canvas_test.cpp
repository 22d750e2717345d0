#include "clipguide/canvas/collage_canvas.h"

#include <gtest/gtest.h>

#include <numbers>

#include "clipguide/base/error.h"
#include "support/slopes.h"
#include "support/tiny_forms.h"

namespace clipguide::canvas {
namespace {

using test::TinyForms;

std::string refusal(const std::map<std::string, at::Tensor>& tensors) {
  const test::TemporaryFolder folder;
  const std::filesystem::path path = folder / "forms.safetensors";
  TinyForms::write(path, tensors);
  try {
    FormGenerator(path, torch::kCPU);
  } catch (const base::FormatError& error) {
    return error.what();
  }
  return "";
}

TEST(FormGenerator, ReadsItsShapeFromTheFile) {
  const TinyForms files;
  const FormGenerator generator(files.path(), torch::kCPU);
  EXPECT_EQ(generator.code_length(), TinyForms::kCode);
  EXPECT_EQ(generator.side_px(), 48);
  EXPECT_FALSE(generator.features().defined());
  const at::Tensor drawn = generator(generator.codes());
  EXPECT_EQ(drawn.sizes(), (std::vector<std::int64_t>{TinyForms::kForms, 4, 48, 48}));
  EXPECT_GE(drawn.min().item<float>(), 0);
  EXPECT_LE(drawn.max().item<float>(), 1);
}

TEST(FormGenerator, SaysWhatDoesNotFit) {
  auto without = TinyForms::tensors();
  without.erase("levels.0.stay.weight");
  EXPECT_NE(refusal(without).find("levels.0.stay.weight"), std::string::npos);

  auto other = TinyForms::tensors();
  other["out.weight"] = torch::zeros({64, 5, 3, 3});
  EXPECT_NE(refusal(other).find("fit together"), std::string::npos);

  auto infinite = TinyForms::tensors();
  infinite["codes"][0][0] = std::numeric_limits<float>::infinity();
  EXPECT_NE(refusal(infinite).find("codes"), std::string::npos);

  auto features = TinyForms::tensors();
  features["features"] = torch::ones({TinyForms::kForms + 1, 8});
  EXPECT_NE(refusal(features).find("features of 6 forms, got 7"), std::string::npos);
}

// A square, opaque, its upper left quarter of another colour.
at::Tensor marked_square() {
  at::Tensor drawn = torch::ones({1, 1, 4, 32, 32});
  drawn.select(2, 1).zero_();
  drawn.select(2, 2).zero_();
  drawn.slice(3, 0, 16).slice(4, 0, 16).select(2, 1).fill_(1);  // yellow on red
  return drawn;
}

at::Tensor laid(double x, double y, double size, double turn, int height, int width, int margin) {
  const at::Tensor place =
      torch::tensor({float(x), float(y), float(std::log(size)), float(turn)}).view({1, 1, 4});
  return lay_over(torch::full({1, 3, height, width}, 0.5), marked_square(), place,
                  torch::ones({1, 1}), margin)[0];
}

bool is(const at::Tensor& picture, int y, int x, double red, double green, double blue) {
  const at::Tensor pixel = picture.select(1, y).select(1, x);
  return torch::allclose(pixel, torch::tensor({float(red), float(green), float(blue)}), 0, 1e-4);
}

TEST(LayOver, PutsAnObjectWhereItsPlaceSays) {
  // 60 x 100: the side of the square is half of the shorter side, 30 px, about (25, 30).
  const at::Tensor picture = laid(0.25, 0.5, 0.5, 0, 60, 100, 0);
  EXPECT_TRUE(is(picture, 17, 12, 1, 1, 0));  // upper left quarter
  EXPECT_TRUE(is(picture, 42, 12, 1, 0, 0));
  EXPECT_TRUE(is(picture, 17, 38, 1, 0, 0));
  EXPECT_TRUE(is(picture, 12, 25, 0.5, 0.5, 0.5));  // above it
  EXPECT_TRUE(is(picture, 30, 43, 0.5, 0.5, 0.5));  // right of it
}

TEST(LayOver, TurnsClockwise) {
  const at::Tensor picture = laid(0.5, 0.5, 0.5, std::numbers::pi / 2, 60, 60, 0);
  EXPECT_TRUE(is(picture, 20, 40, 1, 1, 0));  // what was upper left is upper right
  EXPECT_TRUE(is(picture, 20, 20, 1, 0, 0));
}

TEST(LayOver, TellsPlacesInPartsOfThePictureWithoutItsMargin) {
  const at::Tensor inner = laid(0.3, 0.6, 0.5, 0.2, 60, 80, 0);
  const at::Tensor whole = laid(0.3, 0.6, 0.5, 0.2, 60 + 14, 80 + 14, 7);
  EXPECT_TRUE(torch::allclose(whole.narrow(1, 7, 60).narrow(2, 7, 80), inner, 0, 1e-4));
}

// Only the box around an object is sampled: nothing of it may be cut off, in no picture of a batch.
TEST(LayOver, DrawsObjectsWholeWhereverTheyLie) {
  const std::vector<std::vector<float>> places = {
      {0.5f, 0.5f, -0.5f, 0.8f}, {-0.1f, 1.05f, 0.3f, -2.1f}, {0.9f, 0.1f, 1.2f, 3.0f}};
  const at::Tensor drawn = torch::rand({3, 1, 4, 16, 16}), backdrop = torch::rand({3, 3, 50, 70});
  at::Tensor place = torch::empty({3, 1, 4});
  for (std::int64_t n = 0; n < 3; ++n) place[n][0] = torch::tensor(places[std::size_t(n)]);
  const at::Tensor together = lay_over(backdrop, drawn, place, torch::full({3, 1}, 0.7f), 5);
  for (std::int64_t n = 0; n < 3; ++n) {
    // A far larger canvas samples each where its box is not cut by the edge.
    const auto one = [&](const at::Tensor& of) { return of.narrow(0, n, 1); };
    const at::Tensor alone =
        lay_over(one(backdrop), one(drawn), one(place), torch::full({1, 1}, 0.7f), 5);
    EXPECT_TRUE(torch::allclose(one(together), alone, 0, 1e-5)) << n;
    const at::Tensor wide = at::constant_pad_nd(one(backdrop), {100, 100, 100, 100});
    const at::Tensor uncut = lay_over(wide, one(drawn), one(place), torch::full({1, 1}, 0.7f), 105);
    EXPECT_TRUE(torch::allclose(uncut.narrow(2, 100, 50).narrow(3, 100, 70), alone, 0, 1e-4)) << n;
    EXPECT_GT((uncut - wide).abs().amax({0, 1}).gt(0).sum().item<std::int64_t>(),
              std::int64_t(0.8 * std::exp(2 * places[std::size_t(n)][2]) * 40 * 40))
        << "the whole square of " << n;
  }
}

TEST(LayOver, AnObjectOutsideThePictureHasAGradientOfNothing) {
  at::Tensor place = torch::tensor({5.0f, 5.0f, -1.0f, 0.0f}).view({1, 1, 4}).requires_grad_();
  const at::Tensor backdrop = torch::rand({1, 3, 30, 40});
  const at::Tensor picture =
      lay_over(backdrop, torch::rand({1, 1, 4, 16, 16}), place, torch::ones({1, 1}), 0);
  EXPECT_TRUE(picture.equal(backdrop));
  EXPECT_EQ(torch::autograd::grad({picture.sum()}, {place})[0].abs().max().item<float>(), 0);
}

CanvasOptions collage_of(const TinyForms& files, int side_px) {
  CanvasOptions options;
  options.kind = "collage";
  options.height_px = options.width_px = side_px;
  options.forms = files.path();
  return options;
}

TEST(CollageCanvas, PaintsItsBackdropAndNotItsObjects) {
  const TinyForms files;
  CollageCanvas canvas(collage_of(files, 48));
  Placement object;
  object.code = FormGenerator(files.path(), torch::kCPU).codes()[0];
  object.opacity = 1;
  canvas.place(0, {object});
  const Rendering rendering = canvas.render();
  EXPECT_FALSE(rendering.picture.equal(rendering.painted));
  EXPECT_TRUE(torch::allclose(rendering.painted, torch::full_like(rendering.painted, 0.5)));
  rendering.painted.sum().backward();
  for (const NamedParameter& parameter : canvas.parameters())
    EXPECT_EQ(parameter.tensor.grad().defined(), parameter.name == "backdrop") << parameter.name;
}

TEST(CollageCanvas, ObjectsComeAndGoByTheirOpacity) {
  const TinyForms files;
  CollageCanvas canvas(collage_of(files, 40));
  const at::Tensor grey = canvas.render().picture.detach();
  Placement object;
  object.code = canvas.generator().codes()[1];
  canvas.place(0, {object});
  EXPECT_GT((canvas.render().picture - grey).abs().max().item<float>(), 0.1);
  canvas.place(0, {});
  EXPECT_TRUE(torch::equal(canvas.render().picture, grey));
}

TEST(CollageCanvas, GradientsOfItsObjectsAgreeWithFiniteDifferences) {
  const TinyForms files;
  CanvasOptions options = collage_of(files, 40);
  options.objects = 2;
  CollageCanvas canvas(options);
  std::vector<Placement> objects(2);
  for (int k = 0; k < 2; ++k) {
    objects[std::size_t(k)].code = canvas.generator().codes()[k];
    objects[std::size_t(k)].x = 0.4 + 0.2 * k;
    objects[std::size_t(k)].opacity = 0.7;
  }
  canvas.place(0, objects);
  const at::Tensor ramp = torch::linspace(-1, 1, 40);
  const at::Tensor weights = ramp.view({1, 1, 40, 1}) + 2 * ramp.view({1, 1, 1, 40});
  const auto value = [&] { return (canvas.render().picture.to(torch::kDouble) * weights).sum(); };
  value().backward();
  for (const NamedParameter& parameter : canvas.parameters()) {
    if (parameter.name == "backdrop") continue;  // held fast near objects
    // A bilinear sample bends wherever it passes a pixel of the form: stay between two of them.
    test::expect_slope(parameter, value, parameter.name == "place" ? 2e-4 : 2e-3, 0.03);
  }
}

TEST(CollageCanvas, HoldsItsBackdropFastUnderAndNearAnObject) {
  const TinyForms files;
  CollageCanvas canvas(collage_of(files, 160));
  at::Tensor backdrop = canvas.parameters()[0].tensor;
  const auto slopes = [&] {
    backdrop.mutable_grad() = at::Tensor();
    canvas.render().picture.sum().backward();
    return backdrop.grad()[0][0].clone();
  };
  EXPECT_TRUE(torch::allclose(slopes(), torch::ones({160, 160})));

  Placement object;
  object.code = canvas.generator().codes()[1];
  object.x = object.y = 0.25;
  object.size = 0.3;
  canvas.place(0, {object});
  const at::Tensor held = slopes();
  // The tiny generator's forms let about half of the ground through.
  EXPECT_LT(held[40][40].item<float>(), 0.4);
  EXPECT_LT(held[40][66].item<float>(), 0.9);        // beside it
  EXPECT_FLOAT_EQ(held[130][130].item<float>(), 1);  // far from it
  // A ground of many values is shown as it is, held or not.
  canvas.paint(torch::linspace(0.2, 0.8, 160).expand({1, 3, 160, 160}));
  EXPECT_TRUE(
      torch::allclose(canvas.render().picture[0][0][150], torch::linspace(0.2, 0.8, 160), 0, 1e-6));
}

TEST(CollageCanvas, BringsObjectsBackIntoTheirAreas) {
  const TinyForms files;
  CanvasOptions options = collage_of(files, 100);
  options.width_px = 200 + 20, options.height_px = 100 + 20, options.margin_px = 10;
  options.objects = 2;
  CollageCanvas canvas(options);
  Placement kept, free;
  kept.code = free.code = canvas.generator().codes()[0];
  kept.area = {0.5, 0.5, 0.25, 0.5};  // 50 x 50 px
  canvas.place(0, {kept, free});
  at::Tensor place = canvas.parameters()[2].tensor;
  const at::Tensor far = torch::tensor({-3.0f, 7.0f, 2.0f, 0.3f}).expand({1, 2, 4});
  const torch::NoGradGuard no_grad;
  place.copy_(far);
  canvas.set_progress(0.5);
  EXPECT_TRUE(place[0][1].equal(far[0][1]));
  EXPECT_TRUE(torch::allclose(place[0][0], torch::tensor({0.625f, 0.75f, std::log(0.5f), 0.3f}),
                              1e-5, 1e-5));
  place[0][0].copy_(torch::tensor({0.9f, 0.1f, std::log(0.2f), 0.0f}));  // 20 px
  canvas.set_progress(1);
  EXPECT_TRUE(
      torch::allclose(place[0][0], torch::tensor({0.7f, 0.6f, std::log(0.2f), 0.0f}), 1e-5, 1e-5));
  const at::Tensor inside = place.clone();
  canvas.set_progress(1);
  EXPECT_TRUE(torch::allclose(place, inside, 0, 1e-6));
  // Placed anew without areas it is as free as the other.
  canvas.place(0, {free, free});
  place.copy_(far);
  canvas.set_progress(1);
  EXPECT_TRUE(place.equal(far));
}

TEST(CollageCanvas, SharesAddUpToWhatCoversTheGround) {
  const TinyForms files;
  for (const bool tile : {false, true}) {
    CanvasOptions options = collage_of(files, 60);
    options.width_px = 80;
    if (!tile) options.margin_px = 5;
    options.objects = 4;  // of which one is not there
    options.pictures = 2;
    options.tile = tile;
    CollageCanvas canvas(options);
    std::vector<Placement> objects(3);
    for (int k = 0; k < 3; ++k) {
      Placement& object = objects[std::size_t(k)];
      object.code = canvas.generator().codes()[k];
      object.x = 0.2 + 0.35 * k;
      object.size = 0.6;
      object.turn = 0.3 * k;
      object.opacity = k == 1 ? 0.8 : 1;
    }
    canvas.place(1, objects);
    const at::Tensor shares = canvas.shares(1);
    ASSERT_EQ(shares.sizes(), (std::vector<std::int64_t>{4, 60, 80}));
    EXPECT_GE(shares.min().item<float>(), 0);
    EXPECT_EQ(shares[3].max().item<float>(), 0);
    EXPECT_EQ(canvas.shares(0).max().item<float>(), 0);
    // A white ground under black objects shows what they leave of it.
    for (const NamedParameter& parameter : canvas.parameters()) {
      const torch::NoGradGuard no_grad;
      if (parameter.name == "backdrop") at::Tensor(parameter.tensor).fill_(1);
      if (parameter.name == "tint") at::Tensor(parameter.tensor).narrow(2, 0, 3).fill_(-50);
    }
    const at::Tensor ground = canvas.render().unbounded.detach()[1][0];
    EXPECT_TRUE(torch::allclose(shares.sum(0) + ground, torch::ones({60, 80}), 0, 1e-5));
    // The lowest one alone covers more than beneath the others.
    canvas.place(1, {objects[0]});
    const at::Tensor alone = canvas.shares(1)[0];
    EXPECT_TRUE((alone + 1e-6 >= shares[0]).all().item<bool>());
    EXPECT_GT((alone - shares[0]).max().item<float>(), 0.1);
  }
}

TEST(CollageCanvas, AsksForAGenerator) {
  CanvasOptions options;
  options.kind = "collage";
  EXPECT_THROW(make_canvas(options), base::UsageError);
}

}  // namespace
}  // namespace clipguide::canvas
