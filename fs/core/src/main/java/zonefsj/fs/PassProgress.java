// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs;

/**
 * The progress of one pass over countable units. It calls its listener rarely, and never reports
 * more than the total: if there are more units than expected, the total is the number seen so far.
 * Single-threaded.
 */
public final class PassProgress {
  private static final long STEPS = 1000;

  private final ProgressListener listener;
  private final String what;
  private final long total;
  private long done;
  private long nextTold;

  /**
   * @param listener receives the progress
   * @param what the pass, in a few words
   * @param total expected number of units
   */
  public PassProgress(ProgressListener listener, String what, long total) {
    this.listener = listener;
    this.what = what;
    this.total = total;
    tell();
  }

  /** A progress that counts without a listener. */
  public static PassProgress silent() {
    return new PassProgress(ProgressListener.NONE, "", 0);
  }

  /** Counts units as done. */
  public void add(long units) {
    done += units;
    if (done >= nextTold) {
      tell();
    }
  }

  private void tell() {
    long all = Math.max(done, total);
    nextTold = done + Math.max(1, all / STEPS);
    listener.progress(what, done, all);
  }

  /** Number of units done. */
  public long done() {
    return done;
  }
}
