// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import zonefsj.device.emulated.EmulatedGeometry;

/** Any number of owners may follow each other; the log keeps those that keep others out. */
@Timeout(120)
class OwnersTest {
  private static final int BLOCK = 4096;
  private static final int ZONE = 1 << 18;
  private static final int CHECKPOINT_ENTRIES = 8;
  private static final int MANY = 400;
  private static final EmulatedGeometry GEOMETRY =
      EmulatedGeometry.builder(1 << 20).zoneSizeBytes(ZONE).zoneCapacityBytes(ZONE).build();

  private final MemoryObjectStore store = new MemoryObjectStore(8 << 20);

  @BeforeEach
  void create() throws IOException {
    StoreZonedDevice.create(store, new UUID(1, 2), GEOMETRY, CHECKPOINT_ENTRIES);
  }

  private StoreZonedDevice open(int host, boolean takeover) throws IOException {
    return open(host, "boot", 77, takeover);
  }

  private StoreZonedDevice open(int host, String boot, long process, boolean takeover)
      throws IOException {
    return StoreZonedDevice.open(
        store,
        new OwnerIdentity(
            "host" + host,
            "machine" + host + "/" + boot + "/pids",
            process,
            1,
            InstantSource.system(),
            new SplittableRandom(host)),
        new StoreZonedDevice.Options(
            false,
            takeover,
            StoreZonedDevice.Limits.ofWrites(4 << 20, 1000),
            4,
            false,
            StoreZonedDevice.Thrift.USUAL));
  }

  /** Opens the drive again and again, and closes it. */
  private void openManyTimes(int host) throws IOException {
    for (int at = 0; at < MANY; at++) {
      try (StoreZonedDevice drive = open(host, false)) {
        while (drive.doWork()) {
          // Until there is nothing left.
        }
      }
    }
  }

  private long entries() throws IOException {
    TreeSet<Long> entries = new TreeSet<>();
    store.list(StoreLog.ENTRIES, (name, length) -> entries.add(StoreLog.numberOf(name)));
    assertThat(entries.last()).isGreaterThan(MANY);
    return entries.size() - entries.last() / CHECKPOINT_ENTRIES;
  }

  @Test
  void ownersThatHaveClosedTheDriveAreForgotten() throws IOException {
    openManyTimes(1);
    assertThat(entries()).isLessThan(4 * CHECKPOINT_ENTRIES);
    try (StoreZonedDevice drive = open(1, false)) {
      drive.append(0, ByteBuffer.allocateDirect(BLOCK));
      drive.flush();
    }
  }

  /** Its next entry is taken for ever, whatever follows. */
  @Test
  void anOwnerThatMayStillRunIsKeptOut() throws IOException {
    StoreZonedDevice first = open(1, false);
    first.append(0, ByteBuffer.allocateDirect(BLOCK));
    first.flush();
    open(2, true).close();
    openManyTimes(3);
    assertThat(entries()).isLessThan(4 * CHECKPOINT_ENTRIES);
    first.append(0, ByteBuffer.allocateDirect(BLOCK));
    assertThatThrownBy(first::flush).hasMessageContaining("was taken over by process 77");
    try (StoreZonedDevice drive = open(3, false)) {
      assertThat(drive.report(0, 1).get(0).writtenBytes()).isEqualTo(BLOCK);
    }
  }

  /** A machine that is paused, and started again elsewhere from the same disk, may wake. */
  @Test
  void anOwnerOfAnEarlierBootIsKeptOut() throws IOException {
    StoreZonedDevice first = open(1, "before", 77, false);
    first.append(0, ByteBuffer.allocateDirect(BLOCK));
    first.flush();
    // Without a takeover.
    open(1, "now", 78, false).close();
    openManyTimes(1);
    assertThat(entries()).isLessThan(4 * CHECKPOINT_ENTRIES);
    first.append(0, ByteBuffer.allocateDirect(BLOCK));
    assertThatThrownBy(first::flush).hasMessageContaining("was taken over by process 78");
  }

  /** Nothing of a process that has ended for sure needs to be kept out. */
  @Test
  void anOwnerThatHasEndedIsForgotten() throws IOException {
    long ended = 1L << 40;
    for (int at = 0; at < MANY; at++) {
      try (StoreZonedDevice drive = open(1, "boot", ended + at, false)) {
        while (drive.doWork()) {
          // Until there is nothing left.
        }
      }
      // Never closed.
      open(1, "boot", ended + at, false);
    }
    assertThat(entries()).isLessThan(4 * CHECKPOINT_ENTRIES);
  }

  /** Nothing follows what says that the drive is closed. */
  @Test
  void anOwnerThatHasClosedTheDriveAddsNothing() throws IOException {
    StoreZonedDevice first = open(1, false);
    first.close();
    int before = store.count("");
    assertThatThrownBy(first::flush).hasMessageContaining("is closed");
    assertThat(store.count("")).isEqualTo(before);
  }
}
