// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.options;

import java.util.ArrayList;
import java.util.List;

/**
 * A mount option that has an effect, for the list of {@code zonefs-j options}.
 *
 * @param name of the option
 * @param values what it takes; empty for a flag
 * @param byDefault its value without the option; for a flag: {@code on} or {@code off}
 * @param isLive whether it can change on a live mount
 * @param description what it does, in a sentence
 */
public record MountOption(
    String name, String values, String byDefault, boolean isLive, String description) {

  /** All options with an effect: those of zonefs-j, then the flags that the kernel obeys. */
  public static List<MountOption> all() {
    List<MountOption> all = new ArrayList<>(DaemonOptions.all());
    KnownOptions.KERNEL_FLAGS.stream()
        .sorted()
        .forEach(
            flag ->
                all.add(
                    new MountOption(
                        flag,
                        "",
                        isOffByDefault(flag) ? "off" : "on",
                        !flag.equals("dirsync"),
                        flag.equals("dirsync")
                            ? "Each change of names is durable when it returns."
                            : "The kernel obeys it, see mount(8).")));
    return all;
  }

  private static boolean isOffByDefault(String flag) {
    return flag.startsWith("no") || (flag.endsWith("sync") && !flag.equals("async"));
  }

  /** Whether it is a flag, without a value. */
  public boolean isFlag() {
    return values.isEmpty();
  }
}
