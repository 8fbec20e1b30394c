// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.bench;

import java.util.List;

/**
 * The result of a measurement.
 *
 * @param write true for a write, false for a read
 * @param blockBytes bytes of one access
 * @param zones result of each zone
 * @param nanos time from the start of the first zone to the end of the last, including the flush
 * @param flushNanos duration of the flush after a write; 0 for a read
 */
public record BenchResult(
    boolean write, int blockBytes, List<ZoneResult> zones, long nanos, long flushNanos) {
  /** Keeps a copy. */
  public BenchResult {
    zones = List.copyOf(zones);
  }

  /**
   * The result of one zone.
   *
   * @param zone number of the zone
   * @param bytes bytes written or read
   * @param nanos duration
   * @param latencies latencies of the accesses
   */
  public record ZoneResult(int zone, long bytes, long nanos, LatencyHistogram latencies) {}

  /** Bytes of all zones together. */
  public long bytes() {
    return zones.stream().mapToLong(ZoneResult::bytes).sum();
  }

  /** Latencies of the accesses to all zones. */
  public LatencyHistogram latencies() {
    LatencyHistogram all = new LatencyHistogram();
    zones.forEach(zone -> all.addAll(zone.latencies()));
    return all;
  }

  /** Returns millions of bytes per second; 0 if the time is 0. */
  static double megabytesPerSecond(long bytes, long nanos) {
    return nanos <= 0 ? 0 : bytes * 1e3 / nanos;
  }
}
