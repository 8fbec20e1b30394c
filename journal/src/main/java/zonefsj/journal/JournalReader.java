package zonefsj.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.journal.JournalFrames.Frame;
import zonefsj.zonemgr.FrameHeader;

/**
 * Reads a journal from its segments and tells a torn tail from damage: up to the last position that
 * any valid record proves to have been flushed, a bad record is damage; beyond it, the first record
 * that is incomplete or that the visitor does not accept is the torn tail, and the journal ends
 * before it.
 *
 * <p>Costs one sequential read of the journal and two buffers of 1 MiB. Single-threaded.
 */
public final class JournalReader {
  private static final Logger LOG = LoggerFactory.getLogger(JournalReader.class);
  private static final int WINDOW_BYTES = 1 << 20;

  /** Takes the records in order. */
  @FunctionalInterface
  public interface Visitor {
    /**
     * @param record the record; valid during the call only
     * @param position its position
     * @param proven whether it is known to have been flushed, with all the data it speaks of
     * @return false if the data of an unproven record does not verify: the journal ends before it
     */
    boolean visit(ByteBuffer record, JournalPosition position, boolean proven) throws IOException;
  }

  /**
   * What was read.
   *
   * @param segments the segments up to the last accepted record, each with its end
   * @param end position of the last accepted record
   * @param droppedFrames valid or torn frames behind the end
   */
  public record Result(List<JournalSegment> segments, JournalPosition end, long droppedFrames) {}

  private final ZonedDevice device;
  private final UUID filesystem;
  private final int unitBytes;

  /**
   * @param device the drive
   * @param filesystem whose journal
   */
  public JournalReader(ZonedDevice device, UUID filesystem) {
    this.device = device;
    this.filesystem = filesystem;
    this.unitBytes = FrameHeader.unitBytes(device.geometry().blockSizeBytes());
  }

  private record Located(JournalSegment segment, long positionBytes, Frame frame) {
    long endBytes() {
      return positionBytes + frame.header().frameBytes();
    }
  }

  /**
   * Reads all records.
   *
   * @param segments the journal's segments, in order; at least one
   * @throws JournalDamagedException if a record that was proven durable cannot be read
   */
  public Result read(List<JournalSegment> segments, Visitor visitor) throws IOException {
    List<Located> chain = new ArrayList<>();
    long proven = segments.get(0).before().sequence();
    JournalPosition at = segments.get(0).before();
    int broken = -1;
    for (int index = 0; index < segments.size() && broken < 0; index++) {
      JournalSegment segment = segments.get(index);
      if (!segment.before().equals(at)) {
        broken = index;
        break;
      }
      SegmentWalk walk = new SegmentWalk(segment);
      Located next;
      while ((next = walk.next(at)) != null) {
        chain.add(next);
        proven = Math.max(proven, next.frame().flushed());
        at = new JournalPosition(next.frame().header().sequence(), next.frame().chainAfter());
      }
      if (segment.endBytes() != JournalSegment.OPEN && walk.positionBytes != segment.endBytes()) {
        broken = index;
      }
    }
    long provenBehind = provenBehind(segments, at);
    if (provenBehind > at.sequence()) {
      throw new JournalDamagedException(
          "journal record "
              + (at.sequence() + 1)
              + " cannot be read, though it was durable up to "
              + provenBehind);
    }
    return deliver(segments, chain, proven, visitor);
  }

  /** Walks the frames of one segment. */
  private final class SegmentWalk {
    private final JournalSegment segment;
    private final long limitBytes;
    private final Window window = new Window();
    private long positionBytes;

    SegmentWalk(JournalSegment segment) throws IOException {
      this.segment = segment;
      this.positionBytes = segment.startBytes();
      this.limitBytes = limitOf(segment);
    }

    @Nullable Located next(JournalPosition before) throws IOException {
      if (positionBytes + unitBytes > limitBytes) {
        return null;
      }
      Frame frame = window.frameAt(positionBytes, limitBytes);
      if (frame == null
          || frame.header().epoch() != segment.epoch()
          || frame.header().sequence() != before.sequence() + 1
          || frame.chainBefore() != before.chain()) {
        return null;
      }
      Located located = new Located(segment, positionBytes, frame);
      positionBytes = located.endBytes();
      return located;
    }
  }

  private long limitOf(JournalSegment segment) throws IOException {
    ZoneDescriptor zone = device.report(segment.zone(), 1).get(0);
    long written =
        switch (zone.condition()) {
          case OFFLINE -> segment.startBytes();
          case READ_ONLY, NOT_WRITE_POINTER -> zone.startBytes() + zone.capacityBytes();
          case EMPTY, IMPLICIT_OPEN, EXPLICIT_OPEN, CLOSED, FULL -> zone.writePointerBytes();
        };
    return segment.endBytes() == JournalSegment.OPEN
        ? written
        : Math.min(written, segment.endBytes());
  }

