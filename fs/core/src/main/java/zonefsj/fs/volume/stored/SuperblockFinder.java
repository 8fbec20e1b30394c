// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.stored;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.DeviceException;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;
import zonefsj.device.ZonedDevice;
import zonefsj.device.dump.RestoreMark;
import zonefsj.fs.PassProgress;
import zonefsj.fs.ProgressListener;
import zonefsj.journal.JournalFrames;
import zonefsj.journal.JournalSegment;
import zonefsj.zonemgr.DriveCopies;
import zonefsj.zonemgr.FrameHeader;
import zonefsj.zonemgr.FrameKind;

/**
 * Finds the newest superblock entry of a drive. It reads the whole superblock log, at most {@link
 * SuperblockLog#MAX_SLOTS} slots of each zone. If one or both of its zones are lost, it also
 * searches the heads of the journal's segments, by the first frames of every zone.
 */
public final class SuperblockFinder {
  /**
   * Zones at the start of the drive that may hold the superblock log, conventional or sequential.
   */
  public static final int SUPERBLOCK_SEARCH_ZONES = 16;

  private static final Logger LOG = LoggerFactory.getLogger(SuperblockFinder.class);

  private static final int WINDOW_BYTES = 1 << 20;

  /** Limit of the bytes that are read for frames that turn out not to be whole, per byte. */
  private static final long JOURNAL_READS = 4;

  /** Slots that are no entries and are read once more, of a drive with one copy. */
  private static final int MOST_REPEATED = 64;

  private final ZonedDevice device;
  private final List<ZoneDescriptor> report;
  private final int unitBytes;
  private final Set<Integer> zonesWithSuperblocks = new HashSet<>();
  private int repeated;
  private @Nullable SuperblockEntry newest;

  private int newerVersion;
  private boolean restoreMark;

  /** Prepares the search on one drive, whose zones were just reported. */
  public SuperblockFinder(ZonedDevice device, List<ZoneDescriptor> report) {
    this.device = device;
    this.report = report;
    this.unitBytes = FrameHeader.unitBytes(device.geometry().blockSizeBytes());
  }

  /**
   * Refuses a drive to which a dump was not restored to the end. Comes after the search.
   *
   * @throws VolumeFormatException if the first block says so
   */
  public void refuseUnfinishedRestore() throws VolumeFormatException {
    if (restoreMark) {
      throw new VolumeFormatException(
          device.geometry().description()
              + " holds an unfinished 'zonefs-j zone restore': run it again with --force");
    }
  }

  /** The newest entry of the superblock log, or null. */
  public @Nullable SuperblockEntry inSuperblock() throws IOException {
    List<ZoneDescriptor> headless = new ArrayList<>();
    List<ZoneDescriptor> others = new ArrayList<>();
    int zones = Math.min(SUPERBLOCK_SEARCH_ZONES, report.size());
    for (ZoneDescriptor zone : report.subList(0, zones)) {
      if (zone.condition() == ZoneCondition.OFFLINE) {
        continue;
      }
      if (zone.type() == ZoneType.CONVENTIONAL) {
        searchSlots(
            zone, SuperblockLog.conventionalSlots(zone.capacityBytes(), unitBytes) * slotBytes());
      } else if (endOf(zone) > zone.startBytes()) {
        switch (headOf(zone)) {
          case OF_THE_LOG -> searchWritten(zone);
          case UNKNOWN -> headless.add(zone);
          case OTHER -> others.add(zone);
        }
      }
    }
    if (newest == null) {
      for (ZoneDescriptor zone : headless) {
        searchWritten(zone);
      }
    } else {
      others.addAll(headless);
      searchNamed(others);
    }
    refuseNewerVersion();
    return newest;
  }

  /**
   * Searches zones that do not begin with an entry of the log, but that a newest entry names. The
   * slots of any other such zone count only if there is nothing else, because file data can look
   * like them.
   */
  private void searchNamed(List<ZoneDescriptor> zones) throws IOException {
    List<ZoneDescriptor> left = new ArrayList<>(zones);
    for (int index = 0; index < left.size(); ) {
      SuperblockEntry known = newest;
      ZoneDescriptor zone = left.get(index);
      if (known != null && known.facts().superblockZones().contains(zone.index())) {
        searchWritten(zone);
        left.remove(index);
        // What it holds may name another.
        index = 0;
      } else {
        index++;
      }
    }
  }

