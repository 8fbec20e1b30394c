// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.ByteSize;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;
import zonefsj.device.filter.FirstZones;
import zonefsj.fs.PassProgress;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.data.ChunkWriter;
import zonefsj.fs.volume.commit.CheckpointScheduler;
import zonefsj.fs.volume.commit.CheckpointWriter;
import zonefsj.fs.volume.commit.CommitLog;
import zonefsj.fs.volume.commit.Committer;
import zonefsj.fs.volume.reclaim.CollectionForRoom;
import zonefsj.fs.volume.reclaim.VolumeCollector;
import zonefsj.fs.volume.reclaim.ZoneEmptying;
import zonefsj.fs.volume.state.DriveZones;
import zonefsj.fs.volume.state.SpaceAccount;
import zonefsj.fs.volume.state.SpacePlan;
import zonefsj.fs.volume.state.VolumeHealth;
import zonefsj.fs.volume.stored.SuperblockEntry;
import zonefsj.fs.volume.stored.SuperblockFinder;
import zonefsj.fs.volume.stored.SuperblockLog;
import zonefsj.journal.Journal;
import zonefsj.zonemgr.ShortLastZone;
import zonefsj.zonemgr.ZoneState;
import zonefsj.zonemgr.ZoneState.Use;
import zonefsj.zonemgr.ZoneStream;

/**
 * Changes the number of zones of a mounted filesystem. The superblock entry of a checkpoint says
 * the new number, so a crash leaves the old or the new one: new zones are written only after that
 * entry is durable, and zones that are given up are empty before it is written.
 *
 * <p>Thread-safe; one change at a time.
 */
final class VolumeResize {
  private static final Logger LOG = LoggerFactory.getLogger(VolumeResize.class);

  /** A shrink is given up when it has emptied no zone for so long and so many rounds. */
  private static final long FRUITLESS_NANOS = 120_000_000_000L;

  private static final int FRUITLESS_ROUNDS = 32;

  /** After so many rounds without an emptied zone, the room of writers does not count any more. */
  private static final int PATIENT_ROUNDS = 8;

  /** The collector may be in need of several zones at once. */
  private static final int VICTIMS_OF_ROUND = 4;

  private static final long ROUND_MILLIS = 50;

  private static final long TELL_NANOS = 500_000_000;

  private final FirstZones device;
  private final DriveZones drive;
  private final Journal journal;
  private final CommitLog log;
  private final SuperblockLog superblockLog;
  private final SpaceAccount space;
  private final VolumeHealth health;
  private final ChunkWriter chunks;
  private final Committer committer;
  private final CheckpointScheduler checkpoints;
  private final CheckpointWriter checkpointer;
  private final VolumeCollector collector;
  private final CollectionForRoom forRoom;
  private final ZoneEmptying emptying;
  private final int collectorReserve;

  /** Held by a change while it runs. */
  private final ReentrantLock changing = new ReentrantLock();

  private long toldNanos;
  private volatile boolean stopping;

  /** Whether the last change failed, and its number may be on the drive and stays. */
  private boolean numberIsKept;

  /**
   * @param device the zones of the filesystem
   * @param collectorReserve zones for the collector alone, at least
   */
  VolumeResize(
      FirstZones device,
      DriveZones drive,
      Journal journal,
      CommitLog log,
      SuperblockLog superblockLog,
      SpaceAccount space,
      VolumeHealth health,
      ChunkWriter chunks,
      Committer committer,
      CheckpointScheduler checkpoints,
      CheckpointWriter checkpointer,
      VolumeCollector collector,
      CollectionForRoom forRoom,
      ZoneEmptying emptying,
      int collectorReserve) {
    this.device = device;
    this.drive = drive;
    this.journal = journal;
    this.log = log;
    this.superblockLog = superblockLog;
    this.space = space;
    this.health = health;
    this.chunks = chunks;
    this.committer = committer;
    this.checkpoints = checkpoints;
    this.checkpointer = checkpointer;
    this.collector = collector;
    this.forRoom = forRoom;
    this.emptying = emptying;
    this.collectorReserve = collectorReserve;
  }

  /** See {@link Volume#grow}. */
  int grow(boolean erase, BooleanSupplier goOn, ProgressListener progress) throws IOException {
    return change(() -> growNow(erase, goOn, progress));
  }

  /** See {@link Volume#shrink}. */
  int shrink(int zones, BooleanSupplier goOn, ProgressListener progress) throws IOException {
    return change(() -> shrinkNow(zones, goOn, progress));
  }

