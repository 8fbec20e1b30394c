// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.model;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
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
import zonefsj.fs.WriteMode;
import zonefsj.fs.XattrMode;
import zonefsj.fs.ZoneFileSystem;

/**
 * What a local POSIX filesystem does, in memory, under one lock, in the shortest way. Its answers
 * are what the real one must give. Where Linux and POSIX differ, it does as Linux (ext4) does.
 */
public class ReferenceFileSystem implements ZoneFileSystem {
  private static final int KEEP_SIZE = 1;
  private static final int PUNCH_HOLE = 2;
  private static final int ZERO_RANGE = 16;
  private static final int MAX_TARGET_BYTES = 4095;

  final ReferenceState state;
  private LongConsumer setIdsDropped = inode -> {};

  /** On the clock of the machine. */
  public ReferenceFileSystem() {
    this(Instant::now);
  }

  /**
   * @param clock tells the time of each change
   */
  public ReferenceFileSystem(Supplier<Instant> clock) {
    state = new ReferenceState(clock);
    ReferenceNode root = state.newNode(FileMode.DIRECTORY | 0755, 0, 0, 0);
    root.links = 2;
    root.parent = root.inode;
  }

  /** What an unmount and a mount do: all handles are gone. */
  public synchronized void remount() {
    state.closeAll();
  }

  // ---- names

  @Override
  public synchronized Attributes lookup(long parent, byte[] name) throws ErrnoException {
    ReferenceNode directory = state.directory(parent);
    String key = ReferenceState.checkName(name);
    if (key.equals(".")) {
      return directory.attributes();
    }
    if (key.equals("..")) {
      return state.node(directory.parent).attributes();
    }
    return state.child(directory, key).attributes();
  }

  @Override
  public synchronized Attributes makeNode(
      Caller caller, long parent, byte[] name, int mode, long device) throws ErrnoException {
    if (FileMode.isDirectory(mode) || FileMode.isSymlink(mode)) {
      throw new ErrnoException(Errno.EINVAL, "mknod of this type");
    }
    return state.add(caller, parent, name, mode, device).attributes();
  }

  @Override
  public synchronized Attributes makeDirectory(Caller caller, long parent, byte[] name, int mode)
      throws ErrnoException {
    ReferenceNode above = state.directory(parent);
    ReferenceNode made = state.add(caller, parent, name, FileMode.DIRECTORY | mode, 0);
    made.mode |= above.mode & FileMode.SET_GID;
    made.links = 2;
    made.parent = above.inode;
    above.links++;
    return made.attributes();
  }

  @Override
  public synchronized Attributes makeSymlink(Caller caller, long parent, byte[] name, byte[] target)
      throws ErrnoException {
    if (target.length == 0) {
      throw new ErrnoException(Errno.ENOENT, "empty target");
    }
    if (target.length > MAX_TARGET_BYTES) {
      throw new ErrnoException(Errno.ENAMETOOLONG, "target");
    }
    ReferenceNode made = state.add(caller, parent, name, FileMode.SYMLINK | 0777, 0);
    made.target = target.clone();
    return made.attributes();
  }

  @Override
  public synchronized byte[] readLink(long inode) throws ErrnoException {
    ReferenceNode node = state.node(inode);
    if (!FileMode.isSymlink(node.mode)) {
      throw new ErrnoException(Errno.EINVAL, "not a symlink");
    }
    state.accessed(node);
    return node.target.clone();
  }

  @Override
  public synchronized Attributes link(Caller caller, long inode, long newParent, byte[] newName)
      throws ErrnoException {
    ReferenceNode node = state.node(inode);
    ReferenceNode directory = state.directory(newParent);
    String key = ReferenceState.newName(directory, newName);
    if (node.isDirectory()) {
      throw new ErrnoException(Errno.EPERM, "link to a directory");
    }
    if (node.links == 0 && !node.neverNamed) {
      throw new ErrnoException(Errno.ENOENT, "link to a file without a name");
    }
    directory.add(key, inode);
    directory.modified(state.now());
    node.links++;
    node.neverNamed = false;
    node.changeTime = state.now();
    return node.attributes();
  }

  @Override
  public synchronized void unlink(Caller caller, long parent, byte[] name) throws ErrnoException {
    ReferenceNode directory = state.directory(parent);
    String key = ReferenceState.checkName(name);
    ReferenceState.refuseDots(key, Errno.EINVAL, Errno.EINVAL);
    ReferenceNode node = state.child(directory, key);
    if (node.isDirectory()) {
      throw new ErrnoException(Errno.EISDIR, "unlink of a directory");
    }
    directory.remove(key);
    directory.modified(state.now());
    state.dropLink(node);
  }

