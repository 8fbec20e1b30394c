// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.stores.FilterStore;

/** For how long a store counts as one that does not answer. */
@Timeout(60)
class StoreSilenceTest {
  private static final int BLOCK = 4096;
  private static final int ZONE = 1 << 18;
  private static final long LIMIT_MILLIS = 200;
  private static final EmulatedGeometry GEOMETRY =
      EmulatedGeometry.builder(1 << 20).zoneSizeBytes(ZONE).zoneCapacityBytes(ZONE).build();

  private volatile CountDownLatch puts = new CountDownLatch(0);

  /** Serves what is read; what is put may wait. */
  private final class Slow extends FilterStore {
    Slow(MemoryObjectStore store) {
      super(store);
    }

    @Override
    public boolean putIfAbsent(String name, ByteBuffer... sources) throws IOException {
      awaitTurn();
      return super.putIfAbsent(name, sources);
    }

    @Override
    public boolean putOwn(String name, ByteBuffer... sources) throws IOException {
      awaitTurn();
      return super.putOwn(name, sources);
    }

    private void awaitTurn() throws IOException {
      try {
        puts.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException(e);
      }
    }

    @Override
    protected <T> T around(Request<T> request) throws IOException {
      return request.run();
    }
  }

  private StoreZonedDevice open(MemoryObjectStore memory) throws IOException {
    return StoreZonedDevice.open(
        new Slow(memory),
        OwnerIdentity.ofThisProcess(InstantSource.system(), new SplittableRandom(1)),
        new StoreZonedDevice.Options(
            false,
            false,
            StoreZonedDevice.Limits.ofWrites(1 << 20, LIMIT_MILLIS),
            4,
            true,
            new StoreZonedDevice.Thrift(0, 32, 4, PieceLimits.SMALL)));
  }

  /** Others have their answers all the time. */
  @Test
  void aRequestWithoutAnAnswerCountsFromTheLimitOn() throws Exception {
    MemoryObjectStore memory = new MemoryObjectStore(8 << 20);
    StoreZonedDevice.create(memory, new UUID(1, 2), GEOMETRY, 512);
    try (StoreZonedDevice drive = open(memory)) {
      drive.append(0, ByteBuffer.allocateDirect(BLOCK));
      drive.flush();
      puts = new CountDownLatch(1);
      drive.append(1, ByteBuffer.allocateDirect(BLOCK));
      FutureTask<Boolean> flush =
          new FutureTask<>(
              () -> {
                drive.flush();
                return true;
              });
      Thread thread = new Thread(flush, "flush");
      thread.setDaemon(true);
      thread.start();
      try {
        long silent = 0;
        while (silent < LIMIT_MILLIS) {
          drive.read(0, ByteBuffer.allocateDirect(BLOCK));
          TimeUnit.MILLISECONDS.sleep(1);
          drive.read(0, ByteBuffer.allocateDirect(BLOCK));
          silent = drive.silentMillis();
        }
        assertThat(flush.isDone()).isFalse();
      } finally {
        puts.countDown();
      }
      assertThat(flush.get()).isTrue();
      while (drive.silentMillis() >= LIMIT_MILLIS) {
        TimeUnit.MILLISECONDS.sleep(1);
      }
    }
  }
}
