// SPDX-License-Identifier: Apache-2.0
package zonefsj.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.journal.JournalFrames.Frame;

/**
 * Reads a journal from its segments and distinguishes a torn tail from damage. Up to the last
 * position that any valid record proves to have been flushed, a bad record is damage. After it, the
 * first record that is incomplete or that the visitor refuses is the torn tail, and the journal
 * ends before it. In a mirrored journal each frame is taken from the first copy in which it is
 * valid; if none is, from a copy of the drive in which it is.
 *
 * <p>Reads the journal sequentially; takes two buffers of 512 KiB for each copy. Single-threaded.
 */
public final class JournalReader {
  private static final Logger LOG = LoggerFactory.getLogger(JournalReader.class);

  /**
   * Longest record that a reader accepts. A batch is sealed when its changes take a share of {@code
   * dirty=}, long before its record reaches this length.
   */
  public static final int MAX_RECORD_BYTES = 1 << 30;

  /** Receives the records in order. */
  @FunctionalInterface
  public interface Visitor {
    /**
     * @param record the record; valid during the call only
     * @param position its position
     * @param proven whether the record and the data that it names are known to have been flushed
     * @return false if the data of an unproven record do not match: the journal ends before it
     */
    boolean visit(ByteBuffer record, JournalPosition position, boolean proven) throws IOException;

    /**
     * Receives, before the first record, the number of the last complete frame.
     *
     * @param sequence of this frame; the records may end before it
     */
    default void readUpTo(long sequence) {
      // For visitors that show progress.
    }

    /**
     * Receives, before the first record, that the frames end where no copy has a valid one and one
     * cannot be read: what was there is unknown.
     *
     * @param end position of the last complete frame
     * @param failed the failure of the drive
     */
    default void endsUnreadable(JournalPosition end, IOException failed) {
      // For visitors that tell a user.
    }
  }

  /**
   * Result of a read.
   *
   * @param segments the segments up to the last accepted record, each with its length, and without
   *     incomplete copies if another copy is complete
   * @param end position of the last accepted record
   * @param isProven whether these segments themselves prove that the last record was flushed, so
   *     that no later read of them drops it; false if no record was read
   * @param droppedFrames valid frames after the end
   */
  public record Result(
      List<JournalSegment> segments, JournalPosition end, boolean isProven, long droppedFrames) {
    /** A journal without records. */
    public static final Result EMPTY = new Result(List.of(), JournalPosition.START, true, 0);
  }

  private final ZonedDevice device;
  private final UUID filesystem;

  /**
   * @param device the drive
   * @param filesystem UUID of the filesystem that owns the journal
   */
  public JournalReader(ZonedDevice device, UUID filesystem) {
    this.device = device;
    this.filesystem = filesystem;
  }

  private record Located(JournalSegment segment, long offsetBytes, Frame frame) {
    long endBytes() {
      return offsetBytes + frame.header().frameBytes();
    }
  }

