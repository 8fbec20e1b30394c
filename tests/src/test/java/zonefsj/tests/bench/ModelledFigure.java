// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.bench;

import java.util.Locale;

/**
 * A figure of the table of modelled drives.
 *
 * @param drive the drive
 * @param work what was done
 * @param value what it gave, in words
 * @param ratio to what the drive could give
 * @param words what the ratio is of
 * @param isReached whether the ratio is as good as it must be
 * @param goal what it must be, in words; empty for no goal
 */
record ModelledFigure(
    ModelledDrive drive,
    String work,
    String value,
    double ratio,
    String words,
    boolean isReached,
    String goal) {
  /** Bytes in a second as a share of others; at least {@code goal}, 0 for none. */
  static ModelledFigure share(
      ModelledDrive drive, String work, double bytes, String whole, double most, double goal) {
    double ratio = bytes / most;
    return new ModelledFigure(
        drive,
        work,
        String.format(Locale.ROOT, "%.1f MB/s", bytes / 1e6),
        ratio,
        whole,
        ratio >= goal,
        goal == 0 ? "" : String.format(Locale.ROOT, "at least %.2f", goal));
  }

  /** The time of an fsync as a multiple of a flush: at most a fifth above. */
  static ModelledFigure fsync(ModelledDrive drive, double nanos, double flushNanos) {
    double most = 1.2;
    double ratio = nanos / flushNanos;
    return new ModelledFigure(
        drive,
        "4 KiB write and fsync",
        String.format(Locale.ROOT, "%.2f ms", nanos / 1e6),
        ratio,
        "a flush",
        ratio <= most,
        String.format(Locale.ROOT, "at most %.2f", most));
  }

  /** A row of a Markdown table. */
  String row() {
    return String.format(
        Locale.ROOT,
        "| %s | %s | %s | %.3f of %s | %s |",
        drive,
        work,
        value,
        ratio,
        words,
        isReached ? goal : goal + ", **missed**");
  }
}