  /** The highest position that any valid frame behind {@code at} proves to have been flushed. */
  private long provenBehind(List<JournalSegment> segments, JournalPosition at) throws IOException {
    long proven = 0;
    Window window = new Window();
    for (JournalSegment segment : segments) {
      long limit = limitOf(segment);
      long position = segment.startBytes();
      while (position + unitBytes <= limit) {
        Frame frame = window.frameAt(position, limit);
        boolean behind =
            frame != null
                && frame.header().epoch() == segment.epoch()
                && frame.header().sequence() > at.sequence();
        if (frame != null && behind) {
          proven = Math.max(proven, frame.flushed());
        }
        position += frame == null ? unitBytes : frame.header().frameBytes();
      }
    }
    return proven;
  }

  private Result deliver(
      List<JournalSegment> segments, List<Located> chain, long proven, Visitor visitor)
      throws IOException {
    Window window = new Window();
    List<Located> fragments = new ArrayList<>();
    JournalPosition end = segments.get(0).before();
    @Nullable Located last = null;
    int accepted = 0;
    for (int index = 0; index < chain.size(); index++) {
      Located located = chain.get(index);
      // The first segment may begin with the rest of a record whose beginning was trimmed.
      boolean inOrder = located.frame().isFirst() == fragments.isEmpty();
      if (!inOrder && index > 0) {
        throw new JournalDamagedException(
            "journal frame " + located.frame().header().sequence() + " is out of place");
      }
      fragments.add(located);
      if (!located.frame().isLast()) {
        continue;
      }
      JournalPosition position =
          new JournalPosition(located.frame().header().sequence(), located.frame().chainAfter());
      // Only what a checkpoint contains is trimmed: the rest of such a record says nothing new.
      boolean isWhole = fragments.get(0).frame().isFirst();
      ByteBuffer record = isWhole ? window.record(fragments) : ByteBuffer.allocate(0);
      boolean isProven = !isWhole || position.sequence() <= proven;
      fragments.clear();
      if (!visitor.visit(record, position, isProven)) {
        if (isProven) {
          throw new JournalDamagedException(
              "journal record " + position.sequence() + " was refused, though it was durable");
        }
        LOG.info("journal record {} is torn: its data does not verify", position.sequence());
        break;
      }
      end = position;
      last = located;
      accepted = index + 1;
    }
    return new Result(cut(segments, last), end, chain.size() - accepted);
  }

  private static List<JournalSegment> cut(List<JournalSegment> segments, @Nullable Located last) {
    List<JournalSegment> kept = new ArrayList<>();
    for (JournalSegment segment : segments) {
      if (last == null) {
        kept.add(segment.closedAt(segment.startBytes()));
        return kept;
      }
      if (segment.equals(last.segment())) {
        kept.add(segment.closedAt(last.endBytes()));
        return kept;
      }
      kept.add(segment);
    }
    return kept;
  }

  /** A sliding read buffer. */
  private final class Window {
    private ByteBuffer buffer = ByteBuffer.allocateDirect(WINDOW_BYTES).limit(0);
    private long startBytes;

    @Nullable Frame frameAt(long positionBytes, long limitBytes) throws IOException {
      ByteBuffer head = at(positionBytes, unitBytes, limitBytes);
      FrameHeader header = FrameHeader.decode(head);
      if (header == null || positionBytes + header.frameBytes() > limitBytes) {
        return null;
      }
      return JournalFrames.decode(at(positionBytes, header.frameBytes(), limitBytes), filesystem);
    }

    ByteBuffer record(List<Located> fragments) throws IOException {
      int total = 0;
      for (Located located : fragments) {
        total += located.frame().header().payloadBytes() - JournalFrames.PREAMBLE_BYTES;
      }
      ByteBuffer record = ByteBuffer.allocate(total);
      for (Located located : fragments) {
        ByteBuffer bytes =
            at(located.positionBytes(), located.frame().header().frameBytes(), located.endBytes());
        record.put(JournalFrames.fragment(bytes, located.frame()));
      }
      return record.flip();
    }

    private ByteBuffer at(long positionBytes, int length, long limitBytes) throws IOException {
      boolean inside =
          positionBytes >= startBytes && positionBytes + length <= startBytes + buffer.limit();
      if (!inside) {
        if (length > buffer.capacity()) {
          buffer = ByteBuffer.allocateDirect(length);
        }
        buffer.clear();
        buffer.limit((int) Math.min(buffer.capacity(), limitBytes - positionBytes));
        startBytes = positionBytes;
        device.read(positionBytes, buffer);
        buffer.flip();
      }
      int offset = (int) (positionBytes - startBytes);
      return buffer.slice(offset, length);
    }
  }
}
