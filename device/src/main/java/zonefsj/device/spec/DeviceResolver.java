// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.spec;

import java.io.IOException;
import zonefsj.device.DeviceAccess;
import zonefsj.device.ZonedDevice;

/**
 * Opens the drive that a SPEC names: the only way from text to a {@link ZonedDevice}. A SPEC may
 * lead to another one (a UUID to a path).
 *
 * <p>Thread-safe if the lookup is.
 */
public final class DeviceResolver {
  private final DeviceLookup lookup;

  /**
   * @param lookup finds drives by UUID and label
   */
  public DeviceResolver(DeviceLookup lookup) {
    this.lookup = lookup;
  }

  /**
   * Opens a drive. The caller closes it.
   *
   * @param spec see {@link DeviceSpec}
   * @throws IOException with a one-line message: the problem, the place, the remedy
   */
  public ZonedDevice open(String spec, DeviceAccess access) throws IOException {
    return DeviceSpec.parse(spec).open(new DeviceOpening(access, Creation.NONE, lookup, 0));
  }

  /**
   * Opens a drive for writing, with the permission to get more zones: those for which its medium
   * has room, as an image file has that was made longer. The zones that it had stay as they are.
   * After a refusal, {@link #open} opens it with the zones that it had.
   *
   * @throws IOException as {@link #open}, also if there is room and the drive cannot use it
   */
  public ZonedDevice grow(String spec) throws IOException {
    return DeviceSpec.parse(spec)
        .open(new DeviceOpening(DeviceAccess.READ_WRITE, Creation.NONE, lookup, 0).growing());
  }

  /**
   * Opens a drive for writing, also if another host has not closed it; that host cannot write it
   * any more then.
   *
   * @throws IOException as {@link #open}, also if no drive of the SPEC belongs to a host
   */
  public ZonedDevice takeOver(String spec) throws IOException {
    DeviceSpec parsed = DeviceSpec.parse(spec);
    if (!parsed.takeOver()) {
      throw new DeviceSpecException(
          spec
              + " cannot be taken over: only drives on stores have a host that may be gone; mount it"
              + " without --takeover");
    }
    return parsed.open(new DeviceOpening(DeviceAccess.READ_WRITE, Creation.NONE, lookup, 0));
  }

  /**
   * Opens a drive to format it: makes composed drives of their parts first.
   *
   * @param creation of which drives
   * @throws IOException as {@link #open}
   */
  public ZonedDevice create(String spec, Creation creation) throws IOException {
    return create(DeviceSpec.parse(spec), creation);
  }

  /** As above. */
  public ZonedDevice create(DeviceSpec spec, Creation creation) throws IOException {
    return spec.open(new DeviceOpening(DeviceAccess.READ_WRITE, creation, lookup, 0).formatting());
  }
}
