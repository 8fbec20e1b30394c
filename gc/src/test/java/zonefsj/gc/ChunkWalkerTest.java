// SPDX-License-Identifier: Apache-2.0
package zonefsj.gc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.fault.WrongCopyDevice;
import zonefsj.device.filter.OneCopyDevice;
import zonefsj.zonemgr.BlockChecksums;
import zonefsj.zonemgr.ChunkSummary;
import zonefsj.zonemgr.FrameHeader;
import zonefsj.zonemgr.FrameKind;

/** A walk through a zone finds each chunk, and knows what may be content of a file. */
class ChunkWalkerTest {
  private static final UUID FILESYSTEM = new UUID(7, 8);
  private static final int UNIT_BYTES = 4096;
  private static final int ZONE_BYTES = 1 << 20;

  private final RamZonedDevice device = drive(4096);

  private static RamZonedDevice drive(int blockBytes) {
    return RamZonedDevice.create(
        EmulatedGeometry.builder(2L * ZONE_BYTES)
            .zoneSizeBytes(ZONE_BYTES)
            .blockSizeBytes(blockBytes)
            .build());
  }

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
    return walk(device);
  }

  private static List<String> walk(ZonedDevice device) throws IOException {
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

  @Test
  void aHeaderOrSummaryThatACopyOfTheDriveHasWrongIsTakenFromAnother() throws IOException {
    device.append(0, chunk(3, ByteBuffer.allocate(UNIT_BYTES)));
    long second = 2L * UNIT_BYTES;
    device.append(0, chunk(1, forgery(8 * UNIT_BYTES)));
    device.append(0, chunk(2, ByteBuffer.allocate(UNIT_BYTES)));
    for (long wrong : List.of(second + 5, second + FrameHeader.BYTES + 5)) {
      WrongCopyDevice copies = new WrongCopyDevice(device, wrong);
      assertThat(walk(copies)).containsExactly("3", "1", "2");
      ChunkWalker ofWrong =
          new ChunkWalker(new OneCopyDevice(copies, 1), FILESYSTEM, device.report(0, 1).get(0));
      assertThat(ofWrong.isWhole(0)).isTrue();
      assertThat(ofWrong.isWhole(second)).isFalse();
      ChunkWalker ofRight =
          new ChunkWalker(new OneCopyDevice(copies, 0), FILESYSTEM, device.report(0, 1).get(0));
      assertThat(ofRight.isWhole(second)).isTrue();
    }
  }

  @Test
  void notEvenByAChunkThatVerifies() throws IOException {
    ByteBuffer content = ByteBuffer.allocate(6 * UNIT_BYTES);
    ByteBuffer within = chunk(666, ByteBuffer.allocate(7 * UNIT_BYTES));
    content.put(0, within, 0, 2 * UNIT_BYTES);
    ByteBuffer damaged = chunk(1, content);
    damaged.put(5, (byte) 99);
    device.append(0, damaged);
    device.append(0, chunk(2, ByteBuffer.allocate(UNIT_BYTES)));
    device.append(0, chunk(3, ByteBuffer.allocate(UNIT_BYTES)));
    assertThat(walk()).containsExactly("666?", "2?", "3?");
  }

  /** Such lengths exist only where the unit is 4096. */
  @Test
  void aLengthThatIsNoMultipleOfTheUnitLeadsNowhere() throws IOException {
    int blockBytes = 4 * UNIT_BYTES;
    RamZonedDevice large = drive(blockBytes);
    ByteBuffer content = ByteBuffer.allocate(3 * blockBytes);
    content.put(chunk(666, ByteBuffer.allocate(4 * UNIT_BYTES)));
    large.append(0, content.position(0));
    large.append(0, chunk(2, ByteBuffer.allocate(3 * UNIT_BYTES)));
    assertThat(walk(large)).containsExactly("2?");
  }

  /** A summary may be as long as a chunk, and each unit of a file may seem to begin one. */
  @Test
  void doubtfulSummariesAreNotReadForEver() throws IOException {
    device.append(0, ByteBuffer.allocate(UNIT_BYTES));
    ByteBuffer unit = ByteBuffer.allocate(UNIT_BYTES);
    int half = ZONE_BYTES / 2;
    new FrameHeader(FrameKind.CHUNK, 0, FILESYSTEM, 1, 1, half - FrameHeader.BYTES, 7, half)
        .encode(unit);
    for (int units = 1; units < ZONE_BYTES / UNIT_BYTES; units++) {
      device.append(0, unit.clear());
    }
    AtomicLong readBytes = new AtomicLong();
    List<String> found =
        walk(
            new FilterZonedDevice(device) {
              @Override
              public void read(long positionBytes, ByteBuffer destination) throws IOException {
                readBytes.addAndGet(destination.remaining());
                super.read(positionBytes, destination);
              }
            });
    assertThat(found).isEmpty();
    assertThat(readBytes.get()).isLessThanOrEqualTo(2L * ZONE_BYTES);
  }
}
