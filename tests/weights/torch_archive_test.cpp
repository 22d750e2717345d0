#include "clipguide/weights/torch_archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "clipguide/base/error.h"
#include "clipguide/weights/torch_legacy.h"
#include "weights/hostile_files.h"

namespace clipguide::weights {
namespace {

using namespace test::pickle;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Key;

/// An archive with this value as its data.pkl and one storage "0" of `storage_bytes` bytes.
std::string archive(const std::string& value, std::size_t storage_bytes = 24) {
  return test::zip({{"r/data.pkl", file(value)}, {"r/data/0", std::string(storage_bytes, '\1')}});
}

std::string archive_refusal(const std::string& bytes) {
  try {
    parse_torch_archive(test::bytes_of(bytes), "some.pt");
    return "";
  } catch (const base::Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("some.pt"));
    return error.what();
  }
}

std::string view_refusal(const View& view) {
  return archive_refusal(archive(dict({{"w", tensor(view)}})));
}

TEST(TorchArchive, ReadsAViewWithItsOffsetAndStrides) {
  const std::string bytes = archive(dict(
      {{"w", tensor({.offset = 1, .shape = {2, 2}, .strides = {1, 3}})}, {"epoch", integer(3)}}));
  const TensorStore store = parse_torch_archive(test::bytes_of(bytes), "s");
  ASSERT_THAT(store.tensors, ElementsAre(Key("w")));
  const TensorView& view = store.tensors.at("w");
  EXPECT_EQ(view.dtype, DType::f32);
  EXPECT_THAT(view.strides, ElementsAre(1, 3));
  EXPECT_EQ(view.bytes.size(), 5u * 4u) << "from its first element to its last";
}

TEST(TorchArchive, HoldsViewsToTheirStorage) {
  EXPECT_EQ(view_refusal({}), "");
  EXPECT_EQ(view_refusal({.offset = 6, .shape = {0}, .strides = {1}}), "");
  EXPECT_THAT(view_refusal({.offset = 1}), HasSubstr("'w': expected a view into 6 elements"));
  EXPECT_THAT(view_refusal({.offset = -1}), HasSubstr("'w'"));
  EXPECT_THAT(view_refusal({.offset = INT64_MAX}), HasSubstr("'w'"));
  EXPECT_THAT(view_refusal({.shape = {7}}), HasSubstr("'w'"));
  EXPECT_THAT(view_refusal({.shape = {3}, .strides = {3}}), HasSubstr("'w'"));
  EXPECT_THAT(view_refusal({.shape = {2}, .strides = {-1}}), HasSubstr("'w'"));
  EXPECT_THAT(view_refusal({.shape = {-2}}), HasSubstr("'w'"));
  EXPECT_THAT(view_refusal({.shape = {2, 3}, .strides = {1}}), HasSubstr("'w'"));
  EXPECT_THAT(view_refusal({.shape = {INT64_MAX, 4}, .strides = {0, 0}}), HasSubstr("'w'"));
  EXPECT_THAT(view_refusal({.shape = {3, 3}, .strides = {INT64_MAX, INT64_MAX}}), HasSubstr("'w'"));
  EXPECT_THAT(view_refusal({.elements = 5, .shape = {5}}), HasSubstr("storage '0'"));
  EXPECT_THAT(view_refusal({.elements = 7}), HasSubstr("expected 7 elements of F32, got 24 bytes"));
  EXPECT_THAT(view_refusal({.elements = -1}), HasSubstr("storage '0'"));
  EXPECT_THAT(view_refusal({.elements = INT64_MAX}), HasSubstr("storage '0'"));
  EXPECT_THAT(view_refusal({.key = "../0"}), HasSubstr("'r/data/../0', got none"));
  EXPECT_THAT(view_refusal({.type = "ComplexFloatStorage"}), HasSubstr("ComplexFloatStorage"));
}

TEST(TorchArchive, RefusesToBlowUpExpandedOrSharedStorages) {
  EXPECT_EQ(view_refusal({.shape = {1000, 6}, .strides = {0, 1}}), "") << "expanded a little";
  const View bomb{.shape = {1 << 25}, .strides = {0}};
  EXPECT_THAT(view_refusal(bomb), HasSubstr("'w': expected at most"));
  const std::string half = tensor({.shape = {10 << 20}, .strides = {0}});
  EXPECT_THAT(archive_refusal(archive(dict({{"a", half}, {"b", half}}))), HasSubstr("'b'"));
}

TEST(TorchArchive, NeverExecutesAndRefusesHostileGlobalsByName) {
  const std::string command = text("touch /tmp/clipguide-was-here");
  for (const char* module : {"os", "posix", "subprocess", "torch.hub", "torch.serialization"})
    EXPECT_THAT(archive_refusal(archive(dict({{"w", call(global(module, "system"), {command})}}))),
                HasSubstr(fmt::format("'{}.system', which is refused", module)));
  EXPECT_THAT(archive_refusal(archive(global("torch._utils", "_rebuild_tensor_v2.__globals__"))),
              HasSubstr("refused"));
  EXPECT_THAT(archive_refusal(archive(global("__torch__x", "Model"))), HasSubstr("refused"));
  EXPECT_THAT(archive_refusal(archive(global("torch.nn.modules.linear", "Linear"))),
              HasSubstr("refused"));
}

TEST(TorchArchive, RefusesTensorsMadeOfAnythingElse) {
  const std::string rebuild = global("torch._utils", "_rebuild_tensor_v2");
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {},
           {"N", "N", "N", "N"},
           {"NQ", integer(0), integers({1}), integers({1})},
           {tuple({text("storage")}) + "Q", integer(0), integers({1}), integers({1})},
           {tuple({text("module"), global("torch", "FloatStorage"), text("0"), text("cpu"),
                   integer(6)}) +
                "Q",
            integer(0), integers({1}), integers({1})},
           {tuple({text("storage"), global("torch", "FloatStorage"), text("0"), text("cpu"),
                   integer(6)}) +
                "Q",
            integer(0), tuple({"N"}), integers({1})},
           {tuple({text("storage"), global("torch", "FloatStorage"), text("0"), text("cpu"),
                   integer(6)}) +
                "Q",
            integer(0), "N", "N"}})
    EXPECT_NE(archive_refusal(archive(dict({{"w", call(rebuild, arguments)}}))), "");
}

