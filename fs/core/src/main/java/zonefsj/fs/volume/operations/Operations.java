// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.operations;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.Caller;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.FileMode;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.data.DirtyMemory;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.tree.Batch;
import zonefsj.fs.tree.Directory;
import zonefsj.fs.tree.EntryRecord;
import zonefsj.fs.tree.InodeLocks;
import zonefsj.fs.tree.InodeRecord;
import zonefsj.fs.volume.commit.ExtentCounter;
import zonefsj.fs.volume.state.MetadataState;
import zonefsj.fs.volume.state.RequestCalls;
import zonefsj.fs.volume.state.SpaceAccount;
import zonefsj.fs.volume.state.VolumeHealth;

/** What all operations share: inode records, checks, and the frame of a change. Thread-safe. */
public final class Operations {
  /** An inode of more extended attributes loses them as one range. */
  private static final int MOST_ATTRIBUTE_DELETES = 64;

  private static final long NOBODY = -1;

  /** Most names of a file; approximately most subdirectories of a directory: as in XFS. */
  static final int MAX_LINKS = Integer.MAX_VALUE;

  private final MetadataState metadata;
  private final DirtyMemory memory;
  private final SpaceAccount space;
  private final VolumeHealth health;
  private final InstantSource clock;
  private final WriteAdmission admission;
  private final ExtentCounter counter;
  private final RequestCalls calls;
  private final Runnable commitSoon;
  private final Runnable failIncompleteChange;
  private final Directory directory;
  private volatile LongConsumer setIdsDropped = inode -> {};

  /**
   * @param filesystem UUID, which seeds the cookies of directories
   * @param metadata that operations read and change
   * @param memory for the changes
   * @param space counts the bytes that batches accept
   * @param health tells whether changes are admitted
   * @param clock gives the time of a change
   * @param reclaimer makes room for writes
   * @param counter counts what large changes drop
   * @param calls tell whether the drive takes anything
   * @param commitSoon requests a commit; does not wait for it if a commit thread serves
   * @param failIncompleteChange called for a change that ends half-way, before its batch can be
   *     committed
   */
  public Operations(
      UUID filesystem,
      MetadataState metadata,
      DirtyMemory memory,
      SpaceAccount space,
      VolumeHealth health,
      InstantSource clock,
      VolumeReclaimer reclaimer,
      ExtentCounter counter,
      RequestCalls calls,
      Runnable commitSoon,
      Runnable failIncompleteChange) {
    this.metadata = metadata;
    this.memory = memory;
    this.space = space;
    this.health = health;
    this.clock = clock;
    this.admission = new WriteAdmission(space, reclaimer);
    this.counter = counter;
    this.calls = calls;
    this.commitSoon = commitSoon;
    this.failIncompleteChange = failIncompleteChange;
    this.directory = new Directory(filesystem);
  }

  MetadataState metadata() {
    return metadata;
  }

  DirtyMemory memory() {
    return memory;
  }

  VolumeHealth health() {
    return health;
  }

  RequestCalls calls() {
    return calls;
  }

  WriteAdmission admission() {
    return admission;
  }

  /**
   * Counts what a range of a file has, so that the commit which drops it is short. Called before
   * the change; takes about a second for a million extents.
   */
  ExtentCounter.Counted count(long inode, long from, long to) throws ErrnoException, IOException {
    health.checkWritable();
    return counter.countForRequest(inode, from, to);
  }

  /** Counts all that a file has, on a thread that serves no requests. */
  ExtentCounter.Counted countInBackground(long inode) throws ErrnoException, IOException {
    health.checkWritable();
    return counter.count(inode, 0, Long.MAX_VALUE);
  }

  /** For a change that drops nothing. */
  ExtentCounter.Counted countNothing() {
    return counter.nothing();
  }

  Directory directory() {
    return directory;
  }

  Instant now() {
    return clock.instant();
  }

