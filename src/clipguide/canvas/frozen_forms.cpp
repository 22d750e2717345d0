#include "clipguide/canvas/frozen_forms.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "clipguide/base/parallel.h"
#include "clipguide/imaging/autograd_plan.h"
#include "clipguide/kernels/buffer_pool.h"
#include "clipguide/kernels/packed_matrix.h"

namespace clipguide::canvas {
namespace {

using kernels::Finish;
using kernels::Kernels;
using kernels::PackedMatrix;
using kernels::Product;
using kernels::row_stride;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr int kFormsAtOnce = 8;  // that suit the caches, and bound the memory

struct Layer {
  PackedMatrix forward, backward;
  int in = 0, out = 0;
};

/// weight [out, in, 3, 3] -> products of the nine places, there and back with them turned round.
Layer wide_layer(const FormWeights::Layer& layer, double scale, const Kernels& kernels) {
  const at::Tensor weight = layer.weight.detach() * scale;
  const auto packed = [&](const at::Tensor& turned, const at::Tensor& bias) {
    return PackedMatrix(kernels, turned.flatten(0, 1).contiguous(), bias);
  };
  return {packed(weight.permute({2, 3, 1, 0}), layer.bias.detach()),
          packed(weight.flip({2, 3}).permute({2, 3, 0, 1}), {}), int(weight.size(1)),
          int(weight.size(0))};
}

/// Columns [first, last) of a product, both in panels.
Product columns_of(Product p, int first, int last, const Kernels& kernels) {
  const int begin = first * kernels.panel;
  const bool f32 = p.finish == Finish::store_f32 || p.finish == Finish::add_f32;
  const auto shifted = [&](void* rows, std::size_t element) {
    return rows ? static_cast<void*>(static_cast<std::byte*>(rows) + std::size_t(begin) * element)
                : nullptr;
  };
  const std::size_t element = kernels.element_bytes();
  p.b.data = static_cast<const std::byte*>(p.b.data) +
             std::size_t(begin) * std::size_t(p.b.taps) * std::size_t(p.b.depth) * element;
  const int columns = p.b.columns, out = p.out_columns ? p.out_columns : columns;
  p.b.columns = std::min(columns, last * kernels.panel) - begin;
  p.out_columns = std::min(out, last * kernels.panel) - begin;
  if (p.bias) p.bias += begin;
  p.out = shifted(p.out, f32 ? sizeof(float) : element);
  p.add = shifted(const_cast<void*>(p.add), element);
  p.slope = shifted(p.slope, element);
  return p;
}

/// Where what belongs to a form begins.
const std::byte* first_row(const at::Tensor& rows, std::int64_t form) {
  return static_cast<const std::byte*>(rows.data_ptr()) +
         form * rows.stride(0) * std::int64_t(rows.element_size());
}

}  // namespace

class FrozenForms::Engine {
 public:
  Engine(const FormWeights& weights, const Kernels& kernels);

  /// code [M, C] -> what the last layer draws of each cell, [M, cells, planes * pixels]. `kept` is
  /// given back by the caller; null: there is no way back.
  at::Tensor forward(const at::Tensor& code, kernels::Buffer* kept);
  at::Tensor backward(const at::Tensor& d_cells, const kernels::Buffer& kept);
  void give_back(kernels::Buffer kept) { kept_.give_back(std::move(kept)); }

  int side() const { return kCoarsestCells << levels_.size(); }  // cells of the finest grid

 private:
  struct Level {
    Layer enter, stay;
    int side = 0;
  };
  /// The slopes of one chunk's activations: the stem's, then two a level.
  using Slopes = std::vector<std::byte*>;
  struct Work {
    float* sums;  // f32, that the shortcuts add up in
    std::byte *x, *y, *z;
  };

  std::int64_t stem_row() const {
    return std::int64_t(kCoarsestCells) * kCoarsestCells * row_stride(first_);
  }
  Slopes slopes(int forms, kernels::Carver& carver) const;
  Work work(int forms, kernels::Carver& carver) const;
  template <class Take>
  std::size_t bytes_of(const Take& take) const;

  void forward_chunk(const std::byte* code, int forms, const Slopes& slopes, Work work,
                     float* cells) const;
  void backward_chunk(const std::byte* d_cells, int forms, const Slopes& slopes, Work work,
                      float* d_code) const;
  void multiply(const Product& product) const;
  Product wide(const PackedMatrix& weight, int forms, int side, const std::byte* in,
               int in_channels, void* out, int out_channels, Finish finish) const;
  at::Tensor elements(const at::Tensor& values) const;
  /// Equal chunks of the forms, and the memory of each.
  struct Split {
    std::int64_t chunks = 0;
    int most = 0;
    std::size_t kept_each = 0, scratch_each = 0;
  };
  Split split(std::int64_t forms) const;
  template <class Body>
  void each_chunk(std::int64_t forms, std::byte* kept, const Body& body);

