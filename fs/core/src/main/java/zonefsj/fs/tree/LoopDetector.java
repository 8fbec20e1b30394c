// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.tree;

/**
 * Detects a loop in a path from directory to parent without storing the path: it keeps one
 * directory and replaces it after 1, 2, 4, ... steps (Brent, "An Improved Monte Carlo Factorization
 * Algorithm", 1980). It ends within three times the number of directories in the path. For one
 * thread.
 */
public final class LoopDetector {
  private long kept;
  private long steps;

  /**
   * @param start first inode of the path
   */
  public LoopDetector(long start) {
    this.kept = start;
  }

  /** Adds the next inode of the path; returns whether the path is a loop. */
  public boolean isLoop(long inode) {
    if (inode == kept) {
      return true;
    }
    steps++;
    if ((steps & (steps - 1)) == 0) {
      kept = inode;
    }
    return false;
  }
}
