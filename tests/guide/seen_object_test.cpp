#include "clipguide/guide/seen_object.h"

#include <gtest/gtest.h>

#include "clipguide/base/error.h"

namespace clipguide::guide {
namespace {

/// One object with two parts, one of a few pixels, one that is hardly there.
at::Tensor some_shares() {
  at::Tensor shares = torch::zeros({3, 100, 120});
  shares[0].slice(0, 10, 40).slice(1, 10, 30).fill_(1);
  shares[0].slice(0, 60, 90).slice(1, 80, 110).fill_(0.8);
  shares[1].slice(0, 50, 53).slice(1, 50, 53).fill_(1);
  shares[2].fill_(0.4);
  return shares;
}

const std::vector<objective::Name> kThings = {{"an owl", {"owlet"}}, {"a cat", {}}};

TEST(SeenObject, WhatIsHardlySeenIsNone) {
  const std::vector<SeenObject> objects = seen_objects(some_shares(), kThings, false, {1, 1});
  ASSERT_EQ(objects.size(), 1u);
  EXPECT_EQ(objects[0].thing.text, "an owl");
  EXPECT_EQ(objects[0].outlines.size(), 2u);
}

TEST(SeenObject, PartsOfATileAreObjectsOfTheirOwn) {
  const std::vector<SeenObject> objects = seen_objects(some_shares(), kThings, true, {1, 1});
  ASSERT_EQ(objects.size(), 2u);
  EXPECT_EQ(objects[1].thing.text, "an owl");
  EXPECT_EQ(objects[1].outlines.size(), 1u);
}

TEST(SeenObject, WithoutNamesTheyAreToldToo) {
  const std::vector<SeenObject> objects = seen_objects(some_shares(), {}, false, {1, 1});
  ASSERT_EQ(objects.size(), 1u);
  EXPECT_EQ(objects[0].thing.text, "");
}

TEST(SeenObject, LiesInTheWrittenPicture) {
  const auto one = seen_objects(some_shares(), kThings, false, {1, 1});
  const auto larger = seen_objects(some_shares(), kThings, false, {3, 2});
  ASSERT_EQ(larger.at(0).outlines[0].size(), one.at(0).outlines[0].size());
  for (std::size_t i = 0; i < one[0].outlines[0].size(); ++i) {
    EXPECT_NEAR(larger[0].outlines[0][i].x, 3 * one[0].outlines[0][i].x, 1e-9);
    EXPECT_NEAR(larger[0].outlines[0][i].y, 2 * one[0].outlines[0][i].y, 1e-9);
  }
}

TEST(SeenObject, IsReadAsItWasWritten) {
  const auto objects = seen_objects(some_shares(), kThings, true, {1.37, 1.37});
  const auto read = seen_objects_of(nlohmann::json::parse(to_json(objects).dump()));
  ASSERT_EQ(read.size(), objects.size());
  for (std::size_t i = 0; i < read.size(); ++i) {
    EXPECT_EQ(read[i].thing.text, objects[i].thing.text);
    EXPECT_EQ(read[i].thing.also, objects[i].thing.also);
    EXPECT_EQ(read[i].outlines, objects[i].outlines);
  }
  for (const char* text :
       {"{}", "null", "[1]", "[{\"name\": \"x\"}]",
        "[{\"name\": \"x\", \"also\": [], \"outlines\": []}]",
        "[{\"name\": \"x\", \"also\": [], \"outlines\": [[1, 2, 3, 4]]}]",
        "[{\"name\": \"x\", \"also\": [], \"outlines\": [[1, 2, 3, 4, 5, \"6\"]]}]"})
    EXPECT_THROW(seen_objects_of(nlohmann::json::parse(text)), base::FormatError) << text;
}

}  // namespace
}  // namespace clipguide::guide
