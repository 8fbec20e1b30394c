// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.operations;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.AttributeChange;
import zonefsj.fs.Attributes;
import zonefsj.fs.Caller;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.FileMode;
import zonefsj.fs.VolumeOptions.AccessTimes;
import zonefsj.fs.WriteMode;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.data.DataDamagedException;
import zonefsj.fs.data.FileDelta;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.tree.AccessControlList;
import zonefsj.fs.tree.Batch;
import zonefsj.fs.tree.BatchGate;
import zonefsj.fs.tree.InodeRecord;
import zonefsj.fs.volume.commit.ExtentCounter;
import zonefsj.fs.volume.state.ContentReader;
import zonefsj.fs.volume.state.MetadataState;
import zonefsj.fs.volume.state.SpaceAccount;

/** Operations on the attributes and the content of files. Thread-safe. */
final class FileOperations {
  private static final Logger LOG = LoggerFactory.getLogger(FileOperations.class);

  private static final Duration RELATIVE_TIME_AGE = Duration.ofDays(1);
  private static final int SECTOR_BYTES = 512;

  // fallocate(2), linux/falloc.h
  private static final int KEEP_SIZE = 1;
  private static final int PUNCH_HOLE = 2;
  private static final int ZERO_RANGE = 0x10;

  private final Operations operations;
  private final MetadataState metadata;
  private final OpenFiles open;
  private final ContentReader content;
  private final ContentWriter writer;
  private final AccessControl access;
  private final Supplier<AccessTimes> accessTimes;
  private final LongAdder readBytes = new LongAdder();

  FileOperations(
      Operations operations,
      OpenFiles open,
      ContentReader content,
      ContentWriter writer,
      AccessControl access,
      Supplier<AccessTimes> accessTimes) {
    this.operations = operations;
    this.metadata = operations.metadata();
    this.open = open;
    this.content = content;
    this.writer = writer;
    this.access = access;
    this.accessTimes = accessTimes;
  }

  /** Bytes that applications have read. */
  long readBytes() {
    return readBytes.sum();
  }

  Attributes attributes(long inode) throws ErrnoException, IOException {
    return attributes(inode, operations.inode(inode));
  }

  Attributes attributes(long inode, InodeRecord record) throws IOException {
    BatchGate.Layers layers = metadata.gate().layers();
    long inIndex = record.sizeBytes() == 0 ? 0 : allocatedInIndex(inode, record);
    return withAllocated(inode, record, inIndex, layers);
  }

  private long allocatedInIndex(long inode, InodeRecord record) throws IOException {
    byte[] value =
        record.isRegular()
            ? metadata.index().get(ColumnFamily.EXTENTS, Keys.extent(inode, 0))
            : null;
    return value == null ? 0 : Keys.number(value);
  }

  /**
   * The attributes of a file.
   *
   * @param inIndex read after {@code layers} were: a batch whose commit ends in between counts
   *     twice, as an estimate, and is not missed
   */
  private static Attributes withAllocated(
      long inode, InodeRecord record, long inIndex, BatchGate.Layers layers) {
    if (!record.isRegular() || record.sizeBytes() == 0) {
      return record.attributes(inode, 0);
    }
    FileDelta newest = layers.open().fileIfAny(inode);
    Batch sealed = layers.sealed();
    FileDelta older = sealed == null ? null : sealed.fileIfAny(inode);
    long committed = older == null ? inIndex : older.allocatedBytes();
    boolean isKnown = committed != FileDelta.UNKNOWN;
    long before = isKnown ? committed : inIndex + dataBytes(older);
    long bytes = before + dataBytes(newest);
    // What a change replaces is known only when it is committed.
    boolean replaces = (newest != null && before > 0) || (!isKnown && inIndex > 0);
    long allocated = Math.min(bytes, record.sizeBytes() + SECTOR_BYTES - 1);
    Attributes attributes = record.attributes(inode, allocated);
    return replaces ? attributes.withAllocated(allocated, true) : attributes;
  }

  private static long dataBytes(@Nullable FileDelta delta) {
    return delta == null ? 0 : delta.dataBytes();
  }

