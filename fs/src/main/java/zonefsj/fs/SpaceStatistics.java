package zonefsj.fs;

/**
 * What statfs(2) tells.
 *
 * @param blockSizeBytes unit of allocation
 * @param totalBytes bytes that file data can ever take
 * @param freeBytes bytes that can still be written
 * @param inodes inodes in use
 * @param freeInodes inodes that can still be made
 */
public record SpaceStatistics(
    int blockSizeBytes, long totalBytes, long freeBytes, long inodes, long freeInodes) {}
