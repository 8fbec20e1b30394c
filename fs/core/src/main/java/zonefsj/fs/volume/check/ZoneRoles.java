// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.check;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.MetadataReader;
import zonefsj.fs.volume.recovery.Recovery;
import zonefsj.fs.volume.stored.CheckpointManifest;
import zonefsj.fs.volume.stored.ScrubRecord;
import zonefsj.fs.volume.stored.SuperblockEntry;
import zonefsj.fs.volume.stored.ZoneRecord;
import zonefsj.journal.JournalSegment;
import zonefsj.zonemgr.ZoneStream;

/** The stream of each zone, which decides what may lie in it. One reference for each zone. */
public final class ZoneRoles {
  private final DeviceGeometry geometry;
  private final List<ZoneDescriptor> report;
  private final Findings findings;
  private final @Nullable ZoneStream[] roles;

  /** Takes the streams of the zones from the recovered drive. */
  public ZoneRoles(
      DeviceGeometry geometry,
      List<ZoneDescriptor> report,
      Recovery.Recovered recovered,
      Findings findings) {
    this.geometry = geometry;
    this.report = report;
    this.findings = findings;
    this.roles = new @Nullable ZoneStream[report.size()];
    for (int zone : recovered.entry().facts().superblockZones()) {
      assign(zone, ZoneStream.SUPERBLOCK);
    }
    for (JournalSegment segment : recovered.journal().segments()) {
      segment.copies().forEach(copy -> assign(copy.zone(), ZoneStream.JOURNAL));
    }
    SuperblockEntry.CheckpointRef ref = recovered.entry().checkpoint();
    CheckpointManifest manifest = recovered.checkpoint();
    if (ref != null && manifest != null) {
      manifest.zones(geometry, ref).forEach(zone -> assign(zone, ZoneStream.CHECKPOINT));
    }
  }

  private void assign(int zone, ZoneStream stream) {
    ZoneStream before = roles[zone];
    if (before != null && before != stream) {
      findings.add(
          "a zone serves both " + before + " and " + stream,
          "zone " + zone,
          "one of them resets it while the other needs it");
    }
    roles[zone] = stream;
  }

  /** Why data cannot be where an extent says; null if they can. */
  public @Nullable String refusal(PhysicalExtent data) {
    if (!data.liesOn(geometry)) {
      return "lies outside the drive";
    }
    long from = data.positionBytes();
    long to = from + data.coveredBytes();
    int index = geometry.zoneOf(from);
    ZoneDescriptor zone = report.get(index);
    ZoneStream role = roles[index];
    if (role != null) {
      return "lies in zone " + index + ", which serves " + role;
    }
    if (zone.type() == ZoneType.CONVENTIONAL) {
      return "lies in zone " + index + ", which is conventional and holds no file data";
    }
    if (zone.condition() == ZoneCondition.OFFLINE) {
      return "is lost: zone " + index + " is offline";
    }
    if (zone.condition() == ZoneCondition.EMPTY) {
      return "lies in zone " + index + ", which is empty";
    }
    if (to > zone.startBytes() + zone.capacityBytes()) {
      return "crosses the end of zone " + index;
    }
    if (zone.hasWritePointer() && to > zone.writePointerBytes()) {
      return "lies beyond the write pointer of zone " + index;
    }
    return null;
  }

  /** Checks the recorded progress of a scrub. */
  private void checkScrub(MetadataReader index) throws IOException {
    byte[] value = index.get(ColumnFamily.META, ScrubRecord.KEY);
    try {
      if (value != null) {
        ScrubRecord.decode(value, roles.length);
      }
    } catch (IOException damaged) {
      findings.add(
          "how far a scrub is cannot be read: " + damaged.getMessage(),
          "the counters",
          "the next scrub begins anew");
    }
  }

  /** Checks the records of zones, and compares their live bytes with the sums of the extents. */
  void checkRecords(MetadataReader index, long[] liveBytes) throws IOException {
    checkScrub(index);
    boolean[] seen = new boolean[liveBytes.length];
    IndexCursor cursor = new IndexCursor(index, ColumnFamily.ZONES, findings);
    for (IndexCursor.Entry entry = cursor.peek(); entry != null; entry = cursor.peek()) {
      cursor.skip();
      int zone = ByteBuffer.wrap(entry.key()).getInt();
      if (zone < 0 || zone >= liveBytes.length) {
        findings.add(
            "a record of a zone that the drive does not have",
            "zone " + Integer.toUnsignedString(zone),
            "the filesystem cannot be mounted");
        continue;
      }
      seen[zone] = true;
      checkRecord(zone, entry.value(), liveBytes[zone]);
    }
    for (int zone = 0; zone < liveBytes.length; zone++) {
      if (!seen[zone] && liveBytes[zone] != 0) {
        reportLive(zone, 0, liveBytes[zone]);
      }
    }
  }

  private void checkRecord(int zone, byte[] value, long live) {
    ZoneRecord record;
    try {
      record = ZoneRecord.decode(value);
    } catch (IOException damaged) {
      findings.add(
          "the record of a zone cannot be read: " + damaged.getMessage(),
          "zone " + zone,
          "the filesystem cannot be mounted");
      return;
    }
    if (record.liveBytes() != live) {
      reportLive(zone, record.liveBytes(), live);
    }
    ZoneStream role = roles[zone];
    if (!record.stream().isData() || role != null) {
      findings.add(
          "a zone of file data is said to serve "
              + record.stream()
              + (role == null ? "" : " while it serves " + role),
          "zone " + zone,
          "the collector may never free it, or free it while it is needed");
    }
  }

  private void reportLive(int zone, long recorded, long live) {
    findings.add(
        "a zone is said to hold " + recorded + " live bytes, but its extents add up to " + live,
        "zone " + zone,
        recorded < live
            ? "the collector may reset the zone while files need it"
            : "the zone is never freed");
  }
}
