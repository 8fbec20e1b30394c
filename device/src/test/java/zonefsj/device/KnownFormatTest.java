// SPDX-License-Identifier: Apache-2.0
package zonefsj.device;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Magic numbers, as blkid(8) knows them. */
class KnownFormatTest {
  @ParameterizedTest
  @CsvSource({
    "ZONEFSJ_IMAGE, 0, 5a464a494d47",
    "ZONEFSJ_RESTORE, 0, 5a464a5245535400",
    "XFS, 0, 58465342",
    "BTRFS, 65600, 5f42485266535f4d",
    "BTRFS, 64, 5f42485266535f4d",
    "ZONEFS, 0, 53464f5a",
    "NTFS, 3, 4e54465320202020",
    "EXFAT, 3, 4558464154202020",
    "SWAP, 4086, 53574150535041434532",
    "GPT, 512, 4546492050415254",
    "GPT, 4096, 4546492050415254",
    "LVM, 512, 4c4142454c4f4e45",
    "SQUASHFS, 0, 68737173",
    "ISO9660, 32769, 4344303031",
    "LUKS, 0, 4c554b53babe",
    "QCOW2, 0, 514649fb",
    "GZIP, 0, 1f8b08",
    "F2FS, 1024, 1020f5f2",
    "MDRAID, 4096, fc4e2ba9",
    "ZSTD, 0, 28b52ffd",
    "XZ, 0, fd377a585a00"
  })
  void magic(KnownFormat format, int at, String magic) {
    byte[] bytes = new byte[KnownFormat.LOOK_BYTES];
    byte[] text = HexFormat.of().parseHex(magic);
    System.arraycopy(text, 0, bytes, at, text.length);
    assertThat(KnownFormat.detect(ByteBuffer.wrap(bytes))).contains(format);
    assertThat(KnownFormat.detect(ByteBuffer.wrap(Arrays.copyOf(bytes, at + text.length))))
        .contains(format);
    assertThat(KnownFormat.detect(ByteBuffer.wrap(Arrays.copyOf(bytes, at + text.length - 1))))
        .isEmpty();
  }

  @Test
  void extByItsFeatures() {
    ByteBuffer bytes = ByteBuffer.allocate(4096);
    bytes.put(1024 + 56, (byte) 0x53).put(1024 + 57, (byte) 0xef);
    assertThat(KnownFormat.detect(bytes)).contains(KnownFormat.EXT);
    bytes.put(1024 + 0x5c, (byte) 4);
    assertThat(KnownFormat.detect(bytes)).contains(KnownFormat.EXT3);
    bytes.put(1024 + 0x60, (byte) 0x40);
    assertThat(KnownFormat.detect(bytes)).contains(KnownFormat.EXT4);
  }

  @Test
  void bootSectors() {
    ByteBuffer bytes = ByteBuffer.allocate(4096);
    bytes.put(510, (byte) 0x55).put(511, (byte) 0xaa);
    assertThat(KnownFormat.detect(bytes)).isEmpty();
    bytes.put(446 + 4, (byte) 0x83).put(446 + 12, (byte) 1);
    assertThat(KnownFormat.detect(bytes)).contains(KnownFormat.MBR);
    bytes.put(446, (byte) 0x12);
    assertThat(KnownFormat.detect(bytes)).isEmpty();
    bytes.put(82, (byte) 'F').put(83, (byte) 'A').put(84, (byte) 'T').put(85, (byte) '3');
    bytes.put(86, (byte) '2');
    assertThat(KnownFormat.detect(bytes)).contains(KnownFormat.VFAT);
  }

  @Test
  void nothing() {
    assertThat(KnownFormat.detect(ByteBuffer.allocate(0))).isEmpty();
    assertThat(KnownFormat.detect(ByteBuffer.allocate(KnownFormat.LOOK_BYTES))).isEmpty();
  }
}
