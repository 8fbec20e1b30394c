// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs;

/** The bits of {@code st_mode} (asm-generic stat.h). */
public final class FileMode {
  /** Mask of the file type. */
  public static final int TYPE_MASK = 0170000;

  /** Socket. */
  public static final int SOCKET = 0140000;

  /** Symbolic link. */
  public static final int SYMLINK = 0120000;

  /** Regular file. */
  public static final int REGULAR = 0100000;

  /** Block device node. */
  public static final int BLOCK = 0060000;

  /** Directory. */
  public static final int DIRECTORY = 0040000;

  /** Character device node. */
  public static final int CHARACTER = 0020000;

  /** Named pipe. */
  public static final int FIFO = 0010000;

  /** Set-user-ID. */
  public static final int SET_UID = 04000;

  /** Set-group-ID. */
  public static final int SET_GID = 02000;

  /** Sticky bit. */
  public static final int STICKY = 01000;

  /** All bits that chmod(2) may set. */
  public static final int PERMISSION_MASK = 07777;

  private FileMode() {}

  /** The type bits of a mode. */
  public static int type(int mode) {
    return mode & TYPE_MASK;
  }

  /** Whether a mode belongs to a directory. */
  public static boolean isDirectory(int mode) {
    return type(mode) == DIRECTORY;
  }

  /** Whether a mode belongs to a regular file. */
  public static boolean isRegular(int mode) {
    return type(mode) == REGULAR;
  }

  /** Whether a mode belongs to a symbolic link. */
  public static boolean isSymlink(int mode) {
    return type(mode) == SYMLINK;
  }
}
