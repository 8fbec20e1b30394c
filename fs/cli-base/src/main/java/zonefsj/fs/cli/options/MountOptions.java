// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.options;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.TransportOptions;
import zonefsj.fs.VolumeOptions;
import zonefsj.zonemgr.ZoneLimits;

/**
 * The mount options of {@code -o}.
 *
 * @param readOnly ro
 * @param commitInterval commit=
 * @param indexDirectory meta=, absolute; null: the default by UUID
 * @param cacheBytes cache=
 * @param dirtyBytes dirty=
 * @param accessTimes noatime, relatime or strictatime
 * @param directoryAccessTimes diratime, not nodiratime
 * @param errors errors=
 * @param gc the gc_ options, with defaults
 * @param zones max_active= and streams=
 * @param metrics metrics=; null: off
 * @param transport transport=
 * @param transportOptions allow_other, writeback, auto_unmount, nonempty, and the flags that the
 *     kernel keeps for the mount
 * @param optionsForOthers options that other programs look up in the mount table: _netdev, x-…
 * @param remount whether to change an existing mount
 * @param gcOptionTexts the given gc_ options, as text
 * @param given names of all given options
 */
public record MountOptions(
    boolean readOnly,
    Duration commitInterval,
    @Nullable Path indexDirectory,
    long cacheBytes,
    long dirtyBytes,
    VolumeOptions.AccessTimes accessTimes,
    boolean directoryAccessTimes,
    VolumeOptions.ErrorPolicy errors,
    VolumeOptions.GcOptions gc,
    ZoneLimits zones,
    @Nullable MetricsAddress metrics,
    TransportChoice transport,
    TransportOptions transportOptions,
    List<String> optionsForOthers,
    boolean remount,
    Map<String, String> gcOptionTexts,
    Set<String> given) {

  /**
   * The options of the volume.
   *
   * @param index index directory; null: the index is in memory
   */
  public VolumeOptions volumeOptions(@Nullable Path index) {
    return new VolumeOptions(
        readOnly,
        commitInterval,
        index,
        cacheBytes,
        dirtyBytes,
        accessTimes,
        errors,
        gc,
        zones,
        directoryAccessTimes,
        sync());
  }

  private VolumeOptions.SyncPolicy sync() {
    List<String> flags = transportOptions.mountFlags();
    if (flags.contains("sync")) {
      return VolumeOptions.SyncPolicy.ALL;
    }
    return flags.contains("dirsync")
        ? VolumeOptions.SyncPolicy.NAMES
        : VolumeOptions.SyncPolicy.NONE;
  }
}