  @Override
  public synchronized void removeDirectory(Caller caller, long parent, byte[] name)
      throws ErrnoException {
    ReferenceNode directory = state.directory(parent);
    String key = ReferenceState.checkName(name);
    ReferenceState.refuseDots(key, Errno.EINVAL, Errno.ENOTEMPTY);
    ReferenceNode node = state.child(directory, key);
    if (!node.isDirectory()) {
      throw new ErrnoException(Errno.ENOTDIR, "rmdir of a file");
    }
    if (!node.entries.isEmpty()) {
      throw new ErrnoException(Errno.ENOTEMPTY, "rmdir");
    }
    directory.remove(key);
    directory.modified(state.now());
    state.dropDirectory(directory, node);
  }

  @Override
  public synchronized void rename(
      Caller caller, long parent, byte[] name, long newParent, byte[] newName, RenameMode mode)
      throws ErrnoException {
    new ReferenceRename(state).apply(caller, parent, name, newParent, newName, mode);
  }

  // ---- attributes

  @Override
  public Attributes find(long inode) throws ErrnoException {
    return attributes(inode);
  }

  @Override
  public synchronized Attributes attributes(long inode) throws ErrnoException {
    return state.node(inode).attributes();
  }

  @Override
  public synchronized Attributes setAttributes(Caller caller, long inode, AttributeChange change)
      throws ErrnoException {
    ReferenceNode node = state.node(inode);
    boolean sameOwner = change.isSameOwner();
    if (sameOwner && caller.uid() != 0 && caller.uid() != node.uid) {
      return node.attributes();
    }
    Instant now = state.now();
    Long size = change.sizeBytes();
    if (size != null) {
      node.checkResize(size);
    }
    if (change.mode() != null) {
      node.mode = FileMode.type(node.mode) | (change.mode() & FileMode.PERMISSION_MASK);
      ReferenceAcl.follow(node);
    }
    if (change.uid() != null || change.gid() != null || sameOwner) {
      node.dropSetIds(caller);
      node.uid = change.uid() != null ? change.uid() : node.uid;
      node.gid = change.gid() != null ? change.gid() : node.gid;
    }
    if (size != null) {
      node.content.resize(size);
      node.modifyTime = now;
      if (!caller.keepsSetIds()) {
        dropSetIds(node, caller);
      }
    }
    node.accessTime = resolve(change.accessTime(), node.accessTime, now);
    node.modifyTime = resolve(change.modifyTime(), node.modifyTime, now);
    node.changeTime = resolve(change.changeTime(), now, now);
    return node.attributes();
  }

  private static Instant resolve(@Nullable Instant wanted, Instant current, Instant now) {
    if (wanted == null) {
      return current;
    }
    return wanted.equals(AttributeChange.NOW) ? now : wanted;
  }

  // ---- files

  @Override
  public synchronized Created create(
      Caller caller, long parent, byte[] name, int mode, OpenFlags flags) throws ErrnoException {
    ReferenceNode made = state.add(caller, parent, name, FileMode.REGULAR | mode, 0);
    return new Created(state.newHandle(made, flags), made.attributes());
  }

  @Override
  public synchronized Created createUnnamed(Caller caller, long parent, int mode, OpenFlags flags)
      throws ErrnoException {
    ReferenceNode directory = state.directory(parent);
    if (directory.links == 0) {
      throw new ErrnoException(Errno.ENOENT, "the directory has been removed");
    }
    ReferenceNode made = state.newNode(caller, directory, FileMode.REGULAR | mode, 0);
    made.neverNamed = true;
    return new Created(state.newHandle(made, flags), made.attributes());
  }

  @Override
  public synchronized long open(Caller caller, long inode, OpenFlags flags) throws ErrnoException {
    ReferenceNode node = state.node(inode);
    if (node.isDirectory()) {
      throw new ErrnoException(Errno.EISDIR, "open of a directory");
    }
    if (!node.isRegular()) {
      throw new ErrnoException(Errno.EINVAL, "open of a special file");
    }
    if (flags.truncate()) {
      setAttributes(caller, inode, AttributeChange.ofSize(0));
    }
    return state.newHandle(node, flags);
  }

  @Override
  public synchronized long inodeOf(long handle) throws ErrnoException {
    return state.handle(handle).node().inode;
  }

