// SPDX-License-Identifier: Apache-2.0
package zonefsj.zonemgr;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.ZoneJudge;

/**
 * Compares two copies of a zone frame by frame. A frame that is damaged in one copy and right in
 * the other is the work of the drive: the filesystem wrote both. The other copy is needed then; if
 * each is needed for what the other one has wrong, both stay, and the readers, who have the same
 * checksums, take from each what it has right.
 *
 * <p>Says so only of chunks of file data and of checkpoints. Of the journal and of the superblock
 * log, a mount may have read a copy already, and relied on what was damaged there as the end of the
 * log. Nor does it if the copies have right frames that differ, because one of them has missed a
 * reset.
 *
 * <p>Thread-safe. A comparison takes two buffers of 2 MiB outside the heap, or of the longest frame
 * that is judged, a part of a checkpoint of 16 MiB.
 */
public final class FrameJudge implements ZoneJudge {
  private static final Logger LOG = LoggerFactory.getLogger(FrameJudge.class);

  /** Longer frames are not judged, because both copies of them are held in memory. */
  private static final int LONGEST_BYTES = FrameKind.CHECKPOINT_PART.maxFrameBytes();

  /** So much is read at once; the longest chunk fits into it. */
  private static final int WINDOW_BYTES = FrameKind.CHUNK.maxFrameBytes();

  private final UUID filesystem;
  private final int unitBytes;

  /**
   * @param filesystem UUID of the filesystem that owns the frames
   * @param unitBytes the frame unit
   */
  public FrameJudge(UUID filesystem, int unitBytes) {
    this.filesystem = filesystem;
    this.unitBytes = unitBytes;
  }

  @Override
  public boolean isNeeded(int zone, long lengthBytes, Copy copy, Copy other) throws IOException {
    Comparison comparison = new Comparison(lengthBytes, copy, other);
    boolean isNeeded = comparison.run();
    if (isNeeded) {
      LOG.info("zone {}: {} frames are damaged in one of two copies", zone, comparison.damaged);
    }
    return isNeeded;
  }

  /** One walk through both copies. */
  private final class Comparison {
    private final long lengthBytes;
    private final Copy copy;
    private final Copy other;

    /** The bytes of both copies from {@link #windowAt}. */
    private ByteBuffer firstWindow = ByteBuffer.allocateDirect(WINDOW_BYTES).limit(0);

    private ByteBuffer secondWindow = ByteBuffer.allocateDirect(WINDOW_BYTES).limit(0);
    private long windowAt;

    /** What {@link #look} has shown last. */
    private ByteBuffer first = firstWindow;

    private ByteBuffer second = secondWindow;

    /** Whether a frame is the same in both, so that both are of the same age. */
    private boolean hasSameFrame;

    private boolean isNeeded;
    private int damaged;

    Comparison(long lengthBytes, Copy copy, Copy other) {
      this.lengthBytes = lengthBytes;
      this.copy = copy;
      this.other = other;
    }

    boolean run() throws IOException {
      long at = 0;
      while (at + unitBytes <= lengthBytes) {
        look(at, unitBytes);
        FrameHeader here = headerOrNull(first, at);
        FrameHeader there = headerOrNull(second, at);
        FrameHeader header = here != null ? here : there;
        if (here != null && there != null && !here.equals(there)) {
          return false;
        }
        if (header == null) {
          // Damaged in both, or zeros behind a torn frame.
          at += unitBytes;
          continue;
        }
        if (!compare(at, header, here != null && there != null)) {
          return false;
        }
        at += header.frameBytes();
      }
      return isNeeded && hasSameFrame;
    }

