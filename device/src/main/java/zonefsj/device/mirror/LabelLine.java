// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Which of the labels of a mirror counts. */
final class LabelLine {
  private LabelLine() {}

  /**
   * The newest label: every other one is as old, or older.
   *
   * @return empty if members were written apart
   */
  static Optional<MirrorLabel> newest(List<MirrorLabel> labels) {
    MirrorLabel newest = null;
    for (MirrorLabel label : labels) {
      if (labels.stream().allMatch(label::isInLine)
          && (newest == null || label.event() > newest.event())) {
        newest = label;
      }
    }
    return Optional.ofNullable(newest);
  }

  /** Two labels that were written apart, so that neither is older than the other one. */
  static List<MirrorLabel> apart(List<MirrorLabel> labels) {
    for (MirrorLabel one : labels) {
      for (MirrorLabel other : labels) {
        if (!one.isInLine(other) && !other.isInLine(one)) {
          return List.of(one, other);
        }
      }
    }
    return new ArrayList<>(labels);
  }
}
