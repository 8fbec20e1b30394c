// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.state;

import java.util.UUID;
import zonefsj.device.ZonedDevice;
import zonefsj.zonemgr.ZoneAllocator;
import zonefsj.zonemgr.ZoneState;
import zonefsj.zonemgr.ZoneState.Use;
import zonefsj.zonemgr.ZoneUsage;

/**
 * The drive of a mounted volume and its zones. Each part is thread-safe by its own rules.
 *
 * @param device the drive
 * @param filesystem UUID that its frames carry
 * @param allocator gives out zones
 * @param usage live, pending and pinned bytes of the zones
 */
public record DriveZones(
    ZonedDevice device, UUID filesystem, ZoneAllocator allocator, ZoneUsage usage) {
  /**
   * Leaves the written zones that no stream has claimed to the collector, which resets them. They
   * hold what a mount has dropped, and nothing is appended to it. Any thread.
   */
  public void releaseUnclaimed() {
    for (ZoneState zone : allocator.states()) {
      boolean written = zone.use() == Use.PARTIAL || zone.use() == Use.FILLED;
      if (written && zone.stream() == null) {
        allocator.leaveToCollector(zone.zone());
        usage.noteIfEmptied(zone.zone());
      }
    }
  }
}
