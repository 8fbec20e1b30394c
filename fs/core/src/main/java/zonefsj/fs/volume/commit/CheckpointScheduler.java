// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import java.io.IOException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.DeviceException;
import zonefsj.fs.HostException;
import zonefsj.fs.VolumeOptions.ErrorPolicy;
import zonefsj.fs.data.ChunkWriter;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.volume.commit.CheckpointWriter.Keeping;
import zonefsj.fs.volume.state.AdaptiveReserves;
import zonefsj.fs.volume.state.SpaceAccount;
import zonefsj.fs.volume.state.SpacePlan;
import zonefsj.fs.volume.state.VolumeClock;
import zonefsj.fs.volume.state.VolumeHealth;
import zonefsj.fs.volume.stored.SuperblockEntry;
import zonefsj.journal.Journal;
import zonefsj.zonemgr.ZoneAllocator;
import zonefsj.zonemgr.ZoneStream;

/**
 * Takes the checkpoints that are due, beside the commits; {@link CheckpointTriggers} decide when.
 * Commits wait while a part of the staged data moves to zones, while the journal begins a new
 * segment and while the superblock entry is written, but not while the image is stored. The journal
 * grows meanwhile; when it has used half of its growth beyond the limit, commits wait for the
 * image.
 *
 * <p>Thread-safe. The lock is taken before the commit lock, never after it.
 */
