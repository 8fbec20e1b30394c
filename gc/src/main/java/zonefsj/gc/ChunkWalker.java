package zonefsj.gc;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.zonemgr.ChunkSummary;
import zonefsj.zonemgr.FrameHeader;
import zonefsj.zonemgr.FrameKind;

/**
 * Walks the chunks of a zone from frame to frame. Where no valid frame is found (a torn write, damage)
 * it goes on at the next unit, so that one bad frame hides no other. Reads summaries only, not data.
 * Single-threaded.
 */
public final class ChunkWalker {
  private final ZonedDevice device;
  private final UUID filesystem;
  private final int unitBytes;
  private final int blockBytes;
  private final long endBytes;
  private final ByteBuffer head;
  private long positionBytes;

  /**
   * A chunk that was found.
   *
   * @param frameBytes absolute position of its frame
   * @param frameLengthBytes length of the frame
   * @param stream number of the stream that it was written to
   * @param sequence number of the chunk
   * @param summary what it says
   */
  public record Found(
      long frameBytes, int frameLengthBytes, int stream, long sequence, ChunkSummary summary) {}

  /**
   * @param device the drive
   * @param filesystem whose chunks
   * @param zone the zone, as reported just now
   */
  public ChunkWalker(ZonedDevice device, UUID filesystem, ZoneDescriptor zone) {
    this.device = device;
    this.filesystem = filesystem;
    this.blockBytes = device.geometry().blockSizeBytes();
    this.unitBytes = FrameHeader.unitBytes(blockBytes);
    this.head = ByteBuffer.allocateDirect(unitBytes);
    this.positionBytes = zone.startBytes();
    this.endBytes =
        zone.hasWritePointer()
            ? Math.min(zone.writePointerBytes(), zone.startBytes() + zone.capacityBytes())
            : zone.startBytes() + zone.capacityBytes();
  }

  /** The next chunk, or null at the end of what is written. */
  public @Nullable Found next() throws IOException {
    while (positionBytes + unitBytes <= endBytes) {
      long at = positionBytes;
      head.clear();
      device.read(at, head);
      head.flip();
      FrameHeader header = FrameHeader.decode(head);
      boolean ours =
          header != null
              && header.filesystem().equals(filesystem)
              && at + header.frameBytes() <= endBytes;
      if (header == null || !ours) {
        positionBytes += unitBytes;
        continue;
      }
      if (header.kind() != FrameKind.CHUNK) {
        positionBytes += header.frameBytes();
        continue;
      }
      ByteBuffer summaryBytes = summaryOf(at, header);
      if (!header.verifies(summaryBytes)) {
        positionBytes += unitBytes;
        continue;
      }
      positionBytes += header.frameBytes();
      summaryBytes.position(FrameHeader.BYTES).limit(FrameHeader.BYTES + header.payloadBytes());
      return new Found(
          at,
          header.frameBytes(),
          header.flags(),
          header.sequence(),
          ChunkSummary.decode(summaryBytes));
    }
    return null;
  }

  private ByteBuffer summaryOf(long at, FrameHeader header) throws IOException {
    int needed = FrameHeader.BYTES + header.payloadBytes();
    if (needed <= head.limit()) {
      return head.duplicate();
    }
    ByteBuffer whole =
        ByteBuffer.allocateDirect((int) FrameHeader.roundUp(needed, blockBytes));
    device.read(at, whole);
    return whole.flip();
  }
}
