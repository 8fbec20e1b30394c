// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.filter;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import zonefsj.device.AccessRules;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;

/**
 * The first zones of a drive, as a drive. The number of zones can change while it is in use, up to
 * the number that the drive below has: an exception to the constant geometry of other drives. A
 * thread that still uses a zone that was just taken away is not disturbed: only zones that this
 * drive never had are refused.
 *
 * <p>Thread-safe.
 */
public final class FirstZones extends FilterZonedDevice {
  private volatile DeviceGeometry geometry;

  /** With the most zones that it ever had, except those before the first limit. */
  private volatile DeviceGeometry reachable;

  private boolean isLimited;

  /** All zones that the drive has now. */
  public FirstZones(ZonedDevice delegate) {
    super(delegate);
    this.geometry = delegate.geometry();
    this.reachable = geometry;
  }

  /**
   * Changes the number of zones.
   *
   * @throws IllegalArgumentException if the drive below has fewer
   */
  public synchronized void limitTo(int zones) {
    DeviceGeometry whole = delegate().geometry();
    if (zones < 1 || zones > whole.zoneCount()) {
      throw new IllegalArgumentException(zones + " zones of " + whole.zoneCount());
    }
    long end = Math.min(zones * whole.zoneSizeBytes(), whole.capacityBytes());
    geometry =
        new DeviceGeometry(
            whole.model(),
            whole.blockSizeBytes(),
            zones,
            whole.zoneSizeBytes(),
            end,
            whole.maxOpenZones(),
            whole.maxActiveZones(),
            whole.maxAppendBytes(),
            whole.description());
    if (!isLimited || zones >= reachable.zoneCount()) {
      reachable = geometry;
    }
    isLimited = true;
  }

  @Override
  public DeviceGeometry geometry() {
    return geometry;
  }

  @Override
  public List<ZoneDescriptor> report(int from, int count) throws IOException {
    AccessRules.checkReport(reachable, from, count);
    return super.report(from, count);
  }

  @Override
  public void read(long positionBytes, ByteBuffer destination) throws IOException {
    AccessRules.checkRead(reachable, positionBytes, destination.remaining());
    delegate().read(positionBytes, destination);
  }

  @Override
  public void readCopy(int copy, long positionBytes, ByteBuffer destination) throws IOException {
    AccessRules.checkRead(reachable, positionBytes, destination.remaining());
    super.readCopy(copy, positionBytes, destination);
  }

  @Override
  public void write(long positionBytes, ByteBuffer... sources) throws IOException {
    AccessRules.checkWrite(reachable, positionBytes, AccessRules.totalBytes(sources));
    delegate().write(positionBytes, sources);
  }

  @Override
  public long append(int zone, ByteBuffer... sources) throws IOException {
    AccessRules.checkZone(reachable, zone);
    return delegate().append(zone, sources);
  }

  @Override
  public void open(int zone) throws IOException {
    AccessRules.checkZone(reachable, zone);
    super.open(zone);
  }

  @Override
  public void close(int zone) throws IOException {
    AccessRules.checkZone(reachable, zone);
    super.close(zone);
  }

  @Override
  public void finish(int zone) throws IOException {
    AccessRules.checkZone(reachable, zone);
    super.finish(zone);
  }

  @Override
  public void reset(int zone) throws IOException {
    AccessRules.checkZone(reachable, zone);
    super.reset(zone);
  }
}
