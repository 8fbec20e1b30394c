// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.model;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.Caller;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.FileMode;
import zonefsj.fs.OpenFlags;
import zonefsj.fs.ZoneFileSystem;

/** The inodes and open handles of the reference. Guarded by the lock of its filesystem. */
final class ReferenceState {
  /** mode_strip_sgid: nobody gets into a group by what its directory hands down. */
  private static final int GROUP_RUN = FileMode.SET_GID | 010;

  final Map<Long, ReferenceNode> nodes = new HashMap<>();
  private final Map<Long, Handle> handles = new HashMap<>();
  private final Supplier<Instant> clock;
  private long nextInode = ZoneFileSystem.ROOT_INODE;
  private long nextHandle = 1;
  private boolean accessTimes = true;

  /** An open file or directory. */
  record Handle(ReferenceNode node, OpenFlags flags) {}

  ReferenceState(Supplier<Instant> clock) {
    this.clock = clock;
  }

  Instant now() {
    return clock.get();
  }

  /**
   * From now on no access times are kept, as with {@code noatime}: what the kernel serves from its
   * cache it does not tell the filesystem.
   */
  void noAccessTimes() {
    accessTimes = false;
  }

  /** A node was read. */
  void accessed(ReferenceNode node) {
    if (accessTimes) {
      node.accessed(now());
    }
  }

  /** All handles are gone, and with them what had no name. */
  void closeAll() {
    for (Handle handle : handles.values()) {
      handle.node().openHandles = 0;
    }
    handles.clear();
    forgetAll();
  }

  /** All references are gone, and with them what had neither name nor handle. */
  void forgetAll() {
    nodes.values().forEach(node -> node.references = 0);
    nodes.values().removeIf(ReferenceNode::isDead);
  }

  ReferenceNode add(Caller caller, long parent, byte[] name, int mode, long device)
      throws ErrnoException {
    ReferenceNode directory = directory(parent);
    String key = newName(directory, name);
    ReferenceNode made = newNode(caller, directory, mode, device);
    made.links = 1;
    directory.add(key, made.inode);
    directory.modified(now());
    return made;
  }

  /** A node with all that it gets from the directory it is made in, but without a name. */
  ReferenceNode newNode(Caller caller, ReferenceNode directory, int mode, long device)
      throws ErrnoException {
    boolean inherit = (directory.mode & FileMode.SET_GID) != 0;
    int gid = inherit ? directory.gid : caller.gid();
    boolean isStranger = caller.uid() != 0 && caller.gid() != directory.gid;
    boolean runsAsGroup = (mode & GROUP_RUN) == GROUP_RUN && !FileMode.isDirectory(mode);
    int kept = inherit && isStranger && runsAsGroup ? mode & ~FileMode.SET_GID : mode;
    ReferenceNode made = newNode(kept, caller.uid(), gid, device);
    ReferenceAcl.inherit(directory, made, caller.umask());
    return made;
  }

  ReferenceNode newNode(int mode, int uid, int gid, long device) {
    ReferenceNode node = new ReferenceNode(nextInode++, mode, uid, gid, device, now());
    nodes.put(node.inode, node);
    return node;
  }

  long newHandle(ReferenceNode node, OpenFlags flags) {
    long number = nextHandle++;
    handles.put(number, new Handle(node, flags));
    node.openHandles++;
    return number;
  }

  void close(long number) throws ErrnoException {
    ReferenceNode node = handle(number).node();
    handles.remove(number);
    node.openHandles--;
    forgetIfDead(node);
  }

  void dropLink(ReferenceNode node) {
    node.links--;
    node.changeTime = now();
    forgetIfDead(node);
  }

  void dropDirectory(ReferenceNode parent, ReferenceNode node) {
    parent.links--;
    node.links = 0;
    node.changeTime = now();
    forgetIfDead(node);
  }

  void forgetIfDead(ReferenceNode node) {
    if (node.isDead()) {
      nodes.remove(node.inode);
    }
  }

  boolean isAncestor(ReferenceNode candidate, ReferenceNode of) {
    for (ReferenceNode node = of; ; ) {
      if (node == candidate) {
        return true;
      }
      ReferenceNode above = nodes.get(node.parent);
      if (above == null || above == node) {
        return false;
      }
      node = above;
    }
  }

  @Nullable ReferenceNode ifThere(long inode) {
    return nodes.get(inode);
  }

  ReferenceNode node(long inode) throws ErrnoException {
    ReferenceNode node = nodes.get(inode);
    if (node == null) {
      throw new ErrnoException(Errno.ENOENT, "inode " + inode);
    }
    return node;
  }

  ReferenceNode directory(long inode) throws ErrnoException {
    ReferenceNode node = node(inode);
    if (!node.isDirectory()) {
      throw new ErrnoException(Errno.ENOTDIR, "inode " + inode);
    }
    return node;
  }

  ReferenceNode child(ReferenceNode directory, String key) throws ErrnoException {
    Long inode = directory.find(key);
    if (inode == null) {
      throw new ErrnoException(Errno.ENOENT, key);
    }
    return node(inode);
  }

  Handle handle(long number) throws ErrnoException {
    Handle handle = handles.get(number);
    if (handle == null) {
      throw new ErrnoException(Errno.EBADF, "handle " + number);
    }
    return handle;
  }

  Handle file(long number) throws ErrnoException {
    Handle handle = handle(number);
    if (!handle.node().isRegular()) {
      throw new ErrnoException(Errno.EBADF, "handle of a directory");
    }
    return handle;
  }

  static String newName(ReferenceNode directory, byte[] name) throws ErrnoException {
    String key = checkName(name);
    refuseDots(key, Errno.EEXIST, Errno.EEXIST);
    if (directory.find(key) != null) {
      throw new ErrnoException(Errno.EEXIST, key);
    }
    if (directory.links == 0) {
      throw new ErrnoException(Errno.ENOENT, "the directory has been removed");
    }
    return key;
  }

  static String checkName(byte[] name) throws ErrnoException {
    if (name.length == 0) {
      throw new ErrnoException(Errno.ENOENT, "empty name");
    }
    if (name.length > ZoneFileSystem.MAX_NAME_BYTES) {
      throw new ErrnoException(Errno.ENAMETOOLONG, "name");
    }
    for (byte b : name) {
      if (b == 0 || b == '/') {
        throw new ErrnoException(Errno.EINVAL, "name");
      }
    }
    return ReferenceNode.key(name);
  }

  static void refuseDots(String key, Errno one, Errno two) throws ErrnoException {
    if (key.equals(".")) {
      throw new ErrnoException(one, key);
    }
    if (key.equals("..")) {
      throw new ErrnoException(two, key);
    }
  }
}