  /** The newest entry anywhere, or null. */
  public @Nullable SuperblockEntry anywhere(ProgressListener progress) throws IOException {
    SuperblockEntry found = inSuperblock();
    if (found != null && !hasLostACopy(found)) {
      return found;
    }
    List<ZoneDescriptor> written =
        report.stream().filter(SuperblockFinder::mayHoldJournal).toList();
    PassProgress pass =
        new PassProgress(progress, "searching zones for the journal", written.size());
    for (ZoneDescriptor zone : written) {
      walk(zone);
      pass.add(1);
    }
    refuseNewerVersion();
    return newest;
  }

  private static boolean mayHoldJournal(ZoneDescriptor zone) {
    return zone.type() != ZoneType.CONVENTIONAL
        && zone.condition() != ZoneCondition.OFFLINE
        && zone.condition() != ZoneCondition.EMPTY;
  }

  /**
   * Whether an entry has only one zone for its copies. That zone may have just been reset and show
   * an older entry because the newest did not arrive. Or the other zone was reset and shows none,
   * and this one has taken no entry for long: the newest is then at the head of a segment.
   */
  private boolean hasLostACopy(SuperblockEntry superblock) {
    return superblock.facts().superblockZones().stream()
        .anyMatch(
            zone ->
                zone < 0
                    || zone >= report.size()
                    || report.get(zone).condition() == ZoneCondition.OFFLINE
                    || report.get(zone).condition() == ZoneCondition.READ_ONLY
                    || !zonesWithSuperblocks.contains(zone));
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
    return SuperblockLog.slotBytes(unitBytes);
  }

  private void searchWritten(ZoneDescriptor zone) throws IOException {
    searchSlots(zone, endOf(zone) - zone.startBytes());
  }

  /**
   * Takes the newest entry of a zone. It reads every slot, because a write pointer may have passed
   * slots whose bytes did not arrive. If the drive then shows the bytes from before the zone's last
   * reset, they may be a whole entry, but that is older than each that the zone took since, or it
   * is the first try of the first.
   */
  private void searchSlots(ZoneDescriptor zone, long lengthBytes) throws IOException {
    NewestOfZone newestHere = new NewestOfZone();
    long most = SuperblockLog.MAX_SLOTS * slotBytes();
    see(zone, 0, Math.min(most, lengthBytes), newestHere);
    // A log from before the limit existed: its newest entries are at its end.
    long slots = (lengthBytes + slotBytes() - 1) / slotBytes();
    see(zone, Math.max(most, slots * slotBytes() - most), lengthBytes, newestHere);
    SuperblockEntry best = newestHere.best;
    if (best != null) {
      zonesWithSuperblocks.add(zone.index());
      take(best);
    }
  }

  /** Reads the slots from one offset in a zone to another. */
  private void see(ZoneDescriptor zone, long from, long to, NewestOfZone newestHere)
      throws IOException {
    forEachPiece(
        zone.startBytes() + from,
        zone.startBytes() + to,
        (int) slotBytes(),
        (position, slot) -> {
          noteRestore(position, slot);
          SuperblockEntry entry = rootOf(zone.index(), slot);
          newestHere.see(entry == null ? ofCopies(zone.index(), position, slot) : entry);
          return true;
        });
  }

  /** The entry that another copy of the drive has in a slot, unless the slot is blank. */
  private @Nullable SuperblockEntry ofCopies(int zone, long position, ByteBuffer slot)
      throws IOException {
    if (slot.remaining() < unitBytes || slot.getLong(slot.position()) == 0) {
      return null;
    }
    // A zone of something else has many slots that are no entries.
    if (device.copies() == 1 && ++repeated > MOST_REPEATED) {
      return null;
    }
    DriveCopies.Found found =
        DriveCopies.findRight(
            device, position, slot.remaining(), copy -> rootOf(zone, copy) != null);
    if (found == null) {
      return null;
    }
    LOG.warn("a superblock entry {}, at byte {}", found.words(), position);
    return rootOf(zone, found.bytes());
  }

