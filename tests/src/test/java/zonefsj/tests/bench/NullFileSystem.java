// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.bench;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
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
 * A filesystem without contents: names, numbers and sizes in memory, so that what is measured over
 * it is the transport. A write is a size, a read gives zeros, times stand still. The same in C is
 * {@code null_tree.h}.
 *
 * <p>Has directories and regular files only: what the load does not use is ENOSYS. A handle is the
 * number of its inode. Not every call is atomic with regard to every other: the load does not race
 * for names.
 */
final class NullFileSystem implements ZoneFileSystem {
  private static final int BLOCK_BYTES = 4096;
  private static final long SPACE_BYTES = 1L << 40;
  private static final long FREE_INODES = 1L << 24;

  /** Cookies of "." and ".."; inode numbers of all but the root are larger. */
  private static final long SELF_COOKIE = 1;

  private static final long PARENT_COOKIE = 2;

  /** Small enough to stay in a processor's cache. */
  private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(1 << 16).asReadOnlyBuffer();

  private final ConcurrentMap<Long, NullNode> nodes = new ConcurrentHashMap<>();
  private final AtomicLong lastInode = new AtomicLong(PARENT_COOKIE);
  private final Instant birth = Instant.now();

  NullFileSystem() {
    nodes.put(ROOT_INODE, new NullNode(ROOT_INODE, FileMode.DIRECTORY | 0755, 0, 0));
  }

  private NullNode node(long inode) throws ErrnoException {
    NullNode node = nodes.get(inode);
    if (node == null) {
      throw new ErrnoException(Errno.ENOENT, "inode " + inode);
    }
    return node;
  }

  private NullNode opened(long handle) throws ErrnoException {
    NullNode node = nodes.get(handle);
    if (node == null) {
      throw new ErrnoException(Errno.EBADF, "handle " + handle);
    }
    return node;
  }

  private static NullNode.Entries entries(NullNode node) throws ErrnoException {
    NullNode.Entries entries = node.entries;
    if (entries == null) {
      throw new ErrnoException(Errno.ENOTDIR, "inode " + node.inode);
    }
    return entries;
  }

  private static String text(byte[] name) {
    return new String(name, StandardCharsets.ISO_8859_1);
  }

  private static ErrnoException unknown(String what) {
    return new ErrnoException(Errno.ENOSYS, what);
  }

  private Attributes attributes(NullNode node) {
    long sizeBytes = node.sizeBytes.get();
    int links = !node.named ? 0 : node.entries != null ? 2 : 1;
    return new Attributes(
        node.inode,
        0,
        node.mode,
        links,
        node.uid,
        node.gid,
        0,
        sizeBytes,
        sizeBytes,
        birth,
        birth,
        birth,
        birth);
  }

  private NullNode child(long parent, byte[] name) throws ErrnoException {
    NullNode child = entries(node(parent)).byName().get(text(name));
    if (child == null) {
      throw new ErrnoException(Errno.ENOENT, "no such name");
    }
    return child;
  }

  @Override
  public Attributes lookup(long parent, byte[] name) throws ErrnoException {
    return attributes(child(parent, name));
  }

  @Override
  public long find(long parent, byte[] name) throws ErrnoException {
    return child(parent, name).inode;
  }

  @Override
  public void retain(long inode) {
    NullNode node = nodes.get(inode);
    if (node != null) {
      node.references.incrementAndGet();
    }
  }

  @Override
  public void forget(long inode, long count) {
    NullNode node = nodes.get(inode);
    if (node != null) {
      node.references.addAndGet(-count);
      removeIfGone(node);
    }
  }

  @Override
  public void forgetAll() {
    for (NullNode node : nodes.values()) {
      node.references.set(0);
      removeIfGone(node);
    }
  }

  private void letGo(NullNode node) {
    node.holders.decrementAndGet();
    removeIfGone(node);
  }

  private void removeIfGone(NullNode node) {
    if (node.holders.get() == 0 && node.references.get() <= 0) {
      nodes.remove(node.inode);
    }
  }

  @Override
  public Attributes find(long inode) throws ErrnoException {
    return attributes(inode);
  }

