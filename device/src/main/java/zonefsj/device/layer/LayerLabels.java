// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.layer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.compose.Part;

/**
 * The two labels of a layer on a drive: in each of its first two zones the header, the table of the
 * drive below, and then records, of which the newest counts. A record costs its own length in each
 * label; one that has no more room begins the label again, which costs header and table besides.
 *
 * <p>Each record goes to both labels before the flush that makes it durable, so either has
 * everything. A label is begun again only while the other one has a durable record.
 *
 * <p>Threading: one thread at a time.
 */
final class LayerLabels {
  /** Number of zones that the labels take. */
  static final int ZONES = 2;

  /** So many are read at an open at the most, and more than any open writes usually. */
  private static final int MAX_RECORDS = 256;

  private static final Logger LOG = LoggerFactory.getLogger(LayerLabels.class);

  /** Of a label that must be begun again before it takes a record. */
  private static final long FULL = Long.MAX_VALUE / 2;

  private final Part part;
  private final DeviceGeometry geometry;

  /** Header and table, in whole blocks. */
  private final ByteBuffer head;

  private final int recordBytes;

  /** Offset of the next record of each label. */
  private final long[] ends = {FULL, FULL};

  /** Whether each label has every record. */
  private final boolean[] there = {true, true};

  /** The label that is written first: the other one has the newest record. */
  private int first;

  /**
   * @param part zones of the drive from 0 on
   * @param head header and table, in whole blocks
   * @param zones number of zones of the layer
   */
  LayerLabels(Part part, ByteBuffer head, int zones) {
    this.part = part;
    this.geometry = part.device().geometry();
    this.head = head;
    this.recordBytes = LayerRecord.lengthBytes(zones, geometry.blockSizeBytes());
  }

  /**
   * What the labels of a drive say.
   *
   * @param header of the layer
   * @param table of the drive below, encoded
   * @param newest the record that counts
   * @param labels takes the next records
   */
  record Found(LayerHeader header, ByteBuffer table, LayerRecord newest, LayerLabels labels) {}

  /** Length of header and table in whole blocks. */
  static long headBytes(int zones, int blockSizeBytes) {
    long length = LayerHeader.BYTES + (long) BaseTable.lengthBytes(zones);
    return (length + blockSizeBytes - 1) / blockSizeBytes * blockSizeBytes;
  }

  /** The least room that a zone of a label must have. */
  static long leastBytes(int zones, int blockSizeBytes) {
    return headBytes(zones, blockSizeBytes) + 2L * LayerRecord.lengthBytes(zones, blockSizeBytes);
  }

  /** Puts header and table together. */
  static ByteBuffer head(LayerHeader header, ByteBuffer table, int blockSizeBytes) {
    ByteBuffer head =
        ByteBuffer.allocateDirect((int) headBytes(header.zoneCount(), blockSizeBytes));
    head.put(header.encode(LayerHeader.Kind.DRIVE)).put(table.duplicate());
    return head.clear();
  }

  /**
   * Reads the labels of a drive.
   *
   * @return empty if the drive keeps no layer
   * @throws IOException if a label cannot be read or is damaged, and the other one does not help
   */
  static Optional<Found> read(Part part, LayerPlace place) throws IOException {
    Found newest = null;
    IOException failure = null;
    boolean[] there = {true, true};
    long[] ends = {FULL, FULL};
    int first = 0;
    boolean lags = false;
    int zones = Math.min(ZONES, part.device().geometry().zoneCount());
    for (int zone = 0; zone < zones; zone++) {
      try {
        Copy copy = read(part, zone, place);
        // One that has become read-only may lag behind.
        there[zone] = copy != null && !part.report(zone).hasFailed();
        if (copy != null) {
          ends[zone] = copy.endBytes;
          if (newest != null && !newest.header().uuid().equals(copy.found.header().uuid())) {
            throw place.unusable("labels are of different layers");
          }
          if (newest == null || copy.found.newest.sequence() > newest.newest.sequence()) {
            newest = copy.found;
            lags = !there[zone];
            first = 1 - zone;
          }
        }
      } catch (IOException e) {
        DeviceException.rethrowInconclusive(e);
        LOG.warn("label {} of the layer on {} cannot be used", zone, place, e);
        failure = e;
        there[zone] = false;
      }
    }
    if (failure != null && (newest == null || lags)) {
      throw failure;
    }
    if (newest != null) {
      LayerLabels labels = newest.labels;
      labels.first = first;
      System.arraycopy(there, 0, labels.there, 0, ZONES);
      System.arraycopy(ends, 0, labels.ends, 0, ZONES);
    }
    return Optional.ofNullable(newest);
  }

  /** One label, and where its next record goes. */
  private record Copy(Found found, long endBytes) {}

  /**
   * @return null if the zone has no label, not even a damaged one
   */
  private static @Nullable Copy read(Part part, int zone, LayerPlace place) throws IOException {
    DeviceGeometry geometry = part.device().geometry();
    int block = geometry.blockSizeBytes();
    ZoneDescriptor state = part.report(zone);
    ByteBuffer start = ByteBuffer.allocateDirect((int) headBytes(0, block));
    if (start.capacity() > state.sizeBytes()) {
      return null;
    }
    part.read(zone, 0, start);
    start.flip();
    if (!LayerHeader.Kind.DRIVE.begins(start)) {
      return null;
    }
    LayerHeader header = LayerHeader.decode(start, place);
    int zones = header.zoneCount();
    if (leastBytes(zones, block) > state.sizeBytes()) {
      throw place.unusable("header is damaged: its table does not fit the zone");
    }
    ByteBuffer head = ByteBuffer.allocateDirect((int) headBytes(zones, block));
    part.read(zone, 0, head);
    head.clear();
    ByteBuffer table = head.slice(LayerHeader.BYTES, BaseTable.lengthBytes(zones));
    if (BaseTable.crc(table) != header.baseCrc()) {
      throw place.unusable("table of the drive below is damaged");
    }
    LayerLabels labels = new LayerLabels(part, head, zones);
    long end = Math.min(labels.roomBytes(state), written(state));
    At newest = labels.newest(zone, end, header);
    if (newest == null) {
      throw place.unusable("label has no whole record");
    }
    return new Copy(
        new Found(header, table, newest.record, labels),
        state.hasWritePointer() ? end : newest.endBytes);
  }

