// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import org.jspecify.annotations.Nullable;

/**
 * A second thread of a test. It is asked whether it waits for others, never for how long; what it
 * throws fails the test, and threads that wait for each other for ever are found at once.
 */
public final class TestThread {
  private static final long LOOK_MILLIS = 20;

  /** Only a thread that hangs in a way that nobody foresaw comes so far. */
  private static final int MOST_LOOKS = 6_000;

  private final Thread thread;
  private volatile @Nullable Throwable thrown;

  /** What the thread does. */
  @FunctionalInterface
  public interface Step {
    /** Does it. */
    void run() throws Exception;
  }

  /** Starts it. */
  public TestThread(String name, Step step) {
    thread = new Thread(() -> run(step), name);
    thread.setDaemon(true);
    thread.start();
  }

  private void run(Step step) {
    try {
      step.run();
    } catch (Exception | Error failed) {
      thrown = failed;
    }
  }

  /**
   * Returns when the thread waits for something; fails if it ends without. One that was notified
   * does not count before it waits again.
   */
  public void awaitWaiting() {
    while (true) {
      switch (thread.getState()) {
        case WAITING, TIMED_WAITING -> {
          return;
        }
        case TERMINATED -> throw new AssertionError(thread.getName() + " has not waited", thrown);
        default -> Thread.onSpinWait();
      }
    }
  }

  /** Returns when it has ended, or waits for something; whether it has ended. */
  public boolean endsWithoutWaiting() {
    while (true) {
      switch (thread.getState()) {
        case WAITING, TIMED_WAITING -> {
          return false;
        }
        case TERMINATED -> {
          return true;
        }
        default -> Thread.onSpinWait();
      }
    }
  }

  /** Whether it has not ended. */
  public boolean isAlive() {
    return thread.isAlive();
  }

  /** Wakes it as another who does not want to wait for it does. */
  public void interrupt() {
    thread.interrupt();
  }

  /** Waits for its end. */
  public void finish() throws InterruptedException {
    for (int look = 0; thread.isAlive(); look++) {
      thread.join(LOOK_MILLIS);
      assertThat(ManagementFactory.getThreadMXBean().findDeadlockedThreads())
          .as("threads that wait for each other, while %s does not end", thread.getName())
          .isNull();
      assertThat(look).as("%s hangs", thread.getName()).isLessThan(MOST_LOOKS);
    }
    Throwable failed = thrown;
    if (failed != null) {
      throw new AssertionError(thread.getName() + " failed", failed);
    }
  }
}
