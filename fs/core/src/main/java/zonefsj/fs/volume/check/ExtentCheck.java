// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.check;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.ZonedDevice;
import zonefsj.device.filter.OneCopyDevice;
import zonefsj.fs.PassProgress;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.data.DataDamagedException;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.data.VerifiedReader;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataReader;
import zonefsj.fs.tree.InodeRecord;
import zonefsj.fs.volume.check.IndexCursor.Entry;
import zonefsj.fs.volume.commit.ExtentResolver;
import zonefsj.fs.volume.state.FileNamer;
import zonefsj.fs.volume.stored.ZoneRecord;

/**
 * Checks every extent: that it can be decoded and belongs to a regular file, that no two of a file
 * overlap, none lies behind the file's end, their lengths add up to the file's recorded allocated
 * bytes, their data lie where data may, and how many lie in zones; on demand, that the data match
 * their checksums. One merge of two families; 8 bytes for each zone.
 */
final class ExtentCheck {
  private static final Logger LOG = LoggerFactory.getLogger(ExtentCheck.class);
  private static final int VERIFY_BYTES = 1 << 20;

  private final DeviceGeometry geometry;
  private final MetadataReader index;
  private final ZoneRoles zones;
  private final Findings findings;
  private final Findings losses = new Findings();
  private final ProgressListener progress;
  private final FileNamer namer;
  private final ZonedDevice device;
  private final VerifiedReader reader;

  /** Readers of the copies of the drive, if there are several. */
  private final List<VerifiedReader> copies = new ArrayList<>();

  private final ByteBuffer verified = ByteBuffer.allocate(VERIFY_BYTES);
  private final long[] liveBytes;
  private long inZones;
  private long bytesVerified;
  private long extents;
  private PassProgress verifying = PassProgress.silent();

  ExtentCheck(
      ZonedDevice device,
      MetadataReader index,
      ZoneRoles zones,
      Findings findings,
      ProgressListener progress) {
    this.geometry = device.geometry();
    this.index = index;
    this.zones = zones;
    this.findings = findings;
    this.progress = progress;
    this.namer = new FileNamer(index);
    this.device = device;
    this.reader = new VerifiedReader(device);
    for (int copy = 0; device.copies() > 1 && copy < device.copies(); copy++) {
      copies.add(new VerifiedReader(new OneCopyDevice(device, copy)));
    }
    this.liveBytes = new long[geometry.zoneCount()];
  }

  /** Live bytes of each zone, by the extents. */
  long[] liveBytes() {
    return liveBytes;
  }

  /** The lost extents. */
  Findings losses() {
    return losses;
  }

  /** Number of extents. */
  long extents() {
    return extents;
  }

  long bytesVerified() {
    return bytesVerified;
  }

  void check(boolean data) throws IOException {
    IndexCursor inodes = new IndexCursor(index, ColumnFamily.INODES, findings);
    // With data, most time goes to their bytes.
    PassProgress counted =
        data
            ? PassProgress.silent()
            : new PassProgress(progress, "checking extents", expectedExtents());
    verifying =
        data
            ? new PassProgress(progress, "verifying file data, in bytes", expectedBytes())
            : PassProgress.silent();
    IndexCursor cursor = new IndexCursor(index, ColumnFamily.EXTENTS, findings, counted);
    Entry first;
    while ((first = cursor.peek()) != null) {
      long inode = first.inode();
      while (inodes.nextBefore(inode) != null) {
        // Inodes without extents are not checked here.
      }
      FileExtents file = new FileExtents(inode, recordOf(inodes.nextOf(inode)));
      Entry entry;
      while ((entry = cursor.nextOf(inode)) != null) {
        file.add(Keys.extentEnd(entry.key()), entry.value(), data);
      }
      file.finish();
    }
    extents = counted.done();
    checkStaged();
    checkCount();
  }

  /** Expected number of extents: those in zones, as the index counts them, or all, counted now. */
  private long expectedExtents() throws IOException {
    byte[] value = index.get(ColumnFamily.META, Keys.EXTENT_COUNT);
    if (value != null && value.length == Long.BYTES) {
      return Math.max(0, Keys.number(value));
    }
    long[] count = {0};
    index.scan(
        ColumnFamily.EXTENTS,
        new byte[0],
        null,
        (key, extent) -> {
          count[0]++;
          return true;
        });
    return count[0];
  }

  /** Bytes of files in zones, by the records of the zones. */
  private long expectedBytes() throws IOException {
    long[] bytes = {0};
    index.scan(
        ColumnFamily.ZONES,
        new byte[0],
        null,
        (key, value) -> {
          try {
            bytes[0] += ZoneRecord.decode(value).liveBytes();
          } catch (IOException damaged) {
            // This is a finding of its own.
            LOG.debug("a zone record does not count", damaged);
          }
          return true;
        });
    return bytes[0];
  }

  /**
   * Checks the number of extents. A drive of an older version has none until a mount changes
   * extents.
   */
  private void checkCount() throws IOException {
    byte[] value = index.get(ColumnFamily.META, Keys.EXTENT_COUNT);
    if (value != null && !Arrays.equals(value, Keys.number(inZones))) {
      findings.add(
          "the number of extents in zones is said to be "
              + (value.length == Long.BYTES ? Keys.number(value) : value.length + " bytes")
              + ", but there are "
              + inZones,
          "the counters",
          "df shows a wrong amount of free space");
    }
  }