  /** Runs one change at a time. A shrink can take hours: nobody waits for its end. */
  private int change(Change change) throws IOException {
    if (!changing.tryLock()) {
      throw new IOException(
          "the number of zones is being changed already: wait until that has ended, or end it");
    }
    try {
      return change.run();
    } finally {
      changing.unlock();
    }
  }

  /** A change of the number of zones; returns the number before. */
  @FunctionalInterface
  private interface Change {
    int run() throws IOException;
  }

  private int growNow(boolean erase, BooleanSupplier goOn, ProgressListener progress)
      throws IOException {
    checkWritable();
    DeviceGeometry whole = device.delegate().geometry();
    int before = device.geometry().zoneCount();
    int after = whole.zoneCount();
    if (after <= before) {
      throw new IOException(
          "the drive has "
              + after
              + " zones, and the filesystem uses all: make it longer first, or give a SPEC with another drive behind it");
    }
    long failedBytes = drive.allocator().failedBytes();
    List<ZoneDescriptor> report = device.delegate().report(0, after);
    SpacePlan plan = plan(whole, report);
    // A last zone that was too short may be longer now.
    boolean wasShort =
        drive.allocator().state(before - 1).use() == Use.TOO_SHORT
            || drive.allocator().isWithheld(before - 1);
    int first = wasShort ? before - 1 : before;
    List<ZoneDescriptor> added = usable(report.subList(first, after), erase, goOn, progress);
    // Whoever sees a new zone finds it everywhere: the number comes last.
    drive.usage().grow(Math.max(after, drive.usage().zoneCount()));
    drive.allocator().addZones(added, ShortLastZone.isIn(report));
    collector.zonesAdded();
    device.limitTo(after);
    boolean done = false;
    try {
      changeZoneCount(after);
      done = true;
    } finally {
      if (!done) {
        device.limitTo(before);
      }
    }
    drive.allocator().admit(first, after);
    space.setPlan(plan, failedBytes);
    collector.zoneCountChanged();
    LOG.info("the filesystem has grown from {} to {} zones", before, after);
    return before;
  }

  private int shrinkNow(int zones, BooleanSupplier goOn, ProgressListener progress)
      throws IOException {
    checkWritable();
    SuperblockEntry entry = superblockLog.current();
    int before = device.geometry().zoneCount();
    if (zones >= before) {
      throw new IOException(
          "the filesystem has "
              + before
              + " zones, and is to keep fewer than that, not "
              + zones
              + ": give less");
    }
    checkKeepsSuperblock(zones, entry);
    SpacePlan old = space.plan();
    long failedBefore = space.failedBeforePlan();
    long failedBytes = drive.allocator().failedBytes();
    SpacePlan plan = smallerPlan(zones, entry.facts().journalCopies());
    // What was deleted counts only after a commit.
    committer.commit();
    // From now on new data find the space of the smaller filesystem.
    space.setPlan(plan, failedBytes);
    numberIsKept = false;
    boolean done = false;
    try {
      checkFits(zones);
      empty(zones, before, goOn, progress);
      changeZoneCount(zones);
      done = true;
    } finally {
      if (done || numberIsKept) {
        device.limitTo(zones);
        collector.zoneCountChanged();
      } else {
        drive.allocator().admit(zones, before);
        space.setPlan(old, failedBefore);
      }
    }
    LOG.info("the filesystem has shrunk from {} to {} zones", before, zones);
    return before;
  }

  /** Whether a change is running. */
  boolean isRunning() {
    return changing.isLocked();
  }

  /** Ends a change after its current step, and begins no other. Waits until it has ended. */
  void stop() {
    stopping = true;
    changing.lock();
    try {
      LOG.debug("the number of zones stays as it is");
    } finally {
      changing.unlock();
    }
  }

  private void checkWritable() throws IOException {
    if (stopping) {
      throw new IOException("the filesystem is being unmounted");
    }
    if (health.isQuiet()) {
      throw new IOException(
          "the filesystem is read-only"
              + (health.readOnlyReason().isEmpty() ? "" : ": " + health.readOnlyReason()));
    }
  }

  private static void checkKeepsSuperblock(int zones, SuperblockEntry entry) throws IOException {
    boolean keepsLog =
        entry.facts().superblockZones().stream().allMatch(superblock -> superblock < zones);
    if (!keepsLog || zones < SuperblockFinder.SUPERBLOCK_SEARCH_ZONES) {
      throw new IOException(
          "the filesystem needs more than "
              + zones
              + " zones, because the superblock is in the first ones: give more");
    }
  }

