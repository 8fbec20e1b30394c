// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.repair;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import zonefsj.device.DeviceGeometry;
import zonefsj.fs.FileMode;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataReader;
import zonefsj.fs.tree.AccessControlList;
import zonefsj.fs.tree.EntryRecord;
import zonefsj.fs.tree.InodeRecord;
import zonefsj.fs.volume.check.AclCheck;
import zonefsj.fs.volume.check.Findings;
import zonefsj.fs.volume.check.IndexCursor;
import zonefsj.fs.volume.stored.LostRange;
import zonefsj.fs.volume.stored.ScrubRecord;
import zonefsj.fs.volume.stored.UnlistedLosses;
import zonefsj.fs.volume.stored.ZoneRecord;
import zonefsj.zonemgr.ZoneStream;

/**
 * Corrects derived values: link counts, the counters, the live bytes of zones, and the extended
 * attributes that must agree with their inode. The counted records must be correct already. 8 bytes
 * of memory for each zone.
 */
final class CountRepair {
  private final RepairChanges changes;
  private final DeviceGeometry geometry;
  private final Instant now;

  CountRepair(RepairChanges changes, DeviceGeometry geometry, Instant now) {
    this.changes = changes;
    this.geometry = geometry;
    this.now = now;
  }

  /** A number that no inode ever had, as far as the index shows. */
  static long nextInode(MetadataReader index) throws IOException {
    long[] newest = {0};
    index.scan(
        ColumnFamily.INODES,
        new byte[0],
        null,
        (key, value) -> {
          newest[0] = Math.max(newest[0], Keys.leadingInode(key));
          return true;
        });
    byte[] value = index.get(ColumnFamily.META, Keys.NEXT_INODE);
    long recorded = value == null || value.length != Long.BYTES ? 0 : Keys.number(value);
    boolean possible = recorded > newest[0] && recorded < Keys.INODE_LIMIT;
    return possible ? recorded : newest[0] + 1;
  }

  void repair() throws IOException {
    mendAttributes();
    mendLinkCounts();
    mendZones();
    mendScrub();
    mendLostData();
    changes.apply();
  }

  private void mendAttributes() throws IOException {
    IndexCursor attributes = changes.walk(ColumnFamily.XATTRS, "mending attributes");
    for (var entry = attributes.peek(); entry != null; entry = attributes.peek()) {
      attributes.skip();
      byte[] inode = changes.inode(entry.inode());
      if (inode == null) {
        changes.note("dropped extended attributes of nobody");
        changes.delete(ColumnFamily.XATTRS, entry.key());
        continue;
      }
      AclCheck.Wrong wrong = AclCheck.check(entry.key(), entry.value(), InodeRecord.decode(inode));
      if (wrong != null) {
        AccessControlList right = wrong.right();
        changes.note("set ACLs right, or dropped them");
        changes.put(ColumnFamily.XATTRS, entry.key(), right == null ? null : right.encode());
      }
    }
  }

  private void mendLinkCounts() throws IOException {
    IndexCursor inodes = changes.walk(ColumnFamily.INODES, "counting links");
    IndexCursor links = new IndexCursor(changes.index(), ColumnFamily.PARENTS, new Findings());
    IndexCursor entries = new IndexCursor(changes.index(), ColumnFamily.ENTRIES, new Findings());
    long count = 0;
    for (var entry = inodes.peek(); entry != null; entry = inodes.peek()) {
      inodes.skip();
      count++;
      long inode = entry.inode();
      int names = 0;
      while (links.nextBefore(inode + 1) != null) {
        names++;
      }
      int subdirectories = 0;
      IndexCursor.Entry child;
      while ((child = entries.nextBefore(inode + 1)) != null) {
        EntryRecord record = EntryRecord.decode(child.value());
        subdirectories += record != null && FileMode.isDirectory(record.typeBits()) ? 1 : 0;
      }
      InodeRecord record = InodeRecord.decode(entry.value());
      boolean orphan = changes.index().get(ColumnFamily.ORPHANS, Keys.inode(inode)) != null;
      int right = orphan ? 0 : record.isDirectory() ? 2 + subdirectories : names;
      if (record.linkCount() != right) {
        changes.note("set link counts right");
        changes.put(
            ColumnFamily.INODES,
            Keys.inode(inode),
            record.withLinks(right, record.changeTime()).encode());
      }
    }
    put(Keys.INODE_COUNT, count);
    put(Keys.NEXT_INODE, nextInode(changes.index()));
  }

