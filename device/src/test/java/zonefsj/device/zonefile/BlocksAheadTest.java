// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.zonefile;

import static org.assertj.core.api.Assertions.assertThat;
import static zonefsj.device.zonefile.BlocksAhead.AHEAD_BYTES;
import static zonefsj.device.zonefile.BlocksAhead.SMALL_BYTES;
import static zonefsj.device.zonefile.BlocksAhead.SMALL_IN_A_ROW;
import static zonefsj.device.zonefile.BlocksAhead.SPARE_BYTES;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.device.block.NativeFile;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.software.ZoneStateMachine;

/** Small writes in a sequential zone find zeros that were written ahead of them. */
class BlocksAheadTest {
  private static final int BLOCK = 4096;
  private static final int ZONE_BYTES = 2 << 20;
  private static final int CAPACITY_BYTES = ZONE_BYTES - 5 * BLOCK;
  private static final int ZONES = 8;
  private static final int DATA_OFFSET_BYTES = 1 << 20;
  private static final int CONVENTIONAL = 0;
  private static final int ZONE = 2;
  private static final byte CONTENT = 7;
  private static final EmulatedGeometry GEOMETRY =
      EmulatedGeometry.builder(ZONES * ZONE_BYTES)
          .zoneSizeBytes(ZONE_BYTES)
          .zoneCapacityBytes(CAPACITY_BYTES)
          .conventionalZones(1)
          .build();

  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  Path directory;

  private NativeFile file;
  private Recorder host;
  private ZoneStateMachine machine;
  private ZoneFileStorage storage;

  /** A range of the file that got zeros. */
  private record Range(long from, long to) {}

  /** A host that notes the zeros. */
  private final class Recorder implements BlocksAhead.Host {
    private final List<Range> zeros = new ArrayList<>();
    private boolean worthwhile = true;
    private boolean refuses;
    private long freeBytes = SPARE_BYTES;
    private long dataAt = Long.MAX_VALUE;

    @Override
    public boolean isWorthwhile() {
      return worthwhile;
    }

    @Override
    public long freeBytes() {
      return freeBytes;
    }

    @Override
    public long dataFromBytes(long positionBytes) {
      return dataAt < positionBytes ? Long.MAX_VALUE : dataAt;
    }

    @Override
    public int write(long positionBytes, ByteBuffer direct) throws IOException {
      if (refuses) {
        throw new IOException("no space");
      }
      // A host may take fewer bytes.
      int count = file.writeOnce(positionBytes, direct.limit(Math.min(direct.limit(), 3 * BLOCK)));
      Range last = zeros.isEmpty() ? new Range(0, 0) : zeros.get(zeros.size() - 1);
      if (last.to == positionBytes) {
        zeros.set(zeros.size() - 1, new Range(last.from, positionBytes + count));
      } else {
        zeros.add(new Range(positionBytes, positionBytes + count));
      }
      return count;
    }
  }

  @BeforeEach
  void makeAFile() throws IOException {
    file =
        NativeFile.open(
            directory.resolve("file"),
            EnumSet.of(NativeFile.Option.WRITE, NativeFile.Option.CREATE_NEW));
    file.truncate(DATA_OFFSET_BYTES + GEOMETRY.sizeBytes());
    host = new Recorder();
    machine =
        new ZoneStateMachine(
            GEOMETRY,
            LongStream.range(0, ZONES)
                .mapToObj(zone -> ZoneStateMachine.initialState(GEOMETRY, (int) zone))
                .toList());
    reopen(host);
  }

  @AfterEach
  void close() throws IOException {
    storage.close();
  }

  private void reopen(BlocksAhead.Host with) {
    storage =
        new ZoneFileStorage(
            file, file, new ZoneTable(file, BLOCK), GEOMETRY, DATA_OFFSET_BYTES, List.of(), with);
  }

  private void append(int length) throws IOException {
    long offset = machine.appendOffsetBytes(ZONE, length);
    machine.beginWrite(ZONE, offset, length);
    write(ZONE, offset, length);
    machine.endWrite(ZONE, length);
    storage.saveState(ZONE, machine);
  }

