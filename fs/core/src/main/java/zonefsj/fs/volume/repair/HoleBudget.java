// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.repair;

/**
 * How many lost extents a repair may put into doubtful holes of long files, all files together:
 * each takes about 50 bytes of memory until the repair is written. Single-threaded.
 */
final class HoleBudget {
  private static final int MOST_EXTENTS = 1 << 16;

  private long left = MOST_EXTENTS;

  /** Takes as many as are wanted, or those that are left. */
  long take(long wanted) {
    long taken = Math.min(wanted, left);
    left -= taken;
    return taken;
  }
}
