// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import zonefsj.device.LatencyCounts;
import zonefsj.device.LatencyHistogram;
import zonefsj.fs.LostChanges;
import zonefsj.fs.VolumeOptions.ErrorPolicy;
import zonefsj.fs.data.ChunkWriter;
import zonefsj.fs.data.DirtyMemory;
import zonefsj.fs.data.FileDelta;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.tree.Batch;
import zonefsj.fs.tree.BatchGate;
import zonefsj.fs.volume.state.Counters;
import zonefsj.fs.volume.state.LostRanges;
import zonefsj.fs.volume.state.LostWrites;
import zonefsj.fs.volume.state.MetadataState;
import zonefsj.fs.volume.state.SpaceAccount;
import zonefsj.fs.volume.state.VolumeHealth;
import zonefsj.fs.volume.stored.BatchRecord;
import zonefsj.journal.JournalPosition;
import zonefsj.zonemgr.ZoneUsage;

/**
 * Makes batches durable, one after the other, in the one order: data, journal record, flush, apply.
 * A batch is durable from the flush on; its threads return after it is applied. Knows neither
 * checkpoints nor the collector: {@link Committer} and {@link CheckpointScheduler} decide what
 * happens around a batch.
 *
 * <p>Thread-safe, by the commit lock of {@link CommitLog}.
 */
public final class BatchCommitter {
  private final CommitLog log;
  private final MetadataState metadata;
  private final BatchPlacement.Factory placements;
  private final SpaceChanges.Factory spaceChanges;
  private final DirtyMemory memory;
  private final SpaceAccount space;
  private final ZoneUsage usage;
  private final LostRanges lost;
  private final LostWrites unsaved;
  private final VolumeHealth health;
  private final Supplier<ErrorPolicy> errors;
  private volatile long durableBatch;

  /** Times of commits: from the seal of a batch until it is durable. */
  private final LatencyHistogram latency = new LatencyHistogram();

  /** Keys that were deleted since the mount. */
  private final AtomicLong deletes = new AtomicLong();

  /** A sealed batch whose data could not be placed yet; the next commit tries it again first. */
  private BatchGate.@Nullable Sealed<Counters.Values> unplaced;

  /**
   * @param log makes the records durable
   * @param metadata the batches, and the index below them
   * @param placements place the data of a batch
   * @param spaceChanges count the live bytes of zones
   * @param memory is told whether commits can be expected
   * @param space is told which bytes are applied
   * @param usage of zones, where data are pending until they are applied
   * @param lost the lost ranges
   * @param unsaved is told which files lost data before these were durable
   * @param health receives reports of a batch that cannot be placed
   * @param errors whether the mount goes on when a batch cannot be placed
   */
  public BatchCommitter(
      CommitLog log,
      MetadataState metadata,
      BatchPlacement.Factory placements,
      SpaceChanges.Factory spaceChanges,
      DirtyMemory memory,
      SpaceAccount space,
      ZoneUsage usage,
      LostRanges lost,
      LostWrites unsaved,
      VolumeHealth health,
      Supplier<ErrorPolicy> errors) {
    this.log = log;
    this.metadata = metadata;
    this.placements = placements;
    this.spaceChanges = spaceChanges;
    this.memory = memory;
    this.space = space;
    this.usage = usage;
    this.lost = lost;
    this.unsaved = unsaved;
    this.health = health;
    this.errors = errors;
  }

  /** Keys that commits have deleted. */
  long deletes() {
    return deletes.get();
  }

  /** How long commits took, from the seal of a batch until it was durable. */
  public LatencyCounts latency() {
    return latency.counts();
  }

  /** Age of the oldest change that is not durable; 0 if there is none. */
  public long unsyncedNanos() {
    BatchGate.Layers layers = metadata.gate().layers();
    Batch sealed = layers.sealed();
    return sealed != null && sealed.number() > durableBatch
        ? sealed.ageNanos()
        : layers.open().ageNanos();
  }

  /** The number of the batch that takes the changes of now. */
  long openBatch() {
    return metadata.gate().layers().open().number();
  }

  /**
   * The changes that are not durable and stay so, because a commit failed and none comes any more.
   * Empty if there are no such changes.
   */
  Optional<LostChanges> lostChanges() {
    BatchGate.Layers layers = metadata.gate().layers();
    Batch open = layers.open();
    Batch sealed = layers.sealed();
    boolean isSealedLeft = sealed != null && sealed.number() > durableBatch;
    if (open.isEmpty() && !isSealedLeft) {
      return Optional.empty();
    }
    boolean isCertain =
        open.changesFiles() || (isSealedLeft && sealed != null && sealed.changesFiles());
    return log.failureReason().map(reason -> new LostChanges(reason, isCertain));
  }

  /**
   * Makes a batch and all before it durable. Threads that arrive while one commits find their batch
   * durable, or commit the next one together. Called without the commit lock.
   *
   * @param needed number of the batch
   * @param mode where data may be placed
   * @return false if no zone takes the data, and {@code mode} can still be extended
   */
  boolean commitUpTo(long needed, BatchPlacement.PlacementMode mode) throws IOException {
    boolean[] hasZone = {true};
    log.runExclusively(
        () -> {
          try {
            if (durableBatch < needed && unplaced != null) {
              commitNext(mode);
            }
            if (durableBatch < needed) {
              commitNext(mode);
            }
          } catch (ChunkWriter.NoZoneException none) {
            if (mode == BatchPlacement.PlacementMode.USE_RESERVE) {
              // Under the lock: the next thread that takes it may find a zone and commit the batch.
              throw failedPlacement(none);
            }
            hasZone[0] = false;
          }
        });
    return hasZone[0];
  }

