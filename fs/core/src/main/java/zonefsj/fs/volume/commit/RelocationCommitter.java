// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import zonefsj.fs.data.ChunkWriter;
import zonefsj.fs.data.Extent;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.tree.InodeLocks;
import zonefsj.fs.volume.state.ExtentLookup;
import zonefsj.fs.volume.state.LostRanges;
import zonefsj.fs.volume.stored.BatchRecord;

/**
 * Switches extents to the places where the collector has moved them, each time in a record of its
 * own. The content that users see does not change, so relocations and batches do not wait for each
 * other: a relocation changes the extents beneath the batches. Thread-safe, by the commit lock.
 */
public final class RelocationCommitter {
  private final CommitLog log;
  private final CheckpointScheduler checkpoints;
  private final ChunkWriter chunks;
  private final MetadataStore index;
  private final InodeLocks locks;
  private final SpaceChanges.Factory spaceChanges;
  private final LostRanges lost;
  private final InstantSource clock;

  /**
   * @param log commits the records
   * @param checkpoints keep the journal short
   * @param chunks knows which zones have lost data
   * @param index where extents are looked up, and to which the records are applied
   * @param locks of the inodes, which readers hold
   * @param spaceChanges counts the live bytes of zones
   * @param lost the lost ranges
   * @param clock gives the time at which a range was lost
   */
  public RelocationCommitter(
      CommitLog log,
      CheckpointScheduler checkpoints,
      ChunkWriter chunks,
      MetadataStore index,
      InodeLocks locks,
      SpaceChanges.Factory spaceChanges,
      LostRanges lost,
      InstantSource clock) {
    this.log = log;
    this.checkpoints = checkpoints;
    this.chunks = chunks;
    this.index = index;
    this.locks = locks;
    this.spaceChanges = spaceChanges;
    this.lost = lost;
    this.clock = clock;
  }

  /**
   * Switches extents to their new place. An extent that is no longer in its old place stays as it
   * is.
   *
   * @param moves the moved extents; written, and not yet durable
   */
  public void relocate(List<Relocation> moves) throws IOException {
    checkpoints.commitBy(() -> relocateLocked(moves));
  }

  /** See {@link CheckpointScheduler#prove}. */
  public boolean prove() throws IOException {
    return checkpoints.prove();
  }

  private void relocateLocked(List<Relocation> moves) throws IOException {
    BatchRecord.Builder builder = new BatchRecord.Builder();
    SpaceChanges zones = spaceChanges.begin();
    for (Relocation move : moves) {
      switchOver(move, builder, zones);
    }
    if (builder.changes() == 0) {
      return;
    }
    zones.put(builder);
    lost.settleForRecord();
    listGivenUp(moves);
    lost.putInto(builder);
    // Writers may append to the same zones, and one of their writes may have failed meanwhile.
    boolean isApplied =
        log.commitRecord(
            builder.build(),
            () -> chunks.checkNoneIsLost(zonesOf(moves)),
            "moved data could not be committed");
    if (!isApplied) {
      return;
    }
    awaitReaders(moves);
    zones.applied();
    Set<Long> inodes = moves.stream().map(Relocation::inode).collect(Collectors.toSet());
    lost.changed(inodes::contains);
  }

  private Set<Integer> zonesOf(List<Relocation> moves) {
    return moves.stream()
        .flatMap(move -> move.parts().stream())
        .flatMap(part -> part.placed().stream())
        .map(chunks::zoneOf)
        .collect(Collectors.toSet());
  }

  private void listGivenUp(List<Relocation> moves) {
    long now = clock.millis();
    for (Relocation move : moves) {
      for (Relocation.Part part : move.parts()) {
        if (part.placed().isEmpty()) {
          lost.listGivenUp(move.inode(), part.from(), part.to(), now);
        }
      }
    }
  }

  private void switchOver(Relocation move, BatchRecord.Builder record, SpaceChanges zones)
      throws IOException {
    long inode = move.inode();
    Extent old = move.old();
    Extent same = ExtentLookup.covering(index, inode, old.start(), old.end());
    if (same != null) {
      switchOver(move, same, record, zones);
      return;
    }
    index.scan(
        ColumnFamily.EXTENTS,
        Keys.extent(inode, old.start() + 1),
        Keys.extent(inode, old.end() + 1),
        (key, value) -> {
          if (Keys.hasRightLength(ColumnFamily.EXTENTS, key)) {
            switchOver(move, Extent.decode(Keys.extentEnd(key), value), record, zones);
          }
          return true;
        });
  }

  private static void switchOver(
      Relocation move, Extent present, BatchRecord.Builder record, SpaceChanges zones) {
    List<Extent> now = move.replacing(present);
    if (!now.isEmpty()) {
      // The last one ends where the present one does, and takes its key.
      now.forEach(
          extent -> {
            record.put(
                ColumnFamily.EXTENTS, Keys.extent(move.inode(), extent.end()), extent.encode());
            zones.count(move.inode(), extent, 1);
          });
      zones.count(move.inode(), present, -1);
    }
  }

  /**
   * Waits for readers that found the old places: they hold the lock of their inode until they have
   * pinned the zones.
   */
  private void awaitReaders(List<Relocation> moves) {
    long last = -1;
    for (Relocation move : moves) {
      if (move.inode() != last) {
        last = move.inode();
        locks.lock(last).close();
      }
    }
  }
}
