// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.operations;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.Caller;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.SpaceStatistics;
import zonefsj.fs.ThreadGuard;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.data.ChunkWriter;
import zonefsj.fs.data.DirtyMemory;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.data.WriteBuffer;
import zonefsj.fs.tree.Batch;
import zonefsj.fs.tree.InodeLocks;
import zonefsj.fs.tree.InodeRecord;
import zonefsj.fs.volume.state.ContentReader;
import zonefsj.fs.volume.state.SpaceAccount;
import zonefsj.fs.volume.state.StreamChooser;
import zonefsj.fs.volume.state.WriteActivity;

/**
 * Writes new bytes of files: gets room for them, puts them into the open batch, and sends full
 * write buffers to a zone while the batch is still open. Thread-safe.
 */
public final class ContentWriter {
  private static final Logger LOG = LoggerFactory.getLogger(ContentWriter.class);

  private static final int MOST_REFUSALS = 2;

  private final Operations operations;
  private final InodeLocks locks;
  private final DirtyMemory memory;
  private final WriteAdmission admission;
  private final ChunkWriter chunks;
  private final StreamChooser streams;
  private final ContentReader content;
  private final Executor flushers;
  private final ThreadGuard guard;
  private final WriteActivity activity;

  public ContentWriter(
      Operations operations,
      ContentReader content,
      ChunkWriter chunks,
      StreamChooser streams,
      WriteActivity activity,
      Executor flushers,
      ThreadGuard guard) {
    this.operations = operations;
    this.locks = operations.metadata().locks();
    this.memory = operations.memory();
    this.admission = operations.admission();
    this.chunks = chunks;
    this.streams = streams;
    this.content = content;
    this.activity = activity;
    this.flushers = flushers;
    this.guard = guard;
  }

  /**
   * A full write buffer on its way to a zone. Its batch waits for it from beginning to end, so it
   * ends in every case, and exactly once.
   */
  private record FullBuffer(
      Batch batch, long inode, WriteBuffer buffer, long fileOffset, AtomicBoolean isTaken) {
    FullBuffer(Batch batch, long inode, WriteBuffer buffer, long fileOffset) {
      this(batch, inode, buffer, fileOffset, new AtomicBoolean());
    }

    /** Whether the caller is the one that writes it or leaves it to the commit. */
    boolean take() {
      return isTaken.compareAndSet(false, true);
    }
  }

  /**
   * The full write buffers of one change. {@link #close} sends them to the drive, after all locks
   * are released, also if the change failed half-way: the batch waits for them.
   */
  final class FullBuffers implements AutoCloseable {
    private final ArrayList<FullBuffer> fullBuffers = new ArrayList<>(1);

    /** Puts bytes into the batch of a change that holds the inode's lock. */
    void write(Operations.Change change, long inode, long offset, ByteBuffer source)
        throws ErrnoException {
      if (offset > ZoneFileSystem.MAX_FILE_BYTES - source.remaining()) {
        throw new ErrnoException(Errno.EFBIG, "the file would be too long");
      }
      Batch batch = change.batch();
      List<FullBuffer> found = new ArrayList<>(1);
      long claimed =
          batch
              .file(inode)
              .write(
                  offset,
                  source,
                  memory,
                  (buffer, from) -> found.add(new FullBuffer(batch, inode, buffer, from)));
      operations.reserve(batch, claimed);
      fullBuffers.ensureCapacity(fullBuffers.size() + found.size());
      for (FullBuffer one : found) {
        one.buffer().startWriting();
        batch.beginWrite();
        fullBuffers.add(one);
      }
    }

    /** Counts bytes as written: the change is done. */
    void accepted(int bytes) {
      activity.written(bytes);
    }

    /** Sends all of them to the drive, because the commit waits for each. */
    @Override
    public void close() {
      sendFrom(0);
    }

    private void sendFrom(int index) {
      if (index < fullBuffers.size()) {
        try {
          send(fullBuffers.get(index));
        } finally {
          sendFrom(index + 1);
        }
      }
    }
  }

  private void send(FullBuffer full) {
    try {
      flushers.execute(() -> flush(full));
    } catch (RejectedExecutionException ending) {
      LOG.debug("no thread takes a write buffer any more: the commit writes it");
      leaveToCommit(full);
    } catch (OutOfMemoryError none) {
      LOG.warn("no thread takes a write buffer: {}; the commit writes it", none.getMessage());
      leaveToCommit(full);
    } catch (RuntimeException | Error broken) {
      leaveToCommit(full);
      throw broken;
    }
  }

  /** Leaves a write buffer to the commit, unless a thread has begun to write it. */
  private void leaveToCommit(FullBuffer full) {
    if (full.take()) {
      try {
        keepInMemory(full);
      } finally {
        full.batch().endWrite();
      }
    }
  }

