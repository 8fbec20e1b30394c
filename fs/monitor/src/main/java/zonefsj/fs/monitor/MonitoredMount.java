// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.monitor;

import java.util.Map;
import zonefsj.device.LatencyCounts;
import zonefsj.fs.cli.control.MountStatus;
import zonefsj.fs.volume.VolumeCounters;
import zonefsj.fs.volume.ZoneMap;

/** A live mount, as far as it is shown. Thread-safe. */
public interface MonitoredMount {
  /** The state of the mount. Costs one pass over the zones. */
  MountStatus status();

  /** What the volume has counted. */
  VolumeCounters counters();

  /** A picture of all zones. Costs one pass over them. */
  ZoneMap zoneMap();

  /** The requests of the kernel by kind, with their times. */
  Map<String, LatencyCounts> requests();
}
