// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.soak;

import java.util.ArrayList;
import java.util.List;

/**
 * One load of {@link OverwriteProof}.
 *
 * @param shape name of the drive
 * @param percent of what statfs promises that the files take
 * @param fsyncEvery writes of one writer
 * @param writers threads, each with its own file
 */
record OverwriteCase(String shape, int percent, int fsyncEvery, int writers) {
  private static final List<String> SHAPES = List.of("256x2M", "64x16M", "24x256M", "2000x1M");
  private static final List<Integer> PERCENTS = List.of(50, 80, 90, 95, 100);
  private static final List<Integer> FSYNCS = List.of(1, 1000, 100_000);
  private static final List<Integer> WRITERS = List.of(1, 8);

  /** All of them. */
  static List<OverwriteCase> all() {
    List<OverwriteCase> all = new ArrayList<>();
    for (String shape : SHAPES) {
      for (int percent : PERCENTS) {
        for (int fsync : FSYNCS) {
          for (int writers : WRITERS) {
            all.add(new OverwriteCase(shape, percent, fsync, writers));
          }
        }
      }
    }
    return all;
  }

  /**
   * Those that are asked for: by a whole name, which may be of any numbers, or by the beginning of
   * names of {@link #all}.
   */
  static List<OverwriteCase> chosen(String only) {
    List<OverwriteCase> chosen =
        all().stream().filter(one -> (one.name() + "-").startsWith(only + "-")).toList();
    String[] parts = only.split("-", -1);
    if (chosen.isEmpty() && parts.length == 4) {
      return List.of(
          new OverwriteCase(
              parts[0],
              Integer.parseInt(parts[1]),
              Integer.parseInt(parts[2]),
              Integer.parseInt(parts[3])));
    }
    return only.isEmpty() ? all() : chosen;
  }

  /** Such as {@code 256x2M-80-1000-1}. */
  String name() {
    return shape + "-" + percent + "-" + fsyncEvery + "-" + writers;
  }
}
