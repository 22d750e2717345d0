#include "clipguide/guide/start_search.h"

#include <gtest/gtest.h>

#include <set>

#include "guide/toy_clip.h"
#include "support/tiny_forms.h"

namespace clipguide::guide {
namespace {

using test::TinyForms;
using test::ToyClip;

// A wish for what the toy model sees in a picture.
StartWish wish_for(const at::Tensor& picture) {
  const auto clip = std::make_shared<ToyClip>();
  StartWish wish;
  wish.models = {clip};
  wish.targets = {{1, clip::unit_length(clip->encode_image(picture))}};
  wish.pulls = {{}};
  return wish;
}

at::Tensor form_on_grey(const canvas::FormGenerator& generator, int form) {
  const at::Tensor middle = torch::tensor({0.5f, 0.5f, std::log(0.8f), 0.0f}).view({1, 1, 4});
  return canvas::lay_over(torch::full({1, 3, 16, 16}, 0.5),
                          generator(generator.codes().narrow(0, form, 1)).unsqueeze(1), middle,
                          torch::ones({1, 1}), 0);
}

// A name for each form, which means to the model what it sees there.
at::Tensor names_of_all_forms(const canvas::FormGenerator& generator) {
  std::vector<at::Tensor> names;
  for (int form = 0; form < TinyForms::kForms; ++form)
    names.push_back(wish_for(form_on_grey(generator, form)).targets[0].embeddings);
  return torch::cat(names);
}

Arrangement best_collage(const StartSearch& search, const canvas::FormGenerator& generator,
                         int objects, std::uint64_t seed, int candidates) {
  return search.best_collage(search.stock(generator, true), objects, seed, candidates);
}

double similarity(const StartWish& wish, const at::Tensor& picture) {
  const at::Tensor seen = clip::unit_length(wish.models[0]->encode_image(picture));
  return seen.mul(wish.targets[0].embeddings).sum().item<double>();
}

TEST(StartSearch, MoreCandidatesFindALayoutThatIsNoWorse) {
  const StartWish wish = wish_for(torch::zeros({1, 3, 16, 16}));
  const StartSearch search(wish);
  const auto score = [&](int candidates) {
    return similarity(wish, imaging::paint_layouts({search.best_layout(5, candidates)}, 16, 16, 0));
  };
  EXPECT_GE(score(100), score(10));
  EXPECT_GT(score(100), score(1));
}

TEST(StartSearch, FindsAGroundForObjectsThatAreThere) {
  const TinyForms files;
  const canvas::FormGenerator generator(files.path(), torch::kCPU);
  canvas::Placement object;
  object.size = 0.5, object.code = generator.codes()[1];
  const auto with_object = [&](const imaging::Layout& ground) {
    return canvas::lay_over(imaging::paint_layouts({ground}, 16, 16, 0),
                            generator(generator.codes().narrow(0, 1, 1)).unsqueeze(1),
                            canvas::place_values(object).view({1, 1, 4}), torch::ones({1, 1}), 0);
  };
  const StartWish wish = wish_for(torch::full({1, 3, 16, 16}, 0.9));
  const StartSearch search(wish);
  const auto score = [&](int candidates, const std::vector<canvas::Placement>& objects) {
    const imaging::Layout ground = search.best_ground(generator, objects, 5, candidates);
    EXPECT_TRUE(ground.blobs.empty());
    return similarity(wish, with_object(ground));
  };
  EXPECT_GE(score(100, {object}), score(10, {object}));
  EXPECT_GT(score(100, {object}), score(1, {object}));
  EXPECT_NO_THROW(score(3, {}));
}

TEST(StartSearch, LaysThingsWhereTheyAreSaidToLie) {
  const TinyForms files;
  const canvas::FormGenerator generator(files.path(), torch::kCPU);
  StartWish wish = wish_for(form_on_grey(generator, 0));
  wish.names = names_of_all_forms(generator);
  wish.things = {0, 1, 2};
  wish.sides = {{1, 0, objective::Relation::Side::left}, {2, 0, objective::Relation::Side::above}};
  const StartSearch search(wish);
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Arrangement best = best_collage(search, generator, 3, seed, 2);
    const auto object = [&](std::int64_t thing) {
      const auto at = std::find(best.things.begin(), best.things.end(), thing);
      return best.objects[std::size_t(at - best.things.begin())];
    };
    EXPECT_LT(object(1).x + 0.1, object(0).x);
    EXPECT_LT(object(2).y + 0.1, object(0).y);
    for (const canvas::Placement& one : best.objects) {
      EXPECT_GT(one.x, 0);
      EXPECT_LT(one.y, 1);
    }
  }
}

// Of the catalogue only the two forms nearest to a thing named are drawn; one of them is itself.
TEST(StartSearch, DrawsFormsThatFitTheThingNamed) {
  const TinyForms files;
  const canvas::FormGenerator generator(files.path(), torch::kCPU);
  for (int form = 0; form < 3; ++form) {
    StartWish wish = wish_for(form_on_grey(generator, form));
    wish.names = names_of_all_forms(generator);
    wish.things = {form};
    const StartSearch search(wish);
    std::set<int> drawn;
    for (std::uint64_t seed = 0; seed < 12; ++seed) {
      const Arrangement best = best_collage(search, generator, 1, seed, 3);
      ASSERT_EQ(best.objects.size(), 1u);
      EXPECT_TRUE(best.ground.blobs.empty());
      for (int other = 0; other < TinyForms::kForms; ++other)
        if (torch::equal(best.objects[0].code, generator.codes()[other])) drawn.insert(other);
    }
    EXPECT_TRUE(drawn.contains(form)) << form;
    EXPECT_LE(drawn.size(), 2u) << form;
  }
}

// A name of two forms that fit it equally: the colour that is said chooses.
TEST(StartSearch, TakesTheLookThatHasTheColour) {
  const TinyForms files;
  const canvas::FormGenerator generator(files.path(), torch::kCPU);
  StartWish wish = wish_for(form_on_grey(generator, 2));
  const at::Tensor names = names_of_all_forms(generator);
  wish.names = torch::cat({clip::unit_length(names.narrow(0, 0, 1) + names.narrow(0, 1, 1)),
                           names.narrow(0, 2, names.size(0) - 2)});
  wish.things = {0};
  const auto looks = [&] { return StartSearch(wish).stock(generator, true).codes; };
  EXPECT_EQ(looks().size(0), 2);
  for (const int look : {0, 1}) {
    wish.coloured[0] = names[look];
    EXPECT_TRUE(looks().equal(generator.codes().narrow(0, look, 1))) << look;
  }
}

TEST(StartSearch, ShowsASingleThingAsOftenAsIsSaid) {
  const TinyForms files;
  const canvas::FormGenerator generator(files.path(), torch::kCPU);
  StartWish wish = wish_for(form_on_grey(generator, 0));
  wish.copies = 2;
  EXPECT_EQ(best_collage(StartSearch(wish), generator, 3, 1, 5).objects.size(), 2u);
  wish.copies = 6;
  EXPECT_EQ(best_collage(StartSearch(wish), generator, 3, 1, 5).objects.size(), 3u);
}

TEST(StartSearch, ShowsEachThingNamedOnce) {
  const TinyForms files;
  const canvas::FormGenerator generator(files.path(), torch::kCPU);
  StartWish wish = wish_for(form_on_grey(generator, 0));
  wish.names = names_of_all_forms(generator);
  wish.things = {2, 4};
  const StartSearch search(wish);
  EXPECT_EQ(best_collage(search, generator, 3, 1, 20).objects.size(), 2u);
  EXPECT_EQ(best_collage(search, generator, 1, 1, 20).objects.size(), 1u);
}

// Form 2 for the whole picture, and in the lower right corner of 400 x 300 px form 1.
StartWish wish_with_region(const canvas::FormGenerator& generator) {
  StartWish wish = wish_for(form_on_grey(generator, 2));
  wish.targets[0].embeddings = torch::cat(
      {wish.targets[0].embeddings, wish_for(form_on_grey(generator, 1)).targets[0].embeddings});
  objective::PromptPull regional;
  regional.of_region = true;
  wish.pulls.push_back(regional);
  wish.names = names_of_all_forms(generator);
  wish.things = {2};
  wish.parts = {{{0.5, 0.4, 0.5, 0.6}, 1, {1}}};
  wish.width_px = 400, wish.height_px = 300;
  return wish;
}

TEST(StartSearch, LaysWhatARegionNamesWithinItAndOtherThingsBeside) {
  const TinyForms files;
  const canvas::FormGenerator generator(files.path(), torch::kCPU);
  const StartSearch search(wish_with_region(generator));
  int beside = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Arrangement best = best_collage(search, generator, 3, seed, 8);
    ASSERT_EQ(best.things, (std::vector<std::int64_t>{2, 1}));
    const canvas::Placement& inside = best.objects[1];
    const double half_px = inside.size * 300 / 2;
    EXPECT_GE(inside.x * 400 - half_px, 200 - 1e-3);
    EXPECT_LE(inside.x * 400 + half_px, 400 + 1e-3);
    EXPECT_GE(inside.y * 300 - half_px, 120 - 1e-3);
    EXPECT_LE(inside.y * 300 + half_px, 300 + 1e-3);
    EXPECT_GT(half_px, 40);
    EXPECT_EQ(inside.area, (canvas::Area{0.5, 0.4, 0.5, 0.6}));
    const canvas::Placement& other = best.objects[0];
    EXPECT_TRUE(other.area.is_whole());
    beside += other.x < 0.5 || other.y < 0.4;
  }
  EXPECT_EQ(beside, 20);
}

