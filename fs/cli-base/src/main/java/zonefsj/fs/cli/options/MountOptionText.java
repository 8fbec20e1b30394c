// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.options;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import zonefsj.device.ByteSize;
import zonefsj.fs.TransportOptions;
import zonefsj.fs.VolumeOptions;

/** The options of a mount as text. Each meaning has one text, so texts can be compared. */
public final class MountOptionText {
  private MountOptionText() {}

  /**
   * Names and values; a flag has an empty value.
   *
   * @param metrics where metrics are served; null: nowhere
   * @param transport the transport of the mount
   * @param transportOptions what the transport was asked for
   */
  public static Map<String, String> describe(
      VolumeOptions options,
      @Nullable MetricsAddress metrics,
      String transport,
      TransportOptions transportOptions) {
    Map<String, String> words = new LinkedHashMap<>();
    words.put(options.readOnly() ? "ro" : "rw", "");
    words.put("commit", OptionValues.seconds(options.commitInterval()));
    Path index = options.indexDirectory();
    if (index != null) {
      words.put("meta", index.toString());
    }
    words.put("cache", ByteSize.format(options.cacheBytes()));
    words.put("dirty", ByteSize.format(options.dirtyBytes()));
    words.put(accessTimes(options.accessTimes()), "");
    words.put(options.directoryAccessTimes() ? "diratime" : "nodiratime", "");
    words.put(
        "errors",
        options.errors() == VolumeOptions.ErrorPolicy.CONTINUE ? "continue" : "remount-ro");
    words.putAll(GcOptionText.describe(options.gc()));
    words.putAll(ZoneLimitText.describe(options.zones()));
    words.put(LiveOptionText.METRICS, metrics == null ? MetricsAddress.OFF : metrics.text());
    words.put("transport", transport);
    if (transportOptions.writeback()) {
      words.put("writeback", "");
    }
    if (transportOptions.autoUnmount()) {
      words.put("auto_unmount", "");
    }
    return words;
  }

  private static String accessTimes(VolumeOptions.AccessTimes times) {
    return switch (times) {
      case NONE -> "noatime";
      case RELATIVE -> "relatime";
      case STRICT -> "strictatime";
    };
  }

  /**
   * Describes the given options as {@link #describe} does. Omits options that it does not describe.
   */
  static Map<String, String> describeGiven(MountOptions options) {
    Set<String> given = options.given();
    Map<String, String> words =
        new LinkedHashMap<>(
            describe(
                options.volumeOptions(options.indexDirectory()),
                options.metrics(),
                options.transport().word(),
                options.transportOptions()));
    words.keySet().removeIf(name -> !given.contains(name));
    return words;
  }
}
