package zonefsj.fs.volume.stored;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.ProgressListener;
import zonefsj.journal.JournalSegment;
import zonefsj.zonemgr.FrameHeader;
import zonefsj.zonemgr.FrameKind;

/**
 * Finds the newest root of a drive: in the superblock log by a read or two, or, if one or both of
 * its zones are lost, also at the heads of the journal's segments by a look at the first frame of
 * every zone.
 */
public final class RootFinder {
  /** Conventional and sequential zones near the start are tried for the superblock. */
  public static final int SUPERBLOCK_SEARCH_ZONES = 16;

  private static final Logger LOG = LoggerFactory.getLogger(RootFinder.class);

  private static final int WALK_BYTES = 1 << 20;

  private final ZonedDevice device;
  private final List<ZoneDescriptor> report;
  private final int unitBytes;
  private @Nullable RootEntry newest;
  private int newerVersion;

  /** Looks for the roots of one drive, whose zones were just reported. */
  public RootFinder(ZonedDevice device, List<ZoneDescriptor> report) {
    this.device = device;
    this.report = report;
    this.unitBytes = FrameHeader.unitBytes(device.geometry().blockSizeBytes());
  }

  /** The newest root of the superblock log, or null. */
  public @Nullable RootEntry inSuperblock() throws IOException {
    int zones = Math.min(SUPERBLOCK_SEARCH_ZONES, report.size());
    for (ZoneDescriptor zone : report.subList(0, zones)) {
      if (zone.condition() == ZoneCondition.OFFLINE) {
        continue;
      }
      if (zone.type() == ZoneType.CONVENTIONAL) {
        searchSlots(zone);
      } else {
        searchBackwards(zone);
      }
    }
    refuseNewerVersion();
    return newest;
  }

  /** The newest root anywhere, or null. */
  public @Nullable RootEntry anywhere(ProgressListener progress) throws IOException {
    RootEntry found = inSuperblock();
    if (found != null && !hasLostACopy(found)) {
      return found;
    }
    for (ZoneDescriptor zone : report) {
      boolean readable =
          zone.condition() != ZoneCondition.OFFLINE && zone.condition() != ZoneCondition.EMPTY;
      if (readable && zone.type() != ZoneType.CONVENTIONAL) {
        walk(zone);
      }
      progress.progress("searching zones for the journal", zone.index() + 1L, report.size());
    }
    refuseNewerVersion();
    return newest;
  }

  /**
   * Whether a root has only one zone for its copies. That one was perhaps just started over, and
   * shows an older root where the newest did not arrive.
   */
  private boolean hasLostACopy(RootEntry root) {
    return root.facts().superblockZones().stream()
        .anyMatch(
            zone ->
                zone < 0
                    || zone >= report.size()
                    || report.get(zone).condition() == ZoneCondition.OFFLINE
                    || report.get(zone).condition() == ZoneCondition.READ_ONLY);
  }

  private void refuseNewerVersion() throws VolumeFormatException {
    if (newest == null && newerVersion > 0) {
      throw new VolumeFormatException(
          "the drive has format version "
              + newerVersion
              + ", this program knows up to "
              + FrameHeader.FORMAT_VERSION
              + "; use a newer zonefs-j");
    }
  }

  private long slotBytes() {
    return RootLog.slotBytes(unitBytes);
  }

  private void searchSlots(ZoneDescriptor zone) throws IOException {
    long slots = RootLog.conventionalSlots(zone.capacityBytes(), unitBytes);
    for (long slot = 0; slot < slots; slot++) {
      take(rootAt(zone.startBytes() + slot * slotBytes(), (int) slotBytes()));
    }
  }

  private void searchBackwards(ZoneDescriptor zone) throws IOException {
    long written =
        zone.hasWritePointer()
            ? Math.min(zone.writtenBytes(), zone.capacityBytes())
            : zone.capacityBytes();
    if (written == 0 || !readHead(zone.startBytes(), written)) {
      return;
    }
    // A pointer may have moved over a slot whose bytes did not arrive; where the drive then shows
    // what was there before the zone's last reset, that is older than the zone's first root, or the
    // first try of the very same.
    RootEntry first = rootAt(zone.startBytes(), RootLog.slotLength(0, written, unitBytes));
    for (long slot = RootLog.slotsBegun(written, unitBytes) - 1; slot >= 0; slot--) {
      int length = RootLog.slotLength(slot, written, unitBytes);
      RootEntry entry = rootAt(zone.startBytes() + slot * slotBytes(), length);
      boolean current =
          entry != null && (slot == 0 || first == null || entry.generation() > first.generation());
      if (current && take(entry)) {
        return;
      }
    }
  }

