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
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.stores.FilterStore;
import zonefsj.stores.ObjectStore;
import zonefsj.stores.StoreRefusedException;
import zonefsj.stores.dir.DirectoryStore;

/**
 * A store that has lost an entry of the log: what comes after it is neither ignored nor deleted.
 */
class StoreLossTest {
  private static final UUID DRIVE = new UUID(1, 2);
  private static final int BLOCK = 4096;
  private static final int FLUSHES = 20;

  /** No entry of these names a checkpoint. */
  private static final int CHECKPOINT_ENTRIES = 512;

  private static final EmulatedGeometry GEOMETRY =
      EmulatedGeometry.builder(1 << 20).zoneSizeBytes(1 << 18).zoneCapacityBytes(1 << 18).build();

  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  Path root;

  private StoreZonedDevice open(boolean readOnly) throws IOException {
    return open(DirectoryStore.open(root, readOnly), readOnly, false);
  }

  private static StoreZonedDevice open(ObjectStore store, boolean readOnly, boolean takeover)
      throws IOException {
    return open(
        store,
        new StoreZonedDevice.Options(
            readOnly,
            takeover,
            StoreZonedDevice.Limits.ofWrites(4 << 20, 1000),
            4,
            true,
            StoreZonedDevice.Thrift.USUAL));
  }

  private static StoreZonedDevice open(ObjectStore store, StoreZonedDevice.Options options)
      throws IOException {
    return StoreZonedDevice.open(
        store,
        OwnerIdentity.ofThisProcess(InstantSource.system(), new SplittableRandom(1)),
        options);
  }

  /** The entry of the first flush is the second one: the first is the owner's. */
  private void create(int flushes) throws IOException {
    create(flushes, CHECKPOINT_ENTRIES);
  }

  private void create(int flushes, int checkpointEntries) throws IOException {
    try (ObjectStore store = DirectoryStore.open(root, false)) {
      StoreZonedDevice.create(store, DRIVE, GEOMETRY, checkpointEntries);
    }
    try (StoreZonedDevice drive = open(false)) {
      for (int at = 0; at < flushes; at++) {
        drive.append(0, ByteBuffer.allocateDirect(BLOCK));
        drive.flush();
      }
    }
  }

  private static int writtenBlocks(StoreZonedDevice drive) throws IOException {
    return (int) (drive.report(0, 1).get(0).writtenBytes() / BLOCK);
  }

  @Test
  void aHoleInTheLogIsSeen() throws IOException {
    create(FLUSHES);
    List<String> before = names();
    try (ObjectStore store = DirectoryStore.open(root, false)) {
      store.delete(StoreLog.entryName(5));
    }
    assertThatThrownBy(() -> open(false))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("has lost log/5");
    // What is left can be read.
    try (StoreZonedDevice drive = open(true)) {
      assertThat(writtenBlocks(drive)).isEqualTo(3);
    }
    List<String> after = names();
    before.remove(StoreLog.entryName(5));
    assertThat(after).hasSameElementsAs(before);
  }

  /** Where all entries are looked for that name checkpoints. */
  @Test
  void theLossOfACheckpointIsSeen() throws IOException {
    create(FLUSHES, 8);
    try (ObjectStore store = DirectoryStore.open(root, false)) {
      // As the upkeep does, which may not have had the time.
      for (int entry = 1; entry < 16; entry++) {
        store.delete(StoreLog.entryName(entry));
      }
    }
    List<String> before = names();
    assertThat(before).contains(StoreLog.entryName(16));
    assertThatThrownBy(() -> open(false)).hasMessageContaining("has lost log/1");
    assertThat(names()).hasSameElementsAs(before);
  }

  /** More entries are missing than are looked for: what is there is kept all the same. */
  @Test
  void nothingIsDeletedThatAnEntryMayHaveNamed() throws Exception {
    create(2 * FLUSHES);
    try (ObjectStore store = DirectoryStore.open(root, false)) {
      for (int entry = 5; entry < 5 + FLUSHES; entry++) {
        store.delete(StoreLog.entryName(entry));
      }
      store.putIfAbsent(new ObjectId(1, 1000).name(), ByteBuffer.allocate(10));
    }
    List<String> before = names();
    try (StoreZonedDevice drive =
        open(
            DirectoryStore.open(root, false),
            new StoreZonedDevice.Options(
                false,
                false,
                StoreZonedDevice.Limits.ofWrites(4 << 20, 1000),
                4,
                false,
                StoreZonedDevice.Thrift.USUAL))) {
      assertThat(writtenBlocks(drive)).isEqualTo(3);
      while (drive.doWork()) {
        // It looks for what nothing refers to.
      }
    }
    assertThat(names()).containsAll(before);
  }

  /** One of several servers may be behind. */
  @Test
  void anEntryThatAppearsIsNotLost() throws IOException {
    create(FLUSHES);
    for (boolean readOnly : new boolean[] {true, false}) {
      AtomicInteger hidden = new AtomicInteger(4);
      ObjectStore store =
          new Plain(DirectoryStore.open(root, readOnly)) {
            @Override
            public Optional<ByteBuffer> get(String name, int mostBytes) throws IOException {
              return name.equals(StoreLog.entryName(5)) && hidden.getAndDecrement() > 0
                  ? Optional.empty()
                  : super.get(name, mostBytes);
            }
          };
      try (StoreZonedDevice drive = open(store, readOnly, false)) {
        assertThat(writtenBlocks(drive)).isEqualTo(FLUSHES);
      }
      assertThat(hidden.get()).isNegative();
    }
  }

  /** The successor deletes what we have put last, and the store misses it. */
  @Test
  void aTakeoverIsToldThoughTheStoreRefuses() throws IOException {
    create(1);
    AtomicBoolean refuses = new AtomicBoolean();
    ObjectStore store =
        new Plain(DirectoryStore.open(root, false)) {
          @Override
          public boolean putIfAbsent(String name, ByteBuffer... sources) throws IOException {
            if (refuses.get()) {
              throw new StoreRefusedException("an object is missing", null);
            }
            return super.putIfAbsent(name, sources);
          }
        };
    try (StoreZonedDevice drive = open(store, false, false)) {
      refuses.set(true);
      drive.append(0, ByteBuffer.allocateDirect(BLOCK));
      assertThatThrownBy(drive::flush).hasMessageContaining("an object is missing");
      assertThat(drive.isPresent()).isTrue();
      try (StoreZonedDevice successor = open(DirectoryStore.open(root, false), false, true)) {
        assertThatThrownBy(drive::flush).hasMessageContaining("was taken over by process");
        assertThat(drive.isPresent()).isFalse();
        assertThat(writtenBlocks(successor)).isEqualTo(1);
      }
    }
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

  private List<String> names() throws IOException {
    List<String> names = new ArrayList<>();
    try (ObjectStore store = DirectoryStore.open(root, true)) {
      store.list("", (name, length) -> names.add(name));
    }
    return names;
  }
}
