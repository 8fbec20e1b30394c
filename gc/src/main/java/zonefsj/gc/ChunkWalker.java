// SPDX-License-Identifier: Apache-2.0
package zonefsj.gc;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.DeviceException;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.zonemgr.ChunkSummary;
import zonefsj.zonemgr.DriveCopies;
import zonefsj.zonemgr.FrameHeader;
import zonefsj.zonemgr.FrameKind;

/**
 * Walks the chunks of a zone from frame to frame, by the lengths in their headers. Where a frame
 * must begin and none does, after a torn write, damage or a read error, it continues at the next
 * unit, so one bad frame hides no other. From there on it may be within a chunk whose header is
 * lost, and what it meets may be what an application wrote: such chunks are {@link
 * FoundChunk#isDoubtful doubtful}. It reads summaries only, not data. Single-threaded.
 */
public final class ChunkWalker {
  private static final Logger LOG = LoggerFactory.getLogger(ChunkWalker.class);
  private static final int WINDOW_BYTES = 256 << 10;

  private final ZonedDevice device;
  private final UUID filesystem;
  private final int unitBytes;
  private final int blockBytes;
  private final long endBytes;
  private final ByteBuffer head;
  private long positionBytes;

  /** Whether a header was missing: the position may be within a chunk. */
  private boolean isDoubtful;

  /** Bytes of doubtful summaries that are still read; the summaries of a zone are not longer. */
  private long doubtfulBytes;

  /** Where every unit is examined, they are read together. */
  private ByteBuffer window = ByteBuffer.allocate(0);

  private long windowStartBytes;
  private long windowEndBytes;
  private boolean isWindowRead;
  private boolean unreadableNoted;

  /** Whether the log has a line about a wrong copy. */
  private boolean isWrongCopyNoted;

  /** Whether a read has failed since {@link #nextWithin} began. */
  private boolean hasReadFailed;

  /**
   * A chunk in the zone.
   *
   * @param framePosition absolute position of its frame
   * @param frameLengthBytes length of the frame
   * @param epoch of the mount that wrote it
   * @param stream number of the stream that it was written to
   * @param sequence number of the chunk
   * @param isDoubtful whether the header of a frame before it is lost, so that it may be content of
   *     a file that looks like a chunk
   * @param summary its summary
   */
  public record FoundChunk(
      long framePosition,
      int frameLengthBytes,
      long epoch,
      int stream,
      long sequence,
      boolean isDoubtful,
      ChunkSummary summary) {}

  /**
   * @param device the drive
   * @param filesystem UUID of the filesystem that owns the chunks
   * @param zone a current report of the zone
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
    this.doubtfulBytes = endBytes - zone.startBytes();
  }

  /** The next chunk, or null at the end of the written part. */
  public @Nullable FoundChunk next() throws IOException {
    FoundChunk chunk = null;
    while (chunk == null && !isAtEnd()) {
      chunk = nextWithin(endBytes - positionBytes);
    }
    return chunk;
  }

  /** Whether no chunk follows. */
  public boolean isAtEnd() {
    return positionBytes + unitBytes > endBytes;
  }

  /** Position on the drive from which it goes on. */
  long positionBytes() {
    return positionBytes;
  }

  /**
   * The next chunk that begins within some bytes. Ends after a read that fails, which may take
   * seconds.
   *
   * @return null if there is none; another call goes on behind what this one has examined, unless
   *     {@link #isAtEnd}
   */
  @Nullable FoundChunk nextWithin(long bytes) throws IOException {
    long stopBytes = Math.min(endBytes, positionBytes + bytes);
    hasReadFailed = false;
    while (!isAtEnd() && positionBytes < stopBytes && !hasReadFailed) {
      long at = positionBytes;
      FrameHeader header = headerOrNull(at);
      if (header == null) {
        isDoubtful = true;
        positionBytes += unitBytes;
        continue;
      }
      ChunkSummary summary = header.kind() == FrameKind.CHUNK ? summaryOrNull(at, header) : null;
      // A length counts only where a frame must begin.
      positionBytes += isDoubtful ? unitBytes : header.frameBytes();
      if (summary != null) {
        return new FoundChunk(
            at,
            header.frameBytes(),
            header.epoch(),
            header.flags(),
            header.sequence(),
            isDoubtful,
            summary);
      }
    }
    return null;
  }

