// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.soak;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Threads that work at the same time, and a watch over them: the first failure stops all, and a
 * call that does not return is a failure.
 */
final class WorkerGroup {
  private static final long LOOK_MILLIS = 200;

  /** After a failure calls that hang are given so long to return. */
  private static final long END_MILLIS = 10_000;

  private final SoakSubject subject;
  private final Stopwatch stopwatch;
  private final AtomicReference<@Nullable SoakFailure> failure = new AtomicReference<>();
  private volatile boolean stopped;

  /** What one thread does. */
  @FunctionalInterface
  interface Task {
    /** Works; looks at {@link WorkerGroup#isStopped} now and then. */
    void run() throws SoakFailure;
  }

  WorkerGroup(SoakSubject subject, Stopwatch stopwatch) {
    this.subject = subject;
    this.stopwatch = stopwatch;
  }

  boolean isStopped() {
    return stopped;
  }

  /** Tells all threads to end soon. */
  void stop() {
    stopped = true;
  }

  /**
   * Runs tasks until all have ended.
   *
   * @param each called a few times a second meanwhile, by the calling thread
   */
  void run(List<Task> tasks, Task each) throws SoakFailure, IOException, InterruptedException {
    List<Thread> threads = new ArrayList<>();
    for (Task task : tasks) {
      Thread thread = new Thread(() -> perform(task), "soak-" + threads.size());
      thread.setDaemon(true);
      threads.add(thread);
      thread.start();
    }
    while (isAnyAlive(threads)) {
      join(threads, LOOK_MILLIS);
      try {
        each.run();
      } catch (SoakFailure found) {
        fail(found);
      }
      String hanging = stopwatch.hanging();
      if (!hanging.isEmpty()) {
        fail(new SoakFailure("hangs: " + hanging + "\n" + subject.threads()));
      }
      if (failure.get() != null) {
        end(threads);
        break;
      }
    }
    SoakFailure found = failure.get();
    if (found != null) {
      throw found;
    }
  }

  private void end(List<Thread> threads) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + END_MILLIS * 1_000_000;
    while (isAnyAlive(threads) && System.nanoTime() < deadline) {
      join(threads, LOOK_MILLIS);
    }
    if (isAnyAlive(threads)) {
      subject.abort();
      join(threads, END_MILLIS);
    }
  }

  private static void join(List<Thread> threads, long millis) throws InterruptedException {
    long deadline = System.nanoTime() + millis * 1_000_000;
    for (Thread thread : threads) {
      thread.join(Math.max(1, (deadline - System.nanoTime()) / 1_000_000));
    }
  }

  private static boolean isAnyAlive(List<Thread> threads) {
    return threads.stream().anyMatch(Thread::isAlive);
  }

  private void perform(Task task) {
    try {
      task.run();
    } catch (SoakFailure found) {
      fail(found);
    } catch (RuntimeException | Error unexpected) {
      fail(new SoakFailure("an unchecked exception reached the caller", unexpected));
    }
  }

  private void fail(SoakFailure found) {
    failure.compareAndSet(null, found);
    stopped = true;
  }
}
