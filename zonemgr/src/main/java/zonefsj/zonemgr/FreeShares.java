package zonefsj.zonemgr;

import org.jspecify.annotations.Nullable;

/**
 * Who must leave how many free zones alone. Guarded by the allocator's lock.
 *
 * <p>A zone that the collector took from its reserve stays part of it, as a debt, until a reset
 * pays it back: so the collector never takes room that was promised to data, nor the other way
 * round.
 */
final class FreeShares {
  private int collectorReserve;
  private int collectorDebt;
  private int metadataShare;
  private int metadataZones;

  void set(int collector, int metadata) {
    collectorReserve = collector;
    metadataShare = metadata;
  }

  /** Free zones that a stream must leave. */
  int keptFrom(ZoneStream stream) {
    return switch (stream) {
      case SUPERBLOCK, JOURNAL, CHECKPOINT -> 0;
      case GC -> collectorDebt < collectorReserve ? metadataReserve() : Integer.MAX_VALUE;
      case HOT, COLD -> collectorReserve - collectorDebt + metadataReserve();
    };
  }

  private int metadataReserve() {
    return Math.max(0, metadataShare - metadataZones);
  }

  /** A free zone was handed out. */
  void taken(ZoneStream stream) {
    collectorDebt += stream == ZoneStream.GC ? 1 : 0;
  }

  /** A zone was reset that had served a stream. */
  void paidBack(@Nullable ZoneStream stream) {
    if (collectorDebt > 0 && stream != null && stream.isData()) {
      collectorDebt--;
    }
  }

  /** A zone serves another stream now. */
  void served(@Nullable ZoneStream before, @Nullable ZoneStream now) {
    metadataZones += (isMetadata(now) ? 1 : 0) - (isMetadata(before) ? 1 : 0);
  }

  private static boolean isMetadata(@Nullable ZoneStream stream) {
    return stream == ZoneStream.JOURNAL || stream == ZoneStream.CHECKPOINT;
  }
}
