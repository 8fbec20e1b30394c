// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZonedDevice;

/** A drive that takes no writes from one moment to another, once. Thread-safe. */
final class WaitingDevice extends FilterZonedDevice {
  private final CountDownLatch goesOn = new CountDownLatch(1);
  private volatile boolean waits;

  WaitingDevice(ZonedDevice drive) {
    super(drive);
  }

  /** Lets the following writes wait. */
  void hold() {
    waits = true;
  }

  /** Lets all writes through. */
  void goOn() {
    waits = false;
    goesOn.countDown();
  }

  @Override
  public void write(long positionBytes, ByteBuffer... sources) throws IOException {
    if (waits) {
      try {
        goesOn.await();
      } catch (InterruptedException interrupted) {
        throw new IOException("interrupted", interrupted);
      }
    }
    super.write(positionBytes, sources);
  }
}
