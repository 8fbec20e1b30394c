// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.repair;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.data.VerifiedReader;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.tree.InodeRecord;
import zonefsj.fs.volume.check.IndexCursor;
import zonefsj.fs.volume.check.ZoneRoles;
import zonefsj.fs.volume.commit.ExtentResolver;
import zonefsj.fs.volume.reclaim.PartialExtentReader;

/**
 * Makes every extent readable, or replaces it by a lost extent, so that no read of it ever shows
 * other bytes, and it holds no zone. What the drive fails to read stays where it is, as in a
 * collection, unless its zone is offline: the error may pass, and reads fail or return verified
 * bytes.
 */
final class ExtentRepair {
  /**
   * Which data are doubted.
   *
   * @param verify whether all data are read
   * @param doubtHoles whether changes of the journal are missing: if the recorded allocated bytes
   *     of a file exceed its extents, its holes may then be missing data
   */
  record Doubt(boolean verify, boolean doubtHoles) {}

  private final ZonedDevice device;
  private final RepairChanges changes;
  private final ZoneRoles zones;
  private final VerifiedReader reader;
  private final Doubt doubt;

  ExtentRepair(ZonedDevice device, RepairChanges changes, ZoneRoles zones, Doubt doubt) {
    this.device = device;
    this.changes = changes;
    this.zones = zones;
    this.reader = new VerifiedReader(device);
    this.doubt = doubt;
  }

  void repair() throws IOException {
    HoleBudget suspectHoles = doubt.doubtHoles() ? new HoleBudget() : null;
    IndexCursor extents = changes.walk(ColumnFamily.EXTENTS, "mending extents");
    IndexCursor.Entry first;
    while ((first = extents.peek()) != null) {
      long inode = first.inode();
      byte[] value = changes.inode(inode);
      InodeRecord record = value == null ? null : InodeRecord.decode(value);
      if (record == null || !record.isRegular()) {
        drop(extents, inode);
        continue;
      }
      FileExtentRepair file =
          new FileExtentRepair(changes, inode, record.sizeBytes(), suspectHoles);
      IndexCursor.Entry entry;
      while ((entry = extents.nextOf(inode)) != null) {
        add(file, Keys.extentEnd(entry.key()), entry.value());
      }
      file.finish();
    }
    changes.apply();
    dropNotes();
    changes.apply();
  }

  private void drop(IndexCursor extents, long inode) throws IOException {
    IndexCursor.Entry entry;
    while ((entry = extents.nextOf(inode)) != null) {
      changes.note("dropped extents of what is no file");
      changes.delete(ColumnFamily.EXTENTS, entry.key());
    }
  }

  private void add(FileExtentRepair file, long end, byte[] value) throws IOException {
    if (end <= 0) {
      file.recorded(end, value);
      return;
    }
    Extent extent;
    try {
      extent = Extent.decode(end, value);
    } catch (IOException damaged) {
      file.addUnknown(end);
      return;
    }
    file.add(end, readable(extent));
  }

  /** An extent, unchanged if nothing is wrong with it, else its readable parts and lost extents. */
  private List<Extent> readable(Extent extent) throws IOException {
    PhysicalExtent placed = extent.placed();
    if (placed == null) {
      return List.of(extent);
    }
    List<Extent> possible = zones.refusal(placed) == null ? List.of(extent) : possible(extent);
    if (!doubt.verify()) {
      return possible;
    }
    List<Extent> readable = new ArrayList<>();
    for (Extent part : possible) {
      PhysicalExtent data = part.placed();
      readable.addAll(data == null ? List.of(part) : verified(part, data));
    }
    return readable;
  }

  /** Splits an extent: some granules may lie before the write pointer, others behind it. */
  private List<Extent> possible(Extent extent) throws IOException {
    List<Extent> parts = new ArrayList<>();
    PhysicalExtent placed = extent.placed();
    if (placed != null) {
      PartialExtentReader.split(
          placed,
          (from, to) -> zones.refusal(placed.slice(from, to - from)) == null,
          (from, to, good) -> parts.add(slice(extent, from, to, good)));
    }
    return parts;
  }

  private List<Extent> verified(Extent extent, PhysicalExtent placed) throws IOException {
    List<PartialExtentReader.Part> parts = PartialExtentReader.read(reader, placed);
    if (parts.stream().anyMatch(PartialExtentReader.Part::unreadable)) {
      if (isOffline(placed)) {
        return List.of(Extent.lost(extent.start(), extent.length()));
      }
      changes.remark("data that the drive fails to read stay where they are");
    }
    return withoutWrongBytes(extent, parts);
  }

  /** Whether the zone of some data has gone offline, maybe since all zones were reported. */
  private boolean isOffline(PhysicalExtent data) throws IOException {
    int zone = device.geometry().zoneOf(data.positionBytes());
    return device.report(zone, 1).get(0).condition() == ZoneCondition.OFFLINE;
  }

  /** Lost extents for what has wrong bytes; the other parts of an extent as they are. */
  static List<Extent> withoutWrongBytes(Extent extent, List<PartialExtentReader.Part> read) {
    List<Extent> parts = new ArrayList<>();
    int from = 0;
    for (PartialExtentReader.Part part : read) {
      if (part.isWrong()) {
        if (from < part.from()) {
          parts.add(slice(extent, from, part.from(), true));
        }
        parts.add(slice(extent, part.from(), part.to(), false));
        from = part.to();
      }
    }
    if (from < extent.length()) {
      parts.add(slice(extent, from, extent.length(), true));
    }
    return parts;
  }

  private static Extent slice(Extent extent, int from, int to, boolean good) {
    if (!good) {
      return Extent.lost(extent.start() + from, to - from);
    }
    boolean whole = from == 0 && to == extent.length();
    return whole ? extent : extent.slice(extent.start() + from, extent.start() + to);
  }

  /**
   * Drops entries of the list of staged data without an extent, which would stop the next
   * checkpoint.
   */
  private void dropNotes() throws IOException {
    IndexCursor notes = changes.walk(ColumnFamily.STAGED, "mending notes of extents");
    for (var note = notes.peek(); note != null; note = notes.peek()) {
      notes.skip();
      byte @Nullable [] value = changes.index().get(ColumnFamily.EXTENTS, note.key());
      long end = Keys.extentEnd(note.key());
      boolean staged =
          value != null && end > 0 && ExtentResolver.isStaged(Extent.decode(end, value));
      if (!staged) {
        changes.note("dropped notes of extents that do not wait for a zone");
        changes.delete(ColumnFamily.STAGED, note.key());
      }
    }
  }
}
