// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.options;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.TransportOptions;
import zonefsj.fs.VolumeOptions;
import zonefsj.zonemgr.ZoneLimits;

/** The mount options as far as they are parsed, first the defaults. Not thread-safe. */
final class MountOptionDraft {
  boolean readOnly = VolumeOptions.DEFAULT.readOnly();
  Duration commitInterval = VolumeOptions.DEFAULT.commitInterval();
  @Nullable Path indexDirectory;
  long cacheBytes = VolumeOptions.DEFAULT.cacheBytes();
  long dirtyBytes = VolumeOptions.DEFAULT.dirtyBytes();
  VolumeOptions.AccessTimes accessTimes = VolumeOptions.DEFAULT.accessTimes();
  boolean directoryAccessTimes = VolumeOptions.DEFAULT.directoryAccessTimes();
  VolumeOptions.ErrorPolicy errors = VolumeOptions.DEFAULT.errors();
  int maxActiveZones = VolumeOptions.DEFAULT.zones().activeZones();
  int dataStreams = VolumeOptions.DEFAULT.zones().dataStreams();
  @Nullable MetricsAddress metrics;
  TransportChoice transport = TransportChoice.AUTO;
  boolean writeback;
  boolean autoUnmount;
  @Nullable Boolean allowOther;
  boolean nonEmpty;
  boolean remount;
  final Map<String, String> gcOptionTexts = new LinkedHashMap<>();
  final Set<String> kernelFlags = new LinkedHashSet<>();
  final List<String> optionsForOthers = new ArrayList<>();
  final Set<String> given = new LinkedHashSet<>();

  /**
   * The finished options.
   *
   * @throws UsageError if options contradict each other
   */
  MountOptions finish() throws UsageError {
    if (writeback && transport == TransportChoice.JNR_FUSE) {
      throw new UsageError("writeback needs transport=direct: libfuse 2 has no such thing");
    }
    if (kernelFlags.contains("nosymfollow") && transport == TransportChoice.JNR_FUSE) {
      throw new UsageError("nosymfollow needs transport=direct: libfuse 2 has no such option");
    }
    return new MountOptions(
        readOnly,
        commitInterval,
        indexDirectory,
        cacheBytes,
        dirtyBytes,
        accessTimes,
        directoryAccessTimes,
        errors,
        GcOptionText.apply(VolumeOptions.GcOptions.DEFAULT, gcOptionTexts),
        new ZoneLimits(maxActiveZones, dataStreams),
        metrics,
        transport,
        new TransportOptions(
            allowOther, writeback, autoUnmount, nonEmpty, List.copyOf(kernelFlags)),
        List.copyOf(optionsForOthers),
        remount,
        Map.copyOf(gcOptionTexts),
        Set.copyOf(given));
  }
}
