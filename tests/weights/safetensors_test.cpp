#include "clipguide/weights/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"
#include "support/temporary_folder.h"
#include "weights/hostile_files.h"

namespace clipguide::weights {
namespace {

using testing::HasSubstr;

/// The message that a file is refused with, one line; empty when it is accepted.
std::string safetensors_refusal(const std::string& file) {
  try {
    parse_safetensors(test::bytes_of(file), "some.safetensors");
    return "";
  } catch (const base::Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("some.safetensors"));
    EXPECT_EQ(std::string_view(error.what()).find('\n'), std::string_view::npos);
    EXPECT_LT(std::strlen(error.what()), 1000u);
    return error.what();
  }
}

std::string safetensors_refusal(std::string_view header, std::size_t data_bytes) {
  return safetensors_refusal(test::safetensors(header, data_bytes));
}

TEST(Safetensors, ReadsTensorsAndMetadata) {
  const std::string file = test::safetensors(
      R"({"__metadata__":{"k":"v"},"b":{"dtype":"F16","shape":[2,1],"data_offsets":[4,8]},)"
      R"("a":{"shape":[],"data_offsets":[0,4],"dtype":"F32"}}   )",
      8);
  const TensorStore store = parse_safetensors(test::bytes_of(file), "s");
  ASSERT_EQ(store.tensors.size(), 2u);
  EXPECT_EQ(store.metadata.at("k"), "v");
  EXPECT_EQ(store.tensors.at("a").dtype, DType::f32);
  EXPECT_TRUE(store.tensors.at("a").shape.empty());
  EXPECT_EQ(store.tensors.at("b").shape, (std::vector<std::int64_t>{2, 1}));
  EXPECT_EQ(reinterpret_cast<const char*>(store.tensors.at("b").bytes.data()),
            file.data() + file.size() - 4);
}

TEST(Safetensors, AcceptsNoTensorsAndEmptyOnes) {
  EXPECT_EQ(safetensors_refusal("{}", 0), "");
  EXPECT_EQ(safetensors_refusal(R"({"a":{"dtype":"F32","shape":[0,4],"data_offsets":[0,0]},)"
                                R"("b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},)"
                                R"("c":{"dtype":"I8","shape":[0],"data_offsets":[2,2]}})",
                                2),
            "");
}

TEST(Safetensors, RefusesFilesWithoutAHeader) {
  EXPECT_THAT(safetensors_refusal(""), HasSubstr("8 bytes or more, got 0"));
  EXPECT_THAT(safetensors_refusal("1234567"), HasSubstr("got 7"));
  EXPECT_THAT(safetensors_refusal(test::packed(~std::uint64_t(0)) + "{}"),
              HasSubstr("18446744073709551615"));
  EXPECT_THAT(safetensors_refusal(test::packed(std::uint64_t(100'000'001)) + "{}"),
              HasSubstr("100000001"));
  EXPECT_THAT(safetensors_refusal(test::packed(std::uint64_t(3)) + "{}"),
              HasSubstr("at most 2 bytes, got 3"));
  EXPECT_THAT(safetensors_refusal(test::packed(std::uint64_t(0))), HasSubstr("begins with '{'"));
}

TEST(Safetensors, HoldsTheHeaderToTheLimitEvenWhenTheFileIsLarger) {
  const test::TemporaryFolder folder;
  base::write_file(folder / "a", test::packed(std::uint64_t(100'000'001)) + "{}");
  std::filesystem::resize_file(folder / "a", 200'000'000);  // sparse
  EXPECT_THROW(read_safetensors(folder / "a"), base::FormatError);
}

TEST(Safetensors, RefusesBrokenJson) {
  for (const char* header : {"[]", " {}", "{", "{}}", "{} x", "{\"a\":}", "{'a':1}", "{}//", "{,}"})
    EXPECT_NE(safetensors_refusal(header, 0), "") << header;
  EXPECT_THAT(safetensors_refusal("{\"\xff\":1}", 0), HasSubstr("header"));
  EXPECT_THAT(safetensors_refusal("\xef\xbb\xbf{}", 0), HasSubstr("begins with"));
  EXPECT_THAT(safetensors_refusal(std::string_view("{}\0junk", 7), 0), HasSubstr("NUL"));
}

