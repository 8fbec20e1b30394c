// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.repair;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.MetadataBatch;
import zonefsj.fs.volume.stored.BatchRecord;
import zonefsj.journal.JournalFrames;
import zonefsj.journal.JournalFrames.Frame;
import zonefsj.journal.JournalPosition;
import zonefsj.journal.JournalReader;
import zonefsj.journal.JournalSegment;
import zonefsj.zonemgr.DriveCopies;
import zonefsj.zonemgr.FrameHeader;

/**
 * Reads every record of a damaged journal that proves itself, also behind the damage. A frame is
 * believed if its checksums are right and the next frame continues its chain; a record is taken if
 * all its frames are there. The first gap behind the position that some frame proves to be flushed
 * is the torn tail.
 *
 * <p>What applications write lies in the records, and may look like frames: in a frame whose header
 * is damaged, such a forgery is found. So frames that do not begin where a frame must begin count
 * only in a run of adjacent ones that cannot lie in a single frame: it is longer, it reaches the
 * end of the segment, or its chain continues in frames that are believed. Of the last run of a
 * segment it is enough that one frame is missing before it: the end of an open segment is unknown
 * after a crash, and an application does not know the numbers of frames.
 *
 * <p>Takes the memory of the journal. Single-threaded.
 */
final class ProvenRecords {
  private final ZonedDevice device;
  private final UUID filesystem;
  private final int unitBytes;
  private final int longestFrameBytes;
  private final TreeMap<Long, FoundFrame> frames = new TreeMap<>();
  private final List<Run> doubtful = new ArrayList<>();

  /** Those of them behind which nothing follows: they may be the end of a segment. */
  private final List<Run> doubtfulEnds = new ArrayList<>();

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record FoundFrame(Frame frame, byte[] fragment) {
    long sequence() {
      return frame.header().sequence();
    }

    boolean isFollowedBy(@Nullable FoundFrame next) {
      return next != null
          && next.sequence() == sequence() + 1
          && next.frame().chainBefore() == frame().chainAfter();
    }
  }

  /** Adjacent frames of a segment, each of which continues the chain of the one before. */
  private static final class Run {
    private final long start;
    private final boolean isInStep;
    private final List<FoundFrame> frames = new ArrayList<>();
    private long end;

    /**
     * @param isInStep whether it begins where a frame must begin
     */
    Run(long start, boolean isInStep) {
      this.start = start;
      this.isInStep = isInStep;
      this.end = start;
    }

    boolean takes(long position, FoundFrame next) {
      return position == end && (frames.isEmpty() || last().isFollowedBy(next));
    }

    void add(FoundFrame next) {
      frames.add(next);
      end += next.frame().header().frameBytes();
    }

    FoundFrame first() {
      return frames.get(0);
    }

    FoundFrame last() {
      return frames.get(frames.size() - 1);
    }

    long lengthBytes() {
      return end - start;
    }
  }

  /**
   * The result.
   *
   * @param records in order
   * @param wholeRecords number of the first records, before any gap
   * @param lostFrames number of frames missing between the records, or before a proven end
   */
  record Salvage(List<BatchRecord> records, int wholeRecords, long lostFrames) {
    static final Salvage NOTHING = new Salvage(List.of(), 0, 0);
  }

  ProvenRecords(ZonedDevice device, UUID filesystem) {
    this.device = device;
    this.filesystem = filesystem;
    this.unitBytes = FrameHeader.unitBytes(device.geometry().blockSizeBytes());
    this.longestFrameBytes = FrameHeader.frameBytes(JournalFrames.MAX_PAYLOAD_BYTES, unitBytes);
  }

  /**
   * Reads all segments.
   *
   * @param after position that the index holds already
   */
  Salvage read(List<JournalSegment> segments, JournalPosition after) throws IOException {
    for (JournalSegment segment : segments) {
      for (JournalSegment.Copy copy : segment.copies()) {
        collect(segment, copy);
      }
    }
    believeConnected();
    long proven = after.sequence();
    for (FoundFrame found : frames.values()) {
      proven = Math.max(proven, found.frame().flushed());
    }
    dropUnconfirmed();
    return assemble(after, proven);
  }