  /** The newest of the entries of a zone, which are seen slot by slot; keeps one of them. */
  private static final class NewestOfZone {
    private long firstGeneration = -1;
    private @Nullable SuperblockEntry best;

    void see(@Nullable SuperblockEntry entry) {
      if (entry == null) {
        return;
      }
      SuperblockEntry before = best;
      firstGeneration = firstGeneration < 0 ? entry.generation() : firstGeneration;
      boolean isRetry =
          before != null
              && entry.generation() == before.generation()
              && entry.generation() > firstGeneration;
      if (before == null || entry.generation() > before.generation() || isRetry) {
        best = entry;
      }
    }
  }

  /** End of the bytes of a sequential zone that may have been written. */
  private static long endOf(ZoneDescriptor zone) {
    return zone.startBytes()
        + (zone.hasWritePointer()
            ? Math.min(zone.writtenBytes(), zone.capacityBytes())
            : zone.capacityBytes());
  }

  /** What the first bytes of a zone tell about the rest of it. */
  private enum Head {
    /** The zone begins with an entry that names it as a zone of the log. */
    OF_THE_LOG,
    /**
     * It begins with anything else, such as the entry of a journal segment. In a zone of the log
     * this is what it held before its last reset: the first slot did not arrive.
     */
    OTHER,
    /** The bytes are bad: they may have been any. */
    UNKNOWN
  }

  private Head headOf(ZoneDescriptor zone) throws IOException {
    ByteBuffer head;
    try {
      head = read(zone.startBytes(), (int) Math.min(slotBytes(), endOf(zone) - zone.startBytes()));
    } catch (IOException unreadable) {
      DeviceException.rethrowInconclusive(unreadable);
      // One bad block must not hide the entries behind it, nor those of the other copy.
      LOG.warn("the head of a zone cannot be read", unreadable);
      return Head.UNKNOWN;
    }
    noteVersion(head);
    noteRestore(zone.startBytes(), head);
    FrameHeader header = FrameHeader.decode(head);
    if (header == null
        || (header.kind() == FrameKind.ROOT && SuperblockEntry.decode(head) == null)) {
      DriveCopies.Found found =
          DriveCopies.findRight(
              device, zone.startBytes(), head.remaining(), SuperblockFinder::isWholeHead);
      if (found != null) {
        head = found.bytes().slice();
        header = FrameHeader.decode(head);
      }
    }
    if (header == null) {
      return Head.UNKNOWN;
    }
    SuperblockEntry superblock =
        header.kind() == FrameKind.ROOT ? SuperblockEntry.decode(head) : null;
    if (superblock == null) {
      return header.kind() == FrameKind.ROOT ? Head.UNKNOWN : Head.OTHER;
    }
    return superblock.facts().superblockZones().contains(zone.index())
        ? Head.OF_THE_LOG
        : Head.OTHER;
  }

  private static boolean isWholeHead(ByteBuffer head) {
    FrameHeader header = FrameHeader.decode(head);
    return header != null
        && (header.kind() != FrameKind.ROOT || SuperblockEntry.decode(head) != null);
  }

  private @Nullable SuperblockEntry rootOf(int zone, ByteBuffer slot) {
    noteVersion(slot);
    SuperblockEntry entry = SuperblockEntry.decode(slot);
    // A file may hold the image of another filesystem: an entry counts only in a zone that it
    // names.
    return entry != null && entry.facts().superblockZones().contains(zone) ? entry : null;
  }

  private void take(SuperblockEntry entry) {
    SuperblockEntry best = newest;
    if (best == null || entry.generation() > best.generation()) {
      newest = entry;
    }
  }

  private void noteRestore(long position, ByteBuffer bytes) {
    restoreMark |= position == 0 && RestoreMark.isIn(bytes);
  }

  private void noteVersion(ByteBuffer bytes) {
    int version = FrameHeader.versionOf(bytes);
    if (version > FrameHeader.FORMAT_VERSION) {
      newerVersion = Math.max(newerVersion, version);
    }
  }

