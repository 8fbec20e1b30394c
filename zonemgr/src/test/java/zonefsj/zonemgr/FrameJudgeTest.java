// SPDX-License-Identifier: Apache-2.0
package zonefsj.zonemgr;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class FrameJudgeTest {
  private static final UUID FILESYSTEM = new UUID(1, 2);
  private static final int UNIT = 4096;
  private static final int DATA_BYTES = 20_000;
  private static final int CHUNK_BYTES = 24_576;
  private static final int DATA_AT = 200;

  private final SplittableRandom random = new SplittableRandom(11);
  private final FrameJudge judge = new FrameJudge(FILESYSTEM, UNIT);

  private byte[] chunk(long sequence) {
    byte[] content = new byte[DATA_BYTES];
    random.nextBytes(content);
    BlockChecksums checksums = BlockChecksums.of(ByteBuffer.wrap(content));
    ChunkSummary summary =
        new ChunkSummary(
            List.of(new ChunkSummary.Piece(7, sequence << 20, DATA_BYTES, DATA_AT, checksums)));
    ByteBuffer payload =
        ByteBuffer.allocate(ChunkSummary.encodedBytes(List.of(checksums.crcs().length)));
    summary.encode(payload);
    byte[] frame = frame(FrameKind.CHUNK, sequence, payload.flip(), CHUNK_BYTES);
    System.arraycopy(content, 0, frame, DATA_AT, DATA_BYTES);
    return frame;
  }

  private static byte[] frame(FrameKind kind, long sequence, ByteBuffer payload, int frameBytes) {
    ByteBuffer frame = ByteBuffer.allocate(frameBytes);
    int crc = FrameHeader.crc(payload);
    new FrameHeader(kind, 0, FILESYSTEM, 3, sequence, payload.remaining(), crc, frameBytes)
        .encode(frame);
    frame.put(payload.duplicate());
    return frame.array();
  }

  private byte[] other(FrameKind kind, long sequence) {
    byte[] payload = new byte[3000];
    random.nextBytes(payload);
    return frame(kind, sequence, ByteBuffer.wrap(payload), UNIT);
  }

  private static byte[] zone(byte[]... frames) {
    ByteBuffer zone = ByteBuffer.allocate(List.of(frames).stream().mapToInt(f -> f.length).sum());
    List.of(frames).forEach(zone::put);
    return zone.array();
  }

  private static byte[] flipped(byte[] zone, int... positions) {
    byte[] flipped = zone.clone();
    for (int at : positions) {
      flipped[at] ^= 4;
    }
    return flipped;
  }

  private boolean isNeeded(byte[] copy, byte[] other) throws IOException {
    return judge.isNeeded(
        9,
        copy.length,
        (at, destination) -> destination.put(copy, (int) at, destination.remaining()),
        (at, destination) -> destination.put(other, (int) at, destination.remaining()));
  }

  @Test
  void aCopyIsNeededForWhatTheOtherHasWrong() throws IOException {
    byte[] right = zone(chunk(1), chunk(2), chunk(3));
    byte[] wrongData = flipped(right, CHUNK_BYTES + DATA_AT + 17);
    assertThat(isNeeded(wrongData, right)).isTrue();
    assertThat(isNeeded(right, wrongData)).as("nothing of the wrong one").isFalse();
    assertThat(isNeeded(right, right)).isFalse();
  }

  @Test
  void eachMayHaveSomethingRight() throws IOException {
    byte[] right = zone(chunk(1), chunk(2), chunk(3));
    byte[] first = flipped(right, CHUNK_BYTES + DATA_AT + 17);
    byte[] second = flipped(right, DATA_AT + 17);
    assertThat(isNeeded(first, second)).isTrue();
    assertThat(isNeeded(second, first)).isTrue();
    // Other granules of one chunk.
    byte[] third = flipped(right, CHUNK_BYTES + DATA_AT + 9000);
    assertThat(isNeeded(first, third)).isTrue();
    assertThat(isNeeded(flipped(first, CHUNK_BYTES + DATA_AT + 9000), third)).isTrue();
    assertThat(isNeeded(third, flipped(third, CHUNK_BYTES + DATA_AT + 17))).isFalse();
  }

  @Test
  void headersAndSummariesCount() throws IOException {
    byte[] right = zone(chunk(1), chunk(2), chunk(3));
    assertThat(isNeeded(flipped(right, 20), right)).as("header").isTrue();
    assertThat(isNeeded(flipped(right, 80), right)).as("summary").isTrue();
    assertThat(isNeeded(right, flipped(right, 20, 80))).isFalse();
    byte[] damagedInBoth = flipped(right, 2 * CHUNK_BYTES + 5);
    assertThat(isNeeded(flipped(damagedInBoth, 20), damagedInBoth)).isTrue();
    // What is behind the summary and the data belongs to nobody.
    assertThat(isNeeded(flipped(right, DATA_AT + DATA_BYTES + 1), right)).isFalse();
  }

  @Test
  void partsOfCheckpointsCount() throws IOException {
    byte[] right =
        zone(other(FrameKind.CHECKPOINT_PART, 1), other(FrameKind.CHECKPOINT_MANIFEST, 2));
    assertThat(isNeeded(flipped(right, 100), right)).isTrue();
    assertThat(isNeeded(flipped(right, UNIT + 100), right)).isTrue();
    assertThat(isNeeded(right, flipped(right, 100))).isFalse();
  }

  /** A mount may have taken a damaged record for the end of the journal. */
  @Test
  void logsAreNotJudged() throws IOException {
    byte[] journal = zone(other(FrameKind.ROOT, 1), other(FrameKind.JOURNAL, 1));
    assertThat(isNeeded(flipped(journal, UNIT + 100), journal)).isFalse();
    assertThat(isNeeded(flipped(journal, 100), journal)).isFalse();
    byte[] mixed = zone(chunk(1), other(FrameKind.JOURNAL, 1), chunk(2));
    assertThat(isNeeded(flipped(mixed, DATA_AT + 1, CHUNK_BYTES + 100), mixed)).isFalse();
  }

  /** A copy that has missed a reset is right, too, but of another time. */
  @Test
  void copiesOfDifferentAgeAreNotJudged() throws IOException {
    byte[] before = zone(chunk(1), chunk(2));
    byte[] after = zone(chunk(8), chunk(9));
    assertThat(isNeeded(after, before)).isFalse();
    assertThat(isNeeded(flipped(after, DATA_AT + 1), before)).isFalse();
    assertThat(isNeeded(flipped(after, 20), before)).isFalse();
    assertThat(isNeeded(flipped(after, 20, CHUNK_BYTES + 20), before)).isFalse();
    assertThat(isNeeded(flipped(zone(chunk(8)), 20), zone(chunk(1)))).isFalse();
  }

  @Test
  void paddingIsNotRead() throws IOException {
    ByteBuffer none = ByteBuffer.allocate(0);
    byte[] right = zone(chunk(1), frame(FrameKind.PADDING, 0, none, 8 * UNIT), chunk(2));
    int second = CHUNK_BYTES + 8 * UNIT;
    assertThat(isNeeded(flipped(right, CHUNK_BYTES + UNIT), right)).isFalse();
    assertThat(isNeeded(flipped(right, second + DATA_AT + 1), right)).isTrue();
  }
}
