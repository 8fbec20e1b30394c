// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs;

/**
 * How far one pass over something countable has come. Tells a listener rarely, and never of more
 * than all: where more is there than was expected, all of it is what was seen. Single-threaded.
 */
public final class PassProgress {
  private static final long STEPS = 1000;

  private final ProgressListener listener;
  private final String what;
  private final long total;
  private long done;
  private long nextTold;

  /**
   * @param listener who hears
   * @param what the pass, in a few words
   * @param total units in all, as far as is known
   */
  public PassProgress(ProgressListener listener, String what, long total) {
    this.listener = listener;
    this.what = what;
    this.total = total;
    tell();
  }

  /** One that counts, and tells nobody. */
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

  /** Units that were counted. */
  public long done() {
    return done;
  }
}
