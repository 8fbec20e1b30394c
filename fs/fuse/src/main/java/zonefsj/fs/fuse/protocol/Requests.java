// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.protocol;

import java.nio.ByteBuffer;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;

/**
 * The bodies of requests. Each record decodes its {@code struct fuse_..._in}, and the names after
 * it, from a buffer that begins after the {@link RequestHeader}; fields that the filesystem does
 * not need are skipped.
 */
public final class Requests {
  private static final int MAX_TEXT_BYTES = 64 << 10;

  private Requests() {}

  static ErrnoException malformed(String what) {
    return new ErrnoException(Errno.EIO, what);
  }

  private static void need(ByteBuffer in, int bytes) throws ErrnoException {
    if (in.remaining() < bytes) {
      throw malformed("a body of " + in.remaining() + " bytes instead of " + bytes + " at least");
    }
  }

  private static void skip(ByteBuffer in, int bytes) {
    in.position(in.position() + bytes);
  }

  /** Reads bytes up to a zero; consumes the zero but does not return it. */
  public static byte[] nextName(ByteBuffer in) throws ErrnoException {
    int begin = in.position();
    int limit = Math.min(in.limit(), begin + MAX_TEXT_BYTES);
    for (int at = begin; at < limit; at++) {
      if (in.get(at) == 0) {
        byte[] name = new byte[at - begin];
        in.get(name);
        in.get();
        return name;
      }
    }
    throw malformed("a name without an end");
  }

  /**
   * INIT.
   *
   * @param major version of the protocol
   * @param minor version of the protocol
   * @param maxReadAheadBytes the kernel's read-ahead
   * @param flags {@link InitFlags}, both words
   */
  public record Init(int major, int minor, int maxReadAheadBytes, long flags) {
    private static final int SHORT_BYTES = 16;

    /** Reads the body; old kernels send a shorter one. */
    public static Init decode(ByteBuffer in) throws ErrnoException {
      need(in, SHORT_BYTES);
      int major = in.getInt();
      int minor = in.getInt();
      int readAhead = in.getInt();
      long flags = Integer.toUnsignedLong(in.getInt());
      if ((flags & InitFlags.INIT_EXT) != 0 && in.remaining() >= Integer.BYTES) {
        flags |= (long) in.getInt() << Integer.SIZE;
      }
      return new Init(major, minor, readAhead, flags);
    }
  }

  /**
   * GETATTR.
   *
   * @param handle of the open file; 0 for none
   */
  public record GetAttributes(long handle) {
    private static final int BYTES = 16;
    private static final int BY_HANDLE = 1;

    /** Reads the body. */
    public static GetAttributes decode(ByteBuffer in) throws ErrnoException {
      need(in, BYTES);
      int flags = in.getInt();
      in.getInt();
      long handle = in.getLong();
      return new GetAttributes((flags & BY_HANDLE) != 0 ? handle : 0);
    }
  }

  /**
   * SETATTR.
   *
   * @param valid which of the other fields are valid: FATTR_*
   * @param changeSeconds from a kernel that keeps the times of files itself
   * @param killsSetIds a truncation clears set-ID bits: the caller may not keep them
   */
  public record SetAttributes(
      int valid,
      long handle,
      long sizeBytes,
      long accessSeconds,
      int accessNanos,
      long modifySeconds,
      int modifyNanos,
      long changeSeconds,
      int changeNanos,
      int mode,
      int uid,
      int gid,
      boolean killsSetIds) {
    private static final int BYTES = 88;
    private static final int KILL_SUIDGID = 1 << 11;

    /** Reads the body. */
    public static SetAttributes decode(ByteBuffer in) throws ErrnoException {
      need(in, BYTES);
      int valid = in.getInt();
      in.getInt();
      long handle = in.getLong();
      long size = in.getLong();
      in.getLong(); // lock owner
      long accessSeconds = in.getLong();
      long modifySeconds = in.getLong();
      long changeSeconds = in.getLong();
      int accessNanos = in.getInt();
      int modifyNanos = in.getInt();
      int changeNanos = in.getInt();
      int mode = in.getInt();
      in.getInt();
      int uid = in.getInt();
      int gid = in.getInt();
      in.getInt();
      return new SetAttributes(
          valid,
          handle,
          size,
          accessSeconds,
          accessNanos,
          modifySeconds,
          modifyNanos,
          changeSeconds,
          changeNanos,
          mode,
          uid,
          gid,
          (valid & KILL_SUIDGID) != 0);
    }
  }