TEST(StartSearch, LeavesThingsOfRegionsTheirRoom) {
  const TinyForms files;
  const canvas::FormGenerator generator(files.path(), torch::kCPU);
  StartWish wish = wish_with_region(generator);
  wish.parts[0].copies = 2;
  const auto things = [&](int objects) {
    return best_collage(StartSearch(wish), generator, objects, 1, 3).things;
  };
  EXPECT_EQ(things(3), (std::vector<std::int64_t>{2, 1, 1}));
  EXPECT_EQ(things(2), (std::vector<std::int64_t>{1, 1}));
  wish.things.clear();
  EXPECT_EQ(things(3), (std::vector<std::int64_t>{1, 1}));
}

// A region that names no thing is to be seen in the ground: its own part is what it judges.
TEST(StartSearch, AGroundShowsWhatRegionsWithoutThingsAskFor) {
  const TinyForms files;
  const canvas::FormGenerator generator(files.path(), torch::kCPU);
  StartWish wish = wish_with_region(generator);
  wish.targets = {
      {1, wish_for(torch::full({1, 3, 16, 16}, 0.9)).targets[0].embeddings.repeat({2, 1})}};
  wish.pulls[0].weight = 0;
  wish.things.clear();
  wish.parts[0].things.clear();
  const StartSearch search(wish);
  const auto score = [&](int candidates) {
    const Arrangement best = best_collage(search, generator, 3, 4, candidates);
    EXPECT_TRUE(best.objects.empty());
    return similarity(
        wish_for(torch::full({1, 3, 16, 16}, 0.9)),
        at::adaptive_avg_pool2d(
            part_of(imaging::paint_layouts({best.ground}, 32, 32, 0), wish.parts[0].area),
            {16, 16}));
  };
  EXPECT_GE(score(100), score(10));
  EXPECT_GT(score(100), score(1));
}

