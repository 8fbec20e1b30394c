// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.kernel;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.AttributeChange;
import zonefsj.fs.Attributes;
import zonefsj.fs.Caller;
import zonefsj.fs.DirectorySink;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.OpenFlags;
import zonefsj.fs.RenameMode;
import zonefsj.fs.SpaceStatistics;
import zonefsj.fs.WriteMode;
import zonefsj.fs.XattrMode;
import zonefsj.fs.ZoneFileSystem;

/**
 * A mounted filesystem, as the kernel shows it: every call is the system calls that an application
 * would make for it.
 *
 * <p>An inode number is good until {@link #settle}: behind it is a descriptor that only names the
 * file (O_PATH), and would keep it alive. A handle is a descriptor. Not thread-safe.
 */
final class KernelFileSystem implements ZoneFileSystem {
  private static final byte[] EMPTY = {0};
  private static final int MAX_XATTR_BYTES = 64 << 10;
  private static final int LISTING_BYTES = 2048;

  private final int root;

  /** Descriptors by inode number. */
  private final Map<Long, Integer> descriptors = new HashMap<>();

  /** Those of them that are ours to close. */
  private final List<Integer> borrowed = new ArrayList<>();

  /** Open files, and whether they are open for writing. */
  private final Map<Integer, Boolean> handles = new HashMap<>();

  KernelFileSystem(String mountPoint) throws ErrnoException, IOException {
    int flags = KernelCalls.O_RDONLY | KernelCalls.O_DIRECTORY | KernelCalls.O_CLOEXEC;
    root = open(KernelCalls.AT_FDCWD, text(mountPoint), flags, 0);
    settle();
  }

  /** An operation has ended: inode numbers from before mean nothing any more. */
  void settle() {
    borrowed.forEach(KernelCalls::close);
    borrowed.clear();
    descriptors.clear();
    descriptors.put(ROOT_INODE, root);
  }

  /** Closes every descriptor, so that the mount can go. */
  void close() {
    settle();
    handles.keySet().forEach(KernelCalls::close);
    handles.clear();
    KernelCalls.close(root);
  }

  // ---- names

  @Override
  public Attributes lookup(long parent, byte[] name) throws ErrnoException, IOException {
    int flags = KernelCalls.O_PATH | KernelCalls.O_NOFOLLOW | KernelCalls.O_CLOEXEC;
    int fd = open(descriptor(parent), text(name), flags, 0);
    borrowed.add(fd);
    Attributes attributes = stat(fd);
    descriptors.putIfAbsent(attributes.inode(), fd);
    return attributes;
  }

  @Override
  public Attributes makeNode(Caller caller, long parent, byte[] name, int mode, long device)
      throws ErrnoException, IOException {
    int directory = descriptor(parent);
    try (CallerScope scope = new CallerScope(caller)) {
      scope.check(KernelCalls.mknodat(directory, text(name), mode, device));
    }
    return lookup(parent, name);
  }

  @Override
  public Attributes makeDirectory(Caller caller, long parent, byte[] name, int mode)
      throws ErrnoException, IOException {
    int directory = descriptor(parent);
    try (CallerScope scope = new CallerScope(caller)) {
      scope.check(KernelCalls.mkdirat(directory, text(name), mode));
    }
    return lookup(parent, name);
  }

  @Override
  public Attributes makeSymlink(Caller caller, long parent, byte[] name, byte[] target)
      throws ErrnoException, IOException {
    int directory = descriptor(parent);
    try (CallerScope scope = new CallerScope(caller)) {
      scope.check(KernelCalls.symlinkat(text(target), directory, text(name)));
    }
    return lookup(parent, name);
  }

  @Override
  public byte[] readLink(long inode) throws ErrnoException, IOException {
    byte[] buffer = new byte[8192];
    long count = KernelCalls.readlinkat(descriptor(inode), EMPTY, buffer, buffer.length);
    if (count < 0 && Native.getLastError() == Errno.ENOENT.number()) {
      // What readlinkat(2) answers for an empty name and a descriptor of something else.
      throw new ErrnoException(Errno.EINVAL, "not a symbolic link");
    }
    return Arrays.copyOf(buffer, (int) check(count));
  }

  @Override
  public Attributes link(Caller caller, long inode, long newParent, byte[] newName)
      throws ErrnoException, IOException {
    int from = descriptor(inode);
    int to = descriptor(newParent);
    try (CallerScope scope = new CallerScope(caller)) {
      scope.check(KernelCalls.linkat(from, EMPTY, to, text(newName), KernelCalls.AT_EMPTY_PATH));
    }
    return stat(from);
  }