  /** A record, and where it ends. */
  private record At(LayerRecord record, long endBytes) {}

  /** How far a zone may have records. */
  private static long written(ZoneDescriptor zone) {
    return zone.hasWritePointer() ? zone.writtenBytes() : zone.capacityBytes();
  }

  private long roomBytes(ZoneDescriptor zone) {
    return Math.min(zone.capacityBytes(), head.capacity() + (long) MAX_RECORDS * recordBytes);
  }

  /** A record can begin at any block: one before it may be there in part. */
  private @Nullable At newest(int zone, long endBytes, LayerHeader header) throws IOException {
    if (endBytes < (long) head.capacity() + recordBytes) {
      return null;
    }
    ByteBuffer records = ByteBuffer.allocateDirect((int) (endBytes - head.capacity()));
    part.read(zone, head.capacity(), records);
    At newest = null;
    int block = geometry.blockSizeBytes();
    for (int at = 0; at + recordBytes <= records.capacity(); at += block) {
      Optional<LayerRecord> record =
          LayerRecord.decode(records.slice(at, recordBytes), header.uuid(), header.zoneCount());
      if (record.isPresent()
          && (newest == null || record.orElseThrow().sequence() >= newest.record.sequence())) {
        newest = new At(record.orElseThrow(), (long) head.capacity() + at + recordBytes);
      }
    }
    return newest;
  }

  /**
   * Writes the first record of a layer.
   *
   * @throws IOException if not both labels took it
   */
  void begin(LayerRecord record) throws IOException {
    renew(record);
    if (!there[0] || !there[1]) {
      throw new DeviceException(
          Reason.ZONE_READ_ONLY, 0, "a zone of a label has failed on " + part.device());
    }
  }

  /**
   * Makes both labels whole: after a crash one can have a record that the other one lacks, or a
   * part of one. A single label is not begun again, since it alone has the layer.
   */
  void renew(LayerRecord record) throws IOException {
    if (there[0] && there[1]) {
      ends[0] = FULL;
      ends[1] = FULL;
    }
    write(record);
    part.flush();
  }

  /**
   * Writes a record to both labels; it is not durable before the next flush. A label that does not
   * take it is begun again with the next record, as long as the other one takes all.
   *
   * @throws IOException if none takes it
   */
  void write(LayerRecord record) throws IOException {
    // One that must be begun again while the other one is whole.
    int next = there[0] == there[1] ? first : there[0] ? 1 : 0;
    boolean isWritten = false;
    IOException failure = null;
    boolean[] lacks = new boolean[ZONES];
    for (int turn = 0; turn < ZONES; turn++) {
      int zone = (next + turn) % ZONES;
      ZoneDescriptor state = part.report(zone);
      boolean begins = endBytes(zone, state) + recordBytes > roomBytes(state);
      if (begins) {
        // What the other label has is durable before this one is emptied.
        part.flush();
      }
      try {
        if (state.hasFailed()) {
          throw new DeviceException(
              Reason.ZONE_READ_ONLY,
              zone,
              "zone " + zone + ", which has a label of the layer, has failed on " + part.device());
        }
        if (begins) {
          begin(zone, state, record);
        } else {
          append(zone, endBytes(zone, state), record);
        }
        isWritten = true;
      } catch (IOException e) {
        DeviceException.rethrowInconclusive(e);
        lacks[zone] = true;
        failure = failure == null ? e : failure;
      }
    }
    if (!isWritten && failure != null) {
      throw failure;
    }
    for (int zone = 0; zone < ZONES; zone++) {
      if (lacks[zone] && there[zone]) {
        LOG.warn("label {} of the layer on {} takes nothing now", zone, part.device(), failure);
        there[zone] = false;
      }
    }
  }

  /** Where the next record of a label goes; too far if the label must be begun again. */
  private long endBytes(int zone, ZoneDescriptor state) {
    // If it alone has the layer, what an append that has failed left is passed over.
    return ends[zone] == FULL && !there[1 - zone] && state.hasWritePointer()
        ? state.writtenBytes()
        : ends[zone];
  }

  private void append(int zone, long atBytes, LayerRecord record) throws IOException {
    // Until it is written: what a write that fails leaves is not known.
    ends[zone] = FULL;
    part.write(zone, atBytes, record.encode(geometry.blockSizeBytes()));
    ends[zone] = atBytes + recordBytes;
  }

  private void begin(int zone, ZoneDescriptor state, LayerRecord record) throws IOException {
    if (!there[1 - zone]) {
      throw new DeviceException(
          Reason.ZONE_READ_ONLY,
          zone,
          "zone "
              + (1 - zone)
              + ", which has one label of the layer, has failed, and the other one has no room on "
              + part.device()
              + ": copy the files out of the layer");
    }
    there[zone] = false;
    ends[zone] = FULL;
    if (state.condition() != ZoneCondition.NOT_WRITE_POINTER
        && state.condition() != ZoneCondition.EMPTY) {
      part.reset(zone);
    }
    part.write(zone, 0, head.duplicate(), record.encode(geometry.blockSizeBytes()));
    there[zone] = true;
    ends[zone] = (long) head.capacity() + recordBytes;
  }
}