  @Override
  public synchronized int read(long handle, long offsetBytes, ByteBuffer destination)
      throws ErrnoException {
    ReferenceState.Handle open = state.file(handle);
    if (!open.flags().read()) {
      throw new ErrnoException(Errno.EBADF, "not open for reading");
    }
    if (offsetBytes < 0) {
      throw new ErrnoException(Errno.EINVAL, "negative offset");
    }
    if (destination.hasRemaining()) {
      state.accessed(open.node());
    }
    return open.node().content.read(offsetBytes, destination);
  }

  @Override
  public synchronized int write(long handle, long offsetBytes, ByteBuffer source, WriteMode mode)
      throws ErrnoException {
    ReferenceState.Handle open = state.file(handle);
    ReferenceNode node = open.node();
    if (!open.flags().write()) {
      throw new ErrnoException(Errno.EBADF, "not open for writing");
    }
    if (offsetBytes < 0) {
      throw new ErrnoException(Errno.EINVAL, "negative offset");
    }
    boolean append = (open.flags().append() || mode.append()) && !mode.fromPageCache();
    long offset = append ? node.content.size() : offsetBytes;
    long below = MAX_FILE_BYTES - offset;
    if (below < source.remaining()) {
      if (below <= 0 || mode.whole()) {
        throw new ErrnoException(Errno.EFBIG, "write");
      }
      int count = write(handle, offset, source.slice(source.position(), (int) below), mode);
      source.position(source.position() + count);
      return count;
    }
    if (!source.hasRemaining()) {
      return 0;
    }
    if (mode.fromPageCache()) {
      node.modified(state.now());
    } else {
      changedBy(mode.caller(), node);
    }
    return node.content.write(offset, source);
  }

  @Override
  public synchronized long copy(
      Caller caller,
      long sourceHandle,
      long sourceOffset,
      long targetHandle,
      long targetOffset,
      long length)
      throws ErrnoException {
    ReferenceState.Handle from = state.handle(sourceHandle);
    ReferenceState.Handle to = state.handle(targetHandle);
    if (from.node().isDirectory() || to.node().isDirectory()) {
      throw new ErrnoException(Errno.EISDIR, "copy of a directory");
    }
    if (!from.flags().read() || !to.flags().write() || to.flags().append()) {
      throw new ErrnoException(Errno.EBADF, "not open for this copy");
    }
    if (sourceOffset < 0 || targetOffset < 0 || length < 0) {
      throw new ErrnoException(Errno.EINVAL, "negative");
    }
    long count = Math.min(length, from.node().content.size() - sourceOffset);
    if (count <= 0) {
      return 0;
    }
    if (targetOffset >= MAX_FILE_BYTES) {
      throw new ErrnoException(Errno.EFBIG, "copy");
    }
    count = Math.min(count, MAX_FILE_BYTES - targetOffset);
    if (from.node() == to.node() && Math.abs(sourceOffset - targetOffset) < count) {
      throw new ErrnoException(Errno.EINVAL, "copy over itself");
    }
    to.node().content.copy(from.node().content, sourceOffset, targetOffset, count);
    changedBy(caller, to.node());
    state.accessed(from.node());
    return count;
  }

  /** A caller changes the content of a file. */
  private void changedBy(Caller caller, ReferenceNode node) {
    if (!caller.keepsSetIds()) {
      dropSetIds(node, caller);
    }
    node.modified(state.now());
  }

  @Override
  public synchronized void allocate(
      Caller caller, long handle, int mode, long offsetBytes, long lengthBytes)
      throws ErrnoException {
    ReferenceState.Handle open = state.file(handle);
    Content content = open.node().content;
    if (!open.flags().write()) {
      throw new ErrnoException(Errno.EBADF, "not open for writing");
    }
    if (offsetBytes < 0 || lengthBytes <= 0) {
      throw new ErrnoException(Errno.EINVAL, "fallocate range");
    }
    boolean keepSize = (mode & KEEP_SIZE) != 0;
    int work = mode & ~KEEP_SIZE;
    boolean punch = work == PUNCH_HOLE && keepSize;
    if (work != 0 && work != ZERO_RANGE && !punch) {
      throw new ErrnoException(Errno.EOPNOTSUPP, "fallocate mode " + mode);
    }
    if (offsetBytes > MAX_FILE_BYTES - lengthBytes) {
      throw new ErrnoException(Errno.EFBIG, "fallocate");
    }
    long end = offsetBytes + lengthBytes;
    if (work != 0) {
      content.zero(offsetBytes, Math.min(end, content.size()));
    }
    if (!keepSize && end > content.size()) {
      content.resize(end);
    }
    changedBy(caller, open.node());
  }