  /** Sets the listener for inodes that lose set-ID bits by {@link Change#withoutSetIds}. */
  void onSetIdsDropped(LongConsumer listener) {
    setIdsDropped = listener;
  }

  /**
   * A change of some inodes: inside the gate, under their locks. All checks and reads come before
   * the first change to the batch. If a change has begun and is not {@link #done} when it closes,
   * the batch contains half of it and must not be committed: the volume then takes no more changes.
   */
  final class Change implements AutoCloseable {
    private final Batch batch;
    private final InodeLocks.Held held;
    private boolean begun;
    private boolean done;
    private long withoutSetIds = NOBODY;

    private Change(Batch batch, InodeLocks.Held held) {
      this.batch = batch;
      this.held = held;
    }

    /** Returns the batch for changes; the change has begun. */
    Batch batch() {
      begun = true;
      return batch;
    }

    void put(long inode, InodeRecord record) {
      batch().put(ColumnFamily.INODES, Keys.inode(inode), record.encode());
    }

    /** Sets a record of which only the access time is new. */
    void putAccessTime(long inode, InodeRecord record) {
      batch().putAccessTime(Keys.inode(inode), record.encode());
    }

    /** The record of a file whose content is changed by a caller, who may keep set-ID bits. */
    InodeRecord withoutSetIds(Caller caller, long inode, InodeRecord record) {
      if (!record.hasSetIds() || caller.keepsSetIds()) {
        return record;
      }
      InodeRecord without = record.withoutSetIds(!caller.isInGroup(record.gid()));
      if (without.mode() != record.mode()) {
        withoutSetIds = inode;
      }
      return without;
    }

    /** Declares that the complete change is in the batch. */
    void done() {
      done = true;
    }

    @Override
    public void close() {
      try {
        if (begun && !done) {
          failIncompleteChange.run();
        } else if (withoutSetIds != NOBODY) {
          // Everybody who asks is told the new mode by now; the next change of it waits for this.
          setIdsDropped.accept(withoutSetIds);
        }
      } finally {
        try {
          held.close();
        } finally {
          metadata.gate().exit();
        }
      }
    }
  }

  /** Begins a change. The order is always gate, then locks. */
  Change change(long... inodes) throws ErrnoException, IOException {
    awaitMemory();
    return begin(inodes);
  }

  /** Waits until there is memory for a change. Called before any lock is taken. */
  void awaitMemory() throws ErrnoException, IOException {
    health.checkWritable();
    boolean hasMemory;
    try {
      hasMemory = memory.awaitMemory(commitSoon);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for room");
    }
    // The wait may have ended because no commit will come any more.
    health.checkWritable();
    if (!hasMemory) {
      calls.checkDrive();
      throw new ErrnoException(Errno.EIO, "earlier changes cannot be placed on the drive");
    }
  }

  /** Begins a change that may be omitted; null if there is no memory for it now. */
  @Nullable Change changeIfRoom(long inode) throws ErrnoException {
    health.checkWritable();
    return memory.hasMemory(commitSoon) ? begin(inode) : null;
  }

  private Change begin(long... inodes) throws ErrnoException {
    Batch batch = metadata.gate().enter();
    boolean entered = false;
    try {
      // Inside the gate: a remount to read-only seals the last batch after it has said so.
      health.checkWritable();
      Change change = new Change(batch, metadata.locks().lock(inodes));
      entered = true;
      return change;
    } finally {
      if (!entered) {
        metadata.gate().exit();
      }
    }
  }

  InodeRecord inode(long inode) throws ErrnoException, IOException {
    byte[] value = metadata.view().get(ColumnFamily.INODES, Keys.inode(inode));
    if (value == null) {
      throw new ErrnoException(Errno.ENOENT, "inode " + inode + " does not exist");
    }
    return InodeRecord.decode(value);
  }

