// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.device.filter.FirstZones;
import zonefsj.device.filter.TracingZonedDevice;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.HostException;
import zonefsj.fs.LostChanges;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.ThreadGuard;
import zonefsj.fs.VolumeOptions;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.volume.recovery.Recovery;
import zonefsj.fs.volume.stored.ScrubRecord;
import zonefsj.fs.volume.stored.SuperblockEntry;
import zonefsj.zonemgr.ZoneState;
import zonefsj.zonemgr.ZoneStream;

/** A mounted volume. Thread-safe. */
public final class Volume implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(Volume.class);
  private static final int MOST_PERCENT = 100;

  private final CurrentOptions current;

  private final FirstZones device;
  private final VolumeAssembly parts;
  private final Quiescence quiescence;
  private boolean closed;

  private Volume(FirstZones device, CurrentOptions current, VolumeAssembly parts) {
    this.device = device;
    this.current = current;
    this.parts = parts;
    this.quiescence = new Quiescence(parts, current);
  }

  /**
   * Mounts a drive.
   *
   * @throws IOException with one clear line if it holds no filesystem, or a damaged one; nothing is
   *     written then
   */
  public static Volume mount(ZonedDevice device, VolumeOptions options, ProgressListener progress)
      throws IOException {
    return mount(device, options, VolumeEnvironment.of(options), progress);
  }

  /** Mounts a drive in an environment that the caller chooses. */
  public static Volume mount(
      ZonedDevice rawDevice,
      VolumeOptions options,
      VolumeEnvironment environment,
      ProgressListener progress)
      throws IOException {
    return mount(rawDevice, options, environment, facts -> facts, progress);
  }

  /**
   * Mounts a drive, and changes label or UUID with the first superblock entry of the mount. A crash
   * before that entry is durable leaves the old ones.
   *
   * @param names returns the facts of mkfs with the names changed
   */
  public static Volume mount(
      ZonedDevice rawDevice,
      VolumeOptions options,
      VolumeEnvironment environment,
      UnaryOperator<SuperblockEntry.Facts> names,
      ProgressListener progress)
      throws IOException {
    TracingZonedDevice traced = new TracingZonedDevice(rawDevice);
    FirstZones device = new FirstZones(traced);
    Recovery.Recovered recovered =
        new Recovery(device, environment.stores(), progress).run(!options.readOnly());
    ThreadGuard guard = new ThreadGuard();
    ExecutorService flushers = null;
    MetadataStore index = recovered.index();
    boolean mounted = false;
    try {
      if (environment.background()) {
        flushers = BackgroundWork.flushers(guard);
      }
      CurrentOptions current = new CurrentOptions(options);
      VolumeAssembly parts =
          new VolumeAssembly(
              device, traced, current, environment, names, recovered, guard, flushers);
      index = parts.index;
      Volume volume = new Volume(device, current, parts);
      volume.start(recovered, progress);
      mounted = true;
      return volume;
    } finally {
      if (!mounted) {
        if (flushers != null) {
          flushers.shutdownNow();
        }
        index.close();
      }
    }
  }

  private void start(Recovery.Recovered recovered, ProgressListener progress) throws IOException {
    recovered.notes().forEach(parts.health::report);
    if (current.get().readOnly()) {
      return;
    }
    // The cut of a torn tail becomes durable before anything else is written.
    if (recovered.journal().segments().size() < SuperblockEntry.MAX_SEGMENTS || !mergeSegments()) {
      parts.journal.begin();
    }
    device.flush();
    parts.drive.allocator().finishBeyondLimit();
    if (recovered.lacksCheckpoint()) {
      // Nobody knows which zones hold its parts: until then no zone that nothing names is reset.
      takeIfHostAllows();
    }
    // At once: mounts that crash before their collector runs must not use up the free zones.
    parts.emptying.resetForMount(progress);
    if (recovered.lacksCheckpoint() && parts.checkpointer.checkpoints() == 0) {
      // There may have been no zone for it before.
      takeIfHostAllows();
    } else if (recovered.journalHasHoles() || parts.checkpoints.losesMetadata()) {
      // Only the index knows what was in the journal's dead zones; of an image there is one copy.
      takeIfHostAllows();
    }
    parts.orphans.run(progress);
    parts
        .drive
        .allocator()
        .reserveForNextMount(parts.superblockLog.current().facts().journalCopies());
    if (parts.background != null) {
      parts.background.start();
      // Only now: until this call, a thread that needs a commit makes it itself.
      parts.requests.serve();
    }
  }

  /**
   * Copies a journal of many segments into few, which the entries name again: mounts that end
   * before a checkpoint each add one, and there is a limit to what an entry can name.
   *
   * @return false if that is not possible now; the journal is as before
   */
  private boolean mergeSegments() throws IOException {
    parts.superblockLog.holdBack();
    boolean isCopied = false;
    try {
      parts.journal.mergeSegments();
      device.flush();
      isCopied = true;
    } catch (IOException failed) {
      if (DeviceException.isFinal(failed)) {
        throw failed;
      }
      LOG.warn("the segments of the journal are not merged yet", failed);
    } finally {
      parts.superblockLog.release();
    }
    if (isCopied) {
      parts.journal.nextSegment();
    }
    return isCopied;
  }

  /**
   * Takes a checkpoint if the host allows it. The mount continues with its index, and tries it
   * again.
   */
  private void takeIfHostAllows() throws IOException {
    try {
      parts.checkpoints.take();
    } catch (HostException host) {
      LOG.warn("the checkpoint that the mount needs waits for the host", host);
    }
  }

  /** The filesystem. */
  public ZoneFileSystem fileSystem() {
    return parts.fileSystem;
  }

  /** UUID of the filesystem. */
  public UUID uuid() {
    return identity().uuid();
  }

  /** UUID, label and format version of the filesystem. */
  public VolumeIdentity identity() {
    return VolumeIdentity.of(parts.superblockLog.current());
  }

  /** The options of the mount, with the values of now. */
  public VolumeOptions options() {
    return current.get().withReadOnly(current.get().readOnly() || parts.health.isFrozen());
  }

  /**
   * Changes the options that can change on a live mount: {@link VolumeOptions.Live}.
   *
   * @throws IllegalArgumentException if the reserve of the collector would change: space is divided
   *     at mount time
   */
  public synchronized void set(VolumeOptions.Live wanted) {
    if (wanted.gc().reserveZones() != current.get().gc().reserveZones()) {
      throw new IllegalArgumentException("the reserve cannot change: " + wanted);
    }
    // First: it refuses what cannot be.
    parts.memory.changeLimit(wanted.dirtyBytes());
    current.change(wanted);
    parts.collector.configure(wanted.gc());
  }

  /**
   * Refuses changes from now on, makes all earlier ones durable, and stops the collector: the mount
   * turns read-only. Does nothing if it was mounted read-only.
   *
   * @throws IOException if not all could be made durable; changes are refused all the same
   */
  public void freeze() throws IOException, ErrnoException {
    quiescence.freeze();
  }

  /**
   * Admits changes again, and deletes the orphans that lost their last handle meanwhile.
   *
   * @throws ErrnoException EROFS if it was mounted read-only, or turned read-only by an error
   */
  public void thaw() throws ErrnoException {
    quiescence.thaw();
  }

  /**
   * Refuses changes from now on, with EIO, makes all earlier ones durable, stores what a mount of
   * the drive would have to replay, and stops the collector; then lets go of the drive. Until
   * {@link #resume}, a close of the volume writes nothing.
   *
   * @param ejection closes the drive
   * @throws IOException if not all could be made durable, or the drive is still in use: changes are
   *     admitted again
   */
  public synchronized void suspend(Ejection ejection) throws IOException, ErrnoException {
    if (closed) {
      throw new IOException("the filesystem is being unmounted");
    }
    quiescence.suspend(ejection);
  }

  /** Lets go of the drive of a volume that is suspended. */
  @FunctionalInterface
  public interface Ejection {
    /**
     * Lets go of it.
     *
     * @throws IOException if the drive is in use as before
     */
    void eject() throws IOException;
  }

  /**
   * Admits changes again after {@link #suspend}, if they are not refused for another reason. Does
   * nothing when the volume is closed.
   */
  public synchronized void resume() {
    if (!closed) {
      quiescence.resume();
    }
  }

  /**
   * The changes that were not synced and are lost when the volume is closed, or were when it was;
   * empty if none are. They are read until then.
   */
  public Optional<LostChanges> lostChanges() {
    return parts.committer.lostChanges();
  }

  /**
   * Whether nothing can be made durable: it was mounted read-only, or an error turned it read-only.
   */
  public boolean isReadOnly() {
    return parts.health.isReadOnly();
  }

  /** Collects every zone that is worth it, now. */
  public void runGc(ProgressListener progress) throws IOException {
    runGc(MOST_PERCENT, () -> true, progress);
  }

  /**
   * Collects every zone that is worth it, now, or until so many are free.
   *
   * @param untilFreePercent ends as soon as this share of the zones is free, in per cent
   * @param goOn asked before each step; the collection ends when it returns false
   * @return whether it has come to its end
   */
  public boolean runGc(int untilFreePercent, BooleanSupplier goOn, ProgressListener progress)
      throws IOException {
    return parts.byCommand.collectAll(parts.committer, untilFreePercent, goOn, progress);
  }

  /**
   * Rewrites in the order of the file what lies scattered on the drive. Small writes that wait for
   * the next checkpoint have no place there yet.
   *
   * @param goOn asked before each step; it ends when it returns false
   */
  public Defragmented defragment(BooleanSupplier goOn, ProgressListener progress)
      throws IOException {
    return Defragmented.of(parts.defragmenter.run(goOn, progress));
  }

  /**
   * Verifies all checksums; resumes an earlier scrub that was stopped.
   *
   * @param bytesPerSecond limit; 0 for none
   * @param startOver whether to start from the beginning
   * @param goOn asked repeatedly; the scrub stops when it returns false
   */
  public ScrubRecord scrub(
      long bytesPerSecond, boolean startOver, BooleanSupplier goOn, ProgressListener progress)
      throws IOException {
    return parts.scrubber.run(bytesPerSecond, startOver, goOn, progress);
  }

  /** Number of known lost ranges of files, found in this mount or earlier ones. */
  public long lostRanges() throws IOException {
    parts.lost.settle();
    return parts.lost.count();
  }

  /** Looks for failed zones now, and moves their readable data. */
  public void checkForFailedZones() throws IOException {
    parts.watch.lookAtAll();
    parts.emptying.emptyPriorityVictims();
    parts.watch.replaceSuperblockZone();
  }

  /** Moves the data that wait because a copy of the drive has them wrong. */
  public void repairCopies() throws IOException {
    boolean hasMore = true;
    while (hasMore) {
      hasMore = parts.copyRepair.doWork();
    }
  }

  /** Replaces damaged parts of journal and checkpoint, and takes a checkpoint. */
  public void renewMetadata() throws IOException {
    parts.metadataScrub.run(bytes -> {}, ProgressListener.NONE, () -> true);
    checkpoint();
  }

  /** Lists all lost extents, and makes the list durable. */
  public void listLostData() throws IOException {
    parts.liveExtents.listLost(() -> true);
    parts.lostData.save();
  }

  /**
   * Takes the zones into use that the drive has beyond those of the filesystem. After a crash at
   * any moment, the filesystem has its old or its new number of zones.
   *
   * @param erase whether to reset new zones that hold something
   * @param goOn asked before each reset; when it returns false, the number of zones stays
   * @return number of zones before
   * @throws IOException if the drive has no more zones, they cannot be used, the filesystem is
   *     read-only, or the number of zones is being changed already; the number is then as before
   */
  public int grow(boolean erase, BooleanSupplier goOn, ProgressListener progress)
      throws IOException {
    return parts.resize.grow(erase, goOn, progress);
  }

  /** As {@link #grow(boolean, BooleanSupplier, ProgressListener)}, to the end. */
  public int grow(boolean erase) throws IOException {
    return grow(erase, () -> true, ProgressListener.NONE);
  }

  /** Whether the number of zones is being changed now. */
  public boolean isResized() {
    return parts.resize.isRunning();
  }

  /**
   * Empties the last zones and gives them up. After a crash at any moment, the filesystem has its
   * old or its new number of zones.
   *
   * @param zones number of zones that the filesystem keeps
   * @param goOn asked repeatedly; when it returns false, the filesystem keeps all its zones
   * @return number of zones before
   * @throws IOException if the data do not fit these zones, cannot be moved, the filesystem is
   *     read-only, {@code goOn} ended it, or the number of zones is being changed already; the
   *     number is then as before
   */
  public int shrink(int zones, BooleanSupplier goOn, ProgressListener progress) throws IOException {
    return parts.resize.shrink(zones, goOn, progress);
  }

  /** Takes a checkpoint now. */
  public void checkpoint() throws IOException {
    parts.committer.commit();
    parts.checkpoints.take();
  }

  /**
   * Reports how much of a checkpoint is written, also while the volume is being closed.
   *
   * @return false if none is being written
   */
  public boolean tellCheckpoint(ProgressListener progress) {
    return parts.checkpointer.tellProgress(progress);
  }

  /** Bytes of file data that were written to zones before their batch was sealed, so far. */
  public long placedEarlyBytes() {
    return parts.earlyPlacement.placedBytes();
  }

  /** The state at this instant. */
  public VolumeStatus status() {
    return parts.status.of(
        parts.collector.snapshot(),
        parts.log.commits(),
        parts.checkpointer.checkpoints(),
        parts.scrubber.describe());
  }

  /** What it has counted since the mount, and what it holds now. Costs no pass over the zones. */
  public VolumeCounters counters() {
    return parts.counters();
  }

  /** A picture of all zones, which costs one pass over them and no access to the drive. */
  public ZoneMap zoneMap() {
    return ZoneMap.of(parts.drive, parts.clock.millis());
  }

  /** The geometry of the drive. */
  public DeviceGeometry geometry() {
    return device.geometry();
  }

  /** All zones as the drive reports them and the volume uses them. */
  public List<ZoneView> zones() throws IOException {
    List<ZoneView> views = new ArrayList<>();
    List<ZoneDescriptor> report = device.report(0, device.geometry().zoneCount());
    // Afterwards: it knows every zone of a filesystem that grows meanwhile.
    List<ZoneState> states = parts.drive.allocator().states();
    for (ZoneDescriptor zone : report) {
      ZoneState state = states.get(zone.index());
      String role =
          zone.condition() == ZoneCondition.EMPTY
              ? "free"
              : ZoneWords.ROLES.get(ZoneWords.roleOf(state));
      ZoneStream stream = state.stream();
      boolean data = stream != null && stream.isData();
      long live = data ? parts.drive.usage().liveBytes(zone.index()) : zone.writtenBytes();
      views.add(new ZoneView(zone, role, live));
    }
    return views;
  }

  /** Makes everything durable and releases the drive, which the caller closes. Idempotent. */
  @Override
  public void close() throws IOException {
    // Who holds the lock may be waiting for the drive.
    parts.patience.end();
    closeOnce();
  }

  private synchronized void closeOnce() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    UnmountWatch watch = new UnmountWatch();
    try {
      makeDurableAndRelease();
    } finally {
      watch.close();
    }
  }

  private void makeDurableAndRelease() throws IOException {
    parts.scrubber.stop();
    parts.collector.stop();
    parts.resize.stop();
    try {
      if (parts.background != null) {
        parts.background.stop();
      }
      if (!parts.health.isReadOnly() && !parts.health.isSuspended()) {
        parts.unmount.makeDurable();
      }
    } finally {
      parts.unmount.release();
    }
  }

  /** Releases everything and writes nothing, as after a power loss. For tests. */
  public synchronized void abandon() throws IOException {
    if (!closed) {
      closed = true;
      parts.patience.end();
      parts.scrubber.stop();
      parts.collector.stop();
      parts.resize.stop();
      if (parts.background != null) {
        parts.background.stop();
      }
      parts.index.close();
    }
  }
}
