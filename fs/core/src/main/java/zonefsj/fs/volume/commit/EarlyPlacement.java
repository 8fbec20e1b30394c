// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import static zonefsj.fs.data.DataStream.COLD;
import static zonefsj.fs.data.DataStream.HOT;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.data.ChunkWriter;
import zonefsj.fs.data.DataStream;
import zonefsj.fs.data.DirtyMemory;
import zonefsj.fs.data.FileDelta;
import zonefsj.fs.data.Interval;
import zonefsj.fs.data.WriteBuffer;
import zonefsj.fs.tree.Batch;
import zonefsj.fs.tree.BatchGate;
import zonefsj.fs.tree.InodeLocks;
import zonefsj.fs.volume.state.SpaceAccount;
import zonefsj.fs.volume.state.VolumeHealth;

/**
 * Makes room in memory without a commit: writes the data of the open batch to zones while it takes
 * more. Its commit then has their places only. Random writes to a disk thus cost one long write,
 * and not also the seeks of a journal record, a flush and a new start for each part of the memory.
 * After a crash before the commit the data are garbage in their zones, as those of full write
 * buffers are.
 *
 * <p>A pass first takes all write buffers and chooses their streams, then writes one stream after
 * the other, both slice by slice. The batch may be sealed meanwhile; its commit waits for the end
 * of the slice, and writes the rest. What a writer overwrites during the pass gets another buffer.
 *
 * <p>Declines, so that a commit comes instead, while zones are short (what the batch replaces
 * becomes free by its commit only), while metadata take most of the memory, and where it would
 * write little. Thread-safe. Each pass looks at all intervals of the open batch once.
 */
public final class EarlyPlacement implements CommitRequests.Relief {
  private static final Logger LOG = LoggerFactory.getLogger(EarlyPlacement.class);

  /** A commit waits for a slice at most: for its write, 16 ms at 250 MB/s, or for its streams. */
  private static final int SLICE_BYTES = 4 << 20;

  /** Files and intervals that it looks at for a slice: two look-ups in the index for each. */
  private static final int MOST_LOOKS = 1024;

  /** What a pass writes to a stream at least; less with little memory. */
  private static final int LEAST_BYTES = 1 << 20;

  private static final int LEAST_SHARE_OF_LIMIT = 8;

  /** A pass begins when so much more than half of the memory is in use. */
  private static final int SHARE_TO_WAIT_FOR = 4;

  /** Room that must be left in zones, as a multiple of the limit of memory. */
  private static final int ROOM_IN_LIMITS = 4;

  private final BatchGate gate;
  private final InodeLocks locks;
  private final DirtyMemory memory;
  private final PiecePlacement pieces;
  private final SpaceAccount space;
  private final VolumeHealth health;
  private final LongAdder placedBytes = new LongAdder();
  private volatile DataStream lastStream = COLD;

  /**
   * @param gate has the open batch
   * @param locks of inodes
   * @param memory to make room in
   * @param pieces writes data into zones
   * @param space knows whether zones are short
   * @param health whether the volume takes changes
   */
  public EarlyPlacement(
      BatchGate gate,
      InodeLocks locks,
      DirtyMemory memory,
      PiecePlacement pieces,
      SpaceAccount space,
      VolumeHealth health) {
    this.gate = gate;
    this.locks = locks;
    this.memory = memory;
    this.pieces = pieces;
    this.space = space;
    this.health = health;
  }

  /** Bytes of file data that were written before their batch was sealed, since the mount. */
  public long placedBytes() {
    return placedBytes.sum();
  }

  @Override
  public boolean canWait() {
    // A longer pass has fewer seeks.
    return memory.shortBytes() < memory.limitBytes() / SHARE_TO_WAIT_FOR && !declines();
  }

  private boolean declines() {
    return memory.isShortByMetadata()
        || health.isQuiet()
        || !space.hasRoomFor(ROOM_IN_LIMITS * memory.limitBytes());
  }

  @Override
  public boolean relieve(BooleanSupplier mustStop) throws InterruptedException {
    if (declines()) {
      return false;
    }
    Batch batch = gate.enter();
    try {
      // From here on the batch is not committed before the end of the pass.
      batch.beginWrite();
    } finally {
      gate.exit();
    }
    Pass pass;
    try {
      pass = new Pass(batch);
      pass.run(mustStop);
    } catch (ChunkWriter.NoZoneException none) {
      LOG.debug("data wait for their commit, which can make a zone", none);
      return false;
    } catch (IOException failed) {
      // The bytes are in memory again: the commit writes them, and reports a failure.
      LOG.warn("data are not written before their commit", failed);
      return false;
    } finally {
      batch.endWrite();
    }
    // A batch that was sealed meanwhile is being committed.
    return !memory.isShort() || pass.isSealed() || areEnough(pass.othersBytes);
  }

  /** Whether the write buffers that other threads write make room. Waits for one of them if so. */
  private boolean areEnough(long othersBytes) throws InterruptedException {
    if (othersBytes == 0 || othersBytes < memory.shortBytes()) {
      return false;
    }
    memory.awaitRelease();
    return true;
  }

  /** One pass over the files of a batch. Used by one thread. */
  private final class Pass {
    private final Batch batch;
    private final Iterator<FileDelta> files;

    /**
     * What has a stream and no zone, in slices. A write buffer has one owner: a slice here, or the
     * one that is being taken or written; who loses it to nobody gives it back. A slice that was
     * written is dropped, because it refers to the memory of its buffers.
     */
    private final Map<DataStream, ArrayList<List<PiecePlacement.Piece>>> waiting =
        new EnumMap<>(DataStream.class);