  /** Makes a range a hole. */
  void punch(Batch batch, long inode, long from, long to) {
    long freed = batch.file(inode).punch(from, to, memory);
    batch.noteDrop();
    operations.reserve(batch, -freed);
  }

  /** The record of a file whose content a caller changes. */
  InodeRecord changedBy(Operations.Change change, Caller caller, long inode, InodeRecord record) {
    return change.withoutSetIds(caller, inode, record.modified(operations.now()));
  }

  /**
   * Waits for room for bytes that replace a range; the caller closes the grant when they are in
   * memory. Called before any lock is taken.
   */
  SpaceAccount.Grant awaitRoom(long inode, long from, long to, int bytes)
      throws ErrnoException, IOException {
    return awaitRoom(inode, from, to, bytes, admission.newLimits());
  }

  private SpaceAccount.Grant awaitRoom(long inode, long from, long to, int bytes, WaitLimits limits)
      throws ErrnoException, IOException {
    try {
      return admission.awaitRoom(bytes, () -> storedBytes(inode, from, to), limits);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for room");
    } catch (ErrnoException full) {
      // Without further commits there is no room either; report the cause.
      operations.health().checkWritable();
      throw full;
    }
  }

  /**
   * Like {@link #awaitRoom}, but grants fewer bytes if not all fit: the range then ends at a
   * multiple of {@link SpaceStatistics#PIECE_BYTES} in the file.
   */
  SpaceAccount.Grant awaitSomeRoom(long inode, long from, long to, int bytes)
      throws ErrnoException, IOException {
    int wanted = bytes;
    WaitLimits limits = admission.newLimits();
    for (int refusals = 0; ; refusals++) {
      try {
        return awaitRoom(inode, from, wanted == bytes ? to : from + wanted, wanted, limits);
      } catch (ErrnoException full) {
        int fits = full.errno() == Errno.ENOSPC ? whatFits(inode, from, wanted) : 0;
        // Other writers may have taken room: fewer bytes fit the next time. Or they may have freed
        // some. But if zones are short and not room, a further try changes nothing.
        if (fits == 0 || (fits == wanted && refusals >= MOST_REFUSALS)) {
          throw full;
        }
        wanted = fits;
      }
    }
  }

  /** How many of the first bytes of a range fit, or are there already. */
  private int whatFits(long inode, long from, int bytes) throws IOException {
    UnallocatedBytes fresh = new UnallocatedBytes(admission.freeBytes());
    fresh.count(locks, content, inode, from, from + bytes);
    if (!fresh.areTooMany()) {
      return bytes;
    }
    long end = fresh.end() / SpaceStatistics.PIECE_BYTES * SpaceStatistics.PIECE_BYTES;
    return (int) Math.max(0, end - from);
  }

  /** Bytes of a range that the file has already; concurrent changes may or may not count. */
  long storedBytes(long inode, long from, long to) throws IOException {
    UnallocatedBytes fresh = new UnallocatedBytes(Long.MAX_VALUE);
    fresh.count(locks, content, inode, from, to);
    return to - from - fresh.bytes();
  }

  @SuppressWarnings("CatchingUnchecked") // the commit waits for the end, whatever it is
  private void flush(FullBuffer full) {
    if (!full.take()) {
      return;
    }
    try {
      place(full);
    } catch (IOException failed) {
      // The bytes are still in memory: the commit writes them again and reports a failure.
      LOG.warn("inode {} offset {} is not written yet", full.inode(), full.fileOffset(), failed);
      keepInMemory(full);
    } catch (RuntimeException | Error broken) {
      // Report first, so that the commit that waits for the end sees it.
      guard.report("writing a buffer of inode " + full.inode(), broken);
      keepInMemory(full);
    } finally {
      full.batch().endWrite();
    }
  }

  private void place(FullBuffer full) throws IOException {
    ChunkWriter.Source source =
        new ChunkWriter.Source(full.inode(), full.fileOffset(), full.buffer().bytes());
    List<List<PhysicalExtent>> placed =
        chunks.write(
            streams.streamFor(full.inode(), full.fileOffset(), source.bytes().remaining()),
            List.of(source),
            full.batch()::placed);
    ReentrantReadWriteLock lock = locks.of(full.inode());
    lock.writeLock().lock();
    try {
      full.buffer().place(placed.get(0), memory);
    } finally {
      lock.writeLock().unlock();
    }
  }

  private void keepInMemory(FullBuffer full) {
    ReentrantReadWriteLock lock = locks.of(full.inode());
    lock.writeLock().lock();
    try {
      if (full.buffer().isWriting()) {
        full.buffer().writingFailed(memory);
      }
    } finally {
      lock.writeLock().unlock();
    }
  }
}
