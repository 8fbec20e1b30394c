// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.repair;

/**
 * Limits the lost extents that a repair may put into suspect holes of long files, for all files
 * together: each takes about 50 bytes of memory until the repair is written. Single-threaded.
 */
final class HoleBudget {
  private static final int MOST_EXTENTS = 1 << 16;

  private long left = MOST_EXTENTS;

  /** Takes the wanted number, or what is left. */
  long take(long wanted) {
    long taken = Math.min(wanted, left);
    left -= taken;
    return taken;
  }
}
