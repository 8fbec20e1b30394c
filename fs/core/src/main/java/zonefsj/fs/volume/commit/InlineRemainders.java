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
final class InlineRemainders implements ExtentChanges.Remainders {
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

  private record Remainder(long inode, Extent extent) {
    byte[] bytes() {
      return Objects.requireNonNull(extent.inline(), "an inline extent");
    }
  }

  private final BatchRecord.Builder record;
  private final ExtentChanges.LiveCount live;
  private final Zones zones;
  private final List<Remainder> remainders = new ArrayList<>();
  private long waitingBytes;
  private boolean zonesAreFull;

  /**
   * @param live is told of each extent that is in a zone instead of the index
   * @param zones take the bytes
   */
  InlineRemainders(BatchRecord.Builder record, ExtentChanges.LiveCount live, Zones zones) {
    this.record = record;
    this.live = live;
    this.zones = zones;
  }

  @Override
  public boolean take(long inode, Extent extent) {
    if (zonesAreFull) {
      return false;
    }
    remainders.add(new Remainder(inode, extent));
    waitingBytes += extent.length();
    if (waitingBytes >= WRITE_AT_BYTES) {
      finish();
    }
    return true;
  }

  /** Puts the extents that wait into the record. */
  void finish() {
    if (remainders.isEmpty()) {
      return;
    }
    List<ChunkWriter.Source> data = new ArrayList<>();
    long newBytes = 0;
    for (Remainder remainder : remainders) {
      data.add(
          new ChunkWriter.Source(
              remainder.inode(), remainder.extent().start(), ByteBuffer.wrap(remainder.bytes())));
      newBytes += ExtentResolver.isStaged(remainder.extent()) ? 0 : remainder.extent().length();
    }
    List<List<PhysicalExtent>> placed = zones.write(data, newBytes);
    zonesAreFull = placed.isEmpty();
    for (int index = 0; index < remainders.size(); index++) {
      if (zonesAreFull) {
        ExtentChanges.put(record, remainders.get(index).inode(), remainders.get(index).extent());
      } else {
        put(remainders.get(index), placed.get(index));
      }
    }
    remainders.clear();
    waitingBytes = 0;
  }

  private void put(Remainder remainder, List<PhysicalExtent> parts) {
    live.count(remainder.inode(), remainder.extent(), -1);
    long at = remainder.extent().start();
    for (PhysicalExtent part : parts) {
      Extent placed = Extent.placed(at, part);
      live.count(remainder.inode(), placed, 1);
      ExtentChanges.put(record, remainder.inode(), placed);
      at = placed.end();
    }
    // The extent of which this is left may have the same end.
    record.put(ColumnFamily.STAGED, Keys.extent(remainder.inode(), at), null);
  }
}
