#include "clipguide/canvas/saved_collage.h"

#include <gtest/gtest.h>

#include <numbers>

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"
#include "clipguide/canvas/collage_canvas.h"
#include "support/temporary_folder.h"
#include "support/tiny_forms.h"

namespace clipguide::canvas {
namespace {

constexpr int kHeight = 60, kWidth = 84;

const test::TinyForms& forms() {
  static const test::TinyForms made;
  return made;
}

CollageCanvas canvas_of(const SavedCollage& collage) {
  CanvasOptions options;
  options.height_px = kHeight;
  options.width_px = kWidth;
  options.forms = forms().path();
  CollageCanvas canvas(options);
  canvas.fit(collage.ground);
  std::vector<Placement> objects;
  for (const auto& object : collage.objects) objects.push_back(object.placement);
  canvas.place(0, objects);
  return canvas;
}

at::Tensor picture_of(const SavedCollage& collage) {
  return canvas_of(collage).render().picture.detach();
}

/// A calm ground and two objects, one with other colours than its own.
SavedCollage some_collage() {
  const FormGenerator generator(forms().path(), torch::kCPU);
  SavedCollage collage;
  collage.ground = torch::full({1, 3, kHeight, kWidth}, 102.0 / 255);
  const at::Tensor tint = torch::tensor({0.3f, -0.2f, 0.0f, 0.1f, 0.0f, -0.1f});
  collage.objects = {{"owl", {generator.codes()[1], 0.4, 0.5, 0.4, 0.2, 1, {}}},
                     {"", {generator.codes()[3], 0.6, 0.45, 0.3, -0.4, 0.5, tint}}};
  return collage;
}

TEST(SavedCollage, AFileHoldsAllOfIt) {
  const test::TemporaryFolder folder;
  const auto path = folder / "a.collage.safetensors";
  ASSERT_TRUE(is_collage_name(path));
  ASSERT_FALSE(is_collage_name("a.safetensors"));
  const SavedCollage collage = some_collage();
  write_collage(path, collage);
  const SavedCollage read = read_collage(path);
  ASSERT_EQ(read.objects.size(), 2u);
  EXPECT_EQ(read.objects[0].thing, "owl");
  EXPECT_EQ(read.objects[1].thing, "");
  EXPECT_TRUE(read.ground.equal(collage.ground));
  EXPECT_TRUE(torch::allclose(picture_of(read), picture_of(collage), 0, 1e-5));

  write_collage(path, read);  // what was read is written to the same bytes
  const std::string bytes = base::read_file(path, 1 << 24);
  write_collage(path, read_collage(path));
  EXPECT_EQ(base::read_file(path, 1 << 24), bytes);

  SavedCollage photo = collage;
  photo.fitted = torch::full({1, 3, kHeight, kWidth}, 51.0 / 255);
  write_collage(path, photo);
  EXPECT_TRUE(read_collage(path).fitted.equal(photo.fitted));
  EXPECT_FALSE(read.fitted.defined());

  SavedCollage empty = collage;
  empty.objects.clear();
  write_collage(path, empty);
  EXPECT_TRUE(read_collage(path).objects.empty());
}

TEST(SavedCollage, AnotherFileIsRefused) {
  const test::TemporaryFolder folder;
  EXPECT_THROW(read_collage(forms().path()), base::FormatError);
  const auto path = folder / "a.collage.safetensors";
  base::write_file(path, std::string_view("no tensors"));
  EXPECT_THROW(read_collage(path), base::FormatError);
  EXPECT_THROW(read_collage(folder / "none.collage.safetensors"), base::IoError);
}

TEST(SavedCollage, ComesOffACanvasWithoutMarginAndWithoutWhatIsNotThere) {
  CanvasOptions options;
  options.height_px = kHeight + 12;
  options.width_px = kWidth + 12;
  options.margin_px = 6;
  options.forms = forms().path();
  CollageCanvas canvas(options);
  const SavedCollage collage = some_collage();
  canvas.paint(torch::full({1, 3, kHeight + 12, kWidth + 12}, 102.0 / 255));
  canvas.place(0, {collage.objects[0].placement, collage.objects[1].placement});
  const SavedCollage taken = saved_collage(canvas, 0, 6, {"owl", "", "nobody"});
  ASSERT_EQ(taken.objects.size(), 2u);
  EXPECT_EQ(taken.objects[0].thing, "owl");
  EXPECT_EQ(taken.ground.sizes(), collage.ground.sizes());
  EXPECT_TRUE(torch::allclose(picture_of(taken), picture_of(collage), 0, 1e-4));
  EXPECT_FALSE(taken.fitted.defined());
  canvas.fit(torch::full({1, 3, kHeight + 12, kWidth + 12}, 0.4));
  EXPECT_TRUE(saved_collage(canvas, 0, 6, {}).fitted.equal(collage.ground));
  EXPECT_TRUE(saved_collage(canvas, 0, 6, {}).objects.empty());
}

TEST(SavedCollage, MovesAsThePictureOfItDoes) {
  const std::vector<imaging::Motion> motions = {
      {1, 0.15, -0.1, 0}, {1.3, 0, 0, 0}, {1, 0, 0, 25}, {1.2, -0.1, 0.1, -40}};
  SavedCollage collage = some_collage();
  for (auto& [thing, object] : collage.objects)  // red all over: the tiny generator draws noise
    object.tint = torch::tensor({-10.0f, -10.0f, -10.0f, 1.0f, 0.0f, 0.0f});
  for (const imaging::Motion& motion : motions) {
    const at::Tensor seen = imaging::warp(picture_of(collage), motion, imaging::Border::reflect,
                                          imaging::Kernel::bilinear);
    const at::Tensor made =
        picture_of(moved(collage, motion, imaging::Border::reflect, imaging::Kernel::bilinear));
    // Seen coarsely: both are sampled, one of them twice, and their opacity is rough.
    const auto apart = [](const at::Tensor& one, const at::Tensor& other) {
      return at::avg_pool2d(one - other, 6).abs().mean().item<double>();
    };
    EXPECT_LT(apart(made, seen), 0.25 * apart(picture_of(collage), seen))
        << motion.zoom << " " << motion.rotate_deg;
  }
}

TEST(CollageCanvas, OfAFittedPictureOnlyWhatIsAddedCountsAsPainted) {
  CanvasOptions options;
  options.height_px = 24;
  options.width_px = 24;
  options.forms = forms().path();
  CollageCanvas canvas(options);
  torch::manual_seed(1);
  const at::Tensor photo = torch::rand({1, 3, 24, 24});
  canvas.fit(photo);
  EXPECT_TRUE(torch::allclose(canvas.render().painted, torch::full({1, 3, 24, 24}, 0.5)));
  EXPECT_TRUE(torch::allclose(canvas.render().picture, photo));
  canvas.paint((photo + 0.25).clamp_max(1));
  EXPECT_NEAR(canvas.render().painted.max().item<double>(), 0.75, 1e-5);
}

}  // namespace
}  // namespace clipguide::canvas
