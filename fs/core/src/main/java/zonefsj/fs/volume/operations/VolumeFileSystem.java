// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.operations;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.AttributeChange;
import zonefsj.fs.Attributes;
import zonefsj.fs.Caller;
import zonefsj.fs.DirectorySink;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.FileMode;
import zonefsj.fs.OpenFlags;
import zonefsj.fs.RenameMode;
import zonefsj.fs.SpaceStatistics;
import zonefsj.fs.VolumeOptions;
import zonefsj.fs.VolumeOptions.SyncPolicy;
import zonefsj.fs.WriteMode;
import zonefsj.fs.XattrMode;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.data.VerifiedReader;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.tree.Batch;
import zonefsj.fs.tree.BatchGate;
import zonefsj.fs.tree.Directory;
import zonefsj.fs.tree.EntryRecord;
import zonefsj.fs.tree.InodeRecord;
import zonefsj.fs.volume.commit.CommitLog;
import zonefsj.fs.volume.commit.Committer;
import zonefsj.fs.volume.state.ContentReader;
import zonefsj.fs.volume.state.DriveZones;
import zonefsj.fs.volume.state.LostWrites;
import zonefsj.fs.volume.state.MetadataState;
import zonefsj.fs.volume.state.SpaceAccount;
import zonefsj.fs.volume.state.VolumeHealth;

/** The filesystem of a mounted volume. Thread-safe. */
public final class VolumeFileSystem implements ZoneFileSystem {
  private static final Logger LOG = LoggerFactory.getLogger(VolumeFileSystem.class);
  private static final int STATFS_BLOCK_BYTES = 4096;
  private static final int METADATA_BYTES_PER_INODE = 512;
  private static final long DOT_DOT_COOKIE = 1;
  private static final long ENTRIES_COOKIE = 2;

  private final MetadataState metadata;
  private final SpaceAccount space;
  private final VolumeHealth health;
  private final Operations operations;
  private final NamespaceOperations names;
  private final RenameOperations renames;
  private final Creation creation;
  private final FileOperations files;
  private final CopyOperations copies;
  private final XattrOperations xattrs;
  private final OpenFiles open;
  private final CommitLog log;
  private final Committer committer;
  private final LostWrites lostWrites;
  private final Supplier<String> label;
  private final Supplier<VolumeOptions> options;

  public VolumeFileSystem(
      DriveZones drive,
      VerifiedReader reader,
      SpaceAccount space,
      Operations operations,
      NamespaceOperations names,
      ContentReader content,
      ContentWriter writer,
      OpenFiles open,
      CommitLog log,
      Committer committer,
      LostWrites lostWrites,
      Supplier<String> label,
      Supplier<VolumeOptions> options) {
    AccessControl access = new AccessControl(operations);
    this.metadata = operations.metadata();
    this.space = space;
    this.health = operations.health();
    this.operations = operations;
    this.names = names;
    this.renames = new RenameOperations(operations, names);
    this.creation = new Creation(operations, open, access);
    this.files =
        new FileOperations(
            operations, open, content, writer, access, () -> options.get().accessTimes());
    this.copies = new CopyOperations(drive, reader, operations, open, content, writer, files);
    this.xattrs = new XattrOperations(operations, access);
    this.open = open;
    this.log = log;
    this.committer = committer;
    this.lostWrites = lostWrites;
    this.label = label;
    this.options = options;
  }

  /** Bytes that applications have read. */
  public long readBytes() {
    return files.readBytes();
  }

  @Override
  public void turnReadOnly(String where, Throwable what) {
    log.breakDown(where, what);
  }

  @Override
  public Attributes lookup(long parent, byte[] name) throws ErrnoException, IOException {
    return files.attributes(names.lookup(parent, name));
  }

  @Override
  public long find(long parent, byte[] name) throws ErrnoException, IOException {
    return names.lookup(parent, name);
  }

  @Override
  public Attributes attributes(long inode) throws ErrnoException, IOException {
    return files.attributes(inode);
  }

