// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.library.AsyncZonedDevice;

/** A drive whose accesses return futures keeps the contract: each access waits for its future. */
final class AsyncZonedDeviceTest extends ConcurrentAccessContractTest {
  private static final int THREADS = 3;

  @SuppressWarnings("NullAway.Init") // set before all tests
  private static ExecutorService threads;

  @BeforeAll
  static void startThreads() {
    threads = Executors.newFixedThreadPool(THREADS);
  }

  @AfterAll
  static void stopThreads() {
    threads.shutdownNow();
  }

  @Override
  protected ZonedDevice create(EmulatedGeometry geometry) {
    return new Joined(RamZonedDevice.create(geometry));
  }

  private static final class Joined extends FilterZonedDevice {
    private final AsyncZonedDevice async;

    Joined(ZonedDevice drive) {
      super(drive);
      // More threads of the tests than accesses: some run accesses of others.
      async = new AsyncZonedDevice(drive, threads, 2);
    }

    private static <T> T join(CompletableFuture<T> future) throws IOException {
      try {
        return future.join();
      } catch (CompletionException failed) {
        if (failed.getCause() instanceof IOException cause) {
          throw cause;
        }
        throw failed.getCause() instanceof RuntimeException cause ? cause : failed;
      }
    }

    @Override
    public List<ZoneDescriptor> report(int from, int count) throws IOException {
      return join(async.report(from, count));
    }

    @Override
    public void read(long positionBytes, ByteBuffer destination) throws IOException {
      join(async.read(positionBytes, destination));
    }

    @Override
    public void readCopy(int copy, long positionBytes, ByteBuffer destination) throws IOException {
      join(async.readCopy(copy, positionBytes, destination));
    }

    @Override
    public void write(long positionBytes, ByteBuffer... sources) throws IOException {
      join(async.write(positionBytes, sources));
    }

    @Override
    public long append(int zone, ByteBuffer... sources) throws IOException {
      return join(async.append(zone, sources));
    }

    @Override
    public void flush() throws IOException {
      join(async.flush());
    }

    @Override
    public void open(int zone) throws IOException {
      join(async.open(zone));
    }

    @Override
    public void close(int zone) throws IOException {
      join(async.close(zone));
    }

    @Override
    public void finish(int zone) throws IOException {
      join(async.finish(zone));
    }

    @Override
    public void reset(int zone) throws IOException {
      join(async.reset(zone));
    }
  }
}