TEST(StartSearch, LaysObjectsWhereThePictureIsPainted) {
  const TinyForms files;
  const canvas::FormGenerator generator(files.path(), torch::kCPU);
  StartWish wish = wish_for(form_on_grey(generator, 0));
  wish.area = {0, 0, 1 / 3.0, 1};
  const StartSearch search(wish);
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const canvas::Placement object = best_collage(search, generator, 1, seed, 4).objects.at(0);
    EXPECT_GE(object.x - object.size / 2, -1e-6);
    EXPECT_LE(object.x + object.size / 2, 1 / 3.0 + 1e-6);
    EXPECT_EQ(object.area, wish.area);
  }
}

// Where nothing of them shows all candidates look alike, and the first is as good as any.
TEST(StartSearch, SeesCandidatesThroughTheMask) {
  const TinyForms files;
  const canvas::FormGenerator generator(files.path(), torch::kCPU);
  const at::Tensor ground = torch::full({1, 3, 32, 32}, 0.4);
  const auto best_x = [&](const at::Tensor& mask, int candidates) {
    StartWish wish = wish_for(form_on_grey(generator, 0));
    wish.mask = mask;
    const StartSearch search(wish);
    return search.best_collage(search.stock(generator, true), 1, 3, candidates, ground)
        .objects.at(0)
        .x;
  };
  const at::Tensor nothing = torch::zeros({1, 1, 32, 32}), all = torch::ones({1, 1, 32, 32});
  EXPECT_EQ(best_x(nothing, 50), best_x(nothing, 1));
  EXPECT_NE(best_x({}, 50), best_x({}, 1));
  EXPECT_EQ(best_x(all, 50), best_x({}, 50));
}

TEST(StartSearch, AMirroredObjectStandsOnTheAxisOrInItsHalf) {
  const TinyForms files;
  const canvas::FormGenerator generator(files.path(), torch::kCPU);
  StartWish wish = wish_for(form_on_grey(generator, 0));
  wish.symmetry = canvas::Symmetry::left_right;
  wish.area = canvas::shown_part(wish.symmetry, true);
  const StartSearch search(wish);
  int on_axis = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const canvas::Placement object = best_collage(search, generator, 1, seed, 2).objects.at(0);
    if (object.x == 0.5 && object.turn == 0) {
      ++on_axis;
    } else {
      EXPECT_LE(object.x + object.size / 2, 0.5 + 1e-6);
    }
  }
  EXPECT_GT(on_axis, 0);
  EXPECT_LT(on_axis, 20);
}

TEST(StartSearch, FollowsFromTheSeed) {
  const TinyForms files;
  const canvas::FormGenerator generator(files.path(), torch::kCPU);
  const StartSearch search(wish_for(form_on_grey(generator, 1)));
  const auto place = [&](std::uint64_t seed) {
    return best_collage(search, generator, 2, seed, 30).objects[0].x;
  };
  EXPECT_EQ(place(7), place(7));
  EXPECT_NE(place(7), place(8));
}

}  // namespace
}  // namespace clipguide::guide
