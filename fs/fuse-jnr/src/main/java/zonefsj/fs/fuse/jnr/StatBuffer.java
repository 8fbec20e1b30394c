// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.jnr;

import java.time.Instant;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import ru.serce.jnrfuse.struct.FileStat;
import ru.serce.jnrfuse.struct.Timespec;
import zonefsj.fs.Attributes;

/** Fills {@code struct stat}; jnr-fuse has its layout for each machine. Used by one thread. */
final class StatBuffer {
  private static final int SECTOR_BYTES = 512;

  /** Preferred size of reads and writes. */
  private static final int PREFERRED_IO_BYTES = 128 << 10;

  private final Runtime runtime = Runtime.getSystemRuntime();
  private final FileStat stat = new FileStat(runtime);

  /** Writes attributes to a zeroed {@code struct stat}. */
  void put(long address, Attributes attributes, int extraLinks) {
    stat.useMemory(Pointer.wrap(runtime, address));
    stat.st_ino.set(attributes.inode());
    stat.st_mode.set(attributes.mode());
    stat.st_nlink.set(attributes.linkCount() + extraLinks);
    stat.st_uid.set(attributes.uid());
    stat.st_gid.set(attributes.gid());
    stat.st_rdev.set(attributes.device());
    stat.st_size.set(attributes.sizeBytes());
    stat.st_blksize.set(PREFERRED_IO_BYTES);
    stat.st_blocks.set((attributes.allocatedBytes() + SECTOR_BYTES - 1) / SECTOR_BYTES);
    put(stat.st_atim, attributes.accessTime());
    put(stat.st_mtim, attributes.modifyTime());
    put(stat.st_ctim, attributes.changeTime());
  }

  /** Writes the fields of a directory entry: the inode number and the type. */
  void putEntry(long address, long inode, int mode) {
    stat.useMemory(Pointer.wrap(runtime, address));
    stat.st_ino.set(inode);
    stat.st_mode.set(mode);
  }

  /** Size of the structure. */
  static int sizeBytes() {
    return jnr.ffi.Struct.size(new FileStat(Runtime.getSystemRuntime()));
  }

  private static void put(Timespec field, Instant time) {
    field.tv_sec.set(time.getEpochSecond());
    field.tv_nsec.set(time.getNano());
  }
}
