// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static zonefsj.tests.contract.Devices.ZONES;
import static zonefsj.tests.contract.Devices.bytes;
import static zonefsj.tests.contract.Devices.read;
import static zonefsj.tests.contract.Devices.zone;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.ZoneCondition;

/** What every drive and every wrapper must do for several threads at once. */
@Timeout(120)
@SuppressWarnings("NarrowCalculation") // drives of a few MiB
public abstract class ConcurrentAccessContractTest extends ZonedDeviceContractTest {
  private static final int THREADS = 6;

  /** By each writer, where zones are so small that this is several rounds. */
  private static final int BLOCKS_WRITTEN = 960;

  ConcurrentAccessContractTest() {}

  protected ConcurrentAccessContractTest(DriveShape shape) {
    super(shape);
  }

  @Test
  void writersOfDifferentZonesAndReadersTogether() throws Exception {
    List<Callable<Void>> tasks = new ArrayList<>();
    AtomicBoolean done = new AtomicBoolean();
    int rounds = Math.max(3, BLOCKS_WRITTEN / capacityBlocks);
    for (int i = 0; i < 4; i++) {
      int zone = FIRST + i;
      tasks.add(() -> fill(zone, rounds));
    }
    tasks.add(
        () -> {
          for (int i = 0; i < 20; i++) {
            device.flush();
          }
          return null;
        });
    tasks.add(
        () -> {
          while (!done.get()) {
            for (int i = 0; i < 4; i++) {
              checkPrefix(FIRST + i);
            }
            device.report(0, ZONES);
          }
          return null;
        });
    run(tasks, 5, done);
    for (int i = 0; i < 4; i++) {
      assertThat(zone(device, FIRST + i).condition()).isEqualTo(ZoneCondition.FULL);
    }
  }

  /** Fills and resets a zone again and again; each block tells its place, and which round. */
  private Void fill(int zone, int rounds) throws IOException {
    for (int round = 1; round <= rounds; round++) {
      for (int at = 0; at < capacityBlocks; at += 3) {
        int count = Math.min(3, capacityBlocks - at);
        ByteBuffer source = ByteBuffer.allocate(count * block);
        for (int i = 0; i < count; i++) {
          stamp(source, i * block, zone, at + i, round);
        }
        device.write(start(zone) + (long) at * block, source);
      }
      checkPrefix(zone);
      if (round < rounds) {
        device.reset(zone);
      }
    }
    return null;
  }

  private void stamp(ByteBuffer target, int at, int zone, int place, int round) {
    for (int i = 0; i < block; i += 16) {
      target.putInt(at + i, zone).putInt(at + i + 4, place).putInt(at + i + 8, round);
    }
  }

  /** Every block is either blank or what belongs there; while a zone is reset, rounds may mix. */
  private void checkPrefix(int zone) throws IOException {
    ByteBuffer all = ByteBuffer.wrap(read(device, start(zone), zoneSize));
    for (int at = 0; at < zoneSize; at += block) {
      if (!isBlank(all.slice(at, 16))) {
        assertThat(all.getInt(at)).as("zone in block %d", at / block).isEqualTo(zone);
        assertThat(all.getInt(at + 4)).isEqualTo(at / block);
      }
    }
  }

  private boolean isBlank(ByteBuffer bytes) {
    while (bytes.hasRemaining()) {
      if (!shape.unwritten().contains(bytes.get())) {
        return false;
      }
    }
    return true;
  }

  @Test
  void appendsToOneZoneFollowEachOther() throws Exception {
    List<Callable<List<Long>>> tasks = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      int writer = i;
      tasks.add(
          () -> {
            List<Long> positions = new ArrayList<>();
            for (int j = 0; j < 4; j++) {
              positions.add(device.append(FIRST, blocks(2, writer * 100L + j)));
            }
            return positions;
          });
    }
    List<List<Long>> all = run(tasks, tasks.size(), new AtomicBoolean());
    Set<Long> distinct = new HashSet<>();
    for (int i = 0; i < THREADS; i++) {
      for (int j = 0; j < 4; j++) {
        long position = all.get(i).get(j);
        distinct.add(position);
        assertThat(read(device, position, 2 * block)).isEqualTo(bytes(blocks(2, i * 100L + j)));
      }
    }
    assertThat(distinct).hasSize(THREADS * 4);
    assertThat(zone(device, FIRST).writtenBytes()).isEqualTo(THREADS * 8L * block);
  }

  @Test
  void oneOfTwoWritesToOnePlaceFails() throws Exception {
    for (int round = 0; round < 24; round++) {
      long position = start(FIRST) + 2L * round * block;
      List<Callable<Boolean>> tasks = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        int seed = round * 2 + i;
        tasks.add(() -> write(position, blocks(2, seed)));
      }
      List<Boolean> won = run(tasks, 2, new AtomicBoolean());
      assertThat(won).containsExactlyInAnyOrder(true, false);
      int winner = round * 2 + (won.get(0) ? 0 : 1);
      assertThat(read(device, position, 2 * block)).isEqualTo(bytes(blocks(2, winner)));
    }
  }

  private boolean write(long position, ByteBuffer source) throws IOException {
    try {
      device.write(position, source);
      return true;
    } catch (DeviceException e) {
      assertThat(e.reason()).isIn(Reason.NOT_AT_WRITE_POINTER, Reason.ZONE_FULL);
      return false;
    }
  }

  @Test
  void moreWritersThanOpenZonesNeverSeeARefusal() throws Exception {
    device.close();
    device = create(shape.builder(8).maxOpenZones(1).maxActiveZones(OptionalInt.empty()).build());
    List<Callable<Void>> tasks = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      int zone = i;
      tasks.add(
          () -> {
            for (int at = 0; at < shape.zoneBlocks(); at++) {
              device.write(start(zone) + (long) at * block, blocks(1, at));
            }
            return null;
          });
    }
    run(tasks, THREADS, new AtomicBoolean());
    assertThat(device.report(0, THREADS)).allMatch(z -> z.condition() == ZoneCondition.FULL);
  }

  @Test
  void interruptsDoNoHarm() throws IOException {
    Thread.currentThread().interrupt();
    try {
      device.write(start(FIRST), blocks(1, 1));
      device.flush();
      assertThat(read(device, start(FIRST), block)).isEqualTo(bytes(blocks(1, 1)));
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
    assertThat(read(device, start(FIRST), block)).isEqualTo(bytes(blocks(1, 1)));
  }

  /** Runs tasks at once; {@code done} is set when the first {@code workers} of them have ended. */
  static <T> List<T> run(List<Callable<T>> tasks, int workers, AtomicBoolean done)
      throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(tasks.size());
    try {
      List<Future<T>> futures = new ArrayList<>();
      for (Callable<T> task : tasks) {
        futures.add(executor.submit(task));
      }
      List<T> results = new ArrayList<>();
      ExecutionException failure = null;
      for (int i = 0; i < futures.size(); i++) {
        if (i == Math.min(workers, futures.size() - 1)) {
          done.set(true);
        }
        try {
          results.add(futures.get(i).get());
        } catch (ExecutionException e) {
          failure = failure == null ? e : failure;
          done.set(true);
        }
      }
      if (failure != null) {
        throw failure;
      }
      return results;
    } finally {
      executor.shutdownNow();
      assertThat(executor.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    }
  }
}