TEST(Safetensors, RefusesDeepNestingWithoutFollowingIt) {
  const std::string arrays(1'000'000, '[');
  std::string objects = "{";
  for (int i = 0; i < 100'000; ++i) objects += "\"a\":{";
  EXPECT_THAT(safetensors_refusal("{\"a\":" + arrays, 0), HasSubstr("an array"));
  EXPECT_THAT(safetensors_refusal(objects, 0), HasSubstr("'a'"));
  EXPECT_THAT(safetensors_refusal(R"({"a":{"dtype":"F32","shape":[[1]],"data_offsets":[0,4]}})", 4),
              HasSubstr("'a'"));
  EXPECT_THAT(safetensors_refusal(R"({"__metadata__":{"a":{}}})", 0), HasSubstr("__metadata__"));
}

TEST(Safetensors, RefusesDuplicates) {
  EXPECT_THAT(safetensors_refusal(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                                  R"("a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
                                  2),
              HasSubstr("'a' twice"));
  EXPECT_THAT(safetensors_refusal(R"({"__metadata__":{},"__metadata__":{}})", 0),
              HasSubstr("twice"));
  EXPECT_THAT(safetensors_refusal(R"({"__metadata__":{"k":"1","k":"2"}})", 0),
              HasSubstr("'k' twice"));
  for (const char* field : {R"("dtype":"U8")", R"("shape":[1])", R"("data_offsets":[0,1])"})
    EXPECT_THAT(
        safetensors_refusal(
            std::string(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],)") + field + "}}",
            1),
        HasSubstr("twice"));
}

TEST(Safetensors, RefusesDataThatIsNotTiled) {
  const auto two = [](const char* first, const char* second, std::size_t data) {
    return safetensors_refusal(
        fmt::format(R"({{"a":{{"dtype":"U8","shape":[2],"data_offsets":{}}},)"
                    R"("b":{{"dtype":"U8","shape":[2],"data_offsets":{}}}}})",
                    first, second),
        data);
  };
  EXPECT_EQ(two("[2,4]", "[0,2]", 4), "");
  EXPECT_THAT(two("[0,2]", "[1,3]", 3),
              HasSubstr("'b': expected its data at byte 2, got 1 (an overlap)"));
  EXPECT_THAT(two("[0,2]", "[0,2]", 2), HasSubstr("overlap"));
  EXPECT_THAT(two("[0,2]", "[3,5]", 5), HasSubstr("got 3 (a hole)"));
  EXPECT_THAT(two("[1,3]", "[3,5]", 5), HasSubstr("hole"));
  EXPECT_THAT(two("[0,2]", "[2,4]", 5), HasSubstr("4 bytes of tensor data, got 5"));
  EXPECT_THAT(two("[0,2]", "[2,4]", 3), HasSubstr("4 bytes of tensor data, got 3"));
  EXPECT_THAT(two("[2,0]", "[2,4]", 4), HasSubstr("[begin, end]"));
  EXPECT_THAT(two("[-2,0]", "[0,2]", 2), HasSubstr("negative"));
  EXPECT_THAT(two("[0,2.0]", "[2,4]", 4), HasSubstr("fraction"));
  EXPECT_THAT(two("[0,2,2]", "[2,4]", 4), HasSubstr("[begin, end]"));
  EXPECT_THAT(two("[]", "[2,4]", 4), HasSubstr("[begin, end]"));
  EXPECT_THAT(two("[0,18446744073709551616]", "[2,4]", 4), HasSubstr("'a'"));
  EXPECT_THAT(two("[0,9223372036854775808]", "[2,4]", 4), HasSubstr("2^63"));
}

TEST(Safetensors, RefusesSizesThatDoNotFitNamingTheTensor) {
  const auto one = [](const char* dtype, const char* shape, std::size_t data) {
    return safetensors_refusal(
        fmt::format(R"({{"the.name":{{"dtype":{},"shape":{},"data_offsets":[0,{}]}}}})", dtype,
                    shape, data),
        data);
  };
  EXPECT_EQ(one("\"F32\"", "[2]", 8), "");
  EXPECT_THAT(one("\"F32\"", "[2]", 7),
              HasSubstr("'the.name': expected 8 bytes for F32 [2], got 7"));
  EXPECT_THAT(one("\"F32\"", "[4294967296,4294967296]", 0), HasSubstr("'the.name'"));
  EXPECT_THAT(one("\"F64\"", "[2305843009213693952]", 0), HasSubstr("2^63"));
  EXPECT_THAT(one("\"F8_E5M2\"", "[1]", 1), HasSubstr("'the.name': expected a dtype"));
  EXPECT_THAT(one("\"f32\"", "[1]", 4), HasSubstr("got 'f32'"));
  EXPECT_THAT(one("4", "[1]", 4), HasSubstr("'the.name'"));
  EXPECT_THAT(one("\"F32\"", "\"1\"", 4), HasSubstr("'the.name'"));
  EXPECT_THAT(one("\"F32\"", "[true]", 4), HasSubstr("'the.name'"));
  EXPECT_THAT(one("\"F32\"", "[null]", 4), HasSubstr("'the.name'"));
  std::string ones = "[1";
  for (int i = 0; i < 64; ++i) ones += ",1";
  EXPECT_THAT(one("\"U8\"", (ones + "]").c_str(), 1), HasSubstr("64 dimensions"));
}

