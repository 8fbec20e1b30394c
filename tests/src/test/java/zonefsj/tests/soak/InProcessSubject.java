// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.soak;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;
import zonefsj.device.DeviceAccess;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedZonedDevice;
import zonefsj.device.emulated.ImageFile;
import zonefsj.device.fault.Fault;
import zonefsj.device.fault.FaultPlan;
import zonefsj.device.fault.FaultyZonedDevice;
import zonefsj.fs.Attributes;
import zonefsj.fs.Caller;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.FileMode;
import zonefsj.fs.OpenFlags;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.RenameMode;
import zonefsj.fs.VolumeOptions;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.volume.Volume;
import zonefsj.fs.volume.VolumeStatus;
import zonefsj.fs.volume.check.VolumeChecker;
import zonefsj.tests.HostTrees;
import zonefsj.tests.fixture.DriveFormat;

/**
 * A volume in this process, as the daemon runs it: threads in the background, RocksDB as the index,
 * the drive an image file. The drive may fail by a plan, which a real mount's cannot.
 */
final class InProcessSubject implements SoakSubject {
  private final Path home;
  private final VolumeOptions options;
  private final FaultPlan faults;
  private final UnaryOperator<ZonedDevice> speed;
  private final EmulatedZonedDevice image;
  private final ExceptionWatch exceptions = new ExceptionWatch();
  private volatile boolean powered = true;
  private volatile Volume volume;

  /**
   * Formats and mounts.
   *
   * @param home an empty directory
   * @param faults what goes wrong with the drive
   * @param speed slows the drive down
   */
  InProcessSubject(
      Path home,
      SoakShape shape,
      SoakSettings settings,
      FaultPlan faults,
      UnaryOperator<ZonedDevice> speed)
      throws IOException {
    this.home = home;
    this.faults = faults;
    this.speed = speed;
    VolumeOptions defaults = VolumeOptions.DEFAULT;
    options =
        new VolumeOptions(
            false,
            settings.commitInterval(),
            Files.createDirectory(home.resolve("index")),
            defaults.cacheBytes(),
            settings.dirtyBytes(),
            defaults.accessTimes(),
            settings.errors(),
            new VolumeOptions.GcOptions(
                settings.policy(),
                defaults.gc().startPercent(),
                defaults.gc().urgentPercent(),
                defaults.gc().reserveZones(),
                defaults.gc().bytesPerSecond(),
                defaults.gc().idleDelay()),
            settings.zones());
    Path file = home.resolve("d.img");
    ImageFile.create(file, shape.geometry());
    image = ImageFile.open(file, DeviceAccess.READ_WRITE);
    new DriveFormat("soak", UUID.randomUUID(), shape.journalCopies()).format(image);
    volume = mount();
  }

  private Volume mount() throws IOException {
    powered = true;
    FaultPlan plan =
        (operation, zone, ordinal) ->
            powered
                ? faults.faultFor(operation, zone, ordinal)
                : Optional.of(new Fault.Fail(Reason.MEDIA));
    ZonedDevice drive = speed.apply(new FaultyZonedDevice(image, plan, image));
    return Volume.mount(drive, options, ProgressListener.NONE);
  }

  private ZoneFileSystem files() {
    return volume.fileSystem();
  }

