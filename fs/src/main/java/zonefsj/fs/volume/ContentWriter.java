package zonefsj.fs.volume;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.data.ChunkWriter;
import zonefsj.fs.data.PlacedData;
import zonefsj.fs.data.Run;
import zonefsj.fs.tree.Batch;
import zonefsj.fs.tree.InodeRecord;
import zonefsj.zonemgr.ZoneStream;

/**
 * New bytes of files: room for them, their place in the open batch, and the way of full runs to a
 * zone while the batch is still open. Thread-safe.
 */
final class ContentWriter {
  private static final Logger LOG = LoggerFactory.getLogger(ContentWriter.class);

  private final Operations operations;
  private final VolumeParts parts;
  private final ContentReader content;
  private final Executor flushers;
  private final AtomicLong bytesWritten = new AtomicLong();
  private volatile long lastWriteMillis;

  ContentWriter(Operations operations, ContentReader content, Executor flushers) {
    this.operations = operations;
    this.parts = operations.parts();
    this.content = content;
    this.flushers = flushers;
  }

  /** Bytes that applications wrote since the mount. */
  long bytesWritten() {
    return bytesWritten.get();
  }

  /** When an application last wrote, milliseconds of the clock. */
  long lastWriteMillis() {
    return lastWriteMillis;
  }

  /** A run that takes no more bytes, on its way to a zone. */
  private record FullRun(Batch batch, long inode, Run run, long fileOffset) {}

  /** The full runs of one change; they are sent to the drive when no lock is held any more. */
  final class FullRuns {
    private final List<FullRun> runs = new ArrayList<>(1);

    /** Puts bytes into the batch of a change that holds the inode's lock. */
    void write(Operations.Change change, long inode, long offset, ByteBuffer source)
        throws ErrnoException {
      if (offset > ZoneFileSystem.MAX_FILE_BYTES - source.remaining()) {
        throw new ErrnoException(Errno.EFBIG, "the file would be too long");
      }
      Batch batch = change.batch();
      int before = runs.size();
      long claimed =
          batch
              .file(inode)
              .write(
                  offset,
                  source,
                  parts.memory(),
                  (run, from) -> runs.add(new FullRun(batch, inode, run, from)));
      operations.claim(batch, claimed);
      for (FullRun one : runs.subList(before, runs.size())) {
        one.run().startWriting();
        batch.beginWrite();
      }
    }

    /** Sends them off. */
    void send(int bytesAccepted) {
      for (FullRun one : runs) {
        flushers.execute(() -> flush(one));
      }
      bytesWritten.addAndGet(bytesAccepted);
      lastWriteMillis = parts.clock().millis();
    }
  }

  /** Makes a range a hole. */
  void punch(Batch batch, long inode, long from, long to) {
    long freed = batch.file(inode).punch(from, to, parts.memory());
    operations.claim(batch, -freed);
  }

  /** The record of a file whose content changes through a handle. */
  InodeRecord changedBy(OpenFiles.Handle file, InodeRecord record) {
    InodeRecord modified = record.modified(operations.now());
    return file.byRoot() ? modified : operations.withoutSetIds(file.inode(), modified);
  }

  /**
   * Waits for room for bytes that replace a range; the grant is closed when they are in memory.
   * Called before any lock is taken.
   */
  SpaceAccount.Grant awaitRoom(long inode, long from, long to, int bytes)
      throws ErrnoException, IOException {
    try {
      return parts.space().awaitRoom(bytes, () -> storedBytes(inode, from, to));
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for room");
    }
  }

  /** Bytes of a range that the file has already. */
  long storedBytes(long inode, long from, long to) throws IOException {
    long[] stored = {0};
    ReentrantReadWriteLock lock = parts.locks().of(inode);
    lock.readLock().lock();
    try {
      content.visit(
          inode,
          from,
          to,
          new ContentReader.Sink() {
            @Override
            public boolean memory(long at, ByteBuffer data) {
              stored[0] += data.remaining();
              return true;
            }

            @Override
            public boolean placed(long at, PlacedData data) {
              stored[0] += data.lengthBytes();
              return true;
            }

            @Override
            public boolean hole(long at, long end) {
              return true;
            }

            @Override
            public boolean lost(long at, long end) {
              return true;
            }
          });
    } finally {
      lock.readLock().unlock();
    }
    return stored[0];
  }

  private void flush(FullRun full) {
    ReentrantReadWriteLock lock = parts.locks().of(full.inode());
    try {
      ChunkWriter.Source source =
          new ChunkWriter.Source(full.inode(), full.fileOffset(), full.run().bytes());
      List<List<PlacedData>> placed =
          parts.chunks().write(ZoneStream.COLD, List.of(source), full.batch()::placed);
      lock.writeLock().lock();
      try {
        full.run().place(placed.get(0), parts.memory());
      } finally {
        lock.writeLock().unlock();
      }
    } catch (IOException failed) {
      // The bytes are still in memory: the commit writes them again, and answers for them.
      LOG.warn("inode {} offset {} is not written yet", full.inode(), full.fileOffset(), failed);
      lock.writeLock().lock();
      try {
        full.run().writingFailed(parts.memory());
      } finally {
        lock.writeLock().unlock();
      }
    } finally {
      full.batch().endWrite();
    }
  }
}
