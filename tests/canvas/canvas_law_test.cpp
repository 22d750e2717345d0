#include <gtest/gtest.h>

#include "clipguide/base/error.h"
#include "clipguide/base/torch.h"
#include "clipguide/canvas/make_canvas.h"
#include "clipguide/imaging/margin.h"
#include "clipguide/imaging/noise.h"
#include "support/slopes.h"
#include "support/tiny_decoder.h"
#include "support/tiny_forms.h"

/// The laws every canvas obeys, over every kind, batch and size, odd ones included.
namespace clipguide::canvas {
namespace {

struct Case {
  std::string kind;
  int pictures, height_px, width_px;
  std::string resolutions = "power-of-two";
};

/// How near a kind comes: those that only approximate say by how much, root mean square.
struct Nearness {
  double grey = 1e-6;
  double photograph = 0;  ///< 0: every value within a level
};
Nearness nearness(const std::string& kind) {
  // Colours of cells of 2 px; a smooth network; latents of 4 px in a decoder that adds noise of its
  // own (the published ones are tested by themselves).
  if (kind == "palette") return {1e-6, 0.06};
  if (kind == "siren") return {1e-6, 0.03};
  if (kind == "latent") return {0.1, 0.15};
  return {};
}

std::ostream& operator<<(std::ostream& out, const Case& c) {
  return out << c.kind << " " << c.resolutions << " " << c.pictures << "x" << c.height_px << "x"
             << c.width_px;
}

CanvasOptions options_of(const Case& c) {
  CanvasOptions options;
  options.kind = c.kind;
  options.pictures = c.pictures;
  options.height_px = c.height_px;
  options.width_px = c.width_px;
  options.resolutions = c.resolutions;
  options.cell_px = 2;
  static const test::TinyAutoencoder autoencoder;
  options.decoder = autoencoder.decoder();
  static const test::TinyForms forms;
  options.forms = forms.path();
  return options;
}

/// As far as colours go from one pixel to the next at most, inside and across the edges.
std::pair<double, double> largest_steps(const at::Tensor& picture) {
  double inside = 0, across = 0;
  for (const int axis : {2, 3}) {
    inside = std::max(inside, picture.diff(1, axis).abs().max().item<double>());
    const at::Tensor edges = picture.select(axis, 0) - picture.select(axis, picture.size(axis) - 1);
    across = std::max(across, edges.abs().max().item<double>());
  }
  return {inside, across};
}

std::vector<base::RandomStream> streams(int count, std::uint64_t first_seed = 5) {
  std::vector<base::RandomStream> result;
  for (int n = 0; n < count; ++n) result.emplace_back(first_seed + std::uint64_t(n), "init");
  return result;
}

// Something with areas, edges, texture and colour, away from pure black and white.
at::Tensor photograph(int height, int width) {
  const at::Tensor y = torch::linspace(0, 1, height).view({height, 1});
  const at::Tensor x = torch::linspace(0, 1, width).view({1, width});
  const at::Tensor disc = (((x - 0.4).square() + (y - 0.6).square()) < 0.06).to(torch::kFloat);
  const at::Tensor red = 0.2 + 0.6 * x + 0 * y, green = 0.3 + 0.4 * disc;
  const at::Tensor blue = 0.5 + 0.4 * (9 * x).sin() * (7 * y).cos();
  const at::Tensor grain =
      0.05 * (imaging::uniform_tensor({3, height, width}, base::RandomStream(1, "grain")) - 0.5);
  return (torch::stack({red.expand({height, width}), green, blue}) + grain)
      .clamp(0.02, 0.98)
      .unsqueeze(0);
}

class CanvasLaw : public testing::TestWithParam<Case> {
 protected:
  std::unique_ptr<Canvas> make() const { return make_canvas(options_of(GetParam())); }
};

TEST_P(CanvasLaw, NewCanvasIsGrey) {
  const at::Tensor picture = make()->render().picture;
  EXPECT_TRUE(
      torch::allclose(picture, torch::full_like(picture, 0.5), 0, nearness(GetParam().kind).grey));
}

TEST_P(CanvasLaw, RenderHasTheShapeAskedForAndStaysInRange) {
  const auto canvas = make();
  canvas->add_noise(streams(GetParam().pictures), 30);
  const Rendering rendering = canvas->render();
  const std::vector<std::int64_t> shape = {GetParam().pictures, 3, GetParam().height_px,
                                           GetParam().width_px};
  EXPECT_EQ(rendering.picture.sizes().vec(), shape);
  EXPECT_EQ(rendering.unbounded.sizes().vec(), shape);
  if (rendering.painted.defined()) {
    EXPECT_EQ(rendering.painted.sizes().vec(), shape);
  }
  EXPECT_EQ(rendering.picture.scalar_type(), torch::kFloat);
  EXPECT_GE(rendering.picture.min().item<float>(), 0);
  EXPECT_LE(rendering.picture.max().item<float>(), 1);
}

TEST_P(CanvasLaw, EveryParameterGetsAFiniteGradient) {
  const auto canvas = make();
  canvas->add_noise(streams(GetParam().pictures), 0.5);
  const at::Tensor picture = canvas->render().picture;
  const at::Tensor weights =
      imaging::normal_tensor(picture.sizes(), base::RandomStream(2, "weights"));
  (picture * weights).sum().backward();
  for (const NamedParameter& parameter : canvas->parameters()) {
    ASSERT_TRUE(parameter.tensor.grad().defined()) << parameter.name;
    EXPECT_TRUE(parameter.tensor.grad().isfinite().all().item<bool>()) << parameter.name;
    EXPECT_GT(parameter.tensor.grad().abs().max().item<float>(), 0) << parameter.name;
    EXPECT_EQ(parameter.tensor.size(0), GetParam().pictures) << parameter.name;
  }
}

TEST_P(CanvasLaw, GradientAgreesWithFiniteDifferences) {
  const auto canvas = make();
  canvas->fit(photograph(GetParam().height_px, GetParam().width_px));
  const at::Tensor weights =
      imaging::normal_tensor(canvas->render().picture.sizes(), base::RandomStream(3, "weights"));
  const auto value = [&] { return (canvas->render().picture.to(torch::kDouble) * weights).sum(); };
  value().backward();
  for (const NamedParameter& parameter : canvas->parameters()) {
    // A photograph has no objects: nothing of theirs is seen, and their opacity is at its limit.
    // The collage's own test has some.
    if (GetParam().kind == "collage" && parameter.unit > 0) continue;
    test::expect_slope(parameter, value, 1e-2, 0.02);
  }
}

TEST_P(CanvasLaw, FitReproducesAPhotograph) {
  const auto canvas = make();
  const at::Tensor picture = photograph(GetParam().height_px, GetParam().width_px);
  canvas->fit(picture);
  const at::Tensor error = canvas->render().picture - picture;
  if (const double tolerance = nearness(GetParam().kind).photograph; tolerance > 0)
    EXPECT_LT(error.square().mean().sqrt().item<double>(), tolerance);
  else
    EXPECT_LT(error.abs().max().item<double>(), 1.0 / 255);
}

TEST_P(CanvasLaw, RendersLargerWhatItShows) {
  const auto canvas = make();
  canvas->add_noise(streams(GetParam().pictures), 0.5);
  const at::Tensor picture = canvas->render().picture.detach();
  const int height = GetParam().height_px, width = GetParam().width_px;
  const auto enlarged = [&](double scale, int margin_px = 0) {
    const auto side = [&](int px) { return int(std::lround((px - 2 * margin_px) * scale)); };
    return canvas->render_enlarged(
        {.margin_px = margin_px, .height_px = side(height), .width_px = side(width)});
  };
  EXPECT_TRUE(torch::allclose(enlarged(1), picture, 0, 1e-5));
  EXPECT_TRUE(torch::allclose(enlarged(1, 2), imaging::without_margin(picture, 2), 0, 1e-5));
  const at::Tensor odd = enlarged(1.37);
  EXPECT_EQ(odd.size(2), std::lround(1.37 * height));
  EXPECT_EQ(odd.size(3), std::lround(1.37 * width));
  EXPECT_TRUE(torch::allclose(odd.mean({2, 3}), picture.mean({2, 3}), 0, 0.02));
  const at::Tensor large = enlarged(3);
  EXPECT_EQ(large.size(2), 3 * GetParam().height_px);
  EXPECT_EQ(large.size(3), 3 * GetParam().width_px);
  // The middle of nine is the pixel itself, but for what the enlargement rounds off.
  const at::Tensor middle = large.slice(2, 1, {}, 3).slice(3, 1, {}, 3);
  EXPECT_LT((middle - picture).square().mean().sqrt().item<double>(),
            0.25 * picture.std().item<double>());
}

TEST_P(CanvasLaw, ParametersAloneRestoreThePicture) {
  const auto canvas = make(), other = make();
  canvas->add_noise(streams(GetParam().pictures), 1);
  std::vector<at::Tensor> saved;
  for (const NamedParameter& parameter : canvas->parameters())
    saved.push_back(parameter.tensor.detach().clone());
  restore(*other, saved);
  EXPECT_TRUE(torch::equal(canvas->render().picture, other->render().picture));
}

TEST_P(CanvasLaw, NoiseOfAPictureComesFromItsStreamAlone) {
  const auto batch = make();
  batch->add_noise(streams(GetParam().pictures), 1);
  Case single = GetParam();
  single.pictures = 1;
  const int last = GetParam().pictures - 1;
  const auto alone = make_canvas(options_of(single));
  alone->add_noise(streams(1, 5 + std::uint64_t(last)), 1);
  EXPECT_TRUE(torch::allclose(batch->render().picture[last], alone->render().picture[0], 0, 1e-5));
  EXPECT_GT(alone->render().picture.std().item<float>(), 0.01);
}

TEST_P(CanvasLaw, LimitedUpdateDrawsNoFineDetail) {
  const auto canvas = make();
  const auto coarse = [&](std::size_t i) { return canvas->parameters()[i].unit == 0; };
  const at::Tensor before = canvas->render().picture.detach();
  const double bandwidth = 0.1;
  for (std::size_t i = 0; i < canvas->parameters().size(); ++i) {
    const torch::NoGradGuard no_grad;
    at::Tensor parameter = canvas->parameters()[i].tensor;
    const at::Tensor update = imaging::normal_tensor(parameter.sizes(), base::RandomStream(4, "u"));
    EXPECT_TRUE(torch::equal(canvas->limit_update(i, update, 1), update));
    if (!coarse(i)) continue;  // an object comes with all its detail
    parameter.add_(canvas->limit_update(i, update, bandwidth), 0.05);
  }
  // Share of the energy above three times the bandwidth.
  const at::Tensor picture = canvas->render().picture.detach() - before;
  const at::Tensor energy = torch::fft::rfft2(picture).abs().square();
  const at::Tensor fy = at::fft_fftfreq(picture.size(2)).unsqueeze(1);
  const at::Tensor fx = at::fft_rfftfreq(picture.size(3)).unsqueeze(0);
  const at::Tensor fine = ((fy.square() + fx.square()).sqrt() > 3 * bandwidth * 0.5);
  const double share = ((energy * fine).sum() / energy.sum()).item<double>();
  EXPECT_LT(share, 0.05);  // of an unlimited update nearly all lies there
}

INSTANTIATE_TEST_SUITE_P(AllKinds, CanvasLaw,
                         testing::Values(Case{"pixel", 1, 64, 64}, Case{"pixel", 2, 33, 48},
                                         Case{"pyramid", 1, 64, 64}, Case{"pyramid", 3, 33, 50},
                                         Case{"pyramid", 1, 24, 16, "all"},
                                         Case{"pyramid", 2, 40, 40, "every-4"},
                                         Case{"fourier", 1, 64, 64}, Case{"fourier", 2, 33, 47},
                                         Case{"fourier", 1, 48, 31}, Case{"wavelet", 1, 64, 64},
                                         Case{"wavelet", 2, 33, 47}, Case{"wavelet", 1, 24, 37},
                                         Case{"palette", 1, 64, 64}, Case{"palette", 2, 33, 47},
                                         Case{"siren", 1, 64, 64}, Case{"siren", 2, 64, 75},
                                         Case{"latent", 1, 64, 64}, Case{"latent", 2, 33, 47},
                                         Case{"collage", 1, 64, 64}, Case{"collage", 2, 33, 47}));

TEST(Canvas, RefusesWhatItCannotBe) {
  CanvasOptions options;
  options.kind = "canvass";
  EXPECT_THROW(make_canvas(options), base::UsageError);
  options.kind = "pixel";
  options.width_px = 4;
  EXPECT_THROW(make_canvas(options), base::ShapeError);
}

TEST(Canvas, RestoreNamesTheParameterThatDoesNotFit) {
  const auto canvas = make_canvas(options_of({"pixel", 1, 16, 16}));
  try {
    restore(*canvas, {torch::zeros({1, 3, 8, 8})});
    FAIL();
  } catch (const base::ShapeError& error) {
    EXPECT_NE(std::string(error.what()).find("pixels"), std::string::npos);
  }
}

/// What a canvas draws of its own: a random one is moved along a smooth update, as guidance does.
TEST(TileLaw, NoCanvasHasASeamThatRepeats) {
  for (const std::string& kind : canvas_names()) {
    SCOPED_TRACE(kind);
    CanvasOptions options = options_of({kind, 1, 48, 72});
    options.tile = true;
    if (kind == "latent") {
      EXPECT_THROW(make_canvas(options), base::UsageError);
      continue;
    }
    const auto canvas = make_canvas(options);
    canvas->add_noise(streams(1), 1);
    if (kind == "pixel" || kind == "collage") {
      // Noise of single pixels would hide any seam.
      const torch::NoGradGuard no_grad;
      at::Tensor pixels = canvas->parameters()[0].tensor;
      pixels.copy_(0.5 + canvas->limit_update(
                             0, imaging::normal_tensor(pixels.sizes(), streams(1)[0]), 0.1));
    }
    if (kind == "collage") {
      const torch::NoGradGuard no_grad;
      at::Tensor place = canvas->parameters()[2].tensor;
      place[0][0].copy_(torch::tensor({0.02f, 0.5f, -0.5f, 0.3f}));
      place[0][1].copy_(torch::tensor({0.6f, 0.97f, -0.7f, -0.2f}));
    }
    const auto [inside, across] = largest_steps(canvas->render().picture.detach());
    EXPECT_GT(inside, 0);
    EXPECT_LE(across, 1.05 * inside);
  }
}

}  // namespace
}  // namespace clipguide::canvas
