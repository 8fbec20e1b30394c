// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static zonefsj.tests.contract.Devices.BLOCK;
import static zonefsj.tests.contract.Devices.blocks;
import static zonefsj.tests.contract.Devices.start;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.device.DeviceAccess;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.layer.DiffLayer;
import zonefsj.device.layer.LayeredZonedDevice;

/** Golden bytes of a layer file: a changed one needs a new format version. */
class LayerFormatTest {
  private static final int PAGE = 4096;
  private static final int ZONE_TABLE = 2 * PAGE;
  private static final int BASE_TABLE = ZONE_TABLE + Devices.ZONES * 32;
  private static final int BLOCK_MAP = 3 * PAGE;
  private static final int DATA = 1 << 20;

  /** The checksums were computed by another program. */
  private static final String HEADER_HEX =
      """
      5a464a44494630310100000000100000
      00000000000000000000000000000000
      00000000000000000011223344556677
      8899aabbccddeeffab89674523010000
      00100000100000000000040000000000
      00004000000000000030000000000000
      000010000000000066e2a1a706000000
      6d656d3a344d00000000000000000000
      """;

  private static final String HEADER_CRC = "3a55f5a4";

  private static final String ZONE_TABLE_HEX =
      """
      0000000000000000000000000000000000000000000000000000000000000000
      0000000000000000000000000000000000000000000000000000000000000000
      0201000081f0d76e004000000000000000400000000000000000000000000000
      0000000000000000000000000000000000000000000000000000000000000000
      0e010000d51a082b000003000000000000100000000000000100000000000000
      01010100f14515d9000000000000000000000000000000000100000000000000
      """;

  private static final String BASE_TABLE_HEX =
      """
      010000000000000000000400000000000000040000000000
      010000000000000000000400000000000000040000000000
      020400000000000000000300000000000030000000000000
      020400000000000000000300000000000000000000000000
      020e00000000000000000300000000000000030000000000
      020e00000000000000000300000000000000030000000000
      020d00000000000000000300000000000000030000000000
      020f00000000000000000300000000000000030000000000
      020400000000000000000300000000000020000000000000
      """;

  private static final String MAP_HEX = "2f2247c5000000000006000000000000";

  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  Path directory;

  @Test
  void everyByteIsAsItWas() throws IOException {
    Path path = directory.resolve("golden");
    UUID uuid = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");
    RamZonedDevice base = Devices.written();
    DiffLayer.create(path, base, uuid, 0x0123456789abL);
    try (LayeredZonedDevice layer = DiffLayer.open(path, base, DeviceAccess.READ_WRITE)) {
      layer.write(start(1) + 9 * BLOCK, blocks(2, 1));
      layer.append(2, blocks(1, 2));
      layer.reset(4);
      layer.flush();
      layer.flush();
      layer.append(4, blocks(1, 4));
      layer.finish(4);
      layer.reset(5);
    }
    byte[] bytes = Files.readAllBytes(path);
    assertThat(bytes).hasSize(DATA + Devices.ZONES * Devices.ZONE);
    assertThat(hex(bytes, 0, 128)).isEqualTo(golden(HEADER_HEX));
    assertThat(Arrays.copyOfRange(bytes, 128, PAGE - 4)).containsOnly(0);
    assertThat(hex(bytes, PAGE - 4, 4)).isEqualTo(HEADER_CRC);
    assertThat(Arrays.copyOfRange(bytes, PAGE, ZONE_TABLE)).containsOnly(0);
    assertThat(hex(bytes, ZONE_TABLE, 6 * 32)).isEqualTo(golden(ZONE_TABLE_HEX));
    assertThat(hex(bytes, BASE_TABLE, 9 * 24)).isEqualTo(golden(BASE_TABLE_HEX));
    assertThat(Arrays.copyOfRange(bytes, BLOCK_MAP, BLOCK_MAP + 512)).containsOnly(0);
    assertThat(hex(bytes, BLOCK_MAP + 512, 16)).isEqualTo(MAP_HEX);
    assertThat(Arrays.copyOfRange(bytes, BLOCK_MAP + 528, DATA)).containsOnly(0);
    assertThat(
            Arrays.copyOfRange(
                bytes, DATA + Devices.ZONE + 9 * BLOCK, DATA + Devices.ZONE + 11 * BLOCK))
        .isEqualTo(blocks(2, 1).array());
  }

  private static String hex(byte[] bytes, int from, int length) {
    return HexFormat.of().formatHex(bytes, from, from + length);
  }

  private static String golden(String text) {
    return text.replaceAll("\\s", "");
  }
}
