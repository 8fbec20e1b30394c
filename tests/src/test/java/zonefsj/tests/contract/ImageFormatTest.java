// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static zonefsj.tests.contract.Devices.blocks;
import static zonefsj.tests.contract.Devices.start;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.device.DeviceAccess;
import zonefsj.device.emulated.ImageFile;
import zonefsj.device.emulated.ImageZonedDevice;

/** Golden bytes of an image file: a changed one needs a new format version. */
class ImageFormatTest {
  private static final int HEADER = 4096;
  private static final int ENTRY = 32;
  private static final int ZONE_SIZE_AT = 72;
  private static final int ZONE_CAPACITY_AT = 80;
  private static final int SIZE_AT = 88;

  /** The checksums were computed by another program. */
  private static final String HEADER_HEX =
      """
      5a464a494d4730310100000000100000
      00000000000000000000000000000000
      00000000000000000011223344556677
      8899aabbccddeeffab89674523010000
      00100000100000000000040000000000
      00000300000000000000400000000000
      02000000030000000500000000000200
      00100000000000002000000000000000
      0000100000000000
      """;

  private static final String HEADER_CRC = "c93681a4";

  private static final String TABLE_HEX =
      """
      00000000000000000000000000000000 00000000000000000000000000000000
      0f0100000345eeab0000040000000000 00000400000000000000000000000000
      02010000a68a608e0030000000000000 00300000000000000000000000000000
      03010000fa3e96710000000000000000 00000000000000000000000000000000
      0e010000a84dbfcf0000030000000000 00200000000000000000000000000000
      01010100f14515d90000000000000000 00000000000000000100000000000000
      0d010000e1b26a3a0020000000000000 00200000000000000000000000000000
      """;

  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  Path directory;

  @Test
  void everyByteIsAsItWas() throws IOException {
    Path path = directory.resolve("golden");
    UUID uuid = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");
    ImageFile.create(path, Devices.geometry(), uuid, 0x0123456789abL);
    try (ImageZonedDevice device = ImageFile.open(path, DeviceAccess.READ_WRITE)) {
      device.write(start(0), blocks(1, 1));
      device.write(start(2), blocks(3, 1));
      device.open(3);
      device.write(start(4), blocks(2, 1));
      device.finish(4);
      device.write(start(5), blocks(2, 1));
      device.reset(5);
      device.write(start(6), blocks(2, 1));
      device.setReadOnly(6);
      device.setOffline(1);
    }
    byte[] bytes = Files.readAllBytes(path);
    assertThat(bytes).hasSize((1 << 20) + Devices.ZONES * Devices.ZONE);
    assertThat(hex(bytes, 0, 136)).isEqualTo(golden(HEADER_HEX));
    assertThat(Arrays.copyOfRange(bytes, 136, HEADER - 4)).containsOnly(0);
    assertThat(hex(bytes, HEADER - 4, 4)).isEqualTo(HEADER_CRC);
    assertThat(hex(bytes, HEADER, 7 * ENTRY)).isEqualTo(golden(TABLE_HEX));
    assertThat(Arrays.copyOfRange(bytes, HEADER + 7 * ENTRY, (1 << 20) - HEADER)).containsOnly(0);
    assertThat(Arrays.copyOfRange(bytes, (1 << 20) - HEADER, 1 << 20))
        .as("the copy of the header")
        .isEqualTo(Arrays.copyOf(bytes, HEADER));
    assertThat(Arrays.copyOfRange(bytes, 1 << 20, (1 << 20) + Devices.BLOCK))
        .isEqualTo(blocks(1, 1).array());
  }

  /** The checksum of the header is right; its numbers are not. */
  @Test
  void aDriveThatIsLongerThanItsFileIsRefused() throws IOException {
    Path path = directory.resolve("crafted");
    ImageFile.create(path, Devices.geometry(), UUID.randomUUID(), 1);
    for (long size :
        new long[] {Long.MAX_VALUE - 4095, 1L << 62, Devices.ZONES * 2L * Devices.ZONE}) {
      byte[] bytes = Files.readAllBytes(path);
      ByteBuffer header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      header.putLong(SIZE_AT, size);
      // As many zones, and the last one takes the rest.
      header.putLong(ZONE_SIZE_AT, Long.highestOneBit(size / Devices.ZONES));
      header.putLong(ZONE_CAPACITY_AT, 65_536);
      CRC32C crc = new CRC32C();
      crc.update(bytes, 0, HEADER - 4);
      header.putInt(HEADER - 4, (int) crc.getValue());
      Path crafted = directory.resolve("crafted-" + size);
      Files.write(crafted, bytes);
      assertThatThrownBy(() -> ImageFile.open(crafted, DeviceAccess.READ_ONLY).close())
          .isInstanceOf(IOException.class);
    }
  }

  private static String hex(byte[] bytes, int from, int length) {
    return HexFormat.of().formatHex(bytes, from, from + length);
  }

  private static String golden(String text) {
    return text.replaceAll("\\s", "");
  }
}
