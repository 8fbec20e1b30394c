// SPDX-License-Identifier: Apache-2.0
package zonefsj.device;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * A drive that can tell whether the medium that it was opened on is still there. An open image file
 * goes on after it was deleted, but nobody finds it again.
 *
 * <p>Thread-safe.
 */
public interface MediumPresence {
  /** Whether an open of the same name would find this medium, whole. */
  boolean isPresent();

  /**
   * What happened to the medium, if what is written to it from now on is lost, in words; empty if
   * nothing. A file that was renamed is not lost.
   */
  default String loss() {
    return "";
  }

  /**
   * What happened to the media of a drive, or of a part without which it cannot do; empty if
   * nothing.
   */
  static String lossOf(ZonedDevice device) {
    for (MediumPresence medium : mediaOf(device)) {
      String loss = medium.loss();
      if (!loss.isEmpty()) {
        return loss;
      }
    }
    return "";
  }

  /** Whether the media of a drive, and of all parts without which it cannot do, are there. */
  static boolean ofAll(ZonedDevice device) {
    return mediaOf(device).stream().allMatch(MediumPresence::isPresent);
  }

  /** The outermost drives that answer for themselves and for all below. */
  private static List<MediumPresence> mediaOf(ZonedDevice device) {
    List<MediumPresence> media = new ArrayList<>();
    Deque<ZonedDevice> left = new ArrayDeque<>();
    left.add(device);
    while (!left.isEmpty()) {
      ZonedDevice next = left.remove();
      if (next instanceof MediumPresence medium) {
        media.add(medium);
      } else {
        left.addAll(StackedDevice.below(next));
      }
    }
    return media;
  }
}
