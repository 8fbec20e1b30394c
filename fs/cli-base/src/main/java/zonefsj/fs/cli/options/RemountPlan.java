// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.options;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The changes of a remount. mount(8) hands over all options of fstab and of the mount table
 * together with those that the user wants to change. An option that already has its value is not a
 * change.
 *
 * @param settings options for the daemon to change, see {@link LiveOptionText}
 * @param kernelFlags flags to change in the kernel's mount
 */
public record RemountPlan(Map<String, String> settings, List<String> kernelFlags) {
  private static final String GC_START = "gc_start";
  private static final String GC_URGENT = "gc_urgent";
  private static final String AUTO = "auto";
  private static final Set<String> ACCESS_TIMES = Set.of("noatime", "relatime", "strictatime");

  /**
   * Finds the changes.
   *
   * @param wanted the options to have
   * @param isHandedBack whether mount(8) handed them over, with those that the kernel shows: the
   *     kernel shows one for access times, whatever zonefs-j does
   * @param live the current options of the volume, see {@link MountOptionText}
   * @param kernelOptions flags of the mount and of its filesystem as the kernel shows them
   * @throws UsageError that names the first option that would have to change and cannot
   */
  public static RemountPlan of(
      MountOptions wanted,
      boolean isHandedBack,
      Map<String, String> live,
      Set<String> kernelOptions)
      throws UsageError {
    List<String> changeable = LiveOptionText.names();
    Map<String, String> settings = new TreeMap<>();
    for (Map.Entry<String, String> option : MountOptionText.describeGiven(wanted).entrySet()) {
      String name = option.getKey();
      boolean echo =
          (option.getValue().equals(live.get(name))
                  // Asked for, the same address revives what does not serve there.
                  && (isHandedBack || !name.equals(LiveOptionText.METRICS)))
              || (name.equals("transport") && option.getValue().equals(TransportChoice.AUTO.word()))
              || (isHandedBack && ACCESS_TIMES.contains(name) && kernelOptions.contains(name));
      if (echo || name.equals("ro") || name.equals("rw")) {
        continue;
      }
      if (!changeable.contains(name)) {
        throw fixed(name);
      }
      settings.put(name, option.getValue());
    }
    if (wanted.given().contains("allow_other") && !kernelOptions.contains("allow_other")) {
      throw fixed("allow_other");
    }
    return new RemountPlan(settings, kernelChanges(wanted, kernelOptions));
  }

  /**
   * The settings that undo {@link #settings}.
   *
   * @param live the options of the volume before the change
   */
  public Map<String, String> formerSettings(Map<String, String> live) {
    Map<String, String> former = new TreeMap<>();
    for (String name : settings.keySet()) {
      if (ACCESS_TIMES.contains(name)) {
        live.keySet().stream().filter(ACCESS_TIMES::contains).forEach(flag -> former.put(flag, ""));
      } else if (name.equals(GC_START) || name.equals(GC_URGENT)) {
        // Each may have moved the other one.
        former.put(GC_START, live.getOrDefault(GC_START, AUTO));
        former.put(GC_URGENT, live.getOrDefault(GC_URGENT, AUTO));
      } else if (live.containsKey(name)) {
        former.put(name, live.getOrDefault(name, ""));
      }
    }
    return former;
  }

  private static List<String> kernelChanges(MountOptions wanted, Set<String> kernelOptions)
      throws UsageError {
    List<String> changes = new ArrayList<>();
    for (String flag : wanted.transportOptions().mountFlags()) {
      // The kernel shows only the non-default flag of each pair.
      boolean negative = flag.startsWith("no") || flag.equals("sync") || flag.equals("dirsync");
      String shown = negative ? flag : flag.equals("async") ? "sync" : "no" + flag;
      if (negative != kernelOptions.contains(shown)) {
        if (flag.equals("dirsync")) {
          // The daemon does it, and the kernel only shows it.
          throw fixed(flag);
        }
        changes.add(flag);
      }
    }
    boolean readOnlyNow = kernelOptions.contains("ro");
    if (wanted.given().contains("ro") && wanted.readOnly() && !readOnlyNow) {
      changes.add("ro");
    }
    if (wanted.given().contains("rw") && !wanted.readOnly() && readOnlyNow) {
      changes.add("rw");
    }
    return changes;
  }

  private static UsageError fixed(String name) {
    return new UsageError(
        "mount option '"
            + name
            + "' cannot be changed on a live mount: unmount it and mount it again with the other"
            + " value");
  }
}