  /** The last of the names on a path, and the directory that it is in. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Place(long parent, byte[] name) {}

  private Place place(String path) throws ErrnoException, IOException {
    String[] names = path.split("/", -1);
    long inode = ZoneFileSystem.ROOT_INODE;
    for (int at = 0; at < names.length - 1; at++) {
      inode = files().find(inode, bytes(names[at]));
    }
    return new Place(inode, bytes(names[names.length - 1]));
  }

  private Attributes attributes(String path) throws ErrnoException, IOException {
    if (path.isEmpty()) {
      return files().attributes(ZoneFileSystem.ROOT_INODE);
    }
    Place place = place(path);
    return files().lookup(place.parent, place.name);
  }

  private static byte[] bytes(String name) {
    return name.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public SoakFile open(String path, Mode mode) throws ErrnoException, IOException {
    if (mode == Mode.CREATE) {
      Place place = place(path);
      ZoneFileSystem.Created made =
          files().create(Caller.ROOT, place.parent, place.name, 0644, OpenFlags.READ_WRITE);
      return new VolumeFile(files(), made.attributes().inode(), made.handle());
    }
    long inode = attributes(path).inode();
    OpenFlags flags =
        mode == Mode.DIRECT
            ? OpenFlags.READ
            : new OpenFlags(true, true, false, mode == Mode.TRUNCATE, false);
    return new VolumeFile(files(), inode, files().open(Caller.ROOT, inode, flags));
  }

  @Override
  public void makeDirectory(String path) throws ErrnoException, IOException {
    Place place = place(path);
    files().makeDirectory(Caller.ROOT, place.parent, place.name, 0755);
  }

  @Override
  public void removeDirectory(String path) throws ErrnoException, IOException {
    Place place = place(path);
    files().removeDirectory(Caller.ROOT, place.parent, place.name);
  }

  @Override
  public void unlink(String path) throws ErrnoException, IOException {
    Place place = place(path);
    files().unlink(Caller.ROOT, place.parent, place.name);
  }

  @Override
  public void rename(String from, String to) throws ErrnoException, IOException {
    Place old = place(from);
    Place now = place(to);
    files().rename(Caller.ROOT, old.parent, old.name, now.parent, now.name, RenameMode.REPLACE);
  }

  @Override
  public List<Entry> list(String path) throws ErrnoException, IOException {
    long directory = attributes(path).inode();
    List<String> names = new ArrayList<>();
    List<Integer> modes = new ArrayList<>();
    long handle = files().openDirectory(directory);
    try {
      files()
          .readDirectory(
              handle,
              0,
              (name, inode, mode, cookie) -> {
                names.add(new String(name, StandardCharsets.UTF_8));
                modes.add(mode);
                return true;
              });
    } finally {
      files().releaseDirectory(handle);
    }
    List<Entry> entries = new ArrayList<>();
    for (int at = 0; at < names.size(); at++) {
      String name = names.get(at);
      if (!name.equals(".") && !name.equals("..")) {
        boolean isDirectory = FileMode.isDirectory(modes.get(at));
        long size = isDirectory ? -1 : files().lookup(directory, bytes(name)).sizeBytes();
        entries.add(new Entry(name, size));
      }
    }
    return entries;
  }

  @Override
  public long freeBytes() throws IOException {
    return files().statistics().availableBytes();
  }

  @Override
  public State state() {
    VolumeStatus status = volume.status();
    List<String> errors = new ArrayList<>(exceptions.deaths());
    if (faults == SoakFaults.NONE) {
      errors.addAll(exceptions.words());
      errors.addAll(status.errors());
      errors.addAll(status.lostData());
    }
    return State.of(status, errors);
  }

  @Override
  public void remount() throws IOException {
    volume.close();
    volume = mount();
  }

  @Override
  public String ailment() {
    return String.join("\n", exceptions.deaths());
  }

  @Override
  public void kill() {
    powered = false;
    exceptions.pause();
  }

  @Override
  public void mountAgain(boolean loseIndex) throws IOException {
    volume.abandon();
    if (loseIndex) {
      HostTrees.delete(home.resolve("index"));
    }
    exceptions.resume();
    volume = mount();
  }

  @Override
  public void unmount() throws IOException {
    volume.close();
  }

  @Override
  public List<String> check() throws IOException {
    return VolumeChecker.check(image, true, ProgressListener.NONE).findings().stream()
        .map(VolumeChecker.Finding::toString)
        .toList();
  }

  @Override
  public String threads() {
    return Threads.ofThisProcess();
  }

  @Override
  public String lastWords() {
    return exceptions.lastWarnings();
  }

  @Override
  public void abort() {
    powered = false;
  }

  @Override
  public void end() throws IOException {
    powered = false;
    BoundedWait.await(
        "giving up a volume",
        () -> {
          volume.abandon();
          return Boolean.TRUE;
        });
    exceptions.close();
    try {
      image.close();
    } finally {
      HostTrees.delete(home);
    }
  }
}