  @Override
  public synchronized long seek(long handle, long offsetBytes, boolean hole) throws ErrnoException {
    Content content = state.file(handle).node().content;
    if (offsetBytes < 0 || offsetBytes >= content.size()) {
      throw new ErrnoException(Errno.ENXIO, "seek beyond the end");
    }
    long found = hole ? content.nextHole(offsetBytes) : content.nextData(offsetBytes);
    if (found < 0) {
      throw new ErrnoException(Errno.ENXIO, "no data up to the end");
    }
    return found;
  }

  @Override
  public synchronized void flush(long handle) throws ErrnoException {
    state.file(handle);
  }

  @Override
  public synchronized void fsync(long handle) throws ErrnoException {
    state.handle(handle);
  }

  @Override
  public synchronized void release(long handle) throws ErrnoException {
    state.file(handle);
    state.close(handle);
  }

  @Override
  public synchronized void onSetIdsDropped(LongConsumer listener) {
    setIdsDropped = listener;
  }

  private void dropSetIds(ReferenceNode node, Caller caller) {
    int before = node.mode;
    node.dropSetIds(caller);
    if (node.mode != before) {
      setIdsDropped.accept(node.inode);
    }
  }

  // ---- references

  @Override
  public synchronized void retain(long inode) {
    ReferenceNode node = state.ifThere(inode);
    if (node != null) {
      node.references++;
    }
  }

  @Override
  public synchronized void forget(long inode, long count) {
    ReferenceNode node = state.ifThere(inode);
    if (node != null) {
      node.references -= count;
      state.forgetIfDead(node);
    }
  }

  @Override
  public synchronized void forgetAll() {
    state.forgetAll();
  }

  // ---- directories

  @Override
  public synchronized long openDirectory(long inode) throws ErrnoException {
    return state.newHandle(state.directory(inode), OpenFlags.READ);
  }

  @Override
  public synchronized void readDirectory(long handle, long cookie, DirectorySink sink)
      throws ErrnoException {
    ReferenceNode node = state.handle(handle).node();
    if (!node.isDirectory()) {
      throw new ErrnoException(Errno.ENOTDIR, "readdir");
    }
    state.accessed(node);
    if (cookie < 1 && !sink.accept(new byte[] {'.'}, node.inode, node.mode, 1)) {
      return;
    }
    if (cookie < 2 && !sink.accept(new byte[] {'.', '.'}, node.parent, FileMode.DIRECTORY, 2)) {
      return;
    }
    for (Map.Entry<Long, ReferenceNode.Entry> next :
        node.entries.tailMap(cookie, false).entrySet()) {
      ReferenceNode.Entry entry = next.getValue();
      int mode = state.node(entry.inode()).mode;
      if (!sink.accept(ReferenceNode.bytes(entry.name()), entry.inode(), mode, next.getKey())) {
        return;
      }
    }
  }

  @Override
  public synchronized void releaseDirectory(long handle) throws ErrnoException {
    state.handle(handle);
    state.close(handle);
  }

  // ---- extended attributes

  @Override
  public synchronized byte[] getXattr(long inode, byte[] name) throws ErrnoException {
    return ReferenceXattrs.get(state.node(inode), name);
  }

  @Override
  public synchronized void setXattr(
      Caller caller, long inode, byte[] name, byte[] value, XattrMode mode) throws ErrnoException {
    ReferenceXattrs.set(state.node(inode), name, value, mode, state.now());
    if (mode.dropsSetGroupId() && value.length > 4 && ReferenceXattrs.isAccessAcl(name)) {
      state.node(inode).mode &= ~FileMode.SET_GID;
    }
  }

  @Override
  public synchronized List<byte[]> listXattrs(Caller caller, long inode) throws ErrnoException {
    return ReferenceXattrs.list(state.node(inode)).stream()
        .filter(name -> caller.uid() == 0 || !ReferenceNode.key(name).startsWith("trusted."))
        .toList();
  }

  @Override
  public synchronized void removeXattr(Caller caller, long inode, byte[] name)
      throws ErrnoException {
    ReferenceXattrs.remove(state.node(inode), name, state.now());
  }

  // ---- the whole

  @Override
  public synchronized SpaceStatistics statistics() {
    long used = state.nodes.values().stream().mapToLong(node -> node.content.allocated()).sum();
    long free = (1L << 30) - used;
    return new SpaceStatistics(4096, 1L << 30, free, free, state.nodes.size(), 1 << 20);
  }

  @Override
  public void sync() {}
}
