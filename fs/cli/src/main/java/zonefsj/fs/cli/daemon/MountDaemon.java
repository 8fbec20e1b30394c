// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.daemon;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.DevicePart;
import zonefsj.device.LatencyCounts;
import zonefsj.device.StackedDevice;
import zonefsj.device.ZonedDevice;
import zonefsj.device.filter.ReplaceableZonedDevice;
import zonefsj.fs.LostChanges;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.ThreadGuard;
import zonefsj.fs.VolumeOptions;
import zonefsj.fs.cli.control.ControlServer;
import zonefsj.fs.cli.control.MountStatus;
import zonefsj.fs.cli.drive.DriveOpener;
import zonefsj.fs.cli.drive.IndexPlace;
import zonefsj.fs.cli.host.Directories;
import zonefsj.fs.cli.host.LiveMount;
import zonefsj.fs.cli.host.MountEntry;
import zonefsj.fs.cli.host.MountInfo;
import zonefsj.fs.cli.host.MountUsers;
import zonefsj.fs.cli.host.UserError;
import zonefsj.fs.cli.host.Utab;
import zonefsj.fs.cli.host.UuidLock;
import zonefsj.fs.cli.options.LiveOptionText;
import zonefsj.fs.cli.options.MetricsAddress;
import zonefsj.fs.cli.options.MountOptionText;
import zonefsj.fs.cli.options.UsageError;
import zonefsj.fs.cli.terminal.ErrorLine;
import zonefsj.fs.fuse.FuseMount;
import zonefsj.fs.fuse.FuseMountOptions;
import zonefsj.fs.fuse.FuseTransport;
import zonefsj.fs.fuse.MountEnd;
import zonefsj.fs.fuse.MountPointCheck;
import zonefsj.fs.monitor.MonitoredMount;
import zonefsj.fs.volume.Volume;
import zonefsj.fs.volume.VolumeCounters;
import zonefsj.fs.volume.VolumeIdentity;
import zonefsj.fs.volume.ZoneMap;
import zonefsj.fs.volume.stored.VolumeFormatException;

/** One mount from start to end. Used once, by the main thread of its own process. */
public final class MountDaemon {
  private static final Logger LOG = LoggerFactory.getLogger(MountDaemon.class);

  private final MountRequest request;
  private final Directories directories;
  private final DriveOpener drives;
  private final FuseTransport transport;
  private final Shutdown shutdown = new Shutdown();
  private final CompletableFuture<Void> closed = new CompletableFuture<>();
  private final LiveMonitor monitor;

  private @Nullable ControlServer server;

  /**
   * @param request what to mount
   * @param directories directories of the user who mounts
   * @param drives opens the drive
   * @param transport mounts the filesystem
   */
  public MountDaemon(
      MountRequest request, Directories directories, DriveOpener drives, FuseTransport transport) {
    this.request = request;
    this.directories = directories;
    this.drives = drives;
    this.transport = transport;
    this.monitor = new LiveMonitor(request.mountPoint(), directories.uid());
  }

  /** Ends the mount, or the attempt to mount. Thread-safe. */
  public void end() {
    shutdown.request();
  }

  /**
   * Mounts, waits until the filesystem is unmounted, and closes everything.
   *
   * @return the exit code of the process
   */
  public int run(StartupReport report) throws IOException, InterruptedException {
    shutdown.install();
    int exitCode = 1;
    try {
      HeldJars.hold();
      mountDrive(report);
      exitCode = 0;
    } catch (IOException e) {
      LOG.error("{} on {}: {}", request.spec(), request.mountPoint(), ErrorLine.words(e));
      LOG.debug("where that came from", e);
      report.failed(ErrorLine.words(e));
    } catch (RuntimeException | Error e) {
      LOG.error("{} on {} met an internal error", request.spec(), request.mountPoint(), e);
      report.failed(ErrorLine.words(e));
    } finally {
      monitor.close();
      closeServer();
      LOG.info("end, exit code {}", exitCode);
      shutdown.finished(exitCode);
    }
    return exitCode;
  }

