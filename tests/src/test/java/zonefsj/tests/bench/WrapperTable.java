// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.bench;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/** The measurements of all wrappers, and the table that they make. */
final class WrapperTable {
  /** Most that a wrapper that only forwards may make of an access of an image. */
  private static final double MOST = 1.03;

  /** Or add to it: 3 % of 3.3 us, where no request of a mount takes less. */
  private static final double MOST_NANOS = 100;

  /**
   * A row of the table.
   *
   * @param bytes length of the access
   */
  record Row(Wrapper wrapper, Access access, int bytes) {}

  private final Map<Row, Map<BaseDrive, List<AccessCost>>> found =
      new TreeMap<>(
          Comparator.comparing(Row::access)
              .thenComparingInt(Row::bytes)
              .thenComparing(Row::wrapper));

  /** Adds what one round found. */
  void add(Row row, BaseDrive base, AccessCost cost) {
    found
        .computeIfAbsent(row, key -> new EnumMap<>(BaseDrive.class))
        .computeIfAbsent(base, key -> new ArrayList<>())
        .add(cost);
  }

  /** Number of rows with a bound. */
  long bounds() {
    return found.keySet().stream().filter(WrapperTable::isBounded).count();
  }

  /** Number of rows that miss their bound. */
  long missed() {
    return found.keySet().stream().filter(this::isMissed).count();
  }

  private static boolean isBounded(Row row) {
    return row.wrapper() != Wrapper.PLAIN && row.wrapper().onlyForwards(row.access());
  }

  private boolean isMissed(Row row) {
    return isBounded(row)
        && ratios(row, BaseDrive.IMAGE).least() > MOST
        && all(row, BaseDrive.IMAGE, AccessCost::moreNanos).least() > MOST_NANOS;
  }

  private Numbers ratios(Row row, BaseDrive base) {
    return all(row, base, AccessCost::ratio);
  }

  private Numbers all(Row row, BaseDrive base, ToDoubleFunction<AccessCost> number) {
    return new Numbers(
        found.getOrDefault(row, Map.of()).getOrDefault(base, List.of()).stream()
            .map(number::applyAsDouble)
            .toList());
  }

  /** Prints the table in Markdown. */
  void print(PrintStream out) {
    out.println();
    out.println(
        """
        Nanoseconds of an access of the drive alone, and what the wrapper adds: medians of all
        rounds; in brackets the least and the largest. The bound is 3 per cent of an access of an
        image in the page cache, or 100 ns, for wrappers that only forward; it is missed if no
        round keeps it.
        """);
    StringBuilder head = new StringBuilder("| access | wrapper |");
    StringBuilder line = new StringBuilder("|---|---|");
    for (BaseDrive base : BaseDrive.values()) {
      head.append(" ").append(base.title()).append(", ns | adds, ns | adds |");
      line.append("---:|---:|---:|");
    }
    out.println(head + " bound |");
    out.println(line + "---|");
    for (Row row : found.keySet()) {
      out.println(words(row));
    }
    out.println();
  }

  private String words(Row row) {
    StringBuilder words = new StringBuilder();
    words.append("| ").append(row.access().word()).append(" ").append(row.bytes() >> 10);
    words.append(" KiB | ").append(row.wrapper().title()).append(" |");
    for (BaseDrive base : BaseDrive.values()) {
      words.append(
          String.format(
              Locale.ROOT,
              " %.0f | %+.0f | %s |",
              all(row, base, AccessCost::plainNanos).median(),
              all(row, base, AccessCost::moreNanos).median(),
              ratios(row, base).percentAboveOne()));
    }
    return words.append(isBounded(row) ? isMissed(row) ? " MISSED |" : " kept |" : " |").toString();
  }
}
