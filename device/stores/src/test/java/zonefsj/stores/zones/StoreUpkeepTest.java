// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.stores.FilterStore;
import zonefsj.stores.ObjectStore;
import zonefsj.stores.dir.DirectoryStore;

/** The upkeep goes on whatever else happens. */
@Timeout(60)
class StoreUpkeepTest {
  private static final int BLOCK = 4096;
  private static final int ZONE = 1 << 18;

  /** So many flushes are between two checkpoints. */
  private static final int CHECKPOINT_ENTRIES = 8;

  private static final EmulatedGeometry GEOMETRY =
      EmulatedGeometry.builder(1 << 20).zoneSizeBytes(ZONE).zoneCapacityBytes(ZONE).build();

  /** Each flush makes an object; nothing is merged. */
  private static final StoreZonedDevice.Thrift NONE =
      new StoreZonedDevice.Thrift(0, 1000, 1000, 1000);

  private static final StoreZonedDevice.Thrift MUCH = new StoreZonedDevice.Thrift(0, 4, 2, 1000);

  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  Path root;

  @BeforeEach
  void create() throws IOException {
    try (ObjectStore store = DirectoryStore.open(root, false)) {
      StoreZonedDevice.create(store, new UUID(1, 2), GEOMETRY, CHECKPOINT_ENTRIES);
    }
  }

  private static StoreZonedDevice open(
      ObjectStore store, StoreZonedDevice.Thrift thrift, boolean background) throws IOException {
    return StoreZonedDevice.open(
        store,
        OwnerIdentity.ofThisProcess(InstantSource.system(), new SplittableRandom(1)),
        new StoreZonedDevice.Options(
            false, false, StoreZonedDevice.Limits.ofWrites(4 << 20, 1000), 4, background, thrift));
  }

  private static void flush(StoreZonedDevice drive, int zone, int bytes) throws IOException {
    drive.append(zone, ByteBuffer.allocateDirect(bytes));
    drive.flush();
  }

  private static void fill(StoreZonedDevice drive) throws IOException {
    for (int at = 0; at < 4; at++) {
      flush(drive, 0, ZONE / 4);
    }
  }

  private static void work(StoreZonedDevice drive) throws IOException {
    while (drive.doWork()) {
      // Until there is nothing left.
    }
  }

  private List<String> names(String prefix) throws IOException {
    List<String> names = new ArrayList<>();
    try (ObjectStore store = DirectoryStore.open(root, true)) {
      store.list(prefix, (name, length) -> names.add(name));
    }
    return names;
  }

  /** Changes nothing. */
  private static class Plain extends FilterStore {
    Plain(ObjectStore store) {
      super(store);
    }

    @Override
    protected <T> T around(Request<T> request) throws IOException {
      return request.run();
    }
  }

  @Test
  void aCheckpointIsWrittenWhileAnEntryIsOnItsWay() throws Exception {
    CountDownLatch onItsWay = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    ObjectStore store =
        new Plain(DirectoryStore.open(root, false)) {
          @Override
          public boolean putIfAbsent(String name, ByteBuffer... sources) throws IOException {
            if (name.equals(StoreLog.entryName(6))) {
              onItsWay.countDown();
              StoreUpkeepTest.await(go);
            }
            return super.putIfAbsent(name, sources);
          }
        };
    try (StoreZonedDevice drive = open(store, NONE, false)) {
      for (int at = 0; at < 4; at++) {
        flush(drive, 0, BLOCK);
      }
      CompletableFuture<Void> last =
          CompletableFuture.runAsync(
              () -> {
                try {
                  flush(drive, 0, BLOCK);
                } catch (IOException e) {
                  throw new IllegalStateException(e);
                }
              });
      onItsWay.await();
      work(drive);
      assertThat(names(Checkpoint.ZONES)).isNotEmpty();
      go.countDown();
      last.get();
    }
  }

