// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.data;

import zonefsj.zonemgr.ZoneStream;

/**
 * The streams of file data. Each fills zones of its own, so that data of one zone die at about the
 * same time. On the drive both streams of the collector are one.
 */
public enum DataStream {
  /** Written by applications, and expected to change soon. */
  HOT(ZoneStream.HOT),
  /** Written by applications, and expected to stay. */
  COLD(ZoneStream.COLD),
  /** Files that lay scattered, written again in their order, in the room of applications. */
  REWRITTEN(ZoneStream.COLD),
  /** Moved by the collector, from zones whose data change often. */
  GC_HOT(ZoneStream.GC),
  /** Moved by the collector, from zones whose data seldom change. */
  GC_COLD(ZoneStream.GC);

  /**
   * Data whose update rate is at least this are hot. A little below the mean, because the rate of
   * young zones is underestimated as often as overestimated, and cold data among hot data cost more
   * than the reverse.
   */
  private static final double LEAST_HOT_RATE = 0.8;

  private final ZoneStream zoneStream;

  DataStream(ZoneStream zoneStream) {
    this.zoneStream = zoneStream;
  }

  /** The stream for new content of data with an update rate, relative to the mean of all data. */
  public static DataStream ofWritten(double updateRate) {
    return updateRate >= LEAST_HOT_RATE ? HOT : COLD;
  }

  /** The stream for moved data with an update rate, relative to the mean of all data. */
  public static DataStream ofMoved(double updateRate) {
    return updateRate >= LEAST_HOT_RATE ? GC_HOT : GC_COLD;
  }

  /** What its zones serve. */
  ZoneStream zoneStream() {
    return zoneStream;
  }

  /** Whether it is new content, not content that has been moved. */
  boolean isNew() {
    return this == HOT || this == COLD;
  }

  /** Whether the collector writes it. */
  boolean isOfCollector() {
    return zoneStream == ZoneStream.GC;
  }
}
