// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static zonefsj.tests.contract.Devices.BLOCK;
import static zonefsj.tests.contract.Devices.assertRefused;
import static zonefsj.tests.contract.Devices.bytes;
import static zonefsj.tests.contract.Devices.read;
import static zonefsj.tests.contract.Devices.written;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.ZonedDevice;
import zonefsj.device.cache.CacheCounters;
import zonefsj.device.cache.CacheException;
import zonefsj.device.cache.CacheOptions;
import zonefsj.device.cache.CachedZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.fault.Fault;
import zonefsj.device.fault.FaultScript;
import zonefsj.device.fault.FaultyZonedDevice;
import zonefsj.device.fault.SeededFaults;
import zonefsj.device.filter.DeviceOperation;
import zonefsj.device.filter.TracingZonedDevice;

/** What every kind of cache does: it never gives other bytes than the drive. */
@SuppressWarnings("NarrowCalculation") // drives of a few MiB
abstract class CachedDriveContractTest extends ConcurrentAccessContractTest {
  private static final CacheOptions SMALL = new CacheOptions(4 * BLOCK, 32 * BLOCK, true);
  private static final int ROUNDS = 1500;

  abstract CachedZonedDevice cache(ZonedDevice below, long budgetBytes, CacheOptions options)
      throws IOException;

  @Override
  protected final ZonedDevice create(EmulatedGeometry geometry) throws IOException {
    return cache(RamZonedDevice.create(geometry), 40 * BLOCK, SMALL);
  }

  private static long readsBelow(TracingZonedDevice below) {
    return below.counters().of(DeviceOperation.READ).operations();
  }

  @Test
  void whatWasReadIsNotReadAgain() throws IOException {
    TracingZonedDevice below = new TracingZonedDevice(written());
    try (CachedZonedDevice cached = cache(below, 64 * BLOCK, SMALL)) {
      for (int round = 0; round < 3; round++) {
        assertThat(read(cached, start(4) + BLOCK, 20 * BLOCK))
            .isEqualTo(bytes(blocks(48, 4).slice(BLOCK, 20 * BLOCK)));
        assertThat(readsBelow(below)).isEqualTo(1);
      }
      read(cached, start(4), BLOCK);
      read(cached, start(4) + 23 * BLOCK, BLOCK);
      assertThat(readsBelow(below)).as("whole lines are read").isEqualTo(1);
      assertThat(cached.counters()).isEqualTo(new CacheCounters(14, 6, 24 * BLOCK, 0));
    }
  }

  /**
   * Of three lines that are written in four pieces, how many are read once before they are whole.
   */
  int linesCutByWrites() {
    return 0;
  }

  @Test
  void whatIsWrittenIsNotRead() throws IOException {
    TracingZonedDevice below = new TracingZonedDevice(RamZonedDevice.create(shape.geometry()));
    try (CachedZonedDevice cached = cache(below, 64 * BLOCK, SMALL)) {
      for (int at = 0; at < 12; at += 3) {
        cached.append(FIRST, blocks(3, at));
      }
      for (int at = 0; at < 12; at += 3) {
        assertThat(read(cached, start(FIRST) + at * BLOCK, 3 * BLOCK))
            .isEqualTo(bytes(blocks(3, at)));
      }
      int cut = linesCutByWrites();
      assertThat(readsBelow(below)).isEqualTo(cut);
      read(cached, start(FIRST), 12 * BLOCK);
      assertThat(readsBelow(below)).isEqualTo(cut);
      read(cached, start(FIRST) + 12 * BLOCK, BLOCK);
      read(cached, start(FIRST) + 12 * BLOCK, BLOCK);
      assertThat(readsBelow(below) - cut)
          .as("nothing beyond a write pointer is cached")
          .isEqualTo(2);
      cached.reset(FIRST);
      assertThat(read(cached, start(FIRST), 12 * BLOCK)).containsOnly(0);
      cached.append(FIRST, blocks(1, 9));
      assertThat(read(cached, start(FIRST), BLOCK)).isEqualTo(bytes(blocks(1, 9)));
    }
  }

  @Test
  void theBudgetIsHeld() throws IOException {
    RamZonedDevice ram = RamZonedDevice.create(shape.geometry());
    try (CachedZonedDevice cached = cache(ram, 40 * BLOCK, SMALL)) {
      SplittableRandom random = new SplittableRandom(1);
      for (int zone = FIRST; zone < FIRST + 6; zone++) {
        cached.write(start(zone), blocks(32, zone));
        cached.write(start(zone) + 32 * BLOCK, blocks(16, zone));
      }
      for (int i = 0; i < 500; i++) {
        int zone = FIRST + random.nextInt(6);
        int at = random.nextInt(40);
        assertThat(read(cached, start(zone) + at * BLOCK, 8 * BLOCK))
            .isEqualTo(read(ram, start(zone) + at * BLOCK, 8 * BLOCK));
        CacheCounters counters = cached.counters();
        assertThat(counters.insertedBytes() - counters.evictedBytes()).isBetween(0L, 40L * BLOCK);
      }
      assertThat(cached.counters().evictedBytes()).isPositive();
    }
  }

