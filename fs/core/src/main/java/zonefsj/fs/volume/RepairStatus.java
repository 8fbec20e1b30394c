// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume;

/**
 * What was repaired from another copy of the drive, such as a member of a mirror, since the mount.
 *
 * @param wrongReads reads for which a copy gave wrong bytes, and another one the right ones
 * @param movedExtents extents that were moved away from wrong copies
 * @param waitingPlaces places that wait to be moved
 */
public record RepairStatus(long wrongReads, long movedExtents, long waitingPlaces) {
  /** Nothing was repaired. */
  public static final RepairStatus NONE = new RepairStatus(0, 0, 0);

  /** Whether there is anything to tell. */
  public boolean isEmpty() {
    return wrongReads == 0 && movedExtents == 0 && waitingPlaces == 0;
  }
}