TEST(TorchArchive, ReadsModuleTreesAsDottedNames) {
  const auto object = [](const std::string& name, const std::string& state) {
    return global("__torch__.some.module", name) + ")\x81" + state + "b";
  };
  const std::string tree =
      object("Model", dict({{"visual", object("Tower", dict({{"proj", tensor({})},
                                                             {"training", "\x89"},
                                                             {"act", object("Act", "}")}}))},
                            {"logit_scale", tensor({.shape = {}, .strides = {}})}}));
  const std::string bytes = archive(tree);
  const TensorStore store = parse_torch_archive(test::bytes_of(bytes), "s");
  EXPECT_THAT(store.tensors, ElementsAre(Key("logit_scale"), Key("visual.proj")));
}

TEST(TorchArchive, FindsTheStateDictOfACheckpoint) {
  for (const char* entry : {"state_dict", "model_state_dict"}) {
    const std::string bytes =
        archive(dict({{"optimizer", dict({{"state", tensor({})}})},
                      {entry, dict({{"module.a", tensor({})}, {"module.b.c", tensor({})}})},
                      {"epoch", integer(1)}}));
    EXPECT_THAT(parse_torch_archive(test::bytes_of(bytes), "s").tensors,
                ElementsAre(Key("a"), Key("b.c")));
  }
  const std::string mixed = archive(dict({{"module.a", tensor({})}, {"b", tensor({})}}));
  EXPECT_THAT(parse_torch_archive(test::bytes_of(mixed), "s").tensors,
              ElementsAre(Key("b"), Key("module.a")))
      << "a prefix that not all share is part of the name";
}

TEST(TorchArchive, ReadsOrderedDictsOfBothPythons) {
  const std::string type = global("collections", "OrderedDict");
  const auto pair = [](const std::string& key, const std::string& value) {
    return "](" + text(key) + value + "e";
  };
  const std::string python2 = call(type, {"](" + pair("a", tensor({})) + pair("b", "N") + "e"});
  const std::string python3 = call(type, {}) + "(" + text("a") + tensor({}) + "u";
  for (const std::string& value : {python2, python3}) {
    const std::string bytes = archive(value);
    EXPECT_THAT(parse_torch_archive(test::bytes_of(bytes), "s").tensors, ElementsAre(Key("a")));
  }
  EXPECT_THAT(archive_refusal(archive(call(type, {"](" + integer(1) + "e"}))), HasSubstr("pairs"));
  EXPECT_THAT(archive_refusal(archive(call(type, {"]", "]"}))), HasSubstr("pairs"));
}

TEST(TorchArchive, RefusesANameTwice) {
  EXPECT_THAT(archive_refusal(archive(dict({{"a", tensor({})}, {"a", tensor({})}}))),
              HasSubstr("'a' twice"));
  EXPECT_THAT(
      archive_refusal(archive(dict({{"a.b", tensor({})}, {"a", dict({{"b", tensor({})}})}}))),
      HasSubstr("'a.b' twice"));
}