  private SpacePlan smallerPlan(int zones, int journalCopies) throws IOException {
    DeviceGeometry now = device.geometry();
    List<ZoneDescriptor> report = device.report(0, zones);
    // A mount must accept it as mkfs would.
    SpacePlan.of(now, report, journalCopies);
    return plan(now, report);
  }

  private SpacePlan plan(DeviceGeometry geometry, List<ZoneDescriptor> report) throws IOException {
    return SpacePlan.ofFormatted(geometry, report, superblockLog.current().facts().journalCopies())
        .withCollectorZones(collectorReserve)
        .continuing(space.plan());
  }

  /** Checks that new zones can be used, and returns what the drive says of them then. */
  private List<ZoneDescriptor> usable(
      List<ZoneDescriptor> added, boolean erase, BooleanSupplier goOn, ProgressListener progress)
      throws IOException {
    for (ZoneDescriptor zone : added) {
      boolean isLast = zone.index() == added.get(added.size() - 1).index();
      boolean isSmall = zone.capacityBytes() < space.plan().zoneCapacityBytes();
      boolean takesData = zone.type() != ZoneType.CONVENTIONAL && !isFailed(zone);
      if (takesData && isSmall && !isLast) {
        throw new IOException(
            "zone "
                + zone.index()
                + " of the drive holds "
                + zone.capacityBytes()
                + " bytes, and those of the filesystem hold "
                + space.plan().zoneCapacityBytes());
      }
      if (isWritten(zone) && !erase) {
        throw new IOException(
            "zone "
                + zone.index()
                + " of the drive is not empty; with --force it is, and all behind it are, emptied");
      }
    }
    PassProgress pass =
        new PassProgress(
            progress,
            "resetting new zones",
            added.stream().filter(VolumeResize::isWritten).count());
    for (ZoneDescriptor zone : added) {
      if (isWritten(zone)) {
        if (stopping || !goOn.getAsBoolean()) {
          throw new IOException("it was interrupted; the filesystem keeps its number of zones");
        }
        device.delegate().reset(zone.index());
        pass.add(1);
      }
    }
    return device.delegate().report(added.get(0).index(), added.size());
  }

  private static boolean isFailed(ZoneDescriptor zone) {
    return zone.condition() == ZoneCondition.OFFLINE || zone.condition() == ZoneCondition.READ_ONLY;
  }

  private static boolean isWritten(ZoneDescriptor zone) {
    return zone.condition().isActive() || zone.condition() == ZoneCondition.FULL;
  }

  private void checkFits(int zones) throws IOException {
    if (space.freeBytes() <= 0) {
      throw new IOException(
          "the files do not fit "
              + zones
              + " zones, which take "
              + ByteSize.approximate(space.totalBytes())
              + "; delete "
              + ByteSize.approximate(space.lackingBytes())
              + " first");
    }
  }

  private void changeZoneCount(int zones) throws IOException {
    checkWritable();
    int before = superblockLog.current().facts().zoneCount();
    numberIsKept = false;
    log.runExclusively(() -> superblockLog.setZoneCount(zones));
    boolean written = false;
    try {
      checkpoints.take();
      written = superblockLog.current().facts().zoneCount() == zones;
    } finally {
      if (!written) {
        log.runExclusively(() -> setBack(zones, before));
      }
    }
    if (!written) {
      throw new IOException("there was no room for a checkpoint, or it failed; try again later");
    }
    // A segment of the journal may have brought the entry, and the checkpoint was not installed.
    log.runExclusively(log::flush);
  }

  /**
   * A number that may be on the drive stays if it is the smaller one, because nothing may be
   * written behind it. New zones are written only after a success, so a larger number may be there
   * or not.
   */
  private void setBack(int zones, int before) {
    numberIsKept = zones < before && superblockLog.zoneCountMayBeOnDrive();
    if (!numberIsKept) {
      superblockLog.setZoneCount(before);
    }
  }

