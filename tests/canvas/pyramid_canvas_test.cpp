#include "clipguide/canvas/pyramid_canvas.h"

#include <gtest/gtest.h>

#include "clipguide/base/error.h"

namespace clipguide::canvas {
namespace {

TEST(Resolutions, AllStridedAndPowersOfTwoEndWithTheSide) {
  EXPECT_EQ(parse_resolutions("all", 5), (std::vector<int>{1, 2, 3, 4, 5}));
  EXPECT_EQ(parse_resolutions("every-4", 10), (std::vector<int>{1, 5, 9, 10}));
  EXPECT_EQ(parse_resolutions("power-of-two", 20), (std::vector<int>{1, 2, 4, 8, 16, 20}));
  EXPECT_EQ(parse_resolutions("power-of-two", 16), (std::vector<int>{1, 2, 4, 8, 16}));
}

TEST(Resolutions, RefusesAnythingElse) {
  for (const char* spec : {"", "every-", "every-0", "every--3", "every-4x", "powers"})
    EXPECT_THROW(parse_resolutions(spec, 16), base::UsageError) << spec;
}

TEST(PyramidCanvas, PlanesKeepThePicturesAspect) {
  CanvasOptions options;
  options.height_px = 32;
  options.width_px = 64;
  const PyramidCanvas canvas(options);
  EXPECT_EQ(canvas.parameters()[2].name, "plane_4");
  EXPECT_EQ(canvas.parameters()[2].tensor.sizes().vec(), (std::vector<std::int64_t>{1, 3, 4, 8}));
}

TEST(PyramidCanvas, AllHasTheParametersOfThePublishedMethod) {
  CanvasOptions options;
  options.height_px = options.width_px = 336;
  options.resolutions = "all";
  const PyramidCanvas canvas(options);
  std::int64_t count = 0;
  for (const NamedParameter& parameter : canvas.parameters()) count += parameter.tensor.numel();
  EXPECT_NEAR(double(count), 38.1e6, 0.05e6);
}

}  // namespace
}  // namespace clipguide::canvas