  @Test
  void longAccessesGoPastTheCache() throws IOException {
    TracingZonedDevice below = new TracingZonedDevice(written());
    try (CachedZonedDevice cached = cache(below, 64 * BLOCK, SMALL)) {
      read(cached, start(4), 33 * BLOCK);
      read(cached, start(4), 33 * BLOCK);
      cached.write(start(9), blocks(40, 1));
      assertThat(readsBelow(below)).isEqualTo(2);
      assertThat(cached.counters()).isEqualTo(new CacheCounters(0, 0, 0, 0));
      assertThat(read(cached, start(9), BLOCK)).isEqualTo(bytes(blocks(1, 1)));
    }
  }

  @Test
  void aCacheThatCannotBeMadeIsRefused() throws IOException {
    RamZonedDevice ram = RamZonedDevice.create(shape.geometry());
    for (CacheOptions options : List.of(SMALL, new CacheOptions(BLOCK / 2, BLOCK, true))) {
      CacheException refusal =
          catchThrowableOfType(
              CacheException.class, () -> cache(ram, options.lineBytes() - 1, options));
      assertThat(refusal.getMessage()).contains("cache").doesNotContain("\n");
    }
    assertThat(read(ram, 0, BLOCK)).as("the drive is still open").containsOnly(0);
  }

  @Test
  void randomAccessesAreAnsweredAsByThePlainDrive() throws IOException {
    for (long seed = 1; seed <= 40; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      CacheOptions options =
          new CacheOptions(
              512 * (1 + random.nextInt(40)), 512 * (1 + random.nextInt(200)), seed % 4 != 0);
      long budget = (long) options.lineBytes() * (1 + random.nextInt(60));
      String difference =
          new PlainComparison(seed).play(base -> cache(base, budget, options), drive -> drive);
      assertThat(difference).as("seed %d", seed).isNull();
    }
  }

  @Test
  void afterFailedChangesTheDriveDecides() throws IOException {
    int failures = 0;
    for (long seed = 1; seed <= 30; seed++) {
      PlainComparison sequence = new PlainComparison(seed);
      RamZonedDevice ram = sequence.below();
      SeededFaults faults = new SeededFaults(seed, 30_000, 0, 100_000, 5_000);
      ZonedDevice below =
          new FaultyZonedDevice(
              ram,
              (operation, zone, ordinal) ->
                  operation == DeviceOperation.READ || operation == DeviceOperation.REPORT
                      ? Optional.empty()
                      : faults.faultFor(operation, zone, ordinal),
              ram);
      try (CachedZonedDevice cached = cache(below, 60 * 512, new CacheOptions(2048, 32768, true))) {
        for (int step = 0; step < 300; step++) {
          DriveAccesses.Access access = sequence.next(ram, false);
          try {
            access.action().run(cached, ram);
          } catch (DeviceException refusedOrInjected) {
            failures += refusedOrInjected.toString().contains("injected") ? 1 : 0;
          }
          assertSame(cached, ram, new SplittableRandom(seed * 1000 + step));
        }
      }
    }
    assertThat(failures).isGreaterThan(50);
  }

  @Test
  void whatAFailedWriteTookAwayIsGone() throws IOException {
    RamZonedDevice ram = RamZonedDevice.create(shape.geometry());
    FaultScript script = new FaultScript();
    try (CachedZonedDevice cached =
        cache(new FaultyZonedDevice(ram, script, ram), 40 * BLOCK, SMALL)) {
      cached.append(FIRST, blocks(8, 1));
      assertThat(read(cached, start(FIRST), 8 * BLOCK)).isEqualTo(bytes(blocks(8, 1)));
      script.on(DeviceOperation.WRITE, 1, new Fault.LoseTail(2));
      assertRefused(
          Reason.MEDIA, FIRST, () -> cached.write(start(FIRST) + 8 * BLOCK, blocks(1, 2)));
      assertThat(read(cached, start(FIRST) + 6 * BLOCK, 2 * BLOCK)).containsOnly(0);
      assertThat(read(cached, start(FIRST), 6 * BLOCK))
          .isEqualTo(bytes(blocks(8, 1).limit(6 * BLOCK)));
      cached.append(FIRST, blocks(2, 3));
      assertThat(read(cached, start(FIRST) + 6 * BLOCK, 2 * BLOCK)).isEqualTo(bytes(blocks(2, 3)));
    }
  }