  private void write(int zone, long offset, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocateDirect(length);
    while (bytes.hasRemaining()) {
      bytes.put(CONTENT);
    }
    storage.write(zone, offset, new ByteBuffer[] {bytes.flip()});
  }

  private void appendSmall(int times) throws IOException {
    for (int i = 0; i < times; i++) {
      append(BLOCK);
    }
  }

  private static Range inZone(long from, long to) {
    long start = DATA_OFFSET_BYTES + (long) ZONE * ZONE_BYTES;
    return new Range(start + from, start + to);
  }

  /** All of the zone, and of the next one. */
  private void checkBytes() throws IOException {
    ByteBuffer found = ByteBuffer.allocate(2 * ZONE_BYTES);
    file.read(inZone(0, 0).from, found);
    long written = machine.state(ZONE).writtenBytes();
    for (int i = 0; i < found.capacity(); i++) {
      if (found.get(i) != (i < written ? CONTENT : 0)) {
        assertThat(i).as("the first byte that is wrong; written: %d", written).isNegative();
      }
    }
  }

  @Test
  void zerosFollowSmallWritesInARow() throws IOException {
    appendSmall(SMALL_IN_A_ROW - 1);
    assertThat(host.zeros).isEmpty();
    appendSmall(1);
    long from = (long) SMALL_IN_A_ROW * BLOCK;
    assertThat(host.zeros).containsExactly(inZone(from, from + AHEAD_BYTES));
    checkBytes();
    // The last write that fits asks for more, so that the next one finds them.
    appendSmall(AHEAD_BYTES / BLOCK - 1);
    assertThat(host.zeros).containsExactly(inZone(from, from + AHEAD_BYTES));
    appendSmall(1);
    assertThat(host.zeros).containsExactly(inZone(from, from + 2 * AHEAD_BYTES));
    checkBytes();
  }

  @Test
  void aLongWriteGetsNoZerosAndKeepsThoseThatAreThere() throws IOException {
    appendSmall(SMALL_IN_A_ROW - 1);
    append(SMALL_BYTES);
    appendSmall(SMALL_IN_A_ROW - 1);
    append(SMALL_BYTES);
    assertThat(host.zeros).isEmpty();
    appendSmall(SMALL_IN_A_ROW);
    long from = machine.state(ZONE).writtenBytes();
    List<Range> first = List.of(inZone(from, from + AHEAD_BYTES));
    assertThat(host.zeros).isEqualTo(first);
    append(SMALL_BYTES);
    appendSmall(SMALL_IN_A_ROW);
    assertThat(host.zeros).isEqualTo(first);
    append(AHEAD_BYTES);
    appendSmall(SMALL_IN_A_ROW);
    long beyond = machine.state(ZONE).writtenBytes();
    assertThat(host.zeros).containsExactly(first.get(0), inZone(beyond, beyond + AHEAD_BYTES));
    checkBytes();
  }

  @Test
  void aRefusalFailsNoWriteAndIsTheLast() throws IOException {
    host.refuses = true;
    appendSmall(SMALL_IN_A_ROW);
    host.refuses = false;
    appendSmall(AHEAD_BYTES / BLOCK);
    storage.flush(machine);
    assertThat(host.zeros).isEmpty();
    checkBytes();
  }

  @Test
  void aHostThatIsShortOfSpaceGetsNoneUntilItHasSpace() throws IOException {
    host.freeBytes = SPARE_BYTES - 1;
    appendSmall(SMALL_IN_A_ROW);
    assertThat(host.zeros).isEmpty();
    host.freeBytes = SPARE_BYTES;
    appendSmall(AHEAD_BYTES / BLOCK);
    assertThat(host.zeros).hasSize(1);
    checkBytes();
  }

  @Test
  void aHostWithoutGainGetsNone() throws IOException {
    host.worthwhile = false;
    appendSmall(2 * SMALL_IN_A_ROW);
    assertThat(host.zeros).isEmpty();
  }

  @Test
  void whatHasDataGetsNone() throws IOException {
    long from = (long) SMALL_IN_A_ROW * BLOCK;
    host.dataAt = inZone(from + BLOCK, 0).from;
    appendSmall(SMALL_IN_A_ROW);
    assertThat(host.zeros).containsExactly(inZone(from, from + BLOCK));
    checkBytes();
  }

