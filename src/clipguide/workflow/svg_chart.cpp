#include "clipguide/workflow/svg_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "clipguide/base/error.h"
#include "clipguide/workflow/html_page.h"

namespace clipguide::workflow {
namespace {

// Contrast of 3:1 and more on white and on black.
constexpr std::array<const char*, 6> kColours = {"#3b82c4", "#d9730d", "#2e9e5b",
                                                 "#a05cd0", "#d9484f", "#8a8370"};
constexpr std::array<const char*, 4> kDashes = {"", "8 4", "2 3", "10 3 2 3"};
constexpr int kLeft = 64, kTop = 12, kBottom = 48, kLegend = 150;

struct Axis {
  double low = 0, high = 1;
  bool logarithmic = false;
  double start_px = 0, end_px = 1;

  bool shows(double value) const { return std::isfinite(value) && (!logarithmic || value > 0); }
  double place(double value) const {
    const double share =
        logarithmic ? std::log(value / low) / std::log(high / low) : (value - low) / (high - low);
    return start_px + share * (end_px - start_px);
  }
};

/// Limits that hold all values, with air around those of a linear axis.
Axis axis_of(const std::vector<const std::vector<double>*>& values, bool logarithmic, bool air) {
  Axis axis;
  axis.logarithmic = logarithmic;
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const std::vector<double>* list : values)
    for (const double value : *list)
      if (axis.shows(value)) low = std::min(low, value), high = std::max(high, value);
  if (!(low <= high)) low = high = 1;
  if (logarithmic) {
    if (low == high) low /= 2, high *= 2;
  } else {
    if (low == high) low -= 0.5, high += 0.5;
    const double gap = air ? 0.05 * (high - low) : 0;
    low -= gap, high += gap;
  }
  axis.low = low, axis.high = high;
  return axis;
}

std::string number(double value) {
  const double size = std::abs(value);
  if (size != 0 && (size < 1e-3 || size >= 1e5)) return fmt::format("{:.0e}", value);
  return fmt::format("{:.4g}", value);
}

/// Early is cool, late is warm, all of middling lightness.
std::string shade_colour(double shade) {
  return fmt::format("hsl({:.0f} 65% 50%)", 260 - 245 * std::clamp(shade, 0.0, 1.0));
}

std::string text_at(double x, double y, const char* anchor, std::string_view words,
                    std::string_view more = "") {
  return fmt::format(
      "<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" fill=\"currentColor\"{}>{}</text>\n", x,
      y, anchor, more, escape_html(words));
}

std::string frame(const Chart& chart, const Axis& x, const Axis& y) {
  std::string svg;
  const auto line = [&](double x1, double y1, double x2, double y2, const char* opacity) {
    svg += fmt::format(
        "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"currentColor\" "
        "stroke-opacity=\"{}\"/>\n",
        x1, y1, x2, y2, opacity);
  };
  for (const double value : ticks(x.low, x.high, 8, x.logarithmic)) {
    line(x.place(value), y.start_px, x.place(value), y.end_px, "0.15");
    svg += text_at(x.place(value), y.start_px + 16, "middle", number(value));
  }
  for (const double value : ticks(y.low, y.high, 6, y.logarithmic)) {
    line(x.start_px, y.place(value), x.end_px, y.place(value), "0.15");
    svg += text_at(x.start_px - 6, y.place(value) + 4, "end", number(value));
  }
  line(x.start_px, y.start_px, x.end_px, y.start_px, "0.8");
  line(x.start_px, y.start_px, x.start_px, y.end_px, "0.8");
  svg += text_at((x.start_px + x.end_px) / 2, y.start_px + 36, "middle", chart.x_label);
  const double middle = (y.start_px + y.end_px) / 2;
  svg += text_at(14, middle, "middle", chart.y_label,
                 fmt::format(" transform=\"rotate(-90 14 {:.1f})\"", middle));
  return svg;
}

/// Pieces between the gaps; a point alone is a dot.
std::string line_of(const ChartSeries& series, const Axis& x, const Axis& y,
                    const std::string& stroke) {
  std::string svg, path;
  double px = 0, py = 0;
  int points = 0;
  const auto finish = [&] {
    if (points == 1)
      svg += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\" fill=\"none\" {}/>\n", px, py,
                         stroke);
    else if (points > 1)
      svg += fmt::format("<path d=\"{}\" fill=\"none\" {}/>\n", path, stroke);
    path.clear();
    points = 0;
  };
  for (std::size_t i = 0; i < series.x.size(); ++i) {
    if (!x.shows(series.x[i]) || !y.shows(series.y[i])) {
      finish();
      continue;
    }
    px = x.place(series.x[i]), py = y.place(series.y[i]);
    path += fmt::format("{}{:.1f} {:.1f}", points ? " L" : "M", px, py);
    ++points;
  }
  finish();
  return svg;
}

