// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static zonefsj.tests.contract.Devices.BLOCK;
import static zonefsj.tests.contract.Devices.blocks;
import static zonefsj.tests.contract.Devices.start;

import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceAccess;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.layer.DiffLayer;
import zonefsj.device.layer.LayeredZonedDevice;
import zonefsj.tests.fixture.LayerTops;

/** Golden bytes of a layer on a drive: a changed one needs a new format version. */
class DriveLayerFormatTest {
  private static final int RECORDS = 2 * BLOCK;

  /** The checksums were computed by another program. */
  private static final String HEADER_HEX =
      """
      5a464a44494644310100000000100000
      00000000000000000000000000000000
      00000000000000000011223344556677
      8899aabbccddeeffab89674523010000
      00100000100000000000040000000000
      00004000000000000010000000000000
      002000000000000066e2a1a706000000
      6d656d3a344d00000000000000000000
      """;

  private static final String HEADER_CRC = "e547535b";

  /** The fourth record: zones 4 and 8 are hidden, and zone 8 is stale. */
  private static final String RECORD_HEX =
      """
      5a464a44494652319003bb0e10000000
      00112233445566778899aabbccddeeff
      040000000000000000000000ffffffff
      10010000000000000001000000000000
      """;

  @Test
  void everyByteIsAsItWas() throws IOException {
    UUID uuid = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");
    RamZonedDevice base = Devices.written();
    RamZonedDevice top = RamZonedDevice.create(LayerTops.over(base));
    DiffLayer.create(top, base, false, uuid, 0x0123456789abL);
    RamZonedDevice used = top.snapshot();
    LayeredZonedDevice layer = DiffLayer.open(used, base, DeviceAccess.READ_WRITE);
    layer.reset(4);
    layer.append(8, blocks(1, 8));
    layer.reset(8);
    layer.append(2, blocks(1, 2));
    for (int label = 0; label < 2; label++) {
      byte[] bytes = Devices.read(used, start(label), RECORDS + 3 * BLOCK);
      assertThat(hex(bytes, 0, 128)).isEqualTo(golden(HEADER_HEX));
      assertThat(Arrays.copyOfRange(bytes, 128, BLOCK - 4)).containsOnly(0);
      assertThat(hex(bytes, BLOCK - 4, 4)).isEqualTo(HEADER_CRC);
      assertThat(hex(bytes, RECORDS + 2 * BLOCK, 64)).isEqualTo(golden(RECORD_HEX));
      assertThat(Arrays.copyOfRange(bytes, RECORDS + 2 * BLOCK + 64, bytes.length)).containsOnly(0);
    }
    assertThat(Devices.read(used, start(LayerTops.RESERVED + 2), BLOCK))
        .isEqualTo(blocks(1, 2).array());
    layer.close();
  }

  private static String hex(byte[] bytes, int from, int length) {
    return HexFormat.of().formatHex(bytes, from, from + length);
  }

  private static String golden(String text) {
    return text.replaceAll("\\s", "");
  }
}
