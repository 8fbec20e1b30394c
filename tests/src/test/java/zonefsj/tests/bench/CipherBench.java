// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.crypt.CryptZonedDevice;
import zonefsj.device.crypt.XtsKey;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;

/**
 * What encryption costs alone: accesses of an encrypted drive that neither stores nor gives bytes.
 * {@link CipherCosts} runs it beside OpenSSL, which counts processor time. An iteration is a batch
 * of about a millisecond, so that other processes interrupt few of them.
 *
 * <p>Threading: one thread in a process of its own.
 */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class CipherBench {
  private static final long DRIVE_BYTES = 64 << 20;

  /** The encrypted drive. */
  @State(Scope.Thread)
  public static class Drive {
    /** Length of an access; those of OpenSSL have the same. */
    @Param("8192")
    public int bytes = AccessArea.PAGE_BYTES;

    private final CryptZonedDevice device =
        new CryptZonedDevice(new NoBytes(), new XtsKey(new UUID(0, 1), Wrapper.key()));
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20);

    private ByteBuffer buffer() {
      return buffer.clear().limit(bytes);
    }
  }

  /** One write. */
  @Benchmark
  public void encrypt(Drive drive) throws IOException {
    drive.device.write(0, drive.buffer());
  }

  /** One read. */
  @Benchmark
  public void decrypt(Drive drive) throws IOException {
    drive.device.read(0, drive.buffer());
  }

  /** Takes every access and does nothing. */
  private static final class NoBytes extends FilterZonedDevice {
    NoBytes() {
      super(RamZonedDevice.create(EmulatedGeometry.ofSize(DRIVE_BYTES)));
    }

    @Override
    public void read(long positionBytes, ByteBuffer destination) {
      destination.position(destination.limit());
    }

    @Override
    public void write(long positionBytes, ByteBuffer... sources) {
      for (ByteBuffer source : sources) {
        source.position(source.limit());
      }
    }
  }
}
