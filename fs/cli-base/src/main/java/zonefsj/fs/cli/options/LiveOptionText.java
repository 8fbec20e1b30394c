// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.options;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import zonefsj.device.spec.NearestName;
import zonefsj.fs.VolumeOptions;

/** The options that can change on a live mount, as text. */
public final class LiveOptionText {
  /** The option that the daemon applies itself, not the volume. */
  public static final String METRICS = "metrics";

  private static final String REMOUNT = "remount";

  private LiveOptionText() {}

  /** Names of the options that a daemon can change. The kernel keeps others: ro, nodev, … */
  public static List<String> names() {
    return DaemonOptions.all().stream()
        .filter(MountOption::isLive)
        .map(MountOption::name)
        .filter(name -> !name.equals("ro") && !name.equals("rw"))
        .toList();
  }

  /**
   * Changes some options of a live mount.
   *
   * @param before the options before the change
   * @param settings values by name; a flag has an empty one. {@value #METRICS} is only checked
   * @throws UsageError if an option cannot be changed, or a value is wrong
   */
  public static VolumeOptions.Live apply(VolumeOptions.Live before, Map<String, String> settings)
      throws UsageError {
    MountOptionDraft draft = new MountOptionDraft();
    draft.commitInterval = before.commitInterval();
    draft.dirtyBytes = before.dirtyBytes();
    draft.accessTimes = before.accessTimes();
    draft.errors = before.errors();
    for (Map.Entry<String, String> setting : new LinkedHashMap<>(settings).entrySet()) {
      String name = setting.getKey();
      checkLive(name, names());
      DaemonOptions.Effect effect = DaemonOptions.effectOf(name);
      if (effect != null) {
        effect.apply(draft, setting.getValue().isEmpty() ? null : setting.getValue());
      }
    }
    return new VolumeOptions.Live(
        draft.commitInterval,
        draft.dirtyBytes,
        draft.accessTimes,
        draft.errors,
        GcOptionText.apply(before.gc(), draft.gcOptionTexts));
  }

  /**
   * Parses options that a user wants to change on a live mount.
   *
   * @param options each a flag, or a name and a value with an equals sign between them
   * @throws UsageError if an option cannot be changed, or a value is wrong
   */
  public static MountOptions parse(List<String> options) throws UsageError {
    List<String> lists = new ArrayList<>(options);
    lists.add(REMOUNT);
    MountOptions wanted = MountOptionParser.parse(lists);
    List<String> live =
        MountOption.all().stream().filter(MountOption::isLive).map(MountOption::name).toList();
    for (String name : wanted.given()) {
      if (!name.equals(REMOUNT)) {
        checkLive(name, live);
      }
    }
    return wanted;
  }

  private static void checkLive(String name, List<String> live) throws UsageError {
    if (!live.contains(name)) {
      throw new UsageError(
          "'"
              + name
              + "' cannot be changed on a live mount, only "
              + String.join(", ", live)
              + " can; the nearest is '"
              + NearestName.of(name, live).orElseThrow()
              + "'");
    }
  }
}
