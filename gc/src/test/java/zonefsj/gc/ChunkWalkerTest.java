// SPDX-License-Identifier: Apache-2.0
package zonefsj.gc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.zonemgr.BlockChecksums;
import zonefsj.zonemgr.ChunkSummary;
import zonefsj.zonemgr.FrameHeader;
import zonefsj.zonemgr.FrameKind;

/** A walk through a zone finds each chunk, and knows what may be content of a file. */
class ChunkWalkerTest {
  private static final UUID FILESYSTEM = new UUID(7, 8);
  private static final int UNIT_BYTES = 4096;
  private static final int ZONE_BYTES = 1 << 20;

  private final RamZonedDevice device =
      RamZonedDevice.create(
          EmulatedGeometry.builder(2L * ZONE_BYTES).zoneSizeBytes(ZONE_BYTES).build());

  /** A chunk that holds one piece of a file, all of whose content is given. */
  private static ByteBuffer chunk(long inode, ByteBuffer content) {
    ByteBuffer frame = ByteBuffer.allocate(UNIT_BYTES + content.remaining());
    ChunkSummary.Piece piece =
        new ChunkSummary.Piece(
            inode, 0, content.remaining(), UNIT_BYTES, BlockChecksums.of(content));
    new ChunkSummary(List.of(piece)).encode(frame.position(FrameHeader.BYTES));
    ByteBuffer payload = frame.duplicate().flip().position(FrameHeader.BYTES);
    header(FrameKind.CHUNK, payload, frame.capacity()).encode(frame.position(0));
    return frame.put(UNIT_BYTES, content, 0, content.remaining()).position(0);
  }

  private static FrameHeader header(FrameKind kind, ByteBuffer payload, int frameBytes) {
    return new FrameHeader(
        kind, 0, FILESYSTEM, 1, 1, payload.remaining(), FrameHeader.crc(payload), frameBytes);
  }

  /** Content that looks like padding to nearly the end of the zone, and like a chunk. */
  private static ByteBuffer forgery(int paddingBytes) {
    ByteBuffer content = ByteBuffer.allocate(6 * UNIT_BYTES);
    header(FrameKind.PADDING, ByteBuffer.allocate(0), paddingBytes).encode(content);
    content.position(2 * UNIT_BYTES).put(chunk(666, ByteBuffer.allocate(UNIT_BYTES)));
    return content.position(0);
  }

  private List<String> walk() throws IOException {
    ChunkWalker walker = new ChunkWalker(device, FILESYSTEM, device.report(0, 1).get(0));
    List<String> found = new ArrayList<>();
    for (ChunkWalker.FoundChunk next = walker.next(); next != null; next = walker.next()) {
      found.add(next.summary().pieces().get(0).inode() + (next.isDoubtful() ? "?" : ""));
    }
    return found;
  }

  @Test
  void contentOfFilesIsSteppedOver() throws IOException {
    device.append(0, chunk(1, forgery(ZONE_BYTES / 2)));
    device.append(0, chunk(2, ByteBuffer.allocate(UNIT_BYTES)));
    assertThat(walk()).containsExactly("1", "2");
  }

  @Test
  void alsoBehindASummaryThatDoesNotVerify() throws IOException {
    ByteBuffer damaged = chunk(1, forgery(8 * UNIT_BYTES));
    damaged.put(FrameHeader.BYTES + 5, (byte) 99);
    device.append(0, damaged);
    device.append(0, chunk(2, ByteBuffer.allocate(UNIT_BYTES)));
    assertThat(walk()).containsExactly("2");
  }

  @Test
  void behindALostHeaderNothingIsHiddenAndAllIsDoubtful() throws IOException {
    ByteBuffer damaged = chunk(1, forgery(8 * UNIT_BYTES));
    damaged.put(5, (byte) 99);
    device.append(0, chunk(3, ByteBuffer.allocate(UNIT_BYTES)));
    device.append(0, damaged);
    device.append(0, chunk(2, ByteBuffer.allocate(UNIT_BYTES)));
    assertThat(walk()).containsExactly("3", "666?", "2?");
  }
}
