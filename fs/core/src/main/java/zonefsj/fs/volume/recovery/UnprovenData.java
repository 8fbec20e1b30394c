// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.recovery;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.data.VerifiedReader;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataBatch;
import zonefsj.fs.meta.MetadataReader;
import zonefsj.fs.volume.state.ExtentLookup;
import zonefsj.fs.volume.stored.BatchRecord;

/**
 * Checks the data of records for which nothing proves that they were flushed. A record may name
 * tens of thousands of extents: they are read in the order of the drive. Takes about 150 bytes for
 * each of them. Not thread-safe.
 */
final class UnprovenData {
  private static final int TRIES = 3;
  private static final long PAUSE_NANOS = 100_000_000;

  private final ZonedDevice device;
  private final List<ZoneDescriptor> report;
  private final VerifiedReader reader;

  /**
   * @param device the zones of the filesystem
   * @param report all of them, when the mount began
   */
  UnprovenData(ZonedDevice device, List<ZoneDescriptor> report) {
    this.device = device;
    this.report = report;
    this.reader = new VerifiedReader(device);
  }

  /**
   * Whether the data of a record are on the drive: they were submitted before it. Data in a zone
   * that went offline since are lost and prove nothing, and so are data that lay there before: the
   * rest of the record must not be lost with them.
   *
   * @param index may have the record already; null if it cannot
   */
  boolean verifies(BatchRecord record, @Nullable MetadataReader index) throws IOException {
    Map<Integer, ZoneDescriptor> zones = new HashMap<>();
    List<PhysicalExtent> readable = new ArrayList<>();
    for (PhysicalExtent placed : placedBy(record, index)) {
      if (!placed.liesOn(device.geometry())) {
        return false;
      }
      if (isGone(placed)) {
        continue;
      }
      if (!isWritten(placed, zones)) {
        return false;
      }
      readable.add(placed);
    }
    return reader.allVerify(readable, this::verifyPatiently);
  }

  /**
   * Whether each of these extents verifies by itself. A record that is refused is lost for good,
   * and a drive that has just got its power may need a moment.
   */
  private boolean verifyPatiently(List<PhysicalExtent> group) throws IOException {
    for (PhysicalExtent placed : group) {
      for (int tries = 1; !reader.verifies(placed); tries++) {
        if (tries == TRIES) {
          return false;
        }
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
    return true;
  }

  private static List<PhysicalExtent> placedBy(BatchRecord record, @Nullable MetadataReader index)
      throws IOException {
    List<PhysicalExtent> all = new ArrayList<>();
    record.forEach(
        new MetadataBatch.Sink() {
          @Override
          public void put(ColumnFamily family, byte[] key, byte @Nullable [] value)
              throws IOException {
            boolean extent = family == ColumnFamily.EXTENTS && Keys.extentEnd(key) != 0;
            if (extent && value != null) {
              Extent written = Extent.decode(Keys.extentEnd(key), value);
              PhysicalExtent placed = written.placed();
              boolean isNew =
                  placed != null
                      && (index == null
                          || !ExtentLookup.hasInPlace(index, Keys.leadingInode(key), written));
              if (isNew && placed != null) {
                all.add(placed);
              }
            }
          }

          @Override
          public void deleteRange(ColumnFamily family, byte[] from, byte[] to) {
            // Contains no data.
          }
        });
    return all;
  }

  private boolean isGone(PhysicalExtent placed) {
    int zone = device.geometry().zoneOf(placed.positionBytes());
    return report.get(zone).condition() == ZoneCondition.OFFLINE;
  }

  /**
   * Whether data lie below the write pointer. Data behind it may read as zeros and so verify, but
   * the next write to the zone replaces them.
   *
   * @param zones the reports that were asked for already
   */
  private boolean isWritten(PhysicalExtent placed, Map<Integer, ZoneDescriptor> zones)
      throws IOException {
    int zone = device.geometry().zoneOf(placed.positionBytes());
    ZoneDescriptor now = zones.get(zone);
    if (now == null) {
      now = device.report(zone, 1).get(0);
      zones.put(zone, now);
    }
    return !now.hasWritePointer()
        || placed.positionBytes() + placed.coveredBytes() <= now.writePointerBytes();
  }
}
