// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs;

/**
 * Receives the progress of a long task. The working thread calls it, rarely enough to print each
 * call.
 */
@FunctionalInterface
public interface ProgressListener {
  /** Ignores all progress. */
  ProgressListener NONE = (what, done, total) -> {};

  /**
   * @param what the task, in a few words
   * @param done units done
   * @param total number of units, or -1 if unknown
   */
  void progress(String what, long done, long total);
}