  private void mountDrive(StartupReport report) throws IOException, InterruptedException {
    FuseMountOptions fuseOptions = fuseOptions();
    MountPointCheck.check(fuseOptions);
    DaemonMemory.of(request).checkProcess();
    SelfProtection.protect();
    Path index = request.options().indexDirectory();
    if (index != null) {
      IndexDirectoryCheck.check(index, request.mountPoint(), directories.uid());
    }
    Path runtime = directories.makePrivate(directories.runtime());
    checkOutside(runtime);
    LiveMount.removeStaleSockets(runtime);
    monitor.serveWhenPossible(request.options().metrics());
    try (ReplaceableZonedDevice device = new ReplaceableZonedDevice(openDrive(report))) {
      VolumeIdentity identity =
          VolumeIdentity.search(device, report)
              .orElseThrow(
                  () ->
                      new UserError(
                          request.spec()
                              + " holds no zonefs-j filesystem"
                              + remedy(request.spec())));
      checkReserve(device);
      String holder = request.spec() + " on " + request.mountPoint();
      try (UuidLock lock = UuidLock.take(runtime, identity.uuid(), holder)) {
        LOG.info("mounting {}, filesystem {}", holder, lock.uuid());
        mountVolume(device, identity, fuseOptions, report);
      }
    } catch (VolumeFormatException e) {
      throw DriveOpener.named(request.spec(), e);
    }
  }

  /**
   * With the key of another drive, a filesystem looks like none: the advice must not destroy it.
   */
  private static String remedy(String spec) {
    return spec.contains("crypt(")
        ? " that can be read with this key; is it the key of this drive?"
        : ": make one with 'zonefs-j mkfs " + spec + "'";
  }

  private ZonedDevice openDrive(ProgressListener progress) throws IOException {
    if (request.takeover()) {
      return drives.openToTakeOver(request.spec());
    }
    return drives.openToMount(
        request.spec(), request.options().readOnly(), request.format(), progress);
  }

  /** Refuses to cover what commands or the daemon would then not find any more. */
  private void checkOutside(Path runtime) throws IOException {
    IndexDirectoryCheck.checkOutside(
        "the control socket in " + runtime, runtime, request.mountPoint());
    if (!request.logFile().isEmpty()) {
      Path log = Path.of(request.logFile());
      IndexDirectoryCheck.checkOutside("the log " + log, log, request.mountPoint());
    }
  }

  /** Refuses a larger reserve, which would leave little space for files. */
  private void checkReserve(ZonedDevice device) throws UserError {
    int zones = device.geometry().zoneCount();
    int reserve = request.options().gc().reserveZones();
    if (reserve > zones / 2) {
      throw new UserError(
          "gc_reserve="
              + reserve
              + ": the drive has "
              + zones
              + " zones, give at most half of them");
    }
  }

  private FuseMountOptions fuseOptions() {
    return FuseMountOptions.of(request.mountPoint(), request.spec())
        .withReadOnly(request.options().readOnly())
        .withTransportOptions(request.options().transportOptions());
  }

  private void mountVolume(
      ReplaceableZonedDevice device,
      VolumeIdentity identity,
      FuseMountOptions fuseOptions,
      StartupReport report)
      throws IOException, InterruptedException {
    IndexPlace index = indexPlace(identity.uuid(), device);
    if (index != null && index.isTemporary()) {
      try (TemporaryIndex temporary = new TemporaryIndex(index.directory())) {
        LOG.debug("the index in {} is temporary", temporary);
        mountVolume(device, index.directory(), fuseOptions, report);
      }
    } else {
      mountVolume(device, index == null ? null : index.directory(), fuseOptions, report);
    }
  }

