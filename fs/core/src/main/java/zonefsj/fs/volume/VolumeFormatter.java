// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.FileMode;
import zonefsj.fs.PassProgress;
import zonefsj.fs.PrintableName;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.tree.InodeRecord;
import zonefsj.fs.volume.state.SpacePlan;
import zonefsj.fs.volume.stored.BatchRecord;
import zonefsj.fs.volume.stored.SegmentZones;
import zonefsj.fs.volume.stored.SuperblockEntry;
import zonefsj.fs.volume.stored.SuperblockFinder;
import zonefsj.fs.volume.stored.SuperblockLog;
import zonefsj.fs.volume.stored.VolumeFormatException;
import zonefsj.journal.Journal;
import zonefsj.journal.JournalReader;
import zonefsj.zonemgr.FrameHeader;
import zonefsj.zonemgr.ZoneAllocator;

/** Makes an empty filesystem. Nothing is written before every check has passed. */
public final class VolumeFormatter {
  /** The work from which on the drive holds no filesystem, as its progress names it. */
  public static final String RESETTING = "resetting zones";

  private static final Logger LOG = LoggerFactory.getLogger(VolumeFormatter.class);

  /** A higher generation was crafted: no filesystem reaches it. */
  private static final long MOST_FIRST_GENERATION = 1L << 40;

  private VolumeFormatter() {}

  /**
   * The user's options.
   *
   * @param label at most {@link SuperblockEntry#MAX_LABEL_BYTES} bytes of UTF-8
   * @param uuid of the new filesystem
   * @param force whether to overwrite an existing filesystem
   * @param uid owner of the root directory
   * @param gid group of the root directory
   * @param journalCopies number of zones that each segment of the journal is written to, 1 or 2
   */
  public record FormatOptions(
      String label, UUID uuid, boolean force, int uid, int gid, int journalCopies) {
    /** The root directory belongs to root, and there is one copy of the journal. */
    public FormatOptions(String label, UUID uuid, boolean force) {
      this(label, uuid, force, 0, 0, 1);
    }
  }

  /**
   * The result of a format.
   *
   * @param identity of the new filesystem
   * @param geometry of the drive
   * @param usableBytes bytes that file data can take
   */
  public record FormatResult(VolumeIdentity identity, DeviceGeometry geometry, long usableBytes) {}

  /**
   * Formats a drive: resets its zones, checks their write pointers, writes journal and superblock
   * entry.
   */
  public static FormatResult format(
      ZonedDevice device, FormatOptions options, ProgressListener progress) throws IOException {
    return format(
        device,
        options,
        progress,
        InstantSource.system(),
        new SplittableRandom(new SecureRandom().nextLong()));
  }

  /** Formats with a given clock and random numbers, for tests. */
  public static FormatResult format(
      ZonedDevice device,
      FormatOptions options,
      ProgressListener progress,
      InstantSource clock,
      SplittableRandom nonces)
      throws IOException {
    DeviceGeometry geometry = device.geometry();
    List<ZoneDescriptor> report = device.report(0, geometry.zoneCount());
    SpacePlan plan = plan(geometry, report, options);
    if (!options.force()) {
      refuseToOverwrite(device, report, progress);
    }
    long generation = firstGeneration(device, report, progress);
    resetAll(device, report, progress);
    write(device, options, plan, generation, clock, nonces);
    VolumeIdentity identity =
        new VolumeIdentity(options.uuid(), options.label(), FrameHeader.FORMAT_VERSION);
    return new FormatResult(identity, geometry, plan.usableBytes());
  }

  /**
   * Refuses options that are impossible on a drive. {@link #format} does the same; a caller that
   * writes to the drive before needs it first.
   *
   * @param report of all zones
   * @throws VolumeFormatException if the drive has too few zones or active zones, or the label is
   *     impossible
   */
  public static void check(
      DeviceGeometry geometry, List<ZoneDescriptor> report, FormatOptions options)
      throws VolumeFormatException {
    plan(geometry, report, options);
  }

  private static SpacePlan plan(
      DeviceGeometry geometry, List<ZoneDescriptor> report, FormatOptions options)
      throws VolumeFormatException {
    checkLabel(options.label());
    return SpacePlan.of(geometry, report, options.journalCopies());
  }

  /**
   * Refuses an impossible label.
   *
   * @throws VolumeFormatException if it is too long, or holds a control character
   */
  public static void checkLabel(String label) throws VolumeFormatException {
    if (label.getBytes(StandardCharsets.UTF_8).length > SuperblockEntry.MAX_LABEL_BYTES) {
      throw new VolumeFormatException(
          "the label is longer than "
              + SuperblockEntry.MAX_LABEL_BYTES
              + " bytes: give a shorter one");
    }
    if (label.codePoints().anyMatch(PrintableName::isControl)) {
      throw new VolumeFormatException("the label holds a control character: give one without");
    }
  }

  /** Searches as a mount does, and refuses if a mount would find a filesystem. */
  private static void refuseToOverwrite(
      ZonedDevice device, List<ZoneDescriptor> report, ProgressListener progress)
      throws IOException {
    SuperblockEntry there = new SuperblockFinder(device, report).anywhere(progress);
    if (there != null) {
      throw new VolumeFormatException(
          "the drive holds zonefs-j filesystem "
              + there.uuid()
              + (there.facts().label().isEmpty() ? "" : " (" + there.facts().label() + ")")
              + "; --force overwrites it");
    }
  }

