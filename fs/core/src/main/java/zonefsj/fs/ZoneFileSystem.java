// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * The filesystem by inode number: no paths, no kernel protocol. Transports translate to it, and
 * tests use it without a mount.
 *
 * <p>Every implementation
 *
 * <ul>
 *   <li>must be safe for use by several threads and make each call atomic with regard to every
 *       other call and to a crash;
 *   <li>must answer an invalid call with {@link ErrnoException} and then change nothing; a failure
 *       of the drive is an {@link IOException};
 *   <li>must take names as bytes: 1 to 255 bytes of any value but 0 and '/'; only {@link #lookup}
 *       answers "." and "..", elsewhere they are EINVAL, EEXIST or ENOTEMPTY as in the Linux
 *       manual;
 *   <li>leaves the check of permission bits to the caller (the kernel with {@code
 *       default_permissions}), but applies the rules that change data: set-group-ID directories,
 *       loss of set-ID bits;
 *   <li>keeps an inode alive while it has a name, an open handle or a reference.
 * </ul>
 */
public interface ZoneFileSystem {
  /** Inode number of the root directory. */
  long ROOT_INODE = 1;

  /** Longest name in bytes. */
  int MAX_NAME_BYTES = 255;

  /** Longest file in bytes. */
  long MAX_FILE_BYTES = Long.MAX_VALUE / 2;

  /** Finds a name in a directory. ENOENT, ENOTDIR, ENAMETOOLONG. */
  Attributes lookup(long parent, byte[] name) throws ErrnoException, IOException;

  /**
   * The inode number of a name, as {@link #lookup}, for a path walk that needs no attributes.
   *
   * @return inode number
   */
  default long find(long parent, byte[] name) throws ErrnoException, IOException {
    return lookup(parent, name).inode();
  }

  /**
   * Adds a reference to an inode whose number the caller keeps: without a name it lives until
   * {@link #forget}. A deleted inode stays deleted. Takes at most 64 bytes of memory.
   */
  void retain(long inode);

  /**
   * Drops references to an inode.
   *
   * @param count number of references
   */
  void forget(long inode, long count) throws ErrnoException, IOException;

  /** Drops all references to all inodes. */
  void forgetAll() throws ErrnoException, IOException;

  /**
   * Sets the listener for changes of content that clear set-ID bits of an inode, so that a cache of
   * the mode can be invalidated. There is one listener.
   *
   * @param listener receives inode numbers, on any thread, before the call that changed the content
   *     returns; must not call back
   */
  void onSetIdsDropped(LongConsumer listener);

  /** Attributes of an inode. ENOENT if it does not exist. */
  Attributes attributes(long inode) throws ErrnoException, IOException;

  /**
   * Attributes of an inode that a file handle names. ENOENT if it does not exist, or has no name
   * and is not in use: then it is being deleted.
   */
  Attributes find(long inode) throws ErrnoException, IOException;

  /** Changes attributes in one step. */
  Attributes setAttributes(Caller caller, long inode, AttributeChange change)
      throws ErrnoException, IOException;

  /** Target of a symbolic link. EINVAL if the inode is not one. */
  byte[] readLink(long inode) throws ErrnoException, IOException;

  /**
   * Creates a regular file, FIFO, socket or device node.
   *
   * @param mode type and permission bits, before the caller's umask
   * @param device device number for device nodes
   */
  Attributes makeNode(Caller caller, long parent, byte[] name, int mode, long device)
      throws ErrnoException, IOException;

  /** Creates a directory. {@code mode}: permission bits, before the caller's umask. */
  Attributes makeDirectory(Caller caller, long parent, byte[] name, int mode)
      throws ErrnoException, IOException;

  /** Creates a symbolic link. The target is 1 to 4095 bytes. */
  Attributes makeSymlink(Caller caller, long parent, byte[] name, byte[] target)
      throws ErrnoException, IOException;

  /**
   * Adds a name to a file, or the first name to one of {@link #createUnnamed}. EPERM for a
   * directory, EMLINK, EEXIST; ENOENT for a file whose last name was unlinked.
   */
  Attributes link(Caller caller, long inode, long newParent, byte[] newName)
      throws ErrnoException, IOException;

  /** Removes a name of anything but a directory (EISDIR). */
  void unlink(Caller caller, long parent, byte[] name) throws ErrnoException, IOException;

  /** Removes an empty directory. ENOTDIR, ENOTEMPTY. */
  void removeDirectory(Caller caller, long parent, byte[] name) throws ErrnoException, IOException;

  /** Renames as rename(2) and renameat2(2). */
  void rename(
      Caller caller, long parent, byte[] name, long newParent, byte[] newName, RenameMode mode)
      throws ErrnoException, IOException;

  /**
   * A new file that is open.
   *
   * @param handle open handle, for {@link #release}
   * @param attributes of the new file
   */
  record Created(long handle, Attributes attributes) {}

  /** Creates a regular file and opens it, atomically. EEXIST if the name exists. */
  Created create(Caller caller, long parent, byte[] name, int mode, OpenFlags flags)
      throws ErrnoException, IOException;

  /**
   * Creates a regular file without a name and opens it (O_TMPFILE). It is deleted with its last
   * handle or reference, or by a crash, unless {@link #link} has given it a name.
   *
   * @param parent directory from which owner, group and default ACL are inherited, as in {@link
   *     #create}
   */
  Created createUnnamed(Caller caller, long parent, int mode, OpenFlags flags)
      throws ErrnoException, IOException;

  /** Opens a regular file. EISDIR for a directory opened for writing. */
  long open(Caller caller, long inode, OpenFlags flags) throws ErrnoException, IOException;

  /** The inode number of a handle. EBADF. */
  long inodeOf(long handle) throws ErrnoException;

  /**
   * Reads into {@code destination} from its position on, until it is full or the file ends.
   *
   * @return bytes read; 0 at the end of the file
   */
  int read(long handle, long offsetBytes, ByteBuffer destination)
      throws ErrnoException, IOException;

  /**
   * Writes all of {@code source} and moves its position after the written bytes. One call is one
   * operation: after a crash either all or none of its bytes are there.
   *
   * @param mode caller and flags of this write; a handle that was opened for appending always
   *     appends
   * @return bytes written: fewer than requested only if the drive has no space for the rest, or if
   *     the rest is behind {@link #MAX_FILE_BYTES}; ENOSPC if there is no space for the first 4
   *     KiB, EFBIG if no byte is below the limit, and either if the mode requires all bytes
   */
  int write(long handle, long offsetBytes, ByteBuffer source, WriteMode mode)
      throws ErrnoException, IOException;

  /** {@link #write(long, long, ByteBuffer, WriteMode)}, by root or from the page cache. */
  default int write(long handle, long offsetBytes, ByteBuffer source, boolean fromPageCache)
      throws ErrnoException, IOException {
    WriteMode mode = fromPageCache ? WriteMode.PAGE_CACHE : WriteMode.PLAIN;
    return write(handle, offsetBytes, source, mode);
  }

  /**
   * copy_file_range(2). Verifies the bytes that it reads: EIO if they are damaged. Copies holes as
   * holes. Changes times and set-ID bits of the target as {@link #write} does.
   *
   * <p>One call is one operation: after a crash either all or none of the copy is there. It copies
   * at most 1 MiB of data and any length of holes; the caller continues from there.
   *
   * @return bytes copied, including holes; may be fewer than requested, and is 0 only at or after
   *     the end of the source. EBADF unless the handles are for reading and for writing without
   *     append, EINVAL if the ranges overlap in one file, EISDIR for directories, EFBIG, ENOSPC
   */
  long copy(
      Caller caller,
      long sourceHandle,
      long sourceOffset,
      long targetHandle,
      long targetOffset,
      long lengthBytes)
      throws ErrnoException, IOException;

  /** {@link #copy(Caller, long, long, long, long, long)} by root. */
  default long copy(
      long sourceHandle, long sourceOffset, long targetHandle, long targetOffset, long lengthBytes)
      throws ErrnoException, IOException {
    return copy(Caller.ROOT, sourceHandle, sourceOffset, targetHandle, targetOffset, lengthBytes);
  }

  /** fallocate(2) with its mode bits. Changes times and set-ID bits as {@link #write} does. */
  void allocate(Caller caller, long handle, int mode, long offsetBytes, long lengthBytes)
      throws ErrnoException, IOException;

  /** {@link #allocate(Caller, long, int, long, long)} by root. */
  default void allocate(long handle, int mode, long offsetBytes, long lengthBytes)
      throws ErrnoException, IOException {
    allocate(Caller.ROOT, handle, mode, offsetBytes, lengthBytes);
  }

  /**
   * SEEK_DATA and SEEK_HOLE.
   *
   * @param hole true for SEEK_HOLE
   * @return the position; ENXIO as in lseek(2)
   */
  long seek(long handle, long offsetBytes, boolean hole) throws ErrnoException, IOException;

  /** Called at each close(2) of a descriptor: returns a pending error of a background commit. */
  void flush(long handle) throws ErrnoException, IOException;

  /** Makes everything up to now durable; returns the pending error of {@code handle}. */
  void fsync(long handle) throws ErrnoException, IOException;

  /** Closes a handle of a file. */
  void release(long handle) throws ErrnoException, IOException;

  /** Opens a directory for listing. */
  long openDirectory(long inode) throws ErrnoException, IOException;

  /**
   * Lists a directory, "." and ".." first.
   *
   * @param cookie 0 for the beginning, or the {@code nextCookie} of the last entry taken
   */
  void readDirectory(long handle, long cookie, DirectorySink sink)
      throws ErrnoException, IOException;

  /** Closes a handle of a directory. */
  void releaseDirectory(long handle) throws ErrnoException;

  /** Value of an extended attribute. ENODATA. */
  byte[] getXattr(long inode, byte[] name) throws ErrnoException, IOException;

  /**
   * Sets an extended attribute. Names have 1 to 255 bytes, values up to 64 KiB.
   *
   * <p>Only two names begin with {@code system.}: the POSIX ACLs (values as in
   * linux/posix_acl_xattr.h, EINVAL for others). An access ACL also sets the permission bits, and
   * is not stored if they express all of it. Reading an ACL returns it with the changes of chmod(2)
   * and of creation in a directory. A value without entries removes an ACL. An ACL may be set
   * whether or not one exists, and removing one that does not exist is no error.
   */
  void setXattr(Caller caller, long inode, byte[] name, byte[] value, XattrMode mode)
      throws ErrnoException, IOException;

  /** Names of all extended attributes; only root sees those that begin with {@code trusted.}. */
  List<byte[]> listXattrs(Caller caller, long inode) throws ErrnoException, IOException;

  /** Removes an extended attribute. ENODATA. */
  void removeXattr(Caller caller, long inode, byte[] name) throws ErrnoException, IOException;

  /**
   * Accepts no more changes after an unexpected exception, because continuing could make half of an
   * operation durable. Wakes all threads that wait for space or for a commit. Keeps the first
   * reason and reports it with the state. Never throws.
   *
   * @param where the request or the thread
   * @param what the exception
   */
  default void turnReadOnly(String where, Throwable what) {}

  /** Label of the filesystem; empty for none. */
  default String label() {
    return "";
  }

  /** Space, from counters; never scans. */
  SpaceStatistics statistics() throws IOException;

  /** Makes everything up to now durable. */
  void sync() throws ErrnoException, IOException;
}
