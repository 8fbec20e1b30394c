// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import java.io.IOException;
import java.nio.ByteBuffer;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZonedDevice;

/**
 * Shows, until the first write, what should be there instead of what is: as it looks to a recovery
 * that does not verify what it reads.
 */
final class UncheckedReadDevice extends FilterZonedDevice {
  private final ZonedDevice meant;
  private boolean written;

  UncheckedReadDevice(ZonedDevice real, ZonedDevice meant) {
    super(real);
    this.meant = meant;
  }

  @Override
  public void read(long positionBytes, ByteBuffer destination) throws IOException {
    if (written) {
      super.read(positionBytes, destination);
    } else {
      meant.read(positionBytes, destination);
    }
  }

  @Override
  public void readCopy(int copy, long positionBytes, ByteBuffer destination) throws IOException {
    read(positionBytes, destination);
  }

  @Override
  public void write(long positionBytes, ByteBuffer... sources) throws IOException {
    written = true;
    super.write(positionBytes, sources);
  }
}