TEST(Safetensors, RefusesEntriesThatAreNotTensors) {
  EXPECT_THAT(safetensors_refusal(R"({"a":{"dtype":"U8","shape":[0]}})", 0),
              HasSubstr("no data_offsets"));
  EXPECT_THAT(safetensors_refusal(R"({"a":{"dtype":"U8","data_offsets":[0,0]}})", 0),
              HasSubstr("no shape"));
  EXPECT_THAT(safetensors_refusal(R"({"a":{}})", 0), HasSubstr("no dtype"));
  EXPECT_THAT(safetensors_refusal(R"({"a":{"extra":1}})", 0), HasSubstr("field 'extra'"));
  EXPECT_THAT(safetensors_refusal(R"({"a":"text"})", 0), HasSubstr("'a'"));
  EXPECT_THAT(safetensors_refusal(R"({"a":[1]})", 0), HasSubstr("'a'"));
  EXPECT_THAT(safetensors_refusal(R"({"__metadata__":"text"})", 0), HasSubstr("__metadata__"));
  EXPECT_THAT(safetensors_refusal(R"({"__metadata__":{"k":1}})", 0), HasSubstr("__metadata__"));
}

TEST(Safetensors, ShowsHostileNamesOnOneShortLine) {
  const std::string message =
      safetensors_refusal("{\"\\u001b[2J\\n" + std::string(5000, 'n') + "\":{\"dtype\":\"x\"}}", 0);
  EXPECT_THAT(message, HasSubstr("\\x1b[2J\\x0an"));
  EXPECT_EQ(message.find('\x1b'), std::string::npos);
}

TEST(Safetensors, WritesWhatItReads) {
  const std::string data = "0123456789abcdef";
  const auto bytes = test::bytes_of(data);
  std::map<std::string, TensorView> tensors;
  tensors["z.wide"] = {DType::f64, {1}, {}, bytes.first(8)};
  tensors["a.narrow"] = {DType::u8, {3}, {}, bytes.subspan(5, 3)};
  tensors["m.half"] = {DType::bf16, {2, 1}, {}, bytes.first(4)};
  tensors["\xc3\xa9"] = {DType::f32, {0}, {}, {}};
  const std::string file = format_safetensors(tensors, {{"b", "2"}, {"a", "\"quoted\"\n"}});
  EXPECT_EQ(file, format_safetensors(tensors, {{"a", "\"quoted\"\n"}, {"b", "2"}}));

  const TensorStore store = parse_safetensors(test::bytes_of(file), "s");
  EXPECT_EQ(store.metadata.at("a"), "\"quoted\"\n");
  ASSERT_EQ(store.tensors.size(), tensors.size());
  for (const auto& [name, view] : store.tensors) {
    EXPECT_EQ(view.dtype, tensors[name].dtype) << name;
    EXPECT_EQ(view.shape, tensors[name].shape) << name;
    EXPECT_TRUE(std::equal(view.bytes.begin(), view.bytes.end(), tensors[name].bytes.begin(),
                           tensors[name].bytes.end()))
        << name;
    const auto offset = reinterpret_cast<const char*>(view.bytes.data()) - file.data();
    EXPECT_EQ(offset % std::ptrdiff_t(size_of(view.dtype)), 0) << name << " is aligned in the file";
  }
}

TEST(Safetensors, WritesNothingThatItWouldRefuse) {
  const std::string data(8, '\0');
  const auto bytes = test::bytes_of(data);
  EXPECT_THROW(format_safetensors({{"a", {DType::f32, {3}, {}, bytes}}}, {}), base::ShapeError);
  EXPECT_THROW(format_safetensors({{"a", {DType::f32, {1, 2}, {1, 1}, bytes}}}, {}),
               base::ShapeError);
  EXPECT_THROW(format_safetensors({{"a", {DType::f32, {-1}, {}, bytes}}}, {}), base::ShapeError);
  EXPECT_THROW(format_safetensors({{"\xff", {DType::f32, {2}, {}, bytes}}}, {}), base::FormatError);
  EXPECT_THROW(format_safetensors({{"__metadata__", {DType::f32, {2}, {}, bytes}}}, {}),
               base::FormatError);
}

}  // namespace
}  // namespace clipguide::weights
