// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import zonefsj.fs.data.ChunkWriter;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.volume.stored.BatchRecord;

/**
 * What the changes of a long record leave of extents in the index. The bytes go to zones, many at
 * once, because the batch did not count them: the record takes their places only. If zones do not
 * take them, the record does. Single-threaded.
 */
final class InlineRests implements ExtentChanges.Rests {
  /** Bytes that wait in memory until they are written together. */
  private static final int WRITE_AT_BYTES = 1 << 20;

  /** Writes data to zones. */
  @FunctionalInterface
  interface Zones {
    /**
     * @param data that is written
     * @param newBytes how many of the bytes do not count as waiting for a zone
     * @return where each of the data is; empty if there is no room
     */
    List<List<PhysicalExtent>> write(List<ChunkWriter.Source> data, long newBytes);
  }

  private record Rest(long inode, Extent extent) {
    byte[] bytes() {
      return Objects.requireNonNull(extent.inline(), "an inline extent");
    }
  }

  private final BatchRecord.Builder record;
  private final ExtentChanges.LiveCount live;
  private final Zones zones;
  private final List<Rest> rests = new ArrayList<>();
  private long waitingBytes;
  private boolean zonesAreFull;

  /**
   * @param live is told of each extent that is in a zone instead of the index
   * @param zones take the bytes
   */
  InlineRests(BatchRecord.Builder record, ExtentChanges.LiveCount live, Zones zones) {
    this.record = record;
    this.live = live;
    this.zones = zones;
  }

  @Override
  public boolean take(long inode, Extent extent) {
    if (zonesAreFull) {
      return false;
    }
    rests.add(new Rest(inode, extent));
    waitingBytes += extent.length();
    if (waitingBytes >= WRITE_AT_BYTES) {
      finish();
    }
    return true;
  }

  /** Puts the extents that wait into the record. */
  void finish() {
    if (rests.isEmpty()) {
      return;
    }
    List<ChunkWriter.Source> data = new ArrayList<>();
    long newBytes = 0;
    for (Rest rest : rests) {
      data.add(
          new ChunkWriter.Source(
              rest.inode(), rest.extent().start(), ByteBuffer.wrap(rest.bytes())));
      newBytes += ExtentResolver.isStaged(rest.extent()) ? 0 : rest.extent().length();
    }
    List<List<PhysicalExtent>> placed = zones.write(data, newBytes);
    zonesAreFull = placed.isEmpty();
    for (int index = 0; index < rests.size(); index++) {
      if (zonesAreFull) {
        ExtentChanges.put(record, rests.get(index).inode(), rests.get(index).extent());
      } else {
        put(rests.get(index), placed.get(index));
      }
    }
    rests.clear();
    waitingBytes = 0;
  }

  private void put(Rest rest, List<PhysicalExtent> parts) {
    live.count(rest.inode(), rest.extent(), -1);
    long at = rest.extent().start();
    for (PhysicalExtent part : parts) {
      Extent placed = Extent.placed(at, part);
      live.count(rest.inode(), placed, 1);
      ExtentChanges.put(record, rest.inode(), placed);
      at = placed.end();
    }
    // The extent of which this is left may have the same end.
    record.put(ColumnFamily.STAGED, Keys.extent(rest.inode(), at), null);
  }
}
