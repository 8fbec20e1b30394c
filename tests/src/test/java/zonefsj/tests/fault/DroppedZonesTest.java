// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.filter.DeviceOperation;
import zonefsj.fs.ProgressListener;
import zonefsj.zonemgr.FrameHeader;
import zonefsj.zonemgr.FrameKind;

/**
 * Zones that a crash left written, and that no record names: nothing is put behind what is there.
 */
final class DroppedZonesTest {
  private static final int BEGUN_BYTES = 8192;

  /** Begins a frame in an empty zone; the power goes before it is whole. */
  private static int begin(FaultyVolume drive, FrameKind kind) throws IOException {
    ZoneDescriptor empty =
        drive.ram.report(20, 20).stream()
            .filter(zone -> zone.condition() == ZoneCondition.EMPTY)
            .findFirst()
            .orElseThrow();
    ByteBuffer begun = ByteBuffer.allocate(BEGUN_BYTES);
    new FrameHeader(kind, 0, FaultyVolume.FILESYSTEM, 2, 1, 0, 0, 64 << 10).encode(begun);
    drive.ram.append(empty.index(), begun.clear());
    return empty.index();
  }

  @Test
  void suchZonesAreResetOrTakeNothing() throws Exception {
    for (boolean canReset : new boolean[] {true, false}) {
      for (FrameKind kind : FrameKind.values()) {
        try (FaultyVolume drive = new FaultyVolume(FaultyVolume.geometry(48))) {
          drive.unmount();
          int zone = begin(drive, kind);
          if (!canReset) {
            drive.script.failFrom(DeviceOperation.RESET, 1, Reason.MEDIA);
          }
          drive.mountAgain();
          drive.writeDurably("file", FaultyVolume.random(1, 60_000));
          assertThat(drive.ram.report(zone, 1).get(0).writtenBytes())
              .as("%s", kind)
              .isEqualTo(canReset ? 0 : BEGUN_BYTES);
          assertThat(drive.volume().scrub(0, true, () -> true, ProgressListener.NONE).damages())
              .isZero();
        }
      }
    }
  }
}
