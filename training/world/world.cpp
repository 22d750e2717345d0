#include "training/world/world.h"

namespace clipguide::world {
namespace {

constexpr float kTwinShare =
    0.3f;  // of neighbouring pairs of samples that differ in one thing said

}  // namespace

base::RandomStream World::stream_of(std::uint64_t index, Split split) const {
  return base::RandomStream(seed_, split == Split::train ? "train" : "held out").at(index);
}

Scene World::scene(std::uint64_t index, Split split) const {
  base::RandomStream pair = stream_of(index & ~std::uint64_t(1), split).named("pair");
  if (!pair.chance(kTwinShare)) return scenes_.draw(stream_of(index, split).named("scene"), split);
  Scene scene = scenes_.draw(stream_of(index & ~std::uint64_t(1), split).named("scene"), split);
  if (scene.items.empty() || scene.style != Style::none) {
    return scenes_.draw(stream_of(index, split).named("scene"), split);
  }
  // The ground may have been drawn as one that nobody names: it gets one of its own to name.
  const bool was_said = scene.say_backdrop;
  SceneMaker::say_all(scene);
  if (!was_said) {
    base::RandomStream ground = stream_of(index & ~std::uint64_t(1), split).named("ground");
    scene = scenes_.with_new_backdrop(scene, ground, split);
  }
  return index % 2 == 0 ? scene
                        : scenes_.twin_of(scene, stream_of(index, split).named("twin"), split);
}

std::string World::caption(std::uint64_t index, Split split) const {
  return caption_of(scene(index, split), things_, stream_of(index, split).named("caption"), split);
}

Sample World::sample(std::uint64_t index, int side_px, Split split) const {
  const Scene what = scene(index, split);
  const base::RandomStream stream = stream_of(index, split);
  Sample sample;
  sample.side_px = side_px;
  sample.rgb = to_bytes(render(what, things_, side_px, stream.named("render")));
  sample.caption = caption_of(what, things_, stream.named("caption"), split);
  sample.thing = what.items.empty() ? -1 : what.items[0].thing;
  for (const Item& item : what.items) sample.shown.push_back(item.thing);
  sample.backdrop = what.backdrop.kind;
  return sample;
}

Sample World::single(int thing, std::uint64_t index, int side_px, Split split) const {
  const base::RandomStream stream =
      stream_of(index, split).named("single").at(std::uint64_t(thing));
  const Scene what = scenes_.single(thing, stream.named("scene"), split);
  Sample sample;
  sample.side_px = side_px;
  sample.rgb = to_bytes(render(what, things_, side_px, stream.named("render")));
  sample.caption = caption_of(what, things_, stream.named("caption"), split);
  sample.thing = thing;
  sample.shown = {thing};
  sample.backdrop = what.backdrop.kind;
  return sample;
}

std::vector<std::uint8_t> to_bytes(const Raster& raster) {
  std::vector<std::uint8_t> bytes;
  bytes.reserve(raster.pixels.size() * 3);
  for (const Rgb& c : raster.pixels) {
    for (float value : {c.r, c.g, c.b}) bytes.push_back(std::uint8_t(value * 255 + 0.5f));
  }
  return bytes;
}

}  // namespace clipguide::world
