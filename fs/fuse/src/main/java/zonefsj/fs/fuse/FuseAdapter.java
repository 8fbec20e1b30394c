// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
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
import zonefsj.fs.WriteMode;
import zonefsj.fs.XattrMode;
import zonefsj.fs.ZoneFileSystem;

/**
 * Translates calls of the FUSE protocol, by inode, to calls of {@link ZoneFileSystem}. It
 * translates arguments (flag bits, modes, times, the size rules of extended attributes) and nothing
 * else. {@link FuseErrors#reply} translates exceptions to error numbers where the transport takes
 * the call from the kernel.
 */
public final class FuseAdapter {
  // fuse_setattr_in.valid, linux/fuse.h
  private static final int FATTR_MODE = 1;
  private static final int FATTR_UID = 1 << 1;
  private static final int FATTR_GID = 1 << 2;
  private static final int FATTR_SIZE = 1 << 3;
  private static final int FATTR_ATIME = 1 << 4;
  private static final int FATTR_MTIME = 1 << 5;
  private static final int FATTR_ATIME_NOW = 1 << 7;
  private static final int FATTR_MTIME_NOW = 1 << 8;
  private static final int FATTR_CTIME = 1 << 10;

  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  /** A margin of a year: the last instant means "now", and code may add a day to any time. */
  private static final long MARGIN_SECONDS = 366L * 86_400;

  private static final long MOST_SECONDS = Instant.MAX.getEpochSecond() - MARGIN_SECONDS;
  private static final long LEAST_SECONDS = Instant.MIN.getEpochSecond() + MARGIN_SECONDS;

  // open(2), asm-generic/fcntl.h
  private static final int O_APPEND = 02000;

  // setxattr(2)
  private static final int XATTR_CREATE = 1;
  private static final int XATTR_REPLACE = 2;

  private static final byte[] POSIX_ACL_PREFIX =
      "system.posix_acl_".getBytes(StandardCharsets.US_ASCII);

  private final ZoneFileSystem fileSystem;
  private final boolean obeysAcls;

  /**
   * Creates an adapter to one filesystem.
   *
   * @param fileSystem receives the calls
   * @param obeysAcls whether the kernel has been told to enforce access control lists
   */
  public FuseAdapter(ZoneFileSystem fileSystem, boolean obeysAcls) {
    this.fileSystem = fileSystem;
    this.obeysAcls = obeysAcls;
  }

  /** The filesystem that receives the calls. */
  public ZoneFileSystem fileSystem() {
    return fileSystem;
  }

  /**
   * The changes of a SETATTR request. It has a change time only from a kernel that keeps the times
   * of files itself, under its write-back cache.
   *
   * @param valid the bits of {@code fuse_setattr_in.valid}
   */
  public static AttributeChange change(
      int valid,
      int mode,
      int uid,
      int gid,
      long sizeBytes,
      long accessSeconds,
      int accessNanos,
      long modifySeconds,
      int modifyNanos,
      long changeSeconds,
      int changeNanos) {
    return new AttributeChange(
        (valid & FATTR_MODE) != 0 ? Integer.valueOf(mode & FileMode.PERMISSION_MASK) : null,
        (valid & FATTR_UID) != 0 ? Integer.valueOf(uid) : null,
        (valid & FATTR_GID) != 0 ? Integer.valueOf(gid) : null,
        (valid & FATTR_SIZE) != 0 ? Long.valueOf(sizeBytes) : null,
        time(valid, FATTR_ATIME, FATTR_ATIME_NOW, accessSeconds, accessNanos),
        time(valid, FATTR_MTIME, FATTR_MTIME_NOW, modifySeconds, modifyNanos),
        time(valid, FATTR_CTIME, 0, changeSeconds, changeNanos));
  }

  private static @Nullable Instant time(int valid, int set, int now, long seconds, int nanos) {
    if ((valid & now) != 0) {
      return AttributeChange.NOW;
    }
    return (valid & set) != 0 ? instant(seconds, nanos) : null;
  }

  /**
   * Clamps a time outside the supported range to the nearest supported second, as Linux does with
   * stored times.
   */
  private static Instant instant(long seconds, int nanos) {
    long told = Math.max(LEAST_SECONDS, Math.min(MOST_SECONDS, seconds));
    return Instant.ofEpochSecond(told, Integer.toUnsignedLong(nanos) % NANOS_PER_SECOND);
  }

  /** SETATTR. */
  public Attributes setAttributes(Caller caller, long inode, AttributeChange change)
      throws ErrnoException, IOException {
    Long size = change.sizeBytes();
    if (size != null && size < 0) {
      throw new ErrnoException(Errno.EINVAL, "negative length");
    }
    return fileSystem.setAttributes(caller, inode, change);
  }

  /** MKNOD. A mode without type bits means a regular file. */
  public Attributes makeNode(Caller caller, long parent, byte[] name, int mode, long device)
      throws ErrnoException, IOException {
    int type = FileMode.type(mode) == 0 ? FileMode.REGULAR : FileMode.type(mode);
    switch (type) {
      case FileMode.REGULAR, FileMode.FIFO, FileMode.SOCKET, FileMode.CHARACTER, FileMode.BLOCK -> {
        int full = type | (mode & FileMode.PERMISSION_MASK);
        return fileSystem.makeNode(caller, parent, name, full, device);
      }
      default -> throw new ErrnoException(Errno.EINVAL, "mknod of type " + type);
    }
  }

  /** MKDIR. */
  public Attributes makeDirectory(Caller caller, long parent, byte[] name, int mode)
      throws ErrnoException, IOException {
    return fileSystem.makeDirectory(caller, parent, name, mode & FileMode.PERMISSION_MASK);
  }

