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
 * @param gcOptionTexts collector options to set
 * @param kernelFlags flags to change in the kernel's mount
 */
public record RemountPlan(Map<String, String> gcOptionTexts, List<String> kernelFlags) {
  private static final Set<String> ACCESS_TIMES = Set.of("noatime", "relatime", "strictatime");

  /**
   * Finds the changes.
   *
   * @param wanted all options that mount(8) handed over
   * @param live the current options of the volume, see {@link MountOptionText}
   * @param kernelOptions flags of the mount and of its filesystem as the kernel shows them
   * @throws UsageError that names the first option that would have to change and cannot
   */
  public static RemountPlan of(
      MountOptions wanted, Map<String, String> live, Set<String> kernelOptions) throws UsageError {
    for (Map.Entry<String, String> option : MountOptionText.describeGiven(wanted).entrySet()) {
      String name = option.getKey();
      boolean changeable =
          name.equals("ro") || name.equals("rw") || GcOptionText.LIVE_NAMES.contains(name);
      boolean echo =
          option.getValue().equals(live.get(name))
              || (name.equals("transport") && option.getValue().equals(TransportChoice.AUTO.word()))
              || (ACCESS_TIMES.contains(name) && kernelOptions.contains(name));
      if (!changeable && !echo) {
        throw fixed(name);
      }
    }
    if (wanted.given().contains("allow_other") && !kernelOptions.contains("allow_other")) {
      throw fixed("allow_other");
    }
    Map<String, String> settings = new TreeMap<>(wanted.gcOptionTexts());
    settings.keySet().retainAll(GcOptionText.LIVE_NAMES);
    return new RemountPlan(settings, kernelChanges(wanted, kernelOptions));
  }

  private static List<String> kernelChanges(MountOptions wanted, Set<String> kernelOptions) {
    List<String> changes = new ArrayList<>();
    for (String flag : wanted.transportOptions().mountFlags()) {
      // The kernel shows only the non-default flag of each pair.
      boolean negative = flag.startsWith("no") || flag.equals("sync") || flag.equals("dirsync");
      String shown = negative ? flag : flag.equals("async") ? "sync" : "no" + flag;
      if (negative != kernelOptions.contains(shown)) {
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
