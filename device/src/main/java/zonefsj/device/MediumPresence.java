// SPDX-License-Identifier: Apache-2.0
package zonefsj.device;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * A drive that can tell whether the medium that it was opened on is still there. An open image file
 * goes on after it was deleted, but nobody finds it again.
 *
 * <p>Thread-safe.
 */
public interface MediumPresence {
  /** Whether an open of the same name would find this medium. */
  boolean isPresent();

  /** Whether the media of a drive, and of all drives that it wraps, are still there. */
  static boolean ofAll(ZonedDevice device) {
    Deque<ZonedDevice> left = new ArrayDeque<>();
    left.add(device);
    while (!left.isEmpty()) {
      ZonedDevice next = left.remove();
      if (next instanceof MediumPresence medium && !medium.isPresent()) {
        return false;
      }
      if (next instanceof FilterZonedDevice filter) {
        left.add(filter.delegate());
      }
    }
    return true;
  }
}