  @Test
  void anUnreadableBlockFailsOnlyWhoReadsIt() throws IOException {
    RamZonedDevice ram = written();
    FaultScript script = new FaultScript();
    try (CachedZonedDevice cached =
        cache(new FaultyZonedDevice(ram, script, ram), 40 * BLOCK, SMALL)) {
      script.fail(DeviceOperation.READ, 1, Reason.MEDIA);
      assertThat(read(cached, start(4) + BLOCK, BLOCK))
          .isEqualTo(bytes(blocks(48, 4).slice(BLOCK, BLOCK)));
      script
          .fail(DeviceOperation.READ, 1, Reason.MEDIA)
          .fail(DeviceOperation.READ, 2, Reason.MEDIA);
      assertRefused(Reason.MEDIA, 4, () -> read(cached, start(4) + BLOCK, BLOCK));
      assertThat(read(cached, start(4) + BLOCK, BLOCK))
          .isEqualTo(bytes(blocks(48, 4).slice(BLOCK, BLOCK)));
    }
  }

  private static void assertSame(ZonedDevice cached, RamZonedDevice ram, SplittableRandom random)
      throws IOException {
    long zoneBytes = ram.geometry().zoneSizeBytes();
    int zone = random.nextInt(ram.geometry().zoneCount() - 1);
    int length = 512 * (1 + random.nextInt(30));
    long at = zone * zoneBytes + 512L * random.nextInt((int) (zoneBytes - length) / 512 + 1);
    ByteBuffer ofRam = ByteBuffer.allocate(length);
    try {
      ram.read(at, ofRam);
    } catch (DeviceException offline) {
      assertThat(offline.reason()).isEqualTo(Reason.ZONE_OFFLINE);
      return;
    }
    assertThat(read(cached, at, length)).isEqualTo(ofRam.array());
  }

  /** A read that begins after a write or reset has returned never gives what was before. */
  @Test
  void nothingOldIsReadWhileZonesAreReset() throws Exception {
    try (CachedZonedDevice cached = (CachedZonedDevice) create(shape.geometry())) {
      AtomicInteger current = new AtomicInteger();
      AtomicBoolean done = new AtomicBoolean();
      List<Callable<Void>> tasks = new ArrayList<>();
      tasks.add(
          () -> {
            for (int round = 1; round <= ROUNDS; round++) {
              cached.reset(FIRST);
              for (int at = 0; at < 9; at += 3) {
                cached.append(FIRST, stamped(3, round));
              }
              current.set(round);
            }
            return null;
          });
      addReaders(tasks, cached, start(FIRST), 9, current, done);
      run(tasks, 1, done);
    }
  }

  @Test
  void nothingOldIsReadWhileBlocksAreOverwritten() throws Exception {
    try (CachedZonedDevice cached = (CachedZonedDevice) create(shape.geometry())) {
      AtomicInteger current = new AtomicInteger();
      AtomicBoolean done = new AtomicBoolean();
      List<Callable<Void>> tasks = new ArrayList<>();
      tasks.add(
          () -> {
            for (int round = 1; round <= ROUNDS; round++) {
              for (int at = 0; at < 9; at += 3) {
                cached.write(start(0) + at * BLOCK, stamped(3, round));
              }
              current.set(round);
            }
            return null;
          });
      addReaders(tasks, cached, start(0), 9, current, done);
      run(tasks, 1, done);
    }
  }

  private static void addReaders(
      List<Callable<Void>> tasks,
      ZonedDevice cached,
      long position,
      int blocks,
      AtomicInteger current,
      AtomicBoolean done) {
    for (int i = 0; i < 3; i++) {
      SplittableRandom random = new SplittableRandom(i);
      tasks.add(
          () -> {
            while (!done.get()) {
              int block = random.nextInt(blocks);
              int least = current.get();
              int round =
                  ByteBuffer.wrap(read(cached, position + (long) block * BLOCK, BLOCK)).getInt(0);
              // A zone that is being written again has zeros.
              assertThat(round == 0 ? Integer.MAX_VALUE : round).isGreaterThanOrEqualTo(least);
            }
            return null;
          });
    }
  }

  private static ByteBuffer stamped(int blocks, int round) {
    ByteBuffer bytes = ByteBuffer.allocate(blocks * BLOCK);
    for (int block = 0; block < blocks; block++) {
      bytes.putInt(block * BLOCK, round);
    }
    return bytes;
  }
}
