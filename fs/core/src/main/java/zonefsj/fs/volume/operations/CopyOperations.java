// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.operations;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import zonefsj.fs.Caller;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.data.DataDamagedException;
import zonefsj.fs.data.DirtyMemory;
import zonefsj.fs.data.VerifiedReader;
import zonefsj.fs.tree.InodeRecord;
import zonefsj.fs.volume.commit.ExtentCounter;
import zonefsj.fs.volume.state.ContentReader;
import zonefsj.fs.volume.state.DriveZones;
import zonefsj.fs.volume.state.SpaceAccount;

/**
 * copy_file_range(2): copies bytes from one file to another, or within one, in one batch.
 *
 * <p>No lock is held during device I/O, so the source may change meanwhile. The operation first
 * reads the bytes in zones, with the zones pinned. Then, under the locks of both files, it locates
 * the source again. If all parts are in the same place, the bytes that were read are current (bytes
 * in a zone never change); it takes the bytes in memory from there and completes the copy.
 * Otherwise it starts again. A source that is written all the time would let it do so for ever:
 * after a few tries it copies the first parts, as far as they are still in the same place.
 *
 * <p>Thread-safe.
 */
final class CopyOperations {
  /** Most bytes of data in one call: as many as the longest write, so that the same limits hold. */
  static final int MAX_DATA_BYTES = DirtyMemory.LARGE_BYTES;

  /** Tries to copy a piece as a whole, before a shorter one suffices. */
  private static final int MOST_WHOLE_TRIES = 2;

  private final Operations operations;
  private final DriveZones drive;
  private final VerifiedReader reader;
  private final OpenFiles open;
  private final ContentReader content;
  private final ContentWriter writer;
  private final FileOperations files;

  CopyOperations(
      DriveZones drive,
      VerifiedReader reader,
      Operations operations,
      OpenFiles open,
      ContentReader content,
      ContentWriter writer,
      FileOperations files) {
    this.operations = operations;
    this.drive = drive;
    this.reader = reader;
    this.open = open;
    this.content = content;
    this.writer = writer;
    this.files = files;
  }

  /** The arguments of a call. */
  private record Request(
      Caller caller,
      OpenFiles.Handle source,
      OpenFiles.Handle target,
      long sourceOffset,
      long targetOffset,
      long length) {

    /** How many bytes of it can be copied. */
    long available(long sourceSize) throws ErrnoException {
      if (sourceOffset >= sourceSize || length == 0) {
        return 0;
      }
      if (targetOffset >= ZoneFileSystem.MAX_FILE_BYTES) {
        throw new ErrnoException(Errno.EFBIG, "the file would be too long");
      }
      long bytes =
          Math.min(
              Math.min(length, sourceSize - sourceOffset),
              ZoneFileSystem.MAX_FILE_BYTES - targetOffset);
      boolean overlaps =
          source.inode() == target.inode()
              && targetOffset < sourceOffset + bytes
              && sourceOffset < targetOffset + bytes;
      if (overlaps) {
        throw new ErrnoException(Errno.EINVAL, "the ranges of a copy overlap");
      }
      return bytes;
    }
  }

  /** Returns bytes copied; 0 at or behind the end of the source. */
  long copy(
      Caller caller,
      long sourceHandle,
      long sourceOffset,
      long targetHandle,
      long targetOffset,
      long length)
      throws ErrnoException, IOException {
    OpenFiles.Handle source = open.get(sourceHandle);
    OpenFiles.Handle target = open.get(targetHandle);
    checkFiles(operations.inode(source.inode()), operations.inode(target.inode()));
    if (!source.flags().read() || !target.flags().write() || target.flags().append()) {
      throw new ErrnoException(Errno.EBADF, "the files are not open for this copy");
    }
    if (sourceOffset < 0 || targetOffset < 0 || length < 0) {
      throw new ErrnoException(Errno.EINVAL, "negative offset or length");
    }
    Request request = new Request(caller, source, target, sourceOffset, targetOffset, length);
    while (true) {
      // No zone is pinned while the thread waits for room: the collector may need these zones.
      try (CopySource first = look(request, MAX_DATA_BYTES)) {
        first.release();
        if (first.length() == 0) {
          return 0;
        }
        try (ExtentCounter.Counted dropped = countDropped(request, first)) {
          long copied = copyWithRoom(request, first.length(), first.dataBytes(), dropped);
          if (copied > 0) {
            return copied;
          }
        }
      }
    }
  }

