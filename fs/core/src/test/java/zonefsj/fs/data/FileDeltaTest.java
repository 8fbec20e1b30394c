// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.zonemgr.BlockChecksums;

/** A delta against an array of bytes. */
class FileDeltaTest {
  private static final int FILE_BYTES = 3 << 20;
  private static final byte HOLE = 1;
  private static final byte DATA = 2;

  private final DirtyMemory memory = new DirtyMemory(64 << 20, 64 << 20, () -> 0, () -> false);
  private final FileDelta delta = new FileDelta(1, bytes -> {});
  private final byte[] content = new byte[FILE_BYTES];
  private final byte[] kind = new byte[FILE_BYTES];
  private final List<WriteBuffer> fullRuns = new ArrayList<>();
  private final ByteBuffer zone = ByteBuffer.allocate(64 << 20);

  /**
   * Longer than half of a large buffer each: with large buffers of their own they would be three.
   */
  @Test
  void piecesOfABufferTakeNoMoreMemoryThanTheBuffer() {
    int third = 333 << 10;
    delta.write(0, ByteBuffer.allocate(3 * third), memory, (buffer, at) -> {});
    delta.punch(third - 1, third, memory);
    delta.punch(2L * third - 1, 2L * third, memory);
    long before = memory.usedBytes();
    delta.normalize(memory);
    assertThat(memory.usedBytes()).isLessThanOrEqualTo(before);
    List<Interval> intervals =
        delta.intervals().stream().filter(piece -> piece.buffer() != null).toList();
    assertThat(intervals)
        .hasSize(3)
        .allSatisfy(
            piece -> assertThat(piece.buffer()).returns((int) piece.length(), WriteBuffer::length));
  }

  private int length(Random random) {
    int power = 1 << random.nextInt(21);
    return power + random.nextInt(power);
  }

  private long step(Random random) {
    int length = Math.min(length(random), FILE_BYTES);
    int from = random.nextInt(FILE_BYTES - length + 1);
    if (random.nextInt(4) == 0) {
      Arrays.fill(kind, from, from + length, HOLE);
      return -delta.punch(from, from + length, memory);
    }
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    System.arraycopy(bytes, 0, content, from, length);
    Arrays.fill(kind, from, from + length, DATA);
    return delta.write(
        from,
        ByteBuffer.wrap(bytes),
        memory,
        (buffer, at) -> {
          buffer.startWriting();
          fullRuns.add(buffer);
        });
  }

  /** Puts a run into a zone, in parts of random lengths. */
  private void place(WriteBuffer buffer, Random random) {
    List<PhysicalExtent> parts = new ArrayList<>();
    ByteBuffer bytes = buffer.bytes();
    while (bytes.hasRemaining()) {
      int length = Math.min(bytes.remaining(), length(random));
      ByteBuffer part = bytes.slice(bytes.position(), length);
      parts.add(PhysicalExtent.whole(zone.position(), length, BlockChecksums.of(part)));
      zone.put(part);
      bytes.position(bytes.position() + length);
    }
    buffer.place(parts, memory);
  }

  private void check() {
    byte[] seen = new byte[FILE_BYTES];
    long data = 0;
    long end = 0;
    for (Interval piece : delta.intervals()) {
      assertThat(piece.from()).isGreaterThanOrEqualTo(end);
      assertThat(piece.to()).isGreaterThan(piece.from());
      end = piece.to();
      int from = (int) piece.from();
      int length = (int) piece.length();
      WriteBuffer buffer = piece.buffer();
      Arrays.fill(seen, from, from + length, buffer == null ? HOLE : DATA);
      if (buffer != null) {
        data += length;
        assertThat(bytesOf(buffer, piece)).isEqualTo(ByteBuffer.wrap(content, from, length));
      }
    }
    assertThat(seen).isEqualTo(kind);
    assertThat(delta.dataBytes()).isEqualTo(data);
  }

  private ByteBuffer bytesOf(WriteBuffer buffer, Interval piece) {
    int length = (int) piece.length();
    if (!buffer.isPlaced()) {
      return buffer.bytes().slice(piece.bufferOffset(), length);
    }
    ByteBuffer found = ByteBuffer.allocate(length);
    for (PhysicalExtent part : buffer.placed(piece.bufferOffset(), length)) {
      ByteBuffer checksums = zone.slice((int) part.positionBytes(), part.coveredBytes());
      assertThat(part.checksums().firstMismatch(checksums, 0)).isEqualTo(-1);
      found.put(zone.slice((int) part.firstBytePosition(), part.lengthBytes()));
    }
    return found.flip();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void holdsWhatWasWritten(long seed) {
    Random random = new Random(seed);
    long wanted = 0;
    for (int step = 0; step < 60; step++) {
      wanted += step(random);
      if (random.nextInt(6) == 0) {
        fullRuns.forEach(buffer -> place(buffer, random));
        fullRuns.clear();
      }
      if (step % 10 == 9) {
        check();
      }
    }
    assertThat(wanted).isGreaterThanOrEqualTo(inMemory());
    fullRuns.forEach(buffer -> place(buffer, random));
    delta.normalize(memory);
    check();
    for (Interval piece : delta.intervals()) {
      WriteBuffer buffer = piece.buffer();
      if (buffer != null && !buffer.isPlaced()) {
        assertThat((long) buffer.length()).isEqualTo(piece.length());
        place(buffer, random);
      }
    }
    check();
    assertThat(memory.usedBytes()).as("memory that nobody gave back").isZero();
  }

  private long inMemory() {
    long bytes = 0;
    for (Interval piece : delta.intervals()) {
      WriteBuffer buffer = piece.buffer();
      bytes += buffer != null && !buffer.isPlaced() ? piece.length() : 0;
    }
    return bytes;
  }
}
