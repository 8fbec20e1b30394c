// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.cli.control.ControlClient;
import zonefsj.fs.cli.control.Json;
import zonefsj.fs.cli.host.MountEntry;
import zonefsj.fs.cli.host.Unmounter;

/**
 * Unmounts when the daemon reports that everything is durable, and then waits a limited time for
 * the kernel to end the filesystem. What the daemon reports is read meanwhile.
 *
 * <p>Not thread-safe.
 */
final class UnmountOnce implements ControlClient.ItemSink {
  /** The kernel ends a filesystem within milliseconds after its last unmount. */
  static final Duration KERNEL_TIMEOUT = Duration.ofSeconds(3);

  private static final Logger LOG = LoggerFactory.getLogger(UnmountOnce.class);

  /** Shorter than the daemon waits for a client that reads nothing. */
  private static final Duration POLL = Duration.ofSeconds(2);

  private final MountEntry entry;

  /** Null before the daemon has reported that everything is durable. */
  private @Nullable FutureTask<Void> unmount;

  private boolean isUnmounted;
  private long unmountedNanos;

  /** Another mount keeps the filesystem mounted. */
  static final class HeldException extends IOException {
    private static final long serialVersionUID = 1;

    private final String holder;

    private HeldException(String holder) {
      super("it is still mounted elsewhere");
      this.holder = holder;
    }

    /** Which process holds it, in words; empty if none is known. */
    String holder() {
      return holder;
    }
  }

  /**
   * @param entry the mount
   */
  UnmountOnce(MountEntry entry) {
    this.entry = entry;
  }

  /**
   * @throws HeldException if the filesystem stays mounted elsewhere for {@link #KERNEL_TIMEOUT}
   * @throws IOException if the unmount has failed
   */
  @Override
  public void accept(Json.JsonObject item) throws IOException {
    if (item.has("durable")) {
      // The kernel writes its dirty pages first, which may take minutes. Meanwhile the daemon's
      // lines must be read, or it would give this command up.
      FutureTask<Void> task =
          new FutureTask<>(
              () -> {
                Unmounter.unmount(entry, Unmounter.Mode.PLAIN);
                return null;
              });
      unmount = task;
      Thread thread = new Thread(task, "umount");
      thread.setDaemon(true);
      thread.start();
    }
    await(POLL);
    if (isUnmounted
        && item.has("held_by")
        && System.nanoTime() - unmountedNanos > KERNEL_TIMEOUT.toNanos()) {
      throw new HeldException(item.text("held_by"));
    }
  }

  /** Whether the unmount has succeeded. */
  boolean isUnmounted() {
    return isUnmounted;
  }

  /**
   * Waits a while for the end of the unmount.
   *
   * @throws IOException if it has failed
   */
  void await(Duration atMost) throws IOException {
    FutureTask<Void> task = unmount;
    if (task == null || isUnmounted) {
      return;
    }
    try {
      task.get(atMost.toMillis(), TimeUnit.MILLISECONDS);
      isUnmounted = true;
      unmountedNanos = System.nanoTime();
    } catch (TimeoutException later) {
      LOG.trace("{} is not unmounted yet", entry.mountPoint());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while unmounting");
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof IOException why) {
        throw why;
      }
      throw new IOException(failed.getCause());
    }
  }
}
