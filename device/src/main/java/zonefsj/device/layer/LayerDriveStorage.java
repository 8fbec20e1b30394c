// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.layer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;
import zonefsj.device.AccessRules;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneJudge;
import zonefsj.device.ZonedDevice;
import zonefsj.device.compose.Part;
import zonefsj.device.compose.PendingResets;
import zonefsj.device.software.SoftwareZoneState;
import zonefsj.device.software.SoftwareZoneStates;
import zonefsj.device.software.ZoneStorage;

/**
 * The zones of a layer on another drive: zone n of the layer is zone n + {@link #RESERVED} of that
 * drive. What is appended behind the bytes of the drive below begins at the start of that zone, so
 * an append needs no row: the write pointer of the layer's zone is that of the drive below, plus
 * that of the layer's drive, and after a reset the latter alone.
 *
 * <p>A reset that hides bytes of the drive below is one row. The row is durable before the zone of
 * the layer's drive is reset, so old content goes as a whole, and before that zone is written
 * again, so new content never stands behind old. Where the layer's drive has old bytes itself, the
 * row says so until their reset is durable: an open resets the zone then. Each zone costs that
 * once; later resets are those of the layer's drive.
 *
 * <p>A conventional zone is copied from the drive below at its first write, while others write
 * elsewhere and all may read it, and its row is made durable: that costs a write of the whole zone
 * and two flushes, once.
 *
 * <p>Threading: as {@link ZoneStorage} demands.
 */
final class LayerDriveStorage implements ZoneStorage {
  /** Zones of the drive before those of the layer: two labels, and the spare zone of merges. */
  static final int RESERVED = LayerLabels.ZONES + 1;

  /** Number of the spare zone. */
  static final int SPARE = LayerLabels.ZONES;

  private static final int PIECE_BYTES = 1 << 20;

  private final Part part;
  private final ZonedDevice base;
  private final BaseZones zones;
  private final LayerRows rows;
  private final BlockMap map;
  private final boolean readOnly;
  private final PendingResets resets = new PendingResets();

  /** 1: the zone of the layer's drive begins behind the bytes of the drive below. */
  private final AtomicIntegerArray behind;

  /**
   * @param part zones of the layer's drive from 0 on; owned from now on
   * @param base the drive below; stays the caller's
   * @param map gets the blocks of each conventional zone that is copied
   */
  LayerDriveStorage(
      Part part,
      ZonedDevice base,
      BaseZones zones,
      LayerRows rows,
      BlockMap map,
      boolean readOnly) {
    this.part = part;
    this.base = base;
    this.zones = zones;
    this.rows = rows;
    this.map = map;
    this.readOnly = readOnly;
    this.behind = new AtomicIntegerArray(zones.zoneCount());
    for (int zone = 0; zone < zones.zoneCount(); zone++) {
      boolean hidden = rows.isHidden(zone);
      behind.setPlain(zone, hidden || zones.isConventional(zone) ? 0 : 1);
      if (hidden && zones.isConventional(zone)) {
        map.add(zone, 0, map.blocks(zone));
      }
    }
  }

  /** Number of a zone on the layer's drive. */
  private static int own(int zone) {
    return zone + RESERVED;
  }

  /** Offset of the first byte of a zone that is on the layer's drive. */
  private long firstBytes(int zone) {
    return behind.get(zone) != 0 ? zones.zone(zone).pointerBytes() : 0;
  }

  @Override
  public int copies() {
    return part.copies();
  }

  @Override
  public void read(int zone, long offsetBytes, ByteBuffer destination) throws IOException {
    read(part::read, zone, offsetBytes, destination);
  }

  @Override
  public void readCopy(int copy, int zone, long offsetBytes, ByteBuffer destination)
      throws IOException {
    read(
        (own, at, destinationPart) -> part.readCopy(copy, own, at, destinationPart),
        zone,
        offsetBytes,
        destination);
  }

