// SPDX-License-Identifier: Apache-2.0
package zonefsj.journal;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntPredicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.DeviceException;
import zonefsj.device.ZonedDevice;
import zonefsj.zonemgr.FrameHeader;
import zonefsj.zonemgr.ZoneHandle;

/**
 * The one redo log, open for appending. A record is split into fragments of at most {@link
 * #MAX_FRAGMENT_BYTES}, so that zones are filled to their end. A mirrored journal writes each frame
 * to two zones; if one of them fails, the other continues alone.
 *
 * <p>One thread at a time (the committer) calls {@link #append}, {@link #commit} and {@link
 * #adopt}; any thread may call the observers. After a failed flush the journal refuses everything:
 * the data that the flush should have covered were not acknowledged and never will be.
 */
public final class Journal implements Closeable {
  /** The longest fragment. */
  public static final int MAX_FRAGMENT_BYTES = 256 << 10;

  private static final Logger LOG = LoggerFactory.getLogger(Journal.class);

  private static final int MOST_ATTEMPTS = 3;

  private final ZonedDevice device;
  private final UUID filesystem;
  private final long epoch;
  private final JournalZones zones;
  private final RandomGenerator nonces;
  private final int unitBytes;
  private final ByteBuffer frame;
  private volatile List<JournalSegment> segments;

  /** One for each copy of the open segment that still takes frames; empty before {@link #begin}. */
  private List<ZoneHandle> handles = List.of();

  /** Bytes of the open segment. */
  private volatile long segmentBytes;

  /** Bytes of the open segment up to the end of the last complete record. */
  private long recordBytes;

  private volatile JournalPosition end;
  private volatile JournalPosition flushed;
  private volatile boolean proofIsWritten;

  /** Number of failed zone writes. */
  private final AtomicInteger zoneFailures = new AtomicInteger();

  /** Number of failed zone writes that a checkpoint covers. */
  private volatile int coveredZoneFailures;

  private boolean begun;
  private volatile @Nullable IOException failure;

  /**
   * @param device the drive
   * @param filesystem UUID of the filesystem that owns the journal
   * @param epoch of this mount
   * @param history the journal so far, every segment with its length
   * @param zones source of zones
   * @param nonces random numbers for the chain hash
   */
  public Journal(
      ZonedDevice device,
      UUID filesystem,
      long epoch,
      JournalReader.Result history,
      JournalZones zones,
      RandomGenerator nonces) {
    this.device = device;
    this.filesystem = filesystem;
    this.epoch = epoch;
    this.segments = List.copyOf(history.segments());
    this.end = history.end();
    this.flushed = history.end();
    this.proofIsWritten = history.isProven();
    this.zones = zones;
    this.nonces = nonces;
    this.unitBytes = FrameHeader.unitBytes(device.geometry().blockSizeBytes());
    this.frame =
        ByteBuffer.allocateDirect(
            FrameHeader.frameBytes(JournalFrames.PREAMBLE_BYTES + MAX_FRAGMENT_BYTES, unitBytes));
  }

  /**
   * Begins the segment of this mount. The caller writes nothing else to the drive before the next
   * flush, which makes the cut of a torn tail durable.
   */
  public void begin() throws IOException {
    openNextAt(end);
    begun = true;
  }

  /**
   * Copies the frames of all segments into new ones of this mount, before {@link #begin} would add
   * one more. The frames keep their numbers and hashes, so every position of the journal stays what
   * it was. The caller names the new segments on the drive after a flush, with {@link
   * #nextSegment}; until then the drive has the journal as it was.
   *
   * @throws IOException if a frame cannot be read or written; the journal is as before
   */
  public void mergeSegments() throws IOException {
    List<JournalSegment> before = segments;
    JournalPosition endBefore = end;
    boolean isDone = false;
    try {
      segments = List.of();
      end = before.get(0).before();
      openNextAt(end);
      new JournalReader(device, filesystem).forEachFrame(before, this::copyFrame);
      if (!end.equals(endBefore)) {
        throw new JournalDamagedException("the journal does not go on to its end");
      }
      begun = true;
      isDone = true;
    } finally {
      if (!isDone) {
        segments = before;
        end = endBefore;
        closeHandles();
      }
    }
  }

  private void copyFrame(JournalFrames.Frame old, ByteBuffer whole, JournalPosition after)
      throws IOException {
    if (roomInAll() < whole.remaining()) {
      endSegmentAt(segmentBytes);
      openNextAt(end, whole.remaining());
    }
    frame.clear().put(whole).flip();
    JournalFrames.setEpoch(frame, old.header(), epoch);
    appendFrame();
    recordBytes = segmentBytes;
    end = after;
  }

  /**
   * Continues in a new segment: for the superblock entry at its head, or to have all copies again.
   */
  public void nextSegment() throws IOException {
    endSegmentAt(recordBytes);
    openNextAt(end);
  }

  /** Whether the open segment has fewer copies than it should have. */
  public boolean isDegraded() {
    return handles.size() < zones.copies();
  }

  /** Whether a copy of the open segment lies in a zone that matches. */
  public boolean isIn(IntPredicate zone) {
    return handles.stream().anyMatch(handle -> zone.test(handle.zone()));
  }

