// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.block;

import java.io.IOException;
import java.util.List;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;

/**
 * Whether one zone more can be open.
 *
 * <p>Makes room on drives that do not do it themselves: null_blk refuses to close an implicitly
 * open zone while the limit of active zones is reached. And finds out why there is none: the kernel
 * cuts a long write in parts, and of the errors of all parts it may tell that of a later one, a
 * plain EIO, for which the zone's limits were not asked.
 *
 * <p>Stateless and thread-safe: closing an implicitly open zone that is being written harms
 * nothing, for the next write opens it again.
 */
final class OpenZones {
  /** So often others may take the room before the caller does. */
  private static final int TRIES = 100;

  private OpenZones() {}

  /** Something that may need an open zone more; it is told how often it has failed. */
  @FunctionalInterface
  interface Attempt {
    void run(int failures) throws IOException;
  }

  /**
   * Does something; where the drive has too many zones open, closes an implicitly open one and
   * tries again.
   *
   * @param index the zone to be opened
   * @throws IOException what the last try failed with, or the limit that it failed for
   */
  static void with(NativeFile file, DeviceGeometry geometry, int index, Attempt attempt)
      throws IOException {
    for (int failures = 0; ; failures++) {
      try {
        attempt.run(failures);
        return;
      } catch (NativeException e) {
        if (e.errno() != BlockLibc.ETOOMANYREFS && !saysNothing(e)) {
          throw e;
        }
        List<ZoneDescriptor> zones =
            ZoneIoctls.report(file, 0, geometry.zoneCount(), geometry.zoneSizeBytes());
        boolean told = e.errno() == BlockLibc.ETOOMANYREFS;
        int limit = limitOf(geometry, zones, index);
        if (!told && limit == 0) {
          throw e;
        }
        // Told of a limit that is not reached any more: others have made room meanwhile.
        boolean room =
            limit == 0 || (limit == BlockLibc.ETOOMANYREFS && closeOne(file, zones, index));
        if (!room || failures == TRIES) {
          throw told ? e : reached(limit, e);
        }
      }
    }
  }

  private static boolean saysNothing(NativeException e) {
    return ZoneErrors.ofErrno(e.errno()) == Reason.MEDIA;
  }

  private static NativeException reached(int limit, NativeException told) {
    NativeException reached = new NativeException("limit of zones reached", limit);
    reached.initCause(told);
    return reached;
  }

  /** The error number of the limit that keeps a zone from being opened; 0: none does. */
  private static int limitOf(DeviceGeometry geometry, List<ZoneDescriptor> zones, int index) {
    ZoneCondition condition = zones.get(index).condition();
    long active = zones.stream().filter(zone -> zone.condition().isActive()).count();
    long open = zones.stream().filter(zone -> zone.condition().isOpen()).count();
    if (condition == ZoneCondition.EMPTY
        && active >= geometry.maxActiveZones().orElse(Integer.MAX_VALUE)) {
      return BlockLibc.EOVERFLOW;
    }
    boolean shut = condition == ZoneCondition.EMPTY || condition == ZoneCondition.CLOSED;
    return shut && open >= geometry.maxOpenZones().orElse(Integer.MAX_VALUE)
        ? BlockLibc.ETOOMANYREFS
        : 0;
  }

  private static boolean closeOne(NativeFile file, List<ZoneDescriptor> zones, int except)
      throws IOException {
    for (ZoneDescriptor zone : zones) {
      if (zone.condition() == ZoneCondition.IMPLICIT_OPEN && zone.index() != except) {
        try {
          ZoneIoctls.request(file, ZoneIoctls.Request.CLOSE, zone);
        } catch (NativeException e) {
          if (!saysNothing(e)) {
            throw e;
          }
          // It was filled or reset meanwhile: there is room as well.
        }
        return true;
      }
    }
    return false;
  }
}