  @Override
  public Attributes find(long inode) throws ErrnoException, IOException {
    Attributes found = files.attributes(inode);
    if (found.linkCount() == 0 && !open.isInUse(inode)) {
      throw new ErrnoException(Errno.ENOENT, "inode " + inode + " is being deleted");
    }
    return found;
  }

  @Override
  public Attributes setAttributes(Caller caller, long inode, AttributeChange change)
      throws ErrnoException, IOException {
    return durable(SyncPolicy.ALL, files.setAttributes(caller, inode, change));
  }

  /** Makes a change durable, if its kind must be before it returns. */
  private <T> T durable(SyncPolicy kind, T answer) throws ErrnoException, IOException {
    if (options.get().sync().compareTo(kind) >= 0) {
      committer.commit();
    }
    return answer;
  }

  private void durable(SyncPolicy kind) throws ErrnoException, IOException {
    durable(kind, kind);
  }

  @Override
  public byte[] readLink(long inode) throws ErrnoException, IOException {
    byte[] target = names.readLink(inode);
    files.noteAccess(inode, operations.inode(inode));
    return target;
  }

  @Override
  public Attributes makeNode(Caller caller, long parent, byte[] name, int mode, long device)
      throws ErrnoException, IOException {
    int type = FileMode.type(mode);
    if (type == FileMode.DIRECTORY || type == FileMode.SYMLINK) {
      throw new ErrnoException(Errno.EPERM, "mknod makes neither directories nor symbolic links");
    }
    int known = type == 0 ? mode | FileMode.REGULAR : mode;
    boolean isDevice = type == FileMode.BLOCK || type == FileMode.CHARACTER;
    return durable(
        SyncPolicy.NAMES, creation.make(caller, parent, name, known, isDevice ? device : 0, null));
  }

  @Override
  public Attributes makeDirectory(Caller caller, long parent, byte[] name, int mode)
      throws ErrnoException, IOException {
    int full = FileMode.DIRECTORY | (mode & FileMode.PERMISSION_MASK);
    return durable(SyncPolicy.NAMES, creation.make(caller, parent, name, full, 0, null));
  }

  @Override
  public Attributes makeSymlink(Caller caller, long parent, byte[] name, byte[] target)
      throws ErrnoException, IOException {
    return durable(
        SyncPolicy.NAMES, creation.make(caller, parent, name, FileMode.SYMLINK | 0777, 0, target));
  }

  @Override
  public Attributes link(Caller caller, long inode, long newParent, byte[] newName)
      throws ErrnoException, IOException {
    Attributes linked = files.attributes(inode, names.link(inode, newParent, newName));
    return durable(SyncPolicy.NAMES, linked);
  }

  @Override
  public void unlink(Caller caller, long parent, byte[] name) throws ErrnoException, IOException {
    names.unlink(parent, name);
    durable(SyncPolicy.NAMES);
  }

  @Override
  public void removeDirectory(Caller caller, long parent, byte[] name)
      throws ErrnoException, IOException {
    names.removeDirectory(parent, name);
    durable(SyncPolicy.NAMES);
  }

  @Override
  public void rename(
      Caller caller, long parent, byte[] name, long newParent, byte[] newName, RenameMode mode)
      throws ErrnoException, IOException {
    renames.rename(caller, parent, name, newParent, newName, mode);
    durable(SyncPolicy.NAMES);
  }

  @Override
  public Created create(Caller caller, long parent, byte[] name, int mode, OpenFlags flags)
      throws ErrnoException, IOException {
    Created created = creation.create(caller, parent, name, mode, flags);
    boolean done = false;
    try {
      durable(SyncPolicy.NAMES);
      done = true;
      return created;
    } finally {
      if (!done) {
        release(created.handle());
      }
    }
  }

  @Override
  public Created createUnnamed(Caller caller, long parent, int mode, OpenFlags flags)
      throws ErrnoException, IOException {
    return creation.createUnnamed(caller, parent, mode, flags);
  }

