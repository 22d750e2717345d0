#include "training/drawn_forms.h"

#include <gtest/gtest.h>

#include <cmath>

#include "clipguide/base/error.h"
#include "training/world/world.h"

namespace clipguide::training {
namespace {

const std::filesystem::path kForms =
    std::filesystem::path(CLIPGUIDE_SOURCE_DIR) / "models/pictogram/forms.safetensors";

/// Mean absolute difference of two looks, over a coarse grid.
double difference(const world::Sprite& a, const world::Sprite& b) {
  constexpr int kGrid = 16, kLevel = 2;
  double sum = 0;
  for (int y = 0; y < kGrid; ++y) {
    for (int x = 0; x < kGrid; ++x) {
      const float u = (float(x) + 0.5f) / kGrid, v = (float(y) + 0.5f) / kGrid;
      const world::Sprite::Pixel p = a.sample(u, v, kLevel), q = b.sample(u, v, kLevel);
      sum += std::abs(p.r - q.r) + std::abs(p.g - q.g) + std::abs(p.b - q.b) + std::abs(p.a - q.a);
    }
  }
  return sum / (kGrid * kGrid * 4);
}

TEST(DrawnForms, LookLikeWhatTheyWereLearnedFrom) {
  const std::vector<world::Thing> before = world::load_catalogue();
  std::vector<world::Thing> things = before;
  add_drawn_forms(things, kForms);
  double own = 0, another = 0;
  int looks = 0;
  for (std::size_t i = 0; i < things.size(); ++i) {
    const std::vector<world::Variant>& variants = things[i].variants;
    const std::size_t count = before[i].variants.size();
    ASSERT_EQ(variants.size(), 2 * count) << things[i].name;
    for (std::size_t k = 0; k < count; ++k, ++looks) {
      const world::Variant &learned = variants[k], &drawn = variants[count + k];
      EXPECT_EQ(drawn.sprite->is_mask(), learned.sprite->is_mask());
      EXPECT_EQ(drawn.named_colour, learned.named_colour);
      own += difference(*drawn.sprite, *learned.sprite);
      another += difference(*drawn.sprite, *before[(i + 1) % before.size()].variants[0].sprite);
    }
  }
  EXPECT_LT(own, 0.25 * another) << "over " << looks << " looks";
}

TEST(DrawnForms, RefusesTheFormsOfAnotherCatalogue) {
  std::vector<world::Thing> things = world::load_catalogue();
  things.pop_back();
  EXPECT_THROW(add_drawn_forms(things, kForms), base::FormatError);
  EXPECT_THROW(add_drawn_forms(things, "none.safetensors"), base::IoError);
}

}  // namespace
}  // namespace clipguide::training