  @Override
  public void noteWrong(int copy, int zone, long offsetBytes) {
    part.noteWrong(copy, own(zone), Math.max(0, offsetBytes - firstBytes(zone)));
  }

  /** A zone that begins in the middle cannot be judged. */
  @Override
  public void judgeBy(ZoneJudge judge) {
    part.judgeBy(
        (zone, lengthBytes, copy, other) ->
            zone >= RESERVED
                && zone < own(zones.zoneCount())
                && firstBytes(zone - RESERVED) == 0
                && judge.isNeeded(zone - RESERVED, lengthBytes, copy, other));
  }

  /** Reads from a zone of the layer's drive. */
  @FunctionalInterface
  private interface OwnRead {
    void read(int zone, long offsetBytes, ByteBuffer destination) throws IOException;
  }

  private void read(OwnRead read, int zone, long offsetBytes, ByteBuffer destination)
      throws IOException {
    long first = firstBytes(zone);
    if (offsetBytes >= first) {
      read.read(own(zone), offsetBytes - first, destination);
      return;
    }
    // A merge has kept them.
    int limit = destination.limit();
    int kept = (int) Math.min(destination.remaining(), first - offsetBytes);
    read.read(SPARE, offsetBytes, destination.limit(destination.position() + kept));
    destination.limit(limit);
    if (destination.hasRemaining()) {
      read.read(own(zone), 0, destination);
    }
  }

  @Override
  public void write(int zone, long offsetBytes, ByteBuffer[] sources) throws IOException {
    long lengthBytes = AccessRules.totalBytes(sources);
    if (lengthBytes == 0) {
      return;
    }
    if (zones.isConventional(zone)) {
      if (!map.has(zone, 0)) {
        copyUp(zone);
      }
      part.write(own(zone), offsetBytes, sources);
      return;
    }
    beforeChange(zone);
    part.write(own(zone), offsetBytes - firstBytes(zone), sources);
    if (offsetBytes + lengthBytes == zones.capacityOfBytes(zone)) {
      // It may have more room there, and must not stay active.
      part.finish(own(zone));
    }
  }

  /** Nothing follows a reset before that is durable. */
  private void beforeChange(int zone) throws IOException {
    resets.await(zone, this::flushAll);
    if (rows.isStale(zone)) {
      rows.forgotten(zone);
      rows.save();
    }
  }

  private void copyUp(int zone) throws IOException {
    long size = zones.sizeOfBytes(zone);
    ByteBuffer piece = ByteBuffer.allocateDirect((int) Math.min(PIECE_BYTES, size));
    for (long at = 0; at < size; at += PIECE_BYTES) {
      piece.clear().limit((int) Math.min(PIECE_BYTES, size - at));
      base.read(zones.geometry().zoneStartBytes(zone) + at, piece);
      part.write(own(zone), at, piece.flip());
    }
    part.flush();
    rows.hide(zone, false);
    flushAll();
    map.add(zone, 0, map.blocks(zone));
  }

  @Override
  public void finish(int zone) throws IOException {
    beforeChange(zone);
    part.finish(own(zone));
  }

  @Override
  public void reset(int zone, SoftwareZoneStates states, Emptying emptying) throws IOException {
    ZoneCondition condition = states.state(zone).condition();
    // Asked first: a zone that refuses must keep its content. One that is empty needs nothing.
    if (condition.isActive() || condition == ZoneCondition.FULL) {
      ZoneDescriptor own = part.report(own(zone));
      boolean hasOwn = own.condition() != ZoneCondition.EMPTY;
      try {
        if (!own.hasFailed()) {
          hide(zone, hasOwn);
        }
        if (hasOwn) {
          part.reset(own(zone));
        }
      } finally {
        resets.note(zone);
      }
    }
    if (rows.isHidden(zone)) {
      behind.set(zone, 0);
    }
    emptying.run();
  }