  @Override
  public long open(Caller caller, long inode, OpenFlags flags) throws ErrnoException, IOException {
    open.checkRoom();
    long handle;
    var lock = metadata.locks().of(inode).readLock();
    lock.lock();
    try {
      InodeRecord record = operations.inode(inode);
      if (record.isDirectory()) {
        throw new ErrnoException(Errno.EISDIR, "a directory is opened by openDirectory");
      }
      if (!record.isRegular()) {
        throw new ErrnoException(Errno.EINVAL, "the kernel opens special files itself");
      }
      if (flags.write() || flags.truncate()) {
        health.checkWritable();
      }
      handle = open.open(inode, flags);
    } finally {
      lock.unlock();
    }
    if (flags.truncate()) {
      truncateOrClose(caller, inode, handle);
    }
    return handle;
  }

  private void truncateOrClose(Caller caller, long inode, long handle)
      throws ErrnoException, IOException {
    boolean done = false;
    try {
      setAttributes(caller, inode, AttributeChange.ofSize(0));
      done = true;
    } finally {
      if (!done) {
        release(handle);
      }
    }
  }

  @Override
  public long inodeOf(long handle) throws ErrnoException {
    return open.get(handle).inode();
  }

  @Override
  public int read(long handle, long offsetBytes, ByteBuffer destination)
      throws ErrnoException, IOException {
    return files.read(handle, offsetBytes, destination);
  }

  @Override
  public int write(long handle, long offsetBytes, ByteBuffer source, WriteMode mode)
      throws ErrnoException, IOException {
    int written = files.write(handle, offsetBytes, source, mode);
    if (open.get(handle).flags().sync()) {
      commitFor(handle);
    }
    return written;
  }

  @Override
  public long copy(
      Caller caller,
      long sourceHandle,
      long sourceOffset,
      long targetHandle,
      long targetOffset,
      long lengthBytes)
      throws ErrnoException, IOException {
    long copied =
        copies.copy(caller, sourceHandle, sourceOffset, targetHandle, targetOffset, lengthBytes);
    if (copied > 0 && isSync(targetHandle)) {
      commitFor(targetHandle);
    }
    return copied;
  }

  @Override
  public void allocate(Caller caller, long handle, int mode, long offsetBytes, long lengthBytes)
      throws ErrnoException, IOException {
    files.allocate(caller, handle, mode, offsetBytes, lengthBytes);
    if (isSync(handle)) {
      commitFor(handle);
    }
  }

  private boolean isSync(long handle) throws ErrnoException {
    return options.get().sync() == SyncPolicy.ALL || open.get(handle).flags().sync();
  }

  @Override
  public long seek(long handle, long offsetBytes, boolean hole) throws ErrnoException, IOException {
    return files.seek(handle, offsetBytes, hole);
  }

  @Override
  public void flush(long handle) throws ErrnoException, IOException {
    open.get(handle);
    log.checkHealthy();
  }

  @Override
  public void fsync(long handle) throws ErrnoException, IOException {
    open.get(handle);
    commitFor(handle);
  }

  /** Makes everything durable; EIO, once for each handle, if data of its file are lost already. */
  private void commitFor(long handle) throws ErrnoException, IOException {
    committer.commit();
    if (lostWrites.tell(open.get(handle).inode(), handle, open::newestHandle)) {
      throw new ErrnoException(Errno.EIO, "data of the file were lost before they were durable");
    }
  }

  @Override
  public void release(long handle) throws ErrnoException, IOException {
    long inode = open.get(handle).inode();
    boolean over;
    var lock = metadata.locks().of(inode).writeLock();
    lock.lock();
    try {
      over = open.close(handle);
    } finally {
      lock.unlock();
    }
    if (over) {
      endOrphan(inode);
    }
  }

  private void endOrphan(long inode) throws ErrnoException, IOException {
    // Otherwise the next writable mount does it.
    if (!health.isReadOnly()) {
      names.endOrphan(inode);
    }
  }

  @Override
  public void onSetIdsDropped(LongConsumer listener) {
    operations.onSetIdsDropped(listener);
  }

