// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.reclaim;

import zonefsj.device.DeviceGeometry;
import zonefsj.fs.VolumeOptions.GcOptions;
import zonefsj.gc.GcSettings;
import zonefsj.gc.StandardVictimPolicy;
import zonefsj.gc.VictimPolicy;

/** Turns the mount options of the collector into its settings for a drive. */
final class CollectorSettings {
  private CollectorSettings() {}

  /**
   * The settings that options stand for.
   *
   * @param geometry of the filesystem: marks in per cent are of its zones
   */
  static GcSettings of(GcOptions options, DeviceGeometry geometry) {
    VictimPolicy policy =
        switch (options.policy()) {
          case AUTO, MDC -> StandardVictimPolicy.MDC;
          case COST_BENEFIT -> StandardVictimPolicy.COST_BENEFIT;
          case GREEDY -> StandardVictimPolicy.GREEDY;
        };
    int start =
        options.startPercent() == GcOptions.AUTOMATIC
            ? GcSettings.automaticStartZones(geometry.zoneCount(), geometry.zoneSizeBytes())
            : percentOf(geometry.zoneCount(), options.startPercent());
    int urgent =
        options.urgentPercent() == GcOptions.AUTOMATIC
            ? start / 2
            : percentOf(geometry.zoneCount(), options.urgentPercent());
    return new GcSettings(
        policy,
        Math.max(2, Math.max(start, urgent)),
        Math.max(1, urgent),
        options.bytesPerSecond(),
        options.idleDelay().toMillis());
  }

  private static int percentOf(int zones, int percent) {
    return (int) ((long) zones * percent / 100);
  }
}
