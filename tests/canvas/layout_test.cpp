/// Canvases that show another one in part: through a mask, or symmetric.
#include "clipguide/imaging/layout.h"

#include <gtest/gtest.h>

#include "canvas/streams.h"
#include "clipguide/base/error.h"
#include "clipguide/canvas/make_canvas.h"
#include "clipguide/canvas/masked_canvas.h"
#include "clipguide/canvas/symmetric_canvas.h"
#include "clipguide/imaging/noise.h"
#include "support/tiny_decoder.h"
#include "support/tiny_forms.h"

namespace clipguide::canvas {
namespace {

std::unique_ptr<Canvas> noisy(const std::string& kind, int height, int width) {
  static const test::TinyAutoencoder autoencoder;
  CanvasOptions options;
  options.kind = kind;
  options.height_px = height;
  options.width_px = width;
  options.cell_px = 2;
  options.decoder = autoencoder.decoder();
  static const test::TinyForms forms;
  options.forms = forms.path();
  auto canvas = make_canvas(options);
  canvas->add_noise(kStreams, 1);
  return canvas;
}

at::Tensor gradient_of(const Canvas& canvas) {
  const at::Tensor leaf = canvas.parameters()[0].tensor;
  return torch::autograd::grad({canvas.render().picture.square().sum()}, {leaf})[0];
}

TEST(MaskedCanvas, KeepsWhatLiesBeneathToTheBitOnEveryCanvas) {
  const at::Tensor beneath = imaging::uniform_tensor({1, 3, 24, 20}, base::RandomStream(1, "b"));
  at::Tensor mask = torch::zeros({1, 1, 24, 20});
  mask.slice(3, 10, 20).fill_(1);
  mask.slice(3, 9, 10).fill_(0.5);
  for (const std::string& kind : canvas_names()) {
    SCOPED_TRACE(kind);
    const at::Tensor free = noisy(kind, 24, 20)->render().picture.detach();
    const MaskedCanvas canvas(noisy(kind, 24, 20), beneath, mask);
    const at::Tensor picture = canvas.render().picture.detach();
    EXPECT_TRUE(torch::equal(picture.slice(3, 0, 9), beneath.slice(3, 0, 9)));
    EXPECT_TRUE(torch::allclose(picture.slice(3, 10, 20), free.slice(3, 10, 20), 0, 1e-6));
    EXPECT_TRUE(torch::allclose(picture.select(3, 9),
                                (free.select(3, 9) + beneath.select(3, 9)) / 2, 0, 1e-6));
    EXPECT_TRUE(gradient_of(canvas).isfinite().all().item<bool>());
  }
}

TEST(MaskedCanvas, NothingIsOptimisedThatIsNotSeen) {
  at::Tensor mask = torch::zeros({1, 1, 16, 16});
  mask.slice(2, 0, 8).fill_(1);
  const MaskedCanvas canvas(noisy("pixel", 16, 16), torch::full({1, 3, 16, 16}, 0.25), mask);
  const at::Tensor gradient = gradient_of(canvas);
  EXPECT_GT((gradient.slice(2, 0, 8) != 0).to(torch::kFloat).mean().item<float>(), 0.9);
  EXPECT_EQ(gradient.slice(2, 8, 16).abs().max().item<float>(), 0);
}

TEST(MaskedCanvas, AConstantMaskBoundsTheDeparture) {
  const at::Tensor beneath = torch::full({1, 3, 16, 16}, 0.25);
  const MaskedCanvas canvas(noisy("pixel", 16, 16), beneath, torch::full({1, 1, 1, 1}, 0.2));
  const at::Tensor departure = (canvas.render().picture.detach() - beneath).abs();
  EXPECT_LE(departure.max().item<float>(), 0.2 * 0.75 + 1e-6);
  EXPECT_GT(departure.max().item<float>(), 0.05);
  const MaskedCanvas closed(noisy("pixel", 16, 16), beneath, torch::zeros({1, 1, 1, 1}));
  EXPECT_TRUE(torch::equal(closed.render().picture, beneath));
}

TEST(MaskedCanvas, IsEnlargedWithItsMask) {
  at::Tensor mask = torch::zeros({1, 1, 16, 16});
  mask.slice(2, 0, 8).fill_(1);
  const MaskedCanvas canvas(noisy("pixel", 16, 16), torch::full({1, 3, 16, 16}, 0.25), mask);
  const at::Tensor large = canvas.render_enlarged({.height_px = 32, .width_px = 32});
  EXPECT_EQ(large.size(3), 32);
  EXPECT_TRUE(torch::allclose(large.slice(2, 20, 32), torch::full({1}, 0.25), 0, 1e-5));
}

TEST(SymmetricCanvas, IsExactlySymmetricOnEveryCanvas) {
  const auto quarter_turn = [](const at::Tensor& p) { return p.rot90(1, {2, 3}); };
  for (const std::string& kind : canvas_names())
    for (const auto& [height, width] : {std::pair{16, 16}, {17, 17}, {16, 21}}) {
      SCOPED_TRACE(kind);
      const auto shown = [&](Symmetry symmetry) {
        return SymmetricCanvas(noisy(kind, height, width), symmetry).render().picture.detach();
      };
      const at::Tensor left_right = shown(Symmetry::left_right);
      EXPECT_TRUE(torch::equal(left_right, left_right.flip({3})));
      EXPECT_FALSE(torch::equal(left_right, left_right.flip({2})));
      const at::Tensor top_bottom = shown(Symmetry::top_bottom);
      EXPECT_TRUE(torch::equal(top_bottom, top_bottom.flip({2})));
      const at::Tensor four = shown(Symmetry::four);
      EXPECT_TRUE(torch::equal(four, four.flip({2})));
      EXPECT_TRUE(torch::equal(four, four.flip({3})));
      const at::Tensor rotational = shown(Symmetry::rotational);
      EXPECT_TRUE(torch::equal(rotational, rotational.flip({2, 3})));
      EXPECT_FALSE(torch::equal(rotational, rotational.flip({3})));
      if (height == width) {
        EXPECT_TRUE(torch::equal(rotational, quarter_turn(rotational)));
      }
    }
}

TEST(SymmetricCanvas, APaletteKeepsItsColours) {
  SymmetricCanvas canvas(noisy("palette", 16, 16), Symmetry::four);
  const auto plain = noisy("palette", 16, 16);
  canvas.set_progress(1);
  plain->set_progress(1);
  // The corner that is shown is the canvas's own.
  EXPECT_TRUE(torch::equal(canvas.render().picture.slice(2, 0, 8).slice(3, 0, 8),
                           plain->render().picture.slice(2, 0, 8).slice(3, 0, 8)));
}

TEST(SymmetricCanvas, ThePartShownIsPulledByAllItsImages) {
  const SymmetricCanvas canvas(noisy("pixel", 8, 8), Symmetry::four);
  const at::Tensor leaf = canvas.parameters()[0].tensor;
  const at::Tensor gradient = torch::autograd::grad({canvas.render().picture.sum()}, {leaf})[0];
  EXPECT_EQ(gradient.slice(2, 0, 4).slice(3, 0, 4).min().item<float>(), 4);
  EXPECT_EQ(gradient.slice(2, 4, 8).abs().max().item<float>(), 0);
}

TEST(Symmetry, ShowsABoxByThatOfItsImagesWhichIsDrawn) {
  const auto expect_area = [](const Area& got, const Area& want) {
    EXPECT_NEAR(got.x, want.x, 1e-9);
    EXPECT_NEAR(got.y, want.y, 1e-9);
    EXPECT_NEAR(got.width, want.width, 1e-9);
    EXPECT_NEAR(got.height, want.height, 1e-9);
  };
  const Area box{0.6, 0.1, 0.3, 0.2};
  expect_area(shown_image(box, Symmetry::none, true), box);
  expect_area(shown_image(box, Symmetry::left_right, true), {0.1, 0.1, 0.3, 0.2});
  expect_area(shown_image({0.6, 0.7, 0.3, 0.2}, Symmetry::four, false), {0.1, 0.1, 0.3, 0.2});
  expect_area(shown_image({0.6, 0.7, 0.3, 0.2}, Symmetry::rotational, false), {0.1, 0.1, 0.3, 0.2});
  expect_area(shown_image({0.2, 0.1, 0.6, 0.2}, Symmetry::left_right, true), {0.2, 0.1, 0.3, 0.2});
  // A quarter turn brings the middle of an edge to that of the next.
  expect_area(shown_image({0.8, 0.4, 0.2, 0.2}, Symmetry::rotational, true), {0.4, 0, 0.2, 0.2});
  EXPECT_TRUE(shown_image({0, 0, 0.1, 0.1}, Symmetry::rotational, true).is_empty());
}

TEST(Symmetry, OfPicturesIsThatOfTheCanvas) {
  const at::Tensor plain = noisy("pixel", 16, 16)->render().picture.detach();
  for (const std::string& name : symmetry_names()) {
    const Symmetry symmetry = parse_symmetry(name);
    const SymmetricCanvas canvas(noisy("pixel", 16, 16), symmetry);
    EXPECT_TRUE(torch::equal(symmetric(plain, symmetry, true), canvas.render().picture)) << name;
    // All of the part shown is the canvas's own.
    const Area shown = shown_part(symmetry, true);
    const auto part = [&](const at::Tensor& of) {
      const auto px = [](double share) { return std::int64_t(std::ceil(share * 16)); };
      return of.slice(2, px(shown.y), std::int64_t((shown.y + shown.height) * 16))
          .slice(3, px(shown.x), std::int64_t((shown.x + shown.width) * 16));
    };
    EXPECT_TRUE(torch::equal(part(canvas.render().picture), part(plain))) << name;
  }
}

TEST(Symmetry, IsKnownByItsNames) {
  EXPECT_EQ(parse_symmetry("none"), Symmetry::none);
  EXPECT_EQ(parse_symmetry("rotational"), Symmetry::rotational);
  EXPECT_THROW(parse_symmetry("radial"), base::UsageError);
}

TEST(Tile, LayoutsThatRepeatHaveNoSeam) {
  for (std::uint64_t i = 0; i < 20; ++i) {
    imaging::Layout layout = imaging::draw_layout(base::RandomStream(i, "layout"));
    layout.repeats = true;
    const at::Tensor picture = imaging::paint_layouts({layout}, 96, 96, 0);
    for (const int axis : {2, 3}) {
      const double seam =
          (picture.select(axis, 0) - picture.select(axis, 95)).abs().max().item<double>();
      EXPECT_LE(seam, 1.05 * picture.diff(1, axis).abs().max().item<double>() + 1e-6) << i;
    }
  }
}

// A tiled pyramid shifted round its edges is as smooth across the seam as elsewhere.
TEST(Tile, APyramidsPlanesRepeat) {
  for (const bool tile : {false, true}) {
    CanvasOptions options;
    options.height_px = options.width_px = 64;
    options.tile = tile;
    const auto canvas = make_canvas(options);
    {
      const torch::NoGradGuard no_grad;
      at::Tensor coarse = canvas->parameters()[2].tensor;  // 4 x 4
      coarse.copy_(imaging::normal_tensor(coarse.sizes(), kStreams[0]));
    }
    const at::Tensor picture = canvas->render().picture.detach();
    const double seam = (picture.select(3, 0) - picture.select(3, 63)).abs().max().item<double>();
    const double inside = picture.diff(1, 3).abs().max().item<double>();
    if (tile) {
      EXPECT_LT(seam, 1.2 * inside);
    } else {
      EXPECT_GT(seam, 2 * inside);
    }
  }
}

TEST(Tile, WrappedUpsamplingIsTheUsualAwayFromTheEdges) {
  CanvasOptions options;
  options.height_px = 48;
  options.width_px = 64;
  const auto plain = make_canvas(options);
  options.tile = true;
  const auto tiled = make_canvas(options);
  plain->add_noise(kStreams, 1);
  tiled->add_noise(kStreams, 1);
  const torch::NoGradGuard no_grad;
  for (const auto* canvas : {plain.get(), tiled.get()})
    for (std::size_t i = 0; i < 3; ++i)  // planes of 1, 2 and 4 px have no inside
      at::Tensor(canvas->parameters()[i].tensor).zero_();
  const auto inside = [](const Canvas& canvas) {
    return canvas.render().picture.slice(2, 16, 32).slice(3, 16, 48);
  };
  EXPECT_TRUE(torch::allclose(inside(*plain), inside(*tiled), 0, 1e-5));
}

}  // namespace
}  // namespace clipguide::canvas
