#pragma once

#include <string>
#include <vector>

/// Line charts as inline SVG, readable on a light and on a dark page: axes and words take the
/// page's colour, lines have middling ones, dashes of their own, and a legend.
namespace clipguide::workflow {

struct ChartSeries {
  std::string name;
  std::vector<double> x, y;  ///< equally many; what is not finite, or not above 0 on a logarithmic
                             ///< axis, makes a gap
  double shade = -1;         ///< in [0, 1]: a colour on a scale from early to late; -1: its own
  bool reference = false;    ///< thin and dotted, without a say in the axes' limits
};

struct Chart {
  std::string title;  ///< read out to those who cannot see it
  std::string x_label, y_label;
  bool log_x = false, log_y = false;
  int width_px = 640, height_px = 320;
  std::vector<ChartSeries> series;
};

/// `<svg>..</svg>`; texts are escaped.
///   throws  ShapeError for a series with other counts of x than of y
std::string svg_of(const Chart& chart);

/// Round numbers from within [low, high], about `wanted` of them, rising; on a logarithmic axis
/// powers of ten, with 2 and 5 times these when there are few.
std::vector<double> ticks(double low, double high, int wanted, bool logarithmic);

}  // namespace clipguide::workflow
