// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.check;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import zonefsj.fs.volume.check.VolumeChecker.Finding;

/** Collects the findings of a check, up to a readable number. Single-threaded. */
public final class Findings {
  static final int MAX_KEPT = 10_000;

  /** Several passes may find the same. */
  private final Set<Finding> kept = new LinkedHashSet<>();

  private long dropped;

  /** Whether further findings are only counted, so that their place is not needed. */
  boolean isFull() {
    return kept.size() >= MAX_KEPT;
  }

  void add(String what, String where, String consequence) {
    if (!isFull()) {
      kept.add(new Finding(what, where, consequence));
    } else {
      dropped++;
    }
  }

  /** The findings, in their order. */
  public List<Finding> list() {
    List<Finding> all = new ArrayList<>(kept);
    if (dropped > 0) {
      all.add(
          new Finding(
              dropped + " more findings are not listed",
              "the whole filesystem",
              "the first " + MAX_KEPT + " tell what kinds there are"));
    }
    return List.copyOf(all);
  }
}
