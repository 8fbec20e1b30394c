// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs;

/**
 * The mode in which a file is opened.
 *
 * @param read reading is allowed
 * @param write writing is allowed
 * @param append every write goes to the end of the file, atomically
 * @param truncate the open sets the length to 0
 * @param sync each write is durable before it returns (O_SYNC, O_DSYNC)
 */
public record OpenFlags(
    boolean read, boolean write, boolean append, boolean truncate, boolean sync) {
  /** Reading only. */
  public static final OpenFlags READ = new OpenFlags(true, false, false, false, false);

  /** Reading and writing. */
  public static final OpenFlags READ_WRITE = new OpenFlags(true, true, false, false, false);

  // open(2), asm-generic/fcntl.h
  private static final int O_ACCMODE = 3;
  private static final int O_WRONLY = 1;
  private static final int O_RDWR = 2;
  private static final int O_TRUNC = 01000;
  private static final int O_APPEND = 02000;
  private static final int O_DSYNC = 010000;

  /** Converts the flags of open(2). */
  public static OpenFlags ofBits(int bits) {
    int access = bits & O_ACCMODE;
    return new OpenFlags(
        access != O_WRONLY,
        access == O_WRONLY || access == O_RDWR,
        (bits & O_APPEND) != 0,
        (bits & O_TRUNC) != 0,
        (bits & O_DSYNC) != 0);
  }
}
