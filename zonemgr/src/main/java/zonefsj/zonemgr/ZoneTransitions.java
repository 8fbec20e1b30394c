// SPDX-License-Identifier: Apache-2.0
package zonefsj.zonemgr;

import java.io.IOException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.DeviceException;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.zonemgr.ZoneState.Use;

/**
 * The zone commands other than appends: release of a handle, finish, reset. During a drive command
 * the zone is {@link Use#CHANGING}, so no other thread takes it, and no lock is held; afterwards
 * the inventory records the drive's answer. A drive failure affects only this zone.
 *
 * <p>Thread-safe.
 */
final class ZoneTransitions {
  private static final Logger LOG = LoggerFactory.getLogger(ZoneTransitions.class);

  private static final int REPORT_TRIES = 3;
  private static final int SHORTAGE_TRIES = 50;
  private static final long REPORT_PAUSE_NANOS = 100_000_000;

  private final ZonedDevice device;
  private final ZoneInventory inventory;
  private volatile IntConsumer givenBack = zone -> {};

  ZoneTransitions(ZonedDevice device, ZoneInventory inventory) {
    this.device = device;
    this.inventory = inventory;
  }

  /** See {@link ZoneAllocator#whenGivenBack}. */
  void whenGivenBack(IntConsumer listener) {
    givenBack = listener;
  }

  /** Tells the listener that a zone has no handle and may be unneeded. Without the lock. */
  void noteGivenBack(int zone) {
    givenBack.accept(zone);
  }

  /**
   * Records that a handle was closed.
   *
   * @param poisoned whether a write through it failed
   * @param remainingBytes what it could have taken still
   */
  void released(ZoneHandle handle, boolean poisoned, long remainingBytes) {
    ManagedZone zone = inventory.zones[handle.zone()];
    ZoneDescriptor reported = poisoned ? reportAfterFailure(zone.index) : null;
    Use use;
    inventory.lock();
    try {
      long appendedBytes = zone.capacityBytes - remainingBytes;
      zone.writtenBytes = reported != null ? reported.writtenBytes() : appendedBytes;
      // If the write pointer went back, appended data are lost: nothing may be written in their
      // place.
      boolean resumable = reported != null && reported.writtenBytes() >= appendedBytes;
      boolean mayHaveGoneBack = reported == null || reported.hasWritePointer();
      zone.lostAppends |= poisoned && appendedBytes > 0 && mayHaveGoneBack && !resumable;
      use = poisoned ? useAfterFailure(zone, reported, resumable) : useAfter(zone);
      if (use == Use.PARTIAL && zone.withheld && zone.stream != null && zone.stream.isData()) {
        // It takes no more data, and the collector empties it.
        use = Use.FILLED;
      }
      zone.writeFailed = use != Use.FREE && (poisoned || zone.writeFailed);
      zone.mayBeTorn = poisoned && use == Use.PARTIAL;
      // Where the capacity is no multiple of the unit, the drive knows nothing of the end: the zone
      // is finished when its active resource is needed.
      boolean filledOnly = use == Use.FILLED && !poisoned && zone.writtenBytes < zone.fullBytes;
      inventory.setActive(zone, filledOnly || use == Use.CHANGING || use == Use.PARTIAL);
      inventory.use(zone, use);
      if (use == Use.FREE) {
        if (zone.stream == ZoneStream.GC) {
          // Nothing was written, so the collector's debt for this zone is repaid.
          inventory.reserves.repay(zone.stream);
        }
        inventory.makeFree(zone);
      }
    } finally {
      inventory.publishAndUnlock();
    }
    if (poisoned) {
      LOG.warn(
          "zone {} failed a write and is now {}",
          zone.index,
          (reported == null ? "unknown" : reported.condition()) + lostAppends(zone));
    }
    if (use == Use.CHANGING) {
      finish(zone);
    } else {
      givenBack.accept(zone.index);
    }
  }

  private static String lostAppends(ManagedZone zone) {
    return zone.lostAppends
        ? ", and its write pointer went back, or may have: appended data are lost"
        : "";
  }

  /** Use of a zone after its handle was closed. Its written bytes are known. */
  private static Use useAfter(ManagedZone zone) {
    if (zone.failedUse != null) {
      return zone.failedUse;
    }
    if (zone.writtenBytes == 0) {
      return Use.FREE;
    }
    return zone.lacksRoom() ? Use.FILLED : Use.PARTIAL;
  }

  /**
   * Use of a zone after a failed write. File data continue at the write pointer that the drive
   * reports, as after a crash; otherwise each failure would cost the rest of a zone, and a few
   * failures in a row would use all free zones of a small drive. A zone that fails a second write
   * before its next reset takes no more appends. Zones of metadata take none after the first
   * failure, because they are read in order.
   *
   * @param resumable whether the drive still has everything that was appended
   */
  private static Use useAfterFailure(
      ManagedZone zone, @Nullable ZoneDescriptor reported, boolean resumable) {
    if (zone.failedUse != null) {
      return zone.failedUse;
    }
    Use seen = reported == null ? Use.PARTIAL : ManagedZone.useOf(reported);
    boolean isEmpty = seen == Use.FREE && resumable;
    if (isEmpty || (seen != Use.PARTIAL && seen != Use.FREE)) {
      return seen;
    }
    boolean isData = zone.stream != null && zone.stream.isData();
    boolean resumes = isData && resumable && !zone.writeFailed && !zone.lacksRoom();
    return resumes ? Use.PARTIAL : Use.CHANGING;
  }

