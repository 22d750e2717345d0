#include "training/world/scene.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "training/world/english.h"

namespace clipguide::world {
namespace {

constexpr int kHeldOutIn = 16;  // one pair of thing and backdrop in so many is held out

template <class T>
const T& pick(const std::vector<T>& from, base::RandomStream& stream) {
  return from[std::size_t(stream.below(int(from.size())))];
}

float turn_of(base::RandomStream& stream) {
  return stream.chance(0.85f) ? stream.uniform(-0.25f, 0.25f) : stream.uniform(-0.7f, 0.7f);
}

}  // namespace

SceneMaker::SceneMaker(const std::vector<Thing>& things) : things_(things) {
  for (int i = 0; i < int(things.size()); ++i) {
    by_kind_[int(things[std::size_t(i)].kind)].push_back(i);
    const bool written = things[std::size_t(i)].kind == ThingKind::letter ||
                         things[std::size_t(i)].kind == ThingKind::word;
    if (!written && counts_well(things[std::size_t(i)].name)) countable_.push_back(i);
  }
}

bool SceneMaker::is_held_out(int thing, const Backdrop& backdrop) const {
  const std::uint64_t colour = backdrop.is_pattern() ? std::uint64_t(backdrop.first) + 1 : 0;
  base::RandomStream stream = base::RandomStream(0, "held out")
                                  .at(std::uint64_t(thing))
                                  .at(std::uint64_t(backdrop.kind) * 64 + colour);
  return stream.below(kHeldOutIn) == 0;
}

int SceneMaker::draw_thing(base::RandomStream& stream) const {
  const float kind = stream.uniform();
  if (kind < 0.89f) return pick(by_kind_[int(ThingKind::pictogram)], stream);
  if (kind < 0.95f) return pick(by_kind_[int(ThingKind::shape)], stream);
  return pick(by_kind_[int(kind < 0.98f ? ThingKind::letter : ThingKind::word)], stream);
}

Item SceneMaker::draw_item(int index, base::RandomStream& stream) const {
  const Thing& thing = things_[std::size_t(index)];
  Item item;
  item.thing = index;
  item.variant = stream.below(int(thing.variants.size()));
  item.angle_rad = turn_of(stream);
  item.mirrored = thing.may_mirror && stream.chance(0.5f);
  const Variant& variant = thing.variants[std::size_t(item.variant)];
  const bool recolour = thing.may_be_recoloured && counts_well(thing.name) && stream.chance(0.13f);
  if (variant.sprite->is_mask() || recolour) {
    item.tint = Colour(stream.below(kColourCount));
    item.tint_shade = shade_of(*item.tint, stream);
    item.say_colour = recolour || stream.chance(0.75f);
  } else if (variant.named_colour) {
    item.say_colour = stream.chance(0.6f);
  } else {
    item.say_colour = variant.dominant && variant.dominant->share > 0.6f && stream.chance(0.2f);
  }
  return item;
}

namespace {

/// Calm grounds for captions that say none: what nobody asked for should be quiet.
Backdrop calm_backdrop(base::RandomStream& stream) {
  Backdrop backdrop;
  const float kind = stream.uniform();
  if (kind < 0.45f) {
    backdrop.first_shade =
        to_rgb({stream.uniform(), stream.uniform(0, 0.05f), stream.uniform(0.93f, 1)});
  } else if (kind < 0.75f) {
    backdrop.first_shade =
        to_rgb({stream.uniform(), stream.uniform(0.05f, 0.35f), stream.uniform(0.75f, 1)});
  } else {
    backdrop.kind = BackdropKind::gradient;
    const float hue = stream.uniform();
    backdrop.first_shade = to_rgb({hue, stream.uniform(0, 0.3f), stream.uniform(0.8f, 1)});
    backdrop.second_shade = to_rgb({hue + stream.uniform(-0.1f, 0.1f), stream.uniform(0.1f, 0.5f),
                                    stream.uniform(0.6f, 0.95f)});
  }
  backdrop.first = nearest_name(backdrop.first_shade);
  backdrop.second = nearest_name(backdrop.second_shade);
  return backdrop;
}

/// The colours that a backdrop should keep away from, or the thing could not be seen on it.
bool hides(const Backdrop& backdrop, const Item& item, const Thing& thing) {
  if (!backdrop.is_pattern()) return false;
  const Variant& variant = thing.variants[std::size_t(item.variant)];
  std::optional<Colour> colour = item.tint;
  if (!colour && variant.dominant && variant.dominant->share > 0.85f)
    colour = variant.dominant->name;
  return colour && (backdrop.first == *colour || backdrop.second == *colour);
}

}  // namespace

Backdrop SceneMaker::draw_backdrop(const std::vector<Item>& items, bool said,
                                   base::RandomStream& stream, Split split) const {
  // A bounded search: a thing of many colours has a fitting backdrop in a few draws.
  Backdrop backdrop;
  for (int attempt = 0; attempt < 200; ++attempt) {
    const bool calm = !said && stream.chance(0.8f);
    const bool plain = stream.chance(0.3f);
    const auto kind = plain ? BackdropKind::plain : BackdropKind(stream.below(kBackdropCount));
    backdrop = calm ? calm_backdrop(stream) : backdrop_of(kind, stream);
    const bool visible = std::none_of(items.begin(), items.end(), [&](const Item& item) {
      return hides(backdrop, item, things_[std::size_t(item.thing)]);
    });
    const bool allowed = items.empty() || !said ||
                         is_held_out(items[0].thing, backdrop) == (split == Split::held_out);
    if (visible && allowed) break;
  }
  return backdrop;
}

void SceneMaker::set_size_and_place(Scene& scene, base::RandomStream& stream) const {
  Item& item = scene.items[0];
  const float choice = stream.uniform();
  if (choice < 0.06f) {
    scene.size_word = SizeWord::small;
    item.size = stream.uniform(0.22f, 0.38f);
  } else if (choice < 0.12f) {
    scene.size_word = SizeWord::big;
    item.size = stream.uniform(0.95f, 1.15f);
  } else {
    item.size = stream.uniform(0.55f, 0.98f);
  }
  if (scene.size_word != SizeWord::big && stream.chance(0.07f)) {
    scene.place = Place(1 + stream.below(8));
    item.size = std::min(item.size, stream.uniform(0.32f, 0.5f));
    const auto near = [&] { return item.size / 2 + stream.uniform(0, 0.08f); };
    const Place p = scene.place;
    const bool left = p == Place::left || p == Place::top_left || p == Place::bottom_left;
    const bool right = p == Place::right || p == Place::top_right || p == Place::bottom_right;
    const bool top = p == Place::top || p == Place::top_left || p == Place::top_right;
    const bool bottom = p == Place::bottom || p == Place::bottom_left || p == Place::bottom_right;
    item.x = left ? near() : right ? 1 - near() : stream.uniform(0.4f, 0.6f);
    item.y = top ? near() : bottom ? 1 - near() : stream.uniform(0.4f, 0.6f);
    return;
  }
  const float play = std::max(0.06f, (1 - item.size) / 2);
  item.x = 0.5f + stream.uniform(-play, play);
  item.y = 0.5f + stream.uniform(-play, play);
}

void SceneMaker::draw_count(Scene& scene, base::RandomStream& stream) const {
  const int count = stream.chance(0.5f) ? 2 : stream.chance(0.6f) ? 3 : 4 + stream.below(3);
  const Item first = draw_item(pick(countable_, stream), stream);
  const int columns = count <= 3 ? count : (count + 1) / 2;
  const int rows = (count + columns - 1) / columns;
  const bool upright = count == 2 && stream.chance(0.25f);
  for (int i = 0; i < count; ++i) {
    Item item = first;
    const int in_row = i / columns == rows - 1 ? count - columns * (rows - 1) : columns;
    const float cell = 1.0f / float(std::max(columns, rows));
    item.size = cell * stream.uniform(0.82f, 1.02f);
    const float along =
        (float(i % columns) + 0.5f + 0.5f * float(columns - in_row)) / float(columns);
    const float across = 0.5f + (float(i / columns) - 0.5f * float(rows - 1)) * cell * 1.05f;
    const float shake = stream.uniform(-0.3f, 0.3f) * (rows == 1 ? 1 - cell : 0.05f);
    item.x = upright ? across + shake : along;
    item.y = upright ? along : across + shake;
    item.angle_rad = turn_of(stream);
    scene.items.push_back(item);
  }
}

void arrange_pair(Scene& scene, base::RandomStream& stream) {
  Item &a = scene.items[0], &b = scene.items[1];
  a.size = stream.uniform(0.42f, 0.54f);
  b.size = stream.uniform(0.42f, 0.54f);
  const auto slack = [&] { return stream.uniform(-0.05f, 0.05f); };
  switch (scene.relation) {
    case Relation::inside:
      a.size = stream.uniform(0.38f, 0.50f), b.size = stream.uniform(0.92f, 1.0f);
      a.x = 0.5f + slack() / 2, a.y = 0.5f + slack() / 2, b.x = 0.5f, b.y = 0.5f;
      b.angle_rad *= 0.3f;
      return;
    case Relation::above:
      a.x = 0.5f + 2 * slack(), a.y = 0.25f + slack() / 2, b.x = 0.5f + 2 * slack(),
      b.y = 0.75f + slack() / 2;
      return;
    default: {
      const bool swapped = scene.relation == Relation::together && stream.chance(0.5f);
      a.x = (swapped ? 0.75f : 0.25f) + slack() / 2, b.x = (swapped ? 0.25f : 0.75f) + slack() / 2;
      a.y = 0.5f + 2 * slack(), b.y = 0.5f + 2 * slack();
    }
  }
}

void SceneMaker::draw_pair(Scene& scene, base::RandomStream& stream) const {
  const float choice = stream.uniform();
  scene.relation = choice < 0.45f   ? Relation::together
                   : choice < 0.65f ? Relation::left_of
                   : choice < 0.88f ? Relation::above
                                    : Relation::inside;
  scene.items.push_back(draw_item(draw_thing(stream), stream));
  int other = scene.items[0].thing;
  while (other == scene.items[0].thing) {
    other = scene.relation == Relation::inside
                ? by_kind_[int(ThingKind::shape)][std::size_t(stream.below(2))]
                : draw_thing(stream);
  }
  Item second = draw_item(other, stream);
  if (scene.relation == Relation::inside) {  // the shape itself must be seen round the first
    second.variant = 0;
    while (hides({BackdropKind::plain, *second.tint, *second.tint, {}, {}}, scene.items[0],
                 things_[std::size_t(scene.items[0].thing)])) {
      second.tint = Colour(stream.below(kColourCount));
    }
    second.tint_shade = shade_of(*second.tint, stream);
  }
  scene.items.push_back(second);
  arrange_pair(scene, stream);
}

Scene SceneMaker::draw(base::RandomStream stream, Split split) const {
  Scene scene;
  const float layout = stream.uniform();
  if (layout < 0.70f) {
    scene.items.push_back(draw_item(draw_thing(stream), stream));
    set_size_and_place(scene, stream);
  } else if (layout < 0.79f) {
    draw_count(scene, stream);
  } else if (layout < 0.96f) {
    draw_pair(scene, stream);
  }
  scene.say_backdrop = scene.items.empty() || stream.chance(0.5f);
  if (stream.chance(0.10f)) scene.style = Style(1 + stream.below(kStyleCount - 1));
  if (scene.style == Style::silhouette && scene.items.empty()) scene.style = Style::none;
  scene.backdrop = draw_backdrop(scene.items, scene.say_backdrop, stream, split);
  // These leave too little of a backdrop or a colour to speak of it.
  if (scene.style == Style::outline || scene.style == Style::silhouette) {
    if (!scene.items.empty()) scene.say_backdrop = false;
    scene.backdrop = {};
    scene.backdrop.first_shade = {1, 1, 1};
    if (scene.items.empty())
      scene.style = Style::none, scene.backdrop = draw_backdrop({}, true, stream, split);
  }
  const bool colourless = scene.style != Style::none && scene.style != Style::pixelated &&
                          scene.style != Style::blurred && scene.style != Style::pastel;
  if (colourless) {
    for (Item& item : scene.items) item.say_colour = false;
    if (scene.backdrop.is_pattern() && !scene.items.empty()) scene.say_backdrop = false;
    if (scene.backdrop.is_pattern() && scene.items.empty()) scene.style = Style::none;
  }
  return scene;
}

Scene SceneMaker::single(int thing, base::RandomStream stream, Split split) const {
  Scene scene;
  Item item = draw_item(thing, stream);
  const bool mask =
      things_[std::size_t(thing)].variants[std::size_t(item.variant)].sprite->is_mask();
  if (!mask) item.tint.reset();
  item.say_colour = false;
  item.size = stream.uniform(0.6f, 0.98f);
  const float play = (1 - item.size) / 2 + 0.03f;
  item.x = 0.5f + stream.uniform(-play, play);
  item.y = 0.5f + stream.uniform(-play, play);
  scene.items.push_back(item);
  scene.backdrop = draw_backdrop(scene.items, false, stream, split);
  return scene;
}

void SceneMaker::say_all(Scene& scene) {
  if (scene.style != Style::none) return;
  scene.say_backdrop = true;
  for (Item& item : scene.items) {
    if (item.tint) item.say_colour = true;
  }
}

Scene SceneMaker::with_new_backdrop(Scene scene, base::RandomStream stream, Split split) const {
  scene.backdrop = draw_backdrop(scene.items, true, stream, split);
  return scene;
}

Scene SceneMaker::twin_of(const Scene& scene, base::RandomStream stream, Split split) const {
  Scene twin = scene;
  const bool reversible = scene.relation == Relation::left_of || scene.relation == Relation::above;
  const bool recolourable =
      !scene.items.empty() && !scene.is_count() && scene.items[0].tint.has_value();
  const int change = stream.below(3);
  if (change == 0 && reversible) {
    std::swap(twin.items[0], twin.items[1]);
    arrange_pair(twin, stream);
  } else if (change <= 1 && recolourable) {
    const std::array taken = {*scene.items[0].tint, scene.backdrop.first, scene.backdrop.second};
    twin.items[0].tint = another_colour(stream, taken);
    twin.items[0].tint_shade = shade_of(*twin.items[0].tint, stream);
  } else if (scene.items.size() == 1 && stream.chance(0.3f)) {
    // Another thing in the same surroundings.
    const Item old = twin.items[0];
    twin.items[0] = draw_item(draw_thing(stream), stream);
    twin.items[0].x = old.x, twin.items[0].y = old.y, twin.items[0].size = old.size;
    twin.backdrop = scene.backdrop;
    if (is_held_out(twin.items[0].thing, twin.backdrop) != (split == Split::held_out))
      twin.items[0] = old;
  } else {
    twin.backdrop = draw_backdrop(twin.items, true, stream, split);
  }
  return twin;
}

std::string_view name_of(Style style) {
  constexpr std::array<std::string_view, kStyleCount> kNames = {
      "none", "black and white", "pixelated", "outline", "blurred", "pastel",
      "dark", "silhouette",      "sepia"};
  return kNames[std::size_t(style)];
}

}  // namespace clipguide::world