  /** A hole of the source can be long, and drop much of the target. */
  private ExtentCounter.Counted countDropped(Request request, CopySource found)
      throws ErrnoException, IOException {
    long at = request.targetOffset();
    return found.length() == found.dataBytes()
        ? operations.countNothing()
        : operations.count(request.target().inode(), at, at + found.length());
  }

  private static void checkFiles(InodeRecord source, InodeRecord target) throws ErrnoException {
    if (source.isDirectory() || target.isDirectory()) {
      throw new ErrnoException(Errno.EISDIR, "a directory is not copied");
    }
    if (!source.isRegular() || !target.isRegular()) {
      throw new ErrnoException(Errno.EINVAL, "only regular files are copied");
    }
  }

  private CopySource look(Request request, int maxDataBytes) throws ErrnoException, IOException {
    long inode = request.source().inode();
    ReentrantReadWriteLock lock = operations.metadata().locks().of(inode);
    lock.readLock().lock();
    try {
      long bytes = request.available(operations.inode(inode).sizeBytes());
      long from = request.sourceOffset();
      return CopySource.pinned(drive, reader, content, inode, from, from + bytes, maxDataBytes);
    } catch (DataDamagedException lost) {
      throw content.report(inode, request.sourceOffset(), 0, lost);
    } finally {
      lock.readLock().unlock();
    }
  }

  /** Returns 0 if the source has changed so that nothing can be copied with the granted room. */
  private long copyWithRoom(
      Request request, long span, int dataBytes, ExtentCounter.Counted dropped)
      throws ErrnoException, IOException {
    long inode = request.target().inode();
    long at = request.targetOffset();
    try (SpaceAccount.Grant room =
        dataBytes > 0
            ? writer.awaitSomeRoom(inode, at, at + span, dataBytes)
            : operations.admission().nothing()) {
      for (int tries = 1; ; tries++) {
        // The source would change during this wait, and its zones would be pinned.
        operations.awaitMemory();
        try (CopySource found = look(request, (int) room.bytes())) {
          if (found.length() == 0) {
            return 0;
          }
          ByteBuffer bytes = ByteBuffer.allocate(found.dataBytes());
          read(request, found, bytes);
          long copied = take(request, found, bytes, tries <= MOST_WHOLE_TRIES, dropped);
          if (copied > 0) {
            return copied;
          }
        }
      }
    }
  }

  private void read(Request request, CopySource found, ByteBuffer bytes)
      throws ErrnoException, IOException {
    try {
      found.read(bytes);
    } catch (DataDamagedException damaged) {
      throw content.report(
          request.source().inode(), request.sourceOffset(), found.length(), damaged);
    }
  }

  /**
   * Copies the bytes into the batch.
   *
   * @param whole whether to copy all or nothing
   * @param dropped what was counted of the target
   * @return length of what was copied; 0 if the source has changed since the read
   */
  private long take(
      Request request,
      CopySource found,
      ByteBuffer bytes,
      boolean whole,
      ExtentCounter.Counted dropped)
      throws ErrnoException, IOException {
    long source = request.source().inode();
    long target = request.target().inode();
    InodeRecord seen;
    long length;
    try (ContentWriter.FullBuffers full = writer.new FullBuffers();
        Operations.Change change = operations.change(source, target)) {
      InodeRecord from = operations.inode(source);
      List<CopySource.Part> parts = found.stillThere(bytes, from.sizeBytes());
      length = CopySource.lengthOf(parts);
      if (length == 0 || (whole && length < found.length())) {
        return 0;
      }
      long end = request.sourceOffset() + length;
      long shift = request.targetOffset() - request.sourceOffset();
      InodeRecord before = operations.inode(target);
      InodeRecord to =
          writer.changedBy(
              change,
              request.caller(),
              target,
              before.withSize(Math.max(before.sizeBytes(), end + shift)));
      int at = 0;
      for (CopySource.Part part : parts) {
        if (part.isHole()) {
          writer.punch(change.batch(), target, part.from() + shift, part.to() + shift);
        } else {
          full.write(change, target, part.from() + shift, bytes.slice(at, part.dataBytes()));
          at += part.dataBytes();
        }
      }
      change.put(target, to);
      dropped.keepFor(change.batch().number());
      change.done();
      seen = source == target ? to : from;
      full.accepted(at);
    }
    files.noteAccess(source, seen);
    return length;
  }
}