  Attributes setAttributes(Caller caller, long inode, AttributeChange wanted)
      throws ErrnoException, IOException {
    try (ExtentCounter.Counted dropped = countDropped(inode, wanted.sizeBytes());
        Operations.Change change = operations.change(inode)) {
      InodeRecord record = operations.inode(inode);
      BatchGate.Layers layers = metadata.gate().layers();
      boolean sameOwner = wanted.isSameOwner();
      if (sameOwner && !caller.isUser(0) && !caller.isUser(record.uid())) {
        // The kernel lets everybody make such a chown(2), and sends the same before a write, which
        // clears the set-ID bits itself: so it is neither obeyed nor refused.
        long stored = record.sizeBytes() == 0 ? 0 : allocatedInIndex(inode, record);
        return withAllocated(inode, record, stored, layers);
      }
      Instant now = operations.now();
      Long size = wanted.sizeBytes();
      boolean willBeEmpty = (size == null ? record.sizeBytes() : size) == 0;
      long inIndex = willBeEmpty ? 0 : allocatedInIndex(inode, record);
      Integer mode = wanted.mode();
      AccessControlList list = mode == null ? null : access.following(inode, mode);
      if (size != null) {
        record = resize(change, inode, record, size, dropped, now);
      }
      if (mode != null) {
        record = record.withMode(FileMode.type(record.mode()) | (mode & FileMode.PERMISSION_MASK));
      }
      if (list != null) {
        access.follow(change, inode, list);
      }
      Integer uid = wanted.uid();
      Integer gid = wanted.gid();
      if (uid != null || gid != null || sameOwner) {
        boolean byStranger =
            record.hasSetIds() && !caller.isInGroup(record.gid()) && !caller.keepsSetIds();
        record =
            record
                .withoutSetIds(byStranger)
                .withOwner(uid == null ? record.uid() : uid, gid == null ? record.gid() : gid);
      }
      if (size != null) {
        record = change.withoutSetIds(caller, inode, record);
      }
      record =
          record.withTimes(
              time(wanted.accessTime(), record.accessTime(), now),
              time(wanted.modifyTime(), record.modifyTime(), now),
              time(wanted.changeTime(), now, now));
      change.put(inode, record);
      change.done();
      return withAllocated(inode, record, inIndex, layers);
    }
  }

  private ExtentCounter.Counted countDropped(long inode, @Nullable Long size)
      throws ErrnoException, IOException {
    if (size == null || size < 0 || size >= operations.inode(inode).sizeBytes()) {
      return operations.countNothing();
    }
    return operations.count(inode, size, Long.MAX_VALUE);
  }

  private static Instant time(@Nullable Instant wanted, Instant old, Instant now) {
    if (wanted == null) {
      return old;
    }
    return wanted.equals(AttributeChange.NOW) ? now : wanted;
  }

  private InodeRecord resize(
      Operations.Change change,
      long inode,
      InodeRecord record,
      long size,
      ExtentCounter.Counted dropped,
      Instant now)
      throws ErrnoException {
    if (record.isDirectory()) {
      throw new ErrnoException(Errno.EISDIR, "a directory has no length to change");
    }
    if (!record.isRegular() || size < 0) {
      throw new ErrnoException(Errno.EINVAL, "the length cannot be " + size);
    }
    if (size > ZoneFileSystem.MAX_FILE_BYTES) {
      throw new ErrnoException(Errno.EFBIG, "the length cannot be " + size);
    }
    if (size < record.sizeBytes()) {
      writer.punch(change.batch(), inode, size, Long.MAX_VALUE);
      dropped.keepFor(change.batch().number());
    }
    return record.withSize(size).modified(now);
  }

  int read(long handle, long offset, ByteBuffer destination) throws ErrnoException, IOException {
    OpenFiles.Handle file = open.get(handle);
    if (!file.flags().read()) {
      throw new ErrnoException(Errno.EBADF, "the file is not open for reading");
    }
    if (offset < 0) {
      throw new ErrnoException(Errno.EINVAL, "negative offset");
    }
    if (!destination.hasRemaining()) {
      return 0;
    }
    long inode = file.inode();
    ByteBuffer rest = destination.duplicate();
    long wanted = offset + Math.min(destination.remaining(), Long.MAX_VALUE - offset);
    long at = offset;
    Slice slice;
    do {
      slice = plan(inode, at, wanted, rest);
      try {
        slice.plan().finish();
      } catch (DataDamagedException damaged) {
        throw content.report(inode, at, slice.plan().end() - at, damaged);
      }
      rest.position(rest.position() + (int) (slice.plan().end() - at));
      at = slice.plan().end();
    } while (at < Math.min(wanted, slice.record().sizeBytes()));
    readBytes.add(rest.position() - destination.position());
    destination.position(rest.position());
    // As in Linux, a read that finds the end of the file is an access, too.
    noteAccess(inode, slice.record());
    return (int) (at - offset);
  }