  private void collect(JournalSegment segment, JournalSegment.Copy copy) throws IOException {
    ZoneDescriptor zone = device.report(copy.zone(), 1).get(0);
    if (zone.condition() == ZoneCondition.OFFLINE) {
      return;
    }
    long written =
        zone.hasWritePointer()
            ? Math.min(zone.writePointerBytes(), zone.startBytes() + zone.capacityBytes())
            : zone.startBytes() + zone.capacityBytes();
    long end =
        segment.isOpen() ? written : Math.min(written, copy.startBytes() + segment.lengthBytes());
    long position = copy.startBytes();
    boolean isFrameStart = true;
    Run run = new Run(position, true);
    long sequence = segment.before().sequence();
    while (position + unitBytes <= end) {
      FrameHeader header = headerAt(position);
      ByteBuffer bytes = header == null ? null : frameAt(position, header, end);
      Frame frame = bytes == null ? null : JournalFrames.decode(bytes, filesystem);
      // In doubt most units are no frames.
      if (frame == null && (header != null || isFrameStart)) {
        bytes = frameOfCopies(position, end, segment.epoch());
        frame = bytes == null ? null : JournalFrames.decode(bytes, filesystem);
        header = frame == null ? header : frame.header();
      }
      if (bytes != null && frame != null && frame.header().epoch() == segment.epoch()) {
        ByteBuffer fragment = JournalFrames.fragment(bytes, frame);
        byte[] array = new byte[fragment.remaining()];
        fragment.get(array);
        FoundFrame found = new FoundFrame(frame, array);
        if (!run.takes(position, found)) {
          end(run, end);
          run = new Run(position, isFrameStart);
        }
        run.add(found);
        sequence = isFrameStart ? found.sequence() : sequence;
      }
      // What a record contains may look like a frame, also if the record is damaged. The length in
      // the header of a damaged frame counts only where a frame must begin.
      isFrameStart &= frame != null || (header != null && header.epoch() == segment.epoch());
      boolean isStepped = frame != null || isFrameStart;
      position += header != null && isStepped ? header.frameBytes() : unitBytes;
    }
    boolean oneIsMissing = !run.isInStep && run.first().sequence() == sequence + 2;
    if (oneIsMissing) {
      accept(run);
    } else if (!end(run, end)) {
      doubtfulEnds.add(run);
    }
  }

  private void accept(Run run) {
    // A record that met a failed zone exists twice; the later one counts.
    run.frames.forEach(found -> frames.put(found.sequence(), found));
  }

  /** Ends a run in a segment that has an end; returns whether it is believed. */
  private boolean end(Run run, long segmentEnd) {
    boolean isWithinOneFrame =
        run.lengthBytes() <= longestFrameBytes && run.end + unitBytes <= segmentEnd;
    boolean isBelieved = run.isInStep || !isWithinOneFrame;
    if (isBelieved) {
      accept(run);
    } else {
      doubtful.add(run);
    }
    return isBelieved;
  }

  /** Believes doubtful runs whose chain comes from, or continues in, frames that are believed. */
  private void believeConnected() {
    doubtful.sort(Comparator.comparingLong(run -> run.first().sequence()));
    doubtful.forEach(this::believeIfConnected);
    Collections.reverse(doubtful);
    doubtful.forEach(this::believeIfConnected);
    doubtful.clear();
  }

  /** Number of frames at ends of segments that may be records, but are not believed. */
  private long doubtedFrames() {
    return doubtfulEnds.stream()
        .filter(run -> !frames.containsKey(run.last().sequence()))
        .mapToLong(run -> run.frames.size())
        .sum();
  }

  private void believeIfConnected(Run run) {
    FoundFrame before = frames.get(run.first().sequence() - 1);
    FoundFrame next = frames.get(run.last().sequence() + 1);
    if ((before != null && before.isFollowedBy(run.first())) || run.last().isFollowedBy(next)) {
      run.frames.forEach(found -> frames.putIfAbsent(found.sequence(), found));
    }
  }

  private @Nullable FrameHeader headerAt(long position) {
    try {
      FrameHeader header = FrameHeader.decode(read(position, unitBytes));
      return JournalFrames.isPlausible(header, filesystem, unitBytes) ? header : null;
    } catch (IOException unreadable) {
      return null;
    }
  }

