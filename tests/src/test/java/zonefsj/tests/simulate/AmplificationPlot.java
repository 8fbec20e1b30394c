// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.simulate;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.DoubleUnaryOperator;

/**
 * A figure of write amplification over utilization, as SVG: a curve for what theory says of a
 * workload, a mark for each run. Single-threaded.
 */
final class AmplificationPlot {
  private static final int WIDTH = 760;
  private static final int HEIGHT = 480;
  private static final int LEFT = 60;
  private static final int RIGHT = 230;
  private static final int TOP = 20;
  private static final int BOTTOM = 50;
  private static final int LINE = 20;
  private static final double LEAST = 0.4;
  private static final double MOST = 0.95;
  private static final double MOST_AMPLIFICATION = 7;
  private static final int STEPS = 110;
  private static final List<String> COLOURS =
      List.of("#1b6ca8", "#b3361f", "#2e7d32", "#6a3d9a", "#b8860b");
  private static final List<String> MARKS = List.of("●", "▲", "■");

  private final List<String> shapes = new ArrayList<>();
  private final Map<String, String> colours = new TreeMap<>();
  private final Map<String, String> marks = new TreeMap<>();
  private final Set<String> withCurve = new HashSet<>();

  private static double x(double utilization) {
    return LEFT + (utilization - LEAST) / (MOST - LEAST) * (WIDTH - LEFT - RIGHT);
  }

  private static double y(double amplification) {
    double share = (amplification - 1) / (MOST_AMPLIFICATION - 1);
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM);
  }

  private static String next(Map<String, String> taken, String name, List<String> all) {
    return taken.computeIfAbsent(name, none -> all.get(taken.size() % all.size()));
  }

  /** Adds the curve of a workload, if theory says anything. */
  void curve(String workload, DoubleUnaryOperator bound) {
    StringBuilder points = new StringBuilder();
    for (int step = 0; step <= STEPS; step++) {
      double utilization = LEAST + (MOST - LEAST) * step / STEPS;
      double amplification = bound.applyAsDouble(utilization);
      if (amplification <= MOST_AMPLIFICATION) {
        points.append(text("%.1f,%.1f ", x(utilization), y(amplification)));
      }
    }
    if (points.isEmpty()) {
      return;
    }
    withCurve.add(workload);
    shapes.add(
        text(
            "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"1.5\"/>",
            points.toString().strip(), next(colours, workload, COLOURS)));
  }

  /** Adds a run. Those above the figure are drawn at its upper edge. */
  void run(String workload, String policy, double utilization, double amplification) {
    shapes.add(
        text(
            "<text x=\"%.1f\" y=\"%.1f\" fill=\"%s\" text-anchor=\"middle\">%s</text>",
            x(utilization),
            y(Math.min(MOST_AMPLIFICATION, amplification)) + 5,
            next(colours, workload, COLOURS),
            next(marks, policy, MARKS)));
  }

  /** The figure. */
  String svg() {
    List<String> lines = new ArrayList<>();
    lines.add(
        text(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\""
                + " font-family=\"sans-serif\" font-size=\"13\">",
            WIDTH, HEIGHT));
    lines.add("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>");
    axes(lines);
    lines.addAll(shapes);
    legend(lines);
    lines.add("</svg>");
    return String.join("\n", lines) + "\n";
  }

  private static void axes(List<String> lines) {
    String line = "<path d=\"M%.1f %.1f L%.1f %.1f\" stroke=\"%s\"/>";
    for (int amplification = 1; amplification <= MOST_AMPLIFICATION; amplification++) {
      double at = y(amplification);
      lines.add(text(line, x(LEAST), at, x(MOST), at, "#dddddd"));
      lines.add(label(LEFT - 10, at + 4, "end", Integer.toString(amplification)));
    }
    for (int tenths = 4; tenths <= 9; tenths++) {
      double at = x(tenths / 10.0);
      lines.add(text(line, at, y(1), at, y(1) + 5, "black"));
      lines.add(label(at, y(1) + LINE, "middle", "0." + tenths));
    }
    lines.add(text(line, x(LEAST), y(1), x(MOST), y(1), "black"));
    lines.add(label((x(LEAST) + x(MOST)) / 2, HEIGHT - 10, "middle", "utilization"));
    lines.add(
        text(
            "<text transform=\"translate(18 %.1f) rotate(-90)\" text-anchor=\"middle\">bytes"
                + " written for each byte of an application</text>",
            (y(1) + y(MOST_AMPLIFICATION)) / 2));
  }

  private void legend(List<String> lines) {
    double at = TOP + LINE;
    for (Map.Entry<String, String> workload : colours.entrySet()) {
      lines.add(
          text(
              "<path d=\"M%d %.1f h24\" stroke=\"%s\" stroke-width=\"2\"/>",
              WIDTH - RIGHT + 20, at - 4, workload.getValue()));
      String words = workload.getKey() + (withCurve.contains(workload.getKey()) ? ", theory" : "");
      lines.add(label(WIDTH - RIGHT + 52, at, "start", words));
      at += LINE;
    }
    for (Map.Entry<String, String> policy : marks.entrySet()) {
      lines.add(label(WIDTH - RIGHT + 32, at, "middle", policy.getValue()));
      lines.add(label(WIDTH - RIGHT + 52, at, "start", policy.getKey() + ", measured"));
      at += LINE;
    }
  }

  private static String label(double x, double y, String anchor, String words) {
    return text("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>", x, y, anchor, words);
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
