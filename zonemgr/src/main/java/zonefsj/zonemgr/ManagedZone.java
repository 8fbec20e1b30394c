// SPDX-License-Identifier: Apache-2.0
package zonefsj.zonemgr;

import org.jspecify.annotations.Nullable;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;
import zonefsj.zonemgr.ZoneState.Use;

/** What the allocator keeps of a zone; guarded by the lock of {@link ZoneInventory}. */
final class ManagedZone {
  final int index;
  final long startBytes;

  /** What can be written in whole units: frames fill no other room. */
  final long capacityBytes;

  /** Where the drive calls the zone full and takes its active slot back. */
  final long fullBytes;

  private final int unitBytes;

  /** Died, or was dead from the start: counts for no stream and for no room. */
  boolean countedAsFailed;

  Use use;
  @Nullable ZoneStream stream;
  long writtenBytes;
  boolean active;

  /** Only a reset gives its slot back. */
  boolean finishFailed;

  /** A write to it failed since it was last empty. */
  boolean writeFailed;

  /** A frame may be torn at its write pointer: by a crash before this mount, or a failed write. */
  boolean mayBeTorn;

  /** What the drive made of it while it had a handle: its use once the handle is gone. */
  @Nullable Use pendingState;

  ManagedZone(ZoneDescriptor descriptor, int unitBytes) {
    this.unitBytes = unitBytes;
    index = descriptor.index();
    startBytes = descriptor.startBytes();
    fullBytes = descriptor.capacityBytes();
    capacityBytes = fullBytes - fullBytes % unitBytes;
    writtenBytes = descriptor.writtenBytes();
    use = useOf(descriptor);
    if (use == Use.FREE && capacityBytes == 0) {
      // Nothing can ever be written to it.
      use = Use.CONVENTIONAL;
    } else if (use == Use.PARTIAL && lacksRoom()) {
      use = Use.FILLED;
    }
    mayBeTorn = use == Use.PARTIAL;
    countedAsFailed = isOutOfUse();
    boolean isDying =
        descriptor.condition() == ZoneCondition.READ_ONLY
            || descriptor.condition() == ZoneCondition.OFFLINE;
    if (use == Use.CONVENTIONAL && isDying) {
      pendingState = descriptor.condition() == ZoneCondition.OFFLINE ? Use.OFFLINE : Use.READ_ONLY;
    }
  }

  /** Whether the drive takes nothing for it any more. */
  boolean isOutOfUse() {
    return use == Use.READ_ONLY || use == Use.OFFLINE;
  }

  /** The stream whose share it is counted in. */
  @Nullable ZoneStream countedStream() {
    return countedAsFailed ? null : stream;
  }

  /**
   * Bytes that can still be appended in whole units, behind the unit that a crash may have torn.
   */
  long remainingBytes() {
    return Math.max(0, capacityBytes - FrameHeader.roundUp(writtenBytes, unitBytes));
  }

  /** Whether less than a unit is left. The drive may count the zone as active still. */
  boolean lacksRoom() {
    return remainingBytes() < unitBytes;
  }

  /** Whether it takes no more, but holds an active slot that a finish would give back. */
  boolean needsFinish() {
    return use == Use.FILLED && active && !finishFailed;
  }

  /** Whether it takes no more, and a finish did not give its active slot back. */
  boolean isUnfinished() {
    return use == Use.FILLED && active && finishFailed;
  }

  static Use useOf(ZoneDescriptor descriptor) {
    if (descriptor.type() == ZoneType.CONVENTIONAL) {
      return Use.CONVENTIONAL;
    }
    return switch (descriptor.condition()) {
      case EMPTY -> Use.FREE;
      case IMPLICIT_OPEN, EXPLICIT_OPEN, CLOSED -> Use.PARTIAL;
      case FULL -> Use.FILLED;
      case READ_ONLY -> Use.READ_ONLY;
      case OFFLINE -> Use.OFFLINE;
      case NOT_WRITE_POINTER -> Use.CONVENTIONAL;
    };
  }

  /** Whether hot and cold data may go on in it. */
  boolean takesData() {
    return use == Use.PARTIAL && (stream == ZoneStream.HOT || stream == ZoneStream.COLD);
  }

  ZoneState state() {
    return new ZoneState(index, use, stream, capacityBytes, writtenBytes);
  }
}
