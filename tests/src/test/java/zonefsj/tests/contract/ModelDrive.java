// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import zonefsj.device.AccessRules;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.ZoneInjection;

/**
 * A drive that is obviously right: one array of bytes, one lock, no cleverness. The emulated drives
 * are compared with it.
 */
final class ModelDrive implements ZonedDevice, ZoneInjection {
  private final EmulatedGeometry shape;
  private final DeviceGeometry geometry;
  private final byte[] bytes;
  private final ZoneCondition[] conditions;
  private final long[] written;

  /** Implicitly open zones, the first opened first. */
  private final List<Integer> implicit = new ArrayList<>();

  private boolean closed;

  ModelDrive(EmulatedGeometry shape) {
    this.shape = shape;
    this.geometry = shape.toDeviceGeometry("model");
    this.bytes = new byte[Math.toIntExact(shape.sizeBytes())];
    this.conditions = new ZoneCondition[shape.zoneCount()];
    this.written = new long[shape.zoneCount()];
    for (int zone = 0; zone < conditions.length; zone++) {
      conditions[zone] =
          shape.isConventional(zone) ? ZoneCondition.NOT_WRITE_POINTER : ZoneCondition.EMPTY;
    }
  }

  /** What a new start of the drive changes: it forgets in which order zones were opened. */
  synchronized void restart() {
    Collections.sort(implicit);
  }

  @Override
  public DeviceGeometry geometry() {
    return geometry;
  }

  @Override
  public synchronized List<ZoneDescriptor> report(int from, int count) throws DeviceException {
    checkOpen();
    AccessRules.checkReport(geometry, from, count);
    List<ZoneDescriptor> zones = new ArrayList<>();
    for (int zone = from; zone < from + count; zone++) {
      boolean conventional = shape.isConventional(zone);
      boolean end = conventional || conditions[zone] == ZoneCondition.FULL;
      zones.add(
          new ZoneDescriptor(
              zone,
              conventional ? ZoneType.CONVENTIONAL : ZoneType.SEQUENTIAL_REQUIRED,
              conditions[zone],
              geometry.zoneStartBytes(zone),
              shape.sizeOfBytes(zone),
              shape.capacityOfBytes(zone),
              geometry.zoneStartBytes(zone) + (end ? shape.capacityOfBytes(zone) : written[zone])));
    }
    return zones;
  }

  @Override
  public synchronized void read(long positionBytes, ByteBuffer destination) throws DeviceException {
    checkOpen();
    AccessRules.checkRead(geometry, positionBytes, destination.remaining());
    for (long at = positionBytes;
        at < positionBytes + destination.remaining();
        at += geometry.blockSizeBytes()) {
      int zone = geometry.zoneOf(at);
      if (conditions[zone] == ZoneCondition.OFFLINE) {
        throw refuse(Reason.ZONE_OFFLINE, zone);
      }
    }
    destination.put(bytes, (int) positionBytes, destination.remaining());
  }

  @Override
  public synchronized void write(long positionBytes, ByteBuffer... sources) throws DeviceException {
    checkOpen();
    long length = AccessRules.totalBytes(sources);
    int zone = AccessRules.checkWrite(geometry, positionBytes, length);
    checkCondition(zone);
    if (!shape.isConventional(zone)) {
      checkNotFull(zone);
      if (positionBytes != geometry.zoneStartBytes(zone) + written[zone]) {
        throw refuse(Reason.NOT_AT_WRITE_POINTER, zone);
      }
      if (written[zone] + length > shape.capacityOfBytes(zone)) {
        throw refuse(Reason.BEYOND_CAPACITY, zone);
      }
      if (length > 0 && !conditions[zone].isOpen()) {
        takeOpen(zone);
        conditions[zone] = ZoneCondition.IMPLICIT_OPEN;
        implicit.add(zone);
      }
    }
    int at = (int) positionBytes;
    for (ByteBuffer source : sources) {
      int count = source.remaining();
      source.get(bytes, at, count);
      at += count;
    }
    if (!shape.isConventional(zone)) {
      written[zone] += length;
      if (written[zone] == shape.capacityOfBytes(zone)) {
        become(zone, ZoneCondition.FULL);
      }
    }
  }

