// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The golden bytes of a label; an independent program has computed them. */
class MirrorLabelTest {
  private static final UUID SET = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");
  private static final String GOLDEN =
      "5a464a4d4952520001000000eb4f618d7766554433221100ffeeddccbbaa9988"
          + "0300000001000000070000000000000005000000010000000200000042000000"
          + "0100000000000000feffffffffffffff00000000000000000000000000000000"
          + "0000000000000000000000000000000000000000000000000000000000000000"
          + "0000000000000000000000000000000000000000000000000000000000000000"
          + "0000000000000000000000000000000000000000000000000000000000000000"
          + "0000000000000000";
  private static final MirrorLabel LABEL =
      new MirrorLabel(SET, 3, 1, 66, 7, 5, true, List.of(1L, -2L));

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
    assertThat(MirrorLabel.decode(golden())).contains(LABEL);
  }

  @Test
  void aDamagedLabelIsNone() {
    for (int bit = 0; bit < GOLDEN.length() * 4; bit++) {
      ByteBuffer block = golden();
      block.put(bit / 8, (byte) (block.get(bit / 8) ^ 1 << (bit % 8)));
      assertThat(MirrorLabel.decode(block)).as("bit %d", bit).isEmpty();
    }
    assertThat(MirrorLabel.decode(ByteBuffer.allocate(512))).isEmpty();
    assertThat(MirrorLabel.decode(ByteBuffer.allocate(16))).isEmpty();
  }

  /** The checksum is right, the numbers are not. */
  @Test
  void impossibleNumbersAreRefused() {
    List<Long> ids = List.of(1L);
    MirrorLabel[] impossible = {
      new MirrorLabel(SET, 33, 1, 66, 7, 1, true, ids),
      new MirrorLabel(SET, 0, 0, 66, 7, 1, true, ids),
      new MirrorLabel(SET, 3, 3, 66, 7, 1, true, ids),
      new MirrorLabel(SET, 3, -1, 66, 7, 1, true, ids),
      new MirrorLabel(SET, 3, 1, 2, 7, 1, true, ids),
      new MirrorLabel(SET, 3, 1, 66, -1, 1, true, ids),
      new MirrorLabel(SET, 3, 1, 66, Long.MAX_VALUE, 1, true, ids),
      new MirrorLabel(SET, 3, 1, 66, 7, 0, true, ids),
      new MirrorLabel(SET, 3, 1, 66, 7, 1, true, List.of()),
    };
    for (MirrorLabel label : impossible) {
      assertThat(MirrorLabel.decode(label.encode(512))).as("%s", label).isEmpty();
    }
  }
}