  /**
   * Reads all records.
   *
   * @param segments the journal's segments, in order; at least one
   * @param known a position known to have been durable; ignored if it is not one of this journal
   * @throws JournalDamagedException if a record that was proven durable cannot be read
   */
  public Result read(List<JournalSegment> segments, JournalPosition known, Visitor visitor)
      throws IOException {
    for (JournalSegment segment : segments) {
      checkReadable(segment);
    }
    List<Located> chain = new ArrayList<>();
    long proven = segments.get(0).before().sequence();
    boolean isKnown = false;
    JournalPosition at = segments.get(0).before();
    int broken = -1;
    int lastIndex = 0;
    long lastOffset = 0;
    @Nullable IOException unreadable = null;
    for (int index = 0; index < segments.size() && broken < 0; index++) {
      JournalSegment segment = segments.get(index);
      lastIndex = index;
      lastOffset = 0;
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
        isKnown |= at.equals(known);
      }
      lastOffset = walk.offsetBytes;
      unreadable = walk.bytes.failureAt(lastOffset);
      if (!segment.isOpen() && walk.offsetBytes != segment.lengthBytes()) {
        broken = index;
      }
    }
    long provenBehind =
        provenBehind(segments.subList(lastIndex, segments.size()), lastOffset, at.sequence());
    if (provenBehind > at.sequence()) {
      throw new JournalDamagedException(
          "journal record "
              + (at.sequence() + 1)
              + " cannot be read, though it was durable up to "
              + provenBehind);
    }
    if (unreadable != null) {
      visitor.endsUnreadable(at, unreadable);
    }
    return deliver(segments, chain, proven, isKnown ? known.sequence() : 0, visitor);
  }

  /**
   * A segment whose zones are all offline may have held anything: this is damage, not a torn tail.
   */
  private void checkReadable(JournalSegment segment) throws IOException {
    boolean readable = segment.lengthBytes() == 0;
    for (JournalSegment.Copy copy : segment.copies()) {
      readable |= device.report(copy.zone(), 1).get(0).condition() != ZoneCondition.OFFLINE;
    }
    if (!readable) {
      throw new JournalDamagedException(
          "the journal is lost from record "
              + (segment.before().sequence() + 1)
              + " on: zone "
              + segment.copies().get(0).zone()
              + " is offline");
    }
  }

  /**
   * Number of bytes up to which one copy of a segment contains the segment's frames without a gap.
   *
   * @param segment whose length is known
   */
  public long wholeBytes(JournalSegment segment, JournalSegment.Copy copy) throws IOException {
    JournalSegment alone =
        new JournalSegment(List.of(copy), segment.epoch(), segment.lengthBytes(), segment.before());
    SegmentWalk walk = new SegmentWalk(alone);
    JournalPosition at = segment.before();
    Located next;
    while ((next = walk.next(at)) != null) {
      at = new JournalPosition(next.frame().header().sequence(), next.frame().chainAfter());
    }
    return walk.offsetBytes;
  }

  /** Receives the frames of a journal in order. */
  @FunctionalInterface
  interface FrameVisitor {
    /**
     * @param whole the bytes of the frame; valid during the call only
     * @param after position of the journal after the frame
     */
    void visit(Frame frame, ByteBuffer whole, JournalPosition after) throws IOException;
  }

  /**
   * Visits all frames of segments that were read before, each with its length.
   *
   * @throws JournalDamagedException if one of them cannot be read
   */
  void forEachFrame(List<JournalSegment> segments, FrameVisitor visitor) throws IOException {
    for (JournalSegment segment : segments) {
      SegmentWalk walk = new SegmentWalk(segment);
      JournalPosition at = segment.before();
      Located next;
      while ((next = walk.next(at)) != null) {
        at = new JournalPosition(next.frame().header().sequence(), next.frame().chainAfter());
        visitor.visit(next.frame(), walk.bytes.wholeFrameAt(next), at);
      }
      if (walk.offsetBytes != segment.lengthBytes()) {
        throw new JournalDamagedException(
            "journal record " + (at.sequence() + 1) + " cannot be read");
      }
    }
  }

  /** Walks the frames of one segment. */
  private final class SegmentWalk {
    private final JournalSegment segment;
    private final SegmentBytes bytes;
    private long offsetBytes;

    SegmentWalk(JournalSegment segment) throws IOException {
      this.segment = segment;
      this.bytes = new SegmentBytes(segment);
    }

    @Nullable Located next(JournalPosition before) throws IOException {
      Frame frame =
          bytes.frameAt(
              offsetBytes,
              candidate ->
                  candidate.header().epoch() == segment.epoch()
                      && candidate.header().sequence() == before.sequence() + 1
                      && candidate.chainBefore() == before.chain());
      if (frame == null) {
        return null;
      }
      Located located = new Located(segment, offsetBytes, frame);
      offsetBytes = located.endBytes();
      return located;
    }
  }

  /**
   * The highest position that any valid frame behind the chain proves to have been flushed. It
   * steps over each frame whose header is whole, because a record contains what applications write,
   * which may look like a frame.
   *
   * @param segments from the one in which the chain ends
   * @param offsetBytes end of the chain in the first of them
   * @param sequence of the last frame of the chain
   */
  private long provenBehind(List<JournalSegment> segments, long offsetBytes, long sequence)
      throws IOException {
    long proven = 0;
    long offset = offsetBytes;
    for (JournalSegment segment : segments) {
      for (JournalWindow copy : new SegmentBytes(segment).copies) {
        proven = Math.max(proven, copy.provenBehind(offset, segment.epoch(), sequence));
      }
      offset = 0;
    }
    return proven;
  }

  /**
   * @param proven sequence number up to which the journal proves that it was flushed
   * @param known sequence number up to which the caller knows that
   */
  private Result deliver(
      List<JournalSegment> segments, List<Located> chain, long proven, long known, Visitor visitor)
      throws IOException {
    RecordBytes records = new RecordBytes();
    List<Located> fragments = new ArrayList<>();
    JournalPosition end = segments.get(0).before();
    @Nullable Located last = null;
    int accepted = 0;
    visitor.readUpTo(end.sequence() + chain.size());
    for (int index = 0; index < chain.size(); index++) {
      Located located = chain.get(index);
      // The first segment may begin with the rest of a record whose beginning was dropped.
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
      // Only records that a checkpoint contains are dropped, so the rest of such a record adds
      // nothing.
      boolean isWhole = fragments.get(0).frame().isFirst();
      ByteBuffer record = isWhole ? records.of(fragments) : ByteBuffer.allocate(0);
      boolean isProven = !isWhole || position.sequence() <= Math.max(proven, known);
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
    List<JournalSegment> kept = new ArrayList<>();
    for (JournalSegment segment : cut(segments, last)) {
      kept.add(withoutBrokenCopies(segment));
    }
    boolean endIsProven = endIsProven(chain.subList(0, accepted), end);
    return new Result(List.copyOf(kept), end, endIsProven, chain.size() - accepted);
  }

  /** Frames behind the end prove nothing to the next reader: they are cut off. */
  private static boolean endIsProven(List<Located> accepted, JournalPosition end) {
    if (accepted.isEmpty()) {
      return false;
    }
    Frame last = accepted.get(accepted.size() - 1).frame();
    return last.isProof()
        || accepted.stream().anyMatch(located -> located.frame().flushed() >= end.sequence());
  }

  /** Drops incomplete copies: after a crash the copies may end at different places. */
  private JournalSegment withoutBrokenCopies(JournalSegment segment) throws IOException {
    if (segment.copies().size() == 1 || segment.isOpen()) {
      return segment;
    }
    List<JournalSegment.Copy> whole = new ArrayList<>();
    for (JournalSegment.Copy copy : segment.copies()) {
      if (wholeBytes(segment, copy) == segment.lengthBytes()) {
        whole.add(copy);
      }
    }
    return whole.isEmpty()
        ? segment
        : new JournalSegment(whole, segment.epoch(), segment.lengthBytes(), segment.before());
  }

  private static List<JournalSegment> cut(List<JournalSegment> segments, @Nullable Located last) {
    List<JournalSegment> kept = new ArrayList<>();
    for (JournalSegment segment : segments) {
      if (last == null) {
        kept.add(segment.closedAt(0));
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

  /** Assembles records; buffers the bytes of one segment. */
  private final class RecordBytes {
    private @Nullable JournalSegment segment;
    private @Nullable SegmentBytes bytes;

    ByteBuffer of(List<Located> fragments) throws IOException {
      long total = 0;
      for (Located located : fragments) {
        total += located.frame().header().payloadBytes() - JournalFrames.PREAMBLE_BYTES;
      }
      if (total > MAX_RECORD_BYTES) {
        throw new JournalDamagedException(
            "journal record "
                + fragments.get(fragments.size() - 1).frame().header().sequence()
                + " has "
                + total
                + " bytes, which none has");
      }
      ByteBuffer record = ByteBuffer.allocate((int) total);
      for (Located located : fragments) {
        record.put(bytesOf(located.segment()).fragmentAt(located));
      }
      return record.flip();
    }

    private SegmentBytes bytesOf(JournalSegment wanted) throws IOException {
      SegmentBytes present = bytes;
      if (present == null || !wanted.equals(segment)) {
        present = new SegmentBytes(wanted);
        segment = wanted;
        bytes = present;
      }
      return present;
    }
  }

  /** The bytes of all copies of one segment. */
  private final class SegmentBytes {
    private final List<JournalWindow> copies = new ArrayList<>();

    SegmentBytes(JournalSegment segment) throws IOException {
      for (JournalSegment.Copy copy : segment.copies()) {
        copies.add(
            new JournalWindow(device, filesystem, copy.startBytes(), limitOf(segment, copy)));
      }
    }

    private long limitOf(JournalSegment segment, JournalSegment.Copy copy) throws IOException {
      ZoneDescriptor zone = device.report(copy.zone(), 1).get(0);
      long end =
          switch (zone.condition()) {
            case OFFLINE -> copy.startBytes();
            case READ_ONLY, NOT_WRITE_POINTER -> zone.startBytes() + zone.capacityBytes();
            case EMPTY, IMPLICIT_OPEN, EXPLICIT_OPEN, CLOSED, FULL -> zone.writePointerBytes();
          };
      long written = Math.max(0, end - copy.startBytes());
      return segment.isOpen() ? written : Math.min(written, segment.lengthBytes());
    }

    /** The frame at an offset, from the first copy in which it is valid and wanted, or null. */
    @Nullable Frame frameAt(long offset, Predicate<Frame> wanted) throws IOException {
      for (JournalWindow copy : copies) {
        Frame frame = copy.frameAt(offset);
        if (frame != null && wanted.test(frame)) {
          return frame;
        }
      }
      for (JournalWindow copy : copies) {
        Frame frame = copy.frameOfCopies(offset, wanted);
        if (frame != null) {
          return frame;
        }
      }
      return null;
    }

    /** Why the newest frame asked for, at an offset, could not be read; null if it could. */
    @Nullable IOException failureAt(long offset) {
      for (JournalWindow copy : copies) {
        IOException failure = copy.failureAt(offset);
        if (failure != null) {
          return failure;
        }
      }
      return null;
    }

    /** The fragment of a frame that was found before. */
    ByteBuffer fragmentAt(Located located) throws IOException {
      return JournalFrames.fragment(wholeFrameAt(located), located.frame());
    }

    /** The bytes of a frame that was found before. */
    ByteBuffer wholeFrameAt(Located located) throws IOException {
      for (JournalWindow copy : copies) {
        ByteBuffer bytes = bytesOf(copy, copy.frameAt(located.offsetBytes()), located);
        if (bytes != null) {
          return bytes;
        }
      }
      for (JournalWindow copy : copies) {
        ByteBuffer bytes =
            bytesOf(
                copy, copy.frameOfCopies(located.offsetBytes(), located.frame()::equals), located);
        if (bytes != null) {
          return bytes;
        }
      }
      throw new IOException(
          "journal frame " + located.frame().header().sequence() + " cannot be read a second time");
    }

    private static @Nullable ByteBuffer bytesOf(
        JournalWindow copy, @Nullable Frame frame, Located located) throws IOException {
      if (!located.frame().equals(frame)) {
        return null;
      }
      return copy.at(located.offsetBytes(), located.frame().header().frameBytes());
    }
  }
}
