// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.jnr;

import java.util.ArrayList;
import java.util.List;
import jnr.ffi.Runtime;
import jnr.ffi.Struct;
import ru.serce.jnrfuse.struct.FuseOperations;

/**
 * {@code struct fuse_operations} of libfuse 2.9 with our callbacks. It must stay reachable while
 * libfuse may call: the closures live as long as this object.
 *
 * <p>Omitted functions: lock and flock (the kernel handles them), access (the kernel checks
 * permissions), poll (always ready, as for a file), ioctl (ENOTTY), bmap (refused), read_buf and
 * write_buf (libfuse calls read and write), utime and getdir (older than utimens and readdir).
 */
final class OperationsTable {
  // Position in the struct, in pointers; fuse.h.
  private static final int GETATTR = 0;
  private static final int READLINK = 1;
  private static final int MKNOD = 3;
  private static final int MKDIR = 4;
  private static final int UNLINK = 5;
  private static final int RMDIR = 6;
  private static final int SYMLINK = 7;
  private static final int RENAME = 8;
  private static final int LINK = 9;
  private static final int CHMOD = 10;
  private static final int CHOWN = 11;
  private static final int TRUNCATE = 12;
  private static final int OPEN = 14;
  private static final int READ = 15;
  private static final int WRITE = 16;
  private static final int STATFS = 17;
  private static final int FLUSH = 18;
  private static final int RELEASE = 19;
  private static final int FSYNC = 20;
  private static final int SETXATTR = 21;
  private static final int GETXATTR = 22;
  private static final int LISTXATTR = 23;
  private static final int REMOVEXATTR = 24;
  private static final int OPENDIR = 25;
  private static final int READDIR = 26;
  private static final int RELEASEDIR = 27;
  private static final int FSYNCDIR = 28;
  private static final int INIT = 29;
  private static final int DESTROY = 30;
  private static final int CREATE = 32;
  private static final int FTRUNCATE = 33;
  private static final int FGETATTR = 34;
  private static final int UTIMENS = 36;
  private static final int FLAGS = 38;
  private static final int FALLOCATE = 44;

  // The bits after bmap. jnr-fuse treats them as padding, and then UTIME_OMIT becomes "now".
  private static final int FLAG_NULL_PATH_OK = 1;
  private static final int FLAG_NO_PATH = 1 << 1;
  private static final int FLAG_UTIME_OMIT_OK = 1 << 2;

  private final List<Object> closures = new ArrayList<>();
  private final long sizeBytes = Struct.size(new FuseOperations(Runtime.getSystemRuntime()));
  private final long address = NativeMemory.allocate(sizeBytes);

  OperationsTable(NodeCallbacks nodes, FileCallbacks files, Callbacks.Init init) {
    put(GETATTR, Callbacks.TwoPointers.class, nodes::getattr);
    put(FGETATTR, Callbacks.ThreePointers.class, nodes::fgetattr);
    put(READLINK, Callbacks.Fill.class, nodes::readlink);
    put(MKNOD, Callbacks.Mknod.class, nodes::mknod);
    put(MKDIR, Callbacks.Mode.class, nodes::mkdir);
    put(UNLINK, Callbacks.OnePointer.class, nodes::unlink);
    put(RMDIR, Callbacks.OnePointer.class, nodes::rmdir);
    put(SYMLINK, Callbacks.TwoPointers.class, nodes::symlink);
    put(RENAME, Callbacks.TwoPointers.class, nodes::rename);
    put(LINK, Callbacks.TwoPointers.class, nodes::link);
    put(CHMOD, Callbacks.Mode.class, nodes::chmod);
    put(CHOWN, Callbacks.Chown.class, nodes::chown);
    put(TRUNCATE, Callbacks.Truncate.class, nodes::truncate);
    put(FTRUNCATE, Callbacks.Ftruncate.class, nodes::ftruncate);
    put(UTIMENS, Callbacks.TwoPointers.class, nodes::utimens);
    put(STATFS, Callbacks.TwoPointers.class, nodes::statfs);
    put(SETXATTR, Callbacks.Setxattr.class, nodes::setxattr);
    put(GETXATTR, Callbacks.Getxattr.class, nodes::getxattr);
    put(LISTXATTR, Callbacks.Fill.class, nodes::listxattr);
    put(REMOVEXATTR, Callbacks.TwoPointers.class, nodes::removexattr);

    put(CREATE, Callbacks.Create.class, files::create);
    put(OPEN, Callbacks.TwoPointers.class, files::open);
    put(READ, Callbacks.Transfer.class, files::read);
    put(WRITE, Callbacks.Transfer.class, files::write);
    put(FLUSH, Callbacks.TwoPointers.class, files::flush);
    put(RELEASE, Callbacks.TwoPointers.class, files::release);
    put(FSYNC, Callbacks.Fsync.class, files::fsync);
    put(FALLOCATE, Callbacks.Fallocate.class, files::fallocate);
    put(OPENDIR, Callbacks.TwoPointers.class, files::opendir);
    put(READDIR, Callbacks.Readdir.class, files::readdir);
    put(RELEASEDIR, Callbacks.TwoPointers.class, files::releasedir);
    put(FSYNCDIR, Callbacks.Fsync.class, files::fsyncdir);

    put(INIT, Callbacks.Init.class, init);
    put(DESTROY, Callbacks.Destroy.class, privateData -> {});
    NativeMemory.IO.putInt(
        address + FLAGS * (long) Long.BYTES, FLAG_NULL_PATH_OK | FLAG_NO_PATH | FLAG_UTIME_OMIT_OK);
  }

  long address() {
    return address;
  }

  long sizeBytes() {
    return sizeBytes;
  }

  /** Frees the struct, after fuse_destroy. The closures are freed with this object. */
  void free() {
    NativeMemory.free(address);
    closures.clear();
  }

  private <T> void put(int position, Class<T> type, T callback) {
    closures.add(callback);
    NativeMemory.IO.putLong(
        address + position * (long) Long.BYTES,
        Runtime.getSystemRuntime().getClosureManager().getClosurePointer(type, callback).address());
  }
}
