// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.tree;

/**
 * Notices that a way from directory to parent runs in a loop, without remembering the way: one
 * directory of it is kept, a later one after 1, 2, 4, ... steps (Brent, "An Improved Monte Carlo
 * Factorization Algorithm", 1980). Ends within three times the directories of the way. For one
 * thread.
 */
public final class LoopDetector {
  private long kept;
  private long steps;

  /**
   * @param start the inode that the way begins at
   */
  public LoopDetector(long start) {
    this.kept = start;
  }

  /** Takes the next inode of the way; whether it was there before, so that the way has no end. */
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