  /** The plan of one slice of a read, and the inode record at that time. */
  private record Slice(ContentReader.ReadPlan plan, InodeRecord record) {}

  /** Takes the inode's lock and releases it before the device read. */
  private Slice plan(long inode, long from, long wanted, ByteBuffer destination)
      throws ErrnoException, IOException {
    ReentrantReadWriteLock lock = metadata.locks().of(inode);
    lock.readLock().lock();
    try {
      InodeRecord record = operations.inode(inode);
      long to = Math.max(from, Math.min(wanted, record.sizeBytes()));
      return new Slice(content.plan(inode, from, to, destination), record);
    } finally {
      lock.readLock().unlock();
    }
  }

  /** Updates the access time under the mount's policy. */
  void noteAccess(long inode, InodeRecord seen) {
    AccessTimes policy = accessTimes.get();
    if (policy == AccessTimes.NONE || operations.health().isQuiet()) {
      return;
    }
    Instant now = operations.now();
    Instant access = seen.accessTime();
    boolean due =
        policy == AccessTimes.STRICT
            || !access.isAfter(seen.modifyTime())
            || !access.isAfter(seen.changeTime())
            || access.isBefore(now.minus(RELATIVE_TIME_AGE));
    if (!due || access.equals(now)) {
      return;
    }
    try {
      setAccessTime(inode, now);
    } catch (ErrnoException | IOException refused) {
      // The read itself succeeded; the mount may have turned read-only just now.
      LOG.debug("inode {} keeps its access time", inode, refused);
    }
  }

  /** Does nothing while writers wait for memory: a read must not wait with them. */
  private void setAccessTime(long inode, Instant now) throws ErrnoException, IOException {
    try (Operations.Change change = operations.changeIfRoom(inode)) {
      if (change == null) {
        return;
      }
      byte[] value = metadata.view().get(ColumnFamily.INODES, Keys.inode(inode));
      if (value != null) {
        InodeRecord record = InodeRecord.decode(value);
        change.putAccessTime(
            inode, record.withTimes(now, record.modifyTime(), record.changeTime()));
        change.done();
      }
    }
  }

  /**
   * Returns the bytes written: fewer than all only if the drive is full behind them, or the file
   * would become too long.
   */
  int write(long handle, long offset, ByteBuffer source, WriteMode mode)
      throws ErrnoException, IOException {
    OpenFiles.Handle file = open.get(handle);
    if (!file.flags().write()) {
      throw new ErrnoException(Errno.EBADF, "the file is not open for writing");
    }
    if (offset < 0) {
      throw new ErrnoException(Errno.EINVAL, "negative offset");
    }
    if (!source.hasRemaining()) {
      return 0;
    }
    // Checked before the collector works for this write.
    operations.health().checkWritable();
    int bytes =
        appends(file, mode) ? source.remaining() : belowLimit(offset, source.remaining(), mode);
    long inode = file.inode();
    try (ContentWriter.FullBuffers full = writer.new FullBuffers()) {
      int written;
      // The kernel drops pages after writeback, however many bytes the answer reports, and makes
      // EIO of a short answer to O_DIRECT.
      try (SpaceAccount.Grant room =
          mode.whole()
              ? writer.awaitRoom(inode, offset, offset + bytes, bytes)
              : writer.awaitSomeRoom(inode, offset, offset + bytes, bytes)) {
        int granted = (int) room.bytes();
        written = accept(file, offset, source.slice(source.position(), granted), mode, full);
      }
      source.position(source.position() + written);
      full.accepted(written);
      return written;
    }
  }

  private static boolean appends(OpenFiles.Handle file, WriteMode mode) {
    return (file.flags().append() || mode.append()) && !mode.fromPageCache();
  }

  /** How many of some bytes from an offset are below the greatest length of a file: not 0. */
  private static int belowLimit(long offset, int bytes, WriteMode mode) throws ErrnoException {
    long below = ZoneFileSystem.MAX_FILE_BYTES - offset;
    if (below <= 0 || (below < bytes && mode.whole())) {
      throw new ErrnoException(Errno.EFBIG, "the file would be too long");
    }
    return (int) Math.min(below, bytes);
  }

