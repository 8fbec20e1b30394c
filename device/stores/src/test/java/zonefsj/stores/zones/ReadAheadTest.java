// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.device.DeviceException;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.stores.FilterStore;
import zonefsj.stores.ObjectStore;

/** What is read ahead is right, and saves requests. */
@Timeout(60)
class ReadAheadTest {
  private static final int BLOCK = 4096;
  private static final int MIB = 1 << 20;
  private static final int ZONE = 16 * MIB;
  private static final int OBJECT = 3 * MIB;
  private static final int READ = 240 << 10;
  private static final int LAST = ZONE - READ;
  private static final EmulatedGeometry GEOMETRY =
      EmulatedGeometry.builder(4L * ZONE).zoneSizeBytes(ZONE).zoneCapacityBytes(ZONE).build();

  private final WatchedStore store = new WatchedStore(new MemoryObjectStore(OBJECT));
  private final byte[] content = new byte[ZONE];

  /** Counts reads; some fail, or wait. */
  private static final class WatchedStore extends FilterStore {
    final AtomicInteger reads = new AtomicInteger();
    final AtomicInteger atOnce = new AtomicInteger();
    final AtomicInteger mostAtOnce = new AtomicInteger();
    volatile boolean away;
    volatile CountDownLatch gate = new CountDownLatch(0);

    WatchedStore(ObjectStore store) {
      super(store);
    }

    @Override
    public void read(String name, long offsetBytes, ByteBuffer destination) throws IOException {
      reads.incrementAndGet();
      mostAtOnce.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
      try {
        gate.await();
        if (away) {
          throw new IOException("away");
        }
        super.read(name, offsetBytes, destination);
      } catch (InterruptedException e) {
        throw new IOException(e);
      } finally {
        atOnce.decrementAndGet();
      }
    }

    @Override
    protected <T> T around(Request<T> request) throws IOException {
      return request.run();
    }
  }

  @BeforeEach
  void write() throws IOException {
    new SplittableRandom(1).nextBytes(content);
    StoreZonedDevice.create(store, new UUID(1, 2), GEOMETRY, 8);
    try (StoreZonedDevice drive = open(0)) {
      append(drive, 0, 0, ZONE);
      drive.flush();
    }
  }

  private StoreZonedDevice open(long readBytes) throws IOException {
    return StoreZonedDevice.open(
        store,
        OwnerIdentity.ofThisProcess(InstantSource.system(), new SplittableRandom(1)),
        new StoreZonedDevice.Options(
            false,
            false,
            new StoreZonedDevice.Limits(8 * MIB, readBytes, 10_000, 0),
            8,
            true,
            StoreZonedDevice.Thrift.USUAL));
  }

  private void append(StoreZonedDevice drive, int zone, int from, int to) throws IOException {
    for (int at = from; at < to; at += MIB) {
      drive.append(zone, ByteBuffer.allocateDirect(MIB).put(content, at, MIB).flip());
    }
  }

  private void requireRead(StoreZonedDevice drive, int from, int length) throws IOException {
    ByteBuffer read = ByteBuffer.allocateDirect(length);
    drive.read(from, read);
    assertThat(read.flip()).isEqualTo(ByteBuffer.wrap(content, from, length).slice());
  }

  private void readAll(StoreZonedDevice drive) throws IOException {
    for (int at = 0; at < ZONE; at += READ) {
      requireRead(drive, at, Math.min(READ, ZONE - at));
    }
  }

  /** Objects of 3 MiB have whole lines only. */
  @ParameterizedTest
  @ValueSource(ints = {4 * MIB, 8 * MIB, 32 * MIB})
  void whoReadsOnAsksForEachLineOnce(int budget) throws IOException {
    try (StoreZonedDevice drive = open(budget)) {
      readAll(drive);
      // The first read goes to the store; one that there was no room for may, too.
      assertThat(store.reads.get()).isBetween(16, 24);
    }
  }

  @Test
  void withoutMemoryNothingIsReadAhead() throws IOException {
    try (StoreZonedDevice drive = open(0)) {
      readAll(drive);
      // Some reads need two objects.
      assertThat(store.reads.get()).isBetween(ZONE / READ, ZONE / READ + 7);
      assertThat(store.mostAtOnce.get()).isEqualTo(1);
    }
  }

  @Test
  void whoJumpsAboutGetsWhatHeAsksFor() throws IOException {
    SplittableRandom random = new SplittableRandom(2);
    try (StoreZonedDevice drive = open(8 * MIB)) {
      for (int read = 0; read < 300; read++) {
        int length = BLOCK * (1 + random.nextInt(8));
        requireRead(drive, random.nextInt((ZONE - length) / BLOCK) * BLOCK, length);
      }
    }
    assertThat(store.reads.get()).isLessThan(400);
  }

  @Test
  void whatIsInMemoryIsReadToo() throws IOException {
    try (StoreZonedDevice drive = open(8 * MIB)) {
      append(drive, 1, 0, 5 * MIB);
      for (int at = 0; at < 5 * MIB; at += 64 << 10) {
        ByteBuffer read = ByteBuffer.allocateDirect(64 << 10);
        drive.read(ZONE + at, read);
        assertThat(read.flip()).isEqualTo(ByteBuffer.wrap(content, at, 64 << 10).slice());
      }
    }
  }

  /** The zone has other objects afterwards. */
  @Test
  void aResetMakesNothingWrong() throws IOException {
    try (StoreZonedDevice drive = open(32 * MIB)) {
      readAll(drive);
      drive.reset(0);
      byte[] before = content.clone();
      new SplittableRandom(3).nextBytes(content);
      assertThat(content).isNotEqualTo(before);
      append(drive, 0, 0, ZONE);
      drive.flush();
      readAll(drive);
    }
  }

  @Test
  void aStoreThatIsAwayIsToldOfAndReadLater() throws IOException {
    try (StoreZonedDevice drive = open(32 * MIB)) {
      requireRead(drive, LAST - READ, READ);
      store.away = true;
      // One line has what is left of the zone.
      assertThatThrownBy(() -> requireRead(drive, LAST, READ))
          .isInstanceOfSatisfying(
              DeviceException.class,
              e -> assertThat(e.reason()).isEqualTo(DeviceException.Reason.UNAVAILABLE))
          .hasMessageContaining("away");
      store.away = false;
      readAll(drive);
    }
  }

  /** Whoever reads meanwhile waits for the line, and does not ask again. */
  @Test
  void whatIsOnTheWayIsWaitedFor() throws Exception {
    try (StoreZonedDevice drive = open(32 * MIB)) {
      requireRead(drive, 0, READ);
      CountDownLatch gate = new CountDownLatch(1);
      store.gate = gate;
      List<FutureTask<Boolean>> readers = new ArrayList<>();
      for (int reader = 0; reader < 3; reader++) {
        FutureTask<Boolean> task =
            new FutureTask<>(
                () -> {
                  requireRead(drive, READ, READ);
                  return true;
                });
        readers.add(task);
        new Thread(task).start();
        // A line for the first one, and the next one.
        while (store.atOnce.get() < 2) {
          Thread.sleep(1);
        }
      }
      gate.countDown();
      for (FutureTask<Boolean> reader : readers) {
        assertThat(reader.get()).isTrue();
      }
      assertThat(store.reads.get()).isEqualTo(3);
    }
  }
}
