// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.soak;

import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits for what could hang, but not for ever. */
final class BoundedWait {
  private static final long SECONDS = 60;

  private BoundedWait() {}

  /** A call in this process does not return, and there is no way to end it. */
  static final class HangException extends IOException {
    private static final long serialVersionUID = 1;

    HangException(String message) {
      super(message);
    }
  }

  /** Does it on a thread of its own. */
  static <T> T await(String what, Callable<T> work) throws IOException {
    FutureTask<T> task = new FutureTask<>(work);
    Thread thread = new Thread(task, "soak-patience");
    thread.setDaemon(true);
    thread.start();
    try {
      return task.get(SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException late) {
      throw new HangException(
          what + " has not ended after " + SECONDS + " s\n" + Threads.ofThisProcess());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HangException("interrupted while " + what);
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof IOException words) {
        throw words;
      }
      throw new IOException(what + " failed: " + failed.getCause(), failed);
    }
  }
}