  private void hide(int zone, boolean hasOwn) throws IOException {
    if (rows.isHidden(zone) || zones.zone(zone).condition() == ZoneCondition.EMPTY) {
      return;
    }
    rows.hide(zone, hasOwn);
    if (hasOwn) {
      flushAll();
    } else {
      rows.save();
    }
  }

  @Override
  public void saveState(int zone, SoftwareZoneStates states) {
    // The layer's drive has the state already.
  }

  @Override
  public List<Integer> failedZones(int from, int count) {
    return part.knownFailedZones(own(from), count).stream().map(zone -> zone - RESERVED).toList();
  }

  @Override
  public SoftwareZoneState settle(int zone, SoftwareZoneState known) throws IOException {
    ZoneDescriptor reported = part.report(own(zone));
    SoftwareZoneState found = stateOf(zone, reported);
    if (!readOnly) {
      if (rows.isStale(zone)) {
        // A reset that was not done to its end: its row may not be durable.
        flushAll();
      }
      if (tidy(zone, reported, found)) {
        resets.note(zone);
      }
    }
    if (LayeredStorage.isHidden(found)) {
      behind.set(zone, 0);
    }
    boolean staysOpen = found.condition() == ZoneCondition.CLOSED && known.condition().isActive();
    return staysOpen ? found.as(known.condition()) : found;
  }

  /** The state of a zone of the layer, of which the layer's drive has one in this state. */
  SoftwareZoneState stateOf(int zone, ZoneDescriptor own) {
    BaseZone below = zones.zone(zone);
    boolean hidden = rows.isHidden(zone);
    int resets = hidden || rows.spareOf() == zone ? 1 : 0;
    long capacity = below.capacityBytes();
    if (below.isFailed()) {
      return below.initialState();
    }
    if (own.hasFailed()) {
      // What the drive below has can still be read.
      boolean isReadable = own.condition() == ZoneCondition.READ_ONLY || hasBelow(zone);
      return new SoftwareZoneState(
          isReadable ? ZoneCondition.READ_ONLY : ZoneCondition.OFFLINE, capacity, capacity, resets);
    }
    if (below.conventional()) {
      return below.initialState();
    }
    if (own.condition() == ZoneCondition.FULL && !rows.isStale(zone)) {
      return new SoftwareZoneState(ZoneCondition.FULL, capacity, capacity, resets);
    }
    long ownBytes = rows.isStale(zone) ? 0 : own.writtenBytes();
    if (ownBytes == 0 && resets == 0) {
      return below.initialState();
    }
    long pointer = Math.min(capacity, ownBytes + (hidden ? 0 : below.pointerBytes()));
    ZoneCondition condition =
        pointer == 0
            ? ZoneCondition.EMPTY
            : pointer == capacity ? ZoneCondition.FULL : ZoneCondition.CLOSED;
    return new SoftwareZoneState(condition, pointer, pointer, resets);
  }

  private boolean hasBelow(int zone) {
    BaseZone below = zones.zone(zone);
    return !rows.isHidden(zone) && (below.conventional() || below.pointerBytes() > 0);
  }

  /**
   * Completes what an end of the process or of the power has left of a zone on the layer's drive.
   *
   * @return whether the zone was reset
   */
  boolean tidy(int zone, ZoneDescriptor own, SoftwareZoneState state) throws IOException {
    boolean isActive = own.condition().isActive();
    boolean isFull = own.condition() == ZoneCondition.FULL;
    if ((isActive && own.writtenBytes() == 0) || (rows.isStale(zone) && (isActive || isFull))) {
      part.reset(own(zone));
      return true;
    }
    if (isActive && state.condition() == ZoneCondition.FULL) {
      part.finish(own(zone));
    }
    return false;
  }

  @Override
  public void flush(SoftwareZoneStates states) throws IOException {
    flushAll();
  }

  private void flushAll() throws IOException {
    resets.flush(
        () -> {
          rows.save();
          part.flush();
        });
  }

  @Override
  public void close() throws IOException {
    part.close();
  }
}
