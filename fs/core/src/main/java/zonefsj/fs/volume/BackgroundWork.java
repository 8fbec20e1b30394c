// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.Patience;
import zonefsj.fs.HostException;
import zonefsj.fs.ThreadGuard;
import zonefsj.fs.data.DirtyMemory;
import zonefsj.fs.volume.commit.CheckpointScheduler;
import zonefsj.fs.volume.commit.CommitLog;
import zonefsj.fs.volume.commit.CommitRequests;
import zonefsj.fs.volume.commit.Committer;
import zonefsj.fs.volume.commit.LostDataCommitter;
import zonefsj.fs.volume.operations.LargeDeletions;
import zonefsj.fs.volume.operations.OpenFiles;
import zonefsj.fs.volume.reclaim.CollectionInBackground;
import zonefsj.fs.volume.reclaim.CopyRepair;
import zonefsj.fs.volume.scrub.Scrubber;
import zonefsj.fs.volume.scrub.ZoneWatch;
import zonefsj.fs.volume.state.VolumeHealth;

/**
 * The threads of a volume: one commits by the timer and on demand, one takes checkpoints, one
 * collects, moves data away from wrong copies and watches the zones, one deletes files of very many
 * extents, and a few write full write buffers to zones.
 */
final class BackgroundWork {
  private static final Logger LOG = LoggerFactory.getLogger(BackgroundWork.class);
  private static final long GC_PAUSE_MILLIS = 200;
  private static final int MAX_FLUSHERS = 4;
  private static final long AWAY_MILLIS = 1000;
  private static final long NANOS_PER_MILLI = 1_000_000;

  /**
   * After this time without a commit the last commit is proven, so that one damaged block after a
   * crash does not make a mount doubt it.
   */
  private static final long PROVE_AFTER_MILLIS = 1000;

  private final DirtyMemory memory;
  private final VolumeHealth health;
  private final CommitLog log;
  private final Committer committer;
  private final CommitRequests requests;
  private final Patience patience;
  private final LostDataCommitter lostData;
  private final CheckpointScheduler checkpoints;
  private final CollectionInBackground inBackground;
  private final CopyRepair copyRepair;
  private final ZoneWatch watch;
  private final Scrubber scrubber;
  private final @Nullable ExecutorService flushers;
  private final @Nullable ExecutorService callers;
  private final CommitLog.Step afterPause;
  private final Supplier<Duration> commitInterval;
  private final WriteTraffic traffic;
  private final Thread commitThread;
  private final Thread checkpointThread;
  private final Thread gcThread;
  private final LargeDeletions deletions;
  private final Thread deletionThread;
  private final ThreadTermination end;
  private final Semaphore checkpointIsDue = new Semaphore(0);
  private volatile boolean stopping;

  /**
   * @param patience of the drive
   * @param afterPause runs when changes are admitted again after a pause
   * @param commitInterval the timer makes changes durable that are older than this
   * @param deleteOrphan deletes an inode for {@code deletions}
   * @param elapsedMillis milliseconds since some instant
   */
  BackgroundWork(
      DirtyMemory memory,
      VolumeHealth health,
      CommitLog log,
      Committer committer,
      CommitRequests requests,
      Patience patience,
      LostDataCommitter lostData,
      CheckpointScheduler checkpoints,
      CollectionInBackground inBackground,
      CopyRepair copyRepair,
      ZoneWatch watch,
      CommitLog.Step afterPause,
      LargeDeletions deletions,
      OpenFiles.Inodes deleteOrphan,
      Scrubber scrubber,
      WriteTraffic traffic,
      Supplier<Duration> commitInterval,
      ThreadGuard guard,
      @Nullable ExecutorService flushers,
      @Nullable ExecutorService callers,
      LongSupplier elapsedMillis) {
    this.memory = memory;
    this.health = health;
    this.log = log;
    this.committer = committer;
    this.requests = requests;
    this.patience = patience;
    this.lostData = lostData;
    this.checkpoints = checkpoints;
    this.inBackground = inBackground;
    this.copyRepair = copyRepair;
    this.watch = watch;
    this.scrubber = scrubber;
    this.traffic = traffic;
    this.flushers = flushers;
    this.callers = callers;
    this.afterPause = afterPause;
    this.deletions = deletions;
    this.deletionThread = guard.thread("zonefsj-delete", () -> deletions.run(deleteOrphan));
    this.commitInterval = commitInterval;
    this.commitThread = guard.thread("zonefsj-commit", this::commitLoop);
    this.checkpointThread = guard.thread("zonefsj-checkpoint", this::checkpointLoop);
    this.end = new ThreadTermination(health, elapsedMillis);
    this.gcThread = guard.thread("zonefsj-gc", this::gcLoop);
  }

