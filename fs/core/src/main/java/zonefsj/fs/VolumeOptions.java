// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a volume is mounted; what the mount options of the command line become.
 *
 * @param readOnly nothing is written to the drive
 * @param commitInterval older changes than this are made durable by the timer
 * @param indexDirectory where the index lives; null keeps it in memory (tests)
 * @param cacheBytes for caches of metadata
 * @param dirtyBytes file data held in memory before writers wait
 * @param accessTimes when reading changes the access time
 * @param errors what an error of a background commit does
 * @param gc the collector
 */
public record VolumeOptions(
    boolean readOnly,
    Duration commitInterval,
    @Nullable Path indexDirectory,
    long cacheBytes,
    long dirtyBytes,
    AccessTimes accessTimes,
    ErrorPolicy errors,
    GcOptions gc) {

  /** When reading changes the access time. */
  public enum AccessTimes {
    /** Never. */
    NONE,
    /** When it is older than the last change, or than a day. */
    RELATIVE,
    /** At every read. */
    STRICT
  }

  /** What an error of a background commit does. */
  public enum ErrorPolicy {
    /** The mount goes read-only. */
    REMOUNT_READ_ONLY,
    /** The mount goes on unless a promise would break. */
    CONTINUE
  }

  /** How the next victim is chosen. */
  public enum GcPolicy {
    AUTO,
    GREEDY,
    COST_BENEFIT
  }

  /**
   * The collector's settings.
   *
   * @param policy how the next victim is chosen
   * @param startPercent free zones below which the background collector works
   * @param urgentPercent free zones below which writers are slowed
   * @param reserveZones zones that only the collector may take; 0 for automatic
   * @param bytesPerSecond limit of the background collector; 0 for none
   * @param idleDelay quiet time after which the collector works although space is not short
   */
  public record GcOptions(
      GcPolicy policy,
      int startPercent,
      int urgentPercent,
      int reserveZones,
      long bytesPerSecond,
      Duration idleDelay) {
    /** The defaults of the command line. */
    public static final GcOptions DEFAULT =
        new GcOptions(GcPolicy.AUTO, 20, 3, 0, 0, Duration.ofSeconds(10));
  }

  /** The defaults of the command line, index in memory. */
  public static final VolumeOptions DEFAULT =
      new VolumeOptions(
          false,
          Duration.ofSeconds(5),
          null,
          32L << 20,
          64L << 20,
          AccessTimes.RELATIVE,
          ErrorPolicy.REMOUNT_READ_ONLY,
          GcOptions.DEFAULT);
}
