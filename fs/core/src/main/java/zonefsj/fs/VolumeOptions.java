// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import zonefsj.zonemgr.ZoneLimits;

/**
 * The options of a mounted volume, derived from the mount options of the command line.
 *
 * @param readOnly nothing is written to the drive
 * @param commitInterval the timer makes changes durable that are older than this
 * @param indexDirectory directory of the index; null keeps it in memory, as for a drive in memory
 * @param cacheBytes size of the metadata caches
 * @param dirtyBytes file data held in memory before writers wait
 * @param accessTimes when reading changes the access time
 * @param errors reaction to a commit or checkpoint that fails and can be tried again
 * @param gc settings of the collector
 * @param zones limits of the zones that are written at the same time
 * @param directoryAccessTimes whether listing a directory changes its access time, as {@code
 *     accessTimes} has it
 * @param sync which changes are durable when they return
 */
public record VolumeOptions(
    boolean readOnly,
    Duration commitInterval,
    @Nullable Path indexDirectory,
    long cacheBytes,
    long dirtyBytes,
    AccessTimes accessTimes,
    ErrorPolicy errors,
    GcOptions gc,
    ZoneLimits zones,
    boolean directoryAccessTimes,
    SyncPolicy sync) {

  /** Options that list directories as files, and make nothing durable that is not asked for. */
  public VolumeOptions(
      boolean readOnly,
      Duration commitInterval,
      @Nullable Path indexDirectory,
      long cacheBytes,
      long dirtyBytes,
      AccessTimes accessTimes,
      ErrorPolicy errors,
      GcOptions gc,
      ZoneLimits zones) {
    this(
        readOnly,
        commitInterval,
        indexDirectory,
        cacheBytes,
        dirtyBytes,
        accessTimes,
        errors,
        gc,
        zones,
        true,
        SyncPolicy.NONE);
  }

  /** Which changes are durable when they return. Each includes those before it. */
  public enum SyncPolicy {
    /** Those of files that are open with O_SYNC, and what fsync covers. */
    NONE,
    /** Changes of names: what mount(8) calls dirsync. */
    NAMES,
    /**
     * All but writes, what mount(8) calls sync: after each write(2), which can be several requests,
     * the kernel sends FSYNC.
     */
    ALL
  }

  /** When reading changes the access time. */
  public enum AccessTimes {
    /** Never. */
    NONE,
    /** If it is older than the last change, or older than a day. */
    RELATIVE,
    /** At every read. */
    STRICT
  }

  /**
   * Reaction to a commit that cannot place its data, or a checkpoint that fails. A failed flush
   * always ends all changes.
   */
  public enum ErrorPolicy {
    /** The mount turns read-only. */
    REMOUNT_READ_ONLY,
    /** The mount continues unless this would break a guarantee. */
    CONTINUE
  }

  /** The victim policy. */
  public enum GcPolicy {
    /** The best one known: {@link #MDC}. */
    AUTO,
    /** The fewest live data. */
    GREEDY,
    /** The best ratio of benefit to cost, with the age. */
    COST_BENEFIT,
    /** Minimum declining cost: waiting gains least. */
    MDC
  }

  /**
   * The collector's settings.
   *
   * @param policy the victim policy
   * @param startPercent percentage of free zones below which the background collector works; {@link
   *     #AUTOMATIC} for as few as writers need
   * @param urgentPercent percentage of free zones below which writers are slowed; {@link
   *     #AUTOMATIC} for half of what makes the collector work
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
    /** Instead of a percentage: the filesystem decides. */
    public static final int AUTOMATIC = -1;

    /** The defaults of the command line. */
    public static final GcOptions DEFAULT =
        new GcOptions(GcPolicy.AUTO, AUTOMATIC, AUTOMATIC, 0, 0, Duration.ofSeconds(10));
  }

  /**
   * The options that can change on a live mount.
   *
   * @param commitInterval see {@link VolumeOptions}
   * @param dirtyBytes see {@link VolumeOptions}
   * @param accessTimes see {@link VolumeOptions}
   * @param errors see {@link VolumeOptions}
   * @param gc see {@link VolumeOptions}; its reserve stays as it is
   */
  public record Live(
      Duration commitInterval,
      long dirtyBytes,
      AccessTimes accessTimes,
      ErrorPolicy errors,
      GcOptions gc) {}

  /** The options that can change on a live mount. */
  public Live live() {
    return new Live(commitInterval, dirtyBytes, accessTimes, errors, gc);
  }

  /** The same with other values of the options that can change. */
  public VolumeOptions with(Live live) {
    return new VolumeOptions(
        readOnly,
        live.commitInterval,
        indexDirectory,
        cacheBytes,
        live.dirtyBytes,
        live.accessTimes,
        live.errors,
        live.gc,
        zones,
        directoryAccessTimes,
        sync);
  }

  /** The same, read-only or not. */
  public VolumeOptions withReadOnly(boolean isReadOnly) {
    return new VolumeOptions(
        isReadOnly,
        commitInterval,
        indexDirectory,
        cacheBytes,
        dirtyBytes,
        accessTimes,
        errors,
        gc,
        zones,
        directoryAccessTimes,
        sync);
  }

  /** The same with another policy for changes. */
  public VolumeOptions withSync(SyncPolicy policy) {
    return new VolumeOptions(
        readOnly,
        commitInterval,
        indexDirectory,
        cacheBytes,
        dirtyBytes,
        accessTimes,
        errors,
        gc,
        zones,
        directoryAccessTimes,
        policy);
  }

  /** The same, with or without access times of directories. */
  public VolumeOptions withDirectoryAccessTimes(boolean value) {
    return new VolumeOptions(
        readOnly,
        commitInterval,
        indexDirectory,
        cacheBytes,
        dirtyBytes,
        accessTimes,
        errors,
        gc,
        zones,
        value,
        sync);
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
          GcOptions.DEFAULT,
          ZoneLimits.DEFAULT);
}
