// SPDX-License-Identifier: Apache-2.0
package zonefsj.device;

/**
 * A drive whose medium can become larger while it is open, as an image file that is made longer.
 * The drive keeps its zones until it is opened again with the permission to grow.
 *
 * <p>Thread-safe.
 */
public interface MediumRoom {
  /**
   * Number of zones for which the medium has room now, at least that of the drive. Asks the host
   * for sizes only, and accesses no zones.
   */
  int zonesOfMedium();

  /** Number of zones for which the medium of a drive has room; that of the drive if it is fixed. */
  static int of(ZonedDevice device) {
    ZonedDevice next = device;
    while (next instanceof FilterZonedDevice filter && !(next instanceof MediumRoom)) {
      next = filter.delegate();
    }
    return next instanceof MediumRoom medium
        ? medium.zonesOfMedium()
        : device.geometry().zoneCount();
  }
}