  /**
   * The first generation of the new filesystem. Zones that cannot be reset may hold superblock
   * entries of an older filesystem forever; those of the new one must be newer.
   */
  private static long firstGeneration(
      ZonedDevice device, List<ZoneDescriptor> report, ProgressListener progress)
      throws IOException {
    SuperblockEntry left = null;
    try {
      left = new SuperblockFinder(device, report).anywhere(progress);
    } catch (VolumeFormatException newer) {
      // It is of a newer version; without --force this was reported before.
      LOG.warn("what is there cannot be read: {}", newer.getMessage());
    }
    return left == null || left.generation() >= MOST_FIRST_GENERATION ? 0 : left.generation() + 1;
  }

  private static void resetAll(
      ZonedDevice device, List<ZoneDescriptor> report, ProgressListener progress)
      throws IOException {
    PassProgress pass =
        new PassProgress(
            progress, RESETTING, report.stream().filter(VolumeFormatter::isToBeReset).count());
    for (ZoneDescriptor zone : report) {
      if (zone.type() == ZoneType.CONVENTIONAL) {
        if (zone.index() < SuperblockFinder.SUPERBLOCK_SEARCH_ZONES
            && zone.condition() == ZoneCondition.NOT_WRITE_POINTER) {
          clearSlots(device, zone);
        }
      } else if (isToBeReset(zone)) {
        device.reset(zone.index());
        pass.add(1);
      }
    }
    device.flush();
    for (ZoneDescriptor zone : device.report(0, report.size())) {
      boolean wrong =
          zone.type() != ZoneType.CONVENTIONAL
              && zone.hasWritePointer()
              && zone.writePointerBytes() != zone.startBytes();
      if (wrong) {
        throw new IOException(
            "zone " + zone.index() + " was reset, but its write pointer did not go back");
      }
    }
  }

  private static boolean isToBeReset(ZoneDescriptor zone) {
    return zone.type() != ZoneType.CONVENTIONAL
        && zone.hasWritePointer()
        && zone.condition() != ZoneCondition.EMPTY;
  }

  /** Clears a ring of slots, because old superblock entries in it would be found again. */
  private static void clearSlots(ZonedDevice device, ZoneDescriptor zone) throws IOException {
    int unit = FrameHeader.unitBytes(device.geometry().blockSizeBytes());
    long slots = SuperblockLog.conventionalSlots(zone.capacityBytes(), unit);
    ByteBuffer zeros = ByteBuffer.allocateDirect(SuperblockLog.slotBytes(unit));
    for (long slot = 0; slot < slots; slot++) {
      device.write(zone.startBytes() + slot * zeros.capacity(), zeros.clear());
    }
  }

  private static void write(
      ZonedDevice device,
      FormatOptions options,
      SpacePlan plan,
      long generation,
      InstantSource clock,
      SplittableRandom nonces)
      throws IOException {
    DeviceGeometry geometry = device.geometry();
    List<ZoneDescriptor> report = device.report(0, geometry.zoneCount());
    SuperblockEntry.Facts facts =
        new SuperblockEntry.Facts(
            0,
            0,
            0,
            clock.millis(),
            geometry.zoneCount(),
            geometry.zoneSizeBytes(),
            geometry.blockSizeBytes(),
            plan.superblockZones(),
            options.journalCopies(),
            options.label(),
            null);
    SuperblockEntry first =
        new SuperblockEntry(options.uuid(), generation, 1, facts, null, null, List.of());
    ZoneAllocator allocator = new ZoneAllocator(device, report, options.journalCopies());
    SuperblockLog superblockLog = new SuperblockLog(device, allocator, report, first);
    Journal journal =
        new Journal(
            device,
            options.uuid(),
            first.epoch(),
            JournalReader.Result.EMPTY,
            new SegmentZones(device, allocator, superblockLog),
            nonces);
    journal.begin();
    journal.append(emptyTree(clock.instant(), options).bytes());
    journal.commit();
    journal.appendProof();
    superblockLog.write(superblockLog.current().unmounted(journal.end()));
    device.flush();
    journal.close();
    superblockLog.close();
  }

  private static BatchRecord emptyTree(Instant now, FormatOptions options) {
    BatchRecord.Builder tree = new BatchRecord.Builder();
    InodeRecord root =
        InodeRecord.create(FileMode.DIRECTORY | 0755, 2, options.uid(), options.gid(), 0, now);
    tree.put(ColumnFamily.INODES, Keys.inode(ZoneFileSystem.ROOT_INODE), root.encode());
    tree.put(ColumnFamily.META, Keys.NEXT_INODE, Keys.number(ZoneFileSystem.ROOT_INODE + 1));
    tree.put(ColumnFamily.META, Keys.INODE_COUNT, Keys.number(1));
    tree.put(ColumnFamily.META, Keys.EXTENT_COUNT, Keys.number(0));
    return tree.build();
  }
}
