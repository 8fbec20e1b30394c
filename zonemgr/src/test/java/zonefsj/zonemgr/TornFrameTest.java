// SPDX-License-Identifier: Apache-2.0
package zonefsj.zonemgr;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;

/** The first write after a crash waits for the search, so the search reads little. */
class TornFrameTest {
  private static final int ZONE_BYTES = 128 << 20;
  private static final int TORN_BYTES = 16 << 10;

  /** Reads of the last 2 MiB, and of the walk at most. */
  private static final int MOST_READS = 9 + 256;

  private static ByteBuffer frame(int bytes) {
    ByteBuffer frame = ByteBuffer.allocate(bytes);
    new FrameHeader(FrameKind.CHUNK, 0, new UUID(1, 2), 1, 1, 0, 0, bytes).encode(frame);
    return frame.clear();
  }

  @ParameterizedTest
  @CsvSource({"4096, 4000, 72", "24576, 1000, 110", "262144, 400, 265", "2097152, 60, 72"})
  void itEndsWithinABoundedNumberOfReads(int frameBytes, int frames, int mostReads)
      throws IOException {
    RamZonedDevice drive =
        RamZonedDevice.create(
            EmulatedGeometry.builder(2L * ZONE_BYTES).zoneSizeBytes(ZONE_BYTES).build());
    long at = 0;
    for (int index = 0; index < frames; index++) {
      drive.write(at, frame(frameBytes));
      at += frameBytes;
    }
    drive.write(at, frame(TORN_BYTES).limit(4096));
    AtomicInteger reads = new AtomicInteger();
    FilterZonedDevice counted =
        new FilterZonedDevice(drive) {
          @Override
          public void read(long position, ByteBuffer into) throws IOException {
            reads.incrementAndGet();
            super.read(position, into);
          }
        };
    assertThat(TornFrame.endBytes(counted, 0, at + 4096)).isEqualTo(at + TORN_BYTES);
    assertThat(reads.get()).isLessThanOrEqualTo(mostReads).isLessThanOrEqualTo(MOST_READS);
    drive.close();
  }
}
