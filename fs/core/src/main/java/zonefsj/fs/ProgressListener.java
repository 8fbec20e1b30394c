// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs;

/** Hears how far a long work has come. Called from the working thread, rarely enough to print. */
@FunctionalInterface
public interface ProgressListener {
  /** Hears nothing. */
  ProgressListener NONE = (what, done, total) -> {};

  /**
   * @param what the work, in a few words
   * @param done units done
   * @param total units in all, or -1 where it is not known
   */
  void progress(String what, long done, long total);
}