TEST(TorchArchive, BoundsDepthCyclesAndSharing) {
  EXPECT_THAT(archive_refusal(archive("}q\1" + text("self") + "h\1s")), HasSubstr("64 deep"))
      << "a cycle";
  std::string deep = "}";
  for (int i = 0; i < 70; ++i) deep = dict({{"m", deep}});
  EXPECT_THAT(archive_refusal(archive(deep)), HasSubstr("64 deep"));
  // Forty dicts, each holding the one before twice: 2^40 entries to look at.
  std::string laughs = "}q" + std::string(1, '\0') + "0";
  for (char level = 0; level < 40; ++level)
    laughs += "}(" + text("a") + "h" + std::string(1, level) + text("b") + "h" +
              std::string(1, level) + "uq" + std::string(1, char(level + 1)) + "0";
  EXPECT_THAT(archive_refusal(archive(laughs + "h\x28")), HasSubstr("entries"));
  EXPECT_THAT(archive_refusal(archive(dict({{std::string(1025, 'n'), "N"}}))),
              HasSubstr("1024 bytes"));
}

TEST(TorchArchive, RefusesArchivesOfAnotherKind) {
  EXPECT_THAT(archive_refusal(test::zip({{"a.txt", "x"}})), HasSubstr("without data.pkl"));
  EXPECT_THAT(archive_refusal(test::zip({{"a/b/data.pkl", file("}")}})),
              HasSubstr("without data.pkl"));
  EXPECT_THAT(archive_refusal(test::zip({{"a/data.pkl", file("}")}, {"b/data.pkl", file("}")}})),
              HasSubstr("one data.pkl"));
  EXPECT_THAT(archive_refusal(test::zip({{"a/data.pkl", file("}")}, {"a/byteorder", "big"}})),
              HasSubstr("'big'"));
  EXPECT_THAT(archive_refusal(archive(tensor({}))), HasSubstr("state dict"));
  EXPECT_THAT(archive_refusal(archive("]")), HasSubstr("state dict"));
}

TEST(TorchArchive, InflatesDeflatedStorages) {
  const std::string bytes = test::zip({{"r/data.pkl", file(dict({{"w", tensor({})}})), true},
                                       {"r/data/0", std::string(24, '\7'), true}});
  const TensorStore store = parse_torch_archive(test::bytes_of(bytes), "s");
  EXPECT_EQ(store.tensors.at("w").bytes.size(), 24u);
  EXPECT_EQ(store.tensors.at("w").bytes[23], std::byte(7));
}

// --- the stream from before PyTorch 1.6

constexpr std::string_view kMagic("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 12);

std::string stream(const std::string& value, const std::string& tail) {
  return file(std::string(kMagic)) + file("M\xe9\x03") + file(dict({{"little_endian", "\x88"}})) +
         file(value) + tail;
}

std::string legacy_refusal(const std::string& bytes) {
  try {
    parse_torch_legacy(test::bytes_of(bytes), "some.pt");
    return "";
  } catch (const base::Error& error) {
    return error.what();
  }
}

TEST(TorchLegacy, HoldsStoragesToTheFile) {
  const std::string value = dict({{"w", tensor({})}}), keys = file("](" + text("0") + "e");
  const std::string storage = test::packed(std::int64_t(6)) + std::string(24, '\1');
  const std::string good = stream(value, keys + storage);
  EXPECT_EQ(legacy_refusal(good), "");
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_NE(legacy_refusal(good.substr(0, size)), "") << size;
  EXPECT_THAT(legacy_refusal(good + "x"), HasSubstr("1 bytes more"));
  EXPECT_THAT(
      legacy_refusal(stream(value, keys + test::packed(std::int64_t(5)) + storage.substr(8))),
      HasSubstr("expected 6 elements"));
  EXPECT_THAT(legacy_refusal(stream(value, file("]"))), HasSubstr("expected a storage '0'"));
  EXPECT_THAT(legacy_refusal(stream(value, file("](" + text("1") + "e") + storage)),
              HasSubstr("'1'"));
  EXPECT_THAT(
      legacy_refusal(stream(value, file("](" + text("0") + text("0") + "e") + storage + storage)),
      HasSubstr("once each"));
}

TEST(TorchLegacy, RefusesAnotherPreamble) {
  EXPECT_THAT(legacy_refusal(file("}")), HasSubstr("magic"));
  EXPECT_THAT(legacy_refusal(file(std::string(kMagic)) + file("M\xe8\x03") + file("}")),
              HasSubstr("1001"));
  EXPECT_THAT(legacy_refusal(file(std::string(kMagic)) + file("M\xe9\x03") +
                             file(dict({{"little_endian", "\x89"}}))),
              HasSubstr("big-endian"));
  EXPECT_THAT(legacy_refusal(file(call(global("os", "system"), {text("true")}))),
              HasSubstr("'os.system'"));
}

}  // namespace
}  // namespace clipguide::weights