  @Override
  public void retain(long inode) {
    open.retain(inode);
  }

  @Override
  public void forget(long inode, long count) throws ErrnoException, IOException {
    if (open.forget(inode, count)) {
      endOrphan(inode);
    }
  }

  @Override
  public void forgetAll() throws ErrnoException, IOException {
    open.forgetAll(this::endOrphan);
  }

  @Override
  public long openDirectory(long inode) throws ErrnoException, IOException {
    open.checkRoom();
    var lock = metadata.locks().of(inode).readLock();
    lock.lock();
    try {
      operations.directoryInode(inode);
      return open.open(inode, OpenFlags.READ);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void readDirectory(long handle, long cookie, DirectorySink sink)
      throws ErrnoException, IOException {
    long inode = open.get(handle).inode();
    byte[] value = metadata.view().get(ColumnFamily.INODES, Keys.inode(inode));
    if (value == null) {
      return;
    }
    InodeRecord record = InodeRecord.decode(value);
    if (cookie == 0 && !sink.accept(new byte[] {'.'}, inode, record.mode(), DOT_DOT_COOKIE)) {
      return;
    }
    if (cookie <= DOT_DOT_COOKIE
        && !sink.accept(
            new byte[] {'.', '.'}, names.parentOf(inode), FileMode.DIRECTORY, ENTRIES_COOKIE)) {
      return;
    }
    metadata
        .view()
        .scan(
            ColumnFamily.ENTRIES,
            Keys.entry(inode, Math.max(cookie, Directory.FIRST_COOKIE)),
            Keys.entry(inode + 1, 0),
            (key, entryValue) -> {
              EntryRecord entry = EntryRecord.decode(entryValue);
              return entry == null
                  || sink.accept(
                      entry.name(), entry.inode(), entry.typeBits(), Directory.cookieBehind(key));
            });
    if (cookie == 0 && options.get().directoryAccessTimes()) {
      files.noteAccess(inode, record);
    }
  }

  @Override
  public void releaseDirectory(long handle) throws ErrnoException {
    try {
      release(handle);
    } catch (IOException failed) {
      // The directory stays an orphan; the next mount purges it.
      health.report("an unlinked directory could not be purged: " + failed.getMessage());
    }
  }

  @Override
  public byte[] getXattr(long inode, byte[] name) throws ErrnoException, IOException {
    return xattrs.get(inode, name);
  }

  @Override
  public void setXattr(Caller caller, long inode, byte[] name, byte[] value, XattrMode mode)
      throws ErrnoException, IOException {
    xattrs.set(inode, name, value, mode);
    durable(SyncPolicy.ALL);
  }

  @Override
  public List<byte[]> listXattrs(Caller caller, long inode) throws ErrnoException, IOException {
    return xattrs.list(caller, inode);
  }

  @Override
  public void removeXattr(Caller caller, long inode, byte[] name)
      throws ErrnoException, IOException {
    xattrs.remove(inode, name);
    durable(SyncPolicy.ALL);
  }

  @Override
  public String label() {
    return label.get();
  }

  @Override
  public SpaceStatistics statistics() {
    commitDrops();
    long free = space.freeBytes();
    return new SpaceStatistics(
        STATFS_BLOCK_BYTES,
        space.totalBytes(),
        free,
        space.availableBytes(),
        metadata.counters().values().inodes(),
        free / METADATA_BYTES_PER_INODE);
  }

  /** A program that deletes until there is room asks after each file. */
  private void commitDrops() {
    BatchGate.Layers layers = metadata.gate().layers();
    Batch sealed = layers.sealed();
    boolean mayFree = layers.open().mayFreeSpace() || (sealed != null && sealed.mayFreeSpace());
    if (!mayFree || health.isReadOnly()) {
      return;
    }
    try {
      committer.commit();
    } catch (IOException failed) {
      // What it frees counts when a later commit succeeds.
      LOG.debug("the space of deleted data is not counted yet", failed);
    }
  }

  @Override
  public void sync() throws ErrnoException, IOException {
    committer.commit();
  }
}
