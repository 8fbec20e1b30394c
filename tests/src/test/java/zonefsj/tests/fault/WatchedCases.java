// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Runs cases one after the other in a thread that may hang, and says in words how each ended. */
final class WatchedCases implements AutoCloseable {
  private static final long LIMIT_SECONDS = 60;
  private static final int LINES_OF_STACK = 14;
  private static final String HANGS = "hangs";

  private final String name;
  private ExecutorService worker;

  /**
   * @param name of the thread
   */
  WatchedCases(String name) {
    this.name = name;
    this.worker = worker(name);
  }

  private static ExecutorService worker(String name) {
    return Executors.newSingleThreadExecutor(
        task -> {
          Thread thread = new Thread(task, name);
          thread.setDaemon(true);
          return thread;
        });
  }

  /** What is wrong with a case: what it says, what it throws, or that it does not end; or null. */
  @Nullable String run(Callable<@Nullable String> one) {
    Future<@Nullable String> answer = worker.submit(one);
    try {
      return answer.get(LIMIT_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException late) {
      worker.shutdownNow();
      worker = worker(name);
      return HANGS + ": no end after " + LIMIT_SECONDS + " seconds";
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return "interrupted";
    } catch (ExecutionException thrown) {
      return "throws " + stack(thrown.getCause() == null ? thrown : thrown.getCause());
    }
  }

  /** Whether a case hung, by what {@link #run} said: it may go on beside the next. */
  static boolean hung(@Nullable String wrong) {
    return wrong != null && wrong.startsWith(HANGS);
  }

  private static String stack(Throwable failed) {
    StringBuilder words = new StringBuilder(failed.toString());
    StackTraceElement[] lines = failed.getStackTrace();
    for (int line = 0; line < Math.min(LINES_OF_STACK, lines.length); line++) {
      words.append("\n    ").append(lines[line]);
    }
    return words.toString();
  }

  @Override
  public void close() {
    worker.shutdownNow();
  }
}
