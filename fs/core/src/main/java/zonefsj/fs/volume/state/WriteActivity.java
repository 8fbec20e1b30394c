// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.state;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** How much applications have written since the mount, and when they last did. Thread-safe. */
public final class WriteActivity {
  private final LongSupplier elapsedMillis;
  private final AtomicLong bytes = new AtomicLong();
  private volatile long lastMillis;

  /**
   * @param elapsedMillis milliseconds since some instant
   */
  public WriteActivity(LongSupplier elapsedMillis) {
    this.elapsedMillis = elapsedMillis;
    this.lastMillis = elapsedMillis.getAsLong();
  }

  /** Notes that an application wrote some bytes into the open batch. */
  public void written(int count) {
    bytes.addAndGet(count);
    lastMillis = elapsedMillis.getAsLong();
  }

  /** Bytes that applications wrote since the mount. */
  public long bytes() {
    return bytes.get();
  }

  /** Milliseconds since an application last wrote, or since the mount. */
  public long idleMillis() {
    return elapsedMillis.getAsLong() - lastMillis;
  }
}