  @Override
  public synchronized long append(int zone, ByteBuffer... sources) throws DeviceException {
    checkOpen();
    AccessRules.checkAppend(geometry, zone, AccessRules.totalBytes(sources));
    checkSequential(zone);
    checkNotFull(zone);
    long positionBytes = geometry.zoneStartBytes(zone) + written[zone];
    if (AccessRules.totalBytes(sources) > shape.capacityOfBytes(zone) - written[zone]) {
      throw refuse(Reason.BEYOND_CAPACITY, zone);
    }
    write(positionBytes, sources);
    return positionBytes;
  }

  @Override
  public synchronized void flush() throws DeviceException {
    checkOpen();
  }

  @Override
  public synchronized void open(int zone) throws DeviceException {
    begin(zone);
    checkNotFull(zone);
    if (!conditions[zone].isOpen()) {
      takeOpen(zone);
    }
    become(zone, ZoneCondition.EXPLICIT_OPEN);
  }

  @Override
  public synchronized void close(int zone) throws DeviceException {
    begin(zone);
    checkNotFull(zone);
    if (conditions[zone].isOpen()) {
      become(zone, ZoneCondition.CLOSED);
    }
  }

  @Override
  public synchronized void finish(int zone) throws DeviceException {
    begin(zone);
    become(zone, ZoneCondition.FULL);
  }

  @Override
  public synchronized void reset(int zone) throws DeviceException {
    begin(zone);
    become(zone, ZoneCondition.EMPTY);
    written[zone] = 0;
    int start = (int) geometry.zoneStartBytes(zone);
    Arrays.fill(bytes, start, start + (int) shape.sizeOfBytes(zone), (byte) 0);
  }

  @Override
  public synchronized void setReadOnly(int zone) throws DeviceException {
    checkOpen();
    if (conditions[zone] == ZoneCondition.OFFLINE) {
      throw refuse(Reason.ZONE_OFFLINE, zone);
    }
    wear(zone, ZoneCondition.READ_ONLY);
  }

  @Override
  public synchronized void setOffline(int zone) throws DeviceException {
    checkOpen();
    wear(zone, ZoneCondition.OFFLINE);
  }

  @Override
  public synchronized void close() {
    closed = true;
  }

  private void wear(int zone, ZoneCondition condition) {
    if (conditions[zone] == ZoneCondition.FULL) {
      // What is reported as pointer then means nothing; the drives keep the end of the capacity.
      written[zone] = shape.capacityOfBytes(zone);
    }
    become(zone, condition);
  }

  private void become(int zone, ZoneCondition condition) {
    implicit.remove((Integer) zone);
    conditions[zone] = condition;
  }

  private void takeOpen(int zone) throws DeviceException {
    long active = Arrays.stream(conditions).filter(ZoneCondition::isActive).count();
    long open = Arrays.stream(conditions).filter(ZoneCondition::isOpen).count();
    if (conditions[zone] == ZoneCondition.EMPTY
        && shape.maxActiveZones().isPresent()
        && active == shape.maxActiveZones().getAsInt()) {
      throw refuse(Reason.TOO_MANY_ACTIVE, zone);
    }
    if (shape.maxOpenZones().isPresent() && open == shape.maxOpenZones().getAsInt()) {
      if (implicit.isEmpty()) {
        throw refuse(Reason.TOO_MANY_OPEN, zone);
      }
      become(implicit.get(0), ZoneCondition.CLOSED);
    }
  }

  private void begin(int zone) throws DeviceException {
    checkOpen();
    AccessRules.checkZone(geometry, zone);
    checkSequential(zone);
  }

  private void checkSequential(int zone) throws DeviceException {
    checkCondition(zone);
    if (shape.isConventional(zone)) {
      throw refuse(Reason.INVALID_TRANSITION, zone);
    }
  }

  private void checkCondition(int zone) throws DeviceException {
    if (conditions[zone] == ZoneCondition.OFFLINE) {
      throw refuse(Reason.ZONE_OFFLINE, zone);
    }
    if (conditions[zone] == ZoneCondition.READ_ONLY) {
      throw refuse(Reason.ZONE_READ_ONLY, zone);
    }
  }

  private void checkNotFull(int zone) throws DeviceException {
    if (conditions[zone] == ZoneCondition.FULL) {
      throw refuse(Reason.ZONE_FULL, zone);
    }
  }

  private void checkOpen() throws DeviceException {
    if (closed) {
      throw new DeviceException(Reason.CLOSED, -1, "closed");
    }
  }

  private DeviceException refuse(Reason reason, int zone) {
    return new DeviceException(
        reason,
        zone,
        "zone "
            + zone
            + " refused at "
            + (geometry.zoneStartBytes(zone) + written[zone])
            + ": "
            + reason);
  }
}
