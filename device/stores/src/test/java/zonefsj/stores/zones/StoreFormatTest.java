// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import zonefsj.device.emulated.EmulatedGeometry;

/** Golden bytes of the objects, and what becomes of impossible ones with right checksums. */
class StoreFormatTest {
  private static final UUID DRIVE = new UUID(0x0102030405060708L, 0x090A0B0C0D0E0F10L);
  private static final Owner OWNER = new Owner(6, 7, 8, 9, 10, false, false, "h", "m/b/p");
  private static final int MUTANTS = 30_000;

  private static final Checkpoint CHECKPOINT =
      new Checkpoint(3, 4, OWNER, List.of(new ObjectId(1, 2)), List.of(1L, 3L));

  private static LogEntry entry() {
    ZoneRecord zone =
        new ZoneRecord(
            5, true, 1, 4096, Pieces.of(List.of(new Piece(0, 4096, new ObjectId(6, 11), 12))));
    return new LogEntry(6, 13, 6, OWNER, CHECKPOINT, List.of(zone));
  }

  private static StoreShape shape() {
    return shape(DRIVE, 3);
  }

  private static StoreShape shape(UUID drive, long checkpointEntries) {
    return new StoreShape(
        drive,
        EmulatedGeometry.builder(1 << 20).zoneSizeBytes(1 << 17).zoneCapacityBytes(1 << 16).build(),
        8 << 20,
        checkpointEntries);
  }

