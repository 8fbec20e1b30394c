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

  /** Whether requests that fail are not repeated. */
  private final boolean impatient;

  private final int steps;
  private final StoreZonedDevice.Thrift thrift;
  private final int checkpointEntries;

  /** Memory for what is fetched before it is read, which is half of the time none. */
  private final long readBytes;

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
    this.impatient = random.nextInt(3) == 0;
    this.steps = 10 + random.nextInt(60);
    this.thrift =
        new StoreZonedDevice.Thrift(
            random.nextInt(16 << 10),
            2 + random.nextInt(6),
            2 + random.nextInt(3),
            1 + random.nextInt(8));
    this.checkpointEntries = 2 + random.nextInt(10);
    this.readBytes = random.nextBoolean() ? 4 << 20 : 0;
  }

  /** Number of requests of the whole load, if nothing happens to it. */
  long requests() throws IOException {
    SimulatedStore store = newStore();
    SimulatedStore.Client client = store.client();
    StoreZonedDevice device = open(client, true);
    StoreLoad load = load(device, client, 0, empty());
    for (int step = 0; step < steps; step++) {
      load.step();
    }
    load.checkAll();
    try {
      device.close();
    } catch (IOException unanswered) {
      if (!impatient) {
        throw unanswered;
      }
    }
    SimulatedStore.Client calm = store.client();
    // One that was impatient may not have been able to say that it has closed the drive.
    try (StoreZonedDevice again = open(calm, impatient)) {
      calm.setCalm(true);
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
      load = load(device, client, 0, empty());
      for (int step = 0; step < steps; step++) {
        load.step();
      }
      device.close();
    } catch (IOException stopped) {
      if (client.requests() <= request && !impatient) {
        throw stopped;
      }
    }
    succeed(store, load);
  }

  private void succeed(SimulatedStore store, @Nullable StoreLoad load) throws IOException {
    SimulatedStore.Client client = store.client();
    StoreZonedDevice second = open(client, true);
    client.setCalm(true);
    ModelZone[] found = load == null ? empty() : load.checkSuccessor(second);
    client.setCalm(false);
    StoreLoad next = load(second, client, 1, found);
    next.checkAll();
    for (int step = 0; step < steps / 3; step++) {
      next.step();
    }
    store.catchUp();
    next.checkAll();
    SimulatedStore.Client calm = store.client();
    StoreZonedDevice third = open(calm, true);
    calm.setCalm(true);
    StoreLoad last = load(third, calm, 2, next.checkSuccessor(third));
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
      SimulatedStore.Client other = store.client();
      second = open(other, true);
      other.setCalm(true);
      StoreLoad load = old.load;
      found = load == null ? empty() : load.checkSuccessor(second);
      old.foundBySecond = found;
      other.setCalm(false);
      next = load(second, other, 1, found);
      for (int step = 0; step < steps / 2; step++) {
        next.step();
      }
      other.setCalm(true);
      next.step();
      other.setCalm(false);
    } finally {
      old.fenced = true;
      goesOn.countDown();
      thread.join();
    }
    Throwable failure = old.failure;
    if (failure != null) {
      throw new AssertionError("the old owner: " + failure, failure);
    }
    store.catchUp();
    next.checkAll();
    SimulatedStore.Client calm = store.client();
    StoreZonedDevice third = open(calm, true);
    calm.setCalm(true);
    next.checkSuccessor(third);
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
    volatile ModelZone[] foundBySecond = empty();
    volatile @Nullable Throwable failure;

    OldOwner(SimulatedStore.Client client) {
      this.client = client;
    }

    void play() {
      try {
        // It only comes first: if another one has, it is refused.
        StoreZonedDevice device = open(client, false);
        StoreLoad own = load(device, client, 0, empty());
        load = own;
        for (int step = 0; step < steps; step++) {
          ModelZone[] before = own.flushed();
          own.step();
          boolean acknowledged = !Arrays.equals(before, own.flushed());
          if (fenced && acknowledged && !own.arePossible(foundBySecond)) {
            throw new AssertionError("it has acknowledged what the new one did not find");
          }
        }
        device.close();
      } catch (IOException expected) {
        if (!fenced && !impatient) {
          failure = expected;
        }
      } catch (RuntimeException | AssertionError e) {
        failure = e;
      }
    }
  }

  private StoreLoad load(
      StoreZonedDevice device, SimulatedStore.Client client, int number, ModelZone[] content) {
    return new StoreLoad(device, client, impatient, geometry, seed + number, content);
  }

  private ModelZone[] empty() {
    ModelZone[] zones = new ModelZone[geometry.zoneCount()];
    Arrays.fill(zones, ModelZone.EMPTY);
    return zones;
  }

  private SimulatedStore newStore() throws IOException {
    SimulatedStore store = new SimulatedStore(objectBytes, seed, faultPercent);
    StoreZonedDevice.create(
        retrying(store.client(), 60_000), new UUID(seed, 1), geometry, checkpointEntries);
    return store;
  }

  private ObjectStore retrying(ObjectStore store, long limitMillis) {
    return new RetryingStore(
        store, new RetryingStore.Patience(0, 0, limitMillis), new SplittableRandom(seed));
  }

  private StoreZonedDevice open(SimulatedStore.Client client, boolean takeover) throws IOException {
    hosts++;
    client.setCalm(impatient);
    StoreZonedDevice device =
        StoreZonedDevice.open(
            retrying(client, impatient ? 0 : 60_000),
            new OwnerIdentity(
                "host" + hosts,
                "boot" + hosts,
                hosts,
                1,
                InstantSource.system(),
                new SplittableRandom(seed + hosts)),
            new StoreZonedDevice.Options(
                false,
                takeover,
                new StoreZonedDevice.Limits(4 << 20, readBytes, 0, 0),
                1,
                false,
                thrift));
    client.setCalm(false);
    return device;
  }
}
