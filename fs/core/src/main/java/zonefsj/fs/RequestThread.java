// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs;

import org.jspecify.annotations.Nullable;

/**
 * A thread that answers requests of users. There are few, so none may wait for a drive without a
 * limit: see {@link zonefsj.fs.volume.state.RequestCalls}.
 */
public class RequestThread extends Thread {
  /** See {@link Thread#Thread(String)}. */
  public RequestThread(String name) {
    super(name);
  }

  /** See {@link Thread#Thread(Runnable, String)}. */
  public RequestThread(Runnable body, String name) {
    super(body, name);
  }

  /** What the current request has left for the time after its reply. */
  private @Nullable Runnable left;

  /**
   * Whether it calls {@link #runLeft} after each request; by default, it takes nothing.
   *
   * @see #afterReply
   */
  protected boolean acceptsWork() {
    return false;
  }

  /** Does what the request that has just been answered left. Called by this thread. */
  protected final void runLeft() {
    Runnable work = left;
    if (work != null) {
      left = null;
      work.run();
    }
  }

  /**
   * Leaves work for the time after the reply to the request that the calling thread serves, so that
   * nobody waits for it. The work itself reports its errors.
   *
   * @return false if the thread takes none, or has some already: the caller does the work itself
   */
  public static boolean afterReply(Runnable work) {
    if (Thread.currentThread() instanceof RequestThread thread
        && thread.acceptsWork()
        && thread.left == null) {
      thread.left = work;
      return true;
    }
    return false;
  }

  /** Whether the calling thread is one. */
  public static boolean isCurrent() {
    return Thread.currentThread() instanceof RequestThread;
  }
}
