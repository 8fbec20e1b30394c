// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

/** Watches what a recovery does, so that it can be cut as well. */
interface RecoveryObserver {
  /** Nobody watches. */
  RecoveryObserver UNWATCHED =
      new RecoveryObserver() {
        @Override
        public int changes() {
          return 0;
        }

        @Override
        public void goneOn(int mounted, History history) {}
      };

  /** How many changes the drive saw so far. */
  int changes();

  /**
   * The volume was written on, and let go of.
   *
   * @param mounted changes when it was mounted
   * @param history of the tree since
   */
  void goneOn(int mounted, History history);
}