  private int accept(
      OpenFiles.Handle file,
      long offset,
      ByteBuffer source,
      WriteMode mode,
      ContentWriter.FullBuffers full)
      throws ErrnoException, IOException {
    long inode = file.inode();
    try (Operations.Change change = operations.change(inode)) {
      InodeRecord record = operations.inode(inode);
      long at = appends(file, mode) ? record.sizeBytes() : offset;
      if (at < 0) {
        throw new IOException(
            "inode " + inode + " has a length of " + at + " bytes; run zonefs-j fsck --repair");
      }
      int bytes = belowLimit(at, source.remaining(), mode);
      full.write(change, inode, at, source.slice(0, bytes));
      InodeRecord longer = record.withSize(Math.max(record.sizeBytes(), at + bytes));
      // As on a disk, a store through a mapping keeps the set-ID bits; for a write(2) that the
      // kernel keeps for a while (writeback), the kernel asked for their removal before.
      InodeRecord changed =
          mode.fromPageCache()
              ? longer.modified(operations.now())
              : writer.changedBy(change, mode.caller(), inode, longer);
      change.put(inode, changed);
      change.done();
      return bytes;
    }
  }

  void allocate(Caller caller, long handle, int mode, long offset, long length)
      throws ErrnoException, IOException {
    OpenFiles.Handle file = open.get(handle);
    if (!file.flags().write()) {
      throw new ErrnoException(Errno.EBADF, "the file is not open for writing");
    }
    if (offset < 0 || length <= 0) {
      throw new ErrnoException(Errno.EINVAL, "a range of " + length + " bytes at " + offset);
    }
    boolean punches = (mode & PUNCH_HOLE) != 0;
    boolean zeroes = (mode & ZERO_RANGE) != 0;
    boolean known = (mode & ~(KEEP_SIZE | PUNCH_HOLE | ZERO_RANGE)) == 0;
    if (!known || (punches && (zeroes || (mode & KEEP_SIZE) == 0))) {
      throw new ErrnoException(Errno.EOPNOTSUPP, "fallocate mode " + mode);
    }
    if (offset > ZoneFileSystem.MAX_FILE_BYTES - length) {
      throw new ErrnoException(Errno.EFBIG, "the file would be too long");
    }
    long inode = file.inode();
    boolean needsSpace = !punches && !zeroes;
    if (needsSpace) {
      operations
          .admission()
          .checkRoomFor(length, () -> writer.storedBytes(inode, offset, offset + length));
    }
    try (ExtentCounter.Counted dropped =
            needsSpace
                ? operations.countNothing()
                : operations.count(inode, offset, offset + length);
        Operations.Change change = operations.change(inode)) {
      InodeRecord record = operations.inode(inode);
      if (punches || zeroes) {
        writer.punch(change.batch(), inode, offset, offset + length);
        dropped.keepFor(change.batch().number());
      }
      if ((mode & KEEP_SIZE) == 0) {
        record = record.withSize(Math.max(record.sizeBytes(), offset + length));
      }
      change.put(inode, writer.changedBy(change, caller, inode, record));
      change.done();
    }
  }

  /**
   * Finds data or a hole. Takes the inode's lock for {@link ContentReader#SLICE_PARTS} parts at a
   * time: concurrent changes behind the offset may or may not be found.
   */
  long seek(long handle, long offset, boolean hole) throws ErrnoException, IOException {
    long inode = open.get(handle).inode();
    Seek seek = new Seek(hole);
    ReentrantReadWriteLock lock = metadata.locks().of(inode);
    long at = offset;
    long size;
    do {
      lock.readLock().lock();
      try {
        size = operations.inode(inode).sizeBytes();
        if (offset < 0 || offset >= size) {
          throw new ErrnoException(Errno.ENXIO, "offset " + offset + " is not in the file");
        }
        at = content.visitSome(inode, at, size, ContentReader.SLICE_PARTS, seek);
      } finally {
        lock.readLock().unlock();
      }
    } while (seek.found < 0 && at < size);
    if (seek.found < 0 && !hole) {
      throw new ErrnoException(Errno.ENXIO, "no data behind offset " + offset);
    }
    return seek.found < 0 ? size : seek.found;
  }

  /** Continues until it finds data or a hole, as requested. */
  private static final class Seek implements ContentReader.Sink {
    private final boolean hole;
    private long found = -1;

    Seek(boolean hole) {
      this.hole = hole;
    }

    private boolean at(long offset, boolean isHole) {
      if (isHole == hole) {
        found = offset;
        return false;
      }
      return true;
    }

    @Override
    public boolean memory(long from, ByteBuffer bytes) {
      return at(from, false);
    }

    @Override
    public boolean placed(long from, PhysicalExtent data) {
      return at(from, false);
    }

    @Override
    public boolean lost(long from, long to) {
      return at(from, false);
    }

    @Override
    public boolean hole(long from, long to) {
      return at(from, true);
    }
  }
}