  private @Nullable ByteBuffer frameAt(long position, FrameHeader header, long end) {
    try {
      return position + header.frameBytes() <= end ? read(position, header.frameBytes()) : null;
    } catch (IOException unreadable) {
      return null;
    }
  }

  /** A whole frame of an epoch from another copy of the drive; null if no copy has one. */
  private @Nullable ByteBuffer frameOfCopies(long position, long end, long epoch)
      throws IOException {
    Set<Integer> lengths = new TreeSet<>();
    DriveCopies.findRight(
        device,
        position,
        unitBytes,
        head -> {
          FrameHeader header = FrameHeader.decode(head);
          if (header != null
              && JournalFrames.isPlausible(header, filesystem, unitBytes)
              && header.epoch() == epoch
              && position + header.frameBytes() <= end) {
            lengths.add(header.frameBytes());
          }
          // The whole frame decides who is wrong.
          return true;
        });
    for (int length : lengths) {
      DriveCopies.Found found =
          DriveCopies.findRight(
              device,
              position,
              length,
              whole -> {
                Frame frame = JournalFrames.decode(whole, filesystem);
                return frame != null && frame.header().epoch() == epoch;
              });
      if (found != null) {
        return found.bytes().slice();
      }
    }
    return null;
  }

  private ByteBuffer read(long position, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(length);
    device.read(position, buffer);
    return buffer.flip();
  }

  private void dropUnconfirmed() {
    frames
        .values()
        .removeIf(
            found -> {
              FoundFrame next = frames.get(found.sequence() + 1);
              return next != null && next.frame().chainBefore() != found.frame().chainAfter();
            });
  }

  private Salvage assemble(JournalPosition after, long proven) {
    List<BatchRecord> records = new ArrayList<>();
    List<FoundFrame> fragments = new ArrayList<>();
    int whole = -1;
    long lost = 0;
    JournalPosition at = after;
    boolean gap = false;
    for (Map.Entry<Long, FoundFrame> entry : frames.tailMap(after.sequence(), false).entrySet()) {
      FoundFrame found = entry.getValue();
      long missing = found.sequence() - at.sequence() - 1;
      boolean goesOn = missing == 0 && found.frame().chainBefore() == at.chain();
      gap |= !goesOn;
      whole = whole < 0 && gap ? records.size() : whole;
      // A frame that continues a believed one is believed, as in a mount: its data are verified.
      if (gap && found.sequence() > proven && !goesOn) {
        break;
      }
      lost += missing;
      if (!goesOn || found.frame().isFirst()) {
        lost += fragments.size();
        fragments.clear();
      }
      at = new JournalPosition(found.sequence(), found.frame().chainAfter());
      if (fragments.isEmpty() && !found.frame().isFirst()) {
        lost++;
        continue;
      }
      fragments.add(found);
      if (found.frame().isLast()) {
        BatchRecord record = recordOf(fragments);
        lost += record == null ? fragments.size() : 0;
        if (record != null) {
          records.add(record);
        } else if (whole < 0) {
          whole = records.size();
        }
        fragments.clear();
      }
    }
    lost += Math.max(0, proven - at.sequence()) + doubtedFrames();
    return new Salvage(records, whole < 0 ? records.size() : whole, lost);
  }

  /** The record, or null if it is impossible. */
  private static @Nullable BatchRecord recordOf(List<FoundFrame> fragments) {
    long total = fragments.stream().mapToLong(found -> found.fragment().length).sum();
    if (total > JournalReader.MAX_RECORD_BYTES) {
      return null;
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (FoundFrame found : fragments) {
      bytes.writeBytes(found.fragment());
    }
    BatchRecord record = BatchRecord.of(ByteBuffer.wrap(bytes.toByteArray()));
    try {
      record.forEach(
          new MetadataBatch.Sink() {
            @Override
            public void put(ColumnFamily family, byte[] key, byte @Nullable [] value) {
              // Only tests whether it can be decoded.
            }

            @Override
            public void deleteRange(ColumnFamily family, byte[] from, byte[] to) {
              // Only tests whether it can be decoded.
            }
          });
      return record;
    } catch (IOException damaged) {
      return null;
    }
  }
}
