// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.soak;

import java.util.Map;
import java.util.TreeMap;

/** Stacks in words. */
final class Threads {
  private static final int MAX_FRAMES = 24;

  private Threads() {}

  /** Stacks of all threads here that are within the filesystem, or wait for it. */
  static String ofThisProcess() {
    Map<String, String> stacks = new TreeMap<>();
    Thread.getAllStackTraces()
        .forEach(
            (thread, frames) -> {
              StringBuilder words = new StringBuilder();
              boolean ours = false;
              for (int at = 0; at < Math.min(frames.length, MAX_FRAMES); at++) {
                words.append("\n    ").append(frames[at]);
                ours |= frames[at].getClassName().startsWith("zonefsj.");
              }
              if (ours) {
                stacks.put(thread.getName() + " (" + thread.getState() + ")", words.toString());
              }
            });
    StringBuilder all = new StringBuilder();
    stacks.forEach((name, stack) -> all.append(name).append(stack).append('\n'));
    return all.toString();
  }
}