  /** RENAME2: translates the flags of renameat2(2). */
  public static RenameMode renameMode(int flags) throws ErrnoException {
    return switch (flags) {
      case 0 -> RenameMode.REPLACE;
      case 1 -> RenameMode.NO_REPLACE;
      case 2 -> RenameMode.EXCHANGE;
      case 4 -> RenameMode.WHITEOUT;
      case 5 -> RenameMode.NO_REPLACE_WHITEOUT;
      default -> throw new ErrnoException(Errno.EINVAL, "rename flags " + flags);
    };
  }

  /** CREATE. */
  public ZoneFileSystem.Created create(
      Caller caller, long parent, byte[] name, int mode, int openBits)
      throws ErrnoException, IOException {
    return fileSystem.create(
        caller, parent, name, mode & FileMode.PERMISSION_MASK, openFlags(openBits));
  }

  /** TMPFILE. */
  public ZoneFileSystem.Created createUnnamed(Caller caller, long parent, int mode, int openBits)
      throws ErrnoException, IOException {
    return fileSystem.createUnnamed(
        caller, parent, mode & FileMode.PERMISSION_MASK, openFlags(openBits));
  }

  /** OPEN. */
  public long open(Caller caller, long inode, int openBits) throws ErrnoException, IOException {
    return fileSystem.open(caller, inode, openFlags(openBits));
  }

  /**
   * The flags of an open. fcntl(2) sets and clears O_APPEND later, so no handle has it: each WRITE
   * has the flags of its time, and for other requests the kernel checks it.
   */
  private static OpenFlags openFlags(int bits) {
    return OpenFlags.ofBits(bits & ~O_APPEND);
  }

  /**
   * The mode of a WRITE to a file whose end only the filesystem knows.
   *
   * @param caller that writes
   * @param openBits the flags of open(2) at the time of the write
   * @param fromPageCache whether the kernel writes back a page
   */
  public static WriteMode writeMode(Caller caller, int openBits, boolean fromPageCache) {
    return new WriteMode(caller, (openBits & O_APPEND) != 0, fromPageCache, fromPageCache);
  }

  /** READDIR. */
  public void readDirectory(long handle, long cookie, DirectorySink sink)
      throws ErrnoException, IOException {
    if (cookie < 0) {
      throw new ErrnoException(Errno.EINVAL, "negative directory offset");
    }
    fileSystem.readDirectory(handle, cookie, sink);
  }

  /**
   * SETXATTR: translates the flags of setxattr(2).
   *
   * @param dropsSetGroupId see {@link XattrMode}; false if the transport cannot tell
   */
  public void setXattr(
      Caller caller, long inode, byte[] name, byte[] value, int flags, boolean dropsSetGroupId)
      throws ErrnoException, IOException {
    refuseAcl(name);
    if ((flags & ~(XATTR_CREATE | XATTR_REPLACE)) != 0) {
      throw new ErrnoException(Errno.EINVAL, "setxattr flags " + flags);
    }
    boolean mustBeNew = (flags & XATTR_CREATE) != 0;
    boolean mustExist = (flags & XATTR_REPLACE) != 0;
    XattrMode mode = new XattrMode(mustBeNew, mustExist, dropsSetGroupId);
    fileSystem.setXattr(caller, inode, name, value, mode);
  }

  /**
   * GETXATTR: writes the value to a buffer.
   *
   * @param destination receives the value; an empty buffer (limit 0) requests only the length
   * @return length of the value; ERANGE if it does not fit
   */
  public int getXattr(long inode, byte[] name, ByteBuffer destination)
      throws ErrnoException, IOException {
    refuseAcl(name);
    byte[] value = fileSystem.getXattr(inode, name);
    if (destination.hasRemaining()) {
      if (value.length > destination.remaining()) {
        throw new ErrnoException(Errno.ERANGE, "xattr value is longer than the buffer");
      }
      destination.put(value);
    }
    return value.length;
  }

  /** LISTXATTR: the names, each with a zero byte; sizes as in {@link #getXattr}. */
  public int listXattrs(Caller caller, long inode, ByteBuffer destination)
      throws ErrnoException, IOException {
    List<byte[]> names = fileSystem.listXattrs(caller, inode);
    int length = 0;
    for (byte[] name : names) {
      length += name.length + 1;
    }
    if (destination.hasRemaining()) {
      if (length > destination.remaining()) {
        throw new ErrnoException(Errno.ERANGE, "xattr names are longer than the buffer");
      }
      for (byte[] name : names) {
        destination.put(name).put((byte) 0);
      }
    }
    return length;
  }

  /** REMOVEXATTR. */
  public void removeXattr(Caller caller, long inode, byte[] name)
      throws ErrnoException, IOException {
    refuseAcl(name);
    fileSystem.removeXattr(caller, inode, name);
  }

  /**
   * Refuses access control lists, unless the kernel has been told (FUSE_POSIX_ACL) to enforce them:
   * a stored list that is not enforced would be misleading.
   */
  private void refuseAcl(byte[] name) throws ErrnoException {
    if (!obeysAcls
        && name.length >= POSIX_ACL_PREFIX.length
        && Arrays.equals(
            name, 0, POSIX_ACL_PREFIX.length, POSIX_ACL_PREFIX, 0, POSIX_ACL_PREFIX.length)) {
      throw new ErrnoException(Errno.EOPNOTSUPP, "POSIX ACLs are not obeyed on this mount");
    }
  }
}