  /**
   * MKNOD.
   *
   * @param mode type and permission bits
   * @param device of a device node
   * @param umask of the caller
   */
  @SuppressWarnings("ArrayRecordComponent") // names are bytes
  public record MakeNode(int mode, int device, int umask, byte[] name) {
    private static final int BYTES = 16;

    /** Reads the body. */
    public static MakeNode decode(ByteBuffer in) throws ErrnoException {
      need(in, BYTES);
      int mode = in.getInt();
      int device = in.getInt();
      int umask = in.getInt();
      in.getInt();
      return new MakeNode(mode, device, umask, nextName(in));
    }
  }

  /** MKDIR. */
  @SuppressWarnings("ArrayRecordComponent") // names are bytes
  public record MakeDirectory(int mode, int umask, byte[] name) {
    private static final int BYTES = 8;

    /** Reads the body. */
    public static MakeDirectory decode(ByteBuffer in) throws ErrnoException {
      need(in, BYTES);
      return new MakeDirectory(in.getInt(), in.getInt(), nextName(in));
    }
  }

  /** SYMLINK: name first, then target. */
  @SuppressWarnings("ArrayRecordComponent") // names are bytes
  public record MakeSymlink(byte[] name, byte[] target) {
    /** Reads the body. */
    public static MakeSymlink decode(ByteBuffer in) throws ErrnoException {
      return new MakeSymlink(nextName(in), nextName(in));
    }
  }

  /**
   * LINK.
   *
   * @param inode the inode that gets another name
   */
  @SuppressWarnings("ArrayRecordComponent") // names are bytes
  public record Link(long inode, byte[] name) {
    private static final int BYTES = 8;

    /** Reads the body. */
    public static Link decode(ByteBuffer in) throws ErrnoException {
      need(in, BYTES);
      return new Link(in.getLong(), nextName(in));
    }
  }

  /**
   * RENAME and RENAME2.
   *
   * @param newParent inode of the directory that gets the name
   * @param flags of renameat2(2)
   */
  @SuppressWarnings("ArrayRecordComponent") // names are bytes
  public record Rename(long newParent, int flags, byte[] name, byte[] newName) {
    private static final int BYTES = 8;
    private static final int BYTES_2 = 16;

    /**
     * Reads the body.
     *
     * @param hasFlags whether it is RENAME2
     */
    public static Rename decode(ByteBuffer in, boolean hasFlags) throws ErrnoException {
      need(in, hasFlags ? BYTES_2 : BYTES);
      long newParent = in.getLong();
      int flags = 0;
      if (hasFlags) {
        flags = in.getInt();
        in.getInt();
      }
      return new Rename(newParent, flags, nextName(in), nextName(in));
    }
  }

  /**
   * OPEN and OPENDIR.
   *
   * @param flags of open(2)
   * @param killsSetIds a truncation clears set-ID bits: the caller may not keep them
   */
  public record Open(int flags, boolean killsSetIds) {
    private static final int BYTES = 8;
    private static final int KILL_SUIDGID = 1;

    /** Reads the body. */
    public static Open decode(ByteBuffer in) throws ErrnoException {
      need(in, BYTES);
      return new Open(in.getInt(), (in.getInt() & KILL_SUIDGID) != 0);
    }
  }

  /** CREATE and TMPFILE (whose name is not used). */
  @SuppressWarnings("ArrayRecordComponent") // names are bytes
  public record Create(int flags, int mode, int umask, byte[] name) {
    private static final int BYTES = 16;

