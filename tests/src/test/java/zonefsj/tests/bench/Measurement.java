// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.bench;

/**
 * What the load found in one phase of one round.
 *
 * @param operations how many were done
 * @param cpuNanos processor time that the daemon took for them
 * @param wallNanos time that they took
 */
record Measurement(Phase phase, long operations, long cpuNanos, long wallNanos) {
  /** From a line of the load. */
  static Measurement parse(String line) {
    String[] words = line.split(" ", -1);
    return new Measurement(
        Phase.of(words[0]),
        Long.parseLong(words[1]),
        Long.parseLong(words[2]),
        Long.parseLong(words[3]));
  }

  /** Processor time for one operation. */
  double cpuMicros() {
    return cpuNanos / 1e3 / operations;
  }

  /** Time for one operation. */
  double wallMicros() {
    return wallNanos / 1e3 / operations;
  }
}