  @Override
  public void unlink(Caller caller, long parent, byte[] name) throws ErrnoException, IOException {
    int directory = descriptor(parent);
    try (CallerScope scope = new CallerScope(caller)) {
      scope.check(KernelCalls.unlinkat(directory, text(name), 0));
    }
  }

  @Override
  public void removeDirectory(Caller caller, long parent, byte[] name)
      throws ErrnoException, IOException {
    int directory = descriptor(parent);
    try (CallerScope scope = new CallerScope(caller)) {
      scope.check(KernelCalls.unlinkat(directory, text(name), KernelCalls.AT_REMOVEDIR));
    }
  }

  @Override
  public void rename(
      Caller caller, long parent, byte[] name, long newParent, byte[] newName, RenameMode mode)
      throws ErrnoException, IOException {
    int from = descriptor(parent);
    int to = descriptor(newParent);
    int flags =
        switch (mode) {
          case REPLACE -> 0;
          case NO_REPLACE -> 1;
          case EXCHANGE -> 2;
          case WHITEOUT -> 4;
          case NO_REPLACE_WHITEOUT -> 5;
        };
    try (CallerScope scope = new CallerScope(caller)) {
      scope.check(KernelCalls.renameat2(from, text(name), to, text(newName), flags));
    }
  }

  // ---- attributes

  @Override
  public Attributes find(long inode) throws ErrnoException, IOException {
    return attributes(inode);
  }

  @Override
  public Attributes attributes(long inode) throws ErrnoException, IOException {
    return stat(descriptor(inode));
  }

  @Override
  public Attributes setAttributes(Caller caller, long inode, AttributeChange change)
      throws ErrnoException, IOException {
    int fd = descriptor(inode);
    byte[] path = path(fd);
    Integer mode = change.mode();
    Integer uid = change.uid();
    Integer gid = change.gid();
    Long size = change.sizeBytes();
    try (CallerScope scope = new CallerScope(caller)) {
      if (size != null) {
        boolean writable = handles.getOrDefault(fd, false);
        scope.check(writable ? KernelCalls.ftruncate(fd, size) : KernelCalls.truncate(path, size));
      }
      if (mode != null) {
        scope.check(KernelCalls.chmod(path, mode));
      }
      if (uid != null || gid != null || change.equals(AttributeChange.SAME_OWNER)) {
        int owner = uid == null ? -1 : uid;
        int group = gid == null ? -1 : gid;
        scope.check(KernelCalls.fchownat(fd, EMPTY, owner, group, KernelCalls.AT_EMPTY_PATH));
      }
      if (change.accessTime() != null || change.modifyTime() != null) {
        long[] times = new long[4];
        put(times, 0, change.accessTime());
        put(times, 2, change.modifyTime());
        scope.check(KernelCalls.utimensat(KernelCalls.AT_FDCWD, path, times, 0));
      }
    }
    return stat(fd);
  }

  private static void put(long[] times, int at, @Nullable Instant time) {
    if (time == null) {
      times[at + 1] = KernelCalls.UTIME_OMIT;
    } else if (time.equals(AttributeChange.NOW)) {
      times[at + 1] = KernelCalls.UTIME_NOW;
    } else {
      times[at] = time.getEpochSecond();
      times[at + 1] = time.getNano();
    }
  }

  // ---- files

  @Override
  public Created create(Caller caller, long parent, byte[] name, int mode, OpenFlags flags)
      throws ErrnoException, IOException {
    int bits = bits(flags) | KernelCalls.O_CREAT | KernelCalls.O_EXCL;
    return create(caller, descriptor(parent), text(name), mode, bits, flags);
  }

  @Override
  public Created createUnnamed(Caller caller, long parent, int mode, OpenFlags flags)
      throws ErrnoException, IOException {
    int bits = bits(flags) | KernelCalls.O_TMPFILE;
    return create(caller, descriptor(parent), text("."), mode, bits, flags);
  }

  private Created create(
      Caller caller, int directory, byte[] name, int mode, int bits, OpenFlags flags)
      throws ErrnoException, IOException {
    int fd;
    try (CallerScope scope = new CallerScope(caller)) {
      fd = (int) scope.check(KernelCalls.openat(directory, name, bits, mode));
    }
    handles.put(fd, flags.write());
    return new Created(fd, stat(fd));
  }

  @Override
  public long open(Caller caller, long inode, OpenFlags flags) throws ErrnoException, IOException {
    byte[] path = path(descriptor(inode));
    int fd;
    try (CallerScope scope = new CallerScope(caller)) {
      fd = (int) scope.check(KernelCalls.openat(KernelCalls.AT_FDCWD, path, bits(flags), 0));
    }
    handles.put(fd, flags.write());
    return fd;
  }

