package zonefsj.fs.volume;

import java.util.ArrayList;
import java.util.List;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;
import zonefsj.fs.volume.stored.CheckpointManifest;
import zonefsj.fs.volume.stored.RootFinder;
import zonefsj.fs.volume.stored.VolumeFormatException;
import zonefsj.zonemgr.FrameHeader;
import zonefsj.zonemgr.ZoneAllocator;

/**
 * How the zones of a drive are shared out. A pure function of the drive's geometry and of which
 * zones are dead, so that mkfs and mount come to the same numbers.
 *
 * @param superblockZones the two zones of the superblock log
 * @param zoneCapacityBytes what the smallest usable zone holds
 * @param journalLimitBytes a checkpoint is made when the journal is longer
 * @param metadataZones zones for journal and checkpoints
 * @param checkpointZones how many of them are for checkpoints
 * @param collectorZones zones for the collector alone
 * @param usableBytes what file data can ever take
 */
public record SpacePlan(
    List<Integer> superblockZones,
    long zoneCapacityBytes,
    long journalLimitBytes,
    int metadataZones,
    int checkpointZones,
    int collectorZones,
    long usableBytes) {

  private static final long MAX_JOURNAL_BYTES = 64L << 20;
  private static final int MIN_DATA_ZONES = 3;

  /** The newest image and the next one, each twice, and files of both that are mostly dead. */
  private static final int IMAGES = 2 * CheckpointManifest.COPIES + 1;

  /** For each copy a zone that is being written, one that is full, and one in reserve. */
  private static final int MIN_CHECKPOINT_ZONES = 3 * CheckpointManifest.COPIES;

  /** Summaries, and what is left at the end; of weight where zones are tiny. */
  private static final int UNITS_LOST_IN_A_ZONE = 3;

  /** A full drive then costs the collector about six bytes for each that is overwritten. */
  private static final int USABLE_PERCENT = 93;

  private static final int SUPERBLOCK_ZONES = 2;

  /** Smaller zones cannot hold a chunk, its summary and a root with profit. */
  static final long MIN_ZONE_CAPACITY_BYTES = 64 << 10;

  /**
   * Plans a drive.
   *
   * @param journalCopies zones that each segment of the journal is written to
   * @throws VolumeFormatException if the drive is too small, or allows too few active zones
   */
  public static SpacePlan of(
      DeviceGeometry geometry, List<ZoneDescriptor> report, int journalCopies)
      throws VolumeFormatException {
    List<Integer> superblock = new ArrayList<>();
    List<ZoneDescriptor> sequential = new ArrayList<>();
    for (ZoneDescriptor zone : report) {
      boolean dead = zone.condition() == ZoneCondition.OFFLINE;
      boolean usable = !dead && zone.condition() != ZoneCondition.READ_ONLY;
      if (superblock.size() < SUPERBLOCK_ZONES && usable) {
        superblock.add(zone.index());
      } else if (zone.type() != ZoneType.CONVENTIONAL && usable) {
        sequential.add(zone);
      }
    }
    long smallest = Long.MAX_VALUE;
    long total = 0;
    int unit = FrameHeader.unitBytes(geometry.blockSizeBytes());
    for (ZoneDescriptor zone : sequential) {
      // Frames fill whole units only.
      long capacity = zone.capacityBytes() - zone.capacityBytes() % unit;
      smallest = Math.min(smallest, capacity);
      total += capacity;
    }
    if (superblock.size() < SUPERBLOCK_ZONES
        || superblock.get(SUPERBLOCK_ZONES - 1) >= RootFinder.SUPERBLOCK_SEARCH_ZONES) {
      throw new VolumeFormatException(
          "the first "
              + RootFinder.SUPERBLOCK_SEARCH_ZONES
              + " zones hold no two writable ones for the superblock");
    }
    checkActiveZones(geometry, journalCopies);
    if (smallest < MIN_ZONE_CAPACITY_BYTES) {
      throw new VolumeFormatException(
          "zones hold " + smallest + " bytes; at least " + MIN_ZONE_CAPACITY_BYTES + " are needed");
    }
    long journal = Math.min(MAX_JOURNAL_BYTES, Math.max(total / 64, 2 * smallest));
    int journalZones = Math.toIntExact(ceilDiv(journal, smallest) + 2) * journalCopies;
    int checkpointZones =
        Math.toIntExact(Math.max(MIN_CHECKPOINT_ZONES, ceilDiv(total * 3 / 100, smallest)));
    int collector = Math.max(2, sequential.size() / 50);
    int metadata = journalZones + checkpointZones;
    int dataZones = sequential.size() - metadata - collector;
    if (dataZones < MIN_DATA_ZONES) {
      throw new VolumeFormatException(
          "the drive has "
              + report.size()
              + " zones; a filesystem on zones of this size needs "
              + (SUPERBLOCK_ZONES + metadata + collector + MIN_DATA_ZONES));
    }
    // What summaries and alignment take, and what the collector needs to gain anything at all.
    long overhead = (long) dataZones * UNITS_LOST_IN_A_ZONE * unit;
    long usable = (total - (metadata + collector) * smallest - overhead) / 100 * USABLE_PERCENT;
    return new SpacePlan(
        List.copyOf(superblock), smallest, journal, metadata, checkpointZones, collector, usable);
  }

  /**
   * What an index of some length needs beyond the zones that are kept back: room for its image, for
   * the next one beside it and for files of both that are mostly dead.
   */
  long metadataExcessBytes(long imageBytes) {
    long kept = checkpointZones * zoneCapacityBytes;
    return Math.max(0, IMAGES * imageBytes - kept);
  }

  /** Zones that are to be kept back for journal and checkpoints with an index of some length. */
  int metadataZonesFor(long imageBytes) {
    return metadataZones
        + Math.toIntExact(ceilDiv(metadataExcessBytes(imageBytes), zoneCapacityBytes));
  }

  /** The same plan with at least so many zones for the collector alone. */
  SpacePlan withCollectorZones(int zones) {
    int more = Math.max(0, zones - collectorZones);
    long usable = Math.max(0, usableBytes - usableShareOf(more * zoneCapacityBytes));
    return new SpacePlan(
        superblockZones,
        zoneCapacityBytes,
        journalLimitBytes,
        metadataZones,
        checkpointZones,
        collectorZones + more,
        usable);
  }

  /** What file data can take of some capacity. */
  long usableShareOf(long capacityBytes) {
    return capacityBytes / 100 * USABLE_PERCENT;
  }

  /**
   * Refuses a drive on which the streams of a filesystem cannot all be written.
   *
   * @throws VolumeFormatException if it allows too few active zones
   */
  public static void checkActiveZones(DeviceGeometry geometry, int journalCopies)
      throws VolumeFormatException {
    int maxActive = geometry.maxActiveZones().orElse(Integer.MAX_VALUE);
    int neededActive = ZoneAllocator.minActiveZones(journalCopies);
    if (maxActive < neededActive) {
      throw new VolumeFormatException(
          "the drive allows " + maxActive + " active zones; a filesystem needs " + neededActive);
    }
  }

  private static long ceilDiv(long value, long divisor) {
    return (value + divisor - 1) / divisor;
  }
}