  /** Zeros of an earlier opening may end anywhere. */
  @Test
  void whatHasDataIsAskedAgain() throws IOException {
    long from = (long) SMALL_IN_A_ROW * BLOCK;
    host.dataAt = inZone(from, 0).from;
    appendSmall(SMALL_IN_A_ROW);
    assertThat(host.zeros).isEmpty();
    host.dataAt = Long.MAX_VALUE;
    appendSmall(SMALL_BYTES / BLOCK);
    long then = from + SMALL_BYTES;
    assertThat(host.zeros).containsExactly(inZone(then, then + AHEAD_BYTES));
    checkBytes();
  }

  /** Blocks may be shorter than pages. */
  @Test
  void zerosBeginBehindThePageOfTheLastByte() throws IOException {
    int sector = 512;
    for (int i = 0; i <= SMALL_IN_A_ROW; i++) {
      write(ZONE, (long) i * sector, sector);
    }
    assertThat(host.zeros).containsExactly(inZone(BLOCK, BLOCK + AHEAD_BYTES));
    byte[] found = new byte[(SMALL_IN_A_ROW + 1) * sector];
    byte[] wanted = new byte[found.length];
    Arrays.fill(wanted, CONTENT);
    file.read(inZone(0, 0).from, ByteBuffer.wrap(found));
    assertThat(found).isEqualTo(wanted);
  }

  @Test
  void aResetReleasesThemAndBeginsAnew() throws IOException {
    appendSmall(SMALL_IN_A_ROW);
    storage.reset(ZONE, machine, () -> machine.reset(ZONE));
    storage.flush(machine);
    storage.flush(machine);
    checkBytes();
    host.zeros.clear();
    appendSmall(SMALL_IN_A_ROW - 1);
    assertThat(host.zeros).isEmpty();
    appendSmall(1);
    assertThat(host.zeros).hasSize(1);
    checkBytes();
  }

  @Test
  void afterAnOpeningTheyBeginBehindWhatIsWritten() throws IOException {
    appendSmall(SMALL_IN_A_ROW);
    reopen(host);
    host.zeros.clear();
    appendSmall(SMALL_IN_A_ROW);
    long from = 2L * SMALL_IN_A_ROW * BLOCK;
    assertThat(host.zeros).containsExactly(inZone(from, from + AHEAD_BYTES));
    checkBytes();
  }

  @Test
  void theyEndWithTheCapacity() throws IOException {
    append(CAPACITY_BYTES - 2 * SMALL_IN_A_ROW * BLOCK);
    appendSmall(SMALL_IN_A_ROW);
    Range rest = inZone(CAPACITY_BYTES - (long) SMALL_IN_A_ROW * BLOCK, CAPACITY_BYTES);
    assertThat(host.zeros).containsExactly(rest);
    appendSmall(SMALL_IN_A_ROW);
    assertThat(host.zeros).containsExactly(rest);
    checkBytes();
  }

  @Test
  void conventionalZonesGetNone() throws IOException {
    for (int i = 0; i < 2 * SMALL_IN_A_ROW; i++) {
      write(CONVENTIONAL, (long) i * BLOCK, BLOCK);
    }
    assertThat(host.zeros).isEmpty();
  }

  @Test
  void theHostOfAFileIsAsked() throws IOException {
    BlocksAhead.Host real = BlocksAhead.hostOf(file);
    reopen(real);
    appendSmall(SMALL_IN_A_ROW);
    Range zeros =
        inZone((long) SMALL_IN_A_ROW * BLOCK, (long) SMALL_IN_A_ROW * BLOCK + AHEAD_BYTES);
    if (real.isWorthwhile() && real.freeBytes() >= SPARE_BYTES) {
      assertThat(real.dataFromBytes(zeros.from)).isEqualTo(zeros.from);
      assertThat(real.dataFromBytes(zeros.to)).isEqualTo(Long.MAX_VALUE);
    }
    storage.flush(machine);
    checkBytes();
  }
}
