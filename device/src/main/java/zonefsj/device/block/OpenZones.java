// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.block;

import java.io.IOException;
import java.util.List;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;

/**
 * Ensures that one more zone can be open.
 *
 * <p>Closes a zone on drives that do not do this themselves: null_blk refuses to close an
 * implicitly open zone while the limit of active zones is reached. Also determines the cause of a
 * failure: the kernel splits a long write, and of the errors of all parts it may return a later
 * one, a plain EIO that does not mention the limits.
 *
 * <p>Stateless and thread-safe: closing an implicitly open zone during a write is harmless, because
 * the next write opens it again.
 */
final class OpenZones {
  /** Number of times that other threads may take the free resource before the caller does. */
  private static final int TRIES = 100;

  private OpenZones() {}

  /** An action that may need one more open zone; it receives the number of its failures so far. */
  @FunctionalInterface
  interface Attempt {
    void run(int failures) throws IOException;
  }

  /**
   * Runs an action; if the drive has too many open zones, closes an implicitly open one and tries
   * again.
   *
   * @param index the zone to be opened
   * @throws IOException the error of the last try, or the limit that caused it
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
            BlockSystem.current().report(file, 0, geometry.zoneCount(), geometry.zoneSizeBytes());
        boolean told = e.errno() == BlockLibc.ETOOMANYREFS;
        int limit = limitOf(geometry, zones, index);
        if (!told && limit == 0) {
          throw e;
        }
        // If the reported limit is no longer reached, other threads have closed zones meanwhile.
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

  /** The error number of the limit that prevents a zone from being opened; 0: none. */
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
          BlockSystem.current().request(file, ZoneRequest.CLOSE, zone);
        } catch (NativeException e) {
          if (!saysNothing(e)) {
            throw e;
          }
          // The zone was filled or reset meanwhile, so a resource is free as well.
        }
        return true;
      }
    }
    return false;
  }
}
