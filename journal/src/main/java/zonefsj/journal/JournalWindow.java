// SPDX-License-Identifier: Apache-2.0
package zonefsj.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.DeviceException;
import zonefsj.device.ZonedDevice;
import zonefsj.journal.JournalFrames.Frame;
import zonefsj.zonemgr.DriveCopies;
import zonefsj.zonemgr.FrameHeader;

/**
 * A sliding read buffer of 512 KiB over one copy of a segment, longer only for a longer frame.
 * Offsets are in bytes from the start of the copy. Single-threaded.
 */
final class JournalWindow {
  private static final Logger LOG = LoggerFactory.getLogger(JournalWindow.class);
  private static final int WINDOW_BYTES = 512 << 10;

  private final ZonedDevice device;
  private final UUID filesystem;
  private final int unitBytes;
  private final long originBytes;
  private final long limitBytes;
  private ByteBuffer buffer = ByteBuffer.allocateDirect(0);
  private long offsetBytes;
  private @Nullable IOException failure;
  private long failureOffsetBytes;

  /** Whether the log has a line about a wrong copy. */
  private boolean isWrongNoted;

  /**
   * @param device the drive
   * @param filesystem UUID of the filesystem that owns the journal
   * @param originBytes absolute position of the copy
   * @param limitBytes length of what is written of the copy
   */
  JournalWindow(ZonedDevice device, UUID filesystem, long originBytes, long limitBytes) {
    this.device = device;
    this.filesystem = filesystem;
    this.unitBytes = FrameHeader.unitBytes(device.geometry().blockSizeBytes());
    this.originBytes = originBytes;
    this.limitBytes = limitBytes;
  }

  /** The frame at an offset, or null if there is no valid one. */
  @Nullable Frame frameAt(long offset) throws IOException {
    FrameHeader header = headerAt(offset);
    return header == null ? null : frameAt(offset, header);
  }

  private @Nullable FrameHeader headerAt(long offset) throws IOException {
    ByteBuffer head = at(offset, unitBytes);
    FrameHeader header = head == null ? null : FrameHeader.decode(head);
    return JournalFrames.isPlausible(header, filesystem, unitBytes) ? header : null;
  }

  private @Nullable Frame frameAt(long offset, FrameHeader header) throws IOException {
    ByteBuffer whole = at(offset, header.frameBytes());
    return whole == null ? null : JournalFrames.decode(whole, filesystem);
  }

  /**
   * The wanted frame at an offset from any copy of the drive, whose bytes are then those of the
   * window; null if no copy has it.
   */
  @Nullable Frame frameOfCopies(long offset, Predicate<Frame> wanted) throws IOException {
    if (offset + unitBytes > limitBytes) {
      return null;
    }
    FrameHeader[] header = new FrameHeader[1];
    DriveCopies.Answers answers =
        DriveCopies.ask(
            device,
            originBytes + offset,
            unitBytes,
            head -> {
              FrameHeader found = FrameHeader.decode(head);
              boolean isOne = JournalFrames.isPlausible(found, filesystem, unitBytes);
              header[0] = isOne && header[0] == null ? found : header[0];
              // The whole frame decides who is wrong.
              return true;
            });
    if (answers.silence() == null && failureOffsetBytes == offset) {
      // It can be read after all.
      failure = null;
    }
    if (header[0] == null || offset + header[0].frameBytes() > limitBytes) {
      return null;
    }
    Frame[] frame = new Frame[1];
    DriveCopies.Found found =
        DriveCopies.findRight(
            device,
            originBytes + offset,
            header[0].frameBytes(),
            whole -> {
              Frame decoded = JournalFrames.decode(whole, filesystem);
              boolean isWanted = decoded != null && wanted.test(decoded);
              frame[0] = isWanted ? decoded : frame[0];
              return isWanted;
            });
    if (found == null || !holds(offset, found.bytes().remaining())) {
      return null;
    }
    if (!isWrongNoted) {
      isWrongNoted = true;
      LOG.warn("the journal {}, from byte {} on", found.words(), originBytes + offset);
    }
    buffer.put(
        (int) (offset - offsetBytes),
        found.bytes(),
        found.bytes().position(),
        found.bytes().remaining());
    return frame[0];
  }

  private boolean holds(long offset, int length) throws IOException {
    return at(offset, length) != null;
  }

  /**
   * The highest position that a valid frame of an epoch, above a sequence, proves to have been
   * flushed. The length in the header of a frame that is not whole counts only where a frame must
   * begin, so not behind a place without a header.
   */
  long provenBehind(long from, long epoch, long sequence) throws IOException {
    long proven = 0;
    boolean isFrameStart = true;
    for (long at = from; at + unitBytes <= limitBytes; ) {
      FrameHeader header = headerAt(at);
      Frame frame = header == null ? null : frameAt(at, header);
      // In doubt most units are no frames.
      if (frame == null && (header != null || isFrameStart)) {
        frame = frameOfCopies(at, of -> of.header().epoch() == epoch);
        header = frame == null ? header : frame.header();
      }
      boolean isOurs = header != null && header.epoch() == epoch;
      if (frame != null && isOurs && frame.header().sequence() > sequence) {
        proven = Math.max(proven, frame.flushed());
      }
      isFrameStart &= frame != null || isOurs;
      boolean isStepped = frame != null || isFrameStart;
      at += header != null && isStepped ? header.frameBytes() : unitBytes;
    }
    return proven;
  }

  /** Why the last read failed, if it was at this offset; otherwise null. */
  @Nullable IOException failureAt(long offset) {
    return failureOffsetBytes == offset ? failure : null;
  }

  /** The bytes at an offset; null if the copy is shorter, or cannot be read there. */
  @Nullable ByteBuffer at(long offset, int length) throws IOException {
    if (offset + length > limitBytes) {
      return null;
    }
    if (offset < offsetBytes || offset + length > offsetBytes + buffer.limit()) {
      boolean read =
          fill(offset, Math.max(length, (int) Math.min(WINDOW_BYTES, limitBytes - offset)))
              // A bad block must not hide the good ones before it.
              || fill(offset, length);
      if (!read) {
        return null;
      }
    }
    return buffer.slice((int) (offset - offsetBytes), length);
  }

  private boolean fill(long offset, int length) throws IOException {
    if (length > buffer.capacity()) {
      buffer = ByteBuffer.allocateDirect(length);
    }
    buffer.clear().limit(length);
    try {
      device.read(originBytes + offset, buffer);
      buffer.flip();
      offsetBytes = offset;
      failure = null;
      return true;
    } catch (IOException unreadable) {
      DeviceException.rethrowInconclusive(unreadable);
      LOG.warn("the journal cannot be read at byte {}", originBytes + offset, unreadable);
      buffer.limit(0);
      failure = unreadable;
      failureOffsetBytes = offset;
      return false;
    }
  }
}
