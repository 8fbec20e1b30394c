// SPDX-License-Identifier: Apache-2.0
package zonefsj.zonemgr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The pieces of a chunk lie in its frame, one behind the other: others are refused. */
class ChunkSummaryTest {
  private static final int FRAME_BYTES = 64 << 10;

  private static ChunkSummary.Piece piece(int frameOffset, int length) {
    BlockChecksums granules = new BlockChecksums(24, new int[BlockChecksums.count(length, 24)]);
    return new ChunkSummary.Piece(7, 0, length, frameOffset, granules);
  }

  private static List<ChunkSummary.Piece> decoded(ChunkSummary.Piece... pieces) throws IOException {
    ByteBuffer out = ByteBuffer.allocate(4096);
    new ChunkSummary(List.of(pieces)).encode(out);
    return ChunkSummary.decode(out.flip(), FRAME_BYTES).pieces();
  }

  private static void isRefused(ChunkSummary.Piece... pieces) {
    assertThatThrownBy(() -> decoded(pieces))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("impossible piece");
  }

  @Test
  void piecesThatFillTheFrameAreRead() throws IOException {
    assertThat(decoded(piece(4096, 100), piece(4196, FRAME_BYTES - 4196))).hasSize(2);
  }

  @Test
  void aPieceBeyondTheFrameIsRefused() {
    isRefused(piece(4096, FRAME_BYTES - 4095));
    isRefused(piece(4096, Integer.MAX_VALUE));
    isRefused(piece(Integer.MAX_VALUE, 1));
    isRefused(piece(-4096, 1));
  }

  @Test
  void piecesThatOverlapAreRefused() {
    isRefused(piece(4096, 100), piece(4195, 1));
    isRefused(piece(8192, 100), piece(4096, 100));
  }
}
