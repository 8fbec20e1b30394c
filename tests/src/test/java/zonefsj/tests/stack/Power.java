// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.stack;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;

/**
 * The power of all drives and files below a stack, which goes for all of them at one moment. What
 * was opened before stays without. Thread-safe.
 */
final class Power {
  private final AtomicInteger losses = new AtomicInteger();

  /** Number of times that the power went. */
  int losses() {
    return losses.get();
  }

  /** Lets the power go. */
  void lose() {
    losses.incrementAndGet();
  }

  /**
   * Fails without power.
   *
   * @param openedAfter the number of power losses before the open
   */
  void check(int openedAfter) throws IOException {
    if (losses.get() != openedAfter) {
      throw new DeviceException(Reason.MEDIA, -1, "the power is gone");
    }
  }
}
