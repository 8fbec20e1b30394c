// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.zonefs;

import java.nio.file.Path;
import zonefsj.device.ZoneCondition;
import zonefsj.device.block.FileFacts;
import zonefsj.device.software.SoftwareZoneState;

/**
 * The file of a zone, or the part of one: a file can hold several conventional zones.
 *
 * @param path of the file
 * @param offsetBytes of the zone in it
 * @param capacityBytes of the zone
 * @param isConventional whether it has no write pointer
 */
record ZoneFile(Path path, long offsetBytes, long capacityBytes, boolean isConventional) {
  private static final int ANYTHING = 0777;
  private static final int WRITE = 0222;

  /**
   * The state of the zone. Nobody knows whether an active one is open; it counts as closed. The
   * size of a read-only one ends where it can be read.
   */
  SoftwareZoneState state(FileFacts facts) {
    long size = facts.sizeBytes();
    if ((facts.mode() & ANYTHING) == 0) {
      return new SoftwareZoneState(ZoneCondition.OFFLINE, capacityBytes, capacityBytes, 0);
    }
    if ((facts.mode() & WRITE) == 0) {
      long readable = Math.max(0, Math.min(capacityBytes, size - offsetBytes));
      return new SoftwareZoneState(ZoneCondition.READ_ONLY, readable, readable, 0);
    }
    if (isConventional) {
      return SoftwareZoneState.conventional(capacityBytes);
    }
    if (size == 0) {
      return SoftwareZoneState.EMPTY;
    }
    return new SoftwareZoneState(
        size < capacityBytes ? ZoneCondition.CLOSED : ZoneCondition.FULL, size, size, 0);
  }
}
