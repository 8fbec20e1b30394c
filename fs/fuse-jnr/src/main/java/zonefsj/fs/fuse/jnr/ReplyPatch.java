// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.jnr;

import com.kenai.jffi.MemoryIO;
import zonefsj.fs.FileMode;

/**
 * Corrects replies of libfuse 2.9 before they go to the kernel. The path interface cannot express:
 *
 * <ul>
 *   <li>The cache time of attributes for each inode: long, except for a file that has, or had
 *       during this mount, more than one name ({@link KeepCachePolicy}). libfuse has one time for
 *       all.
 *   <li>ESTALE for a node whose name is gone. libfuse answers ENOENT; a program that opens a file
 *       while a rename replaces it would then find no file at all. At ESTALE the kernel looks the
 *       name up again.
 *   <li>The protocol abilities that are newer than libfuse 2.9 and require nothing from it:
 *       requests of up to 1 MiB, parallel lookups, and dropping cached data of a file whose
 *       modification time has changed, which keeps the data of two names of a file consistent.
 * </ul>
 *
 * <p>libfuse sends replies through a replaceable channel ({@code fuse_chan_new}); this is the send
 * function of that channel. Layouts are those of linux/fuse.h.
 *
 * <p>Thread-safe: works on the request of the calling worker.
 */
final class ReplyPatch implements Callbacks.Send {
  /** Largest body of a READ or WRITE. */
  static final int LARGE_TRANSFER_BYTES = 1 << 20;

  private static final MemoryIO IO = NativeMemory.IO;
  private static final int ENOENT = 2;
  private static final int ESTALE = 116;

  // struct iovec
  private static final int IOVEC_SIZE = 16;
  private static final int IOVEC_LENGTH = 8;

  // struct fuse_out_header
  private static final int HEADER_SIZE = 16;
  private static final int HEADER_ERROR = 4;
  private static final int HEADER_UNIQUE = 8;

  // struct fuse_entry_out and fuse_attr_out: cache time of the attributes in seconds; struct
  // fuse_attr
  private static final int ENTRY_ATTR_VALID = 24;
  private static final int ENTRY_ATTR = 40;
  private static final int ATTR_ATTR_VALID = 0;
  private static final int ATTR_ATTR = 16;
  private static final int ATTR_MODE = 60;
  private static final int ATTR_LINKS = 64;

  // struct fuse_init_out, flags of FUSE_INIT
  private static final int INIT_OUT_SIZE = 64;
  private static final int INIT_FLAGS = 12;
  private static final int INIT_MAX_WRITE = 20;
  private static final int INIT_MAX_PAGES = 28;
  private static final int AUTO_INVAL_DATA = 1 << 12;
  private static final int PARALLEL_DIROPS = 1 << 18;
  private static final int MAX_PAGES = 1 << 22;
  private static final int PAGE_BYTES = 4096;

  private final LibFuse2 fuse;
  private final long channel;
  private final KeepCachePolicy policy;

  /**
   * @param channel the channel to the kernel
   */
  ReplyPatch(LibFuse2 fuse, long channel, KeepCachePolicy policy) {
    this.fuse = fuse;
    this.channel = channel;
    this.policy = policy;
  }

  /** Whether a reply to this request may need a change; all others bypass this class. */
  static boolean concerns(int opcode) {
    return switch (opcode) {
      case RequestView.LOOKUP,
          RequestView.GETATTR,
          RequestView.SETATTR,
          RequestView.READLINK,
          RequestView.SYMLINK,
          RequestView.MKNOD,
          RequestView.MKDIR,
          RequestView.LINK,
          RequestView.OPEN,
          RequestView.SETXATTR,
          RequestView.GETXATTR,
          RequestView.LISTXATTR,
          RequestView.REMOVEXATTR,
          RequestView.INIT,
          RequestView.OPENDIR,
          RequestView.CREATE ->
          true;
      default -> false;
    };
  }

  @Override
  public int call(long patchedChannel, long vector, long count) {
    FuseWorker worker = FuseWorker.current();
    if (worker != null && vector != 0) {
      long header = IO.getLong(vector);
      RequestView request = worker.request();
      if (IO.getLong(header + HEADER_UNIQUE) == request.unique()) {
        int error = IO.getInt(header + HEADER_ERROR);
        if (error != 0) {
          patchError(request.opcode(), header, error);
        } else if (count > 1 && request.opcode() == RequestView.INIT) {
          return sendInit(request, vector);
        } else if (count > 1) {
          patchAttributes(request.opcode(), IO.getLong(vector + IOVEC_SIZE));
        }
      }
    }
    return fuse.fuse_chan_send(channel, vector, count);
  }

  private static void patchError(int opcode, long header, int error) {
    if (error == -ENOENT && RequestView.isAboutItsNode(opcode)) {
      IO.putInt(header + HEADER_ERROR, -ESTALE);
    }
  }

  private void patchAttributes(int opcode, long body) {
    switch (opcode) {
      case RequestView.GETATTR, RequestView.SETATTR ->
          patchAttributes(body + ATTR_ATTR_VALID, body + ATTR_ATTR);
      case RequestView.LOOKUP,
          RequestView.MKNOD,
          RequestView.MKDIR,
          RequestView.SYMLINK,
          RequestView.LINK,
          RequestView.CREATE -> {
        // Node 0: the name does not exist, and the kernel may cache this.
        if (IO.getLong(body) != 0) {
          patchAttributes(body + ENTRY_ATTR_VALID, body + ENTRY_ATTR);
        }
      }
      default -> {
        // an OPEN, a list of names, ...: no attributes
      }
    }
  }

  private void patchAttributes(long valid, long attributes) {
    boolean directory = FileMode.isDirectory(IO.getInt(attributes + ATTR_MODE));
    if (policy.mayKeep(IO.getLong(attributes), directory, IO.getInt(attributes + ATTR_LINKS))) {
      IO.putLong(valid, CacheTimes.ATTRIBUTE_SECONDS_OF_ONE_NAME);
    }
  }

  /** Sends the reply to INIT, which has become longer since libfuse 2.9. */
  private int sendInit(RequestView request, long vector) {
    long oldBody = IO.getLong(vector + IOVEC_SIZE);
    int oldLength = (int) IO.getLong(vector + IOVEC_SIZE + IOVEC_LENGTH);
    long header = IO.getLong(vector);
    long body = NativeMemory.allocate(INIT_OUT_SIZE);
    try {
      IO.copyMemory(oldBody, body, Math.min(oldLength, INIT_OUT_SIZE));
      int offered = request.initFlags();
      int flags = IO.getInt(body + INIT_FLAGS);
      flags |= offered & (AUTO_INVAL_DATA | PARALLEL_DIROPS | MAX_PAGES);
      IO.putInt(body + INIT_FLAGS, flags);
      if ((offered & MAX_PAGES) != 0) {
        IO.putInt(body + INIT_MAX_WRITE, LARGE_TRANSFER_BYTES);
        IO.putShort(body + INIT_MAX_PAGES, (short) (LARGE_TRANSFER_BYTES / PAGE_BYTES));
      }
      IO.putInt(header, HEADER_SIZE + INIT_OUT_SIZE);
      IO.putLong(vector + IOVEC_SIZE, body);
      IO.putLong(vector + IOVEC_SIZE + IOVEC_LENGTH, INIT_OUT_SIZE);
      return fuse.fuse_chan_send(channel, vector, 2);
    } finally {
      IO.putLong(vector + IOVEC_SIZE, oldBody);
      NativeMemory.free(body);
    }
  }
}
