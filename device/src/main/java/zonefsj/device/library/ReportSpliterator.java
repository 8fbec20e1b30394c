// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.library;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Spliterators;
import java.util.function.Consumer;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;

/** Iterates over zones with one report for each batch. For one thread. */
final class ReportSpliterator extends Spliterators.AbstractSpliterator<ZoneDescriptor> {
  /**
   * Number of zones that the kernel reports in one call with little memory: 64 KiB of descriptors.
   */
  static final int BATCH_ZONES = 1024;

  private final ZonedDevice device;
  private final int end;
  private int nextBatch;
  private List<ZoneDescriptor> batch = List.of();
  private int used;

  ReportSpliterator(ZonedDevice device, int from, int end) {
    super(end - from, ORDERED | DISTINCT | NONNULL | SIZED);
    this.device = device;
    this.nextBatch = from;
    this.end = end;
  }

  @Override
  public boolean tryAdvance(Consumer<? super ZoneDescriptor> action) {
    if (used == batch.size()) {
      if (nextBatch == end) {
        return false;
      }
      int size = Math.min(BATCH_ZONES, end - nextBatch);
      try {
        batch = device.report(nextBatch, size);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      nextBatch += size;
      used = 0;
    }
    action.accept(batch.get(used++));
    return true;
  }
}
