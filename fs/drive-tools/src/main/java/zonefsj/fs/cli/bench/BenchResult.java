// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.bench;

import java.util.List;

/**
 * What was measured.
 *
 * @param write whether it was written, or else read
 * @param blockBytes how much at once
 * @param zones each zone for itself
 * @param nanos from the start of the first to the end of the last, the flush included
 * @param flushNanos how long the flush after a write took; 0 of a read
 */
public record BenchResult(
    boolean write, int blockBytes, List<ZoneResult> zones, long nanos, long flushNanos) {
  /** Keeps a copy. */
  public BenchResult {
    zones = List.copyOf(zones);
  }

  /**
   * One zone.
   *
   * @param zone its number
   * @param bytes how much was written or read
   * @param nanos how long that took
   * @param latencies of the accesses
   */
  public record ZoneResult(int zone, long bytes, long nanos, LatencyHistogram latencies) {}

  /** Bytes of all zones. */
  public long bytes() {
    return zones.stream().mapToLong(ZoneResult::bytes).sum();
  }

  /** Accesses to all zones. */
  public LatencyHistogram latencies() {
    LatencyHistogram all = new LatencyHistogram();
    zones.forEach(zone -> all.addAll(zone.latencies()));
    return all;
  }

  /** Millions of bytes a second; 0 for no time at all. */
  static double megabytesPerSecond(long bytes, long nanos) {
    return nanos <= 0 ? 0 : bytes * 1e3 / nanos;
  }
}