    /** Reads the body. */
    public static Create decode(ByteBuffer in) throws ErrnoException {
      need(in, BYTES);
      int flags = in.getInt();
      int mode = in.getInt();
      int umask = in.getInt();
      in.getInt();
      return new Create(flags, mode, umask, nextName(in));
    }
  }

  /** RELEASE, RELEASEDIR, FLUSH, FSYNC and FSYNCDIR: all begin with the handle. */
  public record ByHandle(long handle) {
    private static final int BYTES = 16;

    /** Reads the body. */
    public static ByHandle decode(ByteBuffer in) throws ErrnoException {
      need(in, BYTES);
      return new ByHandle(in.getLong());
    }
  }

  /** READ, READDIR and READDIRPLUS: the offset of a directory is a cookie. */
  public record Read(long handle, long offset, int sizeBytes) {
    private static final int BYTES = 40;

    /** Reads the body. */
    public static Read decode(ByteBuffer in) throws ErrnoException {
      need(in, BYTES);
      return new Read(in.getLong(), in.getLong(), in.getInt());
    }
  }

  /**
   * WRITE.
   *
   * @param fromPageCache the kernel writes pages back: the writer is unknown
   * @param killsSetIds the write clears set-ID bits: the caller may not keep them
   * @param data of exactly the stated size; a view of the request
   */
  public record Write(
      long handle, long offsetBytes, boolean fromPageCache, boolean killsSetIds, ByteBuffer data) {
    private static final int BYTES = 40;
    private static final int CACHE = 1;
    private static final int KILL_SUIDGID = 1 << 2;

    /** Reads the body. */
    public static Write decode(ByteBuffer in) throws ErrnoException {
      need(in, BYTES);
      long handle = in.getLong();
      long offset = in.getLong();
      int size = in.getInt();
      int flags = in.getInt();
      skip(in, 16); // lock owner, flags of open(2), padding
      if (size < 0 || size != in.remaining()) {
        throw malformed(
            "a write of " + Integer.toUnsignedString(size) + " bytes brings " + in.remaining());
      }
      return new Write(
          handle, offset, (flags & CACHE) != 0, (flags & KILL_SUIDGID) != 0, in.slice());
    }
  }

  /**
   * SETXATTR.
   *
   * @param flags of setxattr(2)
   * @param killsSetGroupId an access control list clears the set-group-ID bit: the caller may not
   *     keep it
   */
  @SuppressWarnings("ArrayRecordComponent") // names and values are bytes
  public record SetXattr(int flags, boolean killsSetGroupId, byte[] name, byte[] value) {
    private static final int BYTES = 8;
    private static final int BYTES_EXTENDED = 16;
    private static final int ACL_KILL_SGID = 1;

    /**
     * Reads the body.
     *
     * @param extended whether {@link InitFlags#SETXATTR_EXT} was negotiated
     */
    public static SetXattr decode(ByteBuffer in, boolean extended) throws ErrnoException {
      need(in, extended ? BYTES_EXTENDED : BYTES);
      int size = in.getInt();
      int flags = in.getInt();
      int moreFlags = 0;
      if (extended) {
        moreFlags = in.getInt();
        in.getInt();
      }
      byte[] name = nextName(in);
      if (size < 0 || size != in.remaining()) {
        throw malformed(
            "a value of " + Integer.toUnsignedString(size) + " bytes brings " + in.remaining());
      }
      byte[] value = new byte[size];
      in.get(value);
      return new SetXattr(flags, (moreFlags & ACL_KILL_SGID) != 0, name, value);
    }
  }

  /**
   * GETXATTR and LISTXATTR.
   *
   * @param sizeBytes size of the caller's buffer; 0 requests the length
   */
  public record GetXattr(int sizeBytes) {
    private static final int BYTES = 8;

    /** Reads the body; the name of GETXATTR follows. */
    public static GetXattr decode(ByteBuffer in) throws ErrnoException {
      need(in, BYTES);
      int size = in.getInt();
      in.getInt();
      if (size < 0) {
        throw malformed("room for " + Integer.toUnsignedString(size));
      }
      return new GetXattr(size);
    }
  }