  /**
   * Appends a record; the next {@link #commit} makes it durable.
   *
   * @return its position
   */
  public JournalPosition append(ByteBuffer record) throws IOException {
    IOException failed = failure;
    if (failed != null) {
      throw new IOException("the journal has failed: " + failed.getMessage(), failed);
    }
    if (record.remaining() > JournalReader.MAX_RECORD_BYTES) {
      throw new IOException(
          "a journal record of " + record.remaining() + " bytes is longer than a mount reads");
    }
    List<JournalSegment> segmentsBefore = segments;
    long lengthBefore = recordBytes;
    try {
      return appendFragments(record);
    } catch (IOException first) {
      IOException last = first;
      for (int attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
        if (DeviceException.isFinal(last)) {
          break;
        }
        // The zone may have failed. The written part of the record is not flushed and lies after
        // the end of its segment, so the whole record can be written again elsewhere, up to three
        // times.
        LOG.warn("journal append failed, trying another zone", last);
        try {
          segments = segmentsBefore;
          return appendElsewhere(record, lengthBefore);
        } catch (IOException next) {
          next.addSuppressed(last);
          last = next;
        }
      }
      failure = last;
      throw last;
    }
  }

  private JournalPosition appendElsewhere(ByteBuffer record, long lengthBytes) throws IOException {
    record.rewind();
    zoneFailures.incrementAndGet();
    endSegmentAt(lengthBytes);
    openNextAt(end);
    return appendFragments(record);
  }

  /** Whether a zone failed a write that no later checkpoint covers. */
  public boolean hasUncoveredZoneFailure() {
    return zoneFailures.get() != coveredZoneFailures;
  }

  /**
   * Number of failed zone writes. The journal content of such a zone may be lost; only a checkpoint
   * of everything up to now replaces it.
   */
  public int zoneFailures() {
    return zoneFailures.get();
  }

  private JournalPosition appendFragments(ByteBuffer record) throws IOException {
    JournalPosition at = end;
    boolean first = true;
    do {
      long room = roomForAFragment(at) - JournalFrames.OVERHEAD_BYTES;
      int fragment = (int) Math.min(Math.min(record.remaining(), MAX_FRAGMENT_BYTES), room);
      boolean last = fragment == record.remaining();
      int flags = (first ? JournalFrames.FIRST : 0) | (last ? JournalFrames.LAST : 0);
      long chain =
          JournalFrames.encode(
              frame,
              unitBytes,
              filesystem,
              epoch,
              at.sequence() + 1,
              flags,
              at.chain(),
              flushed.sequence(),
              nonces.nextLong(),
              record,
              fragment);
      appendFrame();
      at = new JournalPosition(at.sequence() + 1, chain);
      first = false;
    } while (record.hasRemaining());
    end = at;
    recordBytes = segmentBytes;
    proofIsWritten = false;
    return at;
  }

  /** Appends the frame to every copy; drops a copy that fails, unless all fail. */
  private void appendFrame() throws IOException {
    long bytesAfter = segmentBytes + frame.remaining();
    @Nullable ZoneHandle lost = null;
    @Nullable IOException failed = null;
    for (ZoneHandle handle : handles) {
      try {
        handle.append(frame.duplicate());
      } catch (IOException oneCopy) {
        if (failed != null) {
          oneCopy.addSuppressed(failed);
        }
        if (lost != null || handles.size() == 1) {
          throw oneCopy;
        }
        failed = oneCopy;
        lost = handle;
      }
    }
    segmentBytes = bytesAfter;
    if (lost != null) {
      LOG.warn("a copy of the journal failed, the other goes on alone", failed);
      zoneFailures.incrementAndGet();
      ZoneHandle dead = lost;
      handles = handles.stream().filter(handle -> handle != dead).toList();
      dead.close();
    }
  }

  /** Bytes that fit into every copy; at least a unit. */
  private long roomForAFragment(JournalPosition at) throws IOException {
    if (!begun) {
      throw new IllegalStateException("the journal has not begun");
    }
    if (handles.isEmpty()) {
      // The zone for the next segment failed.
      openNextAt(at);
    }
    long room = roomInAll();
    if (room < unitBytes) {
      endSegmentAt(segmentBytes);
      openNextAt(at);
      room = roomInAll();
    }
    return room;
  }

  private long roomInAll() {
    long room = Long.MAX_VALUE;
    for (ZoneHandle handle : handles) {
      room = Math.min(room, handle.remainingBytes());
    }
    return room - room % unitBytes;
  }

  private void closeHandles() throws IOException {
    List<ZoneHandle> open = handles;
    handles = List.of();
    IOException failed = null;
    for (ZoneHandle handle : open) {
      try {
        handle.close();
      } catch (IOException one) {
        failed = one;
      }
    }
    if (failed != null) {
      throw failed;
    }
  }

  private void endSegmentAt(long lengthBytes) {
    replaceLast(segments.get(segments.size() - 1).closedAt(lengthBytes));
  }

