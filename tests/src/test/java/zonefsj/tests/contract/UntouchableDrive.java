// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import java.nio.ByteBuffer;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZonedDevice;

/** A drive that must not be changed: every attempt fails the test. */
class UntouchableDrive extends FilterZonedDevice {
  UntouchableDrive(ZonedDevice delegate) {
    super(delegate);
  }

  @Override
  public void write(long positionBytes, ByteBuffer... sources) {
    throw touched();
  }

  @Override
  public long append(int zone, ByteBuffer... sources) {
    throw touched();
  }

  @Override
  public void flush() {
    throw touched();
  }

  @Override
  public void open(int zone) {
    throw touched();
  }

  @Override
  public void close(int zone) {
    throw touched();
  }

  @Override
  public void finish(int zone) {
    throw touched();
  }

  @Override
  public void reset(int zone) {
    throw touched();
  }

  private static AssertionError touched() {
    return new AssertionError("the drive below a layer is changed");
  }
}