  @Override
  public Attributes attributes(long inode) throws ErrnoException {
    return attributes(node(inode));
  }

  @Override
  public Attributes setAttributes(Caller caller, long inode, AttributeChange change)
      throws ErrnoException {
    NullNode node = node(inode);
    Integer mode = change.mode();
    if (mode != null) {
      node.mode = FileMode.type(node.mode) | mode;
    }
    Integer uid = change.uid();
    if (uid != null) {
      node.uid = uid;
    }
    Integer gid = change.gid();
    if (gid != null) {
      node.gid = gid;
    }
    Long sizeBytes = change.sizeBytes();
    if (sizeBytes != null) {
      node.sizeBytes.set(sizeBytes);
    }
    return attributes(node);
  }

  private NullNode make(Caller caller, long parent, byte[] name, int mode) throws ErrnoException {
    if (name.length > MAX_NAME_BYTES) {
      throw new ErrnoException(Errno.ENAMETOOLONG, "name");
    }
    NullNode.Entries entries = entries(node(parent));
    NullNode node = new NullNode(lastInode.incrementAndGet(), mode, caller.uid(), caller.gid());
    nodes.put(node.inode, node);
    String text = text(name);
    if (entries.byName().putIfAbsent(text, node) != null) {
      nodes.remove(node.inode);
      throw new ErrnoException(Errno.EEXIST, "name");
    }
    entries.names().put(node.inode, text);
    return node;
  }

  @Override
  public Attributes makeNode(Caller caller, long parent, byte[] name, int mode, long device)
      throws ErrnoException {
    if (FileMode.type(mode) != FileMode.REGULAR) {
      throw unknown("mknod");
    }
    return attributes(make(caller, parent, name, mode & ~caller.umask()));
  }

  @Override
  public Attributes makeDirectory(Caller caller, long parent, byte[] name, int mode)
      throws ErrnoException {
    return attributes(make(caller, parent, name, FileMode.DIRECTORY | (mode & ~caller.umask())));
  }

  @Override
  public Created create(Caller caller, long parent, byte[] name, int mode, OpenFlags flags)
      throws ErrnoException {
    NullNode node = make(caller, parent, name, FileMode.REGULAR | (mode & ~caller.umask()));
    node.holders.incrementAndGet();
    return new Created(node.inode, attributes(node));
  }

  /** Modes stay as they are. */
  /** Modes stay as they are. */
  @Override
  public void onSetIdsDropped(LongConsumer listener) {}

  /** Not measured. */
  @Override
  public Created createUnnamed(Caller caller, long parent, int mode, OpenFlags flags)
      throws ErrnoException {
    throw new ErrnoException(Errno.EOPNOTSUPP, "O_TMPFILE");
  }

  /** Not measured. */
  @Override
  public long copy(
      Caller caller, long source, long sourceOffset, long target, long targetOffset, long length)
      throws ErrnoException {
    throw new ErrnoException(Errno.EOPNOTSUPP, "copy_file_range");
  }

  @Override
  public void unlink(Caller caller, long parent, byte[] name) throws ErrnoException {
    NullNode node = child(parent, name);
    if (node.entries != null) {
      throw new ErrnoException(Errno.EISDIR, "unlink");
    }
    remove(parent, name, node);
  }

  @Override
  public void removeDirectory(Caller caller, long parent, byte[] name) throws ErrnoException {
    NullNode node = child(parent, name);
    if (!entries(node).byName().isEmpty()) {
      throw new ErrnoException(Errno.ENOTEMPTY, "rmdir");
    }
    remove(parent, name, node);
  }

  private void remove(long parent, byte[] name, NullNode node) throws ErrnoException {
    NullNode.Entries entries = entries(node(parent));
    if (!entries.byName().remove(text(name), node)) {
      throw new ErrnoException(Errno.ENOENT, "no such name");
    }
    entries.names().remove(node.inode);
    node.named = false;
    letGo(node);
  }

  @Override
  public long open(Caller caller, long inode, OpenFlags flags) throws ErrnoException {
    NullNode node = node(inode);
    node.holders.incrementAndGet();
    if (flags.truncate()) {
      node.sizeBytes.set(0);
    }
    return inode;
  }

