// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.jnr;

import org.jspecify.annotations.Nullable;
import zonefsj.fs.AttributeChange;
import zonefsj.fs.Caller;
import zonefsj.fs.fuse.FuseAdapter;
import zonefsj.fs.fuse.ProcessRights;

/**
 * The request that a worker serves, as received from the kernel (linux/fuse.h). Used by one thread.
 *
 * <pre>
 *   0  u32 length     4  u32 opcode      8  u64 unique      16  u64 node
 *  24  u32 uid       28  u32 gid        32  u32 pid         40  body
 * </pre>
 */
final class RequestView {
  static final int LOOKUP = 1;
  static final int FORGET = 2;
  static final int GETATTR = 3;
  static final int SETATTR = 4;
  static final int READLINK = 5;
  static final int SYMLINK = 6;
  static final int MKNOD = 8;
  static final int MKDIR = 9;
  static final int UNLINK = 10;
  static final int RENAME = 12;
  static final int LINK = 13;
  static final int OPEN = 14;
  static final int SETXATTR = 21;
  static final int GETXATTR = 22;
  static final int LISTXATTR = 23;
  static final int REMOVEXATTR = 24;
  static final int INIT = 26;
  static final int OPENDIR = 27;
  static final int CREATE = 35;
  static final int BATCH_FORGET = 42;

  private static final int BODY = 40;

  // struct fuse_setattr_in, from the start of the body
  private static final int SETATTR_VALID = BODY;
  private static final int SETATTR_SIZE = BODY + 16;
  private static final int SETATTR_ATIME = BODY + 32;
  private static final int SETATTR_MTIME = BODY + 40;
  private static final int SETATTR_CTIME = BODY + 48;
  private static final int SETATTR_ATIME_NANOS = BODY + 56;
  private static final int SETATTR_MTIME_NANOS = BODY + 60;
  private static final int SETATTR_CTIME_NANOS = BODY + 64;
  private static final int SETATTR_MODE = BODY + 68;
  private static final int SETATTR_UID = BODY + 76;
  private static final int SETATTR_GID = BODY + 80;

  private final long address;
  private boolean changeTaken;

  /**
   * @param address of the worker's receive buffer
   */
  RequestView(long address) {
    this.address = address;
  }

  /** Starts a new request. */
  void begin() {
    changeTaken = false;
  }

  int opcode() {
    return NativeMemory.IO.getInt(address + 4);
  }

  /** Number of the request; its reply has the same. */
  long unique() {
    return NativeMemory.IO.getLong(address + 8);
  }

  /** Whether a request identifies its subject by its node alone, and not by a name below it. */
  static boolean isAboutItsNode(int opcode) {
    return switch (opcode) {
      case GETATTR, SETATTR, READLINK, OPEN, SETXATTR, GETXATTR, LISTXATTR, REMOVEXATTR, OPENDIR ->
          true;
      default -> false;
    };
  }

  /**
   * For an INIT: the abilities that the kernel offers. Body: u32 major, minor, readahead, flags.
   */
  int initFlags() {
    return NativeMemory.IO.getInt(address + BODY + 12);
  }

  /** For a LINK: the node that gets another name. */
  long linkedNode() {
    return NativeMemory.IO.getLong(address + BODY);
  }

  /** libfuse's node number of the request: the directory if the request has a name. */
  long node() {
    return NativeMemory.IO.getLong(address + 16);
  }

  /** The caller, as {@code fuse_get_context} returns it. */
  Caller caller() {
    int uid = NativeMemory.IO.getInt(address + 24);
    int gid = NativeMemory.IO.getInt(address + 28);
    int pid = NativeMemory.IO.getInt(address + 32);
    return new Caller(uid, gid, pid, 0, new ProcessRights(uid, gid, pid));
  }

  /**
   * All changes of a SETATTR, at the first call; null at further calls for the same request.
   * libfuse calls chmod, chown, truncate and utimens one after the other for it, but it is one
   * operation and takes effect at once.
   */
  @Nullable AttributeChange takeChange() {
    if (changeTaken) {
      return null;
    }
    changeTaken = true;
    return FuseAdapter.change(
        NativeMemory.IO.getInt(address + SETATTR_VALID),
        NativeMemory.IO.getInt(address + SETATTR_MODE),
        NativeMemory.IO.getInt(address + SETATTR_UID),
        NativeMemory.IO.getInt(address + SETATTR_GID),
        NativeMemory.IO.getLong(address + SETATTR_SIZE),
        NativeMemory.IO.getLong(address + SETATTR_ATIME),
        NativeMemory.IO.getInt(address + SETATTR_ATIME_NANOS),
        NativeMemory.IO.getLong(address + SETATTR_MTIME),
        NativeMemory.IO.getInt(address + SETATTR_MTIME_NANOS),
        NativeMemory.IO.getLong(address + SETATTR_CTIME),
        NativeMemory.IO.getInt(address + SETATTR_CTIME_NANOS));
  }

  /** For a RENAME: the node of the new directory. Body: u64 directory, old name, 0, new name, 0. */
  long renameDirectory() {
    return NativeMemory.IO.getLong(address + BODY);
  }

  /** For a RENAME: the new name. */
  byte[] renameTarget() {
    long oldName = address + BODY + 8;
    return NativeMemory.string(oldName + NativeMemory.string(oldName).length + 1);
  }

  /** Calls the consumer with each node of a FORGET or BATCH_FORGET. */
  void forEachForgotten(java.util.function.LongConsumer consumer) {
    if (opcode() == FORGET) {
      consumer.accept(node());
      return;
    }
    // u32 count, u32 padding, then count times u64 node, u64 lookups
    int count = NativeMemory.IO.getInt(address + BODY);
    for (int i = 0; i < count; i++) {
      consumer.accept(NativeMemory.IO.getLong(address + BODY + 8 + 16L * i));
    }
  }
}