  private void mountVolume(
      ReplaceableZonedDevice device,
      @Nullable Path index,
      FuseMountOptions fuseOptions,
      StartupReport report)
      throws IOException, InterruptedException {
    Volume volume = open(device, index, report);
    Throwable failure = null;
    try {
      shutdown.mounting();
      FuseMount mount = transport.mount(volume.fileSystem(), fuseOptions);
      shutdown.live(mount, volume);
      try (LiveDrive drive = new LiveDrive(request, drives, device, volume)) {
        serve(new MountedVolume(volume, drive, mount, Instant.now()), report);
      }
    } catch (IOException | InterruptedException | RuntimeException | Error e) {
      failure = e;
      throw e;
    } finally {
      close(volume, failure);
    }
  }

  /** A record with impossible content does not know where it is, nor what to do. */
  private Volume open(ReplaceableZonedDevice device, @Nullable Path index, StartupReport report)
      throws IOException {
    try {
      return Volume.mount(device, request.options().volumeOptions(index), report);
    } catch (IOException e) {
      if (e.getClass() != IOException.class) {
        throw e;
      }
      throw new UserError(
          request.spec()
              + " cannot be mounted: "
              + ErrorLine.words(e)
              + "; 'zonefs-j fsck "
              + request.spec()
              + "' shows whether the drive is damaged",
          e);
    }
  }

  /** A new drive in memory has its index in memory, so that nothing stays on the host. */
  private @Nullable IndexPlace indexPlace(UUID uuid, ZonedDevice device) throws IOException {
    Path given = request.options().indexDirectory();
    boolean isNew = DriveOpener.isInMemory(request.spec());
    if (given == null && isNew) {
      return null;
    }
    Path usual = given == null ? directories.index().resolve(uuid.toString()) : given;
    // A look at a drive that may be an older one leaves the index there that could prove it.
    boolean isLook =
        request.options().readOnly() && !StackedDevice.mayBeOlderThan(device).isEmpty();
    if (isLook) {
      LOG.warn(
          "{} is missing and may have newer data; the index is temporary",
          StackedDevice.mayBeOlderThan(device));
    }
    IndexPlace place =
        IndexPlace.of(
            usual, uuid, device, !isNew && (isLook || DriveOpener.losesChanges(request.spec())));
    if (given == null) {
      IndexDirectoryCheck.checkOutside(
          "the index " + place.directory(), place.directory(), request.mountPoint());
    } else if (!place.directory().equals(given)) {
      IndexDirectoryCheck.check(place.directory(), request.mountPoint(), directories.uid());
    }
    directories.makeIndex(place.directory());
    return place;
  }

  private void serve(MountedVolume mounted, StartupReport report)
      throws IOException, InterruptedException {
    FuseMount mount = mounted.mount();
    boolean ended = false;
    try {
      MountEntry entry = entryOf(mount);
      LiveMount.removeFormerSockets(directories.runtime(), entry);
      Path socket = LiveMount.socketOf(directories.runtime(), entry, ProcessHandle.current().pid());
      ShownMount shown = new ShownMount(mounted);
      DaemonHandler handler =
          new DaemonHandler(
              mounted.volume(),
              () -> holder(mount, entry),
              shown,
              settings -> set(mounted.volume(), settings),
              mounted.drive(),
              closed);
      server =
          ControlServer.start(
              socket, handler, new ThreadGuard(mounted.volume().fileSystem()::turnReadOnly));
      Utab.enter(request.spec(), mount.mountPoint(), request.options().optionsForOthers());
      monitor.show(shown);
      report.ready();
      LOG.info("mounted with {}", options(mounted));
      MountEnd end = shutdown.awaitEnd(mount);
      ended = true;
      if (end.cause() == MountEnd.Cause.UNMOUNTED_BY_OTHERS && handler.isUnmountAsked()) {
        // The command unmounts with the rights of its user.
        end = new MountEnd(MountEnd.Cause.UNMOUNTED, mount.mountPoint() + " is unmounted as asked");
      }
      LOG.info("{}: {}", end.cause(), end.message());
      boolean broken = end.cause() == MountEnd.Cause.ABORTED && !shutdown.isRequested();
      if (broken || end.cause() == MountEnd.Cause.FAILED) {
        throw new IOException(end.message());
      }
    } finally {
      if (!ended) {
        mount.close();
      }
    }
  }

