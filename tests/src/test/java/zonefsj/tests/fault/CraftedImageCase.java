// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import zonefsj.device.DeviceAccess;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.ImageFile;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.volume.Volume;
import zonefsj.tests.HostTrees;
import zonefsj.tests.fixture.DriveFormat;

/**
 * An image file whose header or zone table somebody changed, with checksums that are right: every
 * command that opens a drive ends in words and with an exit code that it has, and makes no file
 * longer.
 */
final class CraftedImageCase {
  private static final int HEADER_BYTES = 4096;
  private static final int ENTRY_BYTES = 32;
  private static final int CONDITIONS = 17;

  /** Where the header has numbers, and how long they are: see {@code ImageHeader}. */
  private static final int[][] FIELDS = {
    {8, 4}, {12, 4}, {16, 8}, {24, 8}, {32, 8}, {40, 8}, {48, 8}, {56, 8}, {64, 4}, {68, 4},
    {72, 8}, {80, 8}, {88, 8}, {96, 4}, {100, 4}, {104, 4}, {108, 4}, {112, 8}, {120, 4}, {124, 4},
    {128, 8}, {136, 8}, {144, 8}
  };

  private CraftedImageCase() {}

  /** Makes a good image with a filesystem, as bytes. */
  static byte[] good(boolean conventional) throws IOException, ErrnoException {
    Path directory = Files.createTempDirectory("zonefs-j-crafted-");
    try {
      Path image = directory.resolve("image");
      EmulatedGeometry geometry =
          conventional ? CraftedDrive.withConventionalZones() : FaultyVolume.small();
      ImageFile.create(image, geometry);
      SplittableRandom random = new SplittableRandom(conventional ? 1 : 2);
      try (ZonedDevice drive = ImageFile.open(image, DeviceAccess.READ_WRITE)) {
        new DriveFormat("crafted", new UUID(0xc4af, 9)).format(drive);
        Volume volume = mount(drive, random);
        new FuzzWorkload(random, new FuzzModel(), volume, 0).run(20);
        volume.close();
      }
      return Files.readAllBytes(image);
    } finally {
      HostTrees.delete(directory);
    }
  }

  private static Volume mount(ZonedDevice drive, SplittableRandom random) throws IOException {
    return FaultyVolume.mounting(random.split()).on(drive);
  }

  /** Changes a copy and lets all commands open it; null if all is well. */
  static @Nullable String run(byte[] good, SplittableRandom random) throws IOException {
    Path directory = Files.createTempDirectory("zonefs-j-crafted-");
    try {
      byte[] bytes = good.clone();
      String what = craft(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN), random);
      Path image = directory.resolve("image");
      Files.write(image, bytes);
      String wrong =
          new CraftedCommands(
                  image.toString(), () -> Files.size(image), 0, CraftedCommands.OF_ONE, random)
              .run();
      return wrong == null ? null : wrong + "; " + what;
    } finally {
      HostTrees.delete(directory);
    }
  }

  private static String craft(ByteBuffer image, SplittableRandom random) {
    StringBuilder what = new StringBuilder();
    for (int change = random.nextInt(3); change >= 0; change--) {
      if (random.nextInt(3) == 0) {
        craftEntry(image, random, what);
      } else {
        int[] field = FIELDS[random.nextInt(FIELDS.length)];
        put(image, field[0], field[1], random);
        what.append("header at ").append(field[0]).append(", ");
      }
    }
    image.putInt(HEADER_BYTES - 4, crc(image, 0, HEADER_BYTES - 4));
    return what.toString();
  }

  private static void put(ByteBuffer image, int at, int bytes, SplittableRandom random) {
    if (bytes == Integer.BYTES) {
      image.putInt(at, (int) CraftedBytes.limit(random, image.getInt(at)));
    } else {
      image.putLong(at, CraftedBytes.limit(random, image.getLong(at)));
    }
  }

  private static void craftEntry(ByteBuffer image, SplittableRandom random, StringBuilder what) {
    int zone = random.nextInt(40);
    int at = HEADER_BYTES + ENTRY_BYTES * zone;
    switch (random.nextInt(4)) {
      case 0 -> image.put(at, (byte) random.nextInt(CONDITIONS));
      case 1 -> image.put(at + 2, (byte) random.nextInt());
      case 2 -> {
        put(image, at + 8, Long.BYTES, random);
        image.putLong(at + 16, random.nextBoolean() ? image.getLong(at + 8) : 0);
      }
      default -> put(image, at + 16, Long.BYTES, random);
    }
    image.put(at + 1, (byte) 1);
    CRC32C crc = new CRC32C();
    crc.update(new byte[] {(byte) zone, 0, 0, 0});
    crc.update(image.slice(at, 4));
    crc.update(image.slice(at + 8, ENTRY_BYTES - 8));
    image.putInt(at + 4, (int) crc.getValue());
    what.append("entry of zone ").append(zone).append(", ");
  }

  private static int crc(ByteBuffer image, int from, int length) {
    CRC32C crc = new CRC32C();
    crc.update(image.slice(from, length));
    return (int) crc.getValue();
  }
}
