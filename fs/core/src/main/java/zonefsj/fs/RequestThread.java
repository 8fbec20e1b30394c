// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs;

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

  /** Whether the calling thread is one. */
  public static boolean isCurrent() {
    return Thread.currentThread() instanceof RequestThread;
  }
}
