// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.jnr;

import jnr.ffi.Runtime;
import ru.serce.jnrfuse.struct.FuseFileInfo;

/**
 * {@code struct fuse_file_info} of libfuse 2.9 on a 64-bit machine. jnr-fuse's class has the
 * correct offsets of {@code flags} and {@code fh}, but hides the bit fields and lacks {@code
 * writepage}.
 *
 * <pre>
 *   0  int flags           8  unsigned long fh_old     16  int writepage
 *  20  bit 0 direct_io, bit 1 keep_cache, bit 2 flush, bit 3 nonseekable
 *  24  u64 fh             32  u64 lock_owner
 * </pre>
 */
final class FileInfo {
  private static final int WRITE_PAGE = 16;
  private static final int BITS = 20;
  private static final int KEEP_CACHE = 1 << 1;

  private static final long FLAGS_OFFSET;
  private static final long HANDLE_OFFSET;

  static {
    FuseFileInfo layout = FuseFileInfo.of(jnr.ffi.Memory.allocate(Runtime.getSystemRuntime(), 64));
    FLAGS_OFFSET = layout.flags.offset();
    HANDLE_OFFSET = layout.fh.offset();
  }

  private FileInfo() {}

  /** Flags of open(2); in a write, as fcntl(2) has changed them since. */
  static int flags(long address) {
    return NativeMemory.IO.getInt(address + FLAGS_OFFSET);
  }

  static long handle(long address) {
    return NativeMemory.IO.getLong(address + HANDLE_OFFSET);
  }

  static void setHandle(long address, long handle) {
    NativeMemory.IO.putLong(address + HANDLE_OFFSET, handle);
  }

  /** Whether the kernel writes back a page from its cache. */
  static boolean fromPageCache(long address) {
    return NativeMemory.IO.getInt(address + WRITE_PAGE) != 0;
  }

  /** Lets the kernel keep the cached pages of the file. */
  static void keepCache(long address) {
    NativeMemory.IO.putInt(address + BITS, NativeMemory.IO.getInt(address + BITS) | KEEP_CACHE);
  }
}