    /**
     * Compares a frame.
     *
     * @param isSameFrame whether the headers are the same in both
     * @return false if nothing can be said of the zone
     */
    private boolean compare(long at, FrameHeader header, boolean isSameFrame) throws IOException {
      hasSameFrame |= isSameFrame;
      if (header.kind() == FrameKind.PADDING) {
        // Padding has no content, and may be as long as the rest of the zone.
        return true;
      }
      if (header.frameBytes() > LONGEST_BYTES) {
        return false;
      }
      look(at, header.frameBytes());
      if (first.mismatch(second) < 0) {
        return true;
      }
      boolean isJudged =
          header.kind() == FrameKind.CHUNK
              || header.kind() == FrameKind.CHECKPOINT_PART
              || header.kind() == FrameKind.CHECKPOINT_MANIFEST;
      if (!isJudged) {
        return false;
      }
      boolean differs = false;
      ChunkSummary summary = summaryOrNull(header);
      if (summary != null) {
        for (ChunkSummary.Piece piece : summary.pieces()) {
          differs |= comparePiece(piece);
        }
      }
      boolean here = isHeadRight(first, header);
      boolean there = isHeadRight(second, header);
      isNeeded |= there && !here;
      damaged += differs || here != there ? 1 : 0;
      return true;
    }

    /** Whether the header and the payload are right. */
    private boolean isHeadRight(ByteBuffer frame, FrameHeader header) {
      return header.equals(FrameHeader.decode(frame)) && header.verifies(frame);
    }

    /** The summary of a chunk, from the copy that has it right; null if none has it. */
    private @Nullable ChunkSummary summaryOrNull(FrameHeader header) {
      if (header.kind() != FrameKind.CHUNK) {
        return null;
      }
      ByteBuffer right = header.verifies(first) ? first : second;
      if (!header.verifies(right)) {
        return null;
      }
      int end = FrameHeader.BYTES + header.payloadBytes();
      try {
        return ChunkSummary.decode(
            right.duplicate().limit(end).position(FrameHeader.BYTES), header.frameBytes());
      } catch (IOException impossible) {
        LOG.debug("a summary with the right CRC says what cannot be", impossible);
        return null;
      }
    }

    /** Whether a granule is right in one copy alone. */
    private boolean comparePiece(ChunkSummary.Piece piece) {
      boolean differs = false;
      int granuleBytes = piece.checksums().granuleBytes();
      int granule = 0;
      for (int from = 0; from < piece.lengthBytes(); from += granuleBytes) {
        int at = piece.frameOffset() + from;
        int length = Math.min(granuleBytes, piece.lengthBytes() - from);
        boolean here = isRight(first, at, length, piece, granule);
        boolean there = isRight(second, at, length, piece, granule);
        isNeeded |= there && !here;
        differs |= there != here;
        granule++;
      }
      return differs;
    }

    private boolean isRight(
        ByteBuffer frame, int at, int length, ChunkSummary.Piece piece, int granule) {
      ByteBuffer bytes = frame.duplicate().limit(at + length).position(at);
      return FrameHeader.crc(bytes) == piece.checksums().crcs()[granule];
    }

    private @Nullable FrameHeader headerOrNull(ByteBuffer unit, long at) {
      FrameHeader header = FrameHeader.decode(unit);
      boolean isOurs =
          header != null
              && header.filesystem().equals(filesystem)
              && header.frameBytes() % unitBytes == 0
              && at + header.frameBytes() <= lengthBytes;
      return isOurs ? header : null;
    }

    /** Shows the same bytes of both copies; reads on from there if they are not in memory. */
    private void look(long at, int length) throws IOException {
      if (at < windowAt || at + length > windowAt + firstWindow.limit()) {
        if (length > firstWindow.capacity()) {
          firstWindow = ByteBuffer.allocateDirect(length);
          secondWindow = ByteBuffer.allocateDirect(length);
        }
        long wholeBytes = lengthBytes / unitBytes * unitBytes;
        int window = (int) Math.min(firstWindow.capacity(), wholeBytes - at);
        copy.read(at, firstWindow.clear().limit(window));
        other.read(at, secondWindow.clear().limit(window));
        firstWindow.flip();
        secondWindow.flip();
        windowAt = at;
      }
      first = firstWindow.slice((int) (at - windowAt), length);
      second = secondWindow.slice((int) (at - windowAt), length);
    }
  }
}