  const Kernels& kernels_;
  int code_length_, first_;  // first_: channels of the coarsest grid
  PackedMatrix stem_, stem_back_;
  std::vector<Level> levels_;
  Layer out_;
  std::int64_t largest_ = 0;  // elements of the largest activation of one form
  kernels::Buffer zeros_;
  kernels::BufferPool kept_, scratch_;
};

FrozenForms::Engine::Engine(const FormWeights& weights, const Kernels& kernels)
    : kernels_(kernels),
      code_length_(int(weights.stem.weight.size(1))),
      first_(int(weights.stem.weight.size(0)) / (kCoarsestCells * kCoarsestCells)),
      out_(wide_layer(weights.out, 1, kernels)) {
  // The stem's rows are all cells of a form, each as wide as the rows that follow.
  const std::int64_t cells = std::int64_t(kCoarsestCells) * kCoarsestCells;
  const auto of_rows = [&](const at::Tensor& columns) {  // [first * cells, ..] -> [row, ..]
    const at::Tensor turned = columns.view({first_, cells, -1}).transpose(0, 1);
    return at::constant_pad_nd(turned, {0, 0, 0, row_stride(first_) - first_}).flatten(0, 1);
  };
  const at::Tensor stem = of_rows(weights.stem.weight.detach());
  stem_ = PackedMatrix(kernels, stem.t().contiguous(),
                       of_rows(weights.stem.bias.detach().unsqueeze(1)).flatten());
  stem_back_ = PackedMatrix(kernels, stem.contiguous());

  // Pooling takes a mean of four, and spreading its way back a quarter: a sum is wanted.
  constexpr double kSum = 4;
  int side = kCoarsestCells, widest = std::max(first_, out_.out);
  largest_ = stem_row();
  for (const FormWeights::Level& level : weights.levels) {
    side *= 2;
    levels_.push_back(
        {wide_layer(level.enter, kSum, kernels), wide_layer(level.stay, 1, kernels), side});
    const Layer& enter = levels_.back().enter;
    widest = std::max({widest, enter.in, enter.out});
    largest_ =
        std::max(largest_, std::int64_t(side) * side * row_stride(std::max(enter.in, enter.out)));
  }
  zeros_ = kernels::Buffer(std::size_t(row_stride(widest)) * sizeof(float));
}

FrozenForms::Engine::Slopes FrozenForms::Engine::slopes(int forms, kernels::Carver& carver) const {
  const auto take = [&](std::int64_t count) {
    return carver.take(forms * count * std::int64_t(kernels_.element_bytes()));
  };
  Slopes slopes = {take(stem_row())};
  for (const Level& level : levels_)
    for (int activation = 0; activation < 2; ++activation)
      slopes.push_back(take(std::int64_t(level.side) * level.side * row_stride(level.stay.out)));
  return slopes;
}

FrozenForms::Engine::Work FrozenForms::Engine::work(int forms, kernels::Carver& carver) const {
  const auto take = [&] {
    return carver.take(forms * largest_ * std::int64_t(kernels_.element_bytes()));
  };
  float* const sums = carver.take<float>(forms * largest_);
  return {sums, take(), take(), take()};
}

template <class Take>
std::size_t FrozenForms::Engine::bytes_of(const Take& take) const {
  kernels::Carver carver(nullptr);
  take(carver);
  return carver.taken();
}

/// Several forms go to threads by chunks, few by the columns of their products.
void FrozenForms::Engine::multiply(const Product& product) const {
  const int panels = int(kernels::whole(product.b.columns, kernels_.panel)) / kernels_.panel;
  const int parts = std::min(base::threads(), panels);
  base::run_parallel(parts, base::threads(), [&](std::int64_t index) {
    const base::Part part = base::part_of(panels, parts, index);
    kernels_.multiply(columns_of(product, int(part.begin), int(part.end), kernels_));
  });
}

Product FrozenForms::Engine::wide(const PackedMatrix& weight, int forms, int side,
                                  const std::byte* in, int in_channels, void* out, int out_channels,
                                  Finish finish) const {
  Product product;
  product.a = {in, row_stride(in_channels), side, side, zeros_.data()};
  product.rows = std::int64_t(forms) * side * side;
  product.b = weight.panels();
  product.bias = weight.bias();
  product.finish = finish;
  product.out = out, product.out_stride = row_stride(out_channels);
  // Padding too, as zeros: the next product may read it.
  product.out_columns = int(kernels::whole(out_channels, kernels_.panel));
  return product;
}

void FrozenForms::Engine::forward_chunk(const std::byte* code, int forms, const Slopes& slopes,
                                        Work work, float* cells) const {
  auto [sums, x, y, z] = work;  // y: activations, z: the same on a finer grid
  Product stem;
  stem.a = {code, row_stride(code_length_)};
  stem.rows = forms;
  stem.b = stem_.panels();
  stem.bias = stem_.bias();
  stem.finish = Finish::store_f32;
  stem.out = sums, stem.out_stride = stem_row();
  multiply(stem);
  kernels_.silu(sums, forms * stem_row(), y, slopes[0]);

  int channels = first_;
  for (std::size_t i = 0; i < levels_.size(); ++i) {
    const auto& [enter, stay, side] = levels_[i];
    const std::int64_t count = std::int64_t(forms) * side * side * row_stride(stay.out);
    kernels_.unpool(y, forms, side, side, row_stride(channels), nullptr, z);
    multiply(wide(enter.forward, forms, side, z, enter.in, sums, enter.out, Finish::store_f32));
    kernels_.silu(sums, count, y, slopes[2 * i + 1]);
    multiply(wide(stay.forward, forms, side, y, stay.in, sums, stay.out, Finish::add_f32));
    kernels_.silu(sums, count, y, slopes[2 * i + 2]);
    channels = stay.out;
  }

  Product drawn = wide(out_.forward, forms, side(), y, out_.in, cells, out_.out, Finish::store_f32);
  drawn.out_stride = drawn.out_columns = out_.out;
  multiply(drawn);
}

void FrozenForms::Engine::backward_chunk(const std::byte* d_cells, int forms, const Slopes& slopes,
                                         Work work, float* d_code) const {
  auto [sums, x, y, z] = work;
  // Gradients to sums: through each activation by its slope.
  Product drawn =
      wide(out_.backward, forms, side(), d_cells, out_.out, x, out_.in, Finish::multiply);
  drawn.slope = slopes.back(), drawn.slope_stride = drawn.out_stride;
  multiply(drawn);

  for (std::size_t i = levels_.size(); i-- > 0;) {
    const auto& [enter, stay, side] = levels_[i];
    Product both = wide(stay.backward, forms, side, x, stay.out, y, stay.in, Finish::multiply);
    both.slope = slopes[2 * i + 1], both.slope_stride = both.out_stride;
    both.add = x, both.add_stride = both.out_stride;  // the shortcut
    multiply(both);
    multiply(wide(enter.backward, forms, side, y, enter.out, z, enter.in, Finish::store));
    kernels_.pool(z, forms, side, side, row_stride(enter.in), y);
    kernels_.times(y, slopes[2 * i],
                   std::int64_t(forms) * (side / 2) * (side / 2) * row_stride(enter.in), x);
  }

  // The stem's products read the padding too, of whose columns not all kernels write all.
  const std::size_t element = kernels_.element_bytes(), row = std::size_t(row_stride(first_));
  for (std::size_t at = 0; at < std::size_t(forms * stem_row()); at += row)
    std::fill(x + (at + std::size_t(first_)) * element, x + (at + row) * element, std::byte(0));
  Product stem;
  stem.a = {x, stem_row()};
  stem.rows = forms;
  stem.b = stem_back_.panels();
  stem.finish = Finish::store_f32;
  stem.out = d_code, stem.out_stride = code_length_;
  multiply(stem);
}

/// Rows [.., C] of f32 as the kernels' elements, padded with zeros.
at::Tensor FrozenForms::Engine::elements(const at::Tensor& values) const {
  const std::int64_t channels = values.size(-1);
  const at::Tensor rows =
      at::constant_pad_nd(values, {0, row_stride(int(channels)) - channels}).contiguous();
  if (kernels_.element == kernels::Element::f32) return rows;
  const at::Tensor narrow = at::empty(rows.sizes(), rows.options().dtype(at::kBFloat16));
  kernels_.narrow(rows.data_ptr<float>(), rows.numel(), narrow.data_ptr());
  return narrow;
}

FrozenForms::Engine::Split FrozenForms::Engine::split(std::int64_t forms) const {
  Split s;
  s.chunks = (forms + kFormsAtOnce - 1) / kFormsAtOnce;
  if (s.chunks == 0) return s;
  s.most = int((forms + s.chunks - 1) / s.chunks);
  s.kept_each = bytes_of([&](auto& carver) { slopes(s.most, carver); });
  s.scratch_each = bytes_of([&](auto& carver) { work(s.most, carver); });
  return s;
}

/// body(first form, forms, slopes or none, work) for each chunk.
template <class Body>
void FrozenForms::Engine::each_chunk(std::int64_t forms, std::byte* kept, const Body& body) {
  const Split s = split(forms);
  base::run_parallel(s.chunks, base::threads(), [&](std::int64_t index) {
    const base::Part part = base::part_of(forms, s.chunks, index);
    kernels::Buffer scratch = scratch_.take(s.scratch_each);
    kernels::Carver scratch_carver(scratch.data());
    const Work some = work(s.most, scratch_carver);
    kernels::Carver kept_carver(kept ? kept + std::size_t(index) * s.kept_each : nullptr);
    const int count = int(part.end - part.begin);
    body(part.begin, count,
         kept ? slopes(count, kept_carver) : Slopes(1 + 2 * levels_.size(), nullptr), some);
    scratch_.give_back(std::move(scratch));
  });
}

at::Tensor FrozenForms::Engine::forward(const at::Tensor& code, kernels::Buffer* kept) {
  const std::int64_t forms = code.size(0), cells = std::int64_t(side()) * side();
  const at::Tensor rows = elements(code);
  const at::Tensor drawn = at::empty({forms, cells, out_.out}, code.options());
  if (kept) {
    const Split s = split(forms);
    *kept = kept_.take(s.kept_each * std::size_t(s.chunks));
  }
  each_chunk(forms, kept ? kept->data() : nullptr,
             [&](std::int64_t first, int count, const Slopes& slopes, const Work& work) {
               forward_chunk(first_row(rows, first), count, slopes, work,
                             drawn.data_ptr<float>() + first * cells * out_.out);
             });
  return drawn;
}

at::Tensor FrozenForms::Engine::backward(const at::Tensor& d_cells, const kernels::Buffer& kept) {
  const std::int64_t forms = d_cells.size(0);
  const at::Tensor rows = elements(d_cells);
  const at::Tensor d_code = at::empty({forms, code_length_}, d_cells.options());
  each_chunk(forms, kept.data(),
             [&](std::int64_t first, int count, const Slopes& slopes, const Work& work) {
               backward_chunk(first_row(rows, first), count, slopes, work,
                              d_code.data_ptr<float>() + first * code_length_);
             });
  return d_code;
}

namespace {

/// cells [M, side * side, planes * pixels] -> [M, planes, S, S]
at::Tensor pixels_of_cells(const at::Tensor& cells, int side) {
  return at::sigmoid(cells.view({-1, side, side, kFormPlanes, kCellPixels, kCellPixels})
                         .permute({0, 3, 1, 4, 2, 5})
                         .reshape({-1, kFormPlanes, side * kCellPixels, side * kCellPixels}));
}

/// What a forward pass left behind.
struct KeptForms {
  std::shared_ptr<FrozenForms::Engine> engine;
  kernels::Buffer kept = {};

