// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.simulate;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.DeviceModel;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;
import zonefsj.device.ZonedDevice;
import zonefsj.zonemgr.FrameHeader;

/**
 * A zoned drive that keeps the head of each frame, header and payload, and forgets the data: they
 * read as zeros. A write is a whole frame. Takes about 40 bytes for each block of scattered data.
 * Single-threaded.
 */
final class SummaryDrive implements ZonedDevice {
  private static final int BLOCK_BYTES = 4096;
  private static final int OPEN_ZONES = 14;

  private final DeviceGeometry geometry;
  private final long[] writePointers;
  private final ZoneCondition[] conditions;
  private final List<TreeMap<Long, byte[]>> heads = new ArrayList<>();
  private long writtenBytes;

  SummaryDrive(int zones, long zoneBytes) {
    geometry =
        new DeviceGeometry(
            DeviceModel.HOST_MANAGED,
            BLOCK_BYTES,
            zones,
            zoneBytes,
            zones * zoneBytes,
            OptionalInt.of(OPEN_ZONES),
            OptionalInt.of(OPEN_ZONES),
            1 << 20,
            "summaries only");
    writePointers = new long[zones];
    conditions = new ZoneCondition[zones];
    Arrays.fill(conditions, ZoneCondition.EMPTY);
    for (int zone = 0; zone < zones; zone++) {
      writePointers[zone] = geometry.zoneStartBytes(zone);
      heads.add(new TreeMap<>());
    }
  }

  /** All bytes ever written. */
  long writtenBytes() {
    return writtenBytes;
  }

  @Override
  public DeviceGeometry geometry() {
    return geometry;
  }

  @Override
  public List<ZoneDescriptor> report(int from, int count) {
    List<ZoneDescriptor> report = new ArrayList<>();
    for (int zone = from; zone < Math.min(from + count, geometry.zoneCount()); zone++) {
      report.add(
          new ZoneDescriptor(
              zone,
              ZoneType.SEQUENTIAL_REQUIRED,
              conditions[zone],
              geometry.zoneStartBytes(zone),
              geometry.zoneSizeBytes(),
              geometry.zoneSizeBytes(),
              writePointers[zone]));
    }
    return report;
  }

  @Override
  public void read(long positionBytes, ByteBuffer destination) {
    Map.Entry<Long, byte[]> head =
        heads.get(geometry.zoneOf(positionBytes)).floorEntry(positionBytes);
    if (head != null) {
      int within = (int) Math.min(positionBytes - head.getKey(), head.getValue().length);
      int length = Math.min(head.getValue().length - within, destination.remaining());
      destination.put(head.getValue(), within, length);
    }
    while (destination.hasRemaining()) {
      destination.put((byte) 0);
    }
  }

  @Override
  public void write(long positionBytes, ByteBuffer... sources) throws IOException {
    int zone = geometry.zoneOf(positionBytes);
    long end = geometry.zoneStartBytes(zone) + geometry.zoneSizeBytes();
    if (positionBytes != writePointers[zone] || sources.length != 1) {
      throw new DeviceException(
          DeviceException.Reason.NOT_AT_WRITE_POINTER,
          zone,
          "a write that is no frame at the write pointer");
    }
    ByteBuffer frame = sources[0];
    FrameHeader header = FrameHeader.decode(frame);
    if (header != null) {
      byte[] head = new byte[FrameHeader.BYTES + header.payloadBytes()];
      frame.get(frame.position(), head);
      heads.get(zone).put(positionBytes, head);
    }
    writePointers[zone] += frame.remaining();
    writtenBytes += frame.remaining();
    frame.position(frame.limit());
    conditions[zone] = writePointers[zone] == end ? ZoneCondition.FULL : open(conditions[zone]);
  }

  private static ZoneCondition open(ZoneCondition before) {
    return before == ZoneCondition.EXPLICIT_OPEN ? before : ZoneCondition.IMPLICIT_OPEN;
  }

  @Override
  public long append(int zone, ByteBuffer... sources) throws IOException {
    long position = writePointers[zone];
    write(position, sources);
    return position;
  }

  @Override
  public void flush() {}

  @Override
  public void open(int zone) {
    conditions[zone] = ZoneCondition.EXPLICIT_OPEN;
  }

  @Override
  public void close(int zone) {
    boolean isEmpty = writePointers[zone] == geometry.zoneStartBytes(zone);
    conditions[zone] = isEmpty ? ZoneCondition.EMPTY : ZoneCondition.CLOSED;
  }

  @Override
  public void finish(int zone) {
    conditions[zone] = ZoneCondition.FULL;
    writePointers[zone] = geometry.zoneStartBytes(zone) + geometry.zoneSizeBytes();
  }

  @Override
  public void reset(int zone) {
    conditions[zone] = ZoneCondition.EMPTY;
    writePointers[zone] = geometry.zoneStartBytes(zone);
    heads.get(zone).clear();
  }

  @Override
  public void close() {}
}