public final class CheckpointScheduler {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointScheduler.class);

  /** A segment shorter than this part of the journal's limit stays open over a checkpoint. */
  private static final int SHORT_SEGMENTS_IN_LIMIT = 4;

  /** Also a segment without records is followed by a new one. */
  private static final long ANY_LENGTH = -1;

  /** Free zones beyond all reserves that allow the journal to begin another zone early. */
  private static final int SPARE_ZONES = 4;

  private final ZoneAllocator allocator;

  private final Journal journal;
  private final SpacePlan plan;
  private final AdaptiveReserves reserves;
  private final VolumeHealth health;
  private final VolumeClock clock;
  private final CheckpointTriggers triggers;
  private final CommitLog log;
  private final IndexBackpressure backpressure;
  private final BatchCommitter batches;
  private final CheckpointWriter checkpointer;
  private final StagedDataPass stagedData;
  private final IndexCompaction compaction;
  private final Supplier<ErrorPolicy> errors;
  private final ReentrantLock lock = new ReentrantLock();

  /** Asks a background thread for {@link #takeIfDue}; null if there is none. */
  private volatile @Nullable Runnable request;

  private volatile boolean running;

  /** Compacts the index, if it finds that useful; whether it did. */
  @FunctionalInterface
  private interface Compaction {
    boolean run() throws IOException;
  }

  private final RefusedWriters refused = new RefusedWriters();

  /**
   * @param allocator knows the failed zones
   * @param index of which images are taken
   * @param journal that a checkpoint shortens
   * @param plan how long the journal may be
   * @param space reserves the zones that the index needs, and lets commits stage data
   * @param health receives reports of checkpoints that wait
   * @param clock measures intervals
   * @param log whose commit lock an image needs when it begins and when it is installed
   * @param backpressure what the index on the host has not taken
   * @param batches makes durable what an image is to contain
   * @param checkpointer stores the images
   * @param stagedData moves staged data to zones before an image
   * @param errors whether the mount goes on when a checkpoint fails
   */
  public CheckpointScheduler(
      ZoneAllocator allocator,
      MetadataStore index,
      Journal journal,
      SpacePlan plan,
      SpaceAccount space,
      VolumeHealth health,
      VolumeClock clock,
      CommitLog log,
      IndexBackpressure backpressure,
      BatchCommitter batches,
      CheckpointWriter checkpointer,
      StagedDataMover stagedData,
      Supplier<ErrorPolicy> errors) {
    this.allocator = allocator;
    this.reserves = space.reserves();
    this.compaction = new IndexCompaction(index, journal, plan, reserves, clock, batches);
    this.journal = journal;
    this.plan = plan;
    this.health = health;
    this.clock = clock;
    this.log = log;
    this.backpressure = backpressure;
    this.batches = batches;
    this.checkpointer = checkpointer;
    this.errors = errors;
    this.stagedData = new StagedDataPass(log, journal, plan, space, batches, stagedData);
    this.triggers =
        new CheckpointTriggers(
            allocator,
            journal,
            plan,
            reserves,
            clock,
            backpressure,
            batches,
            checkpointer,
            compaction);
  }

  /**
   * Lets a background thread take the checkpoints that are due; null: the thread that commits does.
   */
  public void takeInBackground(@Nullable Runnable ask) {
    request = ask;
  }

  /**
   * Runs a commit and keeps the journal short: while an image is stored and the journal is far
   * above its limit, the commit waits for the image; after the commit, the checkpoint that is due
   * is taken, or asked for. Called without the commit lock.
   */
  void runCommit(CommitLog.Step commit) throws IOException {
    awaitImage();
    commit.run();
    takeAfterCommit();
  }

  /** {@link #runCommit Runs a commit} that holds the commit lock. */
  void commitBy(CommitLog.Step commit) throws IOException {
    runCommit(() -> log.commitBy(commit));
  }

  /**
   * Proves the last commit; see {@link CommitLog#prove}. Called without the commit lock.
   *
   * @return false if nothing can be proven, because a commit failed before
   */
  public boolean prove() throws IOException {
    boolean[] isProven = {false};
    runCommit(() -> isProven[0] = log.prove());
    return isProven[0];
  }

  private void awaitImage() {
    if (running && journal.lengthBytes() > plan.journalBytesWithImage()) {
      awaitEndOfImage();
    } else {
      awaitImageWithLastZones();
    }
  }

  /**
   * Waits for the image that is being stored if it has taken the last zones of the collector: they
   * come back when it ends.
   *
   * @return false if there is no such image
   */
  boolean awaitImageWithLastZones() {
    boolean waits = running && checkpointer.hasTakenLast();
    if (waits) {
      awaitEndOfImage();
    }
    return waits;
  }

  private void awaitEndOfImage() {
    lock.lock();
    try {
      LOG.debug("waited for a checkpoint");
    } finally {
      lock.unlock();
    }
  }

  private void takeAfterCommit() {
    if (health.isReadOnly() || !triggers.isDue()) {
      return;
    }
    Runnable ask = request;
    // A checkpoint must replace lost journal data at once.
    if (ask == null || journal.hasUncoveredZoneFailure()) {
      takeAtOnce();
    } else {
      ask.run();
    }
  }

  private void takeAtOnce() {
    try {
      takeIfDue();
    } catch (IOException failed) {
      // What it means for later changes is noted where it failed; it changes nothing about this
      // one.
      LOG.warn("the commit is durable, and a checkpoint waits: {}", failed.getMessage());
    }
  }

  /**
   * Takes a checkpoint if it is still due.
   *
   * @throws HostException if the host does not take an image of the index; it is tried again
   */
  public void takeIfDue() throws IOException {
    lock.lock();
    try {
      if (triggers.isDue()) {
        takeLocked();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Takes a checkpoint now, of everything that is durable. */
  public void take() throws IOException {
    lock.lock();
    try {
      takeLocked();
    } finally {
      lock.unlock();
    }
  }

  /** Takes a checkpoint unless the newest one contains everything that is durable. */
  public void takeUnlessDone() throws IOException {
    lock.lock();
    try {
      if (!checkpointer.contained().equals(journal.end())) {
        takeLocked();
      }
    } finally {
      lock.unlock();
    }
  }

  /** How often the index was compacted since the mount. */
  long compactions() {
    return compaction.count();
  }

  /**
   * Compacts the index if that makes it shorter, and takes a checkpoint of it, unless that was done
   * meanwhile, or was just done and little was deleted since: on a full drive each refused writer
   * asks for it.
   *
   * @param seenCompactions {@link #compactions} before the caller committed what it had changed
   * @param seenShrinks {@link #shrinks} after that
   */
  void shrinkIndexSince(long seenCompactions, long seenShrinks) throws IOException {
    lock.lock();
    try {
      if (compaction.count() != seenCompactions || refused.served() != seenShrinks) {
        return;
      }
      refused.serve();
      boolean isCompacted = compactIfItGains();
      if (isCompacted || (!checkpointer.contained().equals(journal.end()) && mayGain())) {
        takeLocked();
      }
    } finally {
      lock.unlock();
    }
  }

  private boolean mayGain() {
    return refused.mayGain(triggers.deletesSinceCheckpoint(), clock.elapsedMillis());
  }

  /** See {@link RefusedWriters#served}. */
  long shrinks() {
    return refused.served();
  }

  /** See {@link CheckpointTriggers#isHeldUp}. Takes no lock. */
  boolean isHeldUp() {
    return triggers.isHeldUp();
  }

  /** Whether the time has come to try an image again that the host failed. */
  public boolean isRetryDue() {
    return triggers.isRetryDue();
  }

  /**
   * Whether the journal or the newest image lies in a failed zone. One more fault may then lose it.
   */
  public boolean losesMetadata() {
    return triggers.losesMetadata();
  }

  private void takeLocked() throws IOException {
    long before = checkpointer.checkpoints();
    takeOnce(() -> true);
    if (checkpointer.checkpoints() > before && (compaction.isDue() || compaction.shortens())) {
      // A long index takes minutes, in which commits go on until the journal has grown as far as it
      // may. It is shortest now.
      takeOnce(this::compactOrLater);
    }
    if (checkpointer.checkpoints() > before && journal.hasUncoveredZoneFailure()) {
      // A zone of the journal failed meanwhile, perhaps when the segment behind the image began.
      takeOnce(() -> true);
    }
  }

  private boolean compactOrLater() throws IOException {
    try {
      return compaction.run();
    } catch (HostException host) {
      // The checkpoint is complete; only the index stays longer than it must be.
      LOG.warn("the index is compacted later: {}", host.getMessage());
      triggers.tryLater();
      return false;
    }
  }

  /** Compacts the index. Commits wait as for an image before the journal is too long. */
  private boolean compactIfItGains() throws IOException {
    running = true;
    try {
      return compaction.runIfItGains();
    } finally {
      running = false;
    }
  }

  /**
   * Takes a checkpoint.
   *
   * @param first runs before it; if it returns false, none is taken
   */
  private void takeOnce(Compaction first) throws IOException {
    running = true;
    triggers.tried();
    try {
      if (!first.run()) {
        return;
      }
      log.runExclusively(backpressure::drainNow);
      triggers.imageBegins();
      int zoneFailures = journal.zoneFailures();
      stagedData.run();
      log.runExclusively(this::prepare);
      reserves.imageBegins();
      CheckpointWriter.Image image = storeImage();
      log.runExclusively(() -> install(image, zoneFailures));
      checkpointer.resetUnused();
      reserves.imageWasStored();
      triggers.taken();
      backpressure.imageTaken();
    } catch (CheckpointWriter.NoZoneForCheckpointException | ChunkWriter.NoZoneException full) {
      // The journal still holds everything, and deleting must go on working. The next try comes
      // when waiting writers have made room for the share that the index needs.
      LOG.warn("a checkpoint waits: {}; {}", full.getMessage(), reserves.describe());
      backpressure.imageTaken();
      if (full instanceof CheckpointWriter.NoZoneForCheckpointException) {
        reserves.imageWasShort();
        triggers.imageWasShort();
      }
      triggers.tryLater();
      if (journal.lengthBytes() > 2 * plan.journalLimitBytes()) {
        health.report("a checkpoint waits: " + full.getMessage());
      }
    } catch (HostException host) {
      // The drive has everything, so the mount goes on as long as the journal may grow.
      triggers.tryLater();
      backpressure.imageFailed(host);
      throw host;
    } catch (IOException failed) {
      if (errors.get() == ErrorPolicy.CONTINUE && !DeviceException.isFinal(failed)) {
        triggers.tryLater();
        // The journal still holds everything; it grows as far as it may.
        backpressure.checkpointFailed(failed);
        return;
      }
      throw log.fail("a checkpoint failed", failed);
    } catch (RuntimeException | Error broken) {
      throw log.fail("a checkpoint broke down", broken);
    } finally {
      reserves.imageEnds(checkpointer.openRestBytes());
      running = false;
      triggers.ended();
      refused.checkpointEnded(triggers.triedMillis(), clock.elapsedMillis());
    }
  }

  /**
   * Makes an image the newest checkpoint. No commit is under way: a flush by either covers what the
   * other wrote, and if one fails, nothing that it should have covered counts.
   */
  private void install(CheckpointWriter.Image image, int zoneFailures) throws IOException {
    log.checkHealthy();
    log.flush();
    checkpointer.install(image, zoneFailures, log::flush);
    beginSegmentBehindImage();
  }

  /**
   * The head of the open segment names the checkpoint before the newest one, whose zones are reset
   * next. Without the superblock zones, a mount knows only what the newest head names.
   */
  private void beginSegmentBehindImage() throws IOException {
    try {
      if (!journal.renewSegment(ANY_LENGTH)) {
        if (allocator.freeDataZones() < SPARE_ZONES) {
          return;
        }
        journal.nextSegment();
      }
    } catch (IOException failed) {
      if (DeviceException.isFinal(failed)) {
        throw failed;
      }
      // The checkpoint is complete, and the next record begins a segment.
      LOG.warn("no journal segment could be begun behind a checkpoint", failed);
    }
    log.flush();
  }

  /** Makes durable what the image is to contain, and lets the journal go on behind it. */
  private void prepare() throws IOException {
    log.checkHealthy();
    batches.commitUnplaced();
    // Not at each of many tries: there is a limit to what a superblock entry can name.
    boolean mayGrow = journal.segments().size() <= SuperblockEntry.MAX_SEGMENTS;
    boolean gainsCopy = journal.isDegraded() && allocator.canAllocate(ZoneStream.JOURNAL, 1);
    if (mayGrow && (gainsCopy || journal.isIn(this::takesNoJournal))) {
      journal.nextSegment();
    } else {
      journal.renewSegment(plan.journalLimitBytes() / SHORT_SEGMENTS_IN_LIMIT);
    }
  }

  private boolean takesNoJournal(int zone) {
    return allocator.isFailed(zone) || allocator.isWithheld(zone);
  }

  /**
   * Stores an image. If its zones do not suffice, tries it with more files that stay where they
   * are, then of a compacted index, then without the zones of the newest one.
   */
  private CheckpointWriter.Image storeImage() throws IOException {
    CheckpointWriter.Image image = tryToStore(Keeping.USUAL);
    if (image == null && checkpointer.hasLeftForNext()) {
      image = tryToStore(Keeping.MOST);
    }
    // Then the whole index is in files, so its length is known.
    if (image == null && compaction.run()) {
      image = tryToStore(Keeping.USUAL);
    }
    return image == null ? checkpointer.store(Keeping.NOTHING) : image;
  }

  /** Returns null if there are too few zones. */
  private CheckpointWriter.@Nullable Image tryToStore(Keeping keeping) throws IOException {
    try {
      return checkpointer.store(keeping);
    } catch (CheckpointWriter.NoZoneForCheckpointException tooFew) {
      LOG.info("{}; {}", tooFew.getMessage(), reserves.describe());
      return null;
    }
  }
}
