// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.state;

import java.util.ArrayList;
import java.util.List;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;
import zonefsj.fs.volume.stored.CheckpointManifest;
import zonefsj.fs.volume.stored.SuperblockEntry;
import zonefsj.fs.volume.stored.SuperblockFinder;
import zonefsj.fs.volume.stored.VolumeFormatException;
import zonefsj.zonemgr.FrameHeader;
import zonefsj.zonemgr.ShortLastZone;
import zonefsj.zonemgr.ZoneAllocator;
import zonefsj.zonemgr.ZoneLimits;

/**
 * How the zones of a drive are divided. A pure function of the drive's geometry and of its failed
 * zones, so that mkfs and mount get the same numbers.
 *
 * @param superblockZones the two zones of the superblock log
 * @param zoneCapacityBytes capacity of the smallest usable zone
 * @param journalLimitBytes a checkpoint is due when the journal is longer
 * @param zoneNetBytes bytes of a zone for file data, without summaries and its unused end
 * @param journalZones zones for the journal, all copies
 * @param checkpointZones zones for checkpoints, as long as the index is not larger than planned
 * @param collectorZones zones for the collector alone
 * @param usableBytes bytes that file data can ever take
 */
public record SpacePlan(
    List<Integer> superblockZones,
    long zoneCapacityBytes,
    long zoneNetBytes,
    long journalLimitBytes,
    int journalZones,
    int checkpointZones,
    int collectorZones,
    long usableBytes) {

  /** More than a drive can have; several times as many still fit an int. */
  private static final long MOST_ZONES = 1L << 28;

  private static final long MAX_JOURNAL_BYTES = 64L << 20;
  private static final int MIN_DATA_ZONES = 3;

  /**
   * Images for which each copy has zones: the newest, the next one, and half an image for files of
   * both that are mostly dead.
   */
  private static final double IMAGES_OF_A_COPY = 2.5;

  /** For each copy a zone that is being written, one that is full, and one in reserve. */
  private static final int MIN_CHECKPOINT_ZONES = 3 * CheckpointManifest.COPIES;

  /** The planned index: all data written in pieces of 4 KiB, with 46 bytes for each. */
  private static final double PLANNED_INDEX = 46.0 / 4096;

  /** Summaries and the unused end; this matters where zones are tiny. */
  private static final int UNITS_LOST_IN_A_ZONE = 3;

  /** The collector then moves about seven bytes for each byte overwritten on a full drive. */
  private static final int USABLE_PERCENT = 90;

  /** The journal may grow beyond its limit by half: half of that for a record, half for others. */
  private static final int RECORDS_IN_LIMIT = 4;

  /** Part of the limit by which the journal may grow before commits wait for an image. */
  private static final int GROWTH_IN_LIMIT = 4;

  /** Part of the limit that the staged data of one batch may take in its record when they move. */
  private static final int MOVES_IN_LIMIT = 16;

  /** Headers and alignment of an image, approximately, and the error of its estimate. */
  private static final int OVERHEAD_SHIFT = 4;

  /** What the manifest of a checkpoint takes for a part of the image in both copies, with names. */
  private static final long MANIFEST_BYTES_OF_A_PART = 40;

  private static final int SUPERBLOCK_ZONES = 2;

  /** Smaller zones are too short for a chunk, its summary and a superblock entry. */
  static final long MIN_ZONE_CAPACITY_BYTES = 64 << 10;

  /**
   * Plans a drive that is to be formatted.
   *
   * @param journalCopies zones that each segment of the journal is written to
   * @throws VolumeFormatException if the drive is too small, or allows too few active zones
   */
  public static SpacePlan of(
      DeviceGeometry geometry, List<ZoneDescriptor> report, int journalCopies)
      throws VolumeFormatException {
    SpacePlan plan = ofFormatted(geometry, report, journalCopies);
    int usable = (int) used(report).stream().filter(SpacePlan::isUsable).count();
    int conventional =
        (int)
            report.stream()
                .filter(zone -> isUsable(zone) && zone.type() == ZoneType.CONVENTIONAL)
                .filter(zone -> !plan.superblockZones().contains(zone.index()))
                .count();
    int others = plan.journalZones() + plan.checkpointZones() + plan.collectorZones();
    if (usable - conventional - SUPERBLOCK_ZONES - others < MIN_DATA_ZONES) {
      throw new VolumeFormatException(
          "the drive has "
              + report.size()
              + " zones; a filesystem on zones of this size needs "
              + (SUPERBLOCK_ZONES + others + MIN_DATA_ZONES)
              + ": give a larger drive, or smaller zones");
    }
    return plan;
  }

  /** The zones that a plan counts with. */
  private static List<ZoneDescriptor> used(List<ZoneDescriptor> report) {
    return ShortLastZone.isIn(report) ? report.subList(0, report.size() - 1) : report;
  }

  private static boolean isUsable(ZoneDescriptor zone) {
    return zone.condition() != ZoneCondition.OFFLINE && zone.condition() != ZoneCondition.READ_ONLY;
  }

  /**
   * Plans a drive that was formatted before. It accepts any number of failed zones that leaves a
   * plan possible, because the remaining data must be reachable even if nothing more can be
   * written.
   *
   * @param journalCopies zones that each segment of the journal is written to
   * @throws VolumeFormatException if no plan for the drive can be made
   */
  public static SpacePlan ofFormatted(
      DeviceGeometry geometry, List<ZoneDescriptor> report, int journalCopies)
      throws VolumeFormatException {
    List<Integer> superblock = new ArrayList<>();
    List<ZoneDescriptor> sequential = new ArrayList<>();
    for (ZoneDescriptor zone : used(report)) {
      boolean usable = isUsable(zone);
      if (superblock.size() < SUPERBLOCK_ZONES && usable) {
        superblock.add(zone.index());
      } else if (zone.type() != ZoneType.CONVENTIONAL && usable) {
        sequential.add(zone);
      }
    }
    long smallest = Long.MAX_VALUE;
    long largest = 0;
    long total = 0;
    int unit = FrameHeader.unitBytes(geometry.blockSizeBytes());
    for (ZoneDescriptor zone : sequential) {
      // Frames fill whole units only.
      long capacity = zone.capacityBytes() - zone.capacityBytes() % unit;
      smallest = Math.min(smallest, capacity);
      largest = Math.max(largest, capacity);
      total += capacity;
    }
    if (superblock.size() < SUPERBLOCK_ZONES
        || superblock.get(SUPERBLOCK_ZONES - 1) >= SuperblockFinder.SUPERBLOCK_SEARCH_ZONES) {
      throw new VolumeFormatException(
          "the first "
              + SuperblockFinder.SUPERBLOCK_SEARCH_ZONES
              + " zones hold no two writable ones for the superblock");
    }
    checkActiveZones(geometry, journalCopies);
    if (smallest < MIN_ZONE_CAPACITY_BYTES) {
      throw new VolumeFormatException(
          "zones hold " + smallest + " bytes; at least " + MIN_ZONE_CAPACITY_BYTES + " are needed");
    }
    // A superblock entry names all segments, and short zones need many.
    long journal =
        Math.min(
            Math.min(MAX_JOURNAL_BYTES, SuperblockEntry.MAX_SEGMENTS * smallest),
            Math.max(total / 64, 2 * smallest));
    // A checkpoint is due at the limit; half as much may follow before it is taken.
    long beyond = Math.max(2, ceilDiv(journal / 2, smallest) + 1);
    int zonesOfCopy = Math.toIntExact(ceilDiv(journal, smallest) + beyond);
    int journalZones = zonesOfCopy * journalCopies;
    // One zone is left to the next mount, and the first may be nearly full of records that the
    // newest image contains.
    long limit = Math.min(journal, (zonesOfCopy - 2) * smallest / 3 * 2);
    long image = Math.min((long) (total * PLANNED_INDEX), longestImageBytes(smallest));
    int forIndex = zonesForImages(IMAGES_OF_A_COPY, image, smallest);
    int checkpointZones = Math.max(MIN_CHECKPOINT_ZONES, forIndex);
    int collector = Math.max(2, sequential.size() / 50);
    int metadata = journalZones + checkpointZones;
    int dataZones = sequential.size() - metadata - collector;
    // Subtracts summaries and alignment, and the space that the collector needs to gain anything:
    // when all zones but the one that it fills hold data, one of them must be worth moving. Any
    // zones may be those of the reserves, also the largest.
    long lost = (long) UNITS_LOST_IN_A_ZONE * unit;
    long data = total - (metadata + collector + 1) * largest - Math.max(0, dataZones - 1) * lost;
    return new SpacePlan(
        List.copyOf(superblock),
        smallest,
        smallest - lost,
        limit,
        journalZones,
        checkpointZones,
        collector,
        Math.max(0, data / 100 * USABLE_PERCENT));
  }

  /**
   * Length of an image whose manifest still fits one zone. It lists the parts of the image, and a
   * part is not longer than a zone.
   */
  private static long longestImageBytes(long zoneCapacityBytes) {
    return zoneCapacityBytes / MANIFEST_BYTES_OF_A_PART * zoneCapacityBytes;
  }

  private static int zonesForImages(double images, long imageBytes, long zoneCapacityBytes) {
    if (imageBytes > longestImageBytes(zoneCapacityBytes)) {
      return Math.toIntExact(MOST_ZONES);
    }
    long full = ceilDiv((long) (images * imageBytes), zoneCapacityBytes);
    // More zones than any drive has: the drive is then refused.
    return (int) Math.min(MOST_ZONES, CheckpointManifest.COPIES * (1 + full));
  }

  /** Length of the longest image of the index that fits the zones planned for it. */
  public long plannedImageBytes() {
    long full = checkpointZones / CheckpointManifest.COPIES - 1L;
    return (long) (full * zoneCapacityBytes / IMAGES_OF_A_COPY);
  }

  /**
   * Zones that checkpoints of an index of some length may take, at least those planned.
   *
   * @param heldZones zones that they have; these are freed only when the next image is complete
   * @param openRestBytes bytes that the next image finds in the zone that each copy has begun
   */
  int checkpointZonesFor(long imageBytes, int heldZones, long openRestBytes) {
    int next = heldZones + zonesOfImageBeyond(imageBytes, openRestBytes);
    int both = zonesForImages(IMAGES_OF_A_COPY, imageBytes, zoneCapacityBytes);
    return Math.max(checkpointZones, Math.max(next, both));
  }

  /**
   * Zones that an image of some length takes, both copies, if nothing of it is stored already, and
   * it has grown by one more record.
   */
  public int zonesOfImage(long imageBytes) {
    return zonesOfImageBeyond(imageBytes + longestRecordBytes(), 0);
  }

  /**
   * Zones that both copies of an image take, beside those that they have begun.
   *
   * @param imageBytes that each copy writes
   * @param openRestBytes bytes that each copy finds in the zone that it has begun
   */
  private int zonesOfImageBeyond(long imageBytes, long openRestBytes) {
    return CheckpointManifest.COPIES * zonesOfCopyBeyond(imageBytes, openRestBytes);
  }

  /**
   * Zones that one copy of an image takes, beside the one that it has begun.
   *
   * @param writtenBytes that it writes
   * @param openRestBytes bytes that it finds in the zone that it has begun
   */
  public int zonesOfCopyBeyond(long writtenBytes, long openRestBytes) {
    // A shorter rest may be too short for anything.
    long withManifest = writtenBytes + (writtenBytes >> OVERHEAD_SHIFT) + zoneCapacityBytes / 8;
    return Math.toIntExact(ceilDiv(Math.max(0, withManifest - openRestBytes), zoneCapacityBytes));
  }

  /**
   * This plan, for a mount that began with another number of zones: what commits and checkpoints of
   * the mount count on stays as it was.
   *
   * @param before the plan of the mount
   */
  public SpacePlan continuing(SpacePlan before) {
    int moreJournal = Math.max(0, before.journalZones - journalZones);
    return new SpacePlan(
        before.superblockZones,
        before.zoneCapacityBytes,
        before.zoneNetBytes,
        before.journalLimitBytes,
        before.journalZones,
        checkpointZones,
        collectorZones,
        Math.max(0, usableBytes - usableShareOf(moreJournal * zoneCapacityBytes)));
  }

  /** The same plan with at least this many zones for the collector alone. */
  public SpacePlan withCollectorZones(int zones) {
    int more = Math.max(0, zones - collectorZones);
    long usable = Math.max(0, usableBytes - usableShareOf(more * zoneCapacityBytes));
    return new SpacePlan(
        superblockZones,
        zoneCapacityBytes,
        zoneNetBytes,
        journalLimitBytes,
        journalZones,
        checkpointZones,
        collectorZones + more,
        usable);
  }

  /** Limit of metadata that wait for a commit, so that the record fits the rest of the journal. */
  public long longestRecordBytes() {
    return journalLimitBytes / RECORDS_IN_LIMIT;
  }

  /**
   * Limit of what moved staged data add to the metadata in the record of their batch; see {@link
   * #journalBytesWithMoves}.
   */
  public long movesInRecordBytes() {
    return journalLimitBytes / MOVES_IN_LIMIT;
  }

  /** Length of the journal beyond which commits wait while a checkpoint is taken. */
  public long journalBytesWithImage() {
    return journalLimitBytes + journalLimitBytes / GROWTH_IN_LIMIT;
  }

  /**
   * Length of the journal beyond which a checkpoint moves no more staged data. The record of a move
   * is longer than that of another commit by {@link #movesInRecordBytes} at most, and so much
   * earlier the moves end.
   */
  public long journalBytesWithMoves() {
    return journalBytesWithImage() - movesInRecordBytes();
  }

  /** Capacity of which file data can take some bytes: the reverse of {@link #usableShareOf}. */
  long packedBytes(long usableBytes) {
    return usableBytes / USABLE_PERCENT * 100;
  }

  /** Bytes of a capacity that file data can take. */
  long usableShareOf(long capacityBytes) {
    return capacityBytes / 100 * USABLE_PERCENT;
  }

  /**
   * Refuses a drive that cannot keep a zone active for every stream.
   *
   * @throws VolumeFormatException if it allows too few active zones
   */
  public static void checkActiveZones(DeviceGeometry geometry, int journalCopies)
      throws VolumeFormatException {
    int maxActive = geometry.maxActiveZones().orElse(Integer.MAX_VALUE);
    int neededActive = ZoneAllocator.minActiveZones(journalCopies);
    if (maxActive < neededActive) {
      throw new VolumeFormatException(
          "the drive allows "
              + maxActive
              + " active zones; a filesystem needs "
              + neededActive
              + ": give a drive that allows as many");
    }
  }

  /**
   * Refuses a limit of the mount options that leaves no zone for some stream.
   *
   * @throws VolumeFormatException if it allows too few active zones
   */
  public static void checkActiveZones(ZoneLimits limits, int journalCopies)
      throws VolumeFormatException {
    int neededActive = ZoneAllocator.minActiveZones(journalCopies);
    if (limits.activeZones() < neededActive) {
      throw new VolumeFormatException(
          "max_active="
              + limits.activeZones()
              + ": this filesystem needs "
              + neededActive
              + " active zones");
    }
  }

  private static long ceilDiv(long value, long divisor) {
    return (value + divisor - 1) / divisor;
  }
}
