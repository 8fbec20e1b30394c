// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.model;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.Set;
import java.util.function.Supplier;
import zonefsj.fs.AttributeChange;
import zonefsj.fs.Attributes;
import zonefsj.fs.Caller;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.FileMode;
import zonefsj.fs.OpenFlags;
import zonefsj.fs.RenameMode;
import zonefsj.fs.WriteMode;
import zonefsj.fs.XattrMode;

/**
 * The reference behind the kernel: each method first answers what Linux answers by itself, before
 * it asks the filesystem. Each rule names the place in the source of Linux. There are no access
 * times, see {@link ReferenceState#noAccessTimes}.
 */
final class KernelReference extends ReferenceFileSystem {
  private static final int PUNCH_HOLE = 2;
  private static final int MAX_XATTR_BYTES = 64 << 10;

  // linux/posix_acl_xattr.h
  private static final int ACL_HEADER_BYTES = 4;
  private static final int ACL_ENTRY_BYTES = 8;
  private static final Set<Integer> ACL_TAGS = Set.of(1, 2, 4, 8, 16, 32);
  private static final Set<Integer> ACL_TAGS_WITH_ID = Set.of(2, 8);

  KernelReference(Supplier<Instant> clock) {
    super(clock);
    state.noAccessTimes();
  }

  /** in_group_or_capable, of a caller without CAP_FSETID and with no group but one. */
  private static boolean isStranger(Caller caller, ReferenceNode node) {
    return caller.uid() != 0 && caller.gid() != node.gid;
  }

  /** vfs_mkdir: only the sticky bit of the bits above the permissions. */
  @Override
  public synchronized Attributes makeDirectory(Caller caller, long parent, byte[] name, int mode)
      throws ErrnoException {
    return super.makeDirectory(caller, parent, name, mode & 01777);
  }

  /** do_renameat2: the old name is looked up before the new one is looked at. */
  @Override
  public synchronized void rename(
      Caller caller, long parent, byte[] name, long newParent, byte[] newName, RenameMode mode)
      throws ErrnoException {
    state.directory(newParent);
    lookup(parent, name);
    super.rename(caller, parent, name, newParent, newName, mode);
  }

  @Override
  public synchronized Attributes setAttributes(Caller caller, long inode, AttributeChange change)
      throws ErrnoException {
    Long size = change.sizeBytes();
    if (size != null && size < 0) {
      throw new ErrnoException(Errno.EINVAL, "do_sys_truncate: looked at before the file");
    }
    if (change.mode() != null && FileMode.isSymlink(state.node(inode).mode)) {
      throw new ErrnoException(Errno.EOPNOTSUPP, "notify_change: a symbolic link has no mode");
    }
    return super.setAttributes(caller, inode, change(caller, state.node(inode), change));
  }

  /** setattr_prepare: only a member of the group sets the set-group-ID bit. */
  private static AttributeChange change(Caller caller, ReferenceNode node, AttributeChange change) {
    Integer mode = change.mode();
    return mode == null || !isStranger(caller, node)
        ? change
        : new AttributeChange(
            mode & ~FileMode.SET_GID,
            change.uid(),
            change.gid(),
            change.sizeBytes(),
            change.accessTime(),
            change.modifyTime());
  }

  /** build_open_flags: a file without a name that nobody can write to would be of no use. */
  @Override
  public synchronized Created createUnnamed(Caller caller, long parent, int mode, OpenFlags flags)
      throws ErrnoException {
    if (!flags.write()) {
      throw new ErrnoException(Errno.EINVAL, "O_TMPFILE for reading");
    }
    return super.createUnnamed(caller, parent, mode, flags);
  }

  /** ksys_pread64: the offset is looked at before the descriptor's mode. */
  @Override
  public synchronized int read(long handle, long offsetBytes, ByteBuffer destination)
      throws ErrnoException {
    checkOffset(handle, offsetBytes);
    return super.read(handle, offsetBytes, destination);
  }

  /** ksys_pwrite64: as above. */
  @Override
  public synchronized int write(long handle, long offsetBytes, ByteBuffer source, WriteMode mode)
      throws ErrnoException {
    checkOffset(handle, offsetBytes);
    return super.write(handle, offsetBytes, source, mode);
  }