  /**
   * Commits the batch that could not be placed, if there is one. Under the commit lock.
   *
   * @throws ChunkWriter.NoZoneException if there still is no zone for it; it goes on waiting
   */
  void commitUnplaced() throws IOException {
    if (unplaced != null) {
      commitNext(BatchPlacement.PlacementMode.ZONES_ONLY);
    }
  }

  /**
   * Commits the open batch without staging data. Under the commit lock.
   *
   * @throws ChunkWriter.NoZoneException if there is no zone for them; the next commit tries again
   */
  void commitToZones() throws IOException {
    commitNext(BatchPlacement.PlacementMode.ZONES_ONLY);
  }

  private void commitNext(BatchPlacement.PlacementMode mode) throws IOException {
    log.checkHealthy();
    BatchGate gate = metadata.gate();
    final long begun = System.nanoTime();
    BatchGate.Sealed<Counters.Values> sealed = unplaced;
    if (sealed == null) {
      if (gate.layers().open().isEmpty()) {
        return;
      }
      sealed = gate.seal(metadata.counters()::values);
      // An operation that the seal waited for may have ended half-way.
      log.checkHealthy();
    }
    Batch batch = sealed.batch();
    BatchRecord record;
    SpaceChanges zones = spaceChanges.begin();
    JournalPosition position;
    BatchPlacement placement = placements.of(batch);
    try {
      batch.awaitWrites();
      unplaced = sealed;
      placement.place(mode);
      unplaced = null;
      memory.commitsAreStuck(false);
      record = encode(batch, sealed.facts(), zones, placement);
      position = log.makeDurable(record);
      placement.checkNoneIsLost();
      // Before another thread finds the batch durable.
      unsaved.lost(placement.filesWithLostData());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw log.fail("a commit was interrupted", new InterruptedIOException("interrupted"));
    } catch (ChunkWriter.NoZoneException none) {
      throw none;
    } catch (IOException broken) {
      throw unplaced == null ? log.fail("a commit failed", broken) : failedPlacement(broken);
    }
    durableBatch = batch.number();
    latency.record(System.nanoTime() - begun);
    if (apply(batch, record, position, zones)) {
      placement.applied();
      deletes.addAndGet(record.deletes());
    }
  }

  /**
   * Handles a batch that could not be placed. Nothing of it is in the journal: it may be tried
   * again and nothing is promised, so the mount options decide whether the mount goes on. Under the
   * commit lock. Returns the exception to throw.
   */
  private IOException failedPlacement(IOException why) {
    if (errors.get() != ErrorPolicy.CONTINUE) {
      return log.fail("a commit failed", why);
    }
    health.report("a commit could not place its data: " + why.getMessage());
    memory.commitsAreStuck(true);
    return why;
  }

  /**
   * Applies a durable batch to the index.
   *
   * @return false if the index fails: the volume then takes no more changes, but the caller's data
   *     are durable. The batch stays where reads find it, and the next mount replays it
   */
  private boolean apply(
      Batch batch, BatchRecord record, JournalPosition position, SpaceChanges zones) {
    if (!log.applyToIndex(record, position)) {
      return false;
    }
    zones.applied();
    spaceChanges.counted().committed(batch.number());
    lost.changed(inode -> batch.fileIfAny(inode) != null);
    batch.placedBytes().forEach((zone, bytes) -> usage.addPending(zone, -bytes.get()));
    metadata.gate().applied();
    space.apply(batch.reservedBytes());
    return true;
  }

  private BatchRecord encode(
      Batch batch, Counters.Values counters, SpaceChanges zones, BatchPlacement placement)
      throws IOException {
    BatchRecord.Builder record = new BatchRecord.Builder();
    for (ColumnFamily family : ColumnFamily.values()) {
      for (Map.Entry<byte[], byte[]> change : batch.of(family).entrySet()) {
        byte[] value = change.getValue();
        record.put(family, change.getKey(), Batch.isDeleted(value) ? null : value);
      }
    }
    for (long inode : new TreeSet<>(batch.attributesDropped())) {
      record.deleteRange(ColumnFamily.XATTRS, Keys.inode(inode), Keys.inode(inode + 1));
    }
    record.put(ColumnFamily.META, Keys.NEXT_INODE, Keys.number(counters.nextInode()));
    record.put(ColumnFamily.META, Keys.INODE_COUNT, Keys.number(counters.inodes()));
    InlineRemainders remainders = new InlineRemainders(record, zones, placement::moveToZones);
    ExtentResolver resolver =
        new ExtentResolver(
            metadata.index(),
            record,
            log.deleteLimits(memory.longestRecordBytes()),
            zones,
            remainders,
            spaceChanges.counted());
    for (FileDelta delta : new TreeMap<>(batch.files()).values()) {
      resolver.resolve(delta);
    }
    remainders.finish();
    zones.put(record);
    lost.settleForRecord();
    lost.putInto(record);
    return record.build();
  }
}
