// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.emulated;

import zonefsj.device.ByteSize;
import zonefsj.device.DeviceException;
import zonefsj.device.software.DriveProfile;
import zonefsj.device.software.ZoneStateMachine;

/**
 * An emulated drive in memory. It takes memory only for written data, loses everything when it is
 * closed, and can be copied cheaply.
 *
 * <p>Threading: as {@link EmulatedZonedDevice}.
 */
public final class RamZonedDevice extends EmulatedZonedDevice {
  private final RamStorage storage;

  private RamZonedDevice(
      EmulatedGeometry geometry, String description, ZoneStateMachine machine, RamStorage storage) {
    super(geometry, description, machine, storage, false);
    this.storage = storage;
  }

  /** Creates a drive with all zones empty. */
  public static RamZonedDevice create(EmulatedGeometry geometry) {
    return create(geometry, DriveProfile.STANDARD);
  }

  /** Creates a drive that behaves as drives of one make where they differ. */
  public static RamZonedDevice create(EmulatedGeometry geometry, DriveProfile profile) {
    return new RamZonedDevice(
        geometry,
        "mem:" + ByteSize.format(geometry.sizeBytes()),
        new ZoneStateMachine(geometry, profile),
        new RamStorage(geometry));
  }

  /**
   * An independent copy of the whole drive, as it is between two changes: bytes, zone conditions,
   * write pointers. Costs some 60 bytes for each zone and copies no data: both drives share written
   * data until one of them changes it, 32 KiB at a time. Waits for writes in flight.
   *
   * @throws DeviceException if the drive is closed
   */
  public RamZonedDevice snapshot() throws DeviceException {
    return whileStill(
        machine ->
            new RamZonedDevice(
                emulatedGeometry(), geometry().description(), machine, storage.share()));
  }
}