  private static int bits(OpenFlags flags) {
    int access = KernelCalls.O_RDWR;
    if (!flags.write()) {
      access = KernelCalls.O_RDONLY;
    } else if (!flags.read()) {
      access = KernelCalls.O_WRONLY;
    }
    return access
        | KernelCalls.O_CLOEXEC
        | (flags.append() ? KernelCalls.O_APPEND : 0)
        | (flags.truncate() ? KernelCalls.O_TRUNC : 0)
        | (flags.sync() ? KernelCalls.O_SYNC : 0);
  }

  @Override
  public long inodeOf(long handle) throws ErrnoException {
    try {
      byte[] buffer = new byte[StatxBuffer.BYTES];
      statx((int) handle, StatxBuffer.Field.INODE, buffer);
      long inode = StatxBuffer.attributes(buffer).inode();
      descriptors.put(inode, (int) handle);
      return inode;
    } catch (IOException e) {
      throw new IllegalStateException("fstat of an open file", e);
    }
  }

  @Override
  public int read(long handle, long offsetBytes, ByteBuffer destination)
      throws ErrnoException, IOException {
    int count = destination.remaining();
    long done = check(KernelCalls.pread((int) handle, address(destination), count, offsetBytes));
    destination.position(destination.position() + (int) done);
    return (int) done;
  }

  @Override
  public int write(long handle, long offsetBytes, ByteBuffer source, WriteMode mode)
      throws ErrnoException, IOException {
    if (!mode.equals(WriteMode.by(mode.caller()))) {
      throw new IllegalArgumentException("only the kernel can write so");
    }
    int count = source.remaining();
    long done;
    try (CallerScope scope = new CallerScope(mode.caller())) {
      done = scope.check(KernelCalls.pwrite((int) handle, address(source), count, offsetBytes));
    }
    source.position(source.position() + (int) done);
    return (int) done;
  }

  private static Pointer address(ByteBuffer direct) {
    return Native.getDirectBufferPointer(direct).share(direct.position());
  }

  @Override
  public long copy(
      Caller caller,
      long sourceHandle,
      long sourceOffset,
      long targetHandle,
      long targetOffset,
      long length)
      throws ErrnoException, IOException {
    long[] from = {sourceOffset};
    long[] to = {targetOffset};
    try (CallerScope scope = new CallerScope(caller)) {
      return scope.check(
          KernelCalls.copy_file_range((int) sourceHandle, from, (int) targetHandle, to, length, 0));
    }
  }

  @Override
  public void allocate(Caller caller, long handle, int mode, long offsetBytes, long lengthBytes)
      throws ErrnoException, IOException {
    try (CallerScope scope = new CallerScope(caller)) {
      scope.check(KernelCalls.fallocate((int) handle, mode, offsetBytes, lengthBytes));
    }
  }

  @Override
  public long seek(long handle, long offsetBytes, boolean hole) throws ErrnoException, IOException {
    int whence = hole ? KernelCalls.SEEK_HOLE : KernelCalls.SEEK_DATA;
    return check(KernelCalls.lseek((int) handle, offsetBytes, whence));
  }

  /** A second descriptor is closed: that is when the kernel asks for it. */
  @Override
  public void flush(long handle) throws ErrnoException, IOException {
    int second = (int) check(KernelCalls.dup((int) handle));
    check(KernelCalls.close(second));
  }

  @Override
  public void fsync(long handle) throws ErrnoException, IOException {
    check(KernelCalls.fsync((int) handle));
  }

  @Override
  public void release(long handle) throws ErrnoException, IOException {
    handles.remove((int) handle);
    descriptors.values().removeIf(fd -> fd == handle);
    check(KernelCalls.close((int) handle));
  }

  // ---- directories

  @Override
  public long openDirectory(long inode) throws ErrnoException, IOException {
    int flags = KernelCalls.O_RDONLY | KernelCalls.O_DIRECTORY | KernelCalls.O_CLOEXEC;
    int fd = open(KernelCalls.AT_FDCWD, path(descriptor(inode)), flags, 0);
    handles.put(fd, false);
    return fd;
  }

  @Override
  public void readDirectory(long handle, long cookie, DirectorySink sink)
      throws ErrnoException, IOException {
    check(KernelCalls.lseek((int) handle, cookie, KernelCalls.SEEK_SET));
    byte[] buffer = new byte[LISTING_BYTES];
    while (true) {
      long count = check(KernelCalls.getdents64((int) handle, buffer, buffer.length));
      if (count == 0) {
        return;
      }
      // struct linux_dirent64: u64 inode, s64 next, u16 length, u8 type, name with a zero
      ByteBuffer in = ByteBuffer.wrap(buffer).order(ByteOrder.nativeOrder());
      for (int at = 0; at < count; at += Short.toUnsignedInt(in.getShort(at + 16))) {
        int end = at + 19;
        while (buffer[end] != 0) {
          end++;
        }
        byte[] name = Arrays.copyOfRange(buffer, at + 19, end);
        if (!sink.accept(name, in.getLong(at), buffer[at + 18] << 12, in.getLong(at + 8))) {
          return;
        }
      }
    }
  }

