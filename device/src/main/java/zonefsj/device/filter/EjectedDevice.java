// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.filter;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.DevicePart;
import zonefsj.device.MediumPresence;
import zonefsj.device.StackedDevice;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;

/**
 * Stands for a drive that was let go of: knows its zones as they were, and refuses all that needs
 * its medium. Nothing was written since, so a flush has nothing to do. 48 bytes per zone.
 * Thread-safe.
 */
final class EjectedDevice implements ZonedDevice, StackedDevice {
  private static final String STATE =
      DevicePart.MISSING + ": ejected; 'mount -o remount' takes it back";

  private final ZonedDevice former;
  private final List<ZoneDescriptor> zones;

  /**
   * @param former the drive, which is closed
   * @param zones as they were last
   */
  EjectedDevice(ZonedDevice former, List<ZoneDescriptor> zones) {
    this.former = former;
    this.zones = zones;
  }

  /** All zones as they were last. */
  List<ZoneDescriptor> zones() {
    return zones;
  }

  /** Whether its medium is no longer where it was. */
  boolean isPulled() {
    return !MediumPresence.ofAll(former);
  }

  private static DeviceException refusal() {
    return new DeviceException(
        Reason.UNAVAILABLE, -1, "the drive is ejected; 'mount -o remount' takes it back");
  }

  @Override
  public String kind() {
    return former.geometry().description();
  }

  @Override
  public String state() {
    return STATE;
  }

  @Override
  public List<Below> below() {
    return List.of();
  }

  @Override
  public DeviceGeometry geometry() {
    return former.geometry();
  }

  @Override
  public int copies() {
    return former.copies();
  }

  @Override
  public List<ZoneDescriptor> report(int from, int count) {
    return zones.subList(from, from + count);
  }

  @Override
  public void read(long positionBytes, ByteBuffer destination) throws IOException {
    throw refusal();
  }

  @Override
  public void write(long positionBytes, ByteBuffer... sources) throws IOException {
    throw refusal();
  }

  @Override
  public long append(int zone, ByteBuffer... sources) throws IOException {
    throw refusal();
  }

  @Override
  public void flush() {
    // All was durable when the drive was closed.
  }

  @Override
  public void open(int zone) throws IOException {
    throw refusal();
  }

  @Override
  public void close(int zone) {
    // The end of the drive has closed it.
  }

  @Override
  public void finish(int zone) throws IOException {
    throw refusal();
  }

  @Override
  public void reset(int zone) throws IOException {
    throw refusal();
  }

  /** The drive is closed, unless that has failed. */
  @Override
  public void close() throws IOException {
    former.close();
  }
}
