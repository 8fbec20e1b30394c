// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.dump;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;
import zonefsj.device.filter.FirstZones;
import zonefsj.fs.PassProgress;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.data.Extent;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.volume.check.Scratch;
import zonefsj.fs.volume.check.ScratchIndex;
import zonefsj.fs.volume.recovery.Recovery;
import zonefsj.fs.volume.stored.CheckpointManifest;
import zonefsj.fs.volume.stored.LostRange;
import zonefsj.fs.volume.stored.SuperblockEntry;
import zonefsj.fs.volume.stored.ZoneRecord;
import zonefsj.gc.ChunkWalker;
import zonefsj.zonemgr.ChunkSummary;
import zonefsj.zonemgr.ZoneStream;

/** Shows the table of zones, and for each zone of file data the sums of its summaries. */
final class ZoneDump {
  /** More than a mount ever lists; a drive could hold any number. */
  private static final int MOST_LOST_RANGES = 10_000;

  private final FirstZones device;
  private final List<ZoneDescriptor> report;
  private final Appendable out;
  private final ProgressListener progress;
  private final Set<Integer> checkpointZones = new HashSet<>();
  private long lostExtents;
  private long lostBytes;
  private final List<String> lostRanges = new ArrayList<>();

  ZoneDump(
      FirstZones device, List<ZoneDescriptor> report, Appendable out, ProgressListener progress) {
    this.progress = progress;
    this.device = device;
    this.report = report;
    this.out = out;
  }

  /** Sums over the chunks of a zone. */
  private record Chunks(long chunks, long pieces, long bytes) {}

  void dump(SuperblockEntry entry, @Nullable CheckpointManifest manifest) throws IOException {
    noteCheckpointZones(entry, manifest);
    @Nullable ZoneRecord[] records = new @Nullable ZoneRecord[report.size()];
    String unknown = readRecords(manifest, records);
    if (!unknown.isEmpty()) {
      line("the index cannot be rebuilt, so live bytes are not known: %s", unknown);
    }
    if (lostExtents > 0) {
      line("given up: %d bytes in %d extents", lostBytes, lostExtents);
    }
    for (String range : lostRanges) {
      line("%s", range);
    }
    line("zones: number, type, condition, written of capacity, what it holds");
    PassProgress pass = new PassProgress(progress, "reading the summaries of zones", report.size());
    for (ZoneDescriptor zone : report) {
      String content = content(entry, zone, records[zone.index()]);
      line(
          "  %d %s %s %d/%d%s",
          zone.index(),
          word(zone.type()),
          word(zone.condition()),
          zone.writtenBytes(),
          zone.capacityBytes(),
          content.isEmpty() ? "" : " " + content);
      pass.add(1);
    }
  }

  private void noteCheckpointZones(SuperblockEntry entry, @Nullable CheckpointManifest manifest) {
    DeviceGeometry geometry = device.geometry();
    SuperblockEntry.CheckpointRef ref = entry.checkpoint();
    if (ref != null && manifest != null) {
      checkpointZones.addAll(manifest.zones(geometry, ref));
    }
  }

  @SuppressWarnings("AnnotateFormatMethod") // the annotation is of a library that is not used here
  private void line(String format, Object... arguments) throws IOException {
    out.append(String.format(format, arguments)).append('\n');
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Reads the records of zones and losses; returns the reason of a failure, or an empty text. */
  private String readRecords(@Nullable CheckpointManifest manifest, @Nullable ZoneRecord[] records)
      throws IOException {
    try (ScratchIndex place = ScratchIndex.of(manifest, Scratch.ofSystem());
        MetadataStore index = new Recovery(device, place.stores(), progress).run(false).index()) {
      index.scan(
          ColumnFamily.ZONES,
          new byte[0],
          null,
          (key, value) -> {
            int zone = key.length == Integer.BYTES ? ByteBuffer.wrap(key).getInt() : -1;
            if (zone >= 0 && zone < records.length) {
              records[zone] = ZoneRecord.decode(value);
            }
            return true;
          });
      index.scan(
          ColumnFamily.META,
          LostRange.firstKey(),
          LostRange.endKey(),
          (key, value) -> {
            lostRanges.add(describe(key, value));
            return lostRanges.size() < MOST_LOST_RANGES;
          });
      index.scan(
          ColumnFamily.EXTENTS,
          new byte[0],
          null,
          (key, value) -> {
            if (Keys.hasRightLength(ColumnFamily.EXTENTS, key)) {
              noteLost(Keys.extentEnd(key), value);
            }
            return true;
          });
      return "";
    } catch (IOException damaged) {
      return String.valueOf(damaged.getMessage());
    }
  }

  private String describe(byte[] key, byte[] value) {
    try {
      LostRange range = LostRange.decode(key, value);
      return "listed as lost: " + range.describe("inode " + range.inode(), device.geometry());
    } catch (IOException damaged) {
      return "listed as lost: " + damaged.getMessage();
    }
  }

  private void noteLost(long end, byte[] value) throws IOException {
    Extent extent = end == 0 ? null : Extent.decode(end, value);
    if (extent != null && extent.isLost()) {
      lostExtents++;
      lostBytes += extent.length();
    }
  }

  private String content(SuperblockEntry entry, ZoneDescriptor zone, @Nullable ZoneRecord record)
      throws IOException {
    boolean written =
        zone.condition() != ZoneCondition.EMPTY
            && zone.condition() != ZoneCondition.OFFLINE
            && zone.type() != ZoneType.CONVENTIONAL;
    if (entry.facts().superblockZones().contains(zone.index())) {
      return "superblock log";
    }
    if (entry.segments().stream().anyMatch(segment -> segment.liesIn(zone.index()))) {
      return "journal";
    }
    if (checkpointZones.contains(zone.index())) {
      return "checkpoint";
    }
    if (!written) {
      return "";
    }
    Chunks chunks = chunksOf(entry, zone);
    if (chunks.chunks() == 0 && record == null) {
      return "no file data";
    }
    ZoneStream stream = record == null ? null : record.stream();
    return String.format(
        "%s: %d chunks of %d pieces, %d bytes, %d of them live",
        stream == null ? "file data" : word(stream),
        chunks.chunks(),
        chunks.pieces(),
        chunks.bytes(),
        record == null ? 0 : record.liveBytes());
  }

  private Chunks chunksOf(SuperblockEntry entry, ZoneDescriptor zone) throws IOException {
    ChunkWalker walker = new ChunkWalker(device, entry.filesystem(), zone);
    long chunks = 0;
    long pieces = 0;
    long bytes = 0;
    for (ChunkWalker.FoundChunk found = walker.next(); found != null; found = walker.next()) {
      chunks++;
      for (ChunkSummary.Piece piece : found.summary().pieces()) {
        pieces++;
        bytes += piece.lengthBytes();
      }
    }
    return new Chunks(chunks, pieces, bytes);
  }
}