  /**
   * Visits every unit of a zone that begins with an entry, but not those within a whole journal
   * frame: its record contains what applications write. The bytes between entries may be anything,
   * even a frame from before the zone's reset, whose length means nothing.
   */
  private void walk(ZoneDescriptor zone) throws IOException {
    long end = endOf(zone);
    long[] behindFrame = {0};
    FrameHeader[] first = new FrameHeader[1];
    // Headers with lengths that mean nothing must not make a zone many times as long.
    long[] budgetBytes = {JOURNAL_READS * (end - zone.startBytes())};
    forEachPiece(
        zone.startBytes(),
        end,
        unitBytes,
        (position, unit) -> {
          if (position < behindFrame[0]) {
            return true;
          }
          FrameHeader header = unit.remaining() < unitBytes ? null : FrameHeader.decode(unit);
          boolean isRoot = header != null && header.kind() == FrameKind.ROOT;
          if (position == zone.startBytes()) {
            first[0] = header;
          }
          // What applications write is never first: what it begins with tells whose zone it is.
          if (header != null
              && isRoot
              && header.filesystem().equals(first[0].filesystem())
              && position + header.frameBytes() <= end) {
            takeAt(position, header.frameBytes());
          }
          if (header != null && !isRoot && header.frameBytes() <= budgetBytes[0]) {
            behindFrame[0] = endOfJournalFrame(position, header, end);
            budgetBytes[0] -= behindFrame[0] == 0 ? header.frameBytes() : 0;
          }
          return isRoot || position > zone.startBytes();
        });
  }

  /** End of a whole journal frame at a position; 0 if there is none. */
  private long endOfJournalFrame(long position, FrameHeader header, long end) throws IOException {
    UUID owner = header.filesystem();
    if (!JournalFrames.isPlausible(header, owner, unitBytes)
        || position + header.frameBytes() > end) {
      return 0;
    }
    ByteBuffer frame = readOrNull(position, header.frameBytes());
    boolean isWhole = frame != null && JournalFrames.decode(frame, owner) != null;
    return isWhole ? position + header.frameBytes() : 0;
  }

  /** Visits a piece of the drive. */
  @FunctionalInterface
  private interface Look {
    /** Returns whether to go on. */
    boolean at(long position, ByteBuffer bytes) throws IOException;
  }

  /**
   * Reads a range in long windows, or, if that fails, in pieces; an unreadable piece is empty. The
   * last piece may be short.
   */
  private void forEachPiece(long from, long end, int pieceBytes, Look look) throws IOException {
    for (long at = from; at < end; at += WINDOW_BYTES) {
      int length = (int) Math.min(WINDOW_BYTES, end - at);
      ByteBuffer window = readOrNull(at, length);
      for (int offset = 0; offset < length; offset += pieceBytes) {
        int piece = Math.min(pieceBytes, length - offset);
        ByteBuffer bytes =
            window == null ? readOrNull(at + offset, piece) : window.slice(offset, piece);
        if (!look.at(at + offset, bytes == null ? ByteBuffer.allocate(0) : bytes)) {
          return;
        }
      }
    }
  }

  private @Nullable ByteBuffer readOrNull(long position, int length) throws IOException {
    try {
      return read(position, length);
    } catch (IOException unreadable) {
      DeviceException.rethrowInconclusive(unreadable);
      LOG.warn("{} bytes at {} cannot be read in one piece", length, position, unreadable);
      return null;
    }
  }

  /**
   * Takes an entry at the head of a journal segment, which names its own end as the segment's
   * start.
   */
  private void takeAt(long position, int frameBytes) throws IOException {
    ByteBuffer bytes = readOrNull(position, frameBytes);
    SuperblockEntry superblock = bytes == null ? null : SuperblockEntry.decode(bytes);
    if (superblock != null && isHead(superblock, position + frameBytes)) {
      take(superblock);
    }
  }

  private static boolean isHead(SuperblockEntry superblock, long behind) {
    List<JournalSegment> segments = superblock.segments();
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