  explicit KeptForms(std::shared_ptr<FrozenForms::Engine> e) : engine(std::move(e)) {}
  KeptForms(KeptForms&&) = default;
  ~KeptForms() {
    if (engine) engine->give_back(std::move(kept));
  }
};

struct DrawCells : torch::autograd::Function<DrawCells> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& code,
                            const imaging::PlanPointer<KeptForms>& holder) {
    imaging::keep_plan(context, holder);
    return holder->plan.engine->forward(code, &holder->plan.kept);
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto holder = imaging::kept_plan<KeptForms>(context);
    return {holder->plan.engine->backward(gradients[0].contiguous(), holder->plan.kept), {}};
  }
};

}  // namespace

FrozenForms::FrozenForms(const FormWeights& weights, const Kernels& kernels)
    : engine_(std::make_shared<Engine>(weights, kernels)) {}

FrozenForms::~FrozenForms() = default;

at::Tensor FrozenForms::draw(const at::Tensor& code) const {
  const bool trains = at::GradMode::is_enabled() && code.requires_grad();
  const at::Tensor cells =
      trains ? DrawCells::apply(
                   code, c10::make_intrusive<imaging::PlanHolder<KeptForms>>(KeptForms(engine_)))
             : engine_->forward(code.detach().contiguous(), nullptr);
  return pixels_of_cells(cells, engine_->side());
}

}  // namespace clipguide::canvas
