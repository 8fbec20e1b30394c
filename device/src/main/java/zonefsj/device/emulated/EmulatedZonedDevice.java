// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.emulated;

import java.io.IOException;
import zonefsj.device.ZoneCondition;
import zonefsj.device.software.SoftwareZonedDevice;
import zonefsj.device.software.ZoneStateMachine;
import zonefsj.device.software.ZoneStorage;

/**
 * A host-managed drive in software, in memory or in an image file, whose zones can be made to fail.
 *
 * <p>Threading: as {@link SoftwareZonedDevice}.
 */
public abstract sealed class EmulatedZonedDevice extends SoftwareZonedDevice
    implements ZoneInjection permits RamZonedDevice, ImageZonedDevice {
  private final EmulatedGeometry emulatedGeometry;

  EmulatedZonedDevice(
      EmulatedGeometry emulatedGeometry,
      String description,
      ZoneStateMachine machine,
      ZoneStorage storage,
      boolean readOnly) {
    super(emulatedGeometry.toDeviceGeometry(description), machine, storage, readOnly);
    this.emulatedGeometry = emulatedGeometry;
  }

  /** The geometry with which the drive was created. */
  public final EmulatedGeometry emulatedGeometry() {
    return emulatedGeometry;
  }

  @Override
  public final void setReadOnly(int zone) throws IOException {
    wear(zone, ZoneCondition.READ_ONLY);
  }

  @Override
  public final void setOffline(int zone) throws IOException {
    wear(zone, ZoneCondition.OFFLINE);
  }
}