  @Override
  public long inodeOf(long handle) throws ErrnoException {
    return opened(handle).inode;
  }

  @Override
  public int read(long handle, long offsetBytes, ByteBuffer destination) throws ErrnoException {
    long rest = opened(handle).sizeBytes.get() - offsetBytes;
    int length = (int) Math.max(0, Math.min(rest, destination.remaining()));
    for (int done = 0; done < length; ) {
      int piece = Math.min(length - done, ZEROS.capacity());
      destination.put(destination.position(), ZEROS, 0, piece);
      destination.position(destination.position() + piece);
      done += piece;
    }
    return length;
  }

  @Override
  public int write(long handle, long offsetBytes, ByteBuffer source, WriteMode mode)
      throws ErrnoException {
    int length = source.remaining();
    opened(handle).grow(offsetBytes + length);
    source.position(source.limit());
    return length;
  }

  @Override
  public void flush(long handle) {}

  @Override
  public void fsync(long handle) {}

  @Override
  public void release(long handle) throws ErrnoException {
    letGo(opened(handle));
  }

  @Override
  public long openDirectory(long inode) throws ErrnoException {
    NullNode node = node(inode);
    entries(node);
    node.holders.incrementAndGet();
    return inode;
  }

  @Override
  public void readDirectory(long handle, long cookie, DirectorySink sink) throws ErrnoException {
    NullNode node = opened(handle);
    if (cookie < SELF_COOKIE && !sink.accept(new byte[] {'.'}, handle, node.mode, SELF_COOKIE)) {
      return;
    }
    // The kernel knows parents itself; the number is only shown.
    if (cookie < PARENT_COOKIE
        && !sink.accept(new byte[] {'.', '.'}, handle, node.mode, PARENT_COOKIE)) {
      return;
    }
    for (Map.Entry<Long, String> entry : entries(node).names().tailMap(cookie, false).entrySet()) {
      long inode = entry.getKey();
      NullNode child = nodes.get(inode);
      if (child != null
          && !sink.accept(
              entry.getValue().getBytes(StandardCharsets.ISO_8859_1), inode, child.mode, inode)) {
        return;
      }
    }
  }

  @Override
  public void releaseDirectory(long handle) throws ErrnoException {
    letGo(opened(handle));
  }

  /** Answered, not ENOSYS: the kernel asks for one before each write, and goes on asking. */
  @Override
  public byte[] getXattr(long inode, byte[] name) throws ErrnoException {
    node(inode);
    throw new ErrnoException(Errno.ENODATA, "xattr");
  }

  @Override
  public List<byte[]> listXattrs(Caller caller, long inode) throws ErrnoException {
    node(inode);
    return List.of();
  }

  @Override
  public void setXattr(Caller caller, long inode, byte[] name, byte[] value, XattrMode mode)
      throws ErrnoException {
    throw unknown("setxattr");
  }

  @Override
  public void removeXattr(Caller caller, long inode, byte[] name) throws ErrnoException {
    throw unknown("removexattr");
  }

  @Override
  public SpaceStatistics statistics() {
    return new SpaceStatistics(
        BLOCK_BYTES, SPACE_BYTES, SPACE_BYTES, SPACE_BYTES, nodes.size(), FREE_INODES);
  }

  @Override
  public void sync() {}

  @Override
  public byte[] readLink(long inode) throws ErrnoException {
    throw unknown("readlink");
  }

  @Override
  public Attributes makeSymlink(Caller caller, long parent, byte[] name, byte[] target)
      throws ErrnoException {
    throw unknown("symlink");
  }

  @Override
  public Attributes link(Caller caller, long inode, long newParent, byte[] newName)
      throws ErrnoException {
    throw unknown("link");
  }

  @Override
  public void rename(
      Caller caller, long parent, byte[] name, long newParent, byte[] newName, RenameMode mode)
      throws ErrnoException {
    throw unknown("rename");
  }

  @Override
  public void allocate(Caller caller, long handle, int mode, long offsetBytes, long lengthBytes)
      throws ErrnoException {
    throw unknown("fallocate");
  }

  @Override
  public long seek(long handle, long offsetBytes, boolean hole) throws ErrnoException {
    throw unknown("seek");
  }
}
