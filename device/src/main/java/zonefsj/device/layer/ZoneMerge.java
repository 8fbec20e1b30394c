// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.layer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.BitSet;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZonedDevice;
import zonefsj.device.software.SoftwareZoneState;

/**
 * Merges single zones of a layer into the drive below; each step can be repeated after an
 * interruption.
 *
 * <p>Not thread-safe.
 */
final class ZoneMerge {
  private static final int PIECE_BYTES = 1 << 20;

  /** So that a power failure takes little of the work. */
  private static final long FLUSH_BYTES = 256L << 20;

  private final LayerStore layer;
  private final ZonedDevice base;
  private final LayerMerge.Progress progress;
  private final ByteBuffer ours = ByteBuffer.allocateDirect(PIECE_BYTES);
  private final ByteBuffer theirs = ByteBuffer.allocateDirect(PIECE_BYTES);

  /** Zones whose bytes are all the layer's. */
  private final BitSet hidden = new BitSet();

  private final long totalBytes;
  private long doneBytes;
  private long unflushedBytes;

  ZoneMerge(LayerStore layer, ZonedDevice base, LayerMerge.Progress progress) {
    this.layer = layer;
    this.base = base;
    this.progress = progress;
    long total = 0;
    for (int zone = 0; zone < layer.zones().zoneCount(); zone++) {
      hidden.set(zone, LayeredStorage.isHidden(layer.machine().state(zone)));
      total += ownBytes(zone);
    }
    this.totalBytes = total;
  }

  /** Whether a zone that has failed since needs no change, or has all of it. */
  boolean isDoneThoughFailed(int zone, BaseZone now) throws IOException {
    BaseZone then = layer.zones().zone(zone);
    SoftwareZoneState state = state(zone);
    if (then.conventional()) {
      return ownBytes(zone) == 0;
    }
    boolean isUnchanged =
        !hidden.get(zone)
            && state.writtenBytes() == then.pointerBytes()
            && (state.condition() == ZoneCondition.FULL)
                == (then.condition() == ZoneCondition.FULL);
    return isUnchanged
        || (layer.stage() == MergeStage.WRITING
            && now.condition() == ZoneCondition.READ_ONLY
            && state.writtenBytes() > 0
            && isSame(zone, state.writtenBytes()));
  }

  /** Resets a zone that the layer has reset. */
  void reset(int zone) throws IOException {
    if (now(zone).condition() != ZoneCondition.EMPTY) {
      base.reset(zone);
    }
  }

  /** Makes a zone of the drive what the layer has. */
  void fill(int zone) throws IOException {
    if (layer.zones().isConventional(zone)) {
      writeBlocks(zone);
      return;
    }
    SoftwareZoneState state = state(zone);
    BaseZone now = now(zone);
    long from = wantedBytes(now, state);
    if (from > firstBytes(zone) && !isSame(zone, from)) {
      startAnew(zone);
      now = now(zone);
      from = 0;
    }
    progress(Math.max(0, from - firstBytes(zone)), 0);
    copy(zone, from, state.writtenBytes());
    if (state.condition() == ZoneCondition.FULL
        && state.writtenBytes() < layer.zones().capacityOfBytes(zone)
        && now.condition() != ZoneCondition.FULL) {
      base.finish(zone);
    }
  }

  /** The drive has other bytes than the layer: writes the zone again from its start. */
  private void startAnew(int zone) throws IOException {
    long below = firstBytes(zone);
    if (below > 0) {
      // The layer may keep the beginning of one zone at a time.
      base.flush();
      layer.keepBelow(
          zone, below, (at, destination) -> base.read(startBytes(zone) + at, destination));
      hidden.set(zone);
    }
    base.reset(zone);
  }

  private void writeBlocks(int zone) throws IOException {
    BlockMap map = layer.map();
    int block = layer.header().blockSizeBytes();
    int end = map.blocks(zone);
    for (int from = 0; from < end; ) {
      int to = map.runEnd(zone, from, end);
      if (map.has(zone, from)) {
        copy(zone, (long) from * block, (long) to * block);
      }
      from = to;
    }
  }

  private void copy(int zone, long fromBytes, long toBytes) throws IOException {
    for (long at = fromBytes; at < toBytes; at += PIECE_BYTES) {
      int length = (int) Math.min(PIECE_BYTES, toBytes - at);
      readOurs(zone, at, length);
      base.write(startBytes(zone) + at, ours);
      progress(length, length);
    }
  }

  private void progress(long bytes, long writtenBytes) throws IOException {
    doneBytes += bytes;
    unflushedBytes += writtenBytes;
    if (unflushedBytes >= FLUSH_BYTES) {
      base.flush();
      unflushedBytes = 0;
    }
    progress.merged(Math.min(doneBytes, totalBytes), totalBytes);
  }

  /** Whether the first bytes of a zone are the layer's, so far as they are not the drive's own. */
  private boolean isSame(int zone, long toBytes) throws IOException {
    for (long at = firstBytes(zone); at < toBytes; at += PIECE_BYTES) {
      int length = (int) Math.min(PIECE_BYTES, toBytes - at);
      readOurs(zone, at, length);
      base.read(startBytes(zone) + at, theirs.clear().limit(length));
      if (!ours.equals(theirs.flip())) {
        return false;
      }
    }
    return true;
  }

  private void readOurs(int zone, long offsetBytes, int lengthBytes) throws IOException {
    layer.storage().read(zone, offsetBytes, ours.clear().limit(lengthBytes));
    ours.flip();
  }

  /** How many of the bytes that the layer wants in a zone the drive says to have. */
  private static long wantedBytes(BaseZone now, SoftwareZoneState state) {
    return Math.min(now.pointerBytes(), state.writtenBytes());
  }

  /** Offset of the first byte of a sequential zone that is the layer's. */
  private long firstBytes(int zone) {
    return hidden.get(zone) ? 0 : layer.zones().zone(zone).pointerBytes();
  }

  private long ownBytes(int zone) {
    if (!layer.zones().isConventional(zone)) {
      return layer.zones().zone(zone).isFailed()
          ? 0
          : state(zone).writtenBytes() - firstBytes(zone);
    }
    long blocks = 0;
    BlockMap map = layer.map();
    for (int from = 0; from < map.blocks(zone); ) {
      int to = map.runEnd(zone, from, map.blocks(zone));
      blocks += map.has(zone, from) ? to - from : 0;
      from = to;
    }
    return blocks * layer.header().blockSizeBytes();
  }

  private SoftwareZoneState state(int zone) {
    return layer.machine().state(zone);
  }

  private BaseZone now(int zone) throws IOException {
    return BaseZone.of(base.report(zone, 1).get(0));
  }

  private long startBytes(int zone) {
    return layer.zones().geometry().zoneStartBytes(zone);
  }
}