  /** Checks the list of staged data: an entry without an extent would stop the next checkpoint. */
  private void checkStaged() throws IOException {
    IndexCursor cursor = new IndexCursor(index, ColumnFamily.STAGED, findings);
    for (Entry entry = cursor.peek(); entry != null; entry = cursor.peek()) {
      cursor.skip();
      if (index.get(ColumnFamily.EXTENTS, entry.key()) == null) {
        findings.add(
            "an extent that is noted as waiting for a zone is not there",
            "inode " + entry.inode() + ", end offset " + Keys.extentEnd(entry.key()),
            "checkpoints fail, and the filesystem becomes read-only");
      }
    }
  }

  private static @Nullable InodeRecord recordOf(@Nullable Entry inode) {
    try {
      return inode == null ? null : InodeRecord.decode(inode.value());
    } catch (IOException reportedElsewhere) {
      return null;
    }
  }

  /** The extents of one file, in ascending order. */
  private final class FileExtents {
    private final long inode;
    private final @Nullable InodeRecord record;
    private long recorded;
    private long sum;
    private long endBefore;

    FileExtents(long inode, @Nullable InodeRecord record) throws IOException {
      this.inode = inode;
      this.record = record;
      boolean exists = index.get(ColumnFamily.INODES, Keys.inode(inode)) != null;
      if (!exists || (record != null && !record.isRegular())) {
        findings.add(
            "extents of an inode that " + (exists ? "is no regular file" : "does not exist"),
            "inode " + inode,
            "their space is never freed");
      }
    }

    private void report(String what, long from, long to, String consequence) {
      report(findings, what, from, to, consequence);
    }

    /** Costs a walk up to the root directory, so only for a finding that is kept. */
    private void report(Findings found, String what, long from, long to, String consequence) {
      String file = found.isFull() ? "" : namer.describe(inode);
      found.add(what, file + ", offset " + from + " to " + to, consequence);
    }

    void add(long end, byte[] value, boolean data) throws IOException {
      if (end == 0) {
        if (value.length == Long.BYTES) {
          recorded = Keys.number(value);
        } else {
          report(
              "the number of allocated bytes has " + value.length + " bytes",
              0,
              0,
              "the file's block count is wrong");
        }
        return;
      }
      Extent extent;
      try {
        extent = Extent.decode(end, value);
      } catch (IOException damaged) {
        report(
            "an extent cannot be read: " + damaged.getMessage(),
            endBefore,
            end,
            "reads of this range fail");
        return;
      }
      sum += extent.length();
      if (extent.start() < endBefore) {
        report(
            "two extents of a file overlap",
            extent.start(),
            endBefore,
            "old content may be read instead of new");
      }
      endBefore = end;
      InodeRecord file = record;
      if (file != null && end > file.sizeBytes()) {
        report(
            "an extent lies behind the end of its file, which is "
                + file.sizeBytes()
                + " bytes long",
            extent.start(),
            end,
            "old bytes appear when the file grows");
      }
      boolean noted = index.get(ColumnFamily.STAGED, Keys.extent(inode, end)) != null;
      if (noted != ExtentResolver.isStaged(extent)) {
        report(
            noted
                ? "an extent is noted as waiting for a zone, but does not"
                : "an extent waits for a zone, but is not noted",
            extent.start(),
            end,
            noted ? "the next checkpoint fails" : "its bytes stay in the index");
      }
      PhysicalExtent placed = extent.placed();
      if (placed != null) {
        addPlaced(extent, placed, data);
      }
      if (extent.isLost()) {
        report(
            losses,
            "lost data",
            extent.start(),
            end,
            "reads of this range fail with EIO until it is written anew");
      }
    }

    private void addPlaced(Extent extent, PhysicalExtent placed, boolean data) throws IOException {
      boolean onDrive =
          placed.positionBytes() >= 0 && placed.positionBytes() < geometry.capacityBytes();
      if (onDrive) {
        int zone = geometry.zoneOf(placed.positionBytes());
        liveBytes[zone] += extent.length();
      }
      inZones += placed.liesOn(geometry) ? 1 : 0;
      String refusal = zones.refusal(placed);
      if (refusal != null) {
        report("data " + refusal, extent.start(), extent.end(), "reads of this range fail");
      } else if (data) {
        verify(extent);
      }
    }

    private void verify(Extent extent) throws IOException {
      for (long from = extent.start(); from < extent.end(); from += VERIFY_BYTES) {
        long to = Math.min(extent.end(), from + VERIFY_BYTES);
        PhysicalExtent part = extent.slice(from, to).placed();
        if (part == null) {
          return;
        }
        verifying.add(to - from);
        try {
          read(part);
          bytesVerified += to - from;
        } catch (DataDamagedException damaged) {
          report(
              "data of the file are damaged: " + damaged.getMessage(),
              from,
              to,
              "reads of the damaged part fail with EIO");
        }
      }
    }

    /** Reads from every copy; fails if none has the right bytes. */
    private void read(PhysicalExtent part) throws IOException {
      Map<Integer, Long> wrong = new TreeMap<>();
      boolean isRead = false;
      for (int copy = 0; copy < copies.size(); copy++) {
        try {
          copies.get(copy).read(part, verified.clear().limit(part.lengthBytes()));
          isRead = true;
        } catch (DataDamagedException damaged) {
          // One that cannot be read is the drive's to mend.
          if (!damaged.isUnreadable()) {
            wrong.put(copy, damaged.positionBytes());
          }
        }
      }
      if (!isRead) {
        reader.read(part, verified.clear().limit(part.lengthBytes()));
      }
      wrong.forEach(device::noteWrong);
    }

    void finish() {
      if (recorded != sum) {
        report(
            "the file is said to take " + recorded + " bytes, its extents add up to " + sum,
            0,
            endBefore,
            "its block count is wrong");
      }
    }
  }
}
