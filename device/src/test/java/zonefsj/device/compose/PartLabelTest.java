// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.compose;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The golden bytes of a label; an independent program has computed them. */
class PartLabelTest {
  private static final UUID SET = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");
  private static final String GOLDEN =
      "5a464a504152540001000000cae932a87766554433221100ffeeddccbbaa9988"
          + "0100000003000000020000000000000000000200000000000000000000000000";
  private static final PartLabel LABEL = new PartLabel(SET, PartLabel.STRIPED, 3, 2, 131072);

  private static ByteBuffer golden() {
    return ByteBuffer.allocate(512).put(HexFormat.of().parseHex(GOLDEN)).clear();
  }

  @Test
  void bytesStay() {
    ByteBuffer block = LABEL.encode(512);
    assertThat(block.remaining()).isEqualTo(512);
    byte[] bytes = new byte[512];
    block.get(bytes);
    assertThat(HexFormat.of().formatHex(bytes, 0, GOLDEN.length() / 2)).isEqualTo(GOLDEN);
    assertThat(bytes).endsWith(new byte[512 - GOLDEN.length() / 2]);
    assertThat(PartLabel.decode(golden())).contains(LABEL);
  }

  @Test
  void aDamagedLabelIsNone() {
    for (int bit = 0; bit < GOLDEN.length() * 4; bit++) {
      ByteBuffer block = golden();
      block.put(bit / 8, (byte) (block.get(bit / 8) ^ 1 << (bit % 8)));
      assertThat(PartLabel.decode(block)).as("bit %d", bit).isEmpty();
    }
    assertThat(PartLabel.decode(ByteBuffer.allocate(512))).isEmpty();
    assertThat(PartLabel.decode(ByteBuffer.allocate(16))).isEmpty();
  }

  /** The checksum is right, the numbers are not. */
  @Test
  void impossibleNumbersAreRefused() {
    PartLabel[] impossible = {
      new PartLabel(SET, PartLabel.STRIPED, 3, 3, 131072),
      new PartLabel(SET, PartLabel.STRIPED, 3, -1, 131072),
      new PartLabel(SET, PartLabel.STRIPED, 0, 0, 131072),
      new PartLabel(SET, PartLabel.STRIPED, -5, 0, 131072),
      new PartLabel(SET, PartLabel.STRIPED, 3, 2, -1),
      new PartLabel(SET, PartLabel.STRIPED, 3, 2, 0),
    };
    for (PartLabel label : impossible) {
      assertThat(PartLabel.decode(label.encode(512))).as("%s", label).isEmpty();
    }
  }
}
