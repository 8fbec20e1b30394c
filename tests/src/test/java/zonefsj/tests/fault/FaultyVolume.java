// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import zonefsj.device.ZonedDevice;
import zonefsj.device.compose.StripedZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.fault.FaultScript;
import zonefsj.device.fault.FaultyZonedDevice;
import zonefsj.device.spec.Creation;
import zonefsj.fs.AttributeChange;
import zonefsj.fs.Caller;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.OpenFlags;
import zonefsj.fs.VolumeOptions;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.meta.MetadataStores;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.volume.Volume;
import zonefsj.tests.fixture.DriveFormat;
import zonefsj.tests.fixture.VolumeMount;
import zonefsj.tests.format.FlippingDevice;

/** A volume on a small drive that fails by a script, and files by path in its root. */
final class FaultyVolume implements AutoCloseable {
  static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2024-06-01T00:00:00Z"));

  static final UUID FILESYSTEM = new UUID(0xfa17, 1);

  final RamZonedDevice ram;

  /** What lies on the medium changes behind everybody's back. */
  final FlippingDevice rot;

  final FaultScript script = new FaultScript();
  final FaultyZonedDevice device;
  MemoryMetadataStores stores;
  private final Stack stack;
  private final SplittableRandom nonces = new SplittableRandom(3);

  /** What the volume is on. */
  private ZonedDevice top;

  private Volume volume;

  /** What lies between the drive that fails and the volume. */
  @FunctionalInterface
  private interface Stack {
    ZonedDevice over(ZonedDevice below) throws IOException;
  }

  FaultyVolume(EmulatedGeometry geometry) throws IOException {
    this(geometry, 1);
  }

  FaultyVolume(EmulatedGeometry geometry, int journalCopies) throws IOException {
    this(
        RamZonedDevice.create(geometry),
        below -> below,
        new DriveFormat("fault", FILESYSTEM, journalCopies),
        new MemoryMetadataStores());
  }

  /** A drive that is there already. */
  FaultyVolume(RamZonedDevice drive, MemoryMetadataStores index) throws IOException {
    this(drive, below -> below, null, index);
  }

  private FaultyVolume(
      RamZonedDevice drive, Stack stack, @Nullable DriveFormat format, MemoryMetadataStores index)
      throws IOException {
    ram = drive;
    rot = new FlippingDevice(ram);
    device = new FaultyZonedDevice(rot, script, ram);
    this.stack = stack;
    stores = index;
    if (format != null) {
      format.format(stack.over(ram), CLOCK, nonces);
    }
    top = stack.over(device);
    volume = mountAnew();
  }

  /**
   * A volume on a striped drive of two parts.
   *
   * @param geometry of each part
   * @param faulty the part that fails
   */
  static FaultyVolume striped(EmulatedGeometry geometry, int faulty) throws IOException {
    RamZonedDevice other = RamZonedDevice.create(geometry);
    return new FaultyVolume(
        RamZonedDevice.create(geometry),
        below ->
            StripedZonedDevice.of(
                faulty == 0 ? List.of(below, other) : List.of(other, below),
                0,
                false,
                Creation.IF_EMPTY),
        new DriveFormat("fault", FILESYSTEM),
        new MemoryMetadataStores());
  }

  static void format(RamZonedDevice drive, UUID uuid, SplittableRandom nonces) throws IOException {
    new DriveFormat("fault", uuid).format(drive, CLOCK, nonces);
  }

  /** A mount at the clock of this package, also of drives that are no {@link FaultyVolume}. */
  static VolumeMount mounting(RandomGenerator nonces, MetadataStores stores) {
    return VolumeMount.of(CLOCK, nonces, stores);
  }

  /** The same with an empty index. */
  static VolumeMount mounting(RandomGenerator nonces) {
    return VolumeMount.of(CLOCK, nonces);
  }

  /** 40 zones of 256 KiB, of which 192 can be written. */
  static EmulatedGeometry small() {
    return geometry(40);
  }

  static EmulatedGeometry geometry(int zones) {
    return EmulatedGeometry.builder((long) zones << 18)
        .zoneSizeBytes(256 << 10)
        .zoneCapacityBytes(192 << 10)
        .maxOpenZones(8)
        .maxActiveZones(10)
        .build();
  }