  /** Whether a zone begins with a root, or with something that may have been one. */
  private boolean readHead(long start, long written) throws IOException {
    ByteBuffer head;
    try {
      head = read(start, (int) Math.min(unitBytes, written));
    } catch (IOException unreadable) {
      // One bad block must not hide the roots behind it, nor those of the other copy.
      LOG.warn("the head of a zone cannot be read", unreadable);
      return true;
    }
    noteVersion(head);
    FrameHeader header = FrameHeader.decode(head);
    return header == null || header.kind() == FrameKind.ROOT;
  }

  private @Nullable RootEntry rootAt(long position, int length) throws IOException {
    ByteBuffer bytes;
    try {
      bytes = read(position, length);
    } catch (IOException unreadable) {
      LOG.warn("a slot of the superblock log cannot be read", unreadable);
      return null;
    }
    noteVersion(bytes);
    RootEntry entry = RootEntry.decode(bytes);
    // A file may hold the image of another filesystem: a root counts only where it says it belongs.
    int zone = device.geometry().zoneOf(position);
    return entry != null && entry.facts().superblockZones().contains(zone) ? entry : null;
  }

  private boolean take(@Nullable RootEntry entry) {
    if (entry == null) {
      return false;
    }
    RootEntry best = newest;
    if (best == null || entry.generation() > best.generation()) {
      newest = entry;
    }
    return true;
  }

  private void noteVersion(ByteBuffer bytes) {
    int version = FrameHeader.versionOf(bytes);
    if (version > FrameHeader.FORMAT_VERSION) {
      newerVersion = Math.max(newerVersion, version);
    }
  }

  /**
   * Looks at every unit of a zone that begins with a root: what lies between may be anything, also
   * a frame of the zone's life before, whose length means nothing.
   */
  private void walk(ZoneDescriptor zone) throws IOException {
    long end =
        zone.startBytes()
            + (zone.hasWritePointer()
                ? Math.min(zone.writtenBytes(), zone.capacityBytes())
                : zone.capacityBytes());
    for (long from = zone.startBytes(); from + unitBytes <= end; from += WALK_BYTES) {
      int length = (int) Math.min(WALK_BYTES, end - from);
      ByteBuffer window = readOrNull(from, length);
      for (int at = 0; at + unitBytes <= length; at += unitBytes) {
        long position = from + at;
        ByteBuffer unit =
            window == null ? readOrNull(position, unitBytes) : window.slice(at, unitBytes);
        FrameHeader header = unit == null ? null : FrameHeader.decode(unit);
        boolean isRoot = header != null && header.kind() == FrameKind.ROOT;
        if (position == zone.startBytes() && !isRoot) {
          return;
        }
        if (header != null && isRoot && position + header.frameBytes() <= end) {
          takeAt(position, header.frameBytes());
        }
      }
    }
  }

  private @Nullable ByteBuffer readOrNull(long position, int length) {
    try {
      return read(position, length);
    } catch (IOException unreadable) {
      LOG.warn("{} bytes at {} cannot be read in one piece", length, position, unreadable);
      return null;
    }
  }

  /** Takes a root at the head of a journal segment: it says that the segment begins behind it. */
  private void takeAt(long position, int frameBytes) {
    ByteBuffer bytes = readOrNull(position, frameBytes);
    RootEntry root = bytes == null ? null : RootEntry.decode(bytes);
    if (root != null && isHead(root, position + frameBytes)) {
      take(root);
    }
  }

  private static boolean isHead(RootEntry root, long behind) {
    List<JournalSegment> segments = root.segments();
    return !segments.isEmpty()
        && segments.get(segments.size() - 1).copies().stream()
            .anyMatch(copy -> copy.startBytes() == behind);
  }

  private ByteBuffer read(long position, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(length);
    device.read(position, buffer);
    return buffer.flip();
  }
}
