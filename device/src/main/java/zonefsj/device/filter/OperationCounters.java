// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.filter;

import zonefsj.device.LatencyCounts;

/**
 * Counters of one kind of access.
 *
 * @param operations number of completed accesses, including failed ones
 * @param failures number of failed accesses
 * @param bytes number of bytes that the successful accesses moved
 * @param latency times of all accesses
 */
public record OperationCounters(long operations, long failures, long bytes, LatencyCounts latency) {
  /** No accesses. */
  public static final OperationCounters NONE = new OperationCounters(0, 0, 0, LatencyCounts.NONE);

  /** Total time of all accesses, in nanoseconds. */
  public long nanos() {
    return latency.totalNanos();
  }
}