  /** The header of a frame of this filesystem that lies in the written part, or null. */
  private @Nullable FrameHeader headerOrNull(long at) throws IOException {
    if (!readHead(at)) {
      return null;
    }
    FrameHeader header = FrameHeader.decode(head);
    if (isOurs(header, at)) {
      return header;
    }
    // In doubt most units are no frames.
    DriveCopies.Found found =
        isDoubtful
            ? null
            : DriveCopies.findRight(
                device, at, unitBytes, copy -> isOurs(FrameHeader.decode(copy), at));
    if (found == null) {
      return null;
    }
    noteWrong(at, found);
    head.clear();
    head.put(found.bytes()).flip();
    return FrameHeader.decode(head);
  }

  private boolean isOurs(@Nullable FrameHeader header, long at) {
    return header != null
        && header.filesystem().equals(filesystem)
        && header.frameBytes() % unitBytes == 0
        && at + header.frameBytes() <= endBytes;
  }

  /**
   * Whether the header and the summary of a chunk are whole, if the drive can read them. It does
   * not move the walk, but needs a walker of its own.
   *
   * @param framePosition where the walk of another walker has found the chunk
   */
  public boolean isWhole(long framePosition) throws IOException {
    hasReadFailed = false;
    FrameHeader header = headerOrNull(framePosition);
    boolean isWhole = header != null && summaryOrNull(framePosition, header) != null;
    return isWhole || hasReadFailed;
  }

  /** Reads the unit at a position into {@link #head}; in doubt every unit is read, so many. */
  private boolean readHead(long at) throws IOException {
    if (isDoubtful && at >= windowEndBytes) {
      int length = (int) Math.min(WINDOW_BYTES, endBytes - at);
      if (window.capacity() == 0) {
        window = ByteBuffer.allocateDirect(WINDOW_BYTES);
      }
      window.clear().limit(length - length % unitBytes);
      windowStartBytes = at;
      windowEndBytes = at + window.limit();
      isWindowRead = read(at, window);
    }
    head.clear();
    if (isDoubtful && isWindowRead && at < windowEndBytes) {
      head.put(0, window, (int) (at - windowStartBytes), unitBytes);
      return true;
    }
    boolean isRead = read(at, head);
    head.flip();
    return isRead;
  }

  private boolean read(long at, ByteBuffer destination) throws IOException {
    try {
      device.read(at, destination);
      return true;
    } catch (IOException unreadable) {
      DeviceException.rethrowInconclusive(unreadable);
      // The collector must continue after it; a scan of all extents finds the data that lie here.
      noteUnreadable(at, unreadable);
      return false;
    }
  }

  private @Nullable ChunkSummary summaryOrNull(long at, FrameHeader header) throws IOException {
    if (isDoubtful) {
      doubtfulBytes -= header.payloadBytes();
      if (doubtfulBytes < 0) {
        return null;
      }
    }
    try {
      ByteBuffer bytes = summaryOf(at, header);
      if (!header.verifies(bytes)) {
        DriveCopies.Found found =
            isDoubtful
                ? null
                : DriveCopies.findRight(device, at, bytes.remaining(), header::verifies);
        if (found == null) {
          return null;
        }
        noteWrong(at, found);
        bytes = found.bytes().slice();
      }
      bytes.position(FrameHeader.BYTES).limit(FrameHeader.BYTES + header.payloadBytes());
      return ChunkSummary.decode(bytes, header.frameBytes());
    } catch (IOException unreadable) {
      DeviceException.rethrowInconclusive(unreadable);
      noteUnreadable(at, unreadable);
      return null;
    }
  }

  private void noteWrong(long at, DriveCopies.Found found) {
    if (!isWrongCopyNoted) {
      isWrongCopyNoted = true;
      LOG.warn("the summary at byte {} {}", at, found.words());
    }
  }

  private void noteUnreadable(long at, IOException cause) {
    hasReadFailed = true;
    if (!unreadableNoted) {
      unreadableNoted = true;
      LOG.warn("a chunk at byte {} of the drive cannot be read", at, cause);
    }
  }

  private ByteBuffer summaryOf(long at, FrameHeader header) throws IOException {
    int needed = FrameHeader.BYTES + header.payloadBytes();
    if (needed <= head.limit()) {
      return head.duplicate();
    }
    ByteBuffer whole = ByteBuffer.allocateDirect((int) FrameHeader.roundUp(needed, blockBytes));
    device.read(at, whole);
    return whole.flip();
  }
}
