// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.dump;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.PassProgress;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.MetadataBatch;
import zonefsj.fs.volume.stored.BatchRecord;
import zonefsj.journal.JournalFrames;
import zonefsj.journal.JournalReader;
import zonefsj.journal.JournalSegment;
import zonefsj.zonemgr.FrameHeader;

/** Shows the frames of a journal, and the changes in their records. Holds one record in memory. */
final class JournalDump {
  private final ZonedDevice device;
  private final UUID filesystem;
  private final int unitBytes;
  private final Appendable out;
  private final ByteArrayOutputStream record = new ByteArrayOutputStream();
  private boolean recordBegan;
  private PassProgress pass = PassProgress.silent();

  JournalDump(ZonedDevice device, UUID filesystem, Appendable out) {
    this.device = device;
    this.filesystem = filesystem;
    this.unitBytes = FrameHeader.unitBytes(device.geometry().blockSizeBytes());
    this.out = out;
  }

  void dump(List<JournalSegment> segments, ProgressListener progress) throws IOException {
    long total = 0;
    for (JournalSegment segment : segments) {
      total += writtenBytes(segment, longest(segment));
    }
    pass = new PassProgress(progress, "reading the journal, in bytes", total);
    out.append("journal\n");
    for (JournalSegment segment : segments) {
      line("  %s", describe(segment));
      dump(segment);
    }
  }

  @SuppressWarnings("AnnotateFormatMethod") // the annotation is of a library that is not used here
  private void line(String format, Object... arguments) throws IOException {
    out.append(String.format(format, arguments)).append('\n');
  }

  static String describe(JournalSegment segment) {
    String places =
        segment.copies().stream()
            .map(copy -> String.format("zone %d from byte %d", copy.zone(), copy.startBytes()))
            .collect(Collectors.joining(" and "));
    return String.format(
        "segment in %s, %s, epoch %d, after sequence %d chain %016x",
        places,
        segment.isOpen() ? "to where it ends" : segment.lengthBytes() + " bytes",
        segment.epoch(),
        segment.before().sequence(),
        segment.before().chain());
  }

  /** The longest copy; the first of several equally long ones. */
  private JournalSegment.Copy longest(JournalSegment segment) throws IOException {
    JournalSegment.Copy longest = segment.copies().get(0);
    for (JournalSegment.Copy copy : segment.copies()) {
      if (writtenBytes(segment, copy) > writtenBytes(segment, longest)) {
        longest = copy;
      }
    }
    return longest;
  }

  private void dump(JournalSegment segment) throws IOException {
    JournalSegment.Copy longest = longest(segment);
    if (device.report(longest.zone(), 1).get(0).condition() == ZoneCondition.OFFLINE) {
      line("    the zone is offline");
      return;
    }
    long end = longest.startBytes() + writtenBytes(segment, longest);
    long position = longest.startBytes();
    while (position + unitBytes <= end) {
      ByteBuffer bytes = frameAt(position, end);
      JournalFrames.Frame frame = bytes == null ? null : JournalFrames.decode(bytes, filesystem);
      if (bytes == null || frame == null || frame.header().epoch() != segment.epoch()) {
        line("    byte %d: no frame of this segment; %d bytes follow", position, end - position);
        return;
      }
      show(position, bytes, frame);
      position += frame.header().frameBytes();
      pass.add(frame.header().frameBytes());
    }
  }

  private long writtenBytes(JournalSegment segment, JournalSegment.Copy copy) throws IOException {
    ZoneDescriptor zone = device.report(copy.zone(), 1).get(0);
    long end =
        zone.condition() == ZoneCondition.OFFLINE
            ? copy.startBytes()
            : zone.hasWritePointer()
                ? zone.writePointerBytes()
                : zone.startBytes() + zone.capacityBytes();
    long written = Math.max(0, end - copy.startBytes());
    return segment.isOpen() ? written : Math.min(written, segment.lengthBytes());
  }

  private @Nullable ByteBuffer frameAt(long position, long end) {
    try {
      FrameHeader header = FrameHeader.decode(read(position, unitBytes));
      return header == null || position + header.frameBytes() > end
          ? null
          : read(position, header.frameBytes());
    } catch (IOException unreadable) {
      return null;
    }
  }

  private ByteBuffer read(long position, int bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(bytes);
    device.read(position, buffer);
    return buffer.flip();
  }

  private void show(long position, ByteBuffer bytes, JournalFrames.Frame frame) throws IOException {
    FrameHeader header = frame.header();
    line(
        "    byte %d: sequence %d, epoch %d,%s%s %d of %d bytes, flushed up to %d, chain %016x",
        position,
        header.sequence(),
        header.epoch(),
        frame.isFirst() ? " first" : "",
        frame.isLast() ? " last" : "",
        header.payloadBytes() - JournalFrames.PREAMBLE_BYTES,
        header.frameBytes(),
        frame.flushed(),
        frame.chainAfter());
    if (frame.isFirst()) {
      record.reset();
      recordBegan = true;
    }
    ByteBuffer fragment = JournalFrames.fragment(bytes, frame);
    byte[] array = new byte[fragment.remaining()];
    fragment.get(array);
    if (record.size() + array.length > JournalReader.MAX_RECORD_BYTES) {
      line("      a record that is longer than any");
      recordBegan = false;
    }
    if (!recordBegan) {
      record.reset();
      return;
    }
    record.write(array, 0, array.length);
    if (frame.isLast()) {
      line("      %s", changes());
      recordBegan = false;
    }
  }

  private String changes() {
    Map<ColumnFamily, Integer> counts = new EnumMap<>(ColumnFamily.class);
    try {
      BatchRecord.of(ByteBuffer.wrap(record.toByteArray()))
          .forEach(
              new MetadataBatch.Sink() {
                @Override
                public void put(ColumnFamily family, byte[] key, byte @Nullable [] value) {
                  counts.merge(family, 1, Integer::sum);
                }

                @Override
                public void deleteRange(ColumnFamily family, byte[] from, byte[] to) {
                  counts.merge(family, 1, Integer::sum);
                }
              });
    } catch (IOException damaged) {
      return "a record that cannot be read: " + damaged.getMessage();
    }
    if (counts.isEmpty()) {
      return "changes nothing: proves the flush before it";
    }
    return counts.entrySet().stream()
        .map(count -> count.getKey().name().toLowerCase(Locale.ROOT) + " " + count.getValue())
        .collect(Collectors.joining(", ", "changes: ", ""));
  }
}
