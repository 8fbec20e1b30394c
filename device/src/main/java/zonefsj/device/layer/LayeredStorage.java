// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.layer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;
import zonefsj.device.AccessRules;
import zonefsj.device.ZoneJudge;
import zonefsj.device.ZonedDevice;
import zonefsj.device.software.SoftwareZoneState;
import zonefsj.device.software.SoftwareZoneStates;
import zonefsj.device.software.ZoneStorage;

/**
 * The bytes of a layer over those of a drive that is never written.
 *
 * <p>Of a sequential zone, the bytes below the write pointer that the zone had when the layer began
 * are the drive's until the zone is reset, and all others are the layer's; a reset hides the
 * drive's bytes for ever. Of a conventional zone, the blocks in the {@link BlockMap} are the
 * layer's.
 *
 * <p>Threading: as {@link ZoneStorage} demands.
 */
final class LayeredStorage implements ZoneStorage {
  private final ZonedDevice base;
  private final BaseZones zones;
  private final ZoneStorage layer;
  private final BlockMap map;
  private final MapKeeper keeper;
  private final int blockSizeBytes;

  /** 1: the zone was reset since the layer began. */
  private final AtomicIntegerArray hidden;

  private final ZoneRead belowRead;
  private final ZoneRead ownRead;

  /** Adds blocks that were written to the map, and remembers that. */
  @FunctionalInterface
  interface MapKeeper {
    /**
     * Called after the bytes are stored; by one thread at a time for each zone.
     *
     * @param from first block
     * @param to end of the blocks
     */
    void add(int zone, int from, int to) throws IOException;
  }

  /**
   * @param base owned from now on
   * @param zones of the base, when the layer began
   * @param states of the layer
   * @param layer stores the layer's bytes; owned from now on
   * @param map of the blocks that the layer has
   * @param keeper adds blocks to the map
   */
  LayeredStorage(
      ZonedDevice base,
      BaseZones zones,
      SoftwareZoneStates states,
      ZoneStorage layer,
      BlockMap map,
      MapKeeper keeper) {
    this.base = base;
    this.zones = zones;
    this.layer = layer;
    this.map = map;
    this.keeper = keeper;
    this.blockSizeBytes = zones.geometry().blockSizeBytes();
    this.belowRead = (zone, at, part) -> base.read(startBytes(zone) + at, part);
    this.ownRead = layer::read;
    this.hidden = new AtomicIntegerArray(zones.zoneCount());
    for (int zone = 0; zone < zones.zoneCount(); zone++) {
      hidden.setPlain(zone, isHidden(states.state(zone)) ? 1 : 0);
    }
  }

  /** Whether the drive's bytes of a zone in this state are hidden. */
  static boolean isHidden(SoftwareZoneState state) {
    return state.resets() != 0;
  }

  @Override
  public int copies() {
    return Math.max(base.copies(), layer.copies());
  }

  @Override
  public void read(int zone, long offsetBytes, ByteBuffer destination) throws IOException {
    read(belowRead, ownRead, zone, offsetBytes, destination);
  }

  /** Either may stand on copies, and then has the last one for numbers beyond them. */
  @Override
  public void readCopy(int copy, int zone, long offsetBytes, ByteBuffer destination)
      throws IOException {
    int ofBase = Math.min(copy, base.copies() - 1);
    int ofLayer = Math.min(copy, layer.copies() - 1);
    read(
        (ofZone, at, part) -> base.readCopy(ofBase, startBytes(ofZone) + at, part),
        (ofZone, at, part) -> layer.readCopy(ofLayer, ofZone, at, part),
        zone,
        offsetBytes,
        destination);
  }

  @Override
  public void noteWrong(int copy, int zone, long offsetBytes) {
    boolean isBelow =
        zones.isConventional(zone)
            ? !map.has(zone, (int) (offsetBytes / blockSizeBytes))
            : offsetBytes < belowBytes(zone);
    if (isBelow) {
      base.noteWrong(Math.min(copy, base.copies() - 1), startBytes(zone) + offsetBytes);
    } else {
      layer.noteWrong(Math.min(copy, layer.copies() - 1), zone, offsetBytes);
    }
  }