    private @Nullable FileDelta file;

    /** Intervals of the file that begin here or later were not looked at. */
    private long from;

    /** Bytes of write buffers that other threads write now. */
    private long othersBytes;

    Pass(Batch batch) {
      this.batch = batch;
      this.files = new TreeMap<>(batch.files()).values().iterator();
      waiting.put(HOT, new ArrayList<>());
      waiting.put(COLD, new ArrayList<>());
    }

    void run(BooleanSupplier mustStop) throws IOException {
      try {
        while (hasMore() && !mustEnd(mustStop)) {
          chooseForSlice();
        }
        DataStream first = lastStream;
        // A disk moves its head once.
        write(first, mustStop);
        write(first == HOT ? COLD : HOT, mustStop);
      } finally {
        waiting.values().forEach(slices -> slices.forEach(this::giveBack));
      }
    }

    private List<List<PiecePlacement.Piece>> waitingFor(DataStream stream) {
      return Objects.requireNonNull(waiting.get(stream));
    }

    /** Takes the write buffers of a slice and chooses their streams. */
    private void chooseForSlice() throws IOException {
      List<PiecePlacement.Piece> slice = new ArrayList<>();
      try {
        take(slice);
        Map<DataStream, List<PiecePlacement.Piece>> streamed = pieces.byStream(slice);
        // All memory is there before the first of them changes its owner.
        waiting.values().forEach(slices -> slices.ensureCapacity(slices.size() + 1));
        for (Map.Entry<DataStream, List<PiecePlacement.Piece>> some : streamed.entrySet()) {
          waitingFor(some.getKey()).add(some.getValue());
        }
        slice = List.of();
      } finally {
        giveBack(slice);
      }
    }

    /** Writes a stream. What is little stays in memory, for a later pass or for the commit. */
    private void write(DataStream stream, BooleanSupplier mustStop) throws IOException {
      List<List<PiecePlacement.Piece>> slices = waitingFor(stream);
      if (slices.stream().mapToLong(EarlyPlacement::bytesOf).sum() < least()) {
        return;
      }
      for (int next = 0; next < slices.size() && !mustEnd(mustStop); next++) {
        List<PiecePlacement.Piece> slice = slices.get(next);
        try {
          lastStream = stream;
          pieces.place(stream, slice, this::placed, false);
        } finally {
          slices.set(next, List.of());
          giveBack(slice);
        }
      }
    }

    private long least() {
      return Math.min(LEAST_BYTES, memory.limitBytes() / LEAST_SHARE_OF_LIMIT);
    }

    private void placed(int zone, long bytes) {
      batch.placed(zone, bytes);
      placedBytes.add(bytes);
    }

    private boolean isSealed() {
      return gate.layers().open() != batch;
    }

    private boolean mustEnd(BooleanSupplier mustStop) {
      return isSealed() || health.isQuiet() || mustStop.getAsBoolean();
    }

    private boolean hasMore() {
      return file != null || files.hasNext();
    }

    /** Takes write buffers in the order of files and offsets; they take no more bytes. */
    private void take(List<PiecePlacement.Piece> slice) {
      long bytes = 0;
      int looks = 0;
      while (bytes < SLICE_BYTES && looks < MOST_LOOKS && hasMore()) {
        FileDelta taken = file;
        if (taken == null) {
          taken = files.next();
          file = taken;
          from = 0;
        }
        ReentrantReadWriteLock lock = locks.of(taken.inode());
        lock.writeLock().lock();
        try {
          Iterator<Interval> rest = taken.intervalsFrom(from).iterator();
          while (rest.hasNext() && bytes < SLICE_BYTES && looks < MOST_LOOKS) {
            bytes += takeIfWaiting(taken, rest.next(), slice);
            looks++;
          }
          file = rest.hasNext() ? taken : null;
        } finally {
          lock.writeLock().unlock();
        }
        looks++;
      }
    }

    /** Takes the write buffer of an interval, or leaves it; returns the bytes that it took. */
    private long takeIfWaiting(FileDelta taken, Interval piece, List<PiecePlacement.Piece> slice) {
      from = piece.to();
      WriteBuffer buffer = piece.buffer();
      if (buffer != null && buffer.isWriting()) {
        othersBytes += piece.length();
      }
      // What other intervals need, too, is left to the commit, which splits it.
      boolean isWhole = buffer != null && buffer.isOpen() && buffer.length() == piece.length();
      // It may be a whole file that goes to the index.
      boolean isTiny = piece.from() == 0 && piece.length() <= BatchPlacement.INLINE_BYTES;
      if (buffer == null || !isWhole || isTiny) {
        return 0;
      }
      slice.add(
          new PiecePlacement.Piece(
              taken.inode(),
              buffer,
              new ChunkWriter.Source(taken.inode(), piece.from(), buffer.bytes())));
      buffer.startWriting();
      return piece.length();
    }

    /** What has no place stays in memory, and takes bytes again. */
    private void giveBack(List<PiecePlacement.Piece> slice) {
      for (PiecePlacement.Piece one : slice) {
        ReentrantReadWriteLock lock = locks.of(one.inode());
        lock.writeLock().lock();
        try {
          if (one.buffer().isWriting()) {
            one.buffer().writingFailed(memory);
          }
        } finally {
          lock.writeLock().unlock();
        }
      }
    }
  }

  private static long bytesOf(List<PiecePlacement.Piece> pieces) {
    return pieces.stream().mapToLong(one -> one.buffer().length()).sum();
  }
}
