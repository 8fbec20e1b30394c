// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.terminal;

import java.util.ArrayList;
import java.util.List;

/** A table with aligned columns. */
public final class Table {
  private final List<List<String>> rows = new ArrayList<>();
  private final boolean[] rightAligned;

  /**
   * @param columns headings; a heading that begins with {@code >} makes its column right-aligned
   */
  public Table(String... columns) {
    rightAligned = new boolean[columns.length];
    List<String> headings = new ArrayList<>();
    for (int i = 0; i < columns.length; i++) {
      rightAligned[i] = columns[i].startsWith(">");
      headings.add(rightAligned[i] ? columns[i].substring(1) : columns[i]);
    }
    rows.add(headings);
  }

  /** Adds a row with one cell for each column. */
  public Table row(Object... cells) {
    if (cells.length != rightAligned.length) {
      throw new IllegalArgumentException(
          cells.length + " cells for " + rightAligned.length + " columns");
    }
    List<String> row = new ArrayList<>();
    for (Object cell : cells) {
      row.add(cell.toString());
    }
    rows.add(row);
    return this;
  }

  /** Formats the lines, headings first. */
  public List<String> lines() {
    int[] widths = new int[rightAligned.length];
    for (List<String> row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    List<String> lines = new ArrayList<>();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        String padding = " ".repeat(widths[i] - row.get(i).length());
        line.append(i == 0 ? "" : "  ")
            .append(rightAligned[i] ? padding + row.get(i) : row.get(i) + padding);
      }
      lines.add(line.toString().stripTrailing());
    }
    return lines;
  }
}