  @Override
  public void judgeBy(ZoneJudge judge) {
    layer.judgeBy(judge);
  }

  /** Reads from one zone. */
  @FunctionalInterface
  private interface ZoneRead {
    void read(int zone, long offsetBytes, ByteBuffer destination) throws IOException;
  }

  private long startBytes(int zone) {
    return zones.geometry().zoneStartBytes(zone);
  }

  /** How many bytes of a sequential zone are those of the drive below. */
  private long belowBytes(int zone) {
    return hidden.get(zone) != 0 ? 0 : zones.zone(zone).pointerBytes();
  }

  private void read(
      ZoneRead below, ZoneRead ours, int zone, long offsetBytes, ByteBuffer destination)
      throws IOException {
    if (zones.isConventional(zone)) {
      readBlocks(below, ours, zone, offsetBytes, destination);
      return;
    }
    long ofBase = belowBytes(zone);
    int fromBase = (int) Math.max(0, Math.min(destination.remaining(), ofBase - offsetBytes));
    readPart(below, zone, offsetBytes, fromBase, destination);
    readPart(ours, zone, offsetBytes + fromBase, destination.remaining(), destination);
  }

  private void readBlocks(
      ZoneRead below, ZoneRead ours, int zone, long offsetBytes, ByteBuffer destination)
      throws IOException {
    int block = (int) (offsetBytes / blockSizeBytes);
    int end = block + destination.remaining() / blockSizeBytes;
    while (block < end) {
      boolean isOurs = map.has(zone, block);
      int runEnd = map.runEnd(zone, block, end);
      readPart(
          isOurs ? ours : below,
          zone,
          (long) block * blockSizeBytes,
          (runEnd - block) * blockSizeBytes,
          destination);
      block = runEnd;
    }
  }

  private static void readPart(
      ZoneRead from, int zone, long offsetBytes, int lengthBytes, ByteBuffer destination)
      throws IOException {
    if (lengthBytes == 0) {
      return;
    }
    int limit = destination.limit();
    destination.limit(destination.position() + lengthBytes);
    from.read(zone, offsetBytes, destination);
    destination.limit(limit);
  }

  @Override
  public void write(int zone, long offsetBytes, ByteBuffer[] sources) throws IOException {
    long lengthBytes = AccessRules.totalBytes(sources);
    layer.write(zone, offsetBytes, sources);
    if (zones.isConventional(zone) && lengthBytes > 0) {
      int from = (int) (offsetBytes / blockSizeBytes);
      int to = from + (int) (lengthBytes / blockSizeBytes);
      if (!map.hasAll(zone, from, to)) {
        keeper.add(zone, from, to);
      }
    }
  }

  @Override
  public void saveState(int zone, SoftwareZoneStates states) throws IOException {
    layer.saveState(zone, states);
  }

  @Override
  public void reset(int zone, SoftwareZoneStates states, Emptying emptying) throws IOException {
    layer.reset(
        zone,
        states,
        () -> {
          boolean emptied = emptying.run();
          if (emptied) {
            hidden.set(zone, 1);
          }
          return emptied;
        });
  }

  @Override
  public void finish(int zone) throws IOException {
    layer.finish(zone);
  }

  @Override
  public List<Integer> failedZones(int from, int count) {
    return layer.failedZones(from, count);
  }

  @Override
  public SoftwareZoneState settle(int zone, SoftwareZoneState known) throws IOException {
    SoftwareZoneState found = layer.settle(zone, known);
    if (isHidden(found)) {
      hidden.set(zone, 1);
    }
    return found;
  }

  @Override
  public void flush(SoftwareZoneStates states) throws IOException {
    layer.flush(states);
  }

  @Override
  public void close() throws IOException {
    try {
      layer.close();
    } finally {
      base.close();
    }
  }
}
