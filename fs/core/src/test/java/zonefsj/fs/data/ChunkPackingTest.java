// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.fault.Fault;
import zonefsj.device.filter.DeviceOperation;
import zonefsj.fs.data.ChunkWriter.Source;

/** What holds of chunks of any lengths in zones of any length. */
class ChunkPackingTest {
  private static final int UNIT = 4096;
  private static final DataStream[] STREAMS = DataStream.values();

  /** From 1 byte to 1 MiB; each power of two as likely as any other, and often just beside it. */
  private static int length(Random random) {
    int power = 1 << random.nextInt(21);
    int length =
        switch (random.nextInt(4)) {
          case 0 -> power;
          case 1 -> power + random.nextInt(3) - 1;
          default -> power + random.nextInt(power);
        };
    return Math.max(1, Math.min(1 << 20, length));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void aHeadIsTheLongestThatFits(long seed) {
    Random random = new Random(seed);
    for (int round = 0; round < 3000; round++) {
      long room = (1 + random.nextInt(512)) * (long) UNIT;
      ChunkLayout layout = new ChunkLayout(UNIT);
      int length = length(random);
      while (layout.frameBytesWith(length) <= room && layout.payloadBytes() < 400_000) {
        long foretold = layout.frameBytesWith(length);
        layout.add(length);
        assertThat((long) layout.frameBytes()).isEqualTo(foretold);
        length = length(random);
      }
      int longest = 0;
      for (int head = UNIT; head < length; head += UNIT) {
        longest = layout.frameBytesWith(head) <= room ? head : longest;
      }
      assertThat(layout.headThatFits(length, room)).isEqualTo(longest);
    }
  }

  private static List<Source> sources(Random random, int mostBytes) {
    int few = 1 + random.nextInt(30);
    int count = random.nextInt(8) == 0 ? 20_000 : few;
    int most = count > few ? 300 : Integer.MAX_VALUE;
    List<Integer> lengths = new ArrayList<>();
    long total = 0;
    while (lengths.size() < count && total < mostBytes) {
      int length = Math.min(length(random), most);
      lengths.add(length);
      total += length;
    }
    return ChunkDrive.sources(
        random.nextLong(), lengths.stream().mapToInt(Integer::intValue).toArray());
  }

  private static ChunkDrive drive(Random random, int blockBytes) throws IOException {
    long units = 16L << random.nextInt(6);
    long capacity = (units + random.nextInt((int) units)) * UNIT;
    long odd = blockBytes == UNIT ? 0 : random.nextInt(8) * (long) blockBytes;
    int zones = (int) (40 + (48L << 20) / capacity);
    ChunkDrive drive = new ChunkDrive(ChunkDrive.zones(zones, capacity + odd, blockBytes));
    drive.allocator.setReserves(zones / 2, 0, 0);
    return drive;
  }

  @ParameterizedTest
  @ValueSource(ints = {4096, 512})
  void everyByteIsPlacedOnceAndZonesAreFilled(int blockBytes) throws IOException {
    Random random = new Random(blockBytes);
    for (int round = 0; round < 12; round++) {
      try (ChunkDrive drive = drive(random, blockBytes)) {
        for (int write = 0; write < 3; write++) {
          drive.write(STREAMS[random.nextInt(3)], sources(random, 3 << 20));
        }
        for (long padding : drive.paddingBytes()) {
          assertThat(padding).as("padding of a zone").isLessThanOrEqualTo(UNIT);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {4096, 512})
  void everyByteIsPlacedOnceWhateverFails(int blockBytes) throws IOException {
    Random random = new Random(blockBytes + 1);
    for (int round = 0; round < 12; round++) {
      try (ChunkDrive drive = drive(random, blockBytes)) {
        for (int write = 0; write < 3; write++) {
          drive.script.clear();
          int inARow = 1 + random.nextInt(6);
          int first = 1 + random.nextInt(4);
          for (int nth = first; nth < first + inARow; nth++) {
            drive.script.on(
                DeviceOperation.WRITE,
                nth,
                random.nextBoolean()
                    ? new Fault.Fail(Reason.MEDIA)
                    : new Fault.Tear(random.nextInt(20)));
          }
          drive.script.fail(DeviceOperation.FINISH, 1 + random.nextInt(2), Reason.MEDIA);
          drive.write(STREAMS[random.nextInt(3)], sources(random, 3 << 20));
        }
      }
    }
  }
}
