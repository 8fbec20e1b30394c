// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.stores;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.stores.ObjectStore;
import zonefsj.stores.RetryingStore;
import zonefsj.stores.zones.OwnerIdentity;
import zonefsj.stores.zones.StoreZonedDevice;

/**
 * Several threads write, flush and reset zones while the threads of the drive work, memory is short
 * and requests fail. A seed decides about all but the order of the threads.
 */
@Timeout(120)
class StoreStressTest {
  private static final int WRITERS = 4;
  private static final int ZONES_OF_EACH = 3;
  private static final int BLOCK = 4096;
  private static final int ZONE_BLOCKS = 600;
  private static final int STEPS = 150;
  private static final long OBJECT_BYTES = 600 << 10;

  private final EmulatedGeometry geometry =
      EmulatedGeometry.builder((long) WRITERS * ZONES_OF_EACH * ZONE_BLOCKS * BLOCK)
          .zoneSizeBytes((long) ZONE_BLOCKS * BLOCK)
          .blockSizeBytes(BLOCK)
          .maxOpenZones(OptionalInt.empty())
          .maxActiveZones(OptionalInt.empty())
          .build();

  private StoreZonedDevice open(SimulatedStore store, int host) throws IOException {
    ObjectStore patient =
        new RetryingStore(
            store.client(), new RetryingStore.Patience(1, 4, 60_000), new SplittableRandom(host));
    return StoreZonedDevice.open(
        patient,
        new OwnerIdentity(
            "host" + host, "boot" + host, 1, 1, InstantSource.system(), new SplittableRandom(host)),
        new StoreZonedDevice.Options(
            false,
            true,
            new StoreZonedDevice.Limits(2 << 20, 4 << 20, 60_000, 0),
            4,
            true,
            new StoreZonedDevice.Thrift(64 << 10, 6, 3, 20)));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void zonesKeepWhatTheirWritersHaveFlushed(long seed) throws Exception {
    SimulatedStore store = new SimulatedStore(OBJECT_BYTES, seed, (int) (seed % 2) * 10);
    ObjectStore calm =
        new RetryingStore(
            store.client(), new RetryingStore.Patience(1, 4, 60_000), new SplittableRandom(seed));
    StoreZonedDevice.create(calm, new UUID(seed, 1), geometry, 16);
    List<Writer> writers = new ArrayList<>();
    ExecutorService threads = Executors.newFixedThreadPool(WRITERS);
    // Is left open, as by a host that dies.
    StoreZonedDevice first = open(store, 1);
    try {
      List<Future<?>> ends = new ArrayList<>();
      for (int number = 0; number < WRITERS; number++) {
        Writer writer = new Writer(first, number, seed);
        writers.add(writer);
        ends.add(threads.submit(writer::play));
      }
      for (Future<?> end : ends) {
        end.get();
      }
    } finally {
      threads.shutdown();
      assertThat(threads.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
    }
    for (Writer writer : writers) {
      writer.check(first, writer.current);
    }
    try (StoreZonedDevice second = open(store, 2)) {
      for (Writer writer : writers) {
        writer.checkFlushed(second);
      }
    } finally {
      first.close();
    }
    store.catchUp();
    try (StoreZonedDevice third = open(store, 3)) {
      for (Writer writer : writers) {
        writer.checkFlushed(third);
      }
    }
  }

  /** Has some zones of its own. */
  private final class Writer {
    private final ZonedDevice device;
    private final int firstZone;
    private final SplittableRandom random;
    private final List<ModelZone> current = new ArrayList<>();

    /** States of each zone that may be durable: from the last flush on. */
    private final List<List<ModelZone>> states = new ArrayList<>();

    Writer(ZonedDevice device, int number, long seed) {
      this.device = device;
      this.firstZone = number * ZONES_OF_EACH;
      this.random = new SplittableRandom(seed * WRITERS + number);
      for (int zone = 0; zone < ZONES_OF_EACH; zone++) {
        current.add(ModelZone.EMPTY);
        states.add(new ArrayList<>(List.of(ModelZone.EMPTY)));
      }
    }

    Void play() throws IOException {
      for (int step = 0; step < STEPS; step++) {
        int zone = random.nextInt(ZONES_OF_EACH);
        int dice = random.nextInt(12);
        if (dice < 7) {
          write(zone);
        } else if (dice < 10) {
          device.flush();
          for (int at = 0; at < ZONES_OF_EACH; at++) {
            states.set(at, new ArrayList<>(List.of(current.get(at))));
          }
        } else if (dice < 11) {
          device.reset(firstZone + zone);
          become(zone, ModelZone.EMPTY);
        } else {
          check(zone);
        }
      }
      return null;
    }

    private void become(int zone, ModelZone state) {
      current.set(zone, state);
      states.get(zone).add(state);
    }

    private void write(int zone) throws IOException {
      long capacity = geometry.capacityOfBytes(firstZone + zone);
      long room = (capacity - current.get(zone).content().length) / BLOCK;
      if (room == 0) {
        return;
      }
      byte[] bytes = new byte[BLOCK * (1 + random.nextInt((int) Math.min(room, 250)))];
      random.nextBytes(bytes);
      for (int at = 0; at < bytes.length; at++) {
        bytes[at] |= 1;
      }
      long start = (firstZone + zone) * geometry.zoneSizeBytes();
      device.write(start + current.get(zone).content().length, ByteBuffer.wrap(bytes));
      become(zone, current.get(zone).append(bytes, capacity));
    }

    private void check(int zone) throws IOException {
      ModelZone there = ModelZone.of(device, firstZone + zone);
      assertThat(there.isLike(current.get(zone))).as("%s, %s", there, current.get(zone)).isTrue();
    }

    void check(ZonedDevice other, List<ModelZone> expected) throws IOException {
      for (int zone = 0; zone < ZONES_OF_EACH; zone++) {
        ModelZone there = ModelZone.of(other, firstZone + zone);
        assertThat(there.isLike(expected.get(zone)))
            .as("zone %d: %s, %s", firstZone + zone, there, expected.get(zone))
            .isTrue();
      }
    }

    /** What another thread has flushed counts, too; a write in flight may be there in part. */
    void checkFlushed(ZonedDevice later) throws IOException {
      for (int zone = 0; zone < ZONES_OF_EACH; zone++) {
        ModelZone there = ModelZone.of(later, firstZone + zone);
        assertThat(isPossible(there, states.get(zone)))
            .as("zone %d has %s, of %s", firstZone + zone, there, states.get(zone))
            .isTrue();
      }
    }

    private boolean isPossible(ModelZone there, List<ModelZone> of) {
      for (int at = 0; at < of.size(); at++) {
        byte[] after = of.get(at).content();
        byte[] before = of.get(Math.max(0, at - 1)).content();
        int least = isBeginning(before, after) ? before.length : 0;
        if (isBeginning(there.content(), after) && there.content().length >= least) {
          return true;
        }
      }
      return false;
    }

    private boolean isBeginning(byte[] some, byte[] all) {
      return some.length <= all.length && Arrays.equals(some, 0, some.length, all, 0, some.length);
    }
  }
}