  private static void await(CountDownLatch latch) throws IOException {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** One for each time that the log names one. */
  @Test
  void checkpointsAreNotWrittenInVain() throws IOException {
    List<String> written = new ArrayList<>();
    ObjectStore store =
        new Plain(DirectoryStore.open(root, false)) {
          @Override
          public boolean putOwn(String name, ByteBuffer... sources) throws IOException {
            if (name.startsWith(Checkpoint.ZONES)) {
              written.add(name);
            }
            return super.putOwn(name, sources);
          }
        };
    try (StoreZonedDevice drive = open(store, NONE, false)) {
      for (int at = 0; at < 10 * CHECKPOINT_ENTRIES; at++) {
        if (at % 32 == 0) {
          drive.reset(0);
        }
        flush(drive, 0, BLOCK);
        work(drive);
      }
    }
    assertThat(written).hasSizeBetween(9, 12);
  }

  /** Deletes make the room that it needs. */
  @Test
  void objectsAreDeletedWhileAFullStoreTakesNoCheckpoint() throws IOException {
    AtomicBoolean isFull = new AtomicBoolean(true);
    ObjectStore store =
        new Plain(DirectoryStore.open(root, false)) {
          @Override
          public boolean putOwn(String name, ByteBuffer... sources) throws IOException {
            if (isFull.get() && name.startsWith(Checkpoint.ZONES)) {
              throw new IOException("the store is full");
            }
            return super.putOwn(name, sources);
          }
        };
    try (StoreZonedDevice drive = open(store, NONE, false)) {
      for (int at = 0; at < 3 * CHECKPOINT_ENTRIES; at++) {
        drive.reset(0);
        flush(drive, 0, BLOCK);
      }
      for (int at = 0; at < CHECKPOINT_ENTRIES; at++) {
        assertThatThrownBy(() -> work(drive)).hasMessageContaining("full");
      }
      assertThat(names(ObjectId.DATA)).hasSize(1);
      isFull.set(false);
      work(drive);
      assertThat(names(Checkpoint.ZONES)).isNotEmpty();
    }
  }

  /** A listing of a large store takes hours. */
  @Test
  void checkpointsAreWrittenWhileTheStoreIsListed() throws Exception {
    CountDownLatch listing = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    ObjectStore store =
        new Plain(DirectoryStore.open(root, false)) {
          @Override
          public void list(String prefix, Listing listed) throws IOException {
            listing.countDown();
            StoreUpkeepTest.await(go);
            super.list(prefix, listed);
          }
        };
    try (StoreZonedDevice drive = open(store, NONE, true)) {
      listing.await();
      for (int at = 0; at < 3 * CHECKPOINT_ENTRIES; at++) {
        flush(drive, 0, BLOCK);
      }
      while (names(Checkpoint.ZONES).isEmpty()) {
        TimeUnit.MILLISECONDS.sleep(20);
      }
      go.countDown();
    }
  }

  @Test
  void aFullZoneIsMergedAfterAFailure() throws IOException {
    AtomicBoolean fails = new AtomicBoolean();
    ObjectStore store =
        new Plain(DirectoryStore.open(root, false)) {
          @Override
          public void read(String name, long offsetBytes, ByteBuffer destination)
              throws IOException {
            if (fails.getAndSet(false)) {
              throw new IOException("no answer");
            }
            super.read(name, offsetBytes, destination);
          }
        };
    try (StoreZonedDevice drive = open(store, MUCH, false)) {
      fill(drive);
      assertThat(names(ObjectId.DATA)).hasSize(4);
      fails.set(true);
      assertThatThrownBy(() -> work(drive)).hasMessageContaining("no answer");
      work(drive);
      drive.flush();
      work(drive);
      assertThat(names(ObjectId.DATA)).hasSize(1);
    }
  }

  @Test
  void aFullZoneIsMergedAfterTheNextOpen() throws IOException {
    try (StoreZonedDevice drive = open(DirectoryStore.open(root, false), NONE, false)) {
      fill(drive);
    }
    assertThat(names(ObjectId.DATA)).hasSize(4);
    try (StoreZonedDevice drive = open(DirectoryStore.open(root, false), MUCH, false)) {
      work(drive);
      drive.flush();
      work(drive);
      assertThat(names(ObjectId.DATA)).hasSize(1);
    }
  }

  /** A flush that makes a zone mergeable while it is merged in vain. */
  @Test
  void aZoneThatIsFilledDuringAMergeIsMergedAgain() throws IOException {
    AtomicReference<Runnable> atRead = new AtomicReference<>(() -> {});
    ObjectStore store =
        new Plain(DirectoryStore.open(root, false)) {
          @Override
          public void read(String name, long offsetBytes, ByteBuffer destination)
              throws IOException {
            atRead.getAndSet(() -> {}).run();
            super.read(name, offsetBytes, destination);
          }
        };
    try (StoreZonedDevice drive = open(store, MUCH, false)) {
      for (int at = 0; at < 4; at++) {
        flush(drive, 0, BLOCK);
      }
      atRead.set(
          () -> {
            try {
              drive.reset(0);
              drive.flush();
              fill(drive);
            } catch (IOException e) {
              throw new IllegalStateException(e);
            }
          });
      work(drive);
      drive.flush();
      work(drive);
      assertThat(names(ObjectId.DATA)).hasSize(1);
    }
  }
}
