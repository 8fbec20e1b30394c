// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.model;

import java.time.Instant;
import zonefsj.fs.Caller;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.FileMode;
import zonefsj.fs.RenameMode;

/** rename(2) and renameat2(2) of the reference. */
final class ReferenceRename {
  private final ReferenceState state;

  ReferenceRename(ReferenceState state) {
    this.state = state;
  }

  void apply(
      Caller caller, long parent, byte[] name, long newParent, byte[] newName, RenameMode mode)
      throws ErrnoException {
    ReferenceNode from = state.directory(parent);
    ReferenceNode to = state.directory(newParent);
    String oldKey = ReferenceState.checkName(name);
    String newKey = ReferenceState.checkName(newName);
    ReferenceState.refuseDots(oldKey, Errno.EINVAL, Errno.EINVAL);
    ReferenceState.refuseDots(newKey, Errno.EINVAL, Errno.EINVAL);
    ReferenceNode source = state.child(from, oldKey);
    Long existing = to.find(newKey);
    ReferenceNode target = existing == null ? null : state.node(existing);

    if (mode.mustBeNew() && target != null) {
      throw new ErrnoException(Errno.EEXIST, "rename without replacing");
    }
    if (mode == RenameMode.EXCHANGE && target == null) {
      throw new ErrnoException(Errno.ENOENT, "exchange with nothing");
    }
    if (to.links == 0) {
      throw new ErrnoException(Errno.ENOENT, "rename into a removed directory");
    }
    if (state.isAncestor(source, to)) {
      throw new ErrnoException(Errno.EINVAL, "rename of a directory into itself");
    }
    if (target != null && state.isAncestor(target, from)) {
      throw new ErrnoException(
          mode == RenameMode.EXCHANGE ? Errno.EINVAL : Errno.ENOTEMPTY, "rename over an ancestor");
    }
    if (source == target) {
      return;
    }
    Instant now = state.now();
    if (mode == RenameMode.EXCHANGE && target != null) {
      moveEntry(from, oldKey, to, source);
      to.remove(newKey);
      to.add(newKey, source.inode);
      from.add(oldKey, target.inode);
      if (target.isDirectory()) {
        to.links--;
        from.links++;
        target.parent = from.inode;
      }
      target.changeTime = now;
    } else {
      if (target != null) {
        replace(source, to, newKey, target);
      }
      moveEntry(from, oldKey, to, source);
      to.add(newKey, source.inode);
      if (mode.leavesWhiteout()) {
        int gid = (from.mode & FileMode.SET_GID) != 0 ? from.gid : caller.gid();
        ReferenceNode whiteout = state.newNode(FileMode.CHARACTER, caller.uid(), gid, 0);
        whiteout.links = 1;
        from.add(oldKey, whiteout.inode);
      }
    }
    from.modified(now);
    to.modified(now);
    source.changeTime = now;
  }

  /** Takes the old name away and keeps the books of a directory that moves. */
  private static void moveEntry(
      ReferenceNode from, String oldKey, ReferenceNode to, ReferenceNode source) {
    from.remove(oldKey);
    if (source.isDirectory()) {
      from.links--;
      to.links++;
      source.parent = to.inode;
    }
  }

  private void replace(ReferenceNode source, ReferenceNode to, String newKey, ReferenceNode target)
      throws ErrnoException {
    if (source.isDirectory() && !target.isDirectory()) {
      throw new ErrnoException(Errno.ENOTDIR, "directory over a file");
    }
    if (!source.isDirectory() && target.isDirectory()) {
      throw new ErrnoException(Errno.EISDIR, "file over a directory");
    }
    if (!target.entries.isEmpty()) {
      throw new ErrnoException(Errno.ENOTEMPTY, "rename over a directory");
    }
    to.remove(newKey);
    if (target.isDirectory()) {
      state.dropDirectory(to, target);
    } else {
      state.dropLink(target);
    }
  }
}
