// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.daemon;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.ThreadGuard;
import zonefsj.fs.cli.host.MountEntry;
import zonefsj.fs.cli.host.MountInfo;
import zonefsj.fs.cli.host.Unmounter;
import zonefsj.fs.fuse.FuseMount;
import zonefsj.fs.fuse.FuseMountException;
import zonefsj.fs.fuse.MountEnd;
import zonefsj.fs.volume.Volume;

/**
 * Answers a signal (SIGTERM, SIGINT) to the daemon with a clean, durable unmount. On a signal Java
 * runs a hook, and the process ends after the hook. So the hook ends the mount and waits until the
 * main thread has closed everything.
 *
 * <p>Threading: the hook's thread, the main thread, and the thread that notices that the command
 * was canceled; the monitor guards all state.
 */
final class Shutdown {
  private static final Logger LOG = LoggerFactory.getLogger(Shutdown.class);
  private static final Duration POLL = Duration.ofMillis(500);
  private static final int EXIT_FAILED = 1;

  private enum Stage {
    /** Nothing is mounted: the process may end at any time, as in a crash. */
    PREPARING,
    /** The kernel is mounting. */
    MOUNTING,
    /** The filesystem is mounted. */
    LIVE,
    /** The filesystem is not mounted any more, and everything is closed. */
    FINISHED
  }

  private final CountDownLatch finished = new CountDownLatch(1);
  private Stage stage = Stage.PREPARING;
  private boolean requested;
  private boolean abandoned;
  private int exitCode = EXIT_FAILED;
  private @Nullable FuseMount mount;
  private @Nullable Volume volume;

  /** Installs the hook for signals. */
  void install() {
    Runtime.getRuntime()
        .addShutdownHook(
            ThreadGuard.LOGGING.requestThreads("zonefsj-shutdown").newThread(this::onSignal));
  }

  /**
   * Call this before the request to the kernel.
   *
   * @throws IOException if the end was requested already
   */
  synchronized void mounting() throws IOException {
    if (requested) {
      throw new IOException("interrupted before anything was mounted");
    }
    stage = Stage.MOUNTING;
  }

  /** Call this when the filesystem is mounted. */
  synchronized void live(FuseMount liveMount, Volume liveVolume) {
    mount = liveMount;
    volume = liveVolume;
    stage = Stage.LIVE;
    notifyAll();
  }

  /** Call this when everything is closed; the process may end. */
  synchronized void finished(int code) {
    exitCode = code;
    stage = Stage.FINISHED;
    notifyAll();
    finished.countDown();
  }

  /** Waits until the mount has ended, or could not be ended and is abandoned. */
  MountEnd awaitEnd(FuseMount live) throws InterruptedException {
    while (true) {
      MountEnd end = live.awaitEnd(POLL);
      if (end != null) {
        return end;
      }
      synchronized (this) {
        if (abandoned) {
          return new MountEnd(
              MountEnd.Cause.ABORTED, live.mountPoint() + " was in use and is left to itself");
        }
      }
    }
  }

  /** Whether the end was requested. */
  synchronized boolean isRequested() {
    return requested;
  }

  /** Ends the mount as a signal does. Ends the process if nothing is mounted yet. */
  void request() {
    Stage reached;
    synchronized (this) {
      requested = true;
      try {
        while (stage == Stage.MOUNTING) {
          wait();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      reached = stage;
    }
    if (reached == Stage.PREPARING) {
      // The work in progress is as safe against this as against a power loss.
      LOG.info("given up before anything was mounted");
      Runtime.getRuntime().halt(EXIT_FAILED);
    }
    if (reached == Stage.LIVE) {
      end();
    }
  }

  private void onSignal() {
    // If this fails, the main thread may still end the mount in order.
    ThreadGuard.LOGGING.task("the answer to a signal", this::request).run();
    try {
      finished.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    // Without this, the process would end with the exit code of a signal.
    Runtime.getRuntime().halt(exitCode());
  }

  private synchronized int exitCode() {
    return exitCode;
  }

  private void end() {
    FuseMount live;
    Volume liveVolume;
    synchronized (this) {
      live = mount;
      liveVolume = volume;
    }
    if (live == null || liveVolume == null) {
      return;
    }
    try {
      live.unmount();
    } catch (FuseMountException e) {
      LOG.warn("told to end while in use: {}", e.getMessage());
      endInUse(live, liveVolume);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Ends a mount that is in use: makes written data durable, detaches the mount, and breaks the
   * connection. Programs that still use the mount get errors from then on.
   */
  private void endInUse(FuseMount live, Volume liveVolume) {
    try {
      liveVolume.fileSystem().sync();
    } catch (IOException | ErrnoException e) {
      LOG.error("not everything could be made durable at the end", e);
    }
    try {
      Optional<MountEntry> entry =
          MountInfo.read()
              .at(live.mountPoint())
              .filter(there -> there.device().equals(live.device()));
      if (entry.isPresent()) {
        Unmounter.unmount(entry.orElseThrow(), Unmounter.Mode.LAZY);
      }
    } catch (IOException e) {
      LOG.error("{} could not be taken out of the directory tree", live.mountPoint(), e);
    }
    try {
      live.abort();
    } catch (FuseMountException e) {
      // The connection breaks when the process ends, which follows now.
      LOG.debug("{}", e.getMessage());
      synchronized (this) {
        abandoned = true;
      }
    }
  }
}
