#include "clipguide/weights/torch_tensor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "clipguide/base/error.h"
#include "clipguide/weights/safetensors.h"
#include "weights/hostile_files.h"

namespace clipguide::weights {
namespace {

constexpr at::ScalarType kTypes[] = {at::kDouble, at::kFloat, at::kHalf, at::kBFloat16, at::kLong,
                                     at::kInt,    at::kShort, at::kChar, at::kByte,     at::kBool};

TEST(TorchTensor, EveryDtypeAndShapeSurvivesAFile) {
  std::map<std::string, at::Tensor> tensors;
  for (const at::ScalarType type : kTypes) {
    tensors[std::string("plain ") + c10::toString(type)] =
        at::arange(12, at::kInt).view({3, 4}).to(type);
    tensors[std::string("scalar ") + c10::toString(type)] = at::ones({}, type);
    tensors[std::string("empty ") + c10::toString(type)] = at::empty({2, 0, 3}, type);
  }
  tensors["transposed"] = at::rand({3, 4}).t();
  tensors["leaf"] = at::rand({3}).requires_grad_();
  const std::string file = format_tensors(tensors, {{"key", "value"}});
  EXPECT_EQ(file, format_tensors(tensors, {{"key", "value"}}));

  const TensorStore store = parse_safetensors(test::bytes_of(file), "s");
  EXPECT_EQ(store.metadata.at("key"), "value");
  const auto read = to_tensors(store);
  ASSERT_EQ(read.size(), tensors.size());
  for (const auto& [name, tensor] : tensors) {
    EXPECT_EQ(read.at(name).dtype(), tensor.dtype()) << name;
    EXPECT_EQ(read.at(name).sizes(), tensor.sizes()) << name;
    EXPECT_TRUE(at::equal(read.at(name), tensor)) << name;
  }
}

TEST(TorchTensor, NeedsNoAlignment) {
  std::string storage(1 + 4 * 6, '\0');
  const float values[] = {0, 1, 2, 3, 4, 5};
  std::memcpy(storage.data() + 1, values, sizeof values);
  const auto bytes = test::bytes_of(storage).subspan(1);
  EXPECT_TRUE(at::equal(to_tensor({DType::f32, {2, 3}, {}, bytes}),
                        at::arange(6, at::kFloat).view({2, 3})));
  EXPECT_TRUE(at::equal(to_tensor({DType::f32, {3, 2}, {1, 3}, bytes}),
                        at::arange(6, at::kFloat).view({2, 3}).t()));
}

TEST(TorchTensor, OwnsItsCopy) {
  std::string storage(8, '\0');
  const at::Tensor tensor = to_tensor({DType::f32, {2}, {}, test::bytes_of(storage)});
  storage.assign(8, '\1');
  EXPECT_EQ(tensor.abs().sum().item<float>(), 0);
}

TEST(TorchTensor, ReadsAnyNonZeroByteAsTrue) {
  const at::Tensor tensor =
      to_tensor({DType::boolean, {3}, {}, test::bytes_of(std::string_view("\0\1\xff", 3))});
  EXPECT_EQ(tensor.to(at::kInt).sum().item<int>(), 2);
}

TEST(TorchTensor, RefusesViewsBeyondTheirBytes) {
  const std::string storage(20, '\0');
  const auto bytes = test::bytes_of(storage);
  EXPECT_THROW(to_tensor({DType::f32, {6}, {}, bytes}), base::ShapeError);
  EXPECT_THROW(to_tensor({DType::f32, {2, 2}, {4, 2}, bytes}), base::ShapeError);
  EXPECT_THROW(to_tensor({DType::f32, {2}, {-1}, bytes}), base::ShapeError);
  EXPECT_THROW(to_tensor({DType::f32, {INT64_MAX, 2}, {}, bytes}), base::ShapeError);
}

TEST(TorchTensor, ViewsOnlyWhatIsContiguousAndStorable) {
  const at::Tensor tensor = at::rand({2, 3});
  const TensorView view = to_view(tensor);
  EXPECT_EQ(static_cast<const void*>(view.bytes.data()), tensor.data_ptr());
  EXPECT_EQ(view.bytes.size(), 24u);
  EXPECT_THROW(to_view(tensor.t()), base::ShapeError);
  EXPECT_THROW(to_view(at::ones({2}, at::kComplexFloat)), base::FormatError);
}

}  // namespace
}  // namespace clipguide::weights