  /** FALLOCATE. */
  public record Allocate(long handle, long offsetBytes, long lengthBytes, int mode) {
    private static final int BYTES = 32;

    /** Reads the body. */
    public static Allocate decode(ByteBuffer in) throws ErrnoException {
      need(in, BYTES);
      return new Allocate(in.getLong(), in.getLong(), in.getLong(), in.getInt());
    }
  }

  /**
   * LSEEK.
   *
   * @param whence SEEK_DATA or SEEK_HOLE: the kernel answers the others itself
   */
  public record Seek(long handle, long offsetBytes, int whence) {
    /** SEEK_DATA of lseek(2). */
    public static final int DATA = 3;

    /** SEEK_HOLE of lseek(2). */
    public static final int HOLE = 4;

    private static final int BYTES = 24;

    /** Reads the body. */
    public static Seek decode(ByteBuffer in) throws ErrnoException {
      need(in, BYTES);
      return new Seek(in.getLong(), in.getLong(), in.getInt());
    }
  }

  /** COPY_FILE_RANGE; the node of the header and the first handle are the source. */
  public record CopyRange(
      long sourceHandle,
      long sourceOffsetBytes,
      long targetHandle,
      long targetOffsetBytes,
      long lengthBytes,
      long flags) {
    private static final int BYTES = 56;

    /** Reads the body. */
    public static CopyRange decode(ByteBuffer in) throws ErrnoException {
      need(in, BYTES);
      long source = in.getLong();
      long sourceOffset = in.getLong();
      in.getLong(); // node of the target: known from the handle
      return new CopyRange(
          source, sourceOffset, in.getLong(), in.getLong(), in.getLong(), in.getLong());
    }
  }

  /**
   * STATX.
   *
   * @param handle of the open file; 0 for none
   */
  public record Statx(long handle) {
    private static final int BYTES = 24;

    /** Reads the body. */
    public static Statx decode(ByteBuffer in) throws ErrnoException {
      need(in, BYTES);
      return new Statx(GetAttributes.decode(in).handle());
    }
  }

  /**
   * IOCTL, with a number that contains the length of its argument.
   *
   * @param command number of the ioctl(2)
   * @param inputBytes length of the argument that follows
   * @param outputBytes space for the result
   */
  public record Ioctl(long handle, int command, int inputBytes, int outputBytes) {
    private static final int BYTES = 32;

    /** Reads the body; the argument follows. */
    public static Ioctl decode(ByteBuffer in) throws ErrnoException {
      need(in, BYTES);
      long handle = in.getLong();
      in.getInt(); // flags: a directory, a caller of 32 bits
      int command = in.getInt();
      in.getLong(); // address of the argument
      int inputBytes = in.getInt();
      int outputBytes = in.getInt();
      if (inputBytes != in.remaining() || outputBytes < 0) {
        throw malformed(
            "an ioctl of "
                + Integer.toUnsignedString(inputBytes)
                + " bytes brings "
                + in.remaining());
      }
      return new Ioctl(handle, command, inputBytes, outputBytes);
    }
  }

  /** Receives forgotten inodes. */
  @FunctionalInterface
  public interface Forgetter {
    /**
     * @param inode the forgotten inode
     * @param count number of lookups to subtract
     */
    void forget(long inode, long count);
  }

  /** FORGET of the node in the header. */
  public static void forget(long node, ByteBuffer in, Forgetter forgetter) throws ErrnoException {
    need(in, Long.BYTES);
    forgetter.forget(node, in.getLong());
  }

  /** BATCH_FORGET. */
  public static void batchForget(ByteBuffer in, Forgetter forgetter) throws ErrnoException {
    need(in, Long.BYTES);
    int count = in.getInt();
    in.getInt();
    if (count < 0 || in.remaining() / (2 * Long.BYTES) < count) {
      throw malformed(
          Integer.toUnsignedString(count) + " forgotten nodes in " + in.remaining() + " bytes");
    }
    for (int index = 0; index < count; index++) {
      forgetter.forget(in.getLong(), in.getLong());
    }
  }
}
