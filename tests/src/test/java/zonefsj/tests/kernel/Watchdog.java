// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.kernel;

import java.time.Duration;
import zonefsj.fs.fuse.FuseMount;
import zonefsj.fs.fuse.FuseMountException;

/**
 * Breaks the connection of a mount when nothing has happened for too long: the call that hangs then
 * fails, and so does the test. Without it a process that waits for itself could not even be killed.
 */
final class Watchdog implements AutoCloseable {
  private static final Duration HANG_TIMEOUT = Duration.ofSeconds(60);

  private final FuseMount mount;
  private final Thread thread = new Thread(this::watch, "kernel-watchdog");
  private volatile long lastNanos = System.nanoTime();

  Watchdog(FuseMount mount) {
    this.mount = mount;
    thread.setDaemon(true);
    thread.start();
  }

  /** Something has happened. */
  void alive() {
    lastNanos = System.nanoTime();
  }

  private void watch() {
    try {
      long left = HANG_TIMEOUT.toMillis();
      while (left > 0) {
        Thread.sleep(left);
        left = HANG_TIMEOUT.minusNanos(System.nanoTime() - lastNanos).toMillis();
      }
      System.err.println("no answer for " + HANG_TIMEOUT + ": aborting " + mount.mountPoint());
      mount.abort();
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    } catch (FuseMountException e) {
      System.err.println(e.getMessage());
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
