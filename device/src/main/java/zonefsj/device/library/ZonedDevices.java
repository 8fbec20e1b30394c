// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.library;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import zonefsj.device.DeviceAccess;
import zonefsj.device.ZonedDevice;
import zonefsj.device.filter.TracingZonedDevice;
import zonefsj.device.filter.ValidatingZonedDevice;
import zonefsj.device.spec.DeviceLookup;
import zonefsj.device.spec.DeviceResolver;

/**
 * A plan to open a drive.
 *
 * <pre>{@code
 * try (ZonedDevice drive = ZonedDevices.at("file:/var/tmp/d.img").readOnly().validating().open()) {
 * }
 * }</pre>
 *
 * <p>Immutable and thread-safe: every method returns a new plan, and one plan can open several
 * times. The first wrapper named is the closest to the drive.
 */
public final class ZonedDevices {
  private final String spec;
  private final DeviceAccess access;
  private final DeviceLookup lookup;
  private final List<UnaryOperator<ZonedDevice>> wrappers;

  private ZonedDevices(
      String spec,
      DeviceAccess access,
      DeviceLookup lookup,
      List<UnaryOperator<ZonedDevice>> wrappers) {
    this.spec = spec;
    this.access = access;
    this.lookup = lookup;
    this.wrappers = List.copyOf(wrappers);
  }

  /**
   * A plan to open a drive exclusively for reading and writing; accesses no files yet.
   *
   * @param spec a block device, an image, {@code file:PATH} or {@code mem:SIZE}, see {@link
   *     zonefsj.device.spec.DeviceSpec}; {@code UUID=} and {@code LABEL=} need {@link #searching}
   */
  public static ZonedDevices at(String spec) {
    return new ZonedDevices(
        Objects.requireNonNull(spec), DeviceAccess.READ_WRITE, DeviceLookup.none(), List.of());
  }

  /** Opens the drive read-only; other readers may open it, too. */
  public ZonedDevices readOnly() {
    return new ZonedDevices(spec, DeviceAccess.READ_ONLY, lookup, wrappers);
  }

  /** Finds drives by UUID and label with this lookup. */
  public ZonedDevices searching(DeviceLookup other) {
    return new ZonedDevices(spec, access, Objects.requireNonNull(other), wrappers);
  }

  /**
   * Checks the contract of {@link ZonedDevice} at every access, on both sides: for the development
   * of a program or of a drive. Costs zone reports, see {@link ValidatingZonedDevice}.
   */
  public ZonedDevices validating() {
    return wrappedBy(ValidatingZonedDevice::new);
  }

  /**
   * Wraps the drive in a wrapper of the caller, such as a {@link zonefsj.device.FilterZonedDevice}.
   *
   * @param wrapper gets the drive below and owns it from then on
   */
  public ZonedDevices wrappedBy(UnaryOperator<ZonedDevice> wrapper) {
    List<UnaryOperator<ZonedDevice>> more = new ArrayList<>(wrappers);
    more.add(wrapper);
    return new ZonedDevices(spec, access, lookup, more);
  }

  /**
   * Opens the drive. The caller closes it.
   *
   * @throws IOException with a one-line message: the problem, the place, the remedy
   */
  public ZonedDevice open() throws IOException {
    ZonedDevice device = new DeviceResolver(lookup).open(spec, access);
    boolean wrapped = false;
    try {
      for (UnaryOperator<ZonedDevice> wrapper : wrappers) {
        device = wrapper.apply(device);
      }
      wrapped = true;
      return device;
    } finally {
      if (!wrapped) {
        device.close();
      }
    }
  }

  /**
   * Opens the drive with counters and a log of all accesses outside all wrappers, see {@link
   * TracingZonedDevice#counters()}.
   *
   * @throws IOException as {@link #open}
   */
  public TracingZonedDevice openTracing() throws IOException {
    return new TracingZonedDevice(open());
  }
}
