// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * The filesystem by inode number: no path, no kernel protocol. Transports translate to it, tests
 * drive it without a mount.
 *
 * <p>Every implementation
 *
 * <ul>
 *   <li>must be safe for use by several threads and make each call atomic with regard to every
 *       other call and to a crash;
 *   <li>must answer a wrong call with {@link ErrnoException} and change nothing then; a drive that
 *       fails is an {@link IOException};
 *   <li>must take names as bytes: 1 to 255 of them, any value but 0 and '/'; "." and ".." are
 *       answered by {@link #lookup} only, and are EINVAL, EEXIST or ENOTEMPTY elsewhere as the
 *       Linux manual says;
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
   * The inode number behind a name, as {@link #lookup}, for a walk that needs no attributes.
   *
   * @return inode number
   */
  default long find(long parent, byte[] name) throws ErrnoException, IOException {
    return lookup(parent, name).inode();
  }

  /**
   * Adds a reference to an inode whose number somebody keeps: without a name it lives on until
   * {@link #forget}. An inode that is gone already stays so. Costs at most 64 bytes of memory.
   */
  void retain(long inode);

  /**
   * Gives up references to an inode.
   *
   * @param count how many
   */
  void forget(long inode, long count) throws ErrnoException, IOException;

  /** Gives up all references to all inodes. */
  void forgetAll() throws ErrnoException, IOException;

  /**
   * Sets who is told when a change of content took set-ID bits of an inode away: somebody who has
   * cached the mode does not know it otherwise. There is one listener.
   *
   * @param listener takes inode numbers, from any thread, before the call that changed the content
   *     returns; must not call back
   */
  void onSetIdsDropped(LongConsumer listener);

  /** Attributes of an inode. ENOENT when it does not exist. */
  Attributes attributes(long inode) throws ErrnoException, IOException;

  /** Changes attributes in one step. */
  Attributes setAttributes(Caller caller, long inode, AttributeChange change)
      throws ErrnoException, IOException;

  /** Target of a symbolic link. EINVAL when it is not one. */
  byte[] readLink(long inode) throws ErrnoException, IOException;

  /**
   * Makes a regular file, FIFO, socket or device node.
   *
   * @param mode type and permission bits, before the caller's umask
   * @param device device number for device nodes
   */
  Attributes makeNode(Caller caller, long parent, byte[] name, int mode, long device)
      throws ErrnoException, IOException;

  /** Makes a directory. {@code mode}: permission bits, before the caller's umask. */
  Attributes makeDirectory(Caller caller, long parent, byte[] name, int mode)
      throws ErrnoException, IOException;

  /** Makes a symbolic link. The target is 1 to 4095 bytes. */
  Attributes makeSymlink(Caller caller, long parent, byte[] name, byte[] target)
      throws ErrnoException, IOException;

  /**
   * Gives a file one more name, or one of {@link #createUnnamed} its first. EPERM for a directory,
   * EMLINK, EEXIST; ENOENT for a file whose last name was unlinked.
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
   * A file made and opened.
   *
   * @param handle open handle, to be given to {@link #release}
   * @param attributes of the new file
   */
  record Created(long handle, Attributes attributes) {}

  /** Makes a regular file and opens it, atomically. EEXIST when the name exists. */
  Created create(Caller caller, long parent, byte[] name, int mode, OpenFlags flags)
      throws ErrnoException, IOException;

  /**
   * Makes a regular file without a name and opens it (O_TMPFILE). It ends with its last handle or
   * reference, or in a crash, unless {@link #link} has given it a name.
   *
   * @param parent what owner, group and default ACL are inherited from, as in {@link #create}
   */
  Created createUnnamed(Caller caller, long parent, int mode, OpenFlags flags)
      throws ErrnoException, IOException;

  /** Opens a regular file. EISDIR for a directory opened for writing. */
  long open(Caller caller, long inode, OpenFlags flags) throws ErrnoException, IOException;

  /** The inode that a handle belongs to. EBADF. */
  long inodeOf(long handle) throws ErrnoException;

  /**
   * Reads into {@code destination} from its position on, until it is full or the file ends.
   *
   * @return bytes read; 0 at the end of the file
   */
  int read(long handle, long offsetBytes, ByteBuffer destination)
      throws ErrnoException, IOException;

  /**
   * Writes all of {@code source}, and moves its position behind what is written. One call is one
   * operation: after a crash all that it wrote is there, or nothing.
   *
   * @param fromPageCache the kernel writes back pages of a shared mapping: the offset holds even on
   *     a handle opened for appending, and either all is written or nothing
   * @return bytes written: fewer than all only where the drive has no room for the rest; ENOSPC
   *     where it has none for the first 4 KiB
   */
  int write(long handle, long offsetBytes, ByteBuffer source, boolean fromPageCache)
      throws ErrnoException, IOException;

  /**
   * copy_file_range(2). The bytes are verified when they are read: EIO if they are damaged. Holes
   * are copied as holes. Changes times and set-ID bits of the target as {@link #write} does.
   *
   * <p>One call is one operation: after a crash all that it copied is there, or nothing. It copies
   * at most 1 MiB of data and any length of holes; the caller goes on from there.
   *
   * @return bytes copied, holes and all; maybe fewer than asked for, 0 only at or behind the end of
   *     the source. EBADF unless the handles are for reading and for writing without append, EINVAL
   *     if the ranges overlap in one file, EISDIR for directories, EFBIG, ENOSPC
   */
  long copy(
      long sourceHandle, long sourceOffset, long targetHandle, long targetOffset, long lengthBytes)
      throws ErrnoException, IOException;

  /**
   * From now on changes through a handle cost set-ID bits, though root opened it: somebody who may
   * not keep them has it.
   */
  void dropPrivilege(long handle) throws ErrnoException;

  /** fallocate(2) with its mode bits. */
  void allocate(long handle, int mode, long offsetBytes, long lengthBytes)
      throws ErrnoException, IOException;

  /**
   * SEEK_DATA and SEEK_HOLE.
   *
   * @param hole true for SEEK_HOLE
   * @return the position found; ENXIO as lseek(2) says
   */
  long seek(long handle, long offsetBytes, boolean hole) throws ErrnoException, IOException;

  /** Called at each close(2) of a descriptor: answers an error that a background commit met. */
  void flush(long handle) throws ErrnoException, IOException;

  /** Makes everything up to now durable; {@code handle} tells whose pending error is answered. */
  void fsync(long handle) throws ErrnoException, IOException;

  /** Gives up a handle of a file. */
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

  /** Gives up a handle of a directory. */
  void releaseDirectory(long handle) throws ErrnoException;

  /** Value of an extended attribute. ENODATA. */
  byte[] getXattr(long inode, byte[] name) throws ErrnoException, IOException;

  /**
   * Sets an extended attribute. Names 1 to 255 bytes, values up to 64 KiB.
   *
   * <p>Of the names that begin with {@code system.} there are two, the POSIX ACLs (values as in
   * linux/posix_acl_xattr.h, EINVAL for others): an access ACL sets the permission bits, too, and
   * is not stored when they say it all; both are there as chmod(2) and creation in a directory left
   * them. A value without entries removes one; whether one exists does not concern them, and it is
   * no error to remove one that is not there.
   */
  void setXattr(Caller caller, long inode, byte[] name, byte[] value, XattrMode mode)
      throws ErrnoException, IOException;

  /** Names of all extended attributes. */
  List<byte[]> listXattrs(long inode) throws ErrnoException, IOException;

  /** Removes an extended attribute. ENODATA. */
  void removeXattr(Caller caller, long inode, byte[] name) throws ErrnoException, IOException;

  /**
   * Takes no changes from now on, because something happened that nobody understands: to go on
   * might make half of an operation durable. Whoever waits for room or for a commit is woken. The
   * first reason is kept, and told to whoever asks for the state. Never throws.
   *
   * @param where the request or the thread
   * @param what was thrown there
   */
  default void turnReadOnly(String where, Throwable what) {}

  /** Space, from counters; never scans. */
  SpaceStatistics statistics() throws IOException;

  /** Makes everything up to now durable. */
  void sync() throws ErrnoException, IOException;
}
