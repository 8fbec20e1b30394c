// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs;

/**
 * What statfs(2) tells.
 *
 * @param blockSizeBytes unit of allocation
 * @param totalBytes bytes that file data can ever take
 * @param freeBytes bytes that nothing takes
 * @param availableBytes bytes that can still be written, in pieces of {@link #PIECE_BYTES} and more
 * @param inodes inodes in use
 * @param freeInodes inodes that can still be made
 */
public record SpaceStatistics(
    int blockSizeBytes,
    long totalBytes,
    long freeBytes,
    long availableBytes,
    long inodes,
    long freeInodes) {

  /** The page of the kernel, which writes whole ones wherever it can. */
  public static final int PIECE_BYTES = 4096;
}