  private static byte[] bytes(ByteBuffer[] parts) {
    int length = 0;
    for (ByteBuffer part : parts) {
      length += part.remaining();
    }
    ByteBuffer all = ByteBuffer.allocate(length);
    for (ByteBuffer part : parts) {
      all.put(part.duplicate());
    }
    return all.array();
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static final String HEADER_END = "0807060504030201100f0e0d0c0b0a09";

  private static String u64(long value) {
    return hex(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
  }

  private static String u32(int value) {
    return hex(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
  }

  private static String u16(int value) {
    return hex(
        ByteBuffer.allocate(2).order(ByteOrder.LITTLE_ENDIAN).putShort((short) value).array());
  }

  /** As FORMAT.md says, field by field. */
  @Test
  void entriesOfTheLog() {
    String owner =
        u64(6)
            + u64(7)
            + u64(8)
            + u64(9)
            + u64(10)
            + u32(0)
            + u16(1)
            + u16(5)
            + "68"
            + "6d2f622f70";
    String checkpoint =
        u64(3)
            + u32(4)
            + u32(owner.length() / 2)
            + u32(1)
            + u32(2)
            + owner
            + u64(1)
            + u64(2)
            + u64(1)
            + u64(3);
    String zone =
        u32(5) + u32(1) + u32(1) + u32(1) + u64(4096) + u64(0) + u64(4096) + u64(6) + u64(11)
            + u64(12);
    String payload =
        u32(13)
            + u32(owner.length() / 2)
            + u64(6)
            + u32(1)
            + u32(checkpoint.length() / 2)
            + owner
            + checkpoint
            + zone
            + "aabb";
    byte[] object =
        bytes(
            entry().encode(DRIVE, List.of(ByteBuffer.wrap(new byte[] {(byte) 0xaa, (byte) 0xbb}))));
    assertThat(hex(object)).startsWith("5a46534a53544f52" + u16(1) + u16(2));
    byte[] unchecked = object.clone();
    ByteBuffer.wrap(unchecked).putInt(12, 0);
    CRC32C crc = new CRC32C();
    crc.update(unchecked);
    assertThat(hex(object).substring(24, 32)).isEqualTo(u32((int) crc.getValue()));
    assertThat(hex(object).substring(32))
        .isEqualTo(HEADER_END + u64(6) + u64(payload.length() / 2) + payload);
  }

  @Test
  void volume() throws IOException {
    byte[] object = bytes(shape(DRIVE, 512).encode());
    assertThat(hex(object).substring(32))
        .isEqualTo(
            HEADER_END
                + u64(0)
                + u64(56)
                + u64(1 << 20)
                + u64(1 << 17)
                + u64(1 << 16)
                + u32(4096)
                + u32(8)
                + u32(12)
                + u32(4 << 20)
                + u64(8 << 20)
                + u64(512));
    assertThat(StoreShape.decode(ByteBuffer.wrap(object))).isEqualTo(shape(DRIVE, 512));
  }

  @Test
  void zonesOfACheckpoint() throws IOException {
    ZoneRecord zone =
        new ZoneRecord(
            1, false, 0, 4096, Pieces.of(List.of(new Piece(0, 4096, new ObjectId(2, 3), 4))));
    byte[] object = bytes(Checkpoint.encodeZones(DRIVE, 9, List.of(zone)));
    assertThat(hex(object).substring(20, 24)).isEqualTo(u16(3));
    assertThat(hex(object).substring(96))
        .isEqualTo(
            u32(1) + u32(1) + u32(0) + u32(0) + u32(1) + u64(4096) + u64(0) + u64(4096) + u64(2)
                + u64(3) + u64(4));
    ZoneTable table = new ZoneTable(shape().geometry());
    Checkpoint.decodeZones(shape(), new ObjectId(2, 9), ByteBuffer.wrap(object), table);
    assertThat(table.zone(1)).isEqualTo(zone);
  }

  @Test
  void whatIsWrittenIsRead() throws IOException {
    byte[] object = bytes(entry().encode(DRIVE, List.of()));
    assertThat(LogEntry.decode(shape(), 6, ByteBuffer.wrap(object))).isEqualTo(entry());
    assertThatThrownBy(() -> LogEntry.decode(shape(new UUID(1, 2), 3), 6, ByteBuffer.wrap(object)))
        .hasMessageContaining("belongs to another drive");
    assertThatThrownBy(() -> LogEntry.decode(shape(), 7, ByteBuffer.wrap(object)))
        .hasMessageContaining("is object 6");
    object[70] ^= 1;
    assertThatThrownBy(() -> LogEntry.decode(shape(), 6, ByteBuffer.wrap(object)))
        .hasMessageContaining("its checksum does not match");
  }

  /** Neither an internal error nor memory without a limit; a seed decides. */
  @Test
  void impossibleObjectsAreRefused() throws IOException {
    SplittableRandom random = new SplittableRandom(1);
    byte[][] originals = {
      bytes(entry().encode(DRIVE, List.of())),
      bytes(shape().encode()),
      bytes(Checkpoint.encodeZones(DRIVE, 6, entry().zones())),
    };
    int accepted = 0;
    for (int mutant = 0; mutant < MUTANTS; mutant++) {
      int kind = random.nextInt(originals.length);
      byte[] object = mutated(originals[kind], random);
      try {
        switch (kind) {
          case 0 -> {
            LogEntry entry = LogEntry.decode(shape(), 6, ByteBuffer.wrap(object));
            new ZoneTable(shape().geometry()).apply(entry, 0);
          }
          case 1 -> StoreShape.decode(ByteBuffer.wrap(object));
          default ->
              Checkpoint.decodeZones(
                  shape(),
                  new ObjectId(1, 6),
                  ByteBuffer.wrap(object),
                  new ZoneTable(shape().geometry()));
        }
        accepted++;
      } catch (StoreFormatException refused) {
        assertThat(refused.getMessage()).isNotBlank();
      }
    }
    assertThat(accepted).isBetween(1, MUTANTS / 2);
  }

  private static byte[] mutated(byte[] original, SplittableRandom random) {
    int length =
        random.nextInt(8) == 0 ? 48 + random.nextInt(original.length - 47) : original.length;
    ByteBuffer object = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    object.put(original, 0, length);
    for (int times = random.nextInt(3); times >= 0 && length > 56; times--) {
      int at = 48 + random.nextInt(length - 56);
      switch (random.nextInt(4)) {
        case 0 -> object.putInt(at, random.nextInt());
        case 1 -> object.putInt(at, Integer.MAX_VALUE - random.nextInt(3));
        case 2 -> object.putLong(at, random.nextLong());
        default -> object.put(at, (byte) random.nextInt());
      }
    }
    object.putLong(40, length - 48);
    object.putInt(12, 0);
    CRC32C crc = new CRC32C();
    crc.update(object.array());
    return object.putInt(12, (int) crc.getValue()).array();
  }
}
