// SPDX-License-Identifier: Apache-2.0
package zonefsj.zonemgr;

import org.jspecify.annotations.Nullable;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;
import zonefsj.zonemgr.ZoneState.Use;

/** The allocator's state of one zone; guarded by the lock of {@link ZoneInventory}. */
final class ManagedZone {
  final int index;
  final long startBytes;

  /** Bytes that can be written in whole units; frames do not use the rest. */
  final long capacityBytes;

  /** Bytes at which the drive makes the zone full and releases its active resource. */
  final long fullBytes;

  private final int unitBytes;

  /** The zone has failed, since the mount or before; it counts for no stream and no free space. */
  boolean countedAsFailed;

  Use use;
  @Nullable ZoneStream stream;
  long writtenBytes;
  boolean active;

  /** A finish failed: only a reset releases the active resource. */
  boolean finishFailed;

  /** A write to the zone has failed since it was last empty. */
  boolean writeFailed;

  /** See {@link ZoneAllocator#hasLostAppends}. */
  boolean lostAppends;

  /** A crash before this mount or a failed write may have torn a frame at its write pointer. */
  boolean mayBeTorn;

  /** Never handed out, see {@link ZoneAllocator#withhold}. */
  boolean withheld;

  /** Condition to which the drive turned the zone; its use once the handle is closed. */
  @Nullable Use failedUse;

  /**
   * @param isShort whether it takes no data once it is empty, see {@link ShortLastZone}
   */
  ManagedZone(ZoneDescriptor descriptor, int unitBytes, boolean isShort) {
    this.unitBytes = unitBytes;
    index = descriptor.index();
    startBytes = descriptor.startBytes();
    fullBytes = descriptor.capacityBytes();
    capacityBytes = fullBytes - fullBytes % unitBytes;
    writtenBytes = descriptor.writtenBytes();
    use = useOf(descriptor);
    if (use == Use.FREE && (isShort || capacityBytes == 0)) {
      use = Use.TOO_SHORT;
    } else if (use == Use.PARTIAL && lacksRoom()) {
      use = Use.FILLED;
    }
    mayBeTorn = use == Use.PARTIAL;
    countedAsFailed = isOutOfUse();
    boolean isFailed =
        descriptor.condition() == ZoneCondition.READ_ONLY
            || descriptor.condition() == ZoneCondition.OFFLINE;
    if (use == Use.CONVENTIONAL && isFailed) {
      failedUse = descriptor.condition() == ZoneCondition.OFFLINE ? Use.OFFLINE : Use.READ_ONLY;
    }
  }

  /** Whether the drive has turned the zone read-only or offline. */
  boolean isOutOfUse() {
    return use == Use.READ_ONLY || use == Use.OFFLINE;
  }

  /** The stream whose share includes the zone. */
  @Nullable ZoneStream countedStream() {
    return countedAsFailed ? null : stream;
  }

  /** Bytes that can still be appended in whole units, after the unit that a crash may have torn. */
  long remainingBytes() {
    return Math.max(0, capacityBytes - FrameHeader.roundUp(writtenBytes, unitBytes));
  }

  /** Whether less than a unit is left. The drive may still count the zone as active. */
  boolean lacksRoom() {
    return remainingBytes() < unitBytes;
  }

  /** Whether it takes no more appends and holds an active resource that a finish would release. */
  boolean needsFinish() {
    return use == Use.FILLED && active && !finishFailed;
  }

  /** Whether it takes no more appends and a failed finish left its active resource in use. */
  boolean isUnfinished() {
    return use == Use.FILLED && active && finishFailed;
  }

  /** Whether it holds file data, and takes no more although there may be room. */
  boolean isWithheldData() {
    return withheld && use == Use.FILLED && stream != null && stream.isData();
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

  /** Whether hot and cold data may continue in it. */
  boolean takesData() {
    return use == Use.PARTIAL && (stream == ZoneStream.HOT || stream == ZoneStream.COLD);
  }

  ZoneState state() {
    return new ZoneState(index, use, stream, capacityBytes, writtenBytes);
  }
}
