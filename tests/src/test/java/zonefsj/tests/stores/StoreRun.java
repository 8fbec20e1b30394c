// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.stores;

import java.io.IOException;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.stores.ObjectStore;
import zonefsj.stores.RetryingStore;
import zonefsj.stores.zones.OwnerIdentity;
import zonefsj.stores.zones.StoreZonedDevice;

/** One seed: a drive, a load, and what happens to it at one request or another. */
final class StoreRun {
  private static final int BLOCK = 512;

  private final long seed;
  private final EmulatedGeometry geometry;
  private final long objectBytes;
  private final int faultPercent;
  private final int steps;
  private final StoreZonedDevice.Thrift thrift;
  private final int checkpointEntries;
  private int hosts;

  StoreRun(long seed) {
    this.seed = seed;
    SplittableRandom random = new SplittableRandom(seed);
    int zoneBlocks = 4 + random.nextInt(60);
    this.geometry =
        EmulatedGeometry.builder((long) (2 + random.nextInt(5)) * zoneBlocks * BLOCK)
            .zoneSizeBytes((long) zoneBlocks * BLOCK)
            .zoneCapacityBytes((long) (zoneBlocks - random.nextInt(3)) * BLOCK)
            .blockSizeBytes(BLOCK)
            .build();
    this.objectBytes = (long) BLOCK * (2 + random.nextInt(30));
    this.faultPercent = random.nextInt(3) == 0 ? 0 : random.nextInt(20);
    this.steps = 10 + random.nextInt(60);
    this.thrift = new StoreZonedDevice.Thrift(2 + random.nextInt(6), 2 + random.nextInt(3));
    this.checkpointEntries = 2 + random.nextInt(10);
  }

  /** Number of requests of the whole load, if nothing happens to it. */
  long requests() throws IOException {
    SimulatedStore store = newStore();
    SimulatedStore.Client client = store.client();
    StoreZonedDevice device = open(client, true);
    StoreLoad load = new StoreLoad(device, geometry, seed, empty());
    for (int step = 0; step < steps; step++) {
      load.step();
    }
    load.checkAll();
    device.close();
    try (StoreZonedDevice again = open(store.client(), false)) {
      load.checkSuccessor(again);
    }
    return client.requests();
  }

  /** The host stops at a request; another one goes on. */
  void crashAt(long request) throws IOException {
    SimulatedStore store = newStore();
    SimulatedStore.Client client = store.clientUntil(request);
    StoreLoad load = null;
    try {
      StoreZonedDevice device = open(client, true);
      load = new StoreLoad(device, geometry, seed, empty());
      for (int step = 0; step < steps; step++) {
        load.step();
      }
      device.close();
    } catch (IOException stopped) {
      if (client.requests() <= request) {
        throw stopped;
      }
    }
    succeed(store, load);
  }

  private void succeed(SimulatedStore store, @Nullable StoreLoad load) throws IOException {
    StoreZonedDevice second = open(store.client(), true);
    ModelZone[] found = load == null ? empty() : load.checkSuccessor(second);
    StoreLoad next = new StoreLoad(second, geometry, seed + 1, found);
    next.checkAll();
    for (int step = 0; step < steps / 3; step++) {
      next.step();
    }
    store.catchUp();
    next.checkAll();
    StoreZonedDevice third = open(store.client(), true);
    StoreLoad last = new StoreLoad(third, geometry, seed + 2, next.checkSuccessor(third));
    while (third.doWork()) {
      // Until all objects that nobody needs are gone.
    }
    last.checkAll();
  }

  /** The host waits at a request until another one has taken the drive over, and then goes on. */
  void pauseAt(long request) throws IOException, InterruptedException {
    SimulatedStore store = newStore();
    CountDownLatch paused = new CountDownLatch(1);
    CountDownLatch goesOn = new CountDownLatch(1);
    SimulatedStore.Client client =
        store.clientThatWaits(
            request,
            () -> {
              paused.countDown();
              await(goesOn);
            });
    OldOwner old = new OldOwner(client);
    Thread thread =
        new Thread(
            () -> {
              try {
                old.play();
              } finally {
                paused.countDown();
              }
            },
            "old owner");
    thread.start();
    paused.await();
    StoreZonedDevice second = null;
    StoreLoad next = null;
    ModelZone[] found = null;
    try {
      second = open(store.client(), true);
      StoreLoad load = old.load;
      found = load == null ? empty() : load.checkSuccessor(second);
      next = new StoreLoad(second, geometry, seed + 1, found);
      for (int step = 0; step < steps / 2; step++) {
        next.step();
      }
      next.flush();
    } finally {
      old.fenced = true;
      goesOn.countDown();
      thread.join();
    }
    Throwable failure = old.failure;
    if (failure != null) {
      throw new AssertionError("the old owner: " + failure, failure);
    }
    ModelZone[] acknowledged = old.acknowledgedLate;
    if (acknowledged != null && !isLike(acknowledged, found)) {
      throw new AssertionError("the old owner has acknowledged what the new one did not find");
    }
    store.catchUp();
    next.checkAll();
    StoreZonedDevice third = open(store.client(), true);
    next.checkSuccessor(third);
  }

  private static boolean isLike(ModelZone[] some, ModelZone[] others) {
    for (int zone = 0; zone < some.length; zone++) {
      if (!some[zone].isLike(others[zone])) {
        return false;
      }
    }
    return true;
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Plays the load in a thread of its own, to its end or until the drive fails. */
  private final class OldOwner {
    private final SimulatedStore.Client client;
    volatile @Nullable StoreLoad load;
    volatile boolean fenced;
    volatile ModelZone @Nullable [] acknowledgedLate;
    volatile @Nullable Throwable failure;

    OldOwner(SimulatedStore.Client client) {
      this.client = client;
    }

    void play() {
      try {
        // It only comes first: if another one has, it is refused.
        StoreZonedDevice device = open(client, false);
        StoreLoad own = new StoreLoad(device, geometry, seed, empty());
        load = own;
        for (int step = 0; step < steps; step++) {
          ModelZone[] before = own.flushed();
          own.step();
          if (fenced && !Arrays.equals(before, own.flushed())) {
            acknowledgedLate = own.flushed();
          }
        }
        device.close();
      } catch (IOException expected) {
        if (!fenced) {
          failure = expected;
        }
      } catch (RuntimeException | AssertionError e) {
        failure = e;
      }
    }
  }

  private ModelZone[] empty() {
    ModelZone[] zones = new ModelZone[geometry.zoneCount()];
    Arrays.fill(zones, ModelZone.EMPTY);
    return zones;
  }

  private SimulatedStore newStore() throws IOException {
    SimulatedStore store = new SimulatedStore(objectBytes, seed, faultPercent);
    StoreZonedDevice.create(
        patient(store.client()), new UUID(seed, 1), geometry, checkpointEntries);
    return store;
  }

  private ObjectStore patient(ObjectStore store) {
    return new RetryingStore(
        store, new RetryingStore.Patience(0, 0, 60_000), new SplittableRandom(seed));
  }

  private StoreZonedDevice open(SimulatedStore.Client client, boolean takeover) throws IOException {
    hosts++;
    return StoreZonedDevice.open(
        patient(client),
        new OwnerIdentity(
            "host" + hosts,
            "boot" + hosts,
            hosts,
            1,
            InstantSource.system(),
            new SplittableRandom(seed + hosts)),
        new StoreZonedDevice.Options(false, takeover, 1 << 20, 0, 1, false, thrift));
  }
}