  private static MountEntry entryOf(FuseMount mount) throws IOException {
    return MountInfo.read()
        .at(mount.mountPoint())
        .filter(MountEntry::isOurs)
        .orElseThrow(
            () -> new IOException(mount.mountPoint() + " is not among the mounts of this process"));
  }

  private static Optional<String> holder(FuseMount mount, MountEntry entry) throws IOException {
    return mount.isConnected()
        ? Optional.of(MountUsers.ofFilesystem(entry.device()))
        : Optional.empty();
  }

  private Map<String, String> options(MountedVolume mounted) {
    return MountOptionText.describe(
        mounted.volume().options(),
        monitor.address(),
        mounted.mount().transport(),
        request.options().transportOptions());
  }

  /** Changes options: the address of metrics first, because only that can fail. */
  private synchronized void set(Volume volume, Map<String, String> settings) throws IOException {
    try {
      VolumeOptions.Live wanted = LiveOptionText.apply(volume.options().live(), settings);
      DaemonMemory.checkLive(request, wanted.dirtyBytes());
      String metrics = settings.get(LiveOptionText.METRICS);
      if (metrics != null) {
        monitor.serve(MetricsAddress.parse(metrics));
      }
      volume.set(wanted);
      LOG.info("changed options: {}", settings);
    } catch (UsageError e) {
      throw new UserError(e.getMessage(), e);
    }
  }

  private MountStatus status(MountedVolume mounted) {
    return new MountStatus(
        mounted.drive().spec(),
        request.mountPoint().toString(),
        mounted.since(),
        ProcessHandle.current().pid(),
        request.logFile(),
        options(mounted),
        monitor.failure(),
        DevicePart.of(mounted.drive().device()),
        mounted.volume().status());
  }

  /** Closes the volume and completes {@code closed}. An earlier failure takes precedence. */
  private void close(Volume volume, @Nullable Throwable failure) throws IOException {
    try {
      volume.close();
      closed.complete(null);
      Optional<LostChanges> lost = volume.lostChanges();
      if (lost.isPresent() && failure == null) {
        throw new UserError(DaemonHandler.wordsOf(lost.orElseThrow()));
      }
    } catch (IOException | RuntimeException | Error e) {
      closed.completeExceptionally(e);
      if (failure == null) {
        throw e;
      }
      failure.addSuppressed(e);
    }
  }

  /**
   * The last step: clients that waited for the unmount have their answer, and everything is closed.
   */
  private void closeServer() {
    ControlServer open = server;
    if (open == null) {
      return;
    }
    try {
      open.close();
      if (MountInfo.read().at(request.mountPoint()).isEmpty()) {
        Utab.remove(request.mountPoint());
      }
    } catch (IOException e) {
      LOG.warn("the control socket of {} could not be removed", request.mountPoint(), e);
    }
  }

  /**
   * A live mount.
   *
   * @param volume the mounted volume
   * @param drive its drive
   * @param mount the FUSE mount
   * @param since time of the mount
   */
  private record MountedVolume(Volume volume, LiveDrive drive, FuseMount mount, Instant since) {}

  /** A live mount as it is shown. */
  private final class ShownMount implements MonitoredMount {
    private final MountedVolume mounted;

    ShownMount(MountedVolume mounted) {
      this.mounted = mounted;
    }

    @Override
    public MountStatus status() {
      return MountDaemon.this.status(mounted);
    }

    @Override
    public VolumeCounters counters() {
      return mounted.volume().counters();
    }

    @Override
    public ZoneMap zoneMap() {
      return mounted.volume().zoneMap();
    }

    @Override
    public Map<String, LatencyCounts> requests() {
      return mounted.mount().requests();
    }
  }
}