  private Volume mountAnew() throws IOException {
    return mount(VolumeOptions.DEFAULT);
  }

  /** A second mount of the drive, for what is not to be written. */
  Volume mount(VolumeOptions options) throws IOException {
    return mounting(nonces, stores).with(options).on(top);
  }

  /** From now on files are those of a volume that somebody else mounted. */
  void use(Volume mounted) {
    volume = mounted;
  }

  Volume volume() {
    return volume;
  }

  ZoneFileSystem fileSystem() {
    return volume.fileSystem();
  }

  void remount() throws IOException {
    volume.close();
    volume = mountAnew();
  }

  void remount(VolumeOptions options) throws IOException {
    volume.close();
    volume = mount(options);
  }

  void unmount() throws IOException {
    volume.close();
  }

  void mountAgain() throws IOException {
    volume = mountAnew();
  }

  /** The daemon dies; what the drive has taken is there. */
  void crash(boolean loseIndex) throws IOException {
    crash(loseIndex, VolumeOptions.DEFAULT);
  }

  void crash(boolean loseIndex, VolumeOptions options) throws IOException {
    volume.abandon();
    stores.crash();
    if (loseIndex) {
      stores.lose();
    }
    top = stack.over(device);
    volume = mount(options);
  }

  static byte[] random(int seed, int length) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  static byte[] name(String path) {
    return path.getBytes(StandardCharsets.UTF_8);
  }

  long inode(String path) throws ErrnoException, IOException {
    return fileSystem().lookup(ZoneFileSystem.ROOT_INODE, name(path)).inode();
  }

  private long open(String path) throws ErrnoException, IOException {
    if (exists(path)) {
      return fileSystem().open(Caller.ROOT, inode(path), OpenFlags.READ_WRITE);
    }
    return fileSystem()
        .create(Caller.ROOT, ZoneFileSystem.ROOT_INODE, name(path), 0644, OpenFlags.READ_WRITE)
        .handle();
  }

  /**
   * Writes all at an offset; the file is made if it is not there. ENOSPC, maybe after a part of it.
   */
  void write(String path, long offset, byte[] bytes) throws ErrnoException, IOException {
    long handle = open(path);
    try {
      ByteBuffer rest = ByteBuffer.wrap(bytes);
      while (rest.hasRemaining()) {
        fileSystem().write(handle, offset + rest.position(), rest, false);
      }
    } finally {
      fileSystem().release(handle);
    }
  }

  void writeDurably(String path, byte[] bytes) throws ErrnoException, IOException {
    write(path, 0, bytes);
    fsync(path);
  }

  void fsync(String path) throws ErrnoException, IOException {
    long handle = open(path);
    try {
      fileSystem().fsync(handle);
    } finally {
      fileSystem().release(handle);
    }
  }

  byte[] read(String path) throws ErrnoException, IOException {
    long inode = inode(path);
    return read(path, 0, Math.toIntExact(fileSystem().attributes(inode).sizeBytes()));
  }

  byte[] read(String path, long offset, int length) throws ErrnoException, IOException {
    long handle = fileSystem().open(Caller.ROOT, inode(path), OpenFlags.READ);
    try {
      ByteBuffer bytes = ByteBuffer.allocate(length);
      fileSystem().read(handle, offset, bytes);
      return bytes.array();
    } finally {
      fileSystem().release(handle);
    }
  }

  void truncate(String path, long size) throws ErrnoException, IOException {
    fileSystem().setAttributes(Caller.ROOT, inode(path), AttributeChange.ofSize(size));
  }

  void unlink(String path) throws ErrnoException, IOException {
    fileSystem().unlink(Caller.ROOT, ZoneFileSystem.ROOT_INODE, name(path));
  }

  boolean exists(String path) throws ErrnoException, IOException {
    try {
      return inode(path) > 0;
    } catch (ErrnoException missing) {
      if (missing.errno() != Errno.ENOENT) {
        throw missing;
      }
      return false;
    }
  }

  @Override
  public void close() throws IOException {
    volume.abandon();
    top.close();
  }
}
