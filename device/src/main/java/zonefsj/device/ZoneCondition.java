// SPDX-License-Identifier: Apache-2.0
package zonefsj.device;

/** Condition of a zone, with the names of {@code linux/blkzoned.h}. */
public enum ZoneCondition {
  /** A conventional zone: it has no write pointer and no condition. */
  NOT_WRITE_POINTER,
  /** Nothing written since the last reset. */
  EMPTY,
  /** Opened by a write; the drive may close it by itself to open another zone. */
  IMPLICIT_OPEN,
  /** Opened by {@link ZonedDevice#open}; stays open until closed, finished, reset or full. */
  EXPLICIT_OPEN,
  /** Partly written and not open; still counts as active. */
  CLOSED,
  /** Written up to its capacity, or finished. */
  FULL,
  /** The drive refuses writes and resets; written data can be read. */
  READ_ONLY,
  /** The zone has failed: it can be neither read nor written. */
  OFFLINE;

  /** Whether a zone in this condition uses one of the drive's open resources. */
  public boolean isOpen() {
    return this == IMPLICIT_OPEN || this == EXPLICIT_OPEN;
  }

  /** Whether a zone in this condition uses one of the drive's active resources. */
  public boolean isActive() {
    return isOpen() || this == CLOSED;
  }
}