  /** Threads that write full write buffers. */
  static ExecutorService flushers(ThreadGuard guard) {
    AtomicInteger number = new AtomicInteger();
    ThreadFactory threads = task -> guard.thread("zonefsj-flush-" + number.incrementAndGet(), task);
    int count = Math.min(MAX_FLUSHERS, Math.max(2, Runtime.getRuntime().availableProcessors()));
    return new ThreadPoolExecutor(
        count, count, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), threads);
  }

  void start() {
    patience.begin();
    commitThread.start();
    checkpoints.takeInBackground(checkpointIsDue::release);
    checkpointThread.start();
    gcThread.start();
    deletionThread.start();
  }

  private void commitLoop() {
    long dueNanos = nextCommitNanos();
    long seen = log.commits();
    long seenNanos = System.nanoTime();
    while (!stopping) {
      try {
        // The interval may have become shorter.
        dueNanos = Math.min(dueNanos - seenNanos, nextCommitNanos() - seenNanos) + seenNanos;
        long leftMillis = (dueNanos - System.nanoTime()) / NANOS_PER_MILLI;
        boolean requested = requests.await(Math.min(leftMillis, PROVE_AFTER_MILLIS));
        if (stopping) {
          return;
        }
        long nextNanos = dueNanos;
        BooleanSupplier isDue = () -> stopping || System.nanoTime() - nextNanos >= 0;
        boolean isRelieved = requested && requests.relieve(isDue);
        if (stopping) {
          return;
        }
        if (isDue.getAsBoolean() || (requested && !isRelieved)) {
          dueNanos = nextCommitNanos();
          committer.commit();
          if (!health.isQuiet()) {
            lostData.saveIfDue();
          }
        }
        log.drainToIndex();
        if (checkpoints.isRetryDue()) {
          checkpointIsDue.release();
        }
        long now = log.commits();
        if (now != seen) {
          seen = now;
          seenNanos = System.nanoTime();
        } else if (!isRelieved
            && !health.isSuspended()
            && System.nanoTime() - seenNanos >= PROVE_AFTER_MILLIS * NANOS_PER_MILLI) {
          checkpoints.prove();
          seenNanos = System.nanoTime();
        }
      } catch (InterruptedException stopped) {
        return;
      } catch (IOException failed) {
        // A later fsync reports the error, or a later commit succeeds.
        LOG.error("background commit failed", failed);
        if (health.isReadOnly()) {
          return;
        }
      }
    }
  }

  private long nextCommitNanos() {
    return System.nanoTime() + Math.max(NANOS_PER_MILLI, commitInterval.get().toNanos());
  }

  private void checkpointLoop() {
    while (!stopping) {
      try {
        checkpointIsDue.acquire();
        checkpointIsDue.drainPermits();
        if (!stopping && !health.isSuspended()) {
          checkpoints.takeIfDue();
        }
      } catch (InterruptedException stopped) {
        return;
      } catch (HostException host) {
        LOG.warn("a checkpoint waits: {}", host.getMessage());
        if (health.isReadOnly()) {
          return;
        }
      } catch (IOException failed) {
        LOG.error("background checkpoint failed", failed);
        if (health.isReadOnly()) {
          return;
        }
      }
    }
  }

  private void gcLoop() {
    while (!stopping) {
      try {
        if (health.isSuspended()) {
          Thread.sleep(GC_PAUSE_MILLIS);
          continue;
        }
        watch.step();
        traffic.sampleIfDue();
        // Not on the commit thread: this waits for room in memory, which a commit makes.
        if (health.hasResumed()) {
          afterPause.run();
        }
        if (patience.isExhausted()) {
          // It could read nothing, and say so each time.
          Thread.sleep(AWAY_MILLIS);
          continue;
        }
        boolean repairs = copyRepair.doWork();
        if (health.isQuiet() || !(inBackground.doWork() || repairs)) {
          scrubber.survey();
          Thread.sleep(GC_PAUSE_MILLIS);
        } else {
          TimeUnit.NANOSECONDS.sleep(inBackground.pauseNanos());
        }
      } catch (InterruptedException stopped) {
        return;
      } catch (IOException failed) {
        health.report("the collector failed: " + failed.getMessage());
        LOG.error("the collector failed", failed);
        try {
          Thread.sleep(GC_PAUSE_MILLIS);
        } catch (InterruptedException stopped) {
          return;
        }
      }
    }
  }

  /**
   * Stops the threads, and waits until they have ended. The caller commits pending changes.
   *
   * @throws IOException if the volume is read-only, and writes do not end
   */
  void stop() throws IOException {
    stopping = true;
    deletions.stop();
    requests.wake();
    checkpoints.takeInBackground(null);
    checkpointIsDue.release();
    try {
      end.await(commitThread);
      // Threads that wait for a commit now would wait forever.
      memory.stopWaiting();
      end.await(checkpointThread);
      end.await(gcThread);
      end.await(deletionThread);
      if (flushers != null) {
        flushers.shutdown();
        end.await("zonefsj-flush", flushers);
      }
      if (callers != null) {
        callers.shutdown();
        end.await("zonefsj-call", callers);
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while stopping", interrupted);
    }
  }
}
