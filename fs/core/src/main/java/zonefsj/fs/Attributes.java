// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs;

import java.time.Instant;

/**
 * The attributes of an inode, as for stat(2).
 *
 * @param inode inode number, never 0
 * @param generation distinguishes two inodes of the same number
 * @param mode file type and permission bits, as {@code st_mode}
 * @param linkCount number of names; 0 for an unlinked file that is still open
 * @param uid owner
 * @param gid group
 * @param device device number of a device node, in the kernel's encoding of {@code st_rdev}; 0
 *     otherwise
 * @param sizeBytes length
 * @param allocatedBytes bytes that the file takes; {@code st_blocks} is this divided by 512,
 *     rounded up
 * @param estimated whether {@code allocatedBytes} is an estimate: the next commit may change it,
 *     although nobody changes the file
 * @param accessTime last read
 * @param modifyTime last change of the content
 * @param changeTime last change of content or attributes
 * @param birthTime creation
 */
public record Attributes(
    long inode,
    int generation,
    int mode,
    int linkCount,
    int uid,
    int gid,
    long device,
    long sizeBytes,
    long allocatedBytes,
    boolean estimated,
    Instant accessTime,
    Instant modifyTime,
    Instant changeTime,
    Instant birthTime) {

  /** Attributes with the exact number of allocated bytes. */
  public Attributes(
      long inode,
      int generation,
      int mode,
      int linkCount,
      int uid,
      int gid,
      long device,
      long sizeBytes,
      long allocatedBytes,
      Instant accessTime,
      Instant modifyTime,
      Instant changeTime,
      Instant birthTime) {
    this(
        inode,
        generation,
        mode,
        linkCount,
        uid,
        gid,
        device,
        sizeBytes,
        allocatedBytes,
        false,
        accessTime,
        modifyTime,
        changeTime,
        birthTime);
  }

  /** With another number of allocated bytes. */
  public Attributes withAllocated(long bytes, boolean isEstimate) {
    return new Attributes(
        inode,
        generation,
        mode,
        linkCount,
        uid,
        gid,
        device,
        sizeBytes,
        bytes,
        isEstimate,
        accessTime,
        modifyTime,
        changeTime,
        birthTime);
  }

  /** Whether this is a directory. */
  public boolean isDirectory() {
    return FileMode.isDirectory(mode);
  }

  /** Whether this is a regular file. */
  public boolean isRegular() {
    return FileMode.isRegular(mode);
  }
}