std::string stroke_of(const ChartSeries& series, std::size_t number) {
  if (series.reference)
    return "stroke=\"currentColor\" stroke-opacity=\"0.6\" stroke-width=\"1\" "
           "stroke-dasharray=\"1 4\"";
  const std::string colour =
      series.shade >= 0 ? shade_colour(series.shade) : kColours[number % kColours.size()];
  const char* dashes = series.shade >= 0 ? "" : kDashes[number % kDashes.size()];
  return fmt::format("stroke=\"{}\" stroke-width=\"2\" stroke-dasharray=\"{}\"", colour,
                     *dashes ? dashes : "none");
}

}  // namespace

std::vector<double> ticks(double low, double high, int wanted, bool logarithmic) {
  std::vector<double> found;
  if (!(low < high) || wanted < 1) return found;
  if (logarithmic) {
    const int first = int(std::floor(std::log10(low))), last = int(std::ceil(std::log10(high)));
    const int stride = std::max(1, (last - first) / wanted);
    const bool few = last - first <= 3;
    for (int power = first; power <= last; power += stride)
      for (const double factor : {1.0, 2.0, 5.0}) {
        const double value = factor * std::pow(10, power);
        if ((factor == 1 || few) && value >= low && value <= high) found.push_back(value);
      }
    return found;
  }
  const double rough = (high - low) / wanted, power = std::pow(10, std::floor(std::log10(rough)));
  double stride = 10 * power;
  for (const double factor : {5.0, 2.0, 1.0})
    if (factor * power >= rough) stride = factor * power;
  const double first = std::ceil(low / stride - 1e-9);
  for (double i = first; i * stride <= high + 1e-9 * stride; ++i)
    found.push_back(i == 0 ? 0 : i * stride);
  return found;
}

std::string svg_of(const Chart& chart) {
  std::vector<const std::vector<double>*> xs, ys;
  for (const ChartSeries& series : chart.series) {
    if (series.x.size() != series.y.size())
      base::throw_error<base::ShapeError>("chart: expected a y for each x of {}, got {} and {}",
                                          series.name, series.y.size(), series.x.size());
    if (!series.reference) xs.push_back(&series.x), ys.push_back(&series.y);
  }
  Axis x = axis_of(xs, chart.log_x, /*air=*/false), y = axis_of(ys, chart.log_y, /*air=*/true);
  x.start_px = kLeft, x.end_px = chart.width_px - kLegend;
  y.start_px = chart.height_px - kBottom, y.end_px = kTop;

  std::string svg = fmt::format(
      "<svg viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" role=\"img\" "
      "font-family=\"sans-serif\" font-size=\"12\">\n<title>{2}</title>\n",
      chart.width_px, chart.height_px, escape_html(chart.title));
  svg += frame(chart, x, y);
  // References may leave the plot; nothing is drawn outside it.
  svg += fmt::format(
      "<svg x=\"{0}\" y=\"{1}\" width=\"{2}\" height=\"{3}\" viewBox=\"{0} {1} {2} {3}\">\n",
      x.start_px, y.end_px, x.end_px - x.start_px, y.start_px - y.end_px);
  std::string legend;
  for (std::size_t i = 0; i < chart.series.size(); ++i) {
    const std::string stroke = stroke_of(chart.series[i], i);
    svg += line_of(chart.series[i], x, y, stroke);
    const double at = kTop + 10 + 18 * double(i), left = x.end_px + 12;
    legend += fmt::format("<path d=\"M{:.1f} {:.1f} h24\" fill=\"none\" {}/>\n", left, at, stroke);
    legend += text_at(left + 30, at + 4, "start", chart.series[i].name);
  }
  return svg + "</svg>\n" + legend + "</svg>\n";
}

}  // namespace clipguide::workflow
