// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.scrub;

import zonefsj.fs.ProgressListener;
import zonefsj.zonemgr.ZoneUsage;

/**
 * Progress of a scrub over the zones, in bytes of files. A zone counts the bytes that were live in
 * it when the scrub began or resumed; a zone without live data counts nothing. Single-threaded.
 */
final class ScrubProgress {
  private static final long INTERVAL_NANOS = 500_000_000L;

  private final ProgressListener listener;
  private final long[] liveBytes;
  private final long totalBytes;
  private long finishedBytes;
  private long inZoneBytes;
  private long toldNanos;

  /**
   * @param next zone; those before it are done
   */
  ScrubProgress(ProgressListener listener, ZoneUsage usage, int next) {
    this.listener = listener;
    this.liveBytes = new long[usage.zoneCount()];
    long total = 0;
    for (int zone = 0; zone < liveBytes.length; zone++) {
      liveBytes[zone] = usage.liveBytes(zone);
      total += liveBytes[zone];
      finishedBytes += zone < next ? liveBytes[zone] : 0;
    }
    this.totalBytes = total;
    tell();
  }

  /**
   * Share of the live bytes that lie before a zone, in percent.
   *
   * @param next zone; may be the number of zones
   */
  static int percent(ZoneUsage usage, int next) {
    long before = 0;
    long total = 0;
    for (int zone = 0; zone < usage.zoneCount(); zone++) {
      long live = usage.liveBytes(zone);
      total += live;
      before += zone < next ? live : 0;
    }
    return total == 0 ? 100 : (int) (100 * before / total);
  }

  /** Counts verified bytes of a zone. Bytes written to it meanwhile do not count. */
  void verified(int zone, long bytes) {
    inZoneBytes = Math.min(liveBytes(zone), inZoneBytes + bytes);
    if (System.nanoTime() - toldNanos > INTERVAL_NANOS) {
      tell();
    }
  }

  /** Counts a zone as done, however much of it was still live. */
  void finished(int zone) {
    finishedBytes += liveBytes(zone);
    inZoneBytes = 0;
    if (liveBytes(zone) > 0) {
      tell();
    }
  }

  /** A zone that was added meanwhile counts nothing. */
  private long liveBytes(int zone) {
    return zone < liveBytes.length ? liveBytes[zone] : 0;
  }

  private void tell() {
    toldNanos = System.nanoTime();
    listener.progress("verifying file data, in bytes", finishedBytes + inZoneBytes, totalBytes);
  }
}
