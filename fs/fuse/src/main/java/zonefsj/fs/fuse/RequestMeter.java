// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import zonefsj.device.LatencyCounts;
import zonefsj.device.LatencyHistogram;
import zonefsj.fs.fuse.protocol.Opcode;

/**
 * Counts the requests of the kernel by kind, with the time from when a thread has taken a request
 * until the kernel has its reply. Costs 1 KiB for each kind that occurs, and two additions for each
 * request. Thread-safe; takes no locks.
 */
public final class RequestMeter {
  private static final int KINDS = 64;

  private final AtomicReferenceArray<@Nullable LatencyHistogram> kinds =
      new AtomicReferenceArray<>(KINDS);

  /**
   * Counts a request.
   *
   * @param opcode its number in the protocol; an unknown one is not counted
   * @param nanos its time in nanoseconds
   */
  public void record(int opcode, long nanos) {
    if (opcode < 0 || opcode >= KINDS) {
      return;
    }
    LatencyHistogram histogram = kinds.get(opcode);
    if (histogram == null) {
      kinds.compareAndSet(opcode, null, new LatencyHistogram());
      histogram = kinds.get(opcode);
    }
    if (histogram != null) {
      histogram.record(nanos);
    }
  }

  /** The counts of the kinds that have occurred, by name in lower case: read, write, lookup, … */
  public Map<String, LatencyCounts> counts() {
    Map<String, LatencyCounts> counts = new TreeMap<>();
    for (Opcode opcode : Opcode.values()) {
      LatencyHistogram histogram = kinds.get(opcode.number());
      if (histogram != null) {
        counts.put(opcode.name().toLowerCase(Locale.ROOT), histogram.counts());
      }
    }
    return counts;
  }
}
