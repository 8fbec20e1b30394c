// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.soak;

import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import zonefsj.device.ByteSize;
import zonefsj.fs.VolumeOptions;
import zonefsj.zonemgr.ZoneLimits;

/**
 * How a filesystem is mounted.
 *
 * @param cacheBytes for caches of metadata
 * @param dirtyBytes file data in memory before writers wait
 * @param commitInterval of the timer
 * @param policy of the collector
 * @param errors what an error of a background commit does
 * @param zones limits of the zones that are written at the same time
 * @param transport of a real mount: {@code direct} or {@code jnr-fuse}
 * @param leastHeap a real mount gets the heap that it needs by what it says itself, not the usual
 *     one
 */
record SoakSettings(
    long cacheBytes,
    long dirtyBytes,
    Duration commitInterval,
    VolumeOptions.GcPolicy policy,
    VolumeOptions.ErrorPolicy errors,
    ZoneLimits zones,
    String transport,
    boolean leastHeap) {

  /** What the command takes where nothing is said. */
  static final SoakSettings DEFAULT =
      new SoakSettings(
          VolumeOptions.DEFAULT.cacheBytes(),
          VolumeOptions.DEFAULT.dirtyBytes(),
          VolumeOptions.DEFAULT.commitInterval(),
          VolumeOptions.GcOptions.DEFAULT.policy(),
          VolumeOptions.DEFAULT.errors(),
          VolumeOptions.DEFAULT.zones(),
          "direct",
          false);

  /** The same with another policy, if one is named. */
  SoakSettings withPolicy(@Nullable String name) {
    return name == null
        ? this
        : new SoakSettings(
            cacheBytes,
            dirtyBytes,
            commitInterval,
            VolumeOptions.GcPolicy.valueOf(name.toUpperCase(Locale.ROOT).replace('-', '_')),
            errors,
            zones,
            transport,
            leastHeap);
  }

  /** The same with other limits. */
  SoakSettings withZones(ZoneLimits limits) {
    return new SoakSettings(
        cacheBytes, dirtyBytes, commitInterval, policy, errors, limits, transport, leastHeap);
  }

  /** As options of mount(8). */
  String mountOptions() {
    return "cache="
        + ByteSize.format(cacheBytes)
        + ",dirty="
        + ByteSize.format(dirtyBytes)
        + ",commit="
        + commitInterval.toMillis() / 1000.0
        + ",gc_policy="
        + policy.name().toLowerCase(Locale.ROOT).replace('_', '-')
        + ",errors="
        + (errors == VolumeOptions.ErrorPolicy.CONTINUE ? "continue" : "remount-ro")
        + ",streams="
        + zones.dataStreams()
        + ",max_active="
        + (zones.activeZones() == ZoneLimits.DEFAULT.activeZones() ? "auto" : zones.activeZones())
        + ",transport="
        + transport;
  }
}