  private void put(byte[] key, long number) throws IOException {
    byte[] value = Keys.number(number);
    if (!Arrays.equals(value, changes.index().get(ColumnFamily.META, key))) {
      changes.note("set the counters right");
      changes.put(ColumnFamily.META, key, value);
    }
  }

  private void mendScrub() throws IOException {
    byte[] value = changes.index().get(ColumnFamily.META, ScrubRecord.KEY);
    try {
      if (value != null) {
        ScrubRecord.decode(value, geometry.zoneCount());
      }
    } catch (IOException damaged) {
      changes.note("forgot how far a scrub was");
      changes.delete(ColumnFamily.META, ScrubRecord.KEY);
    }
  }

  private void mendLostData() throws IOException {
    List<byte[]> bad = new ArrayList<>();
    changes
        .index()
        .scan(
            ColumnFamily.META,
            LostRange.firstKey(),
            LostRange.endKey(),
            (key, value) -> {
              try {
                LostRange.decode(key, value);
              } catch (IOException damaged) {
                bad.add(key);
              }
              return true;
            });
    byte[] more = changes.index().get(ColumnFamily.META, UnlistedLosses.KEY);
    try {
      if (more != null) {
        UnlistedLosses.decode(more);
      }
    } catch (IOException damaged) {
      bad.add(UnlistedLosses.KEY);
    }
    for (byte[] key : bad) {
      changes.note("dropped records of lost data that cannot be read");
      changes.delete(ColumnFamily.META, key);
    }
  }

  private void mendZones() throws IOException {
    long[] live = new long[geometry.zoneCount()];
    long inZones = 0;
    IndexCursor extents = changes.walk(ColumnFamily.EXTENTS, "counting extents");
    for (var entry = extents.peek(); entry != null; entry = extents.peek()) {
      extents.skip();
      long end = Keys.extentEnd(entry.key());
      PhysicalExtent placed = end == 0 ? null : Extent.decode(end, entry.value()).placed();
      if (placed != null) {
        live[geometry.zoneOf(placed.positionBytes())] += placed.lengthBytes();
        inZones++;
      }
    }
    if (changes.index().get(ColumnFamily.META, Keys.EXTENT_COUNT) != null) {
      // If it is missing, the next mount counts.
      put(Keys.EXTENT_COUNT, inZones);
    }
    IndexCursor records = changes.walk(ColumnFamily.ZONES, "counting zones");
    boolean[] seen = new boolean[live.length];
    for (var entry = records.peek(); entry != null; entry = records.peek()) {
      records.skip();
      int zone = ByteBuffer.wrap(entry.key()).getInt();
      if (zone < 0 || zone >= live.length) {
        changes.note("dropped records of zones that the drive does not have");
        changes.delete(ColumnFamily.ZONES, entry.key());
      } else {
        seen[zone] = true;
        mendZone(zone, entry.value(), live[zone]);
      }
    }
    for (int zone = 0; zone < live.length; zone++) {
      if (!seen[zone] && live[zone] > 0) {
        mendZone(zone, null, live[zone]);
      }
    }
  }

  private void mendZone(int zone, byte @Nullable [] value, long live) {
    ZoneRecord old = null;
    try {
      old = value == null ? null : ZoneRecord.decode(value);
    } catch (IOException damaged) {
      // A new record replaces it.
    }
    boolean good = old != null && old.stream().isData();
    if (old != null && good && old.liveBytes() == live && live > 0) {
      return;
    }
    ZoneStream stream = old != null && good ? old.stream() : ZoneStream.COLD;
    long lastWrite = old == null ? now.toEpochMilli() : old.lastWriteMillis();
    changes.note("counted the live bytes of zones");
    changes.put(
        ColumnFamily.ZONES,
        Keys.zone(zone),
        live == 0 ? null : new ZoneRecord(live, stream, lastWrite).encode());
  }
}
