// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.monitor;

import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import zonefsj.device.LatencyCounts;
import zonefsj.fs.cli.control.MountStatus;
import zonefsj.fs.volume.VolumeCounters;
import zonefsj.fs.volume.ZoneMap;

/**
 * Bounds what many clients cost a mount: what costs a pass over the zones is asked one thread at a
 * time, and told again until it is {@value #LEAST_MILLIS} ms old, or {@value #COSTS} times as old
 * as it took to ask, but at most {@value #MOST_MILLIS} ms. Thread-safe.
 */
final class FreshMount implements MonitoredMount {
  private static final long LEAST_MILLIS = 200;
  private static final long COSTS = 20;

  /** A host that was paused while it was asked must not be shown as it was then for long. */
  private static final long MOST_MILLIS = 5000;

  private static final long NANOS_PER_MILLI = 1_000_000;

  private final MonitoredMount mount;
  private final Fresh<MountStatus> status;
  private final Fresh<ZoneMap> zoneMap;

  FreshMount(MonitoredMount mount) {
    this(mount, System::nanoTime);
  }

  /**
   * @param nanoClock a clock like {@link System#nanoTime()}
   */
  FreshMount(MonitoredMount mount, LongSupplier nanoClock) {
    this.mount = mount;
    this.status = new Fresh<>(mount::status, nanoClock);
    this.zoneMap = new Fresh<>(mount::zoneMap, nanoClock);
  }

  @Override
  public MountStatus status() {
    return status.get();
  }

  @Override
  public ZoneMap zoneMap() {
    return zoneMap.get();
  }

  @Override
  public VolumeCounters counters() {
    return mount.counters();
  }

  @Override
  public Map<String, LatencyCounts> requests() {
    return mount.requests();
  }

  /** A value that is asked for again when it is too old. */
  private static final class Fresh<T> {
    private final Supplier<T> source;
    private final LongSupplier nanoClock;
    private @Nullable T value;
    private long untilNanos;

    Fresh(Supplier<T> source, LongSupplier nanoClock) {
      this.source = source;
      this.nanoClock = nanoClock;
    }

    synchronized T get() {
      T known = value;
      long begun = nanoClock.getAsLong();
      if (known != null && begun - untilNanos < 0) {
        return known;
      }
      T now = source.get();
      long ended = nanoClock.getAsLong();
      value = now;
      long asOld = Math.max(LEAST_MILLIS * NANOS_PER_MILLI, COSTS * (ended - begun));
      untilNanos = ended + Math.min(MOST_MILLIS * NANOS_PER_MILLI, asOld);
      return now;
    }
  }
}