  /**
   * Finishes a zone that is changing, so that it gives its active resource back. A failure costs
   * the zone and its active resource until the next reset, and nobody else.
   */
  void finish(ManagedZone zone) {
    try {
      device.finish(zone.index);
    } catch (IOException failed) {
      LOG.warn("zone {} cannot be finished", zone.index, failed);
    } finally {
      ZoneDescriptor now = reportOrNull(zone.index);
      inventory.lock();
      try {
        if (zone.failedUse != null) {
          // Failed meanwhile, and a failed zone is not active.
          inventory.setActive(zone, false);
          inventory.use(zone, zone.failedUse);
        } else if (now == null || now.condition().isActive()) {
          // The zone takes no more appends but holds its active resource until it is reset.
          zone.finishFailed = true;
          inventory.use(zone, Use.FILLED);
        } else {
          inventory.setActive(zone, false);
          Use use = ManagedZone.useOf(now);
          inventory.use(zone, use == Use.READ_ONLY || use == Use.OFFLINE ? use : Use.FILLED);
        }
      } finally {
        inventory.publishAndUnlock();
      }
      givenBack.accept(zone.index);
    }
  }

  /** See {@link ZoneAllocator#resetIf}. */
  boolean resetIf(int index, BooleanSupplier unused) throws IOException {
    ManagedZone zone = inventory.zones[index];
    boolean wasRoom;
    inventory.lock();
    try {
      boolean written = zone.use == Use.FILLED || zone.use == Use.PARTIAL;
      if (!written || !unused.getAsBoolean()) {
        return false;
      }
      wasRoom = zone.takesData();
      inventory.use(zone, Use.CHANGING);
    } finally {
      inventory.publishAndUnlock();
    }
    boolean done = false;
    try {
      device.reset(index);
      done = true;
    } finally {
      if (done) {
        wasReset(zone, wasRoom);
      } else {
        resetFailed(zone);
      }
    }
    return true;
  }

  /**
   * @param wasRoom whether file data could be written to the zone. What was left in it may be
   *     granted
   */
  private void wasReset(ManagedZone zone, boolean wasRoom) {
    inventory.lock();
    try {
      zone.writtenBytes = 0;
      zone.writeFailed = false;
      zone.lostAppends = false;
      zone.mayBeTorn = false;
      ZoneStream served = zone.stream;
      inventory.setActive(zone, false);
      inventory.use(zone, zone.failedUse != null ? zone.failedUse : Use.FREE);
      if (zone.use == Use.FREE && inventory.makeFree(zone) && !wasRoom) {
        // A zone that has failed, or that the superblock log gets, refills no reserve.
        inventory.reserves.repay(served);
      }
    } finally {
      inventory.publishAndUnlock();
    }
  }

  private void resetFailed(ManagedZone zone) {
    ZoneDescriptor now = reportOrNull(zone.index);
    inventory.lock();
    try {
      if (zone.failedUse != null) {
        inventory.setActive(zone, false);
        inventory.use(zone, zone.failedUse);
      } else if (now == null) {
        inventory.use(zone, Use.FILLED);
      } else {
        // It is not handed out again: a zone that fails its reset is not trusted with data.
        Use use = ManagedZone.useOf(now);
        inventory.setActive(zone, now.condition().isActive());
        // It may be empty all the same. Only a reset that succeeds gives the zone back.
        inventory.use(zone, use == Use.PARTIAL || use == Use.FREE ? Use.FILLED : use);
      }
    } finally {
      inventory.publishAndUnlock();
    }
  }

  /**
   * As {@link #reportOrNull}, but a drive that is being reset gets a moment for it, and a host
   * without memory, or a medium that does not answer, some seconds.
   */
  private @Nullable ZoneDescriptor reportAfterFailure(int index) {
    for (int tries = 1; ; tries++) {
      try {
        return device.report(index, 1).get(0);
      } catch (IOException failed) {
        int most = DeviceException.isInconclusive(failed) ? SHORTAGE_TRIES : REPORT_TRIES;
        if (tries >= most || DeviceException.isRemoval(failed)) {
          LOG.warn("zone {} cannot be reported", index, failed);
          return null;
        }
        LockSupport.parkNanos(REPORT_PAUSE_NANOS);
      }
    }
  }

  /** One zone as the drive reports it, or null if the report fails. */
  private @Nullable ZoneDescriptor reportOrNull(int index) {
    try {
      return device.report(index, 1).get(0);
    } catch (IOException failed) {
      LOG.warn("zone {} cannot be reported", index, failed);
      return null;
    }
  }
}
