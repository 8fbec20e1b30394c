// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.SplittableRandom;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import zonefsj.device.DeviceAccess;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.ImageFile;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.meta.rocks.RocksMetadataStores;
import zonefsj.fs.volume.Volume;
import zonefsj.fs.volume.check.Scratch;
import zonefsj.fs.volume.check.VolumeChecker;
import zonefsj.fs.volume.repair.VolumeRepair;
import zonefsj.tests.HostTrees;
import zonefsj.tests.fixture.DriveFormat;

/** One image file with an index of RocksDB, one damage anywhere in the file. */
final class FuzzImageCase {
  private static final long CACHE_BYTES = 4 << 20;
  private static final int HEADER_AND_TABLE_BYTES = 8192;

  private final SplittableRandom random;
  private final Path directory;
  private final FuzzModel model = new FuzzModel();
  private String what = "";

  private FuzzImageCase(SplittableRandom random, Path directory) {
    this.random = random;
    this.directory = directory;
  }

  /** Runs; null if all is well. */
  static @Nullable String run(long seed) throws Exception {
    Path directory = Files.createTempDirectory("zonefs-j-fault-");
    try {
      FuzzImageCase one = new FuzzImageCase(new SplittableRandom(seed), directory);
      String wrong = one.run();
      return wrong == null ? null : one.what + ": " + wrong;
    } finally {
      HostTrees.delete(directory);
    }
  }

  private Volume mount(ZonedDevice drive, Path index) throws IOException {
    return FaultyVolume.mounting(random.split(), new RocksMetadataStores(index, CACHE_BYTES))
        .on(drive);
  }

  private @Nullable String run() throws Exception {
    Path image = directory.resolve("image");
    build(image);
    damage(image);
    Path copy = directory.resolve("copy");
    Files.copy(image, copy, StandardCopyOption.REPLACE_EXISTING);
    String wrong = check(copy);
    wrong = wrong == null ? mounted(copy, directory.resolve("index")) : wrong;
    return wrong == null ? repair(image) : wrong;
  }

  private void build(Path image) throws IOException, ErrnoException {
    EmulatedGeometry geometry = FaultyVolume.geometry(70);
    ImageFile.create(image, geometry);
    try (ZonedDevice drive = ImageFile.open(image, DeviceAccess.READ_WRITE)) {
      new DriveFormat("image", new UUID(0xf022, 3)).format(drive);
      Volume volume = mount(drive, directory.resolve("index"));
      new FuzzWorkload(random, model, volume, 0).run(40);
      volume.checkpoint();
      volume.close();
    }
  }

  private void damage(Path image) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      long length = file.length();
      switch (random.nextInt(4)) {
        case 0 -> {
          long shorter = random.nextLong(length);
          what = "the image was cut at byte " + shorter + " of " + length;
          file.setLength(shorter);
        }
        case 1 -> overwrite(file, random.nextInt(HEADER_AND_TABLE_BYTES), 1 + random.nextInt(40));
        default -> overwrite(file, random.nextLong(length), 1 + random.nextInt(9000));
      }
    }
  }

  private void overwrite(RandomAccessFile file, long at, int bytes) throws IOException {
    what = bytes + " bytes of garbage at byte " + at + " of the image";
    byte[] garbage = new byte[bytes];
    random.nextBytes(garbage);
    file.seek(at);
    file.write(garbage);
  }

  private static @Nullable String words(IOException refused) {
    String message = refused.getMessage();
    return message == null || message.isEmpty() ? "refused without words: " + refused : null;
  }

  private static @Nullable String check(Path image) {
    try (ZonedDevice drive = ImageFile.open(image, DeviceAccess.READ_ONLY)) {
      VolumeChecker.check(drive, true, ProgressListener.NONE);
      return null;
    } catch (IOException refused) {
      return words(refused);
    }
  }

  private @Nullable String mounted(Path image, Path index) throws Exception {
    try (ZonedDevice drive = ImageFile.open(image, DeviceAccess.READ_WRITE)) {
      Volume volume = mount(drive, index);
      try {
        return compare(volume);
      } finally {
        volume.abandon();
      }
    } catch (IOException refused) {
      return words(refused);
    }
  }

  private @Nullable String compare(Volume volume) throws Exception {
    return new FuzzVerifier(volume.fileSystem())
        .differsFrom(model.now(), (inode, offset, length) -> true);
  }

  private @Nullable String repair(Path image) throws Exception {
    try (ZonedDevice drive = ImageFile.open(image, DeviceAccess.READ_WRITE)) {
      VolumeRepair.repair(
          drive,
          new VolumeRepair.Plan(
              true, false, Scratch.ofSystem(), "rocksdb-sst-1", FaultyVolume.CLOCK, random.split()),
          ProgressListener.NONE);
    } catch (IOException refused) {
      return words(refused);
    }
    return mounted(image, directory.resolve("fresh"));
  }
}