  private void empty(int from, int to, BooleanSupplier goOn, ProgressListener progress)
      throws IOException {
    BooleanSupplier mayGoOn = () -> !stopping && goOn.getAsBoolean();
    int withheld = to;
    int least = Integer.MAX_VALUE;
    long gainedNanos = System.nanoTime();
    int fruitless = 0;
    while (true) {
      withheld = withholdMore(from, withheld, fruitless >= PATIENT_ROUNDS);
      int first = withheld;
      // Also a zone that a writer took before it was withheld.
      chunks.closeZones(zone -> zone >= first);
      committer.commit();
      emptying.emptyPriorityVictims(
          () -> {
            if (System.nanoTime() - toldNanos > TELL_NANOS) {
              tell(from, to, progress);
            }
            return mayGoOn.getAsBoolean();
          });
      committer.commit();
      emptying.resetEmptied(mayGoOn);
      if (holdsMetadata(first, to)) {
        checkpoints.take();
      }
      int left = tell(from, to, progress) + withheld - from;
      if (left == 0) {
        return;
      }
      checkGoesOn(goOn);
      if (left < least) {
        least = left;
        gainedNanos = System.nanoTime();
        fruitless = 0;
      } else if (fruitless >= FRUITLESS_ROUNDS
          && System.nanoTime() - gainedNanos > FRUITLESS_NANOS) {
        throw new IOException(
            left + " zones cannot be emptied, the first is zone " + firstOccupied(from, to));
      } else {
        fruitless++;
        makeRoom();
      }
    }
  }

  /**
   * Withholds zones from the end on, as many as leave the room that was promised to writers.
   *
   * @param anyway also zones whose room was promised: writers take all room that the collector
   *     makes, and accepted data may use its reserve. Those of journal and checkpoints stay
   * @return the first withheld zone
   */
  private int withholdMore(int from, int withheld, boolean anyway) {
    int first = withheld;
    int free = 0;
    long room = 0;
    while (first > from) {
      ZoneState zone = drive.allocator().state(first - 1);
      boolean takesData = zone.use() != Use.FILLED && zone.use() != Use.CONVENTIONAL;
      free += zone.use() == Use.FREE ? 1 : 0;
      room += takesData ? zone.capacityBytes() - zone.writtenBytes() : 0;
      boolean isReserved =
          zone.use() == Use.FREE && !drive.allocator().canAllocate(ZoneStream.GC, free);
      if (isReserved || (!anyway && takesData && !space.hasRoomFor(room))) {
        break;
      }
      first--;
    }
    if (first < withheld) {
      drive.allocator().withhold(first);
    }
    return first;
  }

  /** Frees zones for what is still in the others, and keeps them from the writers. */
  private void makeRoom() throws IOException {
    space.reserves().refillCollectorReserveAnyway();
    int collected = 0;
    while (collected < VICTIMS_OF_ROUND && forRoom.collect()) {
      collected++;
    }
    if (collected == 0) {
      pause();
    }
  }

  /** Shows the progress; returns the number of zones left. Looks at each zone. */
  private int tell(int from, int to, ProgressListener progress) {
    toldNanos = System.nanoTime();
    int left = occupied(from, to);
    progress.progress("emptying zones", to - from - left, to - from);
    return left;
  }

  private void checkGoesOn(BooleanSupplier goOn) throws IOException {
    if (!goOn.getAsBoolean()) {
      throw new IOException("it was interrupted; the filesystem keeps all its zones");
    }
    checkWritable();
  }

  /** A reader may still use a zone, or another thread may be about to reset it. */
  private static void pause() throws IOException {
    try {
      Thread.sleep(ROUND_MILLIS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IOException("it was interrupted; the filesystem keeps all its zones", interrupted);
    }
  }

  private boolean holdsMetadata(int from, int to) {
    for (int zone = from; zone < to; zone++) {
      ZoneStream stream = drive.allocator().state(zone).stream();
      boolean servesMetadata = stream == ZoneStream.JOURNAL || stream == ZoneStream.CHECKPOINT;
      if (servesMetadata && isOccupied(zone)) {
        return true;
      }
    }
    return false;
  }

  private int occupied(int from, int to) {
    int count = 0;
    for (int zone = from; zone < to; zone++) {
      count += isOccupied(zone) ? 1 : 0;
    }
    return count;
  }

  private int firstOccupied(int from, int to) {
    int zone = from;
    while (zone < to - 1 && !isOccupied(zone)) {
      zone++;
    }
    return zone;
  }

  /** Whether a zone holds something, or something that nothing needs any more. */
  private boolean isOccupied(int zone) {
    ZoneState state = drive.allocator().state(zone);
    return switch (state.use()) {
      case FREE, TOO_SHORT, CONVENTIONAL -> false;
      case READ_ONLY, OFFLINE ->
          !drive.usage().isReclaimable(zone) || journal.liesIn(zone) || checkpointer.liesIn(zone);
      case HANDLE, PARTIAL, FILLED, CHANGING -> true;
    };
  }
}