  private void checkOffset(long handle, long offsetBytes) throws ErrnoException {
    state.file(handle);
    if (offsetBytes < 0) {
      throw new ErrnoException(Errno.EINVAL, "negative offset");
    }
  }

  /** vfs_fallocate: range and mode are looked at before the descriptor's mode. */
  @Override
  public synchronized void allocate(
      Caller caller, long handle, int mode, long offsetBytes, long lengthBytes)
      throws ErrnoException {
    state.file(handle);
    if (offsetBytes < 0 || lengthBytes <= 0) {
      throw new ErrnoException(Errno.EINVAL, "fallocate range");
    }
    if (mode == PUNCH_HOLE) {
      throw new ErrnoException(Errno.EOPNOTSUPP, "a hole that would change the size");
    }
    super.allocate(caller, handle, mode, offsetBytes, lengthBytes);
  }

  /** xattr_permission: attributes of users are for files and directories. */
  @Override
  public synchronized byte[] getXattr(long inode, byte[] name) throws ErrnoException {
    if (isUsers(name) && cannotHaveUsers(inode)) {
      throw new ErrnoException(Errno.ENODATA, "attribute of a user");
    }
    return super.getXattr(inode, name);
  }

  @Override
  public synchronized void setXattr(
      Caller caller, long inode, byte[] name, byte[] value, XattrMode mode) throws ErrnoException {
    if (value.length > MAX_XATTR_BYTES) {
      throw new ErrnoException(Errno.E2BIG, "setxattr_copy: looked at before the name");
    }
    refuseUsers(inode, name);
    if (ReferenceXattrs.isAcl(name)) {
      refuseAcl(inode, name, value);
    }
    // fuse_set_acl: it is the kernel who tells whether the bit goes.
    boolean drops = isStranger(caller, state.node(inode));
    super.setXattr(
        caller, inode, name, value, new XattrMode(mode.mustBeNew(), mode.mustExist(), drops));
  }

  @Override
  public synchronized void removeXattr(Caller caller, long inode, byte[] name)
      throws ErrnoException {
    refuseUsers(inode, name);
    super.removeXattr(caller, inode, name);
  }

  /**
   * posix_acl_from_xattr, then set_posix_acl: the version, the length and the entries one by one;
   * then whether the file can have a list; and last, whether the entries make one.
   */
  private void refuseAcl(long inode, byte[] name, byte[] value) throws ErrnoException {
    ReferenceNode node = state.node(inode);
    ByteBuffer in = ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN);
    if (value.length >= ACL_HEADER_BYTES && in.getInt() != 2) {
      throw new ErrnoException(Errno.EOPNOTSUPP, "version of an ACL");
    }
    if (value.length > 0 && value.length % ACL_ENTRY_BYTES != ACL_HEADER_BYTES) {
      throw new ErrnoException(Errno.EINVAL, "length of an ACL");
    }
    while (in.hasRemaining()) {
      int tag = in.getShort();
      in.getShort();
      boolean noId = in.getInt() == -1;
      if (!ACL_TAGS.contains(tag) || (noId && ACL_TAGS_WITH_ID.contains(tag))) {
        throw new ErrnoException(Errno.EINVAL, "entry of an ACL");
      }
    }
    if (FileMode.isSymlink(node.mode)) {
      throw new ErrnoException(Errno.EOPNOTSUPP, "ACL of a symlink");
    }
    boolean ofDirectories = ReferenceNode.key(name).equals(ReferenceAcl.DEFAULT);
    if (value.length > ACL_HEADER_BYTES && ofDirectories && !node.isDirectory()) {
      throw new ErrnoException(Errno.EACCES, "default ACL of a file");
    }
  }

  private void refuseUsers(long inode, byte[] name) throws ErrnoException {
    if (isUsers(name) && cannotHaveUsers(inode)) {
      throw new ErrnoException(Errno.EPERM, "attribute of a user");
    }
  }

  private static boolean isUsers(byte[] name) {
    return ReferenceNode.key(name).startsWith("user.");
  }

  private boolean cannotHaveUsers(long inode) throws ErrnoException {
    ReferenceNode node = state.node(inode);
    return !node.isRegular() && !node.isDirectory();
  }
}