  /** Cheaper than decoding the whole record: this runs for every component of every path. */
  void requireDirectory(long inode) throws ErrnoException, IOException {
    byte[] value = metadata.view().get(ColumnFamily.INODES, Keys.inode(inode));
    if (value == null) {
      throw new ErrnoException(Errno.ENOENT, "inode " + inode + " does not exist");
    }
    if (!FileMode.isDirectory(InodeRecord.decodeMode(value))) {
      throw new ErrnoException(Errno.ENOTDIR, "inode " + inode + " is not a directory");
    }
  }

  InodeRecord directoryInode(long inode) throws ErrnoException, IOException {
    InodeRecord record = inode(inode);
    if (!record.isDirectory()) {
      throw new ErrnoException(Errno.ENOTDIR, "inode " + inode + " is not a directory");
    }
    return record;
  }

  /** An existing directory that has a name or is the root directory: it accepts new entries. */
  InodeRecord liveDirectory(long inode) throws ErrnoException, IOException {
    InodeRecord record = directoryInode(inode);
    if (record.linkCount() == 0) {
      throw new ErrnoException(Errno.ENOENT, "directory " + inode + " was removed");
    }
    return record;
  }

  static void checkName(byte[] name) throws ErrnoException {
    if (name.length == 0) {
      throw new ErrnoException(Errno.ENOENT, "empty name");
    }
    if (name.length > ZoneFileSystem.MAX_NAME_BYTES) {
      throw new ErrnoException(Errno.ENAMETOOLONG, "name of " + name.length + " bytes");
    }
    for (byte b : name) {
      if (b == 0 || b == '/') {
        throw new ErrnoException(Errno.EINVAL, "name with a zero or a slash");
      }
    }
  }

  static EntryRecord entry(long inode, int mode, byte[] name) {
    return new EntryRecord(inode, FileMode.type(mode), name);
  }

  Directory.FoundEntry find(long parent, byte[] name) throws ErrnoException, IOException {
    Directory.FoundEntry found = directory.find(metadata.view(), parent, name);
    if (found == null) {
      throw new ErrnoException(Errno.ENOENT, "no such name in directory " + parent);
    }
    return found;
  }

  void requireNew(long parent, byte[] name) throws ErrnoException, IOException {
    if (Directory.isDots(name) || directory.find(metadata.view(), parent, name) != null) {
      throw new ErrnoException(Errno.EEXIST, "the name exists");
    }
  }

  /**
   * Keys of the extended attributes of an inode, at most one more than are deleted one by one, so
   * that memory and journal record do not grow with their number.
   */
  List<byte[]> attributesOf(long inode) throws IOException {
    List<byte[]> keys = new ArrayList<>();
    metadata
        .view()
        .scan(
            ColumnFamily.XATTRS,
            Keys.inode(inode),
            Keys.inode(inode + 1),
            (key, value) -> {
              keys.add(key);
              return keys.size() <= MOST_ATTRIBUTE_DELETES;
            });
    return keys;
  }

  /**
   * Deletes an inode with all its data. Its lock is held.
   *
   * @param attributes {@link #attributesOf} it
   */
  void deleteInode(Change change, long inode, InodeRecord record, List<byte[]> attributes) {
    Batch batch = change.batch();
    batch.delete(ColumnFamily.INODES, Keys.inode(inode));
    attributes.forEach(key -> batch.delete(ColumnFamily.XATTRS, key));
    if (attributes.size() > MOST_ATTRIBUTE_DELETES) {
      batch
          .of(ColumnFamily.XATTRS)
          .subMap(Keys.inode(inode), Keys.inode(inode + 1))
          .keySet()
          .stream()
          .toList()
          .forEach(key -> batch.delete(ColumnFamily.XATTRS, key));
      batch.dropAttributes(inode);
    }
    if (record.isRegular()) {
      long freed = batch.file(inode).delete(memory);
      batch.noteDrop();
      reserve(batch, -freed);
    }
    metadata.counters().inodeGone();
  }

  void reserve(Batch batch, long bytes) {
    batch.reserve(bytes);
    space.reserve(bytes);
  }
}
