// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import zonefsj.device.ZonedDevice;
import zonefsj.device.delay.DelayedZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.Caller;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.OpenFlags;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.VolumeOptions;
import zonefsj.fs.WriteMode;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.volume.Volume;
import zonefsj.tests.fixture.DriveFormat;
import zonefsj.tests.fixture.VolumeMount;

/**
 * Work on one modelled drive. Its time is the sum of what the accesses of the drive take by the
 * model, so it does not depend on this machine; processor time does not count. For one thread.
 */
final class ModelledRun implements AutoCloseable {
  private static final int FILE_BYTES = 512 << 20;
  private static final int LONG_BYTES = 1 << 20;
  private static final int BLOCK_BYTES = 4096;
  private static final int RANDOM_WRITES = 100_000;
  private static final int FSYNCS = 200;

  private final ModelledDrive model;
  private final SplittableRandom random;
  private final AtomicLong nanos = new AtomicLong();
  private final ZonedDevice drive;
  private final VolumeMount mount;
  private final ByteBuffer block = ByteBuffer.allocateDirect(LONG_BYTES);

  /** Bytes in a second that the drive takes and gives in order, without a filesystem. */
  private final double rawWrite;

  private final double rawRead;
  private Volume volume;

  ModelledRun(ModelledDrive model, long seed) throws ErrnoException, IOException {
    this.model = model;
    this.random = new SplittableRandom(seed);
    EmulatedGeometry geometry =
        EmulatedGeometry.builder(8L << 30)
            .zoneSizeBytes(256 << 20)
            .maxOpenZones(14)
            .maxActiveZones(14)
            .build();
    drive =
        new DelayedZonedDevice(
            RamZonedDevice.create(geometry), model, model.name(), nanos::addAndGet);
    rawWrite = bytesPerSecond(FILE_BYTES, this::writeRaw);
    rawRead = bytesPerSecond(FILE_BYTES, this::readRaw);
    for (long at = 0; at < FILE_BYTES; at += geometry.zoneSizeBytes()) {
      drive.reset(drive.geometry().zoneOf(at));
    }
    new DriveFormat("modelled", new UUID(0, seed)).format(drive);
    mount =
        VolumeMount.of(Clock.systemUTC(), random.split(), new MemoryMetadataStores())
            .with(options())
            .background(true);
    volume = mount.on(drive);
  }

  /**
   * The commit interval is in real time, which does not count here: the work takes less than the
   * usual one in the time of the drive.
   */
  private static VolumeOptions options() {
    VolumeOptions usual = VolumeOptions.DEFAULT;
    return new VolumeOptions(
        false,
        Duration.ofHours(1),
        null,
        usual.cacheBytes(),
        usual.dirtyBytes(),
        usual.accessTimes(),
        usual.errors(),
        usual.gc(),
        usual.zones());
  }

  /** All figures, in the order in which they arise. */
  List<ModelledFigure> figures() throws ErrnoException, IOException {
    List<ModelledFigure> all = new ArrayList<>();
    long scattered = create("scattered");
    double written = bytesPerSecond(FILE_BYTES, () -> writeInOrder(scattered));
    all.add(ModelledFigure.share(model, "sequential write", written, "the drive", rawWrite, 0));
    all.add(randomWrites("random 4 KiB writes", scattered, written, 0.9));
    double fsync = nanosOf(() -> writeAndFsync(scattered)) / (double) FSYNCS;
    all.add(ModelledFigure.fsync(model, fsync, (double) model.flushNanos()));
    writeInOrder(create("ordered"));
    all.add(randomWrites("the same beside a file that stays", scattered, written, 0));
    remount();
    double read = bytesPerSecond(FILE_BYTES, () -> readInOrder("ordered"));
    all.add(
        ModelledFigure.share(
            model, "sequential read, written in order", read, "the drive", rawRead, 0.95));
    double reread = bytesPerSecond(FILE_BYTES, () -> readInOrder("scattered"));
    all.add(
        ModelledFigure.share(
            model, "sequential read, written at random", reread, "the drive", rawRead, 0));
    volume.runGc(ProgressListener.NONE);
    remount();
    double collected = bytesPerSecond(FILE_BYTES, () -> readInOrder("scattered"));
    all.add(
        ModelledFigure.share(
            model, "the same after a collection", collected, "the drive", rawRead, 0));
    volume.defragment(() -> true, ProgressListener.NONE);
    remount();
    double rewritten = bytesPerSecond(FILE_BYTES, () -> readInOrder("scattered"));
    all.add(
        ModelledFigure.share(
            model, "the same after gc --defrag", rewritten, "the drive", rawRead, 0.9));
    return all;
  }

