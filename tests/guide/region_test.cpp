#include "clipguide/guide/region.h"

#include <gtest/gtest.h>

#include "clipguide/base/error.h"
#include "clipguide/imaging/noise.h"
#include "clipguide/media/picture.h"
#include "guide/streams.h"
#include "support/temporary_folder.h"

namespace clipguide::guide {
namespace {

TEST(Region, IsABoxAndAPrompt) {
  const Region region = parse_region("0.5, 0,0.25 ,1: a red apple:2");
  EXPECT_EQ(region.x, 0.5);
  EXPECT_EQ(region.y, 0);
  EXPECT_EQ(region.width, 0.25);
  EXPECT_EQ(region.height, 1);
  EXPECT_EQ(region.prompt.text, "a red apple");
  EXPECT_EQ(region.prompt.weight, 2);
  for (const char* text :
       {"", "a pear", "0,0,1:a pear", "0,0,1,1", "0,0,1,1:", "0.5,0,0.6,1:a pear", "0,0,0,1:a pear",
        "-0.1,0,1,1:a pear", "nan,0,1,1:a pear", "0,0,1,2:a pear", "0,0,1,1:a pear | an apple"})
    EXPECT_THROW(parse_region(text), base::UsageError) << text;
}

TEST(Region, TheWhitePartOfAMaskHasABox) {
  at::Tensor mask = torch::zeros({1, 1, 10, 20});
  EXPECT_TRUE(white_area(mask).is_empty());
  mask.narrow(2, 4, 3).narrow(3, 5, 10).fill_(0.3);
  mask.narrow(2, 0, 1).fill_(0.1);  // rather black
  const canvas::Area box = white_area(mask);
  EXPECT_DOUBLE_EQ(box.x, 0.25);
  EXPECT_DOUBLE_EQ(box.y, 0.4);
  EXPECT_DOUBLE_EQ(box.width, 0.5);
  EXPECT_DOUBLE_EQ(box.height, 0.3);
}

TEST(Region, ItsViewsLookInsideItsBoxAndTheOthersAreAsBefore) {
  view::ViewOptions options = view::view_preset("disco");
  const int margin = 4;
  const std::vector<Region> regions = {parse_region("0,0,0.5,1:a"),
                                       parse_region("0.5,0.5,0.5,0.5:b")};
  const RegionalView regional = make_regional_view(options, {}, margin, regions);
  EXPECT_EQ(regional.whole(0), options.count);
  EXPECT_EQ(regional.view->count(0), options.count + 2 * regional.views_each(0));

  const at::Tensor picture =
      imaging::uniform_tensor({1, 3, 40, 56}, base::RandomStream(2, "p")).requires_grad_();
  const int count = regional.view->count(0);
  const at::Tensor views = regional.view->look(picture, 16, {0, count}, kStreams, 0);
  const at::Tensor whole =
      view::make_view(options, margin)->look(picture, 16, {0, options.count}, kStreams, 0);
  EXPECT_TRUE(torch::equal(views.narrow(1, 0, options.count), whole));

  // What a region's views depend on is its box, 32 x 48 without the margin of 4.
  const auto seen = [&](int region) {
    const at::Tensor own =
        views.narrow(1, options.count + region * regional.views_each(0), regional.views_each(0));
    return torch::autograd::grad({own.sum()}, {picture}, {}, true)[0].abs().sum(1)[0] > 0;
  };
  EXPECT_FALSE(seen(0).slice(1, 28, 56).any().item<bool>());
  EXPECT_GT(seen(0).slice(1, 4, 28).sum().item<int>(), 100);
  EXPECT_FALSE(seen(1).slice(0, 0, 20).any().item<bool>());
  EXPECT_FALSE(seen(1).slice(1, 0, 28).any().item<bool>());
  EXPECT_GT(seen(1).sum().item<int>(), 100);
}

TEST(Region, AMaskIsTheBoxAroundItsWhitePartAndItsPromptMovesThatAlone) {
  // White in a triangle within columns 10 to 19 and rows 5 to 14 of 40 x 20.
  const test::TemporaryFolder folder;
  media::Picture picture{40, 20, std::vector<std::uint8_t>(40 * 20 * 3)};
  for (int y = 5; y < 15; ++y)
    for (int x = 10; x <= 10 + y - 5; ++x)
      std::fill_n(picture.rgb.begin() + (y * 40 + x) * 3, 3, std::uint8_t(255));
  media::write_picture(folder / "mask.png", picture);
  const std::string text = "mask=" + (folder / "mask.png").string() + ": a pear:2";
  EXPECT_EQ(parse_region(text).mask, (folder / "mask.png").string());
  const Region region = load_region(text);
  EXPECT_EQ(region.prompt.weight, 2);
  EXPECT_DOUBLE_EQ(region.x, 0.25);
  EXPECT_DOUBLE_EQ(region.y, 0.25);
  EXPECT_DOUBLE_EQ(region.width, 0.25);
  EXPECT_DOUBLE_EQ(region.height, 0.5);

  view::ViewOptions options = view::view_preset("plain");
  const RegionalView regional = make_regional_view(options, {}, 0, {region});
  const at::Tensor canvas =
      imaging::uniform_tensor({1, 3, 20, 40}, base::RandomStream(2, "p")).requires_grad_();
  const at::Tensor own = regional.view->look(canvas, 10, {0, regional.view->count(0)}, kStreams, 0)
                             .narrow(1, options.count, regional.views_each(0));
  const at::Tensor moved = torch::autograd::grad({own.sum()}, {canvas})[0].abs().sum(1)[0] > 1e-6;
  EXPECT_TRUE(moved[14][10].item<bool>());
  EXPECT_FALSE(moved[5][19].item<bool>()) << "in the box, not in the mask";
  EXPECT_FALSE(moved[16].any().item<bool>());

  // The surroundings are seen all the same: views of the box are as without the mask.
  const RegionalView box =
      make_regional_view(options, {}, 0, {parse_region("0.25,0.25,0.25,0.5:a")});
  EXPECT_TRUE(torch::allclose(own, box.view->look(canvas, 10, {0, box.view->count(0)}, kStreams, 0)
                                       .narrow(1, options.count, box.views_each(0))));

  media::write_picture(folder / "mask.png", {2, 2, std::vector<std::uint8_t>(12)});
  EXPECT_THROW(load_region(text), base::UsageError);
  for (const char* bad : {"mask=", "mask=:a", "mask=a.png", "mask=a.png:a|b"})
    EXPECT_THROW(parse_region(bad), base::UsageError) << bad;
}

TEST(Region, ViewsDoNotDependOnHowTheyAreSplit) {
  const view::ViewOptions options = view::view_preset("das");
  const RegionalView regional = make_regional_view(
      options, {}, 8, {parse_region("0,0,0.5,1:a"), parse_region("0.5,0,0.5,1:b")});
  const at::Tensor picture = imaging::uniform_tensor({1, 3, 48, 48}, base::RandomStream(2, "p"));
  const int count = regional.view->count(0);
  const at::Tensor all = regional.view->look(picture, 8, {0, count}, kStreams, 0);
  std::vector<at::Tensor> parts;
  for (int first = 0; first < count; first += 7)
    parts.push_back(
        regional.view->look(picture, 8, {first, std::min(7, count - first)}, kStreams, 0));
  EXPECT_TRUE(torch::equal(torch::cat(parts, 1), all));
}

TEST(Region, ItsViewsAreAQuarterOfThoseOfTheMoment) {
  const view::ViewOptions options = view::view_preset("disco");
  ViewCurves curves;
  curves.count = [](double t) { return t < 0.5 ? 16 : 4; };
  const std::vector<Region> regions = {parse_region("0,0,0.5,1:a")};
  const RegionalView regional = make_regional_view(options, curves, 0, regions);
  EXPECT_EQ(regional.view->count(0), 16 + 4);
  EXPECT_EQ(regional.view->count(0.5), 4 + 2) << "two at least";
  EXPECT_EQ(regional.whole(0.5), 4);
  EXPECT_EQ(regional.views_each(0.5), 2);

  // As with so many from the beginning on.
  view::ViewOptions few = options;
  few.count = 4;
  const RegionalView constant = make_regional_view(few, {}, 0, regions);
  const at::Tensor picture = imaging::uniform_tensor({1, 3, 32, 32}, base::RandomStream(2, "p"));
  EXPECT_TRUE(torch::equal(regional.view->look(picture, 8, {0, 6}, kStreams, 0.5),
                           constant.view->look(picture, 8, {0, 6}, kStreams, 0.5)));
}

TEST(Region, WithoutRegionsNothingChanges) {
  const view::ViewOptions options = view::view_preset("das");
  const RegionalView regional = make_regional_view(options, {}, 8, {});
  EXPECT_EQ(regional.view->count(0), options.count);
}

}  // namespace
}  // namespace clipguide::guide
