package zonefsj.fs.volume;

import java.io.IOException;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.VolumeOptions;
import zonefsj.gc.ExtentOwner.NoSpaceForRelocationException;
import zonefsj.gc.GarbageCollector;
import zonefsj.gc.GcSettings;
import zonefsj.gc.GcSnapshot;
import zonefsj.gc.VictimPolicies;
import zonefsj.gc.VictimPolicy;

/**
 * Lets one thread at a time drive the collector: the background thread step by step, a writer that
 * waits for room, or a user who wants it now.
 */
final class VolumeCollector {
  private static final Logger LOG = LoggerFactory.getLogger(VolumeCollector.class);

  /** 50 MB/s: about what a collector on a slow drive frees. */
  private static final long SLOWEST_NANOS_PER_BYTE = 20;

  private final VolumeParts parts;
  private final Committer committer;
  private final GarbageCollector collector;
  private final ReentrantLock lock = new ReentrantLock();
  private volatile boolean stopping;

  VolumeCollector(
      VolumeParts parts,
      Relocator relocator,
      Committer committer,
      ContentWriter writer,
      VolumeOptions.GcOptions options) {
    this.parts = parts;
    this.committer = committer;
    this.collector =
        new GarbageCollector(
            parts.device(),
            parts.filesystem(),
            parts.allocator(),
            parts.usage(),
            relocator,
            settings(options),
            parts.clock(),
            () -> parts.clock().millis() - writer.lastWriteMillis());
  }

  private GcSettings settings(VolumeOptions.GcOptions options) {
    VictimPolicy background =
        options.policy() == VolumeOptions.GcPolicy.GREEDY
            ? VictimPolicies::greedy
            : VictimPolicies::costBenefit;
    VictimPolicy urgent =
        options.policy() == VolumeOptions.GcPolicy.COST_BENEFIT
            ? VictimPolicies::costBenefit
            : VictimPolicies::greedy;
    int zones = parts.device().geometry().zoneCount();
    return new GcSettings(
        background,
        urgent,
        Math.max(2, zones * options.startPercent() / 100),
        Math.max(1, zones * options.urgentPercent() / 100),
        options.bytesPerSecond(),
        options.idleDelay().toMillis());
  }

  void configure(VolumeOptions.GcOptions options) {
    collector.settings(settings(options));
  }

  GcSnapshot snapshot() {
    return collector.snapshot();
  }

  /** One step of the background thread; false if there is nothing to do. */
  boolean doWork() throws IOException {
    lock.lock();
    try {
      return collector.doWork();
    } catch (NoSpaceForRelocationException none) {
      collector.abandon(none);
      return false;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Frees a zone for a writer that waits, or waits while another thread does.
   *
   * @return false if nothing can be freed
   */
  boolean makeRoom() throws InterruptedException {
    if (!lock.tryLock()) {
      lock.lockInterruptibly();
      lock.unlock();
      return true;
    }
    try {
      // What is dead since the last commit can be freed only after the next.
      committer.commit();
      return collector.collectOne();
    } catch (NoSpaceForRelocationException none) {
      collector.abandon(none);
      return false;
    } catch (IOException failed) {
      LOG.error("the collector failed while a writer waited for room", failed);
      return false;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Slows a writer down when free zones are few: not at all at the urgent mark, to {@link
   * #SLOWEST_NANOS_PER_BYTE} when none is left, in proportion between; so that writers meet a
   * slope, not a cliff, while the collector catches up.
   */
  void pace(long bytes) {
    int urgent = collector.settings().urgentZones();
    int missing = urgent - parts.allocator().freeDataZones();
    if (missing > 0) {
      LockSupport.parkNanos(bytes * SLOWEST_NANOS_PER_BYTE * missing / urgent);
    }
  }

  /** Frees what a crash left of journal and data that nothing names. */
  void resetEmptied() {
    lock.lock();
    try {
      collector.resetEmptied();
    } finally {
      lock.unlock();
    }
  }

  /** Empties the zones that are dying. */
  void evacuate() throws IOException {
    lock.lock();
    try {
      collector.evacuateDying();
    } catch (NoSpaceForRelocationException none) {
      collector.abandon(none);
    } finally {
      lock.unlock();
    }
  }

  /** Ends what is being collected after its step, and begins nothing any more. */
  void stop() {
    stopping = true;
    collector.stop();
    // The step may still be at work.
    lock.lock();
    try {
      LOG.debug("the collector has stopped");
    } finally {
      lock.unlock();
    }
  }

  private void checkOpen() throws IOException {
    if (stopping) {
      throw new IOException("the collection stops: the filesystem is being unmounted");
    }
  }

  /**
   * Collects every zone that is worth it.
   *
   * @throws IOException also if the volume is closed meanwhile: it goes on after the next mount
   */
  void collectAll(ProgressListener progress) throws IOException {
    int limit;
    lock.lock();
    try {
      checkOpen();
      committer.commit();
      // Bounded by what is worth it now: what is moved may look no better than what it came from.
      limit = collector.worthCollecting() + 1;
    } finally {
      lock.unlock();
    }
    for (int done = 0; done < limit; done++) {
      lock.lock();
      try {
        checkOpen();
        if (!collector.collectOneWorthIt()) {
          checkOpen();
          return;
        }
      } catch (NoSpaceForRelocationException none) {
        collector.abandon(none);
        return;
      } finally {
        lock.unlock();
      }
      progress.progress("collecting zones", done + 1L, limit);
    }
  }
}