  private ModelledFigure randomWrites(String work, long handle, double written, double goal)
      throws ErrnoException, IOException {
    double bytes = bytesPerSecond((long) RANDOM_WRITES * BLOCK_BYTES, () -> writeAtRandom(handle));
    return ModelledFigure.share(model, work, bytes, "sequential write", written, goal);
  }

  private interface Work {
    void run() throws ErrnoException, IOException;
  }

  private long nanosOf(Work work) throws ErrnoException, IOException {
    long before = nanos.get();
    work.run();
    return nanos.get() - before;
  }

  private double bytesPerSecond(long bytes, Work work) throws ErrnoException, IOException {
    return bytes * 1e9 / nanosOf(work);
  }

  private void remount() throws IOException {
    volume.close();
    volume = mount.on(drive);
  }

  /** Without a filesystem, which comes after it. */
  private void writeRaw() throws IOException {
    for (long at = 0; at < FILE_BYTES; at += LONG_BYTES) {
      drive.append(drive.geometry().zoneOf(at), block.clear());
    }
  }

  private void readRaw() throws IOException {
    for (long at = 0; at < FILE_BYTES; at += LONG_BYTES) {
      drive.read(at, block.clear());
    }
  }

  private ZoneFileSystem files() {
    return volume.fileSystem();
  }

  private static byte[] name(String name) {
    return name.getBytes(StandardCharsets.UTF_8);
  }

  private long create(String name) throws ErrnoException, IOException {
    return files()
        .create(Caller.ROOT, ZoneFileSystem.ROOT_INODE, name(name), 0644, OpenFlags.READ_WRITE)
        .handle();
  }

  private void write(long handle, long offset, int length) throws ErrnoException, IOException {
    block.clear().limit(length);
    block.putLong(0, random.nextLong());
    int written = files().write(handle, offset, block, WriteMode.PLAIN);
    if (written != length) {
      throw new IOException("wrote " + written + " of " + length + " bytes");
    }
  }

  private void writeInOrder(long handle) throws ErrnoException, IOException {
    for (long at = 0; at < FILE_BYTES; at += LONG_BYTES) {
      write(handle, at, LONG_BYTES);
    }
    files().fsync(handle);
  }

  private void writeAtRandom(long handle) throws ErrnoException, IOException {
    for (int write = 0; write < RANDOM_WRITES; write++) {
      write(handle, (long) random.nextInt(FILE_BYTES / BLOCK_BYTES) * BLOCK_BYTES, BLOCK_BYTES);
    }
    files().fsync(handle);
  }

  private void writeAndFsync(long handle) throws ErrnoException, IOException {
    for (int fsync = 0; fsync < FSYNCS; fsync++) {
      write(handle, (long) random.nextInt(FILE_BYTES / BLOCK_BYTES) * BLOCK_BYTES, BLOCK_BYTES);
      files().fsync(handle);
    }
  }

  private void readInOrder(String name) throws ErrnoException, IOException {
    long inode = files().lookup(ZoneFileSystem.ROOT_INODE, name(name)).inode();
    long handle = files().open(Caller.ROOT, inode, OpenFlags.READ);
    for (long at = 0; at < FILE_BYTES; at += LONG_BYTES) {
      int read = files().read(handle, at, block.clear());
      if (read != LONG_BYTES) {
        throw new IOException("read " + read + " of " + LONG_BYTES + " bytes");
      }
    }
    files().release(handle);
  }

  @Override
  public void close() throws IOException {
    volume.close();
    drive.close();
  }
}
