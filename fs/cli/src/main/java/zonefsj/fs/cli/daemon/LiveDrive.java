// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.daemon;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.DeviceSource;
import zonefsj.device.Patience;
import zonefsj.device.ZonedDevice;
import zonefsj.device.cache.CachedZonedDevice;
import zonefsj.device.crypt.KeyHandover;
import zonefsj.device.filter.ReplaceableZonedDevice;
import zonefsj.device.mirror.MemberState;
import zonefsj.device.mirror.MirrorZonedDevice;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.device.spec.DeviceSpecException;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.ThreadGuard;
import zonefsj.fs.cli.drive.DriveOpener;
import zonefsj.fs.cli.host.UserError;
import zonefsj.fs.cli.terminal.ErrorLine;
import zonefsj.fs.volume.Volume;
import zonefsj.fs.volume.VolumeIdentity;

/**
 * The drive of a live mount: opens it again to grow, lets go of it or of members of its mirrors,
 * and takes them back. Thread-safe.
 */
final class LiveDrive implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(LiveDrive.class);

  /** How often it looks for an ejected drive: at first, and when it was away for long. */
  private static final long LOOK_MILLIS = 1000;

  private static final long MOST_LOOK_MILLIS = 30_000;

  /** How long a remount waits for who opens the drive at the moment. */
  private static final long MOST_WAIT_SECONDS = 60;

  private final MountRequest request;
  private final DriveOpener drives;
  private final ReplaceableZonedDevice device;
  private final Volume volume;

  /** Held while the drive is opened again, for which a change of options does not wait. */
  private final ReentrantLock opening = new ReentrantLock();

  /** The drive as it was opened last. */
  private volatile String spec;

  /** Looks for an ejected drive; null if there is none. */
  private volatile @Nullable Thread watcher;

  /** Whether the mount ends. */
  private volatile boolean closed;

  /**
   * @param request of the mount
   * @param drives opens the drive
   * @param device the drive
   * @param volume on it
   */
  LiveDrive(
      MountRequest request, DriveOpener drives, ReplaceableZonedDevice device, Volume volume) {
    this.request = request;
    this.drives = drives;
    this.device = device;
    this.volume = volume;
    this.spec = request.spec();
  }

  /** The drive as the user named it last. */
  String spec() {
    return spec;
  }

  /** The drive. It belongs to the mount. */
  ZonedDevice device() {
    return device;
  }

  /**
   * Opens the drive again, as the same or another SPEC, and takes all its zones into use.
   *
   * @param settings of {@link zonefsj.fs.cli.control.ControlRequest.Action#GROW}
   * @param goOn asked repeatedly; when it returns false, the number of zones stays
   * @return number of zones before
   */
  int grow(Map<String, String> settings, BooleanSupplier goOn, ProgressListener progress)
      throws IOException {
    begin();
    try {
      requireThere();
      openAgain(settings);
    } finally {
      opening.unlock();
    }
    return volume.grow(settings.containsKey("force"), goOn, progress);
  }

  private void begin() throws UserError {
    if (!opening.tryLock()) {
      throw beingResized();
    }
  }

  private static UserError beingResized() {
    return new UserError(
        "the number of zones is being changed already: wait until that has ended, or end it");
  }

  private void requireThere() throws UserError {
    if (device.isEjected()) {
      throw new UserError("the drive is ejected: 'mount -o remount' takes it back");
    }
  }

  /**
   * What keeps a cache may be needed to open the drive again.
   *
   * @param remedy what can be done instead
   */
  private void requireCaches(String remedy) throws UserError {
    if (CachedZonedDevice.isOffIn(device)) {
      throw new UserError(
          "a cache of the drive has failed, and the drive could not be opened again: " + remedy);
    }
  }

  private void openAgain(Map<String, String> settings) throws IOException {
    if (volume.isReadOnly() || volume.options().readOnly()) {
      throw new UserError("the filesystem is read-only: mount it with -o rw first");
    }
    String before = spec;
    String after = settings.getOrDefault("spec", before);
    if (DriveOpener.losesChanges(before) || DriveOpener.losesChanges(after)) {
      throw new UserError(
          "a drive that keeps changes in memory cannot grow: they end when it is opened again");
    }
    if (volume.isResized()) {
      throw beingResized();
    }
    try {
      DaemonMemory.of(
              new MountRequest(
                  after, request.mountPoint(), request.options(), false, false, request.logFile()))
          .checkProcess();
    } catch (UserError tooLittle) {
      throw new UserError(
          "a larger cache takes another mount: the memory of this one was set at its beginning",
          tooLittle);
    }
    if (after.equals(before)) {
      requireCaches("'zonefs-j grow DIR SPEC' with a SPEC without that cache continues");
    }
    try {
      // Later, neither drive could be opened without its key, and accesses would wait.
      KeyHandover.openAll(DeviceSpec.parse(after));
      KeyHandover.openAll(DeviceSpec.parse(before));
      // Before accesses have to wait for the new drive.
      volume.fileSystem().sync();
      String otherwise =
          after
              + " does not begin with the zones of the mounted drive: give that drive first, as in"
              + " concat(OLD,NEW)";
      device.replace(
          () -> {
            lookAt(after, otherwise);
            return inUse(ofThisFilesystem(() -> drives.openToGrow(after), otherwise));
          },
          () -> inUse(drives.openToWrite(before)));
    } catch (ReplaceableZonedDevice.DriveClosedException closed) {
      throw new UserError(
          ErrorLine.words(closed) + "; nothing can be read or written: unmount it", closed);
    } catch (IOException | ErrnoException refused) {
      throw new UserError(
          ErrorLine.words(refused) + "; the filesystem goes on with " + before, refused);
    }
    spec = after;
    LOG.info("the drive is now {}", after);
  }

  /**
   * Refuses another filesystem's drive before it is opened to grow, which would give it more zones.
   */
  private void lookAt(String spec, String otherwise) throws IOException {
    ZonedDevice seen;
    try {
      seen = drives.openToRead(spec);
    } catch (DeviceSpecException unmade) {
      // Its new part may be a mirror of empty drives, which is made when it grows.
      LOG.debug("{} cannot be looked at before it grows", spec, unmade);
      return;
    }
    ofThisFilesystem(() -> seen, otherwise).close();
  }

  private static ZonedDevice inUse(ZonedDevice device) {
    Patience.of(device).begin();
    return device;
  }

  /**
   * Two filesystems that were just made differ in their UUIDs only.
   *
   * @param otherwise the words for a drive that has another filesystem
   */
  private ZonedDevice ofThisFilesystem(DeviceSource source, String otherwise) throws IOException {
    UUID uuid = volume.uuid();
    ZonedDevice opened = source.open();
    boolean isSame = false;
    try {
      isSame =
          VolumeIdentity.probe(opened).map(VolumeIdentity::uuid).filter(uuid::equals).isPresent();
    } finally {
      if (!isSame) {
        opened.close();
      }
    }
    if (!isSame) {
      throw new UserError(otherwise);
    }
    return opened;
  }

  /** Lets go of a member of a mirror, by its SPEC. */
  void eject(String member) throws IOException, InterruptedException {
    requireThere();
    List<MirrorZonedDevice> mirrors = MirrorZonedDevice.in(device);
    for (MirrorZonedDevice mirror : mirrors) {
      if (mirror.eject(member)) {
        LOG.info("{} was ejected", member);
        return;
      }
    }
    throw new UserError(
        mirrors.isEmpty()
            ? "the drive is no mirror: 'zonefs-j eject DIR' lets go of the whole drive"
            : member
                + " is no member of a mirror here; give one of "
                + mirrors.stream()
                    .flatMap(mirror -> mirror.members().stream())
                    .map(MemberState::name)
                    .collect(Collectors.joining(", ")));
  }

  /**
   * Lets go of the drive when everything on it is durable. What needs it fails with EIO, until
   * {@link #takeBack}, or until it was pulled and is there again.
   */
  void eject() throws IOException, ErrnoException {
    if (DriveOpener.losesChanges(spec) || DriveOpener.isInMemory(spec)) {
      throw new UserError(
          "what the drive keeps in memory would end when it is closed: unmount it instead");
    }
    begin();
    try {
      requireThere();
      requireCaches("unmount it instead");
      // Later, it could not be opened without its key.
      KeyHandover.openAll(DeviceSpec.parse(spec));
      volume.suspend(this::closeDrive);
      LOG.info("{} is ejected", spec);
      lookForIt();
    } finally {
      opening.unlock();
    }
  }

  private void closeDrive() throws IOException {
    try {
      device.eject();
    } catch (IOException failed) {
      if (!device.isEjected()) {
        throw failed;
      }
      // It is closed again before it is taken back, and at the unmount.
      LOG.warn("{} cannot be closed", spec, failed);
    }
  }

  private void lookForIt() {
    Thread thread = ThreadGuard.LOGGING.thread("zonefsj-ejected", this::watch);
    watcher = thread;
    thread.start();
  }

  /** Takes back what was ejected: members of mirrors, the drive. */
  void takeBack() throws IOException, InterruptedException {
    if (!opening.tryLock(MOST_WAIT_SECONDS, TimeUnit.SECONDS)) {
      throw beingResized();
    }
    try {
      openEjected();
      MirrorZonedDevice.in(device).forEach(MirrorZonedDevice::admit);
    } finally {
      opening.unlock();
    }
  }

  private void openEjected() throws IOException {
    if (closed || !device.isEjected()) {
      return;
    }
    String same = spec;
    boolean isReadOnly = request.options().readOnly();
    String otherwise = same + " holds another filesystem";
    try {
      boolean isBack =
          device.takeBack(
              () -> ofThisFilesystem(() -> drives.openToRead(same), otherwise),
              () ->
                  inUse(
                      ofThisFilesystem(
                          () -> isReadOnly ? drives.openToRead(same) : drives.openToWrite(same),
                          otherwise)));
      if (isBack) {
        volume.resume();
        LOG.info("{} is in use again", same);
      }
    } catch (IOException refused) {
      throw new UserError(
          ErrorLine.words(refused)
              + "; the drive stays ejected: give it back as it was, or unmount",
          refused);
    }
  }

  /**
   * Takes the drive back when it was pulled and something is there again. What is there need not be
   * the file or the device of before: a drive that is plugged in gets a new one.
   */
  private void watch() {
    boolean wasPulled = false;
    long pauseMillis = LOOK_MILLIS;
    String said = "";
    try {
      while (device.isEjected() && Thread.currentThread().equals(watcher)) {
        Thread.sleep(pauseMillis);
        if (wasPulled) {
          said = tryToTakeBack(said);
          pauseMillis = Math.min(MOST_LOOK_MILLIS, pauseMillis + pauseMillis / 8);
        } else {
          wasPulled = device.isPulled();
        }
      }
    } catch (InterruptedException unmounted) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * @param said why it could not be taken back before: that is logged once
   * @return why it cannot be taken back now
   */
  private String tryToTakeBack(String said) throws InterruptedException {
    opening.lockInterruptibly();
    try {
      openEjected();
      return "";
    } catch (IOException refused) {
      String why = ErrorLine.words(refused);
      if (!why.equals(said)) {
        LOG.info("{} cannot be taken back yet: {}", spec, why);
      }
      return why;
    } finally {
      opening.unlock();
    }
  }

  /** From now on nothing is opened. An ejection that is in progress is waited for by the volume. */
  @Override
  public void close() {
    closed = true;
    Thread searching = watcher;
    if (searching != null) {
      searching.interrupt();
    }
  }
}
