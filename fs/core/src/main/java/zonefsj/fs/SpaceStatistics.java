// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs;

/**
 * The space of the filesystem, as for statfs(2).
 *
 * @param blockSizeBytes unit of allocation
 * @param totalBytes bytes that file data can take at most
 * @param freeBytes unused bytes
 * @param availableBytes bytes that can still be written, in pieces of {@link #PIECE_BYTES} and more
 * @param inodes inodes in use
 * @param freeInodes inodes that can still be created
 */
public record SpaceStatistics(
    int blockSizeBytes,
    long totalBytes,
    long freeBytes,
    long availableBytes,
    long inodes,
    long freeInodes) {

  /** Page size of the kernel, which writes whole pages where it can. */
  public static final int PIECE_BYTES = 4096;
}