  @Override
  public void releaseDirectory(long handle) {
    handles.remove((int) handle);
    KernelCalls.close((int) handle);
  }

  // ---- extended attributes

  @Override
  public byte[] getXattr(long inode, byte[] name) throws ErrnoException, IOException {
    byte[] value = new byte[MAX_XATTR_BYTES];
    byte[] path = path(descriptor(inode));
    return Arrays.copyOf(
        value, (int) check(KernelCalls.getxattr(path, text(name), value, value.length)));
  }

  @Override
  public void setXattr(Caller caller, long inode, byte[] name, byte[] value, XattrMode mode)
      throws ErrnoException, IOException {
    int flags =
        (mode.mustBeNew() ? KernelCalls.XATTR_CREATE : 0)
            | (mode.mustExist() ? KernelCalls.XATTR_REPLACE : 0);
    byte[] path = path(descriptor(inode));
    try (CallerScope scope = new CallerScope(caller)) {
      scope.check(KernelCalls.setxattr(path, text(name), value, value.length, flags));
    }
  }

  @Override
  public List<byte[]> listXattrs(Caller caller, long inode) throws ErrnoException, IOException {
    byte[] list = new byte[MAX_XATTR_BYTES];
    byte[] path = path(descriptor(inode));
    long count;
    try (CallerScope scope = new CallerScope(caller)) {
      count = scope.check(KernelCalls.listxattr(path, list, list.length));
    }
    List<byte[]> names = new ArrayList<>();
    int begin = 0;
    for (int at = 0; at < count; at++) {
      if (list[at] == 0) {
        names.add(Arrays.copyOfRange(list, begin, at));
        begin = at + 1;
      }
    }
    return names;
  }

  @Override
  public void removeXattr(Caller caller, long inode, byte[] name)
      throws ErrnoException, IOException {
    byte[] path = path(descriptor(inode));
    try (CallerScope scope = new CallerScope(caller)) {
      scope.check(KernelCalls.removexattr(path, text(name)));
    }
  }

  // ---- the whole

  @Override
  public void sync() throws ErrnoException, IOException {
    check(KernelCalls.syncfs(root));
  }

  @Override
  public SpaceStatistics statistics() {
    throw new UnsupportedOperationException("no operation of the model asks for it");
  }

  @Override
  public void retain(long inode) {
    throw new UnsupportedOperationException("the kernel's own affair");
  }

  @Override
  public void forget(long inode, long count) {
    throw new UnsupportedOperationException("the kernel's own affair");
  }

  @Override
  public void forgetAll() {
    throw new UnsupportedOperationException("the kernel's own affair");
  }

  @Override
  public void onSetIdsDropped(LongConsumer listener) {
    throw new UnsupportedOperationException("the kernel is the listener");
  }

  // ---- tools

  private int descriptor(long inode) {
    Integer fd = descriptors.get(inode);
    if (fd == null) {
      throw new IllegalStateException("inode number " + inode + " is not from this operation");
    }
    return fd;
  }

  /** A path to the very file behind a descriptor, symbolic links included. */
  private static byte[] path(int fd) {
    return text("/proc/self/fd/" + fd);
  }

  private static byte[] text(String words) {
    return text(words.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static byte[] text(byte[] name) {
    return Arrays.copyOf(name, name.length + 1);
  }

  private static int open(int directory, byte[] path, int flags, int mode)
      throws ErrnoException, IOException {
    return (int) check(KernelCalls.openat(directory, path, flags, mode));
  }

  private static Attributes stat(int fd) throws ErrnoException, IOException {
    byte[] all = new byte[StatxBuffer.BYTES];
    byte[] one = new byte[StatxBuffer.BYTES];
    for (StatxBuffer.Field field : StatxBuffer.Field.values()) {
      statx(fd, field, one);
      System.arraycopy(one, field.offset(), all, field.offset(), field.length());
    }
    return StatxBuffer.attributes(all);
  }

  private static void statx(int fd, StatxBuffer.Field field, byte[] buffer)
      throws ErrnoException, IOException {
    check(KernelCalls.statx(fd, EMPTY, KernelCalls.AT_EMPTY_PATH, field.mask(), buffer));
  }

  private static long check(long answer) throws ErrnoException, IOException {
    if (answer < 0) {
      throw KernelErrors.of(Native.getLastError());
    }
    return answer;
  }
}