  /** Retries, because a zone may fail its first write while the next one is good. */
  private List<ZoneHandle> nextZones(JournalPosition before, long firstFrameBytes)
      throws IOException {
    List<ZoneHandle> open = handles;
    handles = List.of();
    for (int attempt = 1; ; attempt++) {
      try {
        return zones.nextZones(segments, before, attempt == 1 ? open : List.of(), firstFrameBytes);
      } catch (IOException failed) {
        if (attempt == MOST_ATTEMPTS || DeviceException.isFinal(failed)) {
          throw failed;
        }
        LOG.warn("a journal segment could not be begun, trying again", failed);
        zoneFailures.incrementAndGet();
      }
    }
  }

  /** Opens a segment whose first frame can be split to the space that there is. */
  private void openNextAt(JournalPosition before) throws IOException {
    openNextAt(before, unitBytes);
  }

  private void openNextAt(JournalPosition before, long firstFrameBytes) throws IOException {
    List<ZoneHandle> next = nextZones(before, firstFrameBytes);
    List<JournalSegment.Copy> copies = new ArrayList<>();
    for (ZoneHandle handle : next) {
      copies.add(new JournalSegment.Copy(handle.zone(), handle.positionBytes()));
    }
    List<JournalSegment> grown = new ArrayList<>(segments);
    grown.add(new JournalSegment(copies, epoch, JournalSegment.OPEN, before));
    segments = List.copyOf(grown);
    handles = List.copyOf(next);
    segmentBytes = 0;
    recordBytes = 0;
  }

  private void replaceLast(JournalSegment segment) {
    List<JournalSegment> changed = new ArrayList<>(segments);
    changed.set(changed.size() - 1, segment);
    segments = List.copyOf(changed);
  }

  /**
   * Makes all appended records, and everything else written before, durable.
   *
   * @return the position up to which the journal is durable
   */
  public JournalPosition commit() throws IOException {
    IOException failed = failure;
    if (failed != null) {
      throw new IOException("the journal has failed: " + failed.getMessage(), failed);
    }
    JournalPosition covered = end;
    try {
      device.flush();
    } catch (IOException flushFailed) {
      failure = flushFailed;
      throw flushFailed;
    }
    flushed = covered;
    return covered;
  }

  /**
   * Whether a record on the drive proves that everything up to now was flushed. Without this proof,
   * a mount verifies the data of the last record before it accepts the record.
   */
  public boolean isProven() {
    return proofIsWritten;
  }

  /** Appends an empty record that proves the last flush; does not flush. */
  public JournalPosition appendProof() throws IOException {
    JournalPosition position = append(ByteBuffer.allocate(0));
    proofIsWritten = true;
    return position;
  }

  /**
   * Continues in a new segment of the same zones, so that a checkpoint makes the present one
   * droppable: only a closed segment can be dropped. Takes no zone: if the zones of the open
   * segment have no space for another segment, the open one continues.
   *
   * @param shortBytes a segment that is not longer than this continues, too; negative: none does
   * @return whether there is a new segment
   */
  public boolean renewSegment(long shortBytes) throws IOException {
    boolean renews = recordBytes > shortBytes && zones.hasRoomForSegment(handles, segments, end);
    if (renews) {
      nextSegment();
    }
    return renews;
  }

  /**
   * The segments without those whose records are all at or before a position. Changes nothing: the
   * caller writes the shorter list to the drive and then calls {@link #adopt}.
   */
  public List<JournalSegment> segmentsBehind(JournalPosition upTo) {
    List<JournalSegment> kept = new ArrayList<>();
    for (int index = 0; index < segments.size(); index++) {
      boolean last = index == segments.size() - 1;
      if (last || segments.get(index + 1).before().sequence() > upTo.sequence()) {
        kept.add(segments.get(index));
      }
    }
    return List.copyOf(kept);
  }

  /**
   * Adopts a shorter list that is durable. The zones of the dropped segments may then be reset.
   *
   * @param kept the result of {@link #segmentsBehind}; no segment began since
   * @param lossesBefore value of {@link #zoneFailures} before the checkpoint that allows this
   */
  public void adopt(List<JournalSegment> kept, int lossesBefore) {
    if (!segments.subList(segments.size() - kept.size(), segments.size()).equals(kept)) {
      throw new IllegalStateException("these are not the last segments of the journal");
    }
    segments = kept;
    coveredZoneFailures = lossesBefore;
  }

  /** Whether a segment of the journal lies in a zone. */
  public boolean liesIn(int zone) {
    return segments.stream().anyMatch(segment -> segment.liesIn(zone));
  }

  /** The segments, in order; the last one is open. */
  public List<JournalSegment> segments() {
    return segments;
  }

  /** Position after the last appended record. */
  public JournalPosition end() {
    return end;
  }

  /** Position up to which the journal is durable. */
  public JournalPosition flushed() {
    return flushed;
  }

  /** Bytes of all segments; copies count once. */
  public long lengthBytes() {
    long total = 0;
    for (JournalSegment segment : segments) {
      total += segment.isOpen() ? segmentBytes : segment.lengthBytes();
    }
    return total;
  }

  /** Closes the zone handles; writes nothing. */
  @Override
  public void close() throws IOException {
    closeHandles();
  }
}
